"""Making and changing connections, their secrets and their mapping."""

import json
import secrets as dice
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts import audit
from accounts.action import action
from accounts.actor import Actor
from accounts.rights import Right
from capture.activities import CONNECTION_CHANGED, CONNECTION_CREATED
from capture.connectors.catalogue import CONNECTORS
from capture.connectors.mapping import FieldMapping
from capture.connectors.models import Connection
from capture.connectors.registry import Connector
from capture.events.models import Event
from capture.models.forms import FormKind
from ground.errors import DomainError
from ground.outside import origin_of
from ground.seal import SealBrokenError, seal
from leads.customfields import definitions
from leads.normalise import clean_text
from leads.stages import Channel

COLUMNS = (
    *("name", "kind", "language", "channel", "campaign_id", "event_id", "team_id", "tags"),
    "is_active",
)
_MADE_BYTES = 24


@action
def create_connection(
    connector: str, *, name: str, by: Actor, as_of: datetime, is_sample: bool = False, **values: Any
) -> Connection:
    """Open a door for one sender, with the secrets that we make.

    ``values`` are those of ``COLUMNS``. Raises ``DomainError`` (``connector_unknown``,
    ``name_missing``, ``name_taken``, ``channel_missing``).
    """
    by.require(Right.FORMS_MANAGE)
    kind = CONNECTORS.get(connector)
    if kind is None:
        raise DomainError("connector_unknown", _("There is no such connector."), "connector")
    row = Connection(
        connector=connector,
        channel=kind.channel,
        created_at=as_of,
        updated_at=as_of,
        created_by_id=by.user_id,
        is_sample=is_sample,
        settings={item.name: item.default for item in kind.settings if not item.is_secret},
        secret=_sealed({item.name: _new_secret() for item in kind.settings if item.is_made}),
        mapping=FieldMapping().to_json(),
    )
    _fill(row, {"name": name, **values})
    row.save()
    audit.record(CONNECTION_CREATED, by=by, as_of=as_of, about=row, data={"connector": connector})
    return row


@action
def change_connection(
    connection_id: int,
    *,
    by: Actor,
    as_of: datetime,
    settings: Mapping[str, str] | None = None,
    secrets: Mapping[str, str] | None = None,
    **values: Any,
) -> Connection:
    """Change a connection; ``values`` are those of ``COLUMNS``, an empty secret stays as it is.

    Raises ``DomainError`` as ``create_connection`` does, and ``address_wrong`` for an address that
    is none.
    """
    by.require(Right.FORMS_MANAGE)
    row = Connection.objects.select_for_update(of=("self",)).get(pk=connection_id)
    kind = CONNECTORS[row.connector]
    _fill(row, values)
    changed = _set_settings(row, kind, settings or {})
    given = {name: text.strip() for name, text in (secrets or {}).items() if text.strip()}
    names = {item.name for item in kind.settings if item.is_secret}
    if given and given.keys() <= names:
        row.secret = _sealed({**_known(row), **given})
    row.updated_at = as_of
    row.save()
    if given or changed:
        data = {"settings": sorted(changed), "secrets": sorted(given)}
        audit.record(CONNECTION_CHANGED, by=by, as_of=as_of, about=row, data=data)
    return row


@action
def renew_secrets(connection_id: int, *, by: Actor, as_of: datetime) -> Connection:
    """Make the secrets anew that we make; what still uses the old ones is turned away."""
    by.require(Right.FORMS_MANAGE)
    row = Connection.objects.select_for_update(of=("self",)).get(pk=connection_id)
    made = [item.name for item in CONNECTORS[row.connector].settings if item.is_made]
    row.secret = _sealed({**_known(row), **{name: _new_secret() for name in made}})
    row.updated_at = as_of
    row.save(update_fields=["secret", "updated_at"])
    data = {"settings": [], "secrets": sorted(made)}
    audit.record(CONNECTION_CHANGED, by=by, as_of=as_of, about=row, data=data)
    return row


@action
def map_fields(
    connection_id: int, mapping: FieldMapping, *, by: Actor, as_of: datetime
) -> Connection:
    """Say what the fields of a sender become.

    Raises ``DomainError`` (``target_unknown``, ``consent_text_missing``).
    """
    by.require(Right.FORMS_MANAGE)
    row = Connection.objects.select_for_update(of=("self",)).get(pk=connection_id)
    mapping.check(definitions(), CONNECTORS[row.connector])
    row.mapping, row.updated_at = mapping.to_json(), as_of
    row.save(update_fields=["mapping", "updated_at"])
    return row


@action
def delete_connection(connection_id: int, *, by: Actor, as_of: datetime) -> None:
    """Close a door for good and forget what came in by it; its leads stay."""
    by.require(Right.FORMS_MANAGE)
    Connection.objects.filter(pk=connection_id).delete()


def _fill(row: Connection, values: Mapping[str, Any]) -> None:
    for name in COLUMNS:
        if name in values:
            setattr(row, name, values[name])
    row.name = clean_text(row.name, limit=120)
    if not row.name:
        raise DomainError("name_missing", _("Give the connection a name."), "name")
    if Connection.objects.filter(name=row.name).exclude(pk=row.pk).exists():
        raise DomainError("name_taken", _("There is a connection with this name."), "name")
    if row.channel not in Channel.values:
        raise DomainError("channel_missing", _("Say where these leads come from."), "channel")
    if row.kind not in FormKind.values:
        raise DomainError("kind_missing", _("Say what this is for."), "kind")
    if row.event_id is not None:
        _refuse_event(row)


def _refuse_event(row: Connection) -> None:
    event = Event.objects.filter(pk=row.event_id or 0).first()
    if event is None:
        raise DomainError("event_missing", _("This event is not there any more."), "event")
    if row.kind != event.kind:
        message = _("Choose “%(kind)s” as the type, as this event is one, or no event.")
        kind = FormKind(event.kind).label
        raise DomainError("event_kind", message % {"kind": kind}, "kind")


def _set_settings(row: Connection, kind: Connector, given: Mapping[str, str]) -> set[str]:
    changed = set()
    for item in kind.settings:
        if item.is_secret or item.name not in given:
            continue
        text = clean_text(given[item.name], limit=500)
        if item.is_address and text and not origin_of(text):
            raise DomainError(
                "address_wrong",
                _("Enter a whole address such as https://www.example.org."),
                item.name,
            )
        if row.settings.get(item.name, "") != text:
            changed.add(item.name)
        row.settings[item.name] = text
    return changed


def _known(row: Connection) -> dict[str, str]:
    """Return the secrets; those of another installation cannot be read and are gone."""
    try:
        return row.secrets()
    except SealBrokenError:
        return {}


def _sealed(values: Mapping[str, str]) -> str:
    return seal(json.dumps(dict(values))) if values else ""


def _new_secret() -> str:
    return dice.token_urlsafe(_MADE_BYTES)
