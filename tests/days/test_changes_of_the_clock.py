"""The nights in which the clock is changed: every hour is counted once, on its day.

In Berlin 2026-03-29 has 23 hours (2:00 to 3:00 is left out), 2026-10-25 has 25 (it comes twice).
"""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from capture.actions.forms import count_views
from capture.queries import form_figures
from ground import days
from handoff.forms.contact import STEP_BY_VALUE, step_time
from handoff.models import DueSla, Handoff
from handoff.ticks import keep_agreement
from leads.conditions import leads_where
from reports.funnel import count_funnel
from reports.period import Period
from tests.capture.scene import make_form
from tests.conditions.scene import leaf
from tests.days.scene import live_in, make_submission
from tests.factories import EVERYTHING, make_lead, make_user
from tests.handoff.factories import make_agreement, make_offer

pytestmark = [pytest.mark.django_db, pytest.mark.case("E19"), pytest.mark.case("F11")]

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SPRING, AUTUMN = date(2026, 3, 29), date(2026, 10, 25)
nights = pytest.mark.parametrize(
    ("sunday", "hours"), [(SPRING, 23), (AUTUMN, 25)], ids=["23 hours", "25 hours"]
)


@pytest.fixture(autouse=True)
def _berlin() -> None:
    live_in("Europe/Berlin")


def every_hour(first: date, last: date) -> list[datetime]:
    """A moment in each hour that passes from the first day to the last, both included."""
    moment, end = days.start_of(first).astimezone(UTC), days.start_of(last + DAY)
    moments = []
    while moment < end:
        moments.append(moment + timedelta(minutes=30))
        moment += HOUR
    return moments


@nights
def test_every_hour_falls_on_one_day(sunday, hours):
    moments = every_hour(sunday - DAY, sunday + DAY)

    counted = [days.day_of(moment) for moment in moments]

    assert [counted.count(sunday + number * DAY) for number in (-1, 0, 1)] == [24, hours, 24]


@nights
def test_the_daily_figures_of_a_form_skip_and_double_nothing(sunday, hours):
    form = make_form()
    moments = every_hour(sunday - DAY, sunday + DAY)
    for moment in moments:
        make_submission(form, moment)
        count_views([form.public_id], by=EVERYTHING, as_of=moment)

    figures = form_figures(form, as_of=moments[-1])

    assert figures.days[-3:] == [
        (sunday - DAY, 24, 24),
        (sunday, hours, hours),
        (sunday + DAY, 24, 24),
    ]
    assert figures.taken == len(moments)


@nights
def test_conditions_and_reports_take_each_hour_of_the_night_once(sunday, hours):
    for moment in every_hour(sunday, sunday)[:5]:
        make_lead(occurred_at=moment, as_of=moment)
    monday = days.start_of(sunday + DAY) + 12 * HOUR

    def found(op: str, value: object) -> int:
        where = leaf("first_contact", op, value)
        return leads_where(where, actor=EVERYTHING, as_of=monday).count()

    assert found("on", sunday.isoformat()) == 5
    assert found("in_period", "yesterday") == 5
    assert found("in_last_days", 2) == 5
    reached = [
        count_funnel(Period(day, day), actor=EVERYTHING).steps[0].reached
        for day in (sunday - DAY, sunday, sunday + DAY)
    ]
    assert reached == [0, 5, 0]


@nights
def test_in_the_last_days_is_whole_days_of_24_hours_up_to_now(sunday, hours):
    noon = days.start_of(sunday + DAY) + 12 * HOUR
    inside = make_lead(occurred_at=noon - 2 * DAY, as_of=noon)
    make_lead(occurred_at=noon - 2 * DAY - timedelta(seconds=1), as_of=noon)

    where = leaf("first_contact", "in_last_days", 2)

    assert list(leads_where(where, actor=EVERYTHING, as_of=noon)) == [inside]


@nights
def test_each_step_of_a_hand_over_comes_once_in_the_hours_of_work(sunday, hours):
    terms = {"accept_minutes": 120, "remind_minutes": 30, "expire_minutes": 300}
    make_agreement(**terms, required_parts=[])
    friday, monday = sunday - 2 * DAY, sunday + DAY
    handoff = make_offer(make_user(), as_of=at(friday, 16, 30))

    planned = dict(DueSla.objects.values_list("step", "due_at"))
    moment, done = at(friday, 16, 30), []
    while moment < at(monday, 18):
        done += [moment] * keep_agreement(moment)
        moment += HOUR / 2

    assert planned == {
        "remind": at(monday, 10),
        "escalate": at(monday, 10, 30),
        "expire": at(monday, 15, 30),
    }
    assert done == [at(monday, 10), at(monday, 10, 30), at(monday, 15, 30)]
    assert Handoff.objects.get(pk=handoff.pk).state == "expired"


@nights
def test_a_next_step_after_the_night_is_due_when_the_office_opens(sunday, hours):
    tomorrow = STEP_BY_VALUE["call_tomorrow"]

    assert step_time(tomorrow, at(sunday, 12)) == at(sunday + DAY, 9)


def at(day: date, hour: int, minute: int = 0) -> datetime:
    """A time of the clock on the wall."""
    return datetime.combine(day, time(hour, minute), days.zone())
