"""Signals of networks: kept for nobody yet, told of a lead as soon as there is one."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import F, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Concat, Greatest, Least, Lower
from django.utils.translation import gettext_lazy as _

from accounts.action import action
from accounts.actor import Actor
from accounts.rights import Right
from capture.actions.arrivals import Comeback, begin_anew
from capture.activities import MESSAGE_RECEIVED, SOCIAL_SIGNALLED
from capture.connectors.models import EventState, HookEvent
from capture.connectors.social import Signal, SocialProfile
from capture.connectors.told import SocialSignal, Told
from capture.models.visits import Touch, TouchPosition
from ground.errors import DomainError
from leads.actions.entry import enter_leads
from leads.actions.timeline import NewActivity, record
from leads.entries import Entered, IdentifierEntry, LeadEntry
from leads.models import Identifier, IdentifierKind
from leads.normalise import clean_text, normalise_email, normalise_phone

_ADDRESS = re.compile(r"[^@\s,;:<>()]+@[^@\s,;:<>()]+\.[a-z]{2,}", re.IGNORECASE)
_NUMBER = re.compile(r"(?:\+|\b00?)[1-9][\d /().-]{6,18}\d")
# Signals of people who never became a lead are forgotten after this.
KEPT = timedelta(days=365)
BATCH = 1000


@dataclass(frozen=True, slots=True)
class Reaction:
    """One event that tells of a reaction."""

    event: HookEvent
    told: Told
    signal: SocialSignal

    @property
    def occurred_at(self) -> datetime:
        """When it happened; never after it came in."""
        return min(self.told.occurred_at or self.event.received_at, self.event.received_at)


@action
def take_reactions(items: Sequence[Reaction], *, by: Actor, as_of: datetime) -> None:
    """Keep reactions as signals of their profiles; make leads of messages and of contact data.

    A like or a comment makes no lead. A message does, and so does an address or number in what
    somebody wrote. A test leaves nothing.
    """
    real = [item for item in items if not item.event.is_test]
    for item in items:
        item.event.state = EventState.SIGNAL if item in real else EventState.TEST
    profiles = _profiles(real)
    Signal.objects.bulk_create(
        (
            Signal(
                profile=profiles[_key(item)],
                event=item.event,
                kind=item.signal.kind,
                post=item.signal.post,
                text=item.signal.text,
                occurred_at=item.occurred_at,
                is_sample=item.event.is_sample,
            )
            for item in real
        ),
        ignore_conflicts=True,
    )
    _make_leads([(item, profiles[_key(item)]) for item in real], by=by, as_of=as_of)
    attach_signals(by=by, as_of=as_of, profile_ids=[row.pk for row in profiles.values()])
    leads = dict(
        SocialProfile.objects.filter(pk__in=[row.pk for row in profiles.values()]).values_list(
            "pk", "lead_id"
        )
    )
    for item in real:
        item.event.lead_id = leads[profiles[_key(item)].pk]


def _key(item: Reaction) -> tuple[str, str]:
    return item.signal.network, item.signal.author_id


def _profiles(items: Sequence[Reaction]) -> dict[tuple[str, str], SocialProfile]:
    """Return the stored profile of each author, in the order of their keys."""
    by_key: dict[tuple[str, str], list[Reaction]] = {}
    for item in sorted(items, key=_key):
        by_key.setdefault(_key(item), []).append(item)
    SocialProfile.objects.bulk_create(
        (
            SocialProfile(
                network=network,
                external_id=author,
                name=next((one.signal.author_name for one in group if one.signal.author_name), ""),
                handle=next((one.signal.handle for one in group if one.signal.handle), ""),
                first_seen_at=min(one.occurred_at for one in group),
                last_seen_at=max(one.occurred_at for one in group),
                is_sample=all(one.event.is_sample for one in group),
            )
            for (network, author), group in by_key.items()
        ),
        ignore_conflicts=True,
    )
    found = {}
    for key, group in by_key.items():
        rows = SocialProfile.objects.filter(network=key[0], external_id=key[1])
        rows.update(
            first_seen_at=Least(F("first_seen_at"), min(one.occurred_at for one in group)),
            last_seen_at=Greatest(F("last_seen_at"), max(one.occurred_at for one in group)),
        )
        found[key] = rows.get()
    return found


def contact_in(text: str) -> dict[str, str]:
    """Return the e-mail address and the phone number that somebody wrote down."""
    found = {}
    address = _ADDRESS.search(text)
    if address and normalise_email(address[0].rstrip(".")).is_valid:
        found["email"] = address[0].rstrip(".")
    number = _NUMBER.search(text)
    if number and normalise_phone(number[0]).is_valid:
        found["phone"] = number[0]
    return found


def _make_leads(
    items: Sequence[tuple[Reaction, SocialProfile]], *, by: Actor, as_of: datetime
) -> None:
    chosen = [
        (item, profile, contact)
        for item, profile in items
        if (contact := contact_in(item.signal.text)) or item.signal.kind == "message"
    ]
    if not chosen:
        return
    entries = [_entry(item, profile, contact) for item, profile, contact in chosen]
    entered = enter_leads(entries, by=by, as_of=as_of)
    comebacks = [
        Comeback(result.lead_id, entry.stage, entry.channel, entry.source_detail)
        for entry, result in zip(entries, entered, strict=True)
    ]
    begin_anew(comebacks, by=by, as_of=as_of)
    _touch(chosen, entered)
    for (_item, profile, _contact), result in zip(chosen, entered, strict=True):
        SocialProfile.objects.filter(pk=profile.pk).update(lead=result.lead_id)


def _entry(item: Reaction, profile: SocialProfile, contact: dict[str, str]) -> LeadEntry:
    connection = item.event.connection
    return LeadEntry(
        channel=profile.network,
        occurred_at=item.occurred_at,
        values={**_names(profile), **contact, "language": connection.language},
        identifiers=[IdentifierEntry(IdentifierKind.SOCIAL, profile.identifier)],
        tags=connection.tags,
        source_detail=connection.name,
        team_id=connection.team_id,
        is_sample=item.event.is_sample,
    )


def _names(profile: SocialProfile) -> dict[str, str]:
    first, _space, last = profile.shown_name.rpartition(" ")
    if not profile.name and not profile.handle:
        return {}
    return {"first_name": first, "last_name": last}


def _touch(
    chosen: Sequence[tuple[Reaction, SocialProfile, dict[str, str]]], entered: Sequence[Entered]
) -> None:
    Touch.objects.bulk_create(
        Touch(
            lead_id=result.lead_id,
            campaign=item.event.connection.campaign,
            position=TouchPosition.LAST,
            channel=profile.network,
            occurred_at=item.occurred_at,
            is_sample=item.event.is_sample,
        )
        for (item, profile, _contact), result in zip(chosen, entered, strict=True)
    )


@action
def attach_signals(*, by: Actor, as_of: datetime, profile_ids: Sequence[int] | None = None) -> int:
    """Tell the signals of profiles on the timelines of their leads, each at its own time.

    A profile belongs to the lead that carries it, by whichever door it came. Without
    ``profile_ids`` all profiles without a lead are looked at. Returns how many were told.
    """
    profiles = SocialProfile.objects.all()
    if profile_ids is not None:
        profiles = profiles.filter(pk__in=profile_ids)
    _find_leads(profiles.filter(lead=None))
    rows = Signal.objects.filter(attached_at=None, profile__lead__isnull=False)
    if profile_ids is not None:
        rows = rows.filter(profile__in=profile_ids)
    open_rows = list(
        rows.select_related("profile").order_by("pk").select_for_update(of=("self",))[:BATCH]
    )
    record([_activity(row) for row in open_rows], by=by, as_of=as_of)
    return Signal.objects.filter(pk__in=[row.pk for row in open_rows]).update(attached_at=as_of)


def _find_leads(profiles: QuerySet[SocialProfile]) -> None:
    """Give profiles the lead that carries them as an identifier."""
    name = Lower(Concat(OuterRef("network"), Value(":"), OuterRef("external_id")))
    owners = Identifier.objects.filter(kind=IdentifierKind.SOCIAL, normalised=name)
    found = profiles.annotate(owner=Subquery(owners.values("lead_id")[:1]))
    known = found.filter(owner__isnull=False).order_by("pk").values_list("pk", "owner")
    for key, lead in known[:BATCH]:
        SocialProfile.objects.filter(pk=key).update(lead=lead)


def _activity(row: Signal) -> NewActivity:
    kind = MESSAGE_RECEIVED if row.kind == "message" else SOCIAL_SIGNALLED
    data = {
        "network": row.profile.network,
        "signal": row.kind,
        "text": row.text,
        "post": row.post,
        "profile": str(row.profile.public_id),
    }
    assert row.profile.lead_id is not None
    key = f"signal:{row.pk}"
    return NewActivity(row.profile.lead_id, kind, row.occurred_at, data, dedupe_key=key)


@action
def make_lead_of_profile(
    profile_id: int, *, email: str, phone: str, by: Actor, as_of: datetime
) -> int:
    """Make somebody on a network a lead with contact data; the older signals are told of it.

    Returns the lead. Raises ``DomainError`` (``contact_missing``, ``lead_known``).
    """
    by.require(Right.LEADS_CREATE)
    profile = SocialProfile.objects.select_for_update(of=("self",)).get(pk=profile_id)
    if profile.lead_id is not None:
        raise DomainError("lead_known", _("This profile belongs to a lead already."))
    contact = {"email": clean_text(email), "phone": clean_text(phone)}
    entry = LeadEntry(
        channel=profile.network,
        occurred_at=as_of,
        values={**_names(profile), **{name: text for name, text in contact.items() if text}},
        identifiers=[IdentifierEntry(IdentifierKind.SOCIAL, profile.identifier)],
        source_detail=profile.get_network_display(),
        is_sample=profile.is_sample,
    )
    (entered,) = enter_leads([entry], by=by, as_of=as_of)
    profile.lead_id = entered.lead_id
    profile.save(update_fields=["lead"])
    attach_signals(by=by, as_of=as_of, profile_ids=[profile.pk])
    return entered.lead_id


@action
def forget_profiles(*, by: Actor, as_of: datetime) -> int:
    """Forget people on networks who never became a lead, some at a time."""
    old = SocialProfile.objects.filter(lead=None, last_seen_at__lt=as_of - KEPT)
    gone = list(old.order_by("last_seen_at").values_list("pk", flat=True)[:BATCH])
    SocialProfile.objects.filter(pk__in=gone).delete()
    return len(gone)
