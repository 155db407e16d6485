"""What people want to know and to have, by segment, of new and of existing customers (row S110)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.actor import Actor
from capture.activities import CONTENT_DOWNLOADED, EVENT_ATTENDED, EVENT_REGISTERED
from capture.events.models import Event
from leads.customfields import definitions, hidden_keys
from leads.models import FieldDefinition, FieldType
from leads.models.lead import LeadQuerySet
from leads.stages import SORTED_OUT, Stage
from reports.period import Period

STATED, CONTENT, EVENTS = "stated", "content", "events"
SHOWED = {CONTENT: gettext_lazy("Fetched content"), EVENTS: gettext_lazy("Came to events")}
# As many rows as one part of the page shows; the export has all.
SHOWN = 15


@dataclass(frozen=True, slots=True)
class Need:
    """One need: where it shows (``part``), its name, and how many people have it.

    ``prospects`` have bought nothing by the end of the period, ``new_customers`` bought for the
    first time in it, ``customers`` had bought before. Each person counts once.
    """

    part: str
    group: str
    name: str
    prospects: int
    new_customers: int
    customers: int

    @property
    def people(self) -> int:
        """All of them."""
        return self.prospects + self.new_customers + self.customers


def count_needs(leads: LeadQuerySet, period: Period, *, actor: Actor) -> list[Need]:
    """Count what ``leads`` stated and showed, the commonest first within each part.

    Stated is what stands in the own fields with choices now, of those that ``actor`` may read;
    showed is what people did in the period: the topics of content that they fetched, or its name
    where it has none, and the events for which they signed up. Who was sorted out does not count.
    Four queries.
    """
    hidden = hidden_keys(actor)
    choices = (FieldType.CHOICE, FieldType.MULTI_CHOICE)
    fields = {
        key: field
        for key, field in definitions().items()
        if field.field_type in choices and key not in hidden
    }
    kept = leads.exclude(stage=Stage.OTHER, other_reason__in=SORTED_OUT)
    base = kept.order_by().values("pk", "custom")
    stated = _ask(_STATED, base, period, {"keys": list(fields)}) if fields else []
    content = _ask(_CONTENT, base, period, {"kinds": [CONTENT_DOWNLOADED]})
    events = _ask(_EVENTS, base, period, {"kinds": [EVENT_REGISTERED, EVENT_ATTENDED]})
    return [*_needs(stated, fields), *_shown(CONTENT, content), *_shown(EVENTS, _titled(events))]


def _titled(rows: Iterable[Sequence[Any]]) -> list[Sequence[Any]]:
    """Put the title in the reader's language in the place of each event that is there still."""
    # All of them, as what an old activity names need not be an id.
    titles = {str(event.public_id): event.title for event in Event.objects.all()}
    return [(titles[key], *numbers) for key, *numbers in rows if key in titles]


def _needs(rows: Iterable[Sequence[Any]], fields: dict[str, FieldDefinition]) -> list[Need]:
    needs = [
        Need(STATED, fields[key].label, fields[key].choice_label(value), *numbers)
        for key, value, *numbers in rows
    ]
    order = {field.label: place for place, field in enumerate(fields.values())}
    return sorted(needs, key=lambda need: (order[need.group], -need.people, need.name))


def _shown(part: str, rows: Iterable[Sequence[Any]]) -> list[Need]:
    needs = [Need(part, str(SHOWED[part]), name, *numbers) for name, *numbers in rows]
    return sorted(needs, key=lambda need: (-need.people, need.name))


_WHO = """
    WITH base (id, custom) AS MATERIALIZED ({base}),
    won AS (
        SELECT lead_id, min(at) AS at FROM leads_stagechange
        WHERE to_stage = ANY(%(won)s) AND lead_id IN (SELECT id FROM base) GROUP BY lead_id
    ),
    need AS ({need})
    SELECT {names},
        count(*) FILTER (WHERE won.at IS NULL OR won.at >= %(end)s),
        count(*) FILTER (WHERE won.at >= %(start)s AND won.at < %(end)s),
        count(*) FILTER (WHERE won.at < %(start)s)
    FROM need LEFT JOIN won USING (lead_id) GROUP BY {names}
"""
_STATED = (
    "key, value",
    """
    SELECT DISTINCT base.id AS lead_id, field.key, said.value
    FROM base JOIN unnest(%(keys)s::text[]) AS field(key) ON base.custom ? field.key
    CROSS JOIN LATERAL jsonb_array_elements_text(
        CASE jsonb_typeof(base.custom -> field.key)
            WHEN 'array' THEN base.custom -> field.key
            ELSE jsonb_build_array(base.custom -> field.key)
        END
    ) AS said(value)
    WHERE said.value <> ''
    """,
)
_DID = """
    FROM base JOIN leads_activity AS did ON did.lead_id = base.id AND NOT did.is_machine
        AND did.kind = ANY(%(kinds)s)
        AND did.occurred_at >= %(start)s AND did.occurred_at < %(end)s
"""
_CONTENT = (
    "name",
    f"""
    SELECT DISTINCT base.id AS lead_id, topic.name {_DID}
    CROSS JOIN LATERAL jsonb_array_elements_text(
        CASE WHEN jsonb_array_length(COALESCE(did.data -> 'topics', '[]')) > 0
            THEN did.data -> 'topics'
            ELSE jsonb_build_array(did.data -> 'content_name')
        END
    ) AS topic(name)
    WHERE topic.name <> ''
    """,
)
_EVENTS = (
    "name",
    f"""
    SELECT DISTINCT base.id AS lead_id, did.data ->> 'event' AS name {_DID}
    WHERE did.data ->> 'event' <> ''
    """,
)


def _ask(
    need: tuple[str, str], base: Any, period: Period, about: dict[str, Any]
) -> list[tuple[Any, ...]]:
    """Run one count over ``base``, whose own parameters are given names here."""
    inner, given = base.query.sql_with_params()
    names = {f"given_{number}": value for number, value in enumerate(given)}
    inner = inner % tuple(f"%({name})s" for name in names)
    columns, sql = need
    statement = _WHO.format(base=inner, need=sql, names=columns)
    won = [Stage.CUSTOMER.value, Stage.PROMOTER.value]
    with connection.cursor() as cursor:
        cursor.execute(
            statement, {**about, **names, "won": won, "start": period.start, "end": period.end}
        )
        return list(cursor.fetchall())


def parts_of(needs: Iterable[Need]) -> list[tuple[str, list[Need], int]]:
    """Return the needs by group, at most ``SHOWN`` of each, and how many more there are."""
    groups: dict[str, list[Need]] = {}
    for need in needs:
        title = need.group if need.part != STATED else _("Said: %(field)s") % {"field": need.group}
        groups.setdefault(title, []).append(need)
    return [(title, rows[:SHOWN], max(0, len(rows) - SHOWN)) for title, rows in groups.items()]
