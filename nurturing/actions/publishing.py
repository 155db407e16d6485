"""From a draft to a version that never changes."""

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db.models import Max

from accounts.actor import Actor
from nurturing.blocks import compile_html, compile_text
from nurturing.drafts import ALWAYS_EXIT, Draft, MailStep
from nurturing.models import (
    Sequence,
    SequenceVersion,
    Step,
    StepKind,
    Template,
    TemplateKind,
    TemplateVersion,
    Topic,
)


def publish(sequence: Sequence, draft: Draft, *, by: Actor, as_of: datetime) -> SequenceVersion:
    """Store ``draft`` as the next version; a mail that did not change keeps its texts' version.

    For actions that have locked the sequence and checked the draft.
    """
    last = sequence.versions.aggregate(last=Max("number"))["last"] or 0
    version = SequenceVersion.objects.create(
        sequence=sequence,
        number=last + 1,
        purpose=draft.purpose,
        topic=Topic.objects.filter(public_id=draft.topic).first() if draft.topic else None,
        trigger=dict(draft.trigger),
        goal=draft.goal,
        exit_stages=sorted({*draft.exit_stages, *ALWAYS_EXIT}),
        window=draft.window.as_json(),
        published_by_id=by.user_id,
        published_at=as_of,
    )
    before = {
        step.key: step.template_version
        for step in Step.objects.filter(version__sequence=sequence, kind=StepKind.MAIL)
        .select_related("template_version__template")
        .order_by("version__number")
    }
    number = 0
    for position, step in enumerate(draft.steps, start=1):
        row = Step(version=version, position=position, key=step.key)
        if isinstance(step, MailStep):
            number += 1
            name = f"{sequence.name} · {number}"
            row.kind = StepKind.MAIL
            row.template_version = _texts(step, before.get(step.key), name, by=by, as_of=as_of)
        else:
            row.kind, row.wait = StepKind.WAIT, step.wait.as_json()
        row.save(force_insert=True)
    return version


def _texts(
    step: MailStep, known: TemplateVersion | None, name: str, *, by: Actor, as_of: datetime
) -> TemplateVersion:
    if known is not None and known.digest == digest_of(step.texts):
        return known
    template = known.template if known is not None else None
    if template is None:
        template = Template.objects.create(
            kind=TemplateKind.STEP, name=name[:150], created_by_id=by.user_id, created_at=as_of
        )
    return new_version(template, step.texts, by=by, as_of=as_of)


def new_version(
    template: Template, texts: Mapping[str, Any], *, by: Actor, as_of: datetime
) -> TemplateVersion:
    """Store ``texts``, compiled, as the next version of ``template``; for actions."""
    last = template.versions.aggregate(last=Max("number"))["last"] or 0
    return TemplateVersion.objects.create(
        template=template,
        number=last + 1,
        texts=compile_texts(texts),
        digest=digest_of(texts),
        created_by_id=by.user_id,
        created_at=as_of,
    )


def compile_texts(texts: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return what was written with what it becomes, by language."""
    return {
        language: {
            "subject": text["subject"],
            "blocks": text["blocks"],
            "text": compile_text(text["blocks"], language=language),
            "html": compile_html(text["blocks"], language=language),
        }
        for language, text in texts.items()
    }


def digest_of(texts: Mapping[str, Any]) -> str:
    """Return the SHA-256 of what was written."""
    written = {
        language: [text["subject"], text["blocks"]] for language, text in sorted(texts.items())
    }
    return hashlib.sha256(json.dumps(written, sort_keys=True).encode()).hexdigest()
