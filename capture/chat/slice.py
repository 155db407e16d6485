"""What forms of the kind chat have beside the others."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from accounts.actor import Actor
from capture.chat.actions.care import Arrived, attach_chats
from capture.definition import Definition
from capture.intake import Intake
from capture.kinds import Slice, register_slice
from capture.models import FormKind
from capture.problems import Problem
from capture.questions import FILE


def check_chat(definition: Definition) -> list[Problem]:
    """Return what stands against publishing a chat."""
    found = []
    if any(spec.kind == FILE for spec in definition.fields):
        message = _("A chat takes no files: leave out the questions that ask for one.")
        found.append(Problem("chat_takes_no_files", "fields", message))
    if definition.redirect_url:
        message = _("A chat leads to no other page: leave its address out.")
        found.append(Problem("chat_has_no_redirect", "redirect_url", message))
    return found


def _attach(items: Sequence[Intake], by: Actor, as_of: datetime) -> None:
    found = [arrived for item in items if (arrived := _arrived(item))]
    if found:
        attach_chats(found, by=by, as_of=as_of)


def _arrived(item: Intake) -> Arrived | None:
    """Return which talk a submission came from; None for one that was sent as a form."""
    try:
        talk = UUID(item.judged.fields.first("talk"))
    except ValueError:
        return None
    return Arrived(
        talk,
        item.submission.lead_id or 0,
        item.submission.pk,
        item.form.pk,
        log=_log(bytes(item.submission.body)),
        answers={
            name: item.judged.fields.all(name)
            for name in item.definition.field_names
            if item.judged.fields.all(name)
        },
    )


def _log(body: bytes) -> list[dict[str, Any]]:
    """Return what the browser kept of the talk, for one that came in by the spool."""
    try:
        data = json.loads(body)
    except ValueError:
        return []
    log = data.get("log") if isinstance(data, dict) else None
    return [entry for entry in log if isinstance(entry, dict)] if isinstance(log, list) else []


register_slice(Slice(frozenset({FormKind.CHAT}), check=check_chat, follow_up=_attach))
