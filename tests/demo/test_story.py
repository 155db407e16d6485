"""The story of the demo leaves no screen empty."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from django.apps import apps
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone

from capture.definition import Definition
from capture.display import Shape
from capture.guard.models import Decision, GuardSettings, LearnedSign, Sighting
from capture.models import (
    AttendanceList,
    Cost,
    CostChange,
    Event,
    EventRegistration,
    Form,
    HookEvent,
    OptIn,
    PageDay,
    Post,
    Submission,
)
from capture.post_figures import posts_with_figures
from capture.queries import campaigns_with_figures
from handoff.models import Meeting, MeetingType
from leadcrm.demo.story.campaigns import credit_campaigns
from leadcrm.demo.story.events import COMING, EVENING, PAST, tell_events
from leadcrm.demo.story.guard import CAP, SIGNED_UP, guard_doors
from leadcrm.demo.story.meetings import fill_diaries
from leadcrm.demo.story.networks import play_networks
from leadcrm.demo.story.posts import tell_posts
from leadcrm.demo.story.segments import tell_segments
from leadcrm.demo.story.stage_set import NARRATOR, build_scenery
from leadcrm.setup.samples import clear_samples
from leads.models import Lead, Segment, SegmentGroup, SegmentMember, SegmentSize
from leads.stages import Channel, Stage
from tests.factories import NOW, make_lead

pytestmark = pytest.mark.django_db


def test_reps_have_meetings_that_were_and_that_come(as_user):
    scenery = build_scenery(as_of=NOW, by=NARRATOR)
    rep = scenery.reps("Team Süd")[0]
    for _number in range(8):
        make_lead(owner=rep, team=rep.team, stage=Stage.SQL, is_sample=True)

    fill_diaries(scenery, until=NOW)

    states = Counter(Meeting.objects.values_list("state", flat=True))
    assert states == {"held": 2, "missed": 1, "booked": 4, "cancelled": 1}
    assert MeetingType.objects.count() == 2
    page = as_user(rep).get(reverse("meeting_list"), {"show": "past"}).content.decode()
    assert "Muster" in page
    clear_samples(by=NARRATOR, as_of=NOW)
    assert not Meeting.objects.exists()
    assert not MeetingType.objects.exists()


def test_segments_have_members_sizes_and_a_group_and_some_leads_are_sorted_out(as_user):
    scenery = build_scenery(as_of=NOW, by=NARRATOR)
    for number in range(30):
        interest = ("speicher", "dach")[number % 2]
        make_lead(custom={"interest": interest}, is_sample=True, as_of=NOW - timedelta(days=40))
    marketer = scenery.actor("marketing")

    tell_segments(by=NARRATOR, marketer=marketer, until=NOW)

    sizes = Counter(SegmentMember.objects.values_list("segment__name", flat=True))
    assert sizes == {
        "Interesse an Speichern": 15,
        "Interesse an Dach und Carport": 15,
        "Gäste der Hausmesse": 14,
    }
    assert Lead.objects.sorted_out().count() == 6
    assert SegmentSize.objects.filter(segment__name="Gäste der Hausmesse").count() == 60
    page = as_user(scenery.people["marketing"]).get(reverse("sorted_out_list"))
    assert page.status_code == 200
    clear_samples(by=NARRATOR, as_of=NOW)
    assert not Segment.objects.exists()
    assert not SegmentGroup.objects.exists()


def test_campaigns_are_credited_with_their_leads_and_their_costs(as_user):
    scenery = build_scenery(as_of=NOW, by=NARRATOR)
    for channel in (Channel.FACEBOOK, Channel.FACEBOOK, Channel.PHONE):
        make_lead(first_channel=channel)

    credited = credit_campaigns(by=NARRATOR, until=datetime(2026, 11, 15, tzinfo=UTC))

    facebook = campaigns_with_figures(NARRATOR).get(channel=Channel.FACEBOOK)
    assert credited == 2
    assert (facebook.lead_count, facebook.cost_total) == (2, 12 * (600 + 180 + 240))
    months = facebook.costs.order_by("month").values_list("month", flat=True)
    assert [str(month) for month in (months[0], months.last())] == ["2025-11-01", "2026-10-01"]
    assert (facebook.budget, facebook.target_leads) == (12_000, 320)
    page = as_user(scenery.people["marketing"]).get(
        reverse("campaign_detail", args=[facebook.public_id])
    )
    assert page.status_code == 200


def test_clearing_the_demo_leaves_no_cost_and_no_history_of_it():
    build_scenery(as_of=NOW, by=NARRATOR)
    credit_campaigns(by=NARRATOR, until=NOW)
    before = CostChange.objects.count()

    clear_samples(by=NARRATOR, as_of=NOW)

    assert before > 0
    assert (Cost.objects.count(), CostChange.objects.count()) == (0, 0)


def test_a_day_of_networks_shows_leads_signals_and_a_failure(as_user):
    scenery = build_scenery(as_of=NOW, by=NARRATOR)

    count = play_networks(by=NARRATOR, until=datetime(2026, 11, 15, tzinfo=UTC))

    states = HookEvent.objects.values_list("state", flat=True)
    assert count == len(states) == 13
    assert sorted(set(states)) == ["failed", "processed", "signal"]
    assert Lead.objects.count() == 6
    marketing = as_user(scenery.people["marketing"])
    for name in ("connection_list", "profile_list", "report_networks"):
        assert marketing.get(reverse(name)).status_code == 200


def test_posts_bring_clicks_and_leads_and_pages_have_visitors(as_user):
    scenery = build_scenery(as_of=NOW, by=NARRATOR)
    until = datetime(2026, 11, 15, tzinfo=UTC)
    for number in range(4):
        make_lead(
            first_channel=Channel.LINKEDIN,
            first_channel_at=until - timedelta(days=number),
            is_sample=True,
        )

    told = tell_posts(by=NARRATOR, until=until, seed=7)

    posts = list(posts_with_figures(NARRATOR).order_by("-lead_count", "-click_count"))
    assert (told, posts[0].network, posts[0].lead_count) == (6, "linkedin", 2)
    assert posts[0].likes < max(post.likes for post in posts)
    client = as_user(scenery.people["marketing"])
    page = client.get(reverse("report_pages"), {"last": "2026-11-15"})
    assert len(page.context["page"].rows) == 9
    assert page.context["totals"].leads == 4
    assert clear_samples(by=NARRATOR, as_of=until) == 4
    assert (Post.objects.count(), PageDay.objects.count()) == (0, 0)


def test_webinars_were_held_are_coming_and_are_full(as_user):
    now = timezone.now()
    scenery = build_scenery(as_of=now - timedelta(days=60), by=NARRATOR)
    for _number in range(45):
        make_lead(as_of=now - timedelta(days=50), is_sample=True)

    held, webinar, evening = tell_events(by=NARRATOR, until=now)

    for event in (held, webinar, evening):
        event.refresh_from_db()
    states = EventRegistration.objects.values_list("state", flat=True)
    assert (held.taken, webinar.taken, evening.taken) == (PAST, COMING, evening.capacity)
    assert states.filter(event=evening, state="waiting").count() == EVENING - evening.capacity
    assert states.filter(event=held, state="attended").count() == 24
    client = as_user(scenery.people["marketing"])
    attendance = reverse("attendance_list", args=[AttendanceList.objects.get().public_id])
    assert "Tomke Harms" in client.get(attendance).content.decode()
    for event in (held, webinar, evening):
        page = client.get(reverse("event_detail", args=[event.public_id]))
        assert page.status_code == 200
    clear_samples(by=NARRATOR, as_of=now)
    assert Event.objects.count() == 0


def test_the_guard_has_learned_and_holds_things_for_all_kinds_of_reasons(as_user):
    now = timezone.now()
    scenery = build_scenery(as_of=now - timedelta(days=60), by=NARRATOR)
    marketer = scenery.actor("marketing")

    held = guard_doors(
        scenery.contact_form, scenery.newsletter_form, by=NARRATOR, marketer=marketer, until=now
    )

    rows = list(Submission.objects.held())
    codes = {reason["code"] for row in rows for reason in row.verdict["reasons"]}
    decided = Counter(Decision.objects.values_list("is_spam", flat=True))
    waiting = OptIn.objects.filter(held_at__isnull=False).count()
    assert held == len(rows) == 7
    assert {"trap", "link_in_name", "links", "disposable", "denied_domain"} <= codes
    assert {"foreign_script", "too_fast", "time_unknown", "learned_spam"} <= codes
    assert decided == {True: 15, False: 5}
    assert (waiting, OptIn.objects.count()) == (SIGNED_UP - CAP, SIGNED_UP)
    assert Lead.objects.filter(is_sample=True).count() == 7 + SIGNED_UP
    harms = Submission.objects.get(email_key__startswith="webmaster@dachdecker")
    assert (harms.state, harms.verdict["reasons"][-1]["code"]) == ("processed", "learned_good")
    client = as_user(scenery.people["marketing"])
    rules = client.get(reverse("guard_settings")).content.decode()
    assert "garantiert" in rules
    assert "adressen-direkt.example" in rules
    assert client.get(reverse("spam_list")).status_code == 200
    clear_samples(by=NARRATOR, as_of=now)
    for model in (Lead, Submission, OptIn, Decision, LearnedSign, Sighting):
        assert not model.objects.exists(), model
    kept = GuardSettings.objects.get()
    assert (kept.allowed_domains, kept.denied_domains, kept.optins_per_form) == ([], [], 200)


def test_the_website_of_the_demo_shows_every_shape():
    build_scenery(as_of=NOW, by=NARRATOR)

    drawn = [
        Definition.from_json(form.published.definition).display
        for form in Form.objects.filter(state="published").select_related("published")
    ]

    assert {one.shape for one in drawn} == set(Shape)
    assert {one.trigger for one in drawn if one.opens} >= {"exit", "scroll", "time"}


def test_clearing_the_whole_demo_leaves_people_agreements_and_what_every_installation_has():
    before = _counts()
    call_command("load_demo", leads=60)

    clear_samples(by=NARRATOR, as_of=timezone.now())

    # Whoever signs in stays, with the rules and mails that they agreed on, and the first two forms.
    # The head of the log may be there already, or emptied by a test before.
    left = {name for name, count in _counts().items() if count != before[name]}
    assert left - {"accounts.AuditHead"} == {
        "accounts.AuditEntry",
        "accounts.Organisation",
        "accounts.Team",
        "accounts.User",
        "capture.Form",
        "capture.FormVersion",
        "capture.GuardSettings",
        "capture.TrackingSettings",
        "handoff.Agreement",
        "handoff.AssignmentRule",
        "handoff.Availability",
        "nurturing.Template",
        "nurturing.TemplateVersion",
    }


def _counts() -> dict[str, int]:
    return {
        model._meta.label: model._default_manager.count()
        for model in apps.get_models()
        if model._meta.managed
    }
