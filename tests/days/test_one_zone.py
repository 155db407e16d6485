"""Whatever counts days counts them where the organisation is, whoever looks."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from accounts.actor import system_actor
from accounts.rights import Right
from capture.actions.forms import count_views
from capture.imports.mapping import Mapping, RowReader
from capture.models import FormDay
from capture.queries import form_figures, forms_with_figures
from ground import days
from handoff.queries import agreement_in_force
from leads.conditions import leads_where
from reports.funnel import count_funnel, weekly_arrivals
from reports.period import Period
from scoring.due import age_scores
from scoring.models import DueSweep, ScoringModel
from tests.capture.scene import make_form
from tests.conditions.scene import leaf
from tests.days.scene import NEW_YORK, live_in, make_submission
from tests.factories import EVERYTHING, make_lead
from tests.nurturing.scene import make_organisation
from tests.scoring.scene import GERMAN, make_active

pytestmark = [pytest.mark.django_db, pytest.mark.case("E19")]

# In New York it is 21:30 on Sunday 1 November 2026, in Berlin already 3:30 on Monday.
LATE = datetime(2026, 11, 2, 2, 30, tzinfo=UTC)
SUNDAY, MONDAY = date(2026, 11, 1), date(2026, 11, 2)
both = pytest.mark.parametrize(
    ("zone", "day"), [(NEW_YORK, SUNDAY), ("Europe/Berlin", MONDAY)], ids=["New York", "Berlin"]
)


@pytest.fixture(autouse=True)
def _home(zone: str) -> Iterator[None]:
    """The organisation lives in ``zone``; whoever looks and the settings are elsewhere."""
    live_in(zone)
    with timezone.override("Asia/Tokyo"):
        yield


@both
def test_a_moment_belongs_to_the_organisation_s_day(zone, day):
    assert days.day_of(LATE) == day
    assert days.start_of(day) <= LATE < days.start_of(day + timedelta(days=1))
    assert str(agreement_in_force().time_zone) == zone


@both
def test_conditions_ask_for_the_organisation_s_day(zone, day):
    today = make_lead(occurred_at=LATE)
    make_lead(occurred_at=LATE - timedelta(days=1))

    def found(op: str, value: object) -> list[int]:
        where = leaf("first_contact", op, value)
        return [lead.pk for lead in leads_where(where, actor=EVERYTHING, as_of=LATE)]

    assert found("on", day.isoformat()) == [today.pk]
    assert found("in_period", "today") == [today.pk]


@both
def test_views_and_leads_of_a_form_are_counted_on_the_same_day(zone, day):
    form = make_form()
    by = system_actor("tests", *Right)
    count_views([form.public_id], by=by, as_of=LATE)
    make_submission(form, LATE)

    figures = form_figures(form, as_of=LATE)

    assert FormDay.objects.get().day == day
    assert figures.days[-1] == (day, 1, 1)
    assert len(figures.days) == 30


@both
def test_the_list_of_forms_counts_the_same_thirty_days_as_the_page_of_one(zone, day):
    form = make_form()
    first = days.start_of(day - timedelta(days=29))
    for moment in (first - timedelta(seconds=1), first, LATE):
        make_submission(form, moment)
        count_views([form.public_id], by=EVERYTHING, as_of=moment)

    listed = forms_with_figures(as_of=LATE).get(pk=form.pk)
    figures = form_figures(form, as_of=LATE)

    assert (listed.lead_count, listed.view_count) == (figures.taken, figures.views) == (2, 2)


@both
def test_reports_take_a_lead_into_the_week_and_the_period_of_its_day(zone, day):
    make_lead(occurred_at=LATE, as_of=LATE)

    periods = [Period(which, which) for which in (SUNDAY, MONDAY)]
    counted = [count_funnel(period, actor=EVERYTHING).steps[0].reached for period in periods]
    ((week, opened, _mql),) = weekly_arrivals(Period(SUNDAY, MONDAY), actor=EVERYTHING)

    assert counted == [int(which == day) for which in (SUNDAY, MONDAY)]
    assert (week.date(), opened) == (day - timedelta(days=day.weekday()), 1)


@both
def test_a_time_without_zone_in_a_file_is_one_of_the_organisation(zone, day):
    mapping = Mapping.parse(
        {"columns": {"E": "email", "D": "occurred_at"}, "channel": "trade_fair"}, ["E", "D"]
    )

    entry = RowReader(mapping, as_of=LATE, file_name="f.csv").entry(
        {"E": "a@b.de", "D": "2026-01-10 00:15"}
    )

    assert entry.occurred_at == datetime(2026, 1, 10, 0, 15, tzinfo=ZoneInfo(zone))


@both
def test_scores_age_once_a_day_of_the_organisation(zone, day):
    make_active(GERMAN)
    DueSweep.objects.all().delete()

    counts = []
    for moment in (LATE, LATE + timedelta(hours=1), days.start_of(day + timedelta(days=1))):
        counts.append(age_scores(moment))
        DueSweep.objects.all().delete()

    assert counts == [1, 0, 1]
    assert ScoringModel.objects.get().aged_on == day + timedelta(days=1)


@pytest.mark.parametrize("zone", [NEW_YORK])
def test_a_change_of_the_zone_counts_at_once(zone):
    before = days.day_of(LATE)

    make_organisation(time_zone="Europe/Berlin")

    assert (before, days.day_of(LATE)) == (SUNDAY, MONDAY)


@pytest.mark.parametrize("zone", [NEW_YORK])
def test_another_process_learns_of_a_change_within_a_minute(zone, monkeypatch):
    days.assume(ZoneInfo("Europe/Berlin"))
    soon = days.day_of(LATE)

    now = days.monotonic()
    monkeypatch.setattr(days, "monotonic", lambda: now + days.KEPT_SECONDS + 1)

    assert (soon, days.day_of(LATE)) == (MONDAY, SUNDAY)
