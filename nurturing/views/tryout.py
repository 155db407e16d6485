"""Trying a sequence out: the time machine, the preview, and a mail to oneself."""

from datetime import datetime, time
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_GET, require_POST

from accounts.actor import Actor, request_actor
from accounts.models import Organisation, User
from accounts.rights import Right
from ground.asked import asked_day
from ground.errors import DomainError
from ground.toasts import toast
from leads.models import Lead
from nurturing.actions.notifications import send_test_mail
from nurturing.actions.publishing import compile_texts
from nurturing.actions.sequences import draft_of
from nurturing.compose import Content, fill_texts
from nurturing.drafts import Draft, MailStep
from nurturing.models import Sequence
from nurturing.times import localise, zone_of
from nurturing.tryout import DAYS, plans_for, sample_leads
from nurturing.views.sequences import find_sequence
from nurturing.views.steps import apply, posted_step

# A mail may look as it likes, but runs nothing and calls nobody.
MAIL_POLICY = "; ".join(
    (
        "default-src 'none'",
        "style-src 'unsafe-inline'",
        "img-src 'self' https: data:",
        "frame-ancestors 'self'",
        "sandbox allow-popups allow-popups-to-escape-sandbox",
    )
)


@login_required
@require_GET
def sequence_tryout(request: HttpRequest, public_id: Any) -> HttpResponse:
    actor, sequence = request_actor(request), find_sequence(public_id)
    actor.require(Right.SEQUENCES_READ)
    start = _start(request)
    draft = draft_of(sequence)
    leads = sample_leads(draft, actor=actor, as_of=timezone.now())
    context = {
        "sequence": sequence,
        "plans": plans_for(draft, sequence, leads, start=start),
        "start": start,
        "days": DAYS,
    }
    return render(request, "nurturing/tryout.html", context)


def _start(request: HttpRequest) -> datetime:
    """Return now, or nine o'clock on the day that was chosen."""
    day = asked_day(request.GET.get("start", ""))
    if day is None:
        return timezone.now()
    return localise(datetime.combine(day, time(9)), zone_of(None, Organisation.current()))


@login_required
@require_GET
def step_preview(request: HttpRequest, public_id: Any, key: str) -> HttpResponse:
    actor, sequence = request_actor(request), find_sequence(public_id)
    draft, step = _mail(sequence, key, actor)
    leads = sample_leads(draft, actor=actor, as_of=timezone.now())
    language = _language(request, step)
    context = {
        "sequence": sequence,
        "key": key,
        "shown": [{"lead": lead, "content": _content(step, lead, language)} for lead in leads],
        "language": language,
        "languages": list(step.texts),
    }
    return render(request, "nurturing/preview.html", context)


@login_required
@require_GET
@xframe_options_sameorigin
def step_preview_html(request: HttpRequest, public_id: Any, key: str, lead: Any) -> HttpResponse:
    actor, sequence = request_actor(request), find_sequence(public_id)
    _draft, step = _mail(sequence, key, actor)
    chosen = Lead.objects.visible_to(actor).filter(public_id=lead).first()
    if chosen is None:
        raise Http404
    content = _content(step, chosen, _language(request, step))
    # SECURITY: HTML of a mail, so no script may run in it and it counts as another origin.
    return HttpResponse(content.html, headers={"Content-Security-Policy": MAIL_POLICY})


@login_required
@require_POST
def step_test(request: HttpRequest, public_id: Any, key: str) -> HttpResponse:
    """Store what is in the editor and send it to whoever writes it."""
    actor, sequence = request_actor(request), find_sequence(public_id)
    if "subject" in request.POST:
        edit = posted_step(request, draft_of(sequence), key)
        sequence, actor = apply(request, public_id, edit, label=f"step:{key}")
    draft, step = _mail(sequence, key, actor)
    leads = sample_leads(draft, actor=actor, as_of=timezone.now())
    if not leads:
        raise DomainError("no_lead", _("There is no lead to fill the placeholders from."))
    content = _content(step, leads[0], _language(request, step))
    assert isinstance(request.user, User)
    send_test_mail(request.user, content, by=actor, as_of=timezone.now())
    toast(request, _("A test mail is on its way to %(email)s.") % {"email": request.user.email})
    if request.htmx:  # type: ignore[attr-defined]
        return HttpResponse(status=204)
    return redirect("sequence_editor", sequence.public_id)


def _mail(sequence: Sequence, key: str, actor: Actor) -> tuple[Draft, MailStep]:
    actor.require(Right.SEQUENCES_READ)
    draft = draft_of(sequence)
    for step in draft.mails:
        if step.key == key and step.texts:
            return draft, step
    raise Http404


def _language(request: HttpRequest, step: MailStep) -> str:
    wanted = request.POST.get("language", "") or request.GET.get("language", "")
    return wanted if wanted in step.texts else next(iter(step.texts))


def _content(step: MailStep, lead: Lead, language: str) -> Content:
    texts = compile_texts({language: step.texts[language]})[language]
    return fill_texts(texts, language, lead, Organisation.current(), "#")
