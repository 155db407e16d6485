"""The one door through which people become leads: identify, create or fill, in one go."""

from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from accounts.action import action
from accounts.actor import Actor, delegated
from accounts.rights import LeadScope, Right
from ground.bulk import FEW, give_keys, insert_rows, insert_values
from ground.errors import DomainError
from leads.actions.companies import company_ids
from leads.actions.consent import Declaration, lapse_consents, record_consents
from leads.actions.information import follow_answers
from leads.actions.lifecycle import change_stage, is_step_up
from leads.actions.timeline import NewActivity, actor_columns, record
from leads.activities import LEAD_CREATED, LEAD_RESTORED, LEAD_UPDATED
from leads.customfields import definitions
from leads.entries import Entered, LeadEntry
from leads.identification import Person, identify, lock_identifiers
from leads.information import stored_information
from leads.models import Consent, Episode, Identifier, Lead, StageChange, Tag
from leads.models.lead import visible_q
from leads.stages import Channel, Stage

_CHANNELS = frozenset(Channel.values)


@action
def enter_leads(entries: Sequence[LeadEntry], *, by: Actor, as_of: datetime) -> list[Entered]:
    """Find or create the lead behind each entry and fill in what it tells; one result an entry.

    Identity is decided by ``lead_id`` where it was proven, else by external id, e-mail, phone, chat
    handle, social profile and postal address, in this order; entries about the same person become
    one lead. Known values stay unless the entry says ``overwrite``. Nothing readable is refused:
    what does not fit is kept out and named in the warnings. Raises ``DomainError``
    (``channel_missing``, ``contact_missing``, ``lead_elsewhere`` where the actor may not see the
    lead that is meant, ``lead_missing`` where the proven one is gone). Takes advisory locks on the
    identifiers, so that the same person from two doors at once is one lead; at most about a
    thousand entries a call.
    """
    by.require(Right.LEADS_CREATE)
    for entry in entries:
        if entry.channel not in _CHANNELS:
            raise DomainError("channel_missing", _("Say where this lead comes from."), "channel")
    people = identify(entries, definitions())
    lock_identifiers(key for person in people for key in person.keys)
    _attach_known_leads(people)
    _refuse_unseen(people, by)
    companies = _companies([person.entry for person in people])
    for person in people:
        person.fill(companies, by=by, as_of=as_of)
    _save(people, by=by, as_of=as_of)
    return [person.result() for person in people]


def _companies(entries: Sequence[LeadEntry]) -> dict[str, int]:
    """Return the ids of the companies that are named; one that only samples name is a sample."""
    named: dict[bool, list[str]] = {False: [], True: []}
    for entry in entries:
        if entry.company:
            named[entry.is_sample].append(entry.company)
    found: dict[str, int] = {}
    for is_sample, names in named.items():
        if names:
            found |= company_ids(names, is_sample=is_sample)
    return found


def _attach_known_leads(people: Sequence[Person]) -> None:
    """Give each person their lead: the stored one, that of an earlier entry, or a new one."""
    keys = [pair for person in people for pair in person.keys]
    # The kinds as well: the index begins with them.
    kinds, wanted = {kind for kind, _key in keys}, {key for _kind, key in keys}
    stored = list(Identifier.objects.filter(kind__in=kinds, normalised__in=wanted))
    proven = {person.entry.lead_id for person in people if person.entry.lead_id}
    leads = {
        lead.pk: lead
        for lead in Lead.objects.filter(pk__in={row.lead_id for row in stored} | proven)
        .order_by("pk")
        .select_for_update(of=("self",), no_key=True)
    }
    owners = {(row.kind, row.normalised): leads[row.lead_id] for row in stored}
    for key, lead in owners.items():
        lead.__dict__.setdefault("known_keys", set()).add(key)
    for person in people:
        lead_id = person.entry.lead_id
        if lead_id and lead_id not in leads:
            raise DomainError("lead_missing", _("This lead is not there any more."))
        person.attach(owners, leads[lead_id] if lead_id else None)


def _refuse_unseen(people: Sequence[Person], by: Actor) -> None:
    """SECURITY: tell that the lead exists, never whose it is or what it is called."""
    if by.lead_scope == LeadScope.ALL:
        return
    known = {person.lead.pk for person in people if person.lead.pk is not None}
    seen = Lead.objects.filter(visible_q(by), pk__in=known).count()
    if seen != len(known):
        raise DomainError(
            "lead_elsewhere",
            _("This lead exists already and belongs to somebody else. Ask your manager."),
        )


def _save(people: Sequence[Person], *, by: Actor, as_of: datetime) -> None:
    new = [person for person in people if person.is_new]
    _save_new_leads(people, [person.lead for person in new], as_of=as_of)
    _open_first_episodes(new, by=by)
    known = {p.lead.pk: p.lead for p in people if not p.is_new and p.is_changed}
    if known:
        # An upsert by key, since bulk_update compiles a CASE for each cell.
        Lead.objects.bulk_create(
            [known[key] for key in sorted(known)],
            update_conflicts=True,
            unique_fields=["id"],
            update_fields=Person.written_columns(),
        )
    _tag(people)
    _record(people, by=by, as_of=as_of)
    _raise_stages(people, by=by, as_of=as_of)
    _follow_answers(people, by=by, as_of=as_of)
    _lapse(people, by=by, as_of=as_of)
    _declare(people, by=by, as_of=as_of)


def _save_new_leads(people: Sequence[Person], leads: Sequence[Lead], *, as_of: datetime) -> None:
    """Insert new leads and the identifiers of all.

    Many leads follow their identifiers, whose foreign key is checked at the commit: their search
    text is whole when it is written and need not be written again. Few are not worth the query.
    """
    is_many = len(leads) >= FEW
    if is_many:
        give_keys(leads)
        _save_identifiers(people, as_of=as_of)
    insert_rows(leads)
    if not is_many:
        _save_identifiers(people, as_of=as_of)


def _save_identifiers(people: Sequence[Person], *, as_of: datetime) -> None:
    insert_values(
        Identifier,
        ("lead_id", "kind", "value", "normalised", "is_valid", "created_at"),
        [
            (person.lead.pk, str(kind), found.value[:400], found.key, found.is_valid, as_of)
            for person in people
            for kind, found in person.new_identifiers
        ],
    )


def _open_first_episodes(people: Sequence[Person], *, by: Actor) -> None:
    leads = [person.lead for person in people]
    episodes = insert_values(
        Episode,
        ("lead_id", "number", "channel", "source_detail", "opened_at"),
        [(x.pk, 1, x.first_channel, x.source_detail, x.first_channel_at) for x in leads],
    )
    changes = []
    actor = actor_columns(by)
    for person, episode in zip(people, episodes, strict=True):
        before = ""
        lead = person.lead
        history = person.entry.history or [(lead.stage, lead.first_channel_at)]
        for stage, at in history:
            reason = lead.other_reason if stage == Stage.OTHER else ""
            changes.append((lead.pk, episode, before, stage, reason, at, *actor.values()))
            before = stage
    steps = ("lead_id", "episode_id", "from_stage", "to_stage", "other_reason", "at", *actor)
    insert_values(StageChange, steps, changes)


def _tag(people: Sequence[Person]) -> None:
    wanted = {name for person in people for name in person.entry.tags}
    if not wanted:
        return
    Tag.objects.bulk_create((Tag(name=name) for name in sorted(wanted)), ignore_conflicts=True)
    tags = dict(Tag.objects.filter(name__in=wanted).values_list("name", "pk"))
    through = Lead.tags.through
    through.objects.bulk_create(
        (
            through(lead_id=person.lead.pk, tag_id=tags[name])
            for person in people
            for name in person.entry.tags
        ),
        ignore_conflicts=True,
    )


def _record(people: Sequence[Person], *, by: Actor, as_of: datetime) -> None:
    events = []
    for person in people:
        at, lead = person.entry.occurred_at, person.lead
        if person.is_new:
            data = {"channel": lead.first_channel, "source": lead.source_detail}
            events.append(NewActivity(lead.pk, LEAD_CREATED, at, data))
        elif person.changed:
            events.append(
                NewActivity(lead.pk, LEAD_UPDATED, at, {"changes": person.changed_json()})
            )
        if person.is_restored:
            events.append(NewActivity(lead.pk, LEAD_RESTORED, as_of))
    record(events, by=by, as_of=as_of)


def _raise_stages(people: Sequence[Person], *, by: Actor, as_of: datetime) -> None:
    """Make leads of known subscribers whose entry asks for it.

    What lies further down the funnel is reached by its own actions, not by coming in again. That
    they rise follows from the entry, whoever may make it.
    """
    risen = [
        person.lead.pk
        for person in people
        if not (person.is_new or person.entry.keeps_stage)
        and person.lead.stage == Stage.SUBSCRIBER
        and is_step_up(person.lead.stage, person.entry.stage)
    ]
    if risen:
        marketer = delegated(by, Right.STAGE_MARKETING)
        change_stage(risen, to=Stage.LEAD, by=marketer, as_of=as_of, reason=str(_("New entry")))


def _follow_answers(people: Sequence[Person], *, by: Actor, as_of: datetime) -> None:
    """Mark those who said that they only gather information, and let go who took it back."""
    said = [p for p in people if any(isinstance(value, bool) for value in p.custom.values())]
    if not said:
        return
    key = stored_information().field
    # A no counts where it replaced a yes: a box that is left alone takes nothing back.
    given = [p for p in said if p.custom.get(key) is True or f"custom.{key}" in p.changed]
    answers = {person.lead.pk: person.custom.get(key) for person in given}
    at = {person.lead.pk: person.entry.occurred_at for person in given}
    follow_answers(answers, at=at, by=by, as_of=as_of)


def _lapse(people: Sequence[Person], *, by: Actor, as_of: datetime) -> None:
    moves: dict[int, tuple[str, str]] = {}
    for person in people:
        old, new = person.changed.get("email", ("", ""))
        if old:
            first, _now = moves.get(person.lead.pk, (old, new))
            moves[person.lead.pk] = (first, new)
    if moves:
        lapse_consents(moves, by=by, as_of=as_of)


def _declare(people: Sequence[Person], *, by: Actor, as_of: datetime) -> None:
    given = [(person, consent) for person in people for consent in person.entry.consents]
    cautious = {person.lead.pk for person, consent in given if consent.only_new}
    asked: set[tuple[int, str, str]] = set()
    if cautious:
        rows = Consent.objects.filter(lead__in=cautious)
        asked = set(rows.values_list("lead_id", "purpose", "channel"))
    declarations = []
    for person, consent in given:
        key = (person.lead.pk, consent.purpose, consent.channel)
        if consent.only_new and key in asked:
            continue
        asked.add(key)
        declarations.append(
            Declaration(
                *key,
                consent.state,
                person.entry.occurred_at,
                consent.evidence,
                is_confirmed=consent.is_confirmed,
            )
        )
    if declarations:
        record_consents(declarations, by=by, as_of=as_of)
