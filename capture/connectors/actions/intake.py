"""Making leads, signals or errors of what came in."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from accounts.action import action
from accounts.actor import Actor
from capture.actions.arrivals import Comeback, begin_anew
from capture.actions.optins import OptInRequest, request_opt_ins
from capture.actions.touches import NewTouch, record_touches
from capture.connectors.actions.events import FETCHES, NewEvent, store_events
from capture.connectors.actions.social import Reaction, take_reactions
from capture.connectors.actions.talks import TalkPart, settle_talks, store_talks
from capture.connectors.catalogue import CONNECTORS
from capture.connectors.entries import Arrival, arrive
from capture.connectors.keys import event_key
from capture.connectors.mail.answers import note_answers, note_report, ours
from capture.connectors.models import DueHookFetch, EventState, HookEvent
from capture.connectors.told import HookError, Incoming, Item, MailReport, Told
from capture.events.facts import EVENT_FORMS
from capture.events.seats import NewRegistration, register_for_events
from capture.guard.signs import signs_of
from capture.guard.verdict import LEARNED
from capture.guard.weighing import weigh_all
from capture.models.campaigns import Campaign
from capture.models.forms import FormKind
from ground.due import ask
from ground.ticks import wake
from leads.actions.entry import enter_leads
from leads.actions.timeline import NewActivity, record
from leads.customfields import definitions
from leads.entries import Entered
from leads.models import ConsentChannel
from leads.normalise import normalise_email

_COLUMNS = ("state", "error", "result", "lead", "processed_at")
_QUIET_KINDS = frozenset({FormKind.NEWSLETTER, FormKind.FEEDBACK, FormKind.REFERRAL})


class _TakenBackError(Exception):
    """Ends the trial of a test."""


@action
def take_in_events(keys: Sequence[int], *, by: Actor, as_of: datetime) -> None:
    """Take waiting events apart and make those that can be read leads or signals.

    What cannot be read or names nobody fails with its reason and stays as it came. What is still
    to be asked for at the sender's server is queued for that.
    """
    rows = list(
        HookEvent.objects.filter(pk__in=keys, state=EventState.RECEIVED)
        .select_related("connection__campaign", "connection__event")
        .order_by("pk")
        .select_for_update(of=("self",))
    )
    arrivals, reactions, pieces = _sort_out(rows, by=by, as_of=as_of)
    firsts = [piece.arrival for piece in pieces if piece.arrival and piece.is_first]
    arrivals = _let_in([*arrivals, *firsts], by=by, as_of=as_of)
    pieces = _without_held(pieces)
    tests = [item for item in arrivals if item.event.is_test or item.told.is_test]
    real = [item for item in arrivals if item not in tests]
    if real:
        _make_leads(real, by=by, as_of=as_of)
    if pieces:
        settle_talks(pieces, by=by, as_of=as_of)
    for item in tests:
        _try(item, by=by, as_of=as_of)
    if reactions:
        take_reactions(reactions, by=by, as_of=as_of)
    for row in rows:
        if row.state == EventState.RECEIVED:
            row.processed_at = None
    HookEvent.objects.bulk_update(rows, _COLUMNS, batch_size=500)


def _sort_out(
    rows: Sequence[HookEvent], *, by: Actor, as_of: datetime
) -> tuple[list[Arrival], list[Reaction], list[TalkPart]]:
    """Return what becomes leads, what are signals and talks; all others have their state."""
    known, campaigns = definitions(), list(Campaign.objects.all())
    arrivals: list[Arrival] = []
    reactions: list[Reaction] = []
    talks: list[tuple[HookEvent, Told]] = []
    for row in rows:
        row.processed_at = as_of
        try:
            told = _understand(row, by=by, as_of=as_of)
            if told is None:
                continue
            if told.signal is not None:
                reactions.append(Reaction(row, told, told.signal))
                continue
            if told.chat is not None and not (row.is_test or told.is_test):
                talks.append((row, told))
                continue
            arrival = arrive(row, told, known, campaigns)
        except HookError as error:
            row.state, row.error = EventState.FAILED, error.to_json()
        else:
            arrivals.append(arrival)
    pieces = store_talks(talks, known, campaigns, by=by, as_of=as_of)
    return arrivals, reactions, pieces


def _without_held(pieces: Sequence[TalkPart]) -> list[TalkPart]:
    """Return the pieces of talks that go on; with its first piece a whole talk is held."""
    held = {
        piece.chat.pk: piece.event.error for piece in pieces if piece.event.state == EventState.HELD
    }
    for piece in pieces:
        if piece.chat.pk in held:
            piece.event.state, piece.event.error = EventState.HELD, held[piece.chat.pk]
    return [piece for piece in pieces if piece.chat.pk not in held]


def _let_in(arrivals: Sequence[Arrival], *, by: Actor, as_of: datetime) -> list[Arrival]:
    """Hold what looks like spam, unless it is a test or a person has let it through."""
    weighed = [item for item in arrivals if not (item.event.is_test or item.told.is_test)]
    for item in weighed:
        item.answered = sorted(ours(item.told.references)) if item.told.references else []
    verdicts = weigh_all([item.candidate() for item in weighed], by=by, as_of=as_of)
    for item, verdict in zip(weighed, verdicts, strict=True):
        item.verdict = verdict
        # Who answers a mail of ours has the id of it from us: that is no stranger.
        is_welcome = item.event.result.get("released") or item.answered
        if verdict.is_spam and not is_welcome:
            item.event.state = EventState.HELD
            codes = [reason.code for reason in verdict.reasons]
            signs = signs_of(item.candidate(), (code for code in codes if code not in LEARNED))
            details = {"reasons": codes, "verdict": verdict.to_json(), "signs": signs}
            item.event.error = {"code": "suspicious", "details": details}
    return [item for item in arrivals if item.event.state != EventState.HELD]


def _understand(row: HookEvent, *, by: Actor, as_of: datetime) -> Told | None:
    """Return what one event says; None for what is no event itself or is not whole yet."""
    connector = CONNECTORS[row.connection.connector]
    part = _part(row, by=by, as_of=as_of)
    if part is None:
        return None
    fetched = bytes(row.fetched)
    if not fetched and connector.needs_fetch(part):
        if row.is_test:
            fetched = connector.sample_fetched()
        else:
            ask(DueHookFetch, "event_id", [row.pk], due_at=as_of)
            wake(FETCHES)
            return None
    told = connector.read(part, row.content_type, fetched)
    told.skip = told.skip or connector.refuse(row.connection, told)
    if told.report is not None:
        _take_report(row, told.report, as_of)
        return None
    if told.skip:
        row.state, row.error = EventState.IGNORED, {"code": told.skip, "details": {}}
        return None
    return told


def _take_report(row: HookEvent, report: MailReport, as_of: datetime) -> None:
    """Note what became of a report about a mail; one about no mail of ours is harmless."""
    if row.is_test:
        row.state = EventState.TEST
        return
    code = note_report(report, row.connection.public_id, as_of)
    row.state = EventState.REPORTED if code else EventState.IGNORED
    row.error, row.result = {"code": code or "mail_unknown", "details": {}}, {"is_ours": bool(code)}


def own_items(row: HookEvent) -> list[Item]:
    """Return the events in what came; a part is the one event that it is."""
    body = bytes(row.body)
    if row.is_part:
        return [Item("", body)]
    incoming = Incoming(body, row.content_type, row.headers, row.received_at)
    return CONNECTORS[row.connection.connector].items(incoming)


def _part(row: HookEvent, *, by: Actor, as_of: datetime) -> bytes | None:
    items = own_items(row)
    if len(items) == 1 and (not items[0].key or event_key(items[0].key) == row.key):
        return items[0].body
    if not items:
        row.state, row.error = EventState.IGNORED, {"code": "no_events", "details": {}}
        return None
    parts = {
        (key := event_key(item.key) if item.key else f"{row.key}:{number}"): NewEvent(
            key, item.body, "application/json", is_part=True, is_test=row.is_test
        )
        for number, item in enumerate(items)
    }
    new = store_events(row.connection, list(parts.values()), by=by, as_of=as_of, parent=row)
    row.state, row.result = EventState.SPLIT, {"events": len(items), "new": new}
    return None


def _make_leads(items: Sequence[Arrival], *, by: Actor, as_of: datetime) -> None:
    entered = enter_leads([item.entry() for item in items], by=by, as_of=as_of)
    for item, result in zip(items, entered, strict=True):
        item.event.lead_id = result.lead_id
        item.event.state = EventState.PROCESSED
        item.event.result = _result(item, result)
    comebacks = [
        Comeback(
            result.lead_id,
            item.stage[0],
            item.channel,
            item.connection.name,
            item.connection.kind in {FormKind.FEEDBACK, FormKind.REFERRAL},
            item.connection.kind not in _QUIET_KINDS,
        )
        for item, result in zip(items, entered, strict=True)
    ]
    begin_anew(comebacks, by=by, as_of=as_of)
    record_touches(_touches(items), by=by, as_of=as_of)
    record([_activity(*pair) for pair in zip(items, entered, strict=True)], by=by, as_of=as_of)
    wishes = [wish for pair in zip(items, entered, strict=True) if (wish := _wish(*pair))]
    if wishes:
        register_for_events(wishes, by=by, as_of=as_of)
    for item in items:
        if item.answered:
            note_answers(item.answered, as_of)
    _ask_to_confirm(items, entered, by=by, as_of=as_of)


def _result(item: Arrival, result: Entered) -> dict[str, Any]:
    return {
        "is_new": result.is_new,
        "warnings": sorted({warning.code for warning in result.warnings}),
        "unproven": item.unproven,
        "consents": [purpose for purpose, _channel, _text in item.consents],
        "campaign": item.campaign.name if item.campaign else "",
        **({"event": event.title} if (event := item.connection.event) else {}),
    }


def _wish(item: Arrival, result: Entered) -> NewRegistration | None:
    """Return the place that somebody asks for, None where the connection is for no event."""
    connection, event = item.connection, item.event
    if connection.event_id is None or connection.kind not in EVENT_FORMS:
        return None
    email = _readable_email(item, result)
    return NewRegistration(
        connection.event_id,
        result.lead_id,
        item.channel,
        connection.language,
        event.received_at,
        email=email[:320],
        email_key=normalise_email(email).key if email else "",
        told_by=f"hook:{event.public_id}",
        is_sample=event.is_sample,
    )


def _readable_email(item: Arrival, result: Entered) -> str:
    """Return the address that came along, "" for none that can be written to."""
    if any(warning.code == "email_invalid" for warning in result.warnings):
        return ""
    return item.values.get("email", "")


def _touches(items: Sequence[Arrival]) -> list[NewTouch]:
    return [
        NewTouch(
            item.event.lead_id or 0,
            item.origin,
            item.channel,
            item.occurred_at,
            campaign=item.campaign,
            page_url=item.origin.landing_page,
            is_sample=item.event.is_sample,
        )
        for item in items
    ]


def _activity(item: Arrival, result: Entered) -> NewActivity:
    data = {
        "form": str(item.connection.public_id),
        "form_name": item.connection.name,
        "form_kind": item.connection.kind,
        "connector": item.connection.connector,
        "event": str(item.event.public_id),
        "page_url": item.origin.landing_page,
        "message": item.message,
        "is_new": result.is_new,
        **item.told.facts,
        **({"is_answer": True} if item.answered else {}),
    }
    kind = CONNECTORS[item.connection.connector].activity
    key = f"hook:{item.event.public_id}"
    return NewActivity(result.lead_id, kind, item.occurred_at, data, dedupe_key=key)


def _ask_to_confirm(
    items: Sequence[Arrival], entered: Sequence[Entered], *, by: Actor, as_of: datetime
) -> None:
    requests = []
    for item, result in zip(items, entered, strict=True):
        email = _readable_email(item, result)
        asked = [given for given in item.consents if given[1] == ConsentChannel.EMAIL]
        if not (asked and email and item.mapping.asks_by_mail):
            continue
        requests.append(
            OptInRequest(
                lead_id=result.lead_id,
                email=email,
                email_key=normalise_email(email).key,
                language=item.connection.language,
                purposes=[(purpose, channel) for purpose, channel, _text in asked],
                evidence={
                    "consents": {
                        f"{purpose}/{channel}": item.evidence(text)
                        for purpose, channel, text in asked
                    }
                },
            )
        )
    if requests:
        request_opt_ins(requests, by=by, as_of=as_of)


def _try(item: Arrival, *, by: Actor, as_of: datetime) -> None:
    """Say what would become of a test; nothing of it stays."""
    event = item.event
    try:
        with transaction.atomic():
            (entered,) = enter_leads([item.entry()], by=by, as_of=as_of)
            raise _TakenBackError
    except _TakenBackError:
        event.result = {
            **_result(item, entered),
            "values": {**item.values, **({"company": item.company} if item.company else {})},
            "answers": item.answers,
            "message": "\n".join(item.messages),
        }
    event.state = EventState.TEST
