from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from accounts.actor import Actor, request_actor
from accounts.models import Organisation
from accounts.rights import Right
from capture.actions.forms import all_problems, change_form, publish_forms
from capture.catalogue import offers
from capture.chat.steps import all_answered, questions
from capture.definition import ACCENTS, Definition
from capture.display import Device, Shape, Trigger, Who
from capture.editing import apply_step, missing_consents, missing_fields, read_definition
from capture.embedding import embed_line, frame_line
from capture.events.formed import events_to_choose
from capture.models import Content, Form, FormKind, FormState
from capture.problems import Problem
from capture.queries import MANY_FIELDS, completion_by_size
from capture.questions import QUESTION_KINDS
from capture.quotes.calculator import numbers_of
from capture.referrals.passed_on import target_forms
from capture.rendering import chat_sheet, form_context, style_sheet
from capture.snapshots import draft_form
from capture.theme import CORNERS, FONTS
from capture.theme import warnings as theme_warnings
from capture.tongues import NAMES, second_language
from capture.views.editor_rows import editor_rows
from capture.views.forms import form_tabs
from ground.errors import ConflictError, DomainError
from ground.etags import tag_of
from ground.toasts import toast
from leads.models import ConsentChannel, ConsentPurpose

DISPLAY_CHOICES = {
    "shapes": Shape.choices,
    "triggers": Trigger.choices,
    "devices": Device.choices,
    "visitors": Who.choices,
}
PUBLISH, SAVE = "publish", "save"
# Where a form goes on from when it was published for the first time.
EMBED = "#form-embed"
SIDE, WHOLE = "#side", "#editor"


@login_required
@require_http_methods(["GET", "POST"])
def form_edit(request: HttpRequest, public_id: UUID) -> HttpResponse:
    actor = request_actor(request)
    actor.require(Right.FORMS_READ)
    form = get_object_or_404(Form.objects.select_related("published"), public_id=public_id)
    if request.method == "POST":
        actor.require(Right.FORMS_MANAGE)
        return _changed(request, form, actor)
    return _show(request, form)


def _changed(request: HttpRequest, form: Form, actor: Actor) -> HttpResponse:
    before = Definition.from_json(form.draft)
    definition = read_definition(request.POST, before, form.language)
    step = request.POST.get("do", SAVE)
    definition = apply_step(definition, step, form.language)
    try:
        form = change_form(
            form.pk,
            definition=definition,
            version=_version(request),
            by=actor,
            as_of=timezone.now(),
        )
        if step == PUBLISH:
            publish_forms([form.pk], by=actor, as_of=timezone.now())
    except ConflictError as error:
        return _stale(request, form, definition, Problem(error.code, "", error.message))
    except DomainError as error:
        problem = Problem(error.code, "", error.message)
        stands = [problem] if error.code == "test_running" else None
        return _show(request, form, typed=definition, problems=stands, is_strict=True, status=422)
    if _is_part(request):
        return _show(request, form)
    said = _("The form is published.") if step == PUBLISH else _("Saved.")
    toast(request, said)
    place = EMBED if step == PUBLISH and form.published_id is None else ""
    return redirect(reverse("form_edit", args=[form.public_id]) + place)


def _stale(request: HttpRequest, form: Form, typed: Definition, problem: Problem) -> HttpResponse:
    """Keep what was typed onto an older version, and say so.

    Saving while typing goes on being refused; who presses a button was told, and may have it.
    """
    older = _number(request, "version") if _is_part(request) else None
    return _show(request, form, typed=typed, older=older, problems=[problem], status=409)


def _is_part(request: HttpRequest) -> bool:
    return request.headers.get("HX-Request") == "true"


def _version(request: HttpRequest) -> int | None:
    """Return the version that was changed; who pressed a button has seen what they were told."""
    seen = None if _is_part(request) else _number(request, "seen")
    return seen or _number(request, "version")


def _number(request: HttpRequest, name: str) -> int | None:
    text = request.POST.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else None


def _show(
    request: HttpRequest,
    form: Form,
    *,
    typed: Definition | None = None,
    older: int | None = None,
    problems: list[Problem] | None = None,
    is_strict: bool = False,
    status: int = 200,
) -> HttpResponse:
    """Show the editor, or the part of it that htmx asked for.

    ``typed`` is shown in place of the draft where it could not be saved, and ``older`` is the
    version that it stays on. ``is_strict`` marks what stands against publishing as wrong, not only
    as missing.
    """
    definition = typed or Definition.from_json(form.draft)
    found = problems or all_problems(definition, form.kind, form.language, offers())
    context: dict[str, Any] = {
        "form": form,
        "older": older,
        "tabs": form_tabs(form, "edit"),
        "definition": definition,
        "rows": editor_rows(definition),
        "display": DISPLAY_CHOICES,
        "numbers": numbers_of(definition),
        "contents": contents_for(form, definition),
        "events": events_to_choose(form.kind, definition.event),
        "targets": target_forms() if form.kind == FormKind.REFERRAL else [],
        "question_kinds": QUESTION_KINDS.values(),
        "problems": found,
        "wrong": {item.field: item.message for item in reversed(found)} if is_strict else {},
        "is_strict": is_strict,
        "missing_fields": missing_fields(definition),
        "missing_consents": missing_consents(definition),
        "consents": [_consent_row(spec) for spec in definition.consents],
        "accents": ACCENTS.items(),
        "hint": _size_hint(definition),
        "tongue": _tongue(form, definition),
        "second_name": NAMES[second_language(form.language)],
        "fonts": [(key, label) for key, (label, _family) in FONTS.items()],
        "corners": [(key, label) for key, (label, _radius) in CORNERS.items()],
        "warnings": theme_warnings(definition.theme, definition.colour),
        "test": form.tests.filter(ended_at=None).first() if form.published else None,
        "is_live": form.state == FormState.PUBLISHED,
        "has_changes": form.has_unpublished_changes,
        "previews": _previews(request, form, definition),
        "is_narrow": request.POST.get("preview_width") == "phone",
        "talk": questions(definition, all_answered(definition)) if is_chat(form) else [],
        "is_plain": form.kind not in (FormKind.CHAT, FormKind.MEETING),
        "snippet": embed_line(form),
        "frame": frame_line(form, definition.headline),
    }
    target = request.headers.get("HX-Target", "")
    part = SIDE if target.endswith(SIDE) else WHOLE if target.endswith(WHOLE) else ""
    return render(request, f"capture/form_edit.html{part}", context, status=status)


def contents_for(form: Form, definition: Definition) -> list[Content]:
    """Return what this form can give away, with what it gives now; none for other kinds."""
    if form.kind != FormKind.DOWNLOAD:
        return []
    now = Q(public_id=definition.content) if definition.content else Q()
    return list(Content.objects.filter(Q(is_archived=False) | now).order_by("name"))


def is_chat(form: Form) -> bool:
    """Say whether this form is a talk."""
    return form.kind == FormKind.CHAT


def _consent_row(spec: Any) -> dict[str, Any]:
    label = f"{ConsentPurpose(spec.purpose).label} · {ConsentChannel(spec.channel).label}"
    can_confirm = spec.channel == ConsentChannel.EMAIL
    return {
        "spec": spec,
        "key": f"{spec.purpose}.{spec.channel}",
        "label": label,
        "can_confirm": can_confirm,
    }


def _size_hint(definition: Definition) -> dict[str, Any]:
    """Warn of too many fields, with what was measured for forms of each size."""
    size = len(definition.asked)
    if size <= MANY_FIELDS:
        return {}
    return {"size": size, "rates": completion_by_size(as_of=timezone.now())}


def _tongue(form: Form, definition: Definition) -> dict[str, str] | None:
    """Return the second language of a form that has one."""
    if not definition.is_bilingual:
        return None
    code = second_language(form.language)
    return {"code": code, "name": NAMES[code]}


def _previews(request: HttpRequest, form: Form, definition: Definition) -> list[dict[str, Any]]:
    """Return the form in each of its languages; the one that was looked at last is shown."""
    shown = draft_form(form, definition, Organisation.current())
    asked = request.POST.get("preview_lang", form.language)
    chosen = asked if asked in shown.languages else form.language
    return [
        {
            **form_context(shown.spoken(code), mark=f"-{code}"),
            "code": code,
            "name": NAMES[code],
            "is_chosen": code == chosen,
        }
        for code in shown.languages
    ]


@login_required
@require_GET
def form_preview_style(request: HttpRequest, public_id: UUID) -> HttpResponse:
    request_actor(request).require(Right.FORMS_READ)
    form = get_object_or_404(Form, public_id=public_id)
    sheet: str = style_sheet(Definition.from_json(form.draft))
    if is_chat(form):
        sheet = f"{sheet}\n{chat_sheet()}"
    response = HttpResponse(sheet, content_type="text/css; charset=utf-8")
    response["ETag"] = tag_of(sheet)
    response["Cache-Control"] = "private, no-cache"
    return response
