"""A system in which every text that anybody can write tries to become markup or a script."""

from typing import Any

from django.apps import apps
from django.db import connection, models
from django.db.models import F, Value
from django.db.models.functions import Cast, Concat, Left
from django.urls import reverse

from accounts.action import writing
from accounts.rights import Role
from leads.kinds import KINDS
from leads.models import Activity, Lead
from tests.factories import NOW
from tests.filled import filled
from tests.rights import (  # noqa: F401  they register what stands in addresses
    capture_objects,
    chat_objects,
    connector_objects,
    event_objects,
    link_objects,
    meeting_objects,
    nurturing_objects,
    objects,
    scoring_objects,
    stuck_objects,
)
from tests.rights.rows import Row, rows
from tests.rights.world import World

# Leaves an attribute, opens an element that shows itself, calls a function, and asks a template
# language to multiply. Columns that hold less get the front of it.
PAYLOAD = "'\"><img xss src=x onerror=xss()>{{7*7}}${7*7}{% debug %}</script><xss>"
UNTOKENED = "'\"><img xss src=x onerror=xss()>${7*7}</script><xss>"
SHORTER = "'\"><xss xss>{{7*7}}"
ADDRESS = "javascript:xss()//'\"><xss>"


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


MINE = ("accounts", "leads", "capture", "scoring", "nurturing", "handoff", "ground")
# What the system itself writes: keys, hashes, words out of a closed set.
WORDS = _words(
    """
    password token token_hash key_hash prefix entry_hash previous_hash event_hash body_hash
    newest_hash digest request_hash address_hash file_hash feed_hash dedupe_key origin_key event_id
    message_id key
    name_key normalised email_key proof door place mailbox sign time_zone guest_zone currency
    language country
    grade temperature kind event object_kind object_id scope verdict_reason activity_kind
    detail detail_value distinct_by channel invitation_nonce encoding method connector secret
    outcome
    """
)
ADDRESSES = frozenset({"url", "website", "page_url", "referrer", "landing_page", "domain",
                       "privacy_policy_url"})  # fmt: skip
# Keys inside of JSON that hold words of a closed set, ids, times, addresses of pages or structure.
STRUCTURE = _words(
    """
    kind type op field key id ids name_key state stage from to channel purpose purposes
    values value where all any not params language version accent layout color width level
    code at on days start end mode unit strategy target position digest hash html lead note
    opt_in_id form_kind display redirect_url origins align style grade old_temperature
    temperature decision priority until icon rule_kind group offer_id campaign_id outcome
    reason_code column columns source map default campaign month before after zone
    """
)

# JSON of a shape that is checked when it is read; in it only these keys hold free texts.
SHAPED = frozenset({"content", "definition", "draft", "texts", "window", "wait", "goal", "trigger"})
SPOKEN = _words(
    """
    subject text headline intro button help placeholder label success message title alt
    """
)


def fitting(field: Any) -> str:
    """Return the most hostile text that the column holds."""
    if field.name in ADDRESSES:
        return ADDRESS
    room = (field.max_length or 10_000) - (20 if field.unique else 0)
    return PAYLOAD if room >= len(PAYLOAD) else SHORTER


def poison() -> set[str]:
    """Make every text in the database hostile; returns the columns, as ``lead.first_name``."""
    columns: set[str] = set()
    with writing("scene"), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        Activity.objects.bulk_create(_every_kind())
        mine = {
            model._meta.db_table: model
            for model in apps.get_models()
            if model._meta.app_label in MINE and model._meta.managed
        }
        for table in filled(connection, mine):
            cursor.execute(f'ALTER TABLE "{table}" DISABLE TRIGGER USER')
            columns |= _poison_texts(mine[table])
            _poison_json(mine[table])
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute(f'ALTER TABLE "{table}" ENABLE TRIGGER USER')
    return columns


def _every_kind() -> list[Activity]:
    """Return an activity of each kind for a few leads, all of their data texts."""
    told = dict.fromkeys(("subject", "title", "name", "form", "sequence", "text", "outcome"), "x")
    data = {**told, "url": "x", "path": "x", "from": "lead", "to": "mql"}
    return [
        Activity(lead=lead, kind=kind, occurred_at=NOW, recorded_at=NOW, actor_kind="system",
                 data=data)
        for lead in Lead.objects.order_by("pk")[:8]
        for kind in KINDS
    ]  # fmt: skip


def _poison_texts(model: type[models.Model]) -> set[str]:
    texts = [
        field
        for field in model._meta.concrete_fields
        if isinstance(field, models.CharField | models.TextField)
        and not field.choices
        and field.name not in WORDS
        and (field.max_length or 100) >= len(SHORTER)
    ]
    values = {field.name: _value(field) for field in texts}
    rows_there = model._default_manager.update(**values) if values else 0
    return {f"{model._meta.model_name}.{name}" for name in values} if rows_there else set()


def _value(field: Any) -> Any:
    if not field.unique and not _is_in_a_constraint(field):
        return Value(fitting(field))
    # Apart from it, as a product that was worked out would stand in it.
    text = Concat(Value(f"{fitting(field)} no "), Cast(F("pk"), models.CharField()))
    return Left(text, field.max_length or 10_000)


def _is_in_a_constraint(field: Any) -> bool:
    constraints = field.model._meta.total_unique_constraints
    return any(field.name in constraint.fields for constraint in constraints)


def _poison_json(model: type[models.Model]) -> None:
    names = [
        field.name
        for field in model._meta.concrete_fields
        if isinstance(field, models.JSONField) and field.name not in {"where", "purposes"}
    ]
    for row in model._default_manager.all() if names else ():
        values = {name: hostile_json(getattr(row, name), shape=name) for name in names}
        model._default_manager.filter(pk=row.pk).update(**values)


def hostile_json(value: Any, key: str = "", *, shape: str = "") -> Any:
    """Return ``value`` with every free text in it made hostile."""
    if isinstance(value, dict):
        return {name: hostile_json(item, name, shape=shape) for name, item in value.items()}
    if isinstance(value, list):
        return [hostile_json(item, key, shape=shape) for item in value]
    is_structure = key not in SPOKEN if shape in SHAPED else key in STRUCTURE
    if not isinstance(value, str) or is_structure or key.endswith(("_id", "_at")):
        return value
    if shape in SHAPED:
        return UNTOKENED  # a draft with a token that nobody knows cannot be read at all
    return ADDRESS if key in ADDRESSES else PAYLOAD


def reading_address(row: Row, world: World, things: dict[str, Any]) -> str:
    """Return the address of ``row``; ``things`` keeps what was made for it, each kind once."""
    for kind in row.objects.values():
        if kind not in things:
            things[kind] = world.make(kind, Role.ADMIN, "own")
    kwargs = {name: things[kind] for name, kind in row.objects.items()}
    return reverse(row.route, kwargs=kwargs) + row.query


def every_page(world: World) -> dict[str, tuple[Row, str]]:
    """Return each GET of the matrix, but those of the API, with its address."""
    things: dict[str, Any] = {}
    pages = [row for row in rows().values() if row.method == "GET" and not row.is_api]
    return {row.route: (row, reading_address(row, world, things)) for row in pages}
