"""What came of a piece of content, and asking for who fetched it."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.action import writing
from accounts.actor import user_actor
from capture.content.queries import contents_with_figures
from capture.models import Content, Download, FormDay
from ground import days
from leads.actions.lifecycle import change_stage
from leads.activities import NOTE_ADDED
from leads.conditions import leads_where
from tests.capture.scene import make_content, make_form, submit
from tests.factories import EVERYTHING, make_activity, make_lead

pytestmark = pytest.mark.django_db


def fetch(content, lead, at):
    """Have ``lead`` fetch ``content`` by a form it sent."""
    sent = submit(make_form(name=f"F{lead.pk}"), email=f"s{lead.pk}@example.org")
    with writing("scene"):
        Download.objects.create(content=content, submission=sent, lead=lead, occurred_at=at)


@pytest.mark.requirement("S22")
@pytest.mark.requirement("S63")
def test_each_magnet_tells_conversion_leads_mqls_and_customers(as_user, marketer, no_gates):
    now = timezone.now()
    before = now - timedelta(days=3)
    study, video = make_content("Studie"), make_content("Film", url="https://www.example.org/v")
    form = make_form("whitepaper", definition={"content": str(study.public_id)})
    first, second, third = (make_lead() for _number in range(3))
    change_stage([third.pk], to="mql", by=EVERYTHING, as_of=before, reason="x")
    for lead in (first, second, third):
        fetch(study, lead, now - timedelta(days=1))
    change_stage([first.pk], to="customer", by=EVERYTHING, as_of=now, reason="x")
    with writing("scene"):
        FormDay.objects.create(form=form, day=days.day_of(now), views=12)

    page = as_user(marketer).get(reverse("content_list") + "?ordering=-leads")

    told = [
        (x.name, x.download_count, x.shown_count, x.conversion, x.lead_count, x.mql_count,
         x.customer_count)
        for x in page.context["page"].rows
    ]  # fmt: skip
    # The third was MQL before it fetched anything.
    assert told == [("Studie", 3, 12, 0.25, 3, 1, 1), ("Film", 0, 0, None, 0, 0, 0)]
    assert video.name in page.content.decode()


@pytest.mark.case("Z08")
def test_leads_of_others_are_not_counted(rep, stranger):
    content = make_content()
    fetch(content, make_lead(owner=rep, team=rep.team), timezone.now())
    fetch(content, make_lead(owner=stranger, team=stranger.team), timezone.now())

    found = contents_with_figures(user_actor(rep), as_of=timezone.now()).get()

    assert (found.download_count, found.lead_count) == (2, 1)


@pytest.mark.requirement("S63")
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("topic", "Förderung"),
        ("content_kind", "study"),
        ("content_phase", "interest"),
        ("content", None),
    ],
)
def test_who_fetched_content_of_a_topic_type_or_phase_is_found(marketer, name, value):
    wanted = make_content("A", kind="study", phase="interest", topics=["Förderung", "Dach"])
    make_content("B", kind="video", phase="choice", topics=["Speicher"], url="https://x.example/")
    for number, content in enumerate(Content.objects.order_by("name")):
        data = {
            "content": str(content.public_id),
            "content_kind": content.kind,
            "phase": content.phase,
            "topics": content.topics,
        }
        lead = make_lead(email=f"a{number}@example.org")
        make_activity(lead, "content.downloaded", timezone.now(), data=data)
    make_activity(make_lead(), NOTE_ADDED, timezone.now())
    where = {
        "field": "activity_count",
        "op": "at_least",
        "value": 1,
        "params": {"kind": "content.downloaded", name: value or str(wanted.public_id)},
    }

    found = leads_where(where, actor=user_actor(marketer), as_of=timezone.now())

    assert [lead.email for lead in found] == ["a0@example.org"]
