"""What the editor of sequences reads from a request, and what it shows."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import QueryDict
from django.utils.translation import gettext as _

from accounts.models import Organisation
from capture.models import Form as CaptureForm
from conditions.describe import describe
from conditions.errors import ConditionError
from conditions.tree import parse
from leads.conditions import LEADS
from leads.models import ConsentPurpose
from leads.stages import FUNNEL, Stage
from nurturing.blocks import KINDS, html_to_text, starting_blocks
from nurturing.catalogue import OF_THE_MAIL, Token, tokens
from nurturing.drafts import Draft, DraftStep, MailStep, TriggerKind, WaitStep
from nurturing.forms.sequences import WaitForm
from nurturing.models import ExitReason, Topic
from nurturing.queries import StepNumbers
from nurturing.times import WEEKDAYS, Unit, Wait
from nurturing.triggers import rejection_reasons

# What ends a run whatever the sequence says; shown so that nobody looks for it.
FIXED_EXITS = (
    ExitReason.UNSUBSCRIBED,
    ExitReason.BOUNCED,
    ExitReason.COMPLAINED,
    ExitReason.REPLIED,
    ExitReason.HANDED_OVER,
    ExitReason.LEAD_DELETED,
)
_PARTS = ("text", "html", "label", "url", "alt")


@dataclass(frozen=True, slots=True)
class ShownStep:
    """One step as the editor shows it."""

    step: DraftStep
    number: int
    title: str
    summary: str
    language: str
    numbers: StepNumbers
    wait_form: WaitForm | None = None

    @property
    def key(self) -> str:
        """The name of the step."""
        return self.step.key

    @property
    def is_mail(self) -> bool:
        """Whether the step is a mail."""
        return isinstance(self.step, MailStep)

    @property
    def is_open(self) -> bool:
        """Whether the mail is still to be written, so that it is not folded."""
        return self.is_mail and not (self.text["subject"] and self.summary)

    @property
    def text(self) -> Mapping[str, Any]:
        """Subject and blocks in the language that is shown."""
        assert isinstance(self.step, MailStep)
        return self.step.texts.get(self.language, {"subject": "", "blocks": []})

    @property
    def blocks(self) -> list[dict[str, str]]:
        """The blocks for the editor; a text that is not written yet has the usual ones."""
        return [shown_block(block) for block in self.text["blocks"] or starting_blocks()]

    @property
    def removable_language(self) -> str:
        """The name of the language that is shown, where the mail has a text in another one."""
        texts = self.step.texts if isinstance(self.step, MailStep) else {}
        can_go = self.language in texts and len(texts) > 1
        return str(dict(settings.LANGUAGES)[self.language]) if can_go else ""

    @property
    def languages(self) -> list[tuple[str, str, bool]]:
        """Every language with its name and whether the mail has a text in it."""
        assert isinstance(self.step, MailStep)
        return [(code, str(name), code in self.step.texts) for code, name in settings.LANGUAGES]


def shown_block(block: Mapping[str, str]) -> dict[str, str]:
    """Return a block with all its parts and the name of its kind."""
    parts = {part: block.get(part, "") for part in _PARTS}
    return {"kind": block["kind"], "legend": str(KINDS[block["kind"]]), **parts}


def blank_blocks() -> list[dict[str, str]]:
    """Return one empty block of each kind, for the buttons that add one."""
    return [shown_block({"kind": kind}) for kind in KINDS]


def shown_steps(
    draft: Draft, numbers: Mapping[str, StepNumbers], *, language: str = ""
) -> list[ShownStep]:
    """Return the steps of ``draft``; mails in ``language`` where they have it."""
    return [
        shown_step(step, number, numbers.get(step.key, StepNumbers()), language=language)
        for number, step in enumerate(draft.steps, start=1)
    ]


def shown_step(
    step: DraftStep, number: int, numbers: StepNumbers, *, language: str = ""
) -> ShownStep:
    """Return one step as the editor shows it."""
    if isinstance(step, WaitStep):
        form = WaitForm(initial=step.wait.as_json(), prefix=step.key)
        return ShownStep(step, number, _("Wait"), say_wait(step.wait), "", numbers, form)
    code = language if language in step.texts else next(iter(step.texts), "")
    code = code or Organisation.current().default_language
    text = step.texts.get(code, {"subject": "", "blocks": []})
    summary = " ".join(html_to_text(block.get("html", "")) for block in text["blocks"])
    return ShownStep(step, number, text["subject"] or _("Mail"), summary[:140], code, numbers)


def say_wait(wait: Wait) -> str:
    """Return a wait as a sentence: "3 days, then until Tuesday, 09:00"."""
    parts = [f"{wait.amount} {Unit(wait.unit).label}"] if wait.amount else []
    if wait.weekday is not None:
        parts.append(_("until %(day)s") % {"day": WEEKDAYS[wait.weekday]})
    if wait.at is not None:
        parts.append(_("at %(time)s") % {"time": wait.at.strftime("%H:%M")})
    return ", ".join(parts)


def say_trigger(draft: Draft) -> str:
    """Return in words what brings leads in."""
    trigger = draft.trigger
    match trigger["kind"]:
        case TriggerKind.CONDITION:
            return _say_condition(trigger.get("where"))
        case TriggerKind.FORM:
            form = _form(trigger.get("form"))
            name = form.name if form else "…"
            return _("Whoever sends the form “%(name)s”") % {"name": name}
        case TriggerKind.REJECTION:
            labels = dict(rejection_reasons())
            reasons = [str(labels.get(reason, reason)) for reason in trigger["reasons"]]
            if not reasons:
                return _("Leads that sales rejects, for whatever reason")
            return _("Leads that sales rejects: %(reasons)s") % {"reasons": ", ".join(reasons)}
    return _("Only leads that somebody enrols by hand")


def _form(public_id: Any) -> CaptureForm | None:
    return CaptureForm.objects.filter(public_id=public_id).first() if public_id else None


def _say_condition(where: Any) -> str:
    if not where:
        return _("No condition yet")
    try:
        return describe(parse(where, LEADS.snapshot()))
    except ConditionError as error:
        return str(error)


def say_goal(draft: Draft) -> str:
    """Return the goal in words, or ""."""
    return _say_condition(draft.goal) if draft.goal else ""


def say_stages(draft: Draft) -> list[str]:
    """Return the stages at which leads leave, in the order of the funnel."""
    always = {Stage.SQL, Stage.OPPORTUNITY}
    return [str(stage.label) for stage in FUNNEL if stage in always or stage in draft.exit_stages]


def say_settings(draft: Draft) -> list[tuple[str, str]]:
    """Return consent, topic and hours as pairs of a label and words."""
    topic = Topic.objects.filter(public_id=draft.topic).first() if draft.topic else None
    days = [str(WEEKDAYS[day])[:2] for day in draft.window.days]
    hours = f"{draft.window.start:%H:%M} – {draft.window.end:%H:%M}"
    purpose = str(ConsentPurpose(draft.purpose).label) if draft.purpose else "–"
    return [
        (_("Consent"), purpose),
        (_("Topic"), topic.label if topic else _("None")),
        (_("Hours"), f"{', '.join(days)} {hours}"),
    ]


def posted_blocks(data: QueryDict) -> list[dict[str, str]]:
    """Return the blocks of a posted mail: every block sends each of its parts, empty or not."""
    kinds = data.getlist("block")
    columns = {part: data.getlist(part) for part in _PARTS}
    return [
        {"kind": kind}
        | {part: values[number] for part, values in columns.items() if number < len(values)}
        for number, kind in enumerate(kinds)
    ]


def offered_tokens() -> list[Token]:
    """Return what the menu of placeholders offers."""
    link = Token("unsubscribe_link", OF_THE_MAIL["unsubscribe_link"], lambda reader: "")
    return [*tokens(), link]
