from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_POST

from accounts.actor import request_actor
from accounts.rights import Right
from capture.connectors.actions.spam import DISCARDABLE, discard_events, replay
from capture.connectors.catalogue import CONNECTORS
from capture.connectors.learning import read_fields
from capture.connectors.mail.letter import Attachment, attachment, may_be_kept, read_letter
from capture.connectors.models import REPLAYABLE, Connection, EventState, HookEvent
from capture.connectors.views.connections import tabs
from capture.connectors.views.forms import EventFilter
from capture.connectors.words import error_text
from ground.listing import Column, Empty, Listing, render_listing
from ground.seal import SealBrokenError
from ground.toasts import toast
from leads.models import Lead

LARGEST_SHOWN = 20_000
# What is replayed by one click; a second click takes the next.
MOST_REPLAYED = 5_000
HIDDEN = "•••"

EVENTS: Listing[HookEvent] = Listing(
    key="hook_events",
    columns=[
        Column("received", gettext_lazy("Received"), "received_at", is_main=True),
        Column("state", gettext_lazy("State"), "state"),
        Column("lead", gettext_lazy("Lead")),
        Column("why", gettext_lazy("Why")),
        Column("key", gettext_lazy("Key"), is_optional=True),
    ],
    ordering="-received",
    row="capture/connectors/events.html#row",
    row_name="event",
    search=lambda rows, text: rows.filter(key__in=[text, f"id:{text}"]),
    search_label=gettext_lazy("Id that the sender gave"),
    filters=EventFilter,
    has_bulk=True,
    empty=Empty(
        gettext_lazy("Nothing came in yet"),
        gettext_lazy("What the sender sends stands here as it came, with what became of it."),
        icon="inbox",
    ),
)


def _seen(request: HttpRequest) -> QuerySet[HookEvent]:
    actor = request_actor(request)
    actor.require(Right.SUBMISSIONS_READ)
    return HookEvent.objects.visible_to(actor)


@login_required
@require_GET
def connection_events(request: HttpRequest, public_id: UUID) -> HttpResponse:
    seen = _seen(request)
    connection = get_object_or_404(Connection, public_id=public_id)
    rows = seen.filter(connection=connection).select_related("lead").defer("body", "fetched")
    page = EVENTS.page(request, rows)
    actor = request_actor(request)
    readable = set(
        Lead.objects.visible_to(actor)
        .filter(pk__in=[row.lead_id for row in page.rows if row.lead_id])
        .values_list("pk", flat=True)
    )
    for row in page.rows:
        row.why = error_text(row.error)  # type: ignore[attr-defined]
        row.shown_lead = row.lead if row.lead_id in readable else None  # type: ignore[attr-defined]
    context = {
        "connection": connection,
        "has_fetch": CONNECTORS[connection.connector].has_fetch,
        "failed": connection.events.filter(state=EventState.FAILED).count(),
        "tabs": tabs(connection, "events"),
    }
    return render_listing(request, "capture/connectors/events.html", page, context)


@login_required
@require_GET
def hook_event(request: HttpRequest, public_id: UUID) -> HttpResponse:
    rows = _seen(request).select_related("connection", "parent")
    event = get_object_or_404(rows, public_id=public_id)
    connection = event.connection
    actor = request_actor(request)
    body, fetched = (_readable(connection, bytes(raw)) for raw in (event.body, event.fetched))
    context = {
        "event": event,
        "connection": connection,
        "why": error_text(event.error),
        "lead": Lead.objects.visible_to(actor).filter(pk=event.lead_id or 0).first(),
        "fields": [item for item in read_fields(connection, event) if item.text],
        "body": body[:LARGEST_SHOWN],
        "is_cut": len(body) > LARGEST_SHOWN,
        "fetched": fetched[:LARGEST_SHOWN],
        "values": _values(event),
        "parts": event.parts.count(),
        "failed_parts": event.parts.filter(state=EventState.FAILED).count(),
        "may_replay": event.may_replay,
        "may_discard": event.state in DISCARDABLE and bool(event.body),
        "has_fields": CONNECTORS[connection.connector].brings_leads,
        "attachments": _attachments(connection, event),
    }
    return render(request, "capture/connectors/event.html", context)


def _readable(connection: Connection, raw: bytes) -> str:
    """Return bytes as text, without the secrets that senders put into them."""
    text = raw.decode("utf-8", "replace")
    try:
        secrets = connection.secrets().values()
    except SealBrokenError:
        secrets = {}.values()
    for secret in filter(None, secrets):
        text = text.replace(secret, HIDDEN)
    return text


def _attachments(connection: Connection, event: HookEvent) -> list[tuple[Attachment, bool]]:
    """Return the files of a mail, each with whether it is handed out."""
    if not CONNECTORS[connection.connector].has_mailbox:
        return []
    return [(item, may_be_kept(item)) for item in read_letter(bytes(event.body)).attachments]


def _values(event: HookEvent) -> list[tuple[Any, str]]:
    """Return what a test would have filled in, by the labels of the fields of a lead."""
    names = {field.name: field.verbose_name for field in Lead._meta.local_concrete_fields}
    values: dict[str, str] = event.result.get("values", {})
    return [(names.get(name, name), text) for name, text in values.items() if text]


@login_required
@require_GET
def mail_attachment(request: HttpRequest, public_id: UUID, number: int) -> HttpResponse:
    """Hand out a file of a mail to who may read submissions or sees the lead that it came from.

    SECURITY: only of kinds that no system runs, as a download that no browser shows.
    """
    actor = request_actor(request)
    rows = HookEvent.objects.filter(connection__connector="mail")
    if not actor.may(Right.SUBMISSIONS_READ):
        rows = rows.filter(lead__in=Lead.objects.visible_to(actor), state=EventState.PROCESSED)
    event = get_object_or_404(rows, public_id=public_id)
    found = attachment(bytes(event.body), number)
    if found is None or not may_be_kept(found[0]):
        raise Http404
    response = HttpResponse(found[1], content_type="application/octet-stream")
    response["Content-Disposition"] = content_disposition_header(True, found[0].name)
    response["Cache-Control"] = "private, no-store"
    return response


@login_required
@require_POST
def replay_hook_events(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Replay the ticked events, all that match, or with ``all_failed`` every one that failed."""
    rows = _seen(request).defer("body", "fetched")
    connection = get_object_or_404(Connection, public_id=public_id)
    rows = rows.filter(connection=connection)
    if "all_failed" in request.POST:
        chosen = rows.filter(state=EventState.FAILED)
    else:
        chosen = EVENTS.narrow(request, rows).rows.filter(state__in=REPLAYABLE)
    keys = list(chosen.order_by("pk").values_list("pk", flat=True)[:MOST_REPLAYED])
    return _replay(request, keys, reverse("connection_events", args=[public_id]))


@login_required
@require_POST
def discard_hook_events(request: HttpRequest, public_id: UUID) -> HttpResponse:
    rows = _seen(request).defer("body", "fetched")
    connection = get_object_or_404(Connection, public_id=public_id)
    chosen = EVENTS.narrow(request, rows.filter(connection=connection)).rows
    found = chosen.filter(state__in=DISCARDABLE)
    keys = list(found.order_by("pk").values_list("pk", flat=True)[:MOST_REPLAYED])
    count = discard_events(keys, by=request_actor(request), as_of=timezone.now())
    said = ngettext(
        "%(count)s event is put away as spam.", "%(count)s events are put away as spam.", count
    )
    toast(request, said % {"count": count})
    return redirect("connection_events", public_id)


@login_required
@require_POST
def replay_hook_event(request: HttpRequest, public_id: UUID) -> HttpResponse:
    event = get_object_or_404(_seen(request).only("pk"), public_id=public_id)
    return _replay(request, [event.pk], reverse("hook_event", args=[public_id]))


def _replay(request: HttpRequest, keys: list[int], then: str) -> HttpResponse:
    count = replay(keys, by=request_actor(request), as_of=timezone.now())
    said = ngettext(
        "%(count)s event is worked on again.", "%(count)s events are worked on again.", count
    )
    toast(request, said % {"count": count})
    return redirect(then)
