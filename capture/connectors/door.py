"""The door for other systems: who it is from, then kept as it is; understood afterwards."""

from datetime import datetime, timedelta
from uuid import UUID

import structlog
from django.core import signing
from django.db.models import QuerySet
from django.http import HttpRequest
from prometheus_client import Counter

from accounts.actor import VISITOR
from accounts.visitors import client_ip, client_network
from capture.connectors.actions.events import NewEvent, count_refusal, store_events
from capture.connectors.catalogue import CONNECTORS
from capture.connectors.fetching import keys_of
from capture.connectors.keys import delivery_key
from capture.connectors.models import Connection, EventState
from capture.connectors.registry import Connector
from capture.connectors.spooled import known, put_aside
from capture.connectors.told import HookError, Incoming, Keys, RefusedError, Reply
from capture.door import BodyTooLargeError, read_body
from capture.guard import throttle
from capture.guard.throttle import Pace
from capture.outage import DatabaseAwayError, with_database
from capture.spool import SpoolFullError

log = structlog.get_logger(__name__)

TEST_HEADER = "X-LeadCRM-Test"
_TEST_SALT = "capture.connectors.test"
_TEST_LIFE = timedelta(minutes=2)
_PROOFS = ("Authorization", "Accept")
KEPT_HEADERS = (
    "User-Agent",
    "Origin",
    "Referer",
    "X-Hub-Signature-256",
    "X-LI-Signature",
    "TikTok-Signature",
    "X-LeadCRM-Signature",
)
REQUESTS = Counter(
    "leadcrm_hooks_total", "Requests of other systems by connector and status.", ["connector", "to"]
)


def test_mark(public_id: UUID) -> str:
    """Return the header that makes a request of ours a test of this connection."""
    return signing.dumps(str(public_id), salt=_TEST_SALT)


def _is_test(request: HttpRequest, public_id: UUID) -> bool:
    mark = request.headers.get(TEST_HEADER, "")
    try:
        return bool(mark) and signing.loads(mark, salt=_TEST_SALT, max_age=_TEST_LIFE) == str(
            public_id
        )
    except signing.BadSignature:
        return False


def connections_at(connector: str, public_id: UUID) -> QuerySet[Connection]:
    """Return the one connection behind an address, or none."""
    return Connection.objects.filter(connector=connector, public_id=public_id)


def connections_of_portal(portal_id: str, form_guid: str) -> QuerySet[Connection]:
    """Return the one connection behind the ids of a HubSpot form, or none."""
    return Connection.objects.filter(
        connector="hubspot", settings__portal_id=portal_id, settings__form_guid=form_guid
    ).order_by("-is_active", "pk")


def find(rows: QuerySet[Connection]) -> Connection | Reply:
    """Return the open connection among ``rows``, or what is answered in its place.

    While the database is away it is the one that stood there last, as this process knows it.
    """
    where = str(rows.query.where)
    try:
        connection = with_database(rows.first)
    except DatabaseAwayError:
        return known.find(where) or Reply(503)
    if connection is None:
        return Reply(404)
    known.keep(where, connection)
    return connection if connection.is_active else Reply(410)


def challenge(request: HttpRequest, rows: QuerySet[Connection]) -> Reply:
    """Answer the GET by which a sender checks an address."""
    connection = find(rows)
    if isinstance(connection, Reply):
        return connection
    connector = CONNECTORS[connection.connector]
    try:
        given = {name: str(value) for name, value in request.GET.items()}
        return connector.challenge(keys_of(connection), given) or Reply(405)
    except HookError:
        return Reply(503)
    except RefusedError:
        return Reply(403)


def receive(request: HttpRequest, rows: QuerySet[Connection], *, as_of: datetime) -> Reply:
    """Take one request: prove who sent it over its raw bytes, keep it, answer."""
    connection = find(rows)
    if isinstance(connection, Reply):
        return connection
    reply = _receive(request, connection, as_of)
    REQUESTS.labels(connector=connection.connector, to=str(reply.status)).inc()
    return reply


def _receive(request: HttpRequest, connection: Connection, as_of: datetime) -> Reply:
    connector = CONNECTORS[connection.connector]
    network = client_network(request)
    pace = connector.guarded_by.enter(request)
    if pace == Pace.REFUSED or throttle.refused_hooks.is_over(_who(connection, network)):
        return Reply(429)
    try:
        body = read_body(request, connector.max_body)
    except BodyTooLargeError:
        return Reply(413)
    content_type = request.headers.get("Content-Type", "")
    headers = {
        name: value for name in (*KEPT_HEADERS, *_PROOFS) if (value := request.headers.get(name))
    }
    incoming = Incoming(body, content_type, headers, as_of)
    try:
        keys = keys_of(connection)
        connector.verify(keys, incoming)
    except HookError:
        return Reply(503)
    except RefusedError as error:
        return _refuse(connection, network, error.reason, as_of)
    is_held = pace == Pace.HELD and not connector.is_signed
    return _keep(request, connection, keys, incoming, is_held=is_held)


def _who(connection: Connection, network: str) -> str:
    """Return what to count refusals by: a network sends for many connections."""
    return f"{connection.pk} {network}"


def _refuse(connection: Connection, network: str, reason: str, as_of: datetime) -> Reply:
    throttle.refused_hooks.hit(_who(connection, network))
    log.warning("hook_refused", connection=connection.pk, reason=reason)
    try:
        with_database(lambda: count_refusal(connection.pk, reason, by=VISITOR, as_of=as_of))
    except DatabaseAwayError:
        return Reply(503)
    return Reply(401)


def _keep(
    request: HttpRequest, connection: Connection, keys: Keys, incoming: Incoming, *, is_held: bool
) -> Reply:
    connector: Connector = CONNECTORS[connection.connector]
    ip = client_ip(request)
    event = NewEvent(
        delivery_key(connector, incoming, ip),
        incoming.body,
        incoming.content_type,
        {name: value[:1000] for name, value in incoming.headers.items() if name in KEPT_HEADERS},
        ip,
        EventState.HELD if is_held else EventState.RECEIVED,
        is_test=_is_test(request, connection.public_id),
    )
    now = incoming.received_at
    try:
        with_database(lambda: store_events(connection, [event], by=VISITOR, as_of=now))
    except DatabaseAwayError:
        try:
            put_aside(connection, event, now)
        except SpoolFullError:
            return Reply(503)
    return connector.reply(keys, incoming)
