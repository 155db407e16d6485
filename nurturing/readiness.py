"""What a draft still needs before it may run."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import Organisation
from conditions.errors import ConditionError
from conditions.tree import parse
from leads.conditions import LEADS
from nurturing.blocks import compile_html
from nurturing.drafts import Draft, MailStep, TriggerKind
from nurturing.models import Topic
from nurturing.profile_links import without_form
from nurturing.tokens import find_tokens


@dataclass(frozen=True, slots=True)
class Missing:
    """One thing that is missing: a stable code, a sentence, and the step it is about."""

    code: str
    message: str | Promise
    step: str = ""


def missing_for_activation(draft: Draft) -> list[Missing]:
    """Return everything that keeps ``draft`` from being activated, in the order of the page."""
    return [
        *_about_the_whole(draft),
        *(missing for mail in draft.mails for missing in _about_a_mail(mail)),
        *_about_the_sender(),
    ]


def _about_the_whole(draft: Draft) -> Iterator[Missing]:
    if not draft.purpose:
        yield Missing("purpose", _("Say which consent these mails need."))
    if draft.topic and not Topic.objects.filter(public_id=draft.topic, is_active=True).exists():
        yield Missing("topic", _("The topic is not in use any more."))
    kind = draft.trigger["kind"]
    if kind == TriggerKind.CONDITION and not draft.trigger.get("where"):
        yield Missing("trigger", _("Say which leads enter this sequence."))
    if kind == TriggerKind.FORM and not draft.trigger.get("form"):
        yield Missing("trigger", _("Choose the form that brings leads in."))
    for name, where in (("trigger", draft.trigger.get("where")), ("goal", draft.goal)):
        if where and not _can_be_read(where):
            yield Missing(name, _("A condition uses something that is not there any more."))
    if not draft.mails:
        yield Missing("mail", _("Add at least one mail."))


def _can_be_read(where: object) -> bool:
    try:
        parse(where, LEADS.snapshot())
    except ConditionError:
        return False
    return True


def _about_a_mail(mail: MailStep) -> Iterator[Missing]:
    if not mail.texts:
        yield Missing("text", _("A mail has no text."), mail.key)
    for language, text in mail.texts.items():
        if not text["subject"]:
            yield Missing("subject", _("A mail has no subject."), mail.key)
        if not any(_says_something(block) for block in text["blocks"]):
            yield Missing("text", _("A mail has no text."), mail.key)
        for block in text["blocks"]:
            if block["kind"] == "button" and not (block["url"] and block["label"]):
                yield Missing("button", _("A button has no text or no link."), mail.key)
        html = compile_html(text["blocks"], language=language)
        names = {found.name for found in find_tokens(html)}
        if "unsubscribe_link" not in names:
            yield Missing("unsubscribe", _("A mail has no link to unsubscribe."), mail.key)
        if without_form(names):
            message = _("A mail links to more questions, but no published form asks them.")
            yield Missing("profile_link", message, mail.key)


def _says_something(block: dict[str, str]) -> bool:
    return bool(block.get("html") or block.get("text")) and block["kind"] in ("text", "headline")


def _about_the_sender() -> Iterator[Missing]:
    for label in Organisation.current().missing_for_imprint:
        message = _("The imprint of the organisation lacks: %(label)s.") % {"label": label}
        yield Missing("imprint", message)
