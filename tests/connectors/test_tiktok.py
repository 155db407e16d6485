import time

import pytest

from leads.models import Lead
from leads.stages import Channel
from tests.connectors.scene import SECRETS, address, make_connection, states, work
from tests.simulators.tiktok import TikTok
from tests.simulators.wire import ask

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def tiktok(live_server):
    connection = make_connection("tiktok")
    secret = SECRETS["tiktok"]["client_secret"]
    return connection, TikTok(address(live_server, connection), secret)


@pytest.mark.requirement("S36", "S39")
def test_leads_come_in_from_tiktok(tiktok):
    connection, sender = tiktok

    answer = sender.deliver(sender.lead("1"), sender.lead("2", Email="max@example.org"))
    work()

    assert (answer.status, states(connection)) == (200, ["split", "processed", "processed"])
    assert set(Lead.objects.values_list("email", "first_channel")) == {
        ("eva@example.org", Channel.TIKTOK),
        ("max@example.org", Channel.TIKTOK),
    }


@pytest.mark.case("H02")
@pytest.mark.parametrize("minutes", [-6, 6])
def test_a_signature_that_is_six_minutes_off_is_turned_away(tiktok, minutes):
    connection, sender = tiktok

    answer = sender.deliver(sender.lead(), at=time.time() + minutes * 60)

    connection.refresh_from_db()
    assert (answer.status, states(connection)) == (401, [])
    assert connection.refused_reason == "time_off"


def test_a_signature_that_is_four_minutes_off_is_taken(tiktok):
    connection, sender = tiktok

    assert sender.deliver(sender.lead(), at=time.time() - 240).status == 200
    assert states(connection) == ["received"]


@pytest.mark.case("H01")
@pytest.mark.parametrize("header", ["", "t=1", "s=ab", "t=,s=", "t=x,s=\u00e4", "t=1,s=ab,t=2"])
def test_a_signature_that_is_none_is_turned_away(tiktok, header):
    connection, sender = tiktok
    headers = {"TikTok-Signature": header.encode("latin-1").decode("latin-1")}

    answer = ask(sender.url, method="POST", body=b"{}", headers=headers)

    assert (answer.status, states(connection)) == (401, [])


@pytest.mark.case("H01")
def test_the_secret_of_another_app_is_turned_away(tiktok):
    connection, sender = tiktok

    assert sender.deliver(sender.lead(), secret="of another app").status == 401
    assert states(connection) == []


@pytest.mark.case("H03")
def test_leads_again_and_in_another_order_come_in_once(tiktok):
    connection, sender = tiktok
    one, two = sender.lead("1"), sender.lead("2", Email="max@example.org")

    for leads in ((two, one), (one,), (two,), (one, two)):
        sender.deliver(*leads)
    work()

    assert sorted(states(connection)) == ["processed", "processed", "split", "split"]
    assert Lead.objects.count() == 2
