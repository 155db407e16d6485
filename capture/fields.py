"""What capture offers to conditions: pages, forms, and the links that led somebody here."""

from collections.abc import Callable, Iterable, Sequence

from django.db.models import Func, OuterRef, Q, QuerySet
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.actions.teams import register_team_use
from accounts.models import Team
from capture.activities import (
    CONTENT_DOWNLOADED,
    EVENT_ATTENDED,
    EVENT_CANCELLED,
    EVENT_HAPPENED,
    EVENT_MISSED,
    EVENT_REGISTERED,
    FORM_SUBMITTED,
    PAGE_VISITED,
)
from capture.models import (
    Campaign,
    Connection,
    Content,
    ContentKind,
    Event,
    EventKind,
    Form,
    FormKind,
    FormState,
    JourneyPhase,
    Page,
    Post,
    Touch,
)
from capture.models.tracking import PageTag
from conditions import columns
from conditions.halves import ALWAYS, Halves, exists
from conditions.operators import COUNT_OPS, Kind
from conditions.registry import Ask, Choice, Field, Snapshot, Test
from leads.conditions import LEADS
from leads.fields.activities import Detail, register_activity_detail
from leads.fields.choices import closed
from leads.stages import Channel

GROUP = _("Where from")


def _forms(_snapshot: Snapshot) -> list[Choice]:
    forms = Form.objects.values_list("public_id", "name")
    connections = Connection.objects.values_list("public_id", "name")
    rows = sorted([*forms, *connections], key=lambda row: row[1].casefold())
    return [Choice(str(public_id), name, str(public_id)) for public_id, name in rows]


def _form_kinds(_snapshot: Snapshot) -> list[Choice]:
    return [Choice(value, label, value) for value, label in FormKind.choices]


def _contents(_snapshot: Snapshot) -> list[Choice]:
    rows = Content.objects.order_by("name").values_list("public_id", "name")
    return [Choice(str(public_id), name, str(public_id)) for public_id, name in rows]


def _content_kinds(_snapshot: Snapshot) -> list[Choice]:
    return [Choice(value, label, value) for value, label in ContentKind.choices]


def _phases(_snapshot: Snapshot) -> list[Choice]:
    return [Choice(value, label, value) for value, label in JourneyPhase.choices]


def _topics(_snapshot: Snapshot) -> list[Choice]:
    rows = Content.objects.annotate(topic=Func("topics", function="unnest")).order_by()
    names = sorted(set(rows.values_list("topic", flat=True)), key=str.casefold)
    return [Choice(name, name, name) for name in names]


def _events(_snapshot: Snapshot) -> list[Choice]:
    rows = Event.objects.order_by("-starts_at", "-pk")
    return [Choice(str(row.public_id), row.title, str(row.public_id)) for row in rows]


def _event_kinds(_snapshot: Snapshot) -> list[Choice]:
    return [Choice(value, label, value) for value, label in EventKind.choices]


def _page_tags(_snapshot: Snapshot) -> list[Choice]:
    """Return what pages are about, each with its pages: hosts with paths; one query."""
    pages: dict[str, dict[str, list[str]]] = {tag: {} for tag in PageTag.values}
    for host, path, tags in Page.objects.exclude(tags=[]).values_list("host", "path", "tags"):
        for tag in tags:
            pages[tag].setdefault(host, []).append(path)
    keys = {tag: tuple((host, tuple(paths)) for host, paths in pages[tag].items()) for tag in pages}
    return [Choice(tag.value, tag.label, keys[tag.value]) for tag in PageTag]


def _on_one_of(pages: Iterable[tuple[str, Sequence[str]]]) -> Q:
    """Return the condition on a visit that it was of one of ``pages``; of none, nobody's was."""
    found = Q(pk__in=[])
    for host, paths in pages:
        found |= Q(data__host=host, data__path__in=paths)
    return found


_SEATS = (EVENT_REGISTERED, EVENT_ATTENDED, EVENT_MISSED, EVENT_CANCELLED)
register_activity_detail(
    Detail("page_path", "path", _("Page, beginning with"), (PAGE_VISITED,), is_prefix=True),
    Detail("page_tag", "path", _("Page about"), (PAGE_VISITED,), _page_tags, test=_on_one_of),
    Detail("event_name", "name", _("Name of the event"), (EVENT_HAPPENED,)),
    Detail("form", "form", _("Form"), (FORM_SUBMITTED,), _forms, ref_kind="form"),
    Detail("event", "event", _("Which event"), _SEATS, _events, ref_kind="event"),
    Detail("event_kind", "event_kind", _("Type of event"), _SEATS, _event_kinds),
    Detail("form_kind", "form_kind", _("Type of form"), (FORM_SUBMITTED,), _form_kinds),
    Detail("content", "content", _("Content"), (CONTENT_DOWNLOADED,), _contents),
    Detail(
        "content_kind", "content_kind", _("Type of content"), (CONTENT_DOWNLOADED,), _content_kinds
    ),
    Detail("content_phase", "phase", _("Phase of the journey"), (CONTENT_DOWNLOADED,), _phases),
    Detail("topic", "topics", _("Topic"), (CONTENT_DOWNLOADED,), _topics, is_member=True),
)


def _campaigns(_snapshot: Snapshot) -> list[Choice]:
    rows = Campaign.objects.order_by("name").values_list("public_id", "name", "pk")
    return [Choice(str(public_id), name, pk) for public_id, name, pk in rows]


def _posts(_snapshot: Snapshot) -> list[Choice]:
    rows = Post.objects.order_by("title", "pk").values_list("public_id", "title", "pk")
    return [Choice(str(public_id), title, pk) for public_id, title, pk in rows]


def _touches(ask: Ask) -> QuerySet[Touch]:
    """Return the touches of the lead up to ``as_of``."""
    return Touch.objects.filter(lead=OuterRef("pk"), occurred_at__lte=ask.context.as_of)


def _any_of(column: str, there: Callable[[QuerySet[Touch]], QuerySet[Touch]]) -> Test:
    """Return the test of a field of several values; ``there`` leaves out touches without one."""

    def test(ask: Ask) -> Halves:
        rows = there(_touches(ask))
        if ask.op == "is_set":
            return exists(rows)
        if ask.op == "has_all_of":
            every = ALWAYS
            for key in ask.keys:
                every &= exists(rows.filter(**{column: key}))
            return every
        return exists(rows.filter(**{f"{column}__in": list(ask.keys)}))

    return test


def _text(column: str) -> Test:
    """Return the test of a text that one of the touches carries."""
    inner = columns.text(column)
    return lambda ask: exists(_touches(ask).filter(inner(ask).when))


LEADS.register(
    Field(
        name="campaign",
        label=_("Campaign"),
        group=GROUP,
        kind=Kind.CHOICES,
        choices=_campaigns,
        ref_kind="campaign",
        test=_any_of("campaign_id", lambda rows: rows.filter(campaign__isnull=False)),
    ),
    Field(
        name="post",
        label=_("Post in a network"),
        group=GROUP,
        kind=Kind.CHOICES,
        choices=_posts,
        ref_kind="post",
        test=_any_of("link__post_id", lambda rows: rows.filter(link__isnull=False)),
    ),
    Field(
        name="touch_channel",
        label=_("Channel of a contact"),
        group=GROUP,
        kind=Kind.CHOICES,
        choices=closed(Channel),
        test=_any_of("channel", lambda rows: rows),
    ),
    Field(
        name="utm_source",
        label=_("Source of a link (utm_source)"),
        group=GROUP,
        kind=Kind.TEXT,
        test=_text("utm_source"),
    ),
    Field(
        name="utm_medium",
        label=_("Medium of a link (utm_medium)"),
        group=GROUP,
        kind=Kind.TEXT,
        test=_text("utm_medium"),
    ),
    Field(
        name="touch_count",
        label=_("Number of contacts by forms and links"),
        group=GROUP,
        kind=Kind.NUMBER,
        ops=COUNT_OPS,
        is_whole=True,
        test=columns.count(_touches),
    ),
)


def _forms_for(team: Team) -> list[str]:
    forms = Form.objects.filter(team=team).exclude(state=FormState.ARCHIVED).order_by("name")
    return [f"{gettext('Form')} {form.name}" for form in forms]


register_team_use(_forms_for)
