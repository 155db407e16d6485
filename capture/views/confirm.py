from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from accounts.models import Organisation
from accounts.visitors import client_ip
from capture.actions.optins import confirm_opt_in
from capture.actors import CAPTURE
from capture.guard.doors import CONFIRM
from capture.guard.waiting import turned_away
from capture.models import OptIn
from capture.optin import find_opt_in, is_outdated
from ground.errors import DomainError
from leads.normalise import clean_text


@csrf_exempt  # the secret is the token in the address; there is no session to ride on
@require_http_methods(["GET", "HEAD", "POST"])
def confirm_opt_in_page(request: HttpRequest, token: str) -> HttpResponse:
    if request.method == "POST" and (answer := turned_away(CONFIRM, request)):
        return answer
    opt_in = find_opt_in(token)
    if opt_in is None:
        text = _("Please use the whole address from the mail.")
        return _note(404, _("This link does not exist"), text)
    with translation.override(opt_in.language):
        if request.method == "POST":
            return _confirmed(request, opt_in)
        if opt_in.confirmed_at is not None:
            return _thanks(opt_in)
        if timezone.now() > opt_in.expires_at:
            return _expired(opt_in)
        return _question(opt_in)


def _confirmed(request: HttpRequest, opt_in: OptIn) -> HttpResponse:
    try:
        confirm_opt_in(
            opt_in.pk,
            ip=client_ip(request),
            user_agent=clean_text(request.headers.get("User-Agent", ""), limit=500),
            by=CAPTURE,
            as_of=timezone.now(),
        )
    except DomainError:
        return _expired(opt_in)
    return _thanks(opt_in)


def _question(opt_in: OptIn) -> HttpResponse:
    declared = opt_in.evidence.get("consents", {}).values()
    context = {
        **_frame(_("One click is missing")),
        "email": opt_in.email,
        "texts": [item["text"] for item in declared],
    }
    return _sent("capture/public/confirm.html", context, 200)


def _thanks(opt_in: OptIn) -> HttpResponse:
    if is_outdated(opt_in):
        text = _(
            "We know by now that this address is yours. Your sign-up no longer counts, though: it"
            " came before a change of your data. Please sign up once more if you still want it."
        )
        return _note(200, _("Please sign up again"), text, **_again(opt_in))
    return _note(200, _("Thank you"), _("Your address is confirmed."))


def _expired(opt_in: OptIn) -> HttpResponse:
    text = _("It was valid for seven days. Please sign up once more.")
    return _note(410, _("This link has expired"), text, **_again(opt_in))


def _again(opt_in: OptIn) -> dict[str, str]:
    link = f"/f/{opt_in.form.public_id}/" if opt_in.form else ""
    return {"link": link, "link_text": _("Sign up again")}


def _note(status: int, title: str, text: str, **more: str) -> HttpResponse:
    context = {**_frame(title), "text": text, "is_problem": status >= 400, **more}
    return _sent("capture/public/note.html", context, status)


def _frame(title: str) -> dict[str, object]:
    return {
        "title": title,
        "language": translation.get_language(),
        "sheets": [static("public/form.css")],
        "organisation": Organisation.current().name,
    }


def _sent(template: str, context: dict[str, object], status: int) -> HttpResponse:
    response = HttpResponse(render_to_string(template, context), status=status)
    response["Cache-Control"] = "no-store"
    response["Referrer-Policy"] = "no-referrer"
    return response
