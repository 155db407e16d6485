"""The page behind the link that a form gave: one press on a button, and the file comes."""

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.templatetags.static import static
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from accounts.models import Organisation
from capture.actors import CAPTURE
from capture.content.actions import forms_with, note_download
from capture.content.links import ExpiredError, read_link
from capture.content.models import Content, ContentFile
from capture.content.views import file_response
from capture.guard.doors import CONTENT
from capture.guard.waiting import turned_away
from capture.models import FormState


# SECURITY: the link is the authority, and it must work for readers whose browser keeps no cookie.
# What another website could make them do is fetch what they were given.
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def content_page(request: HttpRequest, token: str) -> HttpResponse:
    """Show what the link is for; a POST fetches it. Without a link that holds: 403, 410 or 404."""
    if request.method == "POST" and (answer := turned_away(CONTENT, request)):
        return answer
    now = timezone.now()
    try:
        ticket = read_link(token, as_of=now)
    except ExpiredError as error:
        return _refused(request, _find(error.ticket.content), 410)
    if ticket is None:
        return _refused(request, _find(_bare(token)), 403)
    content = _find(ticket.content)
    with translation.override(content.language):
        if request.method != "POST":
            file = ContentFile.objects.filter(content=content).defer("data").first()
            return _page(request, content, file=file, is_open=True)
        note_download(ticket, content, by=CAPTURE, as_of=now)
        given = ContentFile.objects.filter(content=content).first()
        if given is not None:
            return file_response(given)
        return HttpResponseRedirect(content.url)


def _bare(token: str) -> UUID:
    """Return the content that somebody asks for without a link; 404 for what names none."""
    try:
        return UUID(token)
    except ValueError as error:
        raise Http404 from error


def _find(public_id: UUID) -> Content:
    content = Content.objects.filter(public_id=public_id).first()
    if content is None:
        raise Http404
    return content


def _refused(request: HttpRequest, content: Content, status: int) -> HttpResponse:
    with translation.override(content.language):
        why = _("This link is too old.") if status == 410 else _("Please fill in the form first.")
        live = [form for form in forms_with(content) if form.state == FormState.PUBLISHED]
        return _page(request, content, why=why, form=live[0] if live else None, status=status)


def _page(
    request: HttpRequest, content: Content, *, status: int = 200, **more: object
) -> HttpResponse:
    organisation = Organisation.current()
    context = {
        "content": content,
        "title": content.name,
        "language": content.language,
        "organisation": organisation.name,
        "sheets": [static("public/form.css")],
        **more,
    }
    response = render(request, "capture/public/content.html", context, status=status)
    response["Cache-Control"] = "no-store"
    response["Referrer-Policy"] = "no-referrer"
    return response
