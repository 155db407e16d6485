"""What a rule may ask about the data of an activity: the closed list that conditions use, too."""

from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from conditions.registry import Snapshot
from ground.errors import DomainError
from leads.fields.activities import Detail, activity_details

DAY = "day"


def details_of(kind: str) -> list[Detail]:
    """Return the details that activities of ``kind`` keep."""
    return [detail for detail in activity_details().values() if kind in detail.kinds]


def detail_named(name: str) -> Detail:
    """Return the detail called ``name``; raises ``DomainError`` for one that is not in the list."""
    found = activity_details().get(name)
    if found is None:
        raise DomainError("detail_unknown", _("There is no such detail."), "detail")
    return found


def detail_q(name: str, value: str, snapshot: Snapshot) -> Q | None:
    """Return the condition on an activity whose detail ``name`` is ``value``, or None for "".

    Raises ``DomainError`` for a value that is missing or not among the choices.
    """
    if not name:
        return None
    detail = detail_named(name)
    if not value.strip():
        raise DomainError("detail_value_missing", _("Say which."), "detail_value")
    if detail.choices is None:
        return detail.q(value.strip())
    for choice in detail.choices(snapshot):
        if choice.value == value:
            return detail.q(choice.key)
    raise DomainError("detail_value_unknown", _("There is no such choice."), "detail_value")


def detail_label(name: str, value: str, snapshot: Snapshot) -> str:
    """Return the value of a detail as people read it."""
    load = detail_named(name).choices
    choices = load(snapshot) if load else ()
    return next((str(choice.label) for choice in choices if choice.value == value), value)


def distinct_labels() -> dict[str, str | Promise]:
    """Return what "once for each different …" may be about."""
    labels = {detail.name: detail.label for detail in activity_details().values()}
    return {DAY: _("Day"), **labels}


def check_distinct_by(name: str) -> None:
    """Raise ``DomainError`` unless ``name`` is "" or tells activities apart."""
    if name and name != DAY:
        detail_named(name)
