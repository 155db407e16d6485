from datetime import timedelta

import pytest
from django.utils import timezone

from capture.connectors.actions.social import attach_signals, make_lead_of_profile
from capture.connectors.social import Signal, SocialProfile
from handoff.models import Task
from handoff.ticks import plan_callbacks
from leads.models import Activity, Lead
from tests.connectors.scene import SECRETS, address, make_connection, states, work
from tests.factories import EVERYTHING, make_lead, make_user
from tests.simulators.meta import PAGE, MetaApp, feed_change

pytestmark = pytest.mark.django_db(transaction=True)
SECRET = SECRETS["meta"]["app_secret"]


@pytest.fixture
def page(live_server):
    """An open connection and the page that tells of what people do on it."""
    connection = make_connection("meta", settings={"page_id": PAGE})
    return connection, MetaApp(address(live_server, connection), SECRET, "")


@pytest.mark.requirement("S34")
def test_likes_comments_and_shares_are_signals_and_no_leads(page):
    connection, app = page

    app.notify(
        feed_change("reaction", "77", reaction_type="like"),
        feed_change("comment", "77", comment_id="5", message="Was kostet das?"),
        feed_change("share", "78"),
    )
    work()

    assert states(connection) == ["split", "signal", "signal", "signal"]
    assert set(Signal.objects.values_list("profile__external_id", "kind")) == {
        ("77", "like"),
        ("77", "comment"),
        ("78", "share"),
    }
    assert (Lead.objects.count(), Activity.objects.count()) == (0, 0)


def test_what_the_page_does_itself_and_what_is_taken_back_is_no_signal(page):
    connection, app = page

    app.notify(feed_change("comment", PAGE, comment_id="5", message="Danke!"))
    app.notify(feed_change("reaction", "77", verb="remove", reaction_type="like"))
    app.message("77", "Our own answer", is_echo=True)
    work()

    assert (states(connection), Signal.objects.count()) == (["ignored"] * 3, 0)


@pytest.mark.requirement("S37")
def test_a_message_makes_a_lead_with_the_message_and_a_task(page):
    _connection, app = page
    app.notify(feed_change("comment", "77", comment_id="5", message="Was kostet das?"))
    work()

    app.message("77", "Bitte rufen Sie mich an: 030 901820")
    work()
    plan_callbacks(timezone.now() + timedelta(seconds=5))

    lead = Lead.objects.get()
    assert (lead.first_name, lead.last_name, lead.phone) == ("Eva", "Muster", "+49 30 901820")
    told = list(
        Activity.objects.filter(lead=lead, kind__startswith="social.").order_by("occurred_at")
    )
    assert [item.data["text"] for item in told] == [
        "Was kostet das?",
        "Bitte rufen Sie mich an: 030 901820",
    ]
    task = Task.objects.get()
    assert (task.lead, task.origin, task.title) == (
        lead,
        "message",
        "Facebook: Bitte rufen Sie mich an: 030 901820",
    )


@pytest.mark.requirement("S37")
def test_the_task_of_a_message_is_for_the_owner(page):
    _connection, app = page
    app.message("77", "Hallo")
    work()
    owner = make_user()
    Lead.objects.get()
    from accounts.action import writing

    with writing("scene"):
        Lead.objects.update(owner=owner)
    app.message("77", "Noch da?", mid="m_2")
    work()
    plan_callbacks(timezone.now() + timedelta(seconds=5))

    assert [task.assignee for task in Task.objects.order_by("pk")][-1] == owner
    assert Lead.objects.count() == 1


@pytest.mark.requirement("S38")
def test_contact_data_in_a_comment_makes_a_lead_and_older_signals_stand_at_their_time(page):
    _connection, app = page
    app.notify(feed_change("reaction", "77", reaction_type="love", created_time=1793000000))
    work()
    assert Lead.objects.count() == 0

    app.notify(
        feed_change("comment", "77", comment_id="6", message="Gern an eva@example.org, danke.")
    )
    work()

    lead = Lead.objects.get()
    assert (lead.email, lead.first_channel) == ("eva@example.org", "facebook")
    like = Activity.objects.filter(lead=lead, kind="social.signalled").earliest("occurred_at")
    assert (like.data["signal"], int(like.occurred_at.timestamp())) == ("like", 1793000000)


@pytest.mark.requirement("S38")
def test_by_hand_and_by_another_door_the_signals_find_their_lead(page):
    from leads.entries import IdentifierEntry

    _connection, app = page
    for person in ("77", "78"):
        app.notify(feed_change("comment", person, comment_id=person, message="Schön!"))
    work()

    profile = SocialProfile.objects.get(external_id="77")
    make_lead_of_profile(
        profile.pk, email="eva@example.org", phone="", by=EVERYTHING, as_of=timezone.now()
    )
    other = make_lead(identifiers=[IdentifierEntry("social", "facebook:78")])
    attached = attach_signals(by=EVERYTHING, as_of=timezone.now())

    assert attached == 1
    assert Activity.objects.filter(kind="social.signalled").count() == 2
    assert SocialProfile.objects.get(external_id="78").lead == other


@pytest.mark.case("H03")
def test_the_same_comment_told_of_twice_is_one_signal(page):
    _connection, app = page
    change = feed_change("comment", "77", comment_id="5", message="Was kostet das?")

    for _time in range(5):
        app.notify(change)
    work()

    assert Signal.objects.count() == 1


@pytest.mark.requirement("S39")
def test_a_message_at_instagram_is_of_instagram(page):
    _connection, app = page
    change = {
        "field": "comments",
        "value": {
            "id": "17",
            "from": {"id": "90", "username": "eva.m"},
            "media": {"id": "m1"},
            "text": "Preis? eva@example.org",
        },
    }

    app.notify(change, kind="instagram")
    work()

    assert Lead.objects.get().first_channel == "instagram"
    assert SocialProfile.objects.get().handle == "eva.m"
