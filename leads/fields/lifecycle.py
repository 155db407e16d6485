"""Where somebody came from, how far they have come, and how good they look."""

from datetime import timedelta

from django.db.models import OuterRef, Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.rights import Right
from conditions import columns
from conditions.halves import Halves, exists
from conditions.operators import COUNT_OPS, Kind
from conditions.registry import Ask, Choice, ChoiceLoader, Field, Snapshot
from leads.fields.choices import closed
from leads.information import OWN_FIELD, informing_halves
from leads.models import Episode, StageChange
from leads.position import OWN_FIELD as POSITION_FIELD
from leads.position import position_choices, position_halves
from leads.stages import AcquisitionType, Channel, OtherReason, Stage, Temperature

ORIGIN = _("Origin")
LIFECYCLE = _("Lifecycle")
SCORE = _("Score")
_IS = ("is", "is_not", "is_one_of", "is_none_of")
_ALWAYS_KNOWN = (
    "in_last_days",
    "not_in_last_days",
    "more_than_days_ago",
    "in_period",
    "on",
    "before",
    "after",
    "between",
)
# Nobody stays in a stage for longer; keeps times within what PostgreSQL can hold.
_LONGEST = 36_500


def _choice(
    name: str, label: Promise, group: Promise, choices: ChoiceLoader, *, blank: bool = False
) -> Field:
    return Field(
        name=name,
        label=label,
        group=group,
        kind=Kind.CHOICE,
        ops=() if blank else _IS,
        choices=choices,
        test=columns.choice(name, blank=blank),
    )


def _moment(name: str, label: Promise, group: Promise, column: str, *, nullable: bool) -> Field:
    ops = () if nullable else _ALWAYS_KNOWN
    test = columns.moment(column, nullable=nullable)
    return Field(name=name, label=label, group=group, kind=Kind.DATETIME, ops=ops, test=test)


def _points(name: str, label: Promise) -> Field:
    return Field(
        name=name,
        label=label,
        group=SCORE,
        kind=Kind.NUMBER,
        ops=COUNT_OPS,
        is_whole=True,
        readable_by=Right.SCORES_READ,
        test=columns.number(name),
    )


def _has_referrer(ask: Ask) -> Halves:
    referred = Halves(Q(referrer__isnull=False), Q(referrer__isnull=True))
    return referred if ask.value else referred.swapped()


def _position(ask: Ask) -> Halves:
    return position_halves(ask.keys, ask.context)


def _informing(ask: Ask) -> Halves:
    informing = informing_halves(ask.context)
    return informing if ask.value else informing.swapped()


def _has_been(ask: Ask) -> Halves:
    return exists(
        StageChange.objects.filter(
            lead=OuterRef("pk"), to_stage__in=ask.keys, at__lte=ask.context.as_of
        )
    )


def _days_in_stage(ask: Ask, days: int) -> Halves:
    since = ask.context.as_of - timedelta(days=max(-_LONGEST, min(days, _LONGEST)))
    return Halves(Q(stage_at__lte=since), Q(stage_at__gt=since))


def _episodes(ask: Ask) -> QuerySet[Episode]:
    return Episode.objects.filter(lead=OuterRef("pk"), opened_at__lte=ask.context.as_of)


def _grades(_snapshot: Snapshot) -> list[Choice]:
    return [Choice(grade, grade, grade) for grade in (f"{a}{n}" for a in "ABCD" for n in "1234")]


FIELDS = [
    _choice("stage", _("Stage"), LIFECYCLE, closed(Stage)),
    Field(
        name="days_in_stage",
        label=_("Days in this stage"),
        group=LIFECYCLE,
        kind=Kind.NUMBER,
        ops=COUNT_OPS,
        is_whole=True,
        test=columns.ladder(_days_in_stage),
    ),
    _moment("stage_at", _("In this stage since"), LIFECYCLE, "stage_at", nullable=False),
    Field(
        name="stage_ever",
        label=_("Stage ever reached"),
        group=LIFECYCLE,
        kind=Kind.CHOICE,
        ops=_IS,
        choices=closed(Stage),
        test=_has_been,
    ),
    Field(
        name=POSITION_FIELD,
        label=_("Position in the funnel"),
        group=LIFECYCLE,
        kind=Kind.CHOICE,
        ops=_IS,
        choices=position_choices,
        test=_position,
    ),
    Field(
        name=OWN_FIELD,
        label=_("Only gathering information"),
        group=LIFECYCLE,
        kind=Kind.BOOLEAN,
        test=_informing,
    ),
    _choice("other_reason", _("Sub-reason"), LIFECYCLE, closed(OtherReason), blank=True),
    Field(
        name="episode_count",
        label=_("Number of episodes"),
        group=LIFECYCLE,
        kind=Kind.NUMBER,
        ops=COUNT_OPS,
        is_whole=True,
        test=columns.count(_episodes),
    ),
    _moment("created_at", _("Created"), LIFECYCLE, "created_at", nullable=False),
    _moment("updated_at", _("Changed"), LIFECYCLE, "updated_at", nullable=False),
    _choice("first_channel", _("First channel"), ORIGIN, closed(Channel)),
    _moment("first_contact", _("First contact"), ORIGIN, "first_channel_at", nullable=False),
    Field(
        name="source_detail",
        label=_("Source"),
        group=ORIGIN,
        kind=Kind.TEXT,
        test=columns.text("source_detail"),
    ),
    _choice("acquisition_type", _("Acquisition type"), ORIGIN, closed(AcquisitionType), blank=True),
    Field(
        name="referred",
        label=_("Was referred by somebody"),
        group=ORIGIN,
        kind=Kind.BOOLEAN,
        test=_has_referrer,
    ),
    Field(
        name="sales_sourced",
        label=_("Found by sales"),
        group=ORIGIN,
        kind=Kind.BOOLEAN,
        test=columns.boolean("is_sales_sourced"),
    ),
    _points("score", _("Score")),
    _points("fit", _("Fit")),
    _points("engagement", _("Engagement")),
    Field(
        name="grade",
        label=_("Grade"),
        group=SCORE,
        kind=Kind.CHOICE,
        choices=_grades,
        readable_by=Right.SCORES_READ,
        test=columns.choice("grade", blank=True),
    ),
    Field(
        name="temperature",
        label=_("Temperature"),
        group=SCORE,
        kind=Kind.CHOICE,
        ops=_IS,
        choices=closed(Temperature),
        readable_by=Right.SCORES_READ,
        test=columns.choice("temperature"),
    ),
]
