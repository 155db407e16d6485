from datetime import timedelta

import pytest
from django.utils import timezone

from capture.actors import CAPTURE
from capture.connectors.drains import drain_fetches, fetch_missed_leads
from capture.connectors.fetching import fetch_missed
from capture.connectors.models import DueHookFetch, HookEvent
from capture.models import Touch
from leads.models import Activity, Lead
from leads.stages import Channel
from tests.connectors.scene import SECRETS, address, make_connection, states, work
from tests.simulators.meta import PAGE, Graph, MetaApp, lead_change

pytestmark = pytest.mark.django_db(transaction=True)
SECRET = SECRETS["meta"]["app_secret"]


@pytest.fixture
def meta(live_server, settings):
    """An open connection, the app that notifies it, and the Graph API it asks."""
    graph = Graph(SECRET)
    with graph.server() as server:
        settings.ALLOWED_SERVERS = [server.url]
        given = {"page_id": PAGE, "graph_url": f"{server.url}/v23.0"}
        connection = make_connection("meta", settings=given)
        app = MetaApp(
            address(live_server, connection), SECRET, connection.secrets()["verify_token"]
        )
        yield connection, app, graph


def test_the_address_is_verified_by_its_token(meta):
    _connection, app, _graph = meta

    assert (app.subscribe().status, app.subscribe().body) == (200, b"1158201444")
    assert app.subscribe("another").status == 403
    assert app.subscribe("").status == 403


@pytest.mark.requirement("S36")
def test_a_lead_is_fetched_and_comes_in(meta):
    connection, app, graph = meta
    graph.add("11", budget="10000")

    answer = app.notify(lead_change("11"))
    work()

    assert (answer.status, states(connection)) == (200, ["processed"])
    lead = Lead.objects.get()
    assert (lead.email, lead.last_name, lead.first_channel) == (
        "eva@example.org",
        "Muster",
        Channel.INSTAGRAM,
    )
    assert Touch.objects.get().channel == Channel.INSTAGRAM
    assert "budget: 10000" in Activity.objects.get(kind="form.submitted").data["message"]


@pytest.mark.case("H01")
@pytest.mark.parametrize("header", ["", "sha256=", "sha256=00", "sha1=ab", "garbage"])
def test_a_wrong_signature_is_turned_away(meta, header):
    connection, app, _graph = meta

    answers = [
        app.post({"object": "page", "entry": []}, header=header),
        app.notify(lead_change("11"), secret="of another app"),
    ]

    assert [answer.status for answer in answers] == [401, 401]
    assert states(connection) == []


@pytest.mark.case("H03")
def test_a_lead_that_is_told_of_a_hundred_times_is_fetched_once(meta):
    connection, app, graph = meta
    graph.add("11")

    for _time in range(100):
        app.notify(lead_change("11"))
    work()
    app.notify(lead_change("11"))
    work()

    assert states(connection) == ["processed"]
    assert Activity.objects.filter(kind="form.submitted").count() == 1


def test_many_leads_in_one_notification_are_taken_apart_and_a_bad_one_stops_none(meta):
    connection, app, graph = meta
    graph.add("11", email="eva@example.org")
    graph.add("13", email="max@example.org")

    app.notify(lead_change("11"), lead_change("12"), lead_change("13"))
    work()

    assert states(connection) == ["split", "processed", "failed", "processed"]
    failed = HookEvent.objects.get(state="failed")
    assert failed.error["details"]["text"] == "Object does not exist"
    assert sorted(Lead.objects.values_list("email", flat=True)) == [
        "eva@example.org",
        "max@example.org",
    ]


def test_while_graph_is_away_the_lead_waits(meta):
    connection, app, graph = meta
    graph.add("11")
    graph.failures = [(503, {}), (200, {"error": {"code": 4, "message": "Too many calls"}})]

    app.notify(lead_change("11"))
    work()

    assert states(connection) == ["received"]
    later = timezone.now() + timedelta(minutes=2)
    drain_fetches(later)
    assert DueHookFetch.objects.get().attempts == 2
    work(later + timedelta(minutes=5))
    assert states(connection) == ["processed"]


def test_an_expired_token_fails_with_the_words_of_the_network_and_is_replayed(meta):
    from capture.connectors.actions.events import replay_events
    from tests.factories import EVERYTHING

    connection, app, graph = meta
    graph.add("11")
    graph.token = "a new one"
    app.notify(lead_change("11"))
    work()
    event = HookEvent.objects.get()
    assert (event.state, event.error["code"]) == ("failed", "token_expired")

    graph.token = "page-token"
    replay_events([event.pk], by=EVERYTHING, as_of=timezone.now())
    work()

    assert states(connection) == ["processed"]


def test_missed_leads_are_fetched_once_in_any_order(meta):
    connection, app, graph = meta
    for number in range(1, 6):
        graph.add(str(number), email=f"person{number}@example.org")
    app.notify(lead_change("3"))
    work()

    found = [fetch_missed_leads(timezone.now()) for _round in range(2)]
    app.notify(lead_change("4"))
    work()

    assert found == [4, 0]
    assert (states(connection), Lead.objects.count()) == (["processed"] * 5, 5)


def test_fetching_that_takes_too_long_keeps_what_it_has_and_goes_on_later(meta):
    connection, _app, graph = meta
    for number in range(250):
        graph.add(str(number), email=f"person{number}@example.org")
    now = timezone.now()

    first = fetch_missed(connection, by=CAPTURE, as_of=now, patience=0)
    connection.refresh_from_db()
    assert (first, connection.fetched_until) == (100, None)
    second = fetch_missed(connection, by=CAPTURE, as_of=now)

    connection.refresh_from_db()
    assert (second, connection.fetched_until) == (150, now)


def test_the_server_of_graph_must_be_public_or_allowed(meta, settings):
    connection, app, graph = meta
    graph.add("11")
    settings.ALLOWED_SERVERS = []

    app.notify(lead_change("11"))
    work()

    event = HookEvent.objects.get()
    assert (event.state, event.error["code"]) == ("failed", "server_refused")
    assert states(connection) == ["failed"]
