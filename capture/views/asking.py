from collections.abc import Callable
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_GET

from accounts.rights import Right
from capture.known import as_asker, asking_forms, known_of
from capture.models import Form
from leads.models import Lead
from leads.views.detail import find_lead

# Says which mails ask by a placeholder; the app that sends mails sets it.
Mails = Callable[[str], list[str]]
_mails: list[Mails] = []


def register_mails(found: Mails) -> None:
    """Let an app above say what asks by a placeholder such as ``profile_link.f12``."""
    _mails.append(found)


@login_required
@require_GET
def ask_lead(request: HttpRequest, public_id: UUID, form_id: UUID) -> HttpResponse:
    """Show the link by which one lead is asked for more."""
    lead, actor = find_lead(request, public_id)
    actor.require(Right.LEADS_EDIT)
    asker = as_asker(_find(form_id))
    now = timezone.now()
    wanted = set(asker.asks_next(known_of(lead, form_id)))
    context = {
        "lead": lead,
        "asker": asker,
        "questions": [s.label for s in asker.definition.fields if s.name in wanted],
        "link": asker.link(Lead.objects.get(pk=lead.pk), as_of=now),
        "placeholder": f"{{{{ {asker.token} }}}}",
        "mails": [name for found in _mails for name in found(asker.token)],
    }
    response = render(request, "capture/ask_lead.html", context)
    response["Cache-Control"] = "no-store"
    return response


def _find(form_id: UUID) -> Form:
    form: Form = get_object_or_404(asking_forms(), public_id=form_id)
    if form.published is None:
        raise Http404
    return form
