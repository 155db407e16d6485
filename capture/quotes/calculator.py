"""Forms that calculate: the amount at once on the page, and the same by mail with a PDF."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from django.utils import translation
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.actor import Actor
from capture.actions.replies import ReplyRequest, ask_replies
from capture.activities import QUOTE_GIVEN
from capture.answers import Answers, number_or_none
from capture.catalogue import CUSTOM_PREFIX
from capture.definition import Definition, FieldSpec, QuoteSpec
from capture.intake import Intake
from capture.judging import Judged
from capture.kinds import Slice, Told, register_slice
from capture.models import FormKind, FormReply
from capture.problems import Problem
from capture.quotes.formula import read_formula, round_to
from capture.quotes.pdf import quote_pdf
from capture.replies import Attachment, ReplyMail, register_writer
from capture.snapshots import PublicForm
from ground.errors import DomainError
from leads.actions.timeline import NewActivity, record

REPLY = "quote"
# Kinds whose answer is a number or stands for one.
_COUNTED = frozenset({"number", "rating", "scale"})
_NUMERIC = _COUNTED | {"select", "radio", "multi", "checkbox"}
_NO_STEP = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Quote:
    """A calculated amount; ``text`` is how it is written, the same everywhere."""

    amount: Decimal
    text: str


def numbers_of(definition: Definition) -> list[FieldSpec]:
    """Return the fields that a formula can calculate with."""
    return [spec for spec in definition.fields if spec.kind in _NUMERIC]


def calculate(definition: Definition, answers: Answers) -> Quote:
    """Return the amount for ``answers``, written in the language that is active.

    Raises ``DomainError`` where the formula has no result for them.
    """
    spec = definition.quote
    amount = read_formula(spec.formula).calculate(_values(definition, answers))
    step = number_or_none(spec.step) or _NO_STEP
    rounded = round_to(amount, step)
    exponent = step.normalize().as_tuple().exponent
    digits = max(0, -exponent) if isinstance(exponent, int) else 0
    return Quote(rounded, _written(rounded, digits, spec))


def _written(amount: Decimal, digits: int, spec: QuoteSpec) -> str:
    number = number_format(amount, decimal_pos=digits, use_l10n=True, force_grouping=True)
    return f"{number}\N{NO-BREAK SPACE}{spec.unit}".strip()


def _values(definition: Definition, answers: Answers) -> Mapping[str, Decimal]:
    given = {**answers.own, **{CUSTOM_PREFIX + key: text for key, text in answers.custom.items()}}
    return {
        spec.name: _value(spec, given[spec.name])
        for spec in numbers_of(definition)
        if spec.name in given
    }


def _value(spec: FieldSpec, given: str | list[str]) -> Decimal:
    if spec.kind == "checkbox":
        return Decimal(1)
    if spec.kind in _COUNTED:
        return Decimal(str(given))  # as the intake wrote it; a choice is as a person wrote it
    texts = given if isinstance(given, list) else [given]
    return sum((number_or_none(str(text)) or Decimal(0) for text in texts), Decimal(0))


def check(definition: Definition) -> list[Problem]:
    """Refuse a formula that cannot be read, or asks for what the form does not."""
    try:
        formula = read_formula(definition.quote.formula)
    except DomainError as error:
        message = gettext_lazy("The formula: %(why)s") % {"why": error.message}
        return [Problem("formula_invalid", "quote", message)]
    unknown = formula.names - {spec.name for spec in numbers_of(definition)}
    if unknown:
        lost = gettext_lazy("The formula needs “%(name)s”, which the form does not ask for.")
        return [Problem("formula_unknown", "quote", lost % {"name": min(unknown)})]
    step = number_or_none(definition.quote.step)
    if step is None or step <= 0:
        unfit = gettext_lazy("Round to something like 0,01 or 5.")
        return [Problem("step_invalid", "quote", unfit)]
    return []


def tell(form: PublicForm, key: UUID, judged: Judged, as_of: datetime) -> Told | None:
    """Tell the amount at once."""
    try:
        quote = calculate(form.definition, judged.answers)
    except DomainError:
        return None
    return Told(text=_("Your quote: %(amount)s") % {"amount": quote.text})


def follow_up(items: Sequence[Intake], by: Actor, as_of: datetime) -> None:
    """Put the quote on the timeline and send it by mail."""
    quoted = [(item, quote) for item in items if (quote := _quote(item)) is not None]
    record(
        [
            NewActivity(
                item.submission.lead_id or 0,
                QUOTE_GIVEN,
                item.received_at,
                {
                    "form": str(item.form.public_id),
                    "form_name": item.form.name,
                    "amount": str(quote.amount),
                    "amount_text": quote.text,
                    "answers": item.told_answers,
                },
                dedupe_key=f"quote:{item.submission.pk}",
            )
            for item, quote in quoted
        ],
        by=by,
        as_of=as_of,
    )
    ask_replies(
        [_request(item, quote) for item, quote in quoted if item.is_mailable], by=by, as_of=as_of
    )


def _quote(item: Intake) -> Quote | None:
    with translation.override(item.language):
        try:
            return calculate(item.definition, item.judged.answers)
        except DomainError:
            return None


def _request(item: Intake, quote: Quote) -> ReplyRequest:
    valid_until = item.received_at + timedelta(days=item.definition.quote.days)
    # SECURITY: only answers from a fixed set or numbers; nothing that a visitor wrote freely.
    kinds = {spec.name: spec.kind for spec in item.definition.fields}
    rows = [
        (answer["label"], answer["value"])
        for answer in item.told_answers
        if kinds[answer["name"]] in _NUMERIC - {"checkbox"}
    ]
    return ReplyRequest(
        lead_id=item.submission.lead_id or 0,
        kind=REPLY,
        email=item.judged.answers.email,
        email_key=item.email_key,
        language=item.language,
        dedupe_key=f"quote:{item.submission.pk}",
        submission=item.submission,
        data={
            "title": item.definition.headline,
            "amount": quote.text,
            "rows": rows,
            "note": item.definition.quote.note,
            "valid_until": valid_until.isoformat(),
        },
    )


def write(reply: FormReply) -> ReplyMail:
    """Write the mail with the amount."""
    data = reply.data
    until = date_format(datetime.fromisoformat(data["valid_until"]), "DATE_FORMAT")
    rows = "\n".join(f"{label}: {value}" for label, value in data["rows"])
    parts = [
        _("thank you for your interest. This is your quote:"),
        f"{data['title']}: {data['amount']}",
        rows,
        data["note"],
    ]
    return ReplyMail(
        subject=_("Your quote: %(amount)s") % {"amount": data["amount"]},
        paragraphs=[part for part in parts if part],
        after=[_("It holds until %(day)s and is attached as a PDF.") % {"day": until}],
    )


def attach(reply: FormReply) -> list[Attachment]:
    """Return the quote as a PDF."""
    return [Attachment(_("quote") + ".pdf", "application/pdf", quote_pdf(reply))]


register_slice(Slice(frozenset({FormKind.QUOTE}), check, tell, follow_up))
register_writer(REPLY, write, attach)
