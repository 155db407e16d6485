from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse, reverse_lazy
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.actor import Actor, request_actor
from accounts.once import once
from accounts.rights import Right
from capture.actors import CAPTURE
from capture.connectors.actions.connections import (
    change_connection,
    create_connection,
    delete_connection,
    map_fields,
    renew_secrets,
)
from capture.connectors.catalogue import CONNECTORS
from capture.connectors.fetching import fetch_missed
from capture.connectors.learning import learn
from capture.connectors.mail.actions import note_failure, read_mailbox
from capture.connectors.mail.models import Mailbox
from capture.connectors.mapping import FieldMapping
from capture.connectors.models import Connection
from capture.connectors.queries import connections_with_figures
from capture.connectors.told import HookError
from capture.connectors.trial import Tried, try_connection
from capture.connectors.views.forms import ConnectionForm, FieldsForm, KeysForm
from capture.connectors.words import error_text, refusal_text
from ground.errors import DomainError, RetryableError
from ground.forms import add_refusal
from ground.listing import Column, Empty, Listing, render_listing
from ground.names import free_name
from ground.seal import SealBrokenError
from ground.toasts import toast
from leads.customfields import definitions

CONNECTIONS: Listing[Connection] = Listing(
    key="connections",
    columns=[
        Column("name", gettext_lazy("Connection"), "name", is_main=True),
        Column("state", gettext_lazy("State"), "is_active"),
        Column("leads", gettext_lazy("Leads (30 days)"), "lead_count", is_number=True),
        Column("failed", gettext_lazy("To look at"), "failed_count", is_number=True),
        Column("last", gettext_lazy("Last heard from"), "last_at", nulls_last=True),
    ],
    ordering="name",
    row="capture/connectors/list.html#row",
    row_name="connection",
    search=lambda rows, text: rows.filter(name__icontains=text),
    empty=Empty(
        gettext_lazy("Nothing is connected yet"),
        gettext_lazy(
            "Lead ads of networks and forms of your website bring leads in by themselves."
        ),
        gettext_lazy("Connect something"),
        reverse_lazy("connection_create"),
        icon="plug",
    ),
)


@login_required
@require_GET
def connection_list(request: HttpRequest) -> HttpResponse:
    request_actor(request).require(Right.FORMS_MANAGE)
    page = CONNECTIONS.page(request, connections_with_figures(as_of=timezone.now()))
    for row in page.rows:
        row.kind_of_sender = CONNECTORS[row.connector]  # type: ignore[attr-defined]
    return render_listing(request, "capture/connectors/list.html", page)


@login_required
@require_http_methods(["GET", "POST"])
@once
def connection_create(request: HttpRequest) -> HttpResponse:
    actor = request_actor(request)
    actor.require(Right.FORMS_MANAGE)
    chosen = CONNECTORS.get(request.POST.get("connector", ""))
    if request.method == "POST" and chosen is not None:
        language = str(getattr(request.user, "language", "") or "en")
        name = _free_name(str(chosen.label))
        row = create_connection(
            chosen.key, name=name, language=language, by=actor, as_of=timezone.now()
        )
        return redirect("connection_detail", row.public_id)
    context = {"connectors": CONNECTORS.values()}
    status = 422 if request.method == "POST" else 200
    return render(request, "capture/connectors/create.html", context, status=status)


def _free_name(label: str) -> str:
    taken = Connection.objects.filter(name__startswith=label).values_list("name", flat=True)
    return free_name(label, set(taken))


@login_required
@require_http_methods(["GET", "POST"])
def connection_detail(request: HttpRequest, public_id: UUID) -> HttpResponse:
    actor = request_actor(request)
    actor.require(Right.FORMS_MANAGE)
    connection = get_object_or_404(Connection, public_id=public_id)
    connector = CONNECTORS[connection.connector]
    secrets = _secrets(connection)
    form = KeysForm(
        request.POST or None,
        connector=connector,
        connection=connection,
        known={name for name, value in secrets.items() if value},
    )
    if request.method == "POST" and form.is_valid():
        given = {name: form.of_secrets(is_secret=name == "secrets") for name in _GIVEN}
        try:
            change_connection(connection.pk, by=actor, as_of=timezone.now(), **given)
        except DomainError as error:
            add_refusal(form, error)
        else:
            toast(request, _("Connection saved."))
            return redirect("connection_detail", connection.public_id)
    made = [(item, secrets.get(item.name, "")) for item in connector.settings if item.is_made]
    context = {
        "connection": connection,
        "connector": connector,
        "form": form if form.fields else None,
        "made": made,
        "address": address_of(connection),
        "host": settings.BASE_URL,
        "refusal": refusal_text(connection.refused_reason) if connection.refused_at else "",
        "missing": _missing(connection, secrets),
        "tabs": tabs(connection, "connect"),
        **(_mailbox(connection) if connector.has_mailbox else {}),
    }
    status = 422 if form.errors else 200
    return render(request, "capture/connectors/detail.html", context, status=status)


def _mailbox(connection: Connection) -> dict[str, Any]:
    """Return how the last round went, and the line for a mail server that hands mails over."""
    place = Mailbox.objects.filter(connection=connection).first()
    command = f"manage.py receive_mail --connection {connection.public_id}"
    error = error_text(place.error) if place and place.error else ""
    return {"place": place, "mailbox_error": error, "pipe": f'"|/path/to/{command}"'}


_GIVEN = ("settings", "secrets")


def _secrets(connection: Connection) -> dict[str, str]:
    try:
        return connection.secrets()
    except SealBrokenError:
        return {}


def _missing(connection: Connection, secrets: dict[str, str]) -> list[Any]:
    """Return what must be entered before anything can come in."""
    return [
        item.label
        for item in CONNECTORS[connection.connector].settings
        if item.is_required
        and not (secrets if item.is_secret else connection.settings).get(item.name)
    ]


def address_of(connection: Connection) -> str:
    """Return the absolute address of the door, from the configured address of this installation."""
    path = reverse("hook", args=[connection.connector, connection.public_id])
    return f"{settings.BASE_URL}{path}"


def tabs(connection: Connection, active: str) -> list[dict[str, Any]]:
    """Return the pages of a connection."""
    key = connection.public_id
    fields = ("fields", _("Fields"), "connection_fields")
    pages = (
        ("connect", _("Connect"), "connection_detail"),
        *([fields] if CONNECTORS[connection.connector].brings_leads else []),
        ("events", _("What came in"), "connection_events"),
        ("settings", _("Settings"), "connection_settings"),
    )
    return [
        {"label": label, "url": reverse(name, args=[key]), "is_active": page == active}
        for page, label, name in pages
    ]


@login_required
@require_http_methods(["GET", "POST"])
def connection_settings(request: HttpRequest, public_id: UUID) -> HttpResponse:
    actor = request_actor(request)
    actor.require(Right.FORMS_MANAGE)
    connection = get_object_or_404(Connection, public_id=public_id)
    brings_leads = CONNECTORS[connection.connector].brings_leads
    form = ConnectionForm(request.POST or None, instance=connection, brings_leads=brings_leads)
    if request.method == "POST" and form.is_valid():
        try:
            change_connection(connection.pk, by=actor, as_of=timezone.now(), **form.columns())
        except DomainError as error:
            add_refusal(form, error)
        else:
            toast(request, _("Connection saved."))
            return redirect("connection_settings", connection.public_id)
    connection = get_object_or_404(Connection, public_id=public_id)
    context = {"form": form, "connection": connection, "tabs": tabs(connection, "settings")}
    status = 422 if form.errors else 200
    return render(request, "capture/connectors/settings.html", context, status=status)


@login_required
@require_http_methods(["GET", "POST"])
def connection_fields(request: HttpRequest, public_id: UUID) -> HttpResponse:
    actor = request_actor(request)
    actor.require(Right.FORMS_MANAGE)
    connection = get_object_or_404(Connection, public_id=public_id)
    learned = learn(connection, as_of=timezone.now())
    form = FieldsForm(
        request.POST or None,
        seen=learned.fields,
        mapping=FieldMapping.from_json(connection.mapping),
        known=definitions(),
    )
    if request.method == "POST" and form.is_valid():
        try:
            map_fields(connection.pk, form.mapping(), by=actor, as_of=timezone.now())
        except DomainError as error:
            add_refusal(form, error)
        else:
            toast(request, _("Fields saved."))
            return redirect("connection_fields", connection.public_id)
    known = {item.field.name: item.field for item in learned.fields}
    context = {
        "connection": connection,
        "form": form,
        "rows": [
            (form[f"target{number}"], known.get(name), name)
            for number, name in enumerate(form.names)
        ],
        "event": learned.event,
        "tabs": tabs(connection, "fields"),
    }
    status = 422 if form.errors else 200
    return render(request, "capture/connectors/fields.html", context, status=status)


@login_required
@require_POST
def send_test(request: HttpRequest, public_id: UUID) -> HttpResponse:
    request_actor(request).require(Right.FORMS_MANAGE)
    connection = get_object_or_404(Connection, public_id=public_id)
    try:
        tried = try_connection(connection, as_of=timezone.now())
    except HookError as error:
        toast(request, error_text(error.to_json()), level=messages.ERROR)
        return redirect("connection_detail", connection.public_id)
    return _told_of_test(request, connection, tried)


def _told_of_test(request: HttpRequest, connection: Connection, tried: Tried) -> HttpResponse:
    if tried.event is None:
        connection.refresh_from_db()
        why = refusal_text(connection.refused_reason) if tried.status == 401 else ""
        said = _("The door answered %(status)s. %(why)s") % {"status": tried.status, "why": why}
        toast(request, said, level=messages.ERROR)
        return redirect("connection_detail", connection.public_id)
    toast(request, _("The test came through the door, which answered %s.") % tried.status)
    if tried.page:
        toast(request, _("The network knows us as “%s”.") % tried.page)
    if isinstance(tried.trouble, HookError):
        toast(request, error_text(tried.trouble.to_json()), level=messages.ERROR)
    elif tried.trouble is not None:
        toast(request, error_text({"code": "server_away"}), level=messages.ERROR)
    return redirect("hook_event", tried.event.public_id)


@login_required
@require_POST
def fetch_missed_leads(request: HttpRequest, public_id: UUID) -> HttpResponse:
    actor = request_actor(request)
    actor.require(Right.FORMS_MANAGE)
    connection = get_object_or_404(Connection, public_id=public_id)
    try:
        count = fetch_missed(connection, by=actor, as_of=timezone.now())
    except HookError as error:
        toast(request, error_text(error.to_json()), level=messages.ERROR)
    except RetryableError:
        toast(request, error_text({"code": "server_away"}), level=messages.ERROR)
    else:
        toast(request, _("%s leads that were missed are coming in.") % count)
    return redirect("connection_events", connection.public_id)


@login_required
@require_POST
def read_mailbox_now(request: HttpRequest, public_id: UUID) -> HttpResponse:
    actor = request_actor(request)
    actor.require(Right.FORMS_MANAGE)
    connection = get_object_or_404(Connection, public_id=public_id, connector="mail")
    now = timezone.now()
    try:
        count = read_mailbox(connection, by=CAPTURE, as_of=now)
    except (HookError, RetryableError) as error:
        note_failure(connection, error, by=CAPTURE, as_of=now)
        code = error.to_json() if isinstance(error, HookError) else {"code": "mailbox_away"}
        toast(request, error_text(code), level=messages.ERROR)
        return redirect("connection_detail", connection.public_id)
    said = ngettext("%(count)s new mail came in.", "%(count)s new mails came in.", count)
    toast(request, said % {"count": count})
    return redirect("connection_events", connection.public_id)


@login_required
@require_POST
def renew_connection_secrets(request: HttpRequest, public_id: UUID) -> HttpResponse:
    connection = get_object_or_404(Connection, public_id=public_id)
    renew_secrets(connection.pk, by=request_actor(request), as_of=timezone.now())
    toast(request, _("There is a new secret. Paste it at the sender."))
    return redirect("connection_detail", connection.public_id)


@login_required
@require_POST
def remove_connection(request: HttpRequest, public_id: UUID) -> HttpResponse:
    actor: Actor = request_actor(request)
    connection = get_object_or_404(Connection, public_id=public_id)
    delete_connection(connection.pk, by=actor, as_of=timezone.now())
    toast(request, _("Connection removed. Its leads stay."))
    return redirect("connection_list")
