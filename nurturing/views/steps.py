"""Changing one part of a sequence. Each answer shows the editor as it is now."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.actor import Actor, request_actor
from accounts.models import Organisation
from accounts.rights import Right
from ground.errors import ConflictError, DomainError
from nurturing.actions.sequences import change_sequence, draft_of, redo_change, undo_change
from nurturing.catalogue import known_names
from nurturing.drafts import (
    Draft,
    MailStep,
    WaitStep,
    new_mail,
    new_wait,
    read_texts,
    with_changed_step,
    with_moved_step,
    with_step,
    without_step,
)
from nurturing.editing import posted_blocks, shown_step
from nurturing.forms.sequences import WaitForm
from nurturing.models import Sequence
from nurturing.queries import StepNumbers
from nurturing.times import Wait
from nurturing.views.sequences import editor_context, find_sequence, state_context

Edit = Callable[[Draft], Draft]


def apply(
    request: HttpRequest, public_id: Any, edit: Edit, *, label: str = ""
) -> tuple[Sequence, Actor]:
    """Store what ``edit`` makes of the draft that the page showed."""
    actor, sequence = request_actor(request), find_sequence(public_id)
    seen = request.POST.get("seen", "")
    is_number = seen.isascii() and seen.isdigit() and len(seen) < 10
    changed = change_sequence(
        sequence.pk,
        edit,
        seen=int(seen) if is_number else sequence.revision,
        by=actor,
        as_of=timezone.now(),
        label=label,
    )
    return changed, actor


def show_editor(request: HttpRequest, sequence: Sequence, actor: Actor) -> HttpResponse:
    """Answer with the editor alone for htmx, else with the page."""
    if not request.htmx:  # type: ignore[attr-defined]
        return redirect("sequence_editor", sequence.public_id)
    context = editor_context(sequence, actor, request)
    return render(request, "nurturing/sequence.html#editor", context)


@login_required
@require_POST
def step_add(request: HttpRequest, public_id: Any) -> HttpResponse:
    language = Organisation.current().default_language
    step = new_wait() if request.POST.get("kind") == "wait" else new_mail(language)
    after = request.POST.get("after", "")

    def edit(draft: Draft) -> Draft:
        if after == "start":
            return with_moved_step(with_step(draft, step), step.key, 0)
        return with_step(draft, step, after=after)

    sequence, actor = apply(request, public_id, edit)
    return show_editor(request, sequence, actor)


@login_required
@require_POST
def step_move(request: HttpRequest, public_id: Any, key: str) -> HttpResponse:
    place = _place(request.POST.get("place", ""))
    sequence, actor = apply(request, public_id, lambda draft: with_moved_step(draft, key, place))
    return show_editor(request, sequence, actor)


def _place(text: str) -> Callable[[int], int] | int:
    moves: dict[str, Callable[[int], int]] = {
        "up": lambda place: place - 1,
        "down": lambda place: place + 1,
    }
    if text in moves:
        return moves[text]
    if not (text.isascii() and text.isdigit() and len(text) < 4):
        raise DomainError("bad_place", _("This is no place in the sequence."))
    return int(text)


@login_required
@require_POST
def step_delete(request: HttpRequest, public_id: Any, key: str) -> HttpResponse:
    sequence, actor = apply(request, public_id, lambda draft: without_step(draft, key))
    return show_editor(request, sequence, actor)


@login_required
@require_POST
def step_save(request: HttpRequest, public_id: Any, key: str) -> HttpResponse:
    """Store a mail or a wait while it is written; answers with what changed around it."""
    sequence = find_sequence(public_id)
    request_actor(request).require(Right.SEQUENCES_MANAGE)
    error = ""
    try:
        edit = posted_step(request, draft_of(sequence), key)
        sequence, _actor = apply(request, public_id, edit, label=f"step:{key}")
    except ConflictError:
        raise
    except DomainError as refusal:
        error = str(refusal)
    return _saved(request, sequence, key, error)


def posted_step(request: HttpRequest, draft: Draft, key: str) -> Edit:
    step = draft.step(key)
    if isinstance(step, WaitStep):
        form = WaitForm(request.POST, prefix=key)
        if not form.is_valid():
            raise DomainError("bad_wait", " ".join(str(e) for e in form.errors.values()))
        wait = Wait.read(form.wait)
        return lambda current: with_changed_step(current, WaitStep(key, wait))
    language = request.POST.get("language", "")
    written = {
        language: {
            "subject": request.POST.get("subject", ""),
            "blocks": posted_blocks(request.POST),
        }
    }
    texts = read_texts(written, known_tokens=known_names())

    def change(current: Draft) -> Draft:
        now = current.step(key)
        assert isinstance(now, MailStep)
        return with_changed_step(current, MailStep(key, {**now.texts, **texts}))

    return change


def _saved(request: HttpRequest, sequence: Sequence, key: str, error: str) -> HttpResponse:
    if not request.htmx and not error:  # type: ignore[attr-defined]
        return redirect("sequence_editor", sequence.public_id)
    draft, actor = draft_of(sequence), request_actor(request)
    context = {
        **state_context(sequence, draft, actor),
        "shown": shown_step(draft.step(key), draft.index(key) + 1, StepNumbers()),
        "error": error,
    }
    status = 422 if error else 200
    return render(request, "nurturing/editor/saved.html", context, status=status)


@login_required
@require_GET
def step_show(request: HttpRequest, public_id: Any, key: str) -> HttpResponse:
    """Show one mail in another language, also in one that it has no text in yet."""
    actor, sequence = request_actor(request), find_sequence(public_id)
    actor.require(Right.SEQUENCES_READ)
    if not any(step.key == key for step in draft_of(sequence).steps):
        raise Http404
    context = editor_context(sequence, actor, request)
    shown = next(step for step in context["steps"] if step.key == key)
    language = request.GET.get("language", "")
    is_mail_in_it = shown.is_mail and language in dict(settings.LANGUAGES)
    context["shown"] = replace(shown, language=language) if is_mail_in_it else shown
    return render(request, "nurturing/editor/step.html", context)


@login_required
@require_POST
def language_remove(request: HttpRequest, public_id: Any, key: str) -> HttpResponse:
    language = request.POST.get("language", "")

    def edit(draft: Draft) -> Draft:
        step = draft.step(key)
        if not isinstance(step, MailStep) or len(step.texts) < 2:
            raise DomainError("last_language", _("A mail needs a text in one language."))
        kept = {code: text for code, text in step.texts.items() if code != language}
        return with_changed_step(draft, replace(step, texts=kept))

    sequence, actor = apply(request, public_id, edit)
    return show_editor(request, sequence, actor)


@login_required
@require_POST
def draft_undo(request: HttpRequest, public_id: Any) -> HttpResponse:
    actor, sequence = request_actor(request), find_sequence(public_id)
    undo_change(sequence.pk, by=actor, as_of=timezone.now())
    return show_editor(request, find_sequence(public_id), actor)


@login_required
@require_POST
def draft_redo(request: HttpRequest, public_id: Any) -> HttpResponse:
    actor, sequence = request_actor(request), find_sequence(public_id)
    redo_change(sequence.pk, by=actor, as_of=timezone.now())
    return show_editor(request, find_sequence(public_id), actor)
