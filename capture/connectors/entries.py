"""From what an event says to the entry of a lead, its touch and what stands on the timeline."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from capture.attribution import Origin, channel_of, read_origin
from capture.connectors.catalogue import CONNECTORS
from capture.connectors.mapping import ANSWER, CONSENTS, FieldMapping, is_yes
from capture.connectors.models import Connection, HookEvent
from capture.connectors.told import Field, HookError, Told
from capture.guard.candidate import Candidate
from capture.guard.verdict import Verdict
from capture.imports.mapping import country_code, has_contact, split_name
from capture.judging import HONEYPOT
from capture.models.campaigns import Campaign
from capture.models.forms import FormKind
from leads.entries import ENTRY_FIELDS, ConsentEntry, IdentifierEntry, LeadEntry
from leads.models import ConsentChannel, ConsentState, FieldDefinition, IdentifierKind
from leads.stages import OtherReason, Stage

LONGEST_MESSAGE = 10_000
MANY_ANSWERS = 50


_NAMES = ("salutation", "first_name", "last_name")


def guard_key(event: HookEvent) -> str:
    """Return the name of an event across all doors."""
    return f"hook:{event.public_id}"


@dataclass(slots=True)
class Arrival:
    """One event on its way to its lead."""

    event: HookEvent
    connection: Connection
    told: Told
    origin: Origin
    mapping: FieldMapping
    campaign: Campaign | None = None
    values: dict[str, str] = field(default_factory=dict)
    custom: dict[str, Any] = field(default_factory=dict)
    company: str = ""
    tags: list[str] = field(default_factory=list)
    messages: list[str] = field(default_factory=list)
    answers: dict[str, str] = field(default_factory=dict)
    consents: list[tuple[str, str, str]] = field(default_factory=list)
    unproven: list[str] = field(default_factory=list)
    answered: list[str] = field(default_factory=list)
    verdict: Verdict = field(default_factory=Verdict)

    @property
    def message(self) -> str:
        """What was written, then every answer that no field of a lead takes."""
        lines = [*self.messages, *(f"{label}: {text}" for label, text in self.answers.items())]
        return "\n".join(lines)[:LONGEST_MESSAGE]

    @property
    def channel(self) -> str:
        """The channel: what the sender says, else the link, else that of the connection."""
        return self.told.channel or channel_of(self.origin, otherwise=self.connection.channel)

    @property
    def occurred_at(self) -> Any:
        """When it happened; never after it came in."""
        at = self.told.occurred_at or self.event.received_at
        return min(at, self.event.received_at)

    @property
    def is_confirmed_by_mail(self) -> bool:
        """Whether the address is asked before a consent counts."""
        return self.mapping.asks_by_mail and any(
            channel == ConsentChannel.EMAIL for _purpose, channel, _text in self.consents
        )

    def candidate(self) -> Candidate:
        """Return what the guard looks at."""
        connection, values = self.connection, self.values
        custom = [str(value) for value in self.custom.values()]
        texts = [*values.values(), self.company, self.message, *custom]
        return Candidate(
            door=CONNECTORS[connection.connector].guarded_by,
            key=guard_key(self.event),
            place=str(connection.public_id),
            at=self.event.received_at,
            language=connection.language,
            email=values.get("email", ""),
            names=[values.get(name, "") for name in _NAMES],
            message="\n".join(self.messages),
            texts=[text for text in texts if text],
            company=self.company,
            website=values.get("website", ""),
            ip=self.event.ip or "",
            may_repeat=connection.kind == FormKind.FEEDBACK,
            is_trapped=any(item.name.endswith(HONEYPOT) and item.text for item in self.told.fields),
        )

    @property
    def stage(self) -> tuple[str, str]:
        """The stage that this event speaks for, with the sub-reason of "other"."""
        if self.connection.kind != FormKind.NEWSLETTER:
            return Stage.LEAD, ""
        if self.is_confirmed_by_mail:
            return Stage.OTHER, OtherReason.UNCONFIRMED
        return Stage.SUBSCRIBER, ""

    def evidence(self, text: str) -> dict[str, Any]:
        """Return the proof of one ticked box: what was shown, to whom, when and where."""
        return {
            "connection": str(self.connection.public_id),
            "connection_name": self.connection.name,
            "connector": self.connection.connector,
            "event": str(self.event.public_id),
            "language": self.connection.language,
            "text": text,
            "ticked": True,
            "declared_at": self.occurred_at.isoformat(),
            "page_url": self.origin.landing_page,
        }

    def entry(self) -> LeadEntry:
        """Return what the door for leads needs."""
        stage, other_reason = self.stage
        told = self.told
        return LeadEntry(
            channel=self.channel,
            occurred_at=self.occurred_at,
            values={**self.values, "language": self.connection.language},
            custom=self.custom,
            company=self.company,
            identifiers=[
                IdentifierEntry(kind, value)
                for kind, value in (
                    (IdentifierKind.CHAT, told.handle),
                    (IdentifierKind.EXTERNAL, told.external),
                )
                if value
            ],
            consents=[
                ConsentEntry(
                    purpose,
                    channel,
                    self._state(channel),
                    self.evidence(text),
                    is_confirmed=False,
                )
                for purpose, channel, text in self.consents
            ],
            tags=[*self.connection.tags, *self.tags],
            source_detail=(told.source_detail or self.connection.name)[:200],
            team_id=self.connection.team_id,
            stage=stage,
            other_reason=other_reason,
            keeps_stage=self.connection.kind in {FormKind.FEEDBACK, FormKind.REFERRAL},
            is_sample=self.event.is_sample,
        )

    def _state(self, channel: str) -> str:
        is_asked = self.mapping.asks_by_mail and channel == ConsentChannel.EMAIL
        return ConsentState.PENDING if is_asked else ConsentState.GRANTED


def arrive(
    event: HookEvent,
    told: Told,
    known: Mapping[str, FieldDefinition],
    campaigns: Sequence[Campaign],
) -> Arrival:
    """Return what becomes of an event; raises ``HookError`` (``no_contact``)."""
    connection = event.connection
    mapping = FieldMapping.from_json(connection.mapping)
    arrival = Arrival(event, connection, told, _origin(told), mapping)
    arrival.campaign = connection.campaign or _campaign(arrival, campaigns)
    connector = CONNECTORS[connection.connector]
    for item, target in mapping.resolve(told.fields, connector, known):
        _take(arrival, item, target)
    if "country" in arrival.values:
        arrival.values["country"] = country_code(arrival.values["country"])
    # The id of the record at the sender finds nobody who can be written to or called.
    entry = arrival.entry()
    handles = [item for item in entry.identifiers if item.kind == IdentifierKind.CHAT]
    reachable = replace(entry, identifiers=handles)
    if not has_contact(reachable):
        raise HookError("no_contact")
    return arrival


def _origin(told: Told) -> Origin:
    origin = read_origin(told.page_url, told.referrer)
    utm = {name: text for name, text in told.extras.items() if name.startswith("utm_")}
    clicks = {**origin.click_ids, **told.click_ids}
    return replace(origin, utm={**origin.utm, **utm}, click_ids=clicks)


def _campaign(arrival: Arrival, campaigns: Sequence[Campaign]) -> Campaign | None:
    said = {arrival.origin.utm.get("utm_campaign", "").casefold(), arrival.told.campaign.casefold()}
    said.discard("")
    return next((row for row in campaigns if {row.code, row.name.casefold()} & said), None)


def _take(arrival: Arrival, item: Field, target: str) -> None:
    text = item.text
    if target in CONSENTS:
        _take_consent(arrival, item, target)
    elif not text or target == "ignore":
        return
    elif target == "full_name":
        first, last = split_name(text)
        arrival.values.setdefault("first_name", first)
        arrival.values.setdefault("last_name", last)
    elif target in ENTRY_FIELDS:
        arrival.values.setdefault(target, text)
    elif target == "company":
        arrival.company = arrival.company or text
    elif target == "message":
        arrival.messages.append(text)
    elif target == "tag":
        arrival.tags += [word.strip()[:60] for word in text.split(",") if word.strip()]
    elif target.startswith("custom."):
        values = [value for value in item.values if value]
        arrival.custom[target.removeprefix("custom.")] = values if len(values) > 1 else text
    elif target == ANSWER and len(arrival.answers) < MANY_ANSWERS:
        arrival.answers[item.label or item.name] = text


def _take_consent(arrival: Arrival, item: Field, target: str) -> None:
    wording = (item.label if item.is_consent else "") or arrival.mapping.consent_text
    if not any(is_yes(value, wording) for value in item.values):
        return
    if not wording.strip():
        arrival.unproven.append(item.name)
        return
    arrival.consents.append((*CONSENTS[target], wording))
