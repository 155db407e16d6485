"""What people want, held against a story that was counted by hand."""

import csv
import io
from datetime import timedelta

import pytest
from django.urls import reverse

from accounts.action import writing
from accounts.actor import user_actor
from leads.actions.lifecycle import change_stage
from leads.actions.sorting import sort_out
from leads.customfields import forget_fields
from leads.models import Lead, Segment
from reports.needs.figures import count_needs
from reports.period import Period
from tests.events.scene import make_event
from tests.factories import EVERYTHING, NOW, make_activity, make_field, make_lead
from tests.segments.scene import make_segment

pytestmark = pytest.mark.django_db
PERIOD = Period.ending(NOW.date(), days=30)
BEFORE = NOW - timedelta(days=200)
CHOICES = [
    {"value": "roof", "de": "Dach", "en": "Roof"},
    {"value": "car", "de": "Auto", "en": "Car"},
]


@pytest.fixture
def story(no_gates):
    """A prospect, a new customer, an old one and one who was sorted out, with their wishes."""
    make_field("interest", "choice", choices=CHOICES)
    make_field("wishes", "multi_choice", choices=CHOICES)
    forget_fields()
    prospect = make_lead(country="DE", custom={"interest": "roof", "wishes": ["roof", "car"]})
    new = make_lead(country="DE", custom={"interest": "roof"})
    old = make_lead(country="AT", custom={"interest": "car", "wishes": ["car"]})
    spam = make_lead(country="DE", custom={"interest": "car"})
    change_stage([old.pk], to="customer", by=EVERYTHING, as_of=BEFORE)
    change_stage([new.pk], to="customer", by=EVERYTHING, as_of=NOW - timedelta(days=3))
    sort_out([spam.pk], why="spam", by=EVERYTHING, as_of=NOW)
    for lead in (prospect, old, old, spam):
        data = {"content_name": "Heft", "topics": ["Speicher", "Förderung"]}
        make_activity(lead, "content.downloaded", NOW - timedelta(days=1), data=data)
    make_activity(prospect, "content.downloaded", BEFORE, data={"topics": ["Alt"]})
    make_activity(new, "content.downloaded", NOW, data={"content_name": "Heft", "topics": []})
    event = make_event(title_en="Open house", as_of=NOW)
    make_activity(new, "event.registered", NOW, data={"event": str(event.public_id)})
    return prospect, new, old


def told(needs):
    return [(n.part, n.name, n.prospects, n.new_customers, n.customers) for n in needs]


@pytest.mark.requirement("S110")
def test_each_need_is_counted_once_a_person_by_what_they_have_bought(story, marketer):
    needs = count_needs(Lead.objects.alive(), PERIOD, actor=user_actor(marketer))

    assert told(needs) == [
        ("stated", "Roof", 1, 1, 0),
        ("stated", "Car", 0, 0, 1),
        ("stated", "Car", 1, 0, 1),
        ("stated", "Roof", 1, 0, 0),
        ("content", "Förderung", 1, 0, 1),
        ("content", "Speicher", 1, 0, 1),
        ("content", "Heft", 0, 1, 0),
        ("events", "Open house", 0, 1, 0),
    ]


@pytest.mark.requirement("S110")
def test_the_report_of_a_segment_counts_those_who_are_in_it(story, as_user, marketer):
    abroad = make_segment("Ausland", {"field": "country", "op": "is", "value": "AT"})
    asked = {
        "segment": str(abroad.public_id),
        "first": str(PERIOD.first),
        "last": str(PERIOD.last),
    }
    client = as_user(marketer)

    page = client.get(reverse("report_needs"), asked)
    file = client.get(reverse("report_needs_export"), asked)

    lines = list(csv.reader(io.StringIO(b"".join(file).decode("utf-8-sig")), delimiter=";"))
    assert [line[2:] for line in lines[1:]] == [
        ["Car", "0", "0", "1", "1"],
        ["Car", "0", "0", "1", "1"],
        ["Förderung", "0", "0", "1", "1"],
        ["Speicher", "0", "0", "1", "1"],
    ]
    assert [title for title, _rows, _more in page.context["parts"]] == [
        "Said: Interest",
        "Said: Wishes",
        "Fetched content",
    ]


def test_a_field_that_is_sensitive_is_told_to_nobody_who_may_not_read_it(viewer, marketer):
    make_field("health", "choice", choices=CHOICES, is_sensitive=True)
    forget_fields()
    make_lead(custom={"health": "roof"})

    leads = Lead.objects.alive()
    seen = count_needs(leads, PERIOD, actor=user_actor(marketer))
    unseen = count_needs(leads, PERIOD, actor=user_actor(viewer))

    assert (len(seen), unseen) == (1, [])


def test_who_may_not_read_segments_is_not_narrowed_by_one(story, as_user, rep):
    segment = make_segment()

    page = as_user(rep).get(reverse("report_needs"), {"segment": str(segment.public_id)})

    assert "segment" not in page.context["form"].fields
    assert page.context["segment"] is None


def test_a_segment_that_cannot_be_read_any_more_is_told(as_user, marketer):
    segment = make_segment()
    with writing("scene"):
        where = {"field": "custom.gone", "op": "is", "value": "x"}
        Segment.objects.filter(pk=segment.pk).update(where=where)

    page = as_user(marketer).get(reverse("report_needs"), {"segment": str(segment.public_id)})

    assert page.status_code == 200
    assert page.context["is_readable"] is False


def test_the_report_takes_the_same_queries_for_any_number_of_needs(
    story, marketer, django_assert_num_queries
):
    actor = user_actor(marketer)
    count_needs(Lead.objects.alive(), PERIOD, actor=actor)
    forget_fields()

    with django_assert_num_queries(5):  # one of them for the fields
        count_needs(Lead.objects.alive(), PERIOD, actor=actor)
