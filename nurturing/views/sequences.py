from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.actor import Actor, request_actor
from accounts.models import Organisation
from accounts.rights import Right
from ground.errors import DomainError
from ground.listing import Column, Empty, Listing, render_listing
from ground.toasts import toast
from nurturing.actions.sequences import (
    NewSequence,
    activate_sequences,
    create_sequences,
    delete_sequences,
    draft_of,
    pause_sequences,
)
from nurturing.blocks import KINDS
from nurturing.drafts import Draft, new_mail
from nurturing.editing import (
    FIXED_EXITS,
    blank_blocks,
    offered_tokens,
    say_goal,
    say_settings,
    say_stages,
    say_trigger,
    shown_steps,
)
from nurturing.models import Sequence
from nurturing.queries import numbers_of, with_numbers
from nurturing.readiness import missing_for_activation

SEQUENCES: Listing[Sequence] = Listing(
    key="sequences",
    columns=[
        Column("name", gettext_lazy("Sequence"), "name", is_main=True),
        Column("state", gettext_lazy("State"), "state"),
        Column("running", gettext_lazy("Leads in it"), is_number=True),
        Column("sent", gettext_lazy("Mails sent"), is_number=True, on_phone=False),
        Column("clicked", gettext_lazy("Clicked"), is_number=True, on_phone=False),
        Column("changed", gettext_lazy("Changed"), "updated_at", on_phone=False),
    ],
    ordering="-changed",
    row="nurturing/sequences.html#row",
    row_name="sequence",
    search=lambda rows, text: rows.filter(name__icontains=text),
    empty=Empty(
        gettext_lazy("No sequences yet"),
        gettext_lazy("A sequence sends a few mails at intervals to the leads you choose."),
        gettext_lazy("Write the first one"),
        "/sequences/new/",
        icon="route",
    ),
)


@login_required
@require_GET
def sequence_list(request: HttpRequest) -> HttpResponse:
    request_actor(request).require(Right.SEQUENCES_READ)
    page = SEQUENCES.page(request, Sequence.objects.all())
    numbers = with_numbers(page.rows)
    for row in page.rows:
        row.running, row.sent, row.clicked = numbers[row.pk]  # type: ignore[attr-defined]
    return render_listing(request, "nurturing/sequences.html", page)


@login_required
@require_http_methods(["GET", "POST"])
def sequence_create(request: HttpRequest) -> HttpResponse:
    actor = request_actor(request)
    actor.require(Right.SEQUENCES_MANAGE)
    if request.method != "POST":
        return render(request, "nurturing/sequence_create.html")
    now = timezone.now()
    draft = Draft(steps=(new_mail(Organisation.current().default_language),))
    new = NewSequence(name=_unused_name(), draft=draft)
    (sequence,) = create_sequences([new], by=actor, as_of=now)
    return redirect("sequence_editor", sequence.public_id)


def _unused_name() -> str:
    names = set(Sequence.objects.values_list("name", flat=True))
    name, number = _("New sequence"), 1
    while name in names:
        number += 1
        name = _("New sequence %(number)s") % {"number": number}
    return name


@login_required
@require_GET
def sequence_editor(request: HttpRequest, public_id: Any) -> HttpResponse:
    actor = request_actor(request)
    actor.require(Right.SEQUENCES_READ)
    sequence = find_sequence(public_id)
    return render(request, "nurturing/sequence.html", editor_context(sequence, actor, request))


def find_sequence(public_id: Any) -> Sequence:
    """Return the sequence with its live version, or 404."""
    return get_object_or_404(Sequence.objects.select_related("live"), public_id=public_id)


def editor_context(sequence: Sequence, actor: Actor, request: HttpRequest) -> dict[str, Any]:
    """Return what the page of a sequence shows."""
    draft = draft_of(sequence)
    numbers = numbers_of(sequence)
    return {
        **state_context(sequence, draft, actor),
        "numbers": numbers,
        "steps": shown_steps(draft, numbers.steps, language=request.GET.get("language", "")),
        "trigger": say_trigger(draft),
        "goal": say_goal(draft),
        "stages": say_stages(draft),
        "fixed_exits": [reason.label for reason in FIXED_EXITS],
        "settings_facts": say_settings(draft),
        "tokens": offered_tokens(),
        "block_kinds": list(KINDS.items()),
        "blank_blocks": blank_blocks(),
    }


def state_context(sequence: Sequence, draft: Draft, actor: Actor) -> dict[str, Any]:
    """Return what the bar above the steps and the list of what is missing show."""
    return {
        "sequence": sequence,
        "missing": missing_for_activation(draft),
        "can_undo": sequence.revisions.filter(
            number=sequence.revision, parent__isnull=False
        ).exists(),
        "can_redo": sequence.revisions.filter(parent=sequence.revision).exists(),
        "may_edit": actor.may(Right.SEQUENCES_MANAGE),
        "may_activate": actor.may(Right.SEQUENCES_ACTIVATE),
    }


@login_required
@require_POST
def sequence_activate(request: HttpRequest, public_id: Any) -> HttpResponse:
    actor, sequence = request_actor(request), find_sequence(public_id)
    try:
        activate_sequences([sequence.pk], by=actor, as_of=timezone.now())
    except DomainError as error:
        if error.code != "not_ready":
            raise
        toast(request, str(error), level=messages.ERROR)
    else:
        toast(request, _("“%(name)s” is running.") % {"name": sequence.name})
    return redirect("sequence_editor", sequence.public_id)


@login_required
@require_POST
def sequence_pause(request: HttpRequest, public_id: Any) -> HttpResponse:
    actor, sequence = request_actor(request), find_sequence(public_id)
    pause_sequences([sequence.pk], by=actor, as_of=timezone.now())
    toast(request, _("“%(name)s” is paused. Nothing goes out.") % {"name": sequence.name})
    return redirect("sequence_editor", sequence.public_id)


@login_required
@require_POST
def sequence_delete(request: HttpRequest, public_id: Any) -> HttpResponse:
    actor, sequence = request_actor(request), find_sequence(public_id)
    delete_sequences([sequence.pk], by=actor, as_of=timezone.now())
    toast(request, _("The sequence is gone."))
    return redirect("sequence_list")
