"""What marketing and sales agree on, and when people are away."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from accounts.action import action
from accounts.actor import Actor
from accounts.audit import record as audit
from accounts.models import User, check_time_zone
from accounts.rights import LeadScope, Right
from ground.errors import DomainError, NotAllowedError
from handoff.authority import may_work
from handoff.events import AGREEMENT_CHANGED
from handoff.models import Absence, Agreement, BriefingPart, Region
from handoff.queries import agreement_in_force

TERMS = (
    "accept_minutes",
    "remind_minutes",
    "expire_minutes",
    "weekdays",
    "opens_at",
    "closes_at",
    "time_zone",
    "region",
    "required_parts",
    "next_step_days",
)


@action
def agree(terms: Mapping[str, Any], *, by: Actor, as_of: datetime) -> Agreement:
    """Put a new version of the agreement in force; hand-overs that are out keep their clock.

    ``terms`` names columns of ``TERMS``; what is not named stays as it is. Terms that are in force
    already make no new version. Raises ``DomainError`` (``agreement_terms``) with the field.
    """
    by.require(Right.ASSIGNMENT_MANAGE)
    list(Agreement.objects.select_for_update().filter(is_active=True))
    current = agreement_in_force()
    before = {name: getattr(current, name) for name in TERMS}
    after = {**before, **{name: terms[name] for name in TERMS if name in terms}}
    _check_terms(after)
    if after == before and current.pk is not None:
        return current
    Agreement.objects.filter(is_active=True).update(is_active=False)
    newest = Agreement.objects.aggregate(newest=Max("version"))["newest"] or 0
    agreement = Agreement.objects.create(
        **after,
        version=newest + 1,
        is_active=True,
        created_by_id=by.user_id,
        created_by_label=by.label[:150],
        created_at=as_of,
    )
    changed = {name: [before[name], after[name]] for name in TERMS if before[name] != after[name]}
    audit(AGREEMENT_CHANGED, by=by, as_of=as_of, about=agreement, data={"changed": changed})
    return agreement


@action
def note_absence(
    person: User,
    from_on: date,
    until_on: date,
    *,
    by: Actor,
    as_of: datetime,
    deputy: User | None = None,
) -> Absence:
    """Note that ``person`` gets no leads from the first to the last day; people for themselves.

    A manager notes it for the own team. The same days again change the deputy only. Raises
    ``DomainError`` (``absence_order``, ``deputy_cannot_work``) and ``NotAllowedError``.
    """
    _refuse_foreign_absence(person, by)
    if until_on < from_on:
        raise DomainError(
            "absence_order", _("The last day must not be before the first."), field="until_on"
        )
    if deputy is not None and (deputy == person or not may_work(deputy)):
        raise DomainError("deputy_cannot_work", _("This person cannot stand in."), field="deputy")
    absence, _is_new = Absence.objects.update_or_create(
        user=person, from_on=from_on, until_on=until_on, defaults={"deputy": deputy}
    )
    return absence


@action
def delete_absence(absence: Absence, *, by: Actor, as_of: datetime) -> None:
    """Forget an absence; one that is gone already is no mistake."""
    _refuse_foreign_absence(absence.user, by)
    Absence.objects.filter(pk=absence.pk).delete()


def _refuse_foreign_absence(person: User, by: Actor) -> None:
    by.require(Right.HANDOFF_WORK)
    if person.pk == by.user_id:
        return
    in_team = by.team_id is not None and person.team_id == by.team_id
    if not by.may(Right.HANDOFF_DISTRIBUTE) or not (by.lead_scope == LeadScope.ALL or in_team):
        raise NotAllowedError("not_your_team", _("You may not do this for this person."))


def _check_terms(terms: Mapping[str, Any]) -> None:
    def refuse(field: str, message: Any) -> DomainError:
        return DomainError("agreement_terms", message, field=field)

    if terms["accept_minutes"] < 1:
        raise refuse("accept_minutes", _("Give at least one minute."))
    if terms["remind_minutes"] >= terms["accept_minutes"]:
        raise refuse("remind_minutes", _("Remind before the time is over."))
    if not terms["weekdays"] or not set(terms["weekdays"]) <= set(range(7)):
        raise refuse("weekdays", _("Choose at least one day."))
    midnight = terms["closes_at"].hour == terms["closes_at"].minute == 0
    if terms["closes_at"] <= terms["opens_at"] and not midnight:
        raise refuse("closes_at", _("The day must end after it begins."))
    if not set(terms["required_parts"]) <= set(BriefingPart.values):
        raise refuse("required_parts", _("Choose among these."))
    if terms["region"] not in Region.values:
        raise refuse("region", _("Choose among these."))
    if not 1 <= terms["next_step_days"] <= 365:
        raise refuse("next_step_days", _("Choose 1 to 365 days."))
    try:
        check_time_zone(terms["time_zone"])
    except ValidationError as error:
        raise refuse("time_zone", error.messages[0]) from error
