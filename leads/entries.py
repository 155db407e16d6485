"""What comes in about one person, from whatever door, before it is a lead."""

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils.functional import Promise

from accounts.actor import Actor
from accounts.rights import Right, Role
from leads.models import ConsentState
from leads.stages import Stage

# The columns of a lead that an entry may fill; everything else is set by its own action.
ENTRY_FIELDS = (
    "salutation",
    "first_name",
    "last_name",
    "email",
    "phone",
    "job_title",
    "street",
    "postal_code",
    "city",
    "country",
    "language",
    "time_zone",
    "website",
    "preferred_channel",
    "acquisition_type",
)


@dataclass(frozen=True, slots=True)
class IdentifierEntry:
    """A foreign id, a chat handle or a social profile; ``value`` carries its system in front."""

    kind: str
    value: str


@dataclass(frozen=True, slots=True)
class ConsentEntry:
    """A declaration that came with an entry; ``evidence`` as in ``ConsentEvent``.

    ``is_confirmed`` is False for what anybody could have ticked in public. One that is
    ``only_new`` counts where the lead was never asked and is left out everywhere else.
    """

    purpose: str
    channel: str
    state: str = ConsentState.GRANTED
    evidence: Mapping[str, Any] = field(default_factory=dict)
    is_confirmed: bool = True
    only_new: bool = False


@dataclass(slots=True)
class LeadEntry:
    """One person as one door told it.

    ``values`` maps names of ``ENTRY_FIELDS`` to text, ``custom`` keys of field definitions to raw
    values. ``channel`` is the first channel of a new lead and must be given. ``occurred_at`` is
    when it happened, in UTC. ``stage`` is where a new lead starts; an entry never lowers a
    stage. ``history`` lists the stages that a new lead has passed with their times, the oldest
    first, and ends with ``stage``. With ``keeps_stage`` a known lead stays where it is.
    With ``overwrite`` known values are replaced, else only gaps are filled. ``lead_id`` is the lead
    that it is about where that was proven another way than by what it tells.
    """

    channel: str
    occurred_at: datetime
    values: Mapping[str, str] = field(default_factory=dict)
    custom: Mapping[str, Any] = field(default_factory=dict)
    company: str = ""
    identifiers: Sequence[IdentifierEntry] = ()
    consents: Sequence[ConsentEntry] = ()
    tags: Sequence[str] = ()
    source_detail: str = ""
    stage: str = Stage.LEAD
    owner_id: int | None = None
    team_id: int | None = None
    referrer_id: int | None = None
    is_sales_sourced: bool = False
    other_reason: str = ""
    history: Sequence[tuple[str, datetime]] = ()
    keeps_stage: bool = False
    is_sample: bool = False
    overwrite: bool = False
    lead_id: int | None = None


# Whose API keys enter what they found themselves.
_SELLERS = frozenset({Role.SALES_REP, Role.SALES_MANAGER})


def found_by(actor: Actor) -> dict[str, Any]:
    """Return what an entry says about whose find it is: who sells owns what they enter.

    A key has the scopes of a program, so the role of its owner is asked; what comes in with the
    key of an administrator, which is how websites are connected, was found by nobody.
    """
    is_key = actor.token_id is not None
    sells = actor.role in _SELLERS if is_key else actor.may(Right.HANDOFF_WORK)
    if not sells:
        return {}
    return {"owner_id": actor.user_id, "team_id": actor.team_id, "is_sales_sourced": True}


@dataclass(frozen=True, slots=True)
class Warned:
    """Something about an entry that a person should know; it was kept all the same.

    ``details`` are what the message says beside the field.
    """

    code: str
    message: str | Promise
    field: str = ""
    details: Mapping[str, Any] = dataclasses.field(default_factory=dict)


@dataclass(slots=True)
class Entered:
    """What became of one entry: its lead, whether that is new, and what was changed."""

    lead_id: int
    is_new: bool
    changed: dict[str, tuple[Any, Any]] = field(default_factory=dict)
    warnings: list[Warned] = field(default_factory=list)
