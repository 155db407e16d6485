"""Whether a submission can be taken: readable, checked, complete. Needs no database."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from capture.answers import Answers, read_answers
from capture.definition import Definition
from capture.guard import proof
from capture.profiling import PROFILE, Asked, read_asked
from capture.reading import Fields

HONEYPOT = "company_fax"
CHECK = "check"
_UNCHECKED = proof.Check("", "", "missing")

_UNREADABLE = {
    "content_type": (415, _("This kind of content cannot be read.")),
    "not_json": (400, _("This is not readable JSON.")),
    "not_an_object": (400, _("Send one JSON object with the names of the fields.")),
    "malformed": (400, _("This form could not be read.")),
}
_CHECK_MESSAGES = {
    "missing": _("The check against machines is missing. Please send the form again."),
    "wrong": _("The check against machines did not come out right. Please try again."),
    "expired": _("The form was open for too long. Please send it again."),
}


@dataclass(slots=True)
class Judged:
    """A submission as it was read.

    ``status`` is the HTTP status for whoever sent it: 200, 400, 415 or 422. ``took`` is how long
    filling in took, None where nobody knows. ``asked`` says of whom the form was told to be, and
    what it asked; whether that lead is still there is for the intake to find out.
    """

    fields: Fields
    answers: Answers = field(default_factory=Answers)
    check: proof.Check = _UNCHECKED
    took: timedelta | None = None
    status: int = 200
    message: str | Promise = ""
    asked: Asked | None = None

    @property
    def is_trapped(self) -> bool:
        """Whether the field that people do not see was filled in."""
        return bool(self.fields.first(HONEYPOT).strip())

    @property
    def is_refused(self) -> bool:
        """Whether the sender must be told that something is wrong."""
        return self.status != 200

    @property
    def errors(self) -> dict[str, list[str]]:
        """What was wrong, by field, as text in the present language."""
        return {name: [str(text) for text in texts] for name, texts in self.answers.errors.items()}


def judge(
    definition: Definition,
    form_id: str,
    fields: Fields,
    *,
    as_of: datetime,
    trusts_profile: bool = True,
) -> Judged:
    """Check what ``read_fields`` made of a submission, as of the moment it came in.

    One that fell into the trap is never refused: whoever sent it is to see success. One that came
    from a link that proves who it is answers what was asked there and nothing else, unless
    ``trusts_profile`` is False.
    """
    judged = Judged(fields)
    if judged.fields.problem:
        judged.status, judged.message = _UNREADABLE[judged.fields.problem]
        return judged
    names = (proof.PROOF, proof.SUM_FIELD, proof.SUM_ANSWER, proof.SEAL)
    given = {name: judged.fields.first(name) for name in names}
    judged.check = proof.check(given, form_id, as_of=as_of)
    judged.took = proof.time_to_fill(judged.fields.first(proof.STARTED), form_id, as_of=as_of)
    if trusts_profile:
        judged.asked = read_asked(judged.fields.first(PROFILE), UUID(form_id), as_of=as_of)
    asked = judged.asked.names if judged.asked else None
    judged.answers = read_answers(
        definition.for_visit(asked), judged.fields, is_known=judged.asked is not None
    )
    if not judged.check.is_passed:
        judged.answers.errors[CHECK] = [_CHECK_MESSAGES[judged.check.reason]]
    if judged.answers.errors and not judged.is_trapped:
        judged.status, judged.message = 422, _("Please correct the marked fields.")
    return judged
