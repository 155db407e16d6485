"""Talks of other chat tools: in pieces, twice, in any order, and one lead each."""

import pytest
from django.utils import timezone

from capture.chat.models import Chat
from capture.connectors.models import HookEvent
from capture.connectors.trial import try_connection
from capture.models import Touch
from leads.models import Activity, Identifier, Lead
from tests.connectors.scene import address, make_connection, map_to, states, work
from tests.simulators.chat import ChatTool

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def tool(live_server):
    connection = make_connection("chat", settings={"service": "whatsapp"})
    return connection, ChatTool(address(live_server, connection), connection.secrets()["secret"])


def said(chat: Chat) -> list[tuple[str, str]]:
    return list(chat.messages.order_by("at", "number").values_list("author", "text"))


@pytest.mark.requirement("S17")
@pytest.mark.requirement("S36")
def test_a_talk_becomes_one_lead_with_its_transcript(tool):
    _connection, sender = tool

    sender.tell("c1", sender.message(1, "Hello?"), visitor={"name": "Eva Muster"})
    sender.tell("c1", sender.message(2, "Yes, please?", "agent"))
    sender.tell("c1", sender.message(3, "Mail me."), visitor={"email": "eva@example.org"})
    sender.tell("c1", sender.message(4, "Bye"), ended=True)
    work()

    lead, chat = Lead.objects.get(), Chat.objects.get()
    assert (lead.email, lead.last_name, lead.first_channel) == (
        "eva@example.org",
        "Muster",
        "chat",
    )
    assert said(chat) == [
        ("visitor", "Hello?"),
        ("person", "Yes, please?"),
        ("visitor", "Mail me."),
        ("visitor", "Bye"),
    ]
    assert (chat.lead, chat.state) == (lead, "ended")
    assert Activity.objects.filter(kind="form.submitted").count() == 1
    assert Activity.objects.filter(kind="chat.ended").count() == 1
    assert Touch.objects.count() == 1


@pytest.mark.case("H08")
@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
def test_pieces_in_any_order_and_twice_are_the_same_talk(tool, order):
    _connection, sender = tool
    pieces = [
        ([sender.message(1, "Hello")], {}),
        ([sender.message(2, "I am Eva")], {"visitor": {"email": "eva@example.org"}}),
        ([sender.message(3, "Bye")], {"visitor": {"phone": "+49 30 901820"}}),
    ]

    for number in [*order, *order]:
        messages, more = pieces[number]
        sender.tell("c1", *messages, event=f"e{number}", **more)
        work()

    assert [text for _who, text in said(Chat.objects.get())] == ["Hello", "I am Eva", "Bye"]
    lead = Lead.objects.get()
    assert (lead.email, lead.phone) == ("eva@example.org", "+49 30 901820")
    assert Touch.objects.count() == 1
    assert HookEvent.objects.count() == 3


@pytest.mark.requirement("S02")
def test_a_handle_alone_is_a_lead(tool):
    _connection, sender = tool

    sender.tell("c1", sender.message(1, "Hello"), visitor={"handle": "eva77"})
    sender.tell("c2", sender.message(1, "Me again"), visitor={"handle": "eva77"})
    work()

    identifier = Identifier.objects.get(kind="chat")
    assert identifier.value == "whatsapp:eva77"
    assert Lead.objects.get() == identifier.lead
    assert Chat.objects.filter(lead=identifier.lead).count() == 2


def test_a_talk_of_nobody_is_kept_and_makes_no_lead(tool):
    connection, sender = tool

    sender.tell("c1", sender.message(1, "Hello"))
    work()

    assert Lead.objects.count() == 0
    assert Chat.objects.get().messages.count() == 1
    assert states(connection) == ["ignored"]
    assert HookEvent.objects.get().error["code"] == "talk_of_nobody"


@pytest.mark.case("H01")
@pytest.mark.parametrize("header", ["", "t=1,s=ab", "s="])
def test_what_is_not_signed_is_turned_away(tool, header):
    connection, sender = tool

    answer = sender.send_signed({"conversation_id": "c1"}, header=header)

    assert (answer.status, states(connection)) == (401, [])
    assert Chat.objects.count() == 0


@pytest.mark.parametrize("body", [{}, {"conversation_id": ""}, {"messages": [1, None]}])
def test_what_tells_of_no_talk_fails_with_its_reason(tool, body):
    connection, sender = tool

    sender.send_signed(body)
    work()

    assert states(connection) == ["failed"]
    assert HookEvent.objects.get().error["code"] == "no_talk"


def test_odd_parts_of_a_talk_are_left_out(tool):
    connection, sender = tool
    odd = [None, 7, {"id": {"a": 1}, "text": ["x"]}, {"text": "Hello", "time": "yesterday"}]

    sender.send_signed(
        {"conversation_id": 12, "messages": odd, "visitor": {"email": "eva@example.org"}}
    )
    work()

    assert states(connection) == ["processed"]
    assert ("visitor", "Hello") in said(Chat.objects.get())


def test_the_same_id_in_two_connections_are_two_talks(tool, live_server):
    _connection, sender = tool
    other = make_connection("chat")
    second = ChatTool(address(live_server, other), other.secrets()["secret"])

    sender.tell("c1", sender.message(1, "Hello"))
    second.tell("c1", second.message(1, "Hello"))
    work()

    assert Chat.objects.count() == 2


def test_fields_of_a_visitor_are_mapped_as_those_of_forms(tool):
    connection, sender = tool
    map_to(connection, firma="company")

    sender.tell("c1", visitor={"email": "eva@example.org", "firma": "Muster AG"})
    work()

    assert str(Lead.objects.get().company) == "Muster AG"


def test_the_test_button_leaves_neither_lead_nor_talk(tool):
    connection, _sender = tool

    tried = try_connection(connection, as_of=timezone.now())

    assert tried.event.state == "test"
    assert tried.event.result["values"]["email"] == "test.person@example.com"
    assert (Lead.objects.count(), Chat.objects.count()) == (0, 0)
