"""What speaks against something that nobody signed; a person can let it through all the same."""

from typing import Any

from capture.answers import Answers
from capture.connectors.entries import Arrival
from capture.judging import HONEYPOT, Judged
from capture.reading import Fields
from capture.verdict import THRESHOLD, Candidate, Crowd, Reason, weigh_content


def suspicion(arrival: Arrival) -> dict[str, Any]:
    """Return the error under which an arrival is held, or nothing.

    The same signs are weighed as for forms of ours; that the field which people do not see was
    filled in can only be told where the other form has one of this name.
    """
    answers = Answers(
        values=arrival.values,
        custom=arrival.custom,
        message=arrival.message,
        company=arrival.company,
    )
    candidate = Candidate(Judged(Fields(), answers), Crowd(), arrival.connection.language)
    reasons = weigh_content(candidate)
    if any(item.name.endswith(HONEYPOT) and item.text for item in arrival.told.fields):
        reasons.append(Reason("trap", 100))
    if sum(reason.points for reason in reasons) < THRESHOLD:
        return {}
    return {"code": "suspicious", "details": {"reasons": [reason.code for reason in reasons]}}
