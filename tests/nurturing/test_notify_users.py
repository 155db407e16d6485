import pytest
from django.utils.translation import gettext_lazy as _

from leads.actions.ownership import assign_leads
from leads.models import Lead
from nurturing.actions.notifications import notify_users
from nurturing.actions.sending import send_due
from nurturing.actors import SEQUENCES
from nurturing.models import Message
from tests.factories import EVERYTHING, NOW, make_lead, make_user
from tests.handoff.factories import make_offer

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("organisation")]


def notify(*users, key: str = "handoff:1", about: tuple[Lead, ...] = ()) -> list[Message]:
    return notify_users(
        users,
        subject=_("Monday"),
        text=_("Sent"),
        link="http://127.0.0.1:8000/x/",
        by=SEQUENCES,
        as_of=NOW,
        dedupe_key=key,
        lead_ids=[lead.pk for lead in about],
    )


def test_each_colleague_reads_the_alert_in_their_language(mail_server):
    anna = make_user(name="Anna", language="en", email="anna@example.org")
    bert = make_user(name="Bert", language="de", email="bert@example.org")

    notify(anna, bert)
    send_due(NOW)

    told = {str(mail["To"]): mail for mail in mail_server.accepted}
    assert told["anna@example.org"]["Subject"] == "Monday"
    assert told["bert@example.org"]["Subject"] == "Montag"
    text = told["anna@example.org"].get_content().replace("\r\n", "\n")
    assert text.startswith("Hello Anna,\n\nSent\n\nhttp://127.0.0.1:8000/x/\n")
    assert told["anna@example.org"]["List-Unsubscribe"] is None


def test_the_same_alert_is_sent_once_to_each(mail_server):
    anna, bert = make_user(), make_user()

    notify(anna)
    again = notify(anna, bert)
    send_due(NOW)

    assert [message.recipient for message in again] == [bert]
    assert len(mail_server.accepted) == 2


@pytest.mark.case("Z13")
def test_whoever_lost_a_lead_is_not_told_about_it_any_more(mail_server, rep, stranger):
    kept, lost = (make_lead(owner=rep, team=rep.team) for _lead in range(2))
    notify(rep, key="kept", about=(kept,))
    (message,) = notify(rep, key="lost", about=(kept, lost))

    assign_leads([lost.pk], owner=stranger, by=EVERYTHING, as_of=NOW)
    send_due(NOW)

    message.refresh_from_db()
    assert (message.state, message.reason) == ("skipped", "not_allowed")
    assert len(mail_server.accepted) == 1


@pytest.mark.case("Z13")
def test_an_alert_about_a_hand_over_stops_when_the_lead_goes_to_another(mail_server, rep, stranger):
    handoff = make_offer(rep)
    (message,) = Message.objects.filter(recipient=rep)

    assign_leads([handoff.lead_id], owner=stranger, by=EVERYTHING, as_of=NOW)
    send_due(NOW)

    message.refresh_from_db()
    assert (message.state, message.reason) == ("skipped", "not_allowed")
    assert mail_server.recipients == []
