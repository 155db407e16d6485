"""What people call themselves and their organisation becomes no header of a mail."""

import pytest
from django.urls import reverse

from nurturing.actions.sending import send_due
from nurturing.models import Message
from tests.factories import NOW
from tests.nurturing.scene import make_due_message, make_organisation, make_reader

pytestmark = [pytest.mark.django_db, pytest.mark.case("C22")]
EVIL = ["Eve\r\nBcc: victim@example.org", "Eve\nBcc: victim@example.org", "Eve\u2028Bcc: v@x.de"]


@pytest.mark.parametrize("name", EVIL)
def test_the_name_of_the_sender_brings_no_second_recipient(mail_server, name):
    make_organisation(sender_name=name, name=name)
    message = make_due_message()

    send_due(NOW)

    message.refresh_from_db()
    (sent,) = mail_server.accepted
    assert (message.state, sent["Bcc"], len(mail_server.recipients)) == ("sent", None, 1)


@pytest.mark.parametrize("name", EVIL)
def test_the_name_of_a_colleague_brings_no_second_recipient(mail_server, as_user, rep, name):
    make_organisation()
    lead = make_reader(owner=rep, team=rep.team)
    client = as_user(rep)
    profile = {"language": "en", "time_zone": "Europe/Berlin", "theme": "auto", "name": name}
    changed = client.post(reverse("profile"), profile)
    written = client.post(
        reverse("lead_mail", args=[lead.public_id]),
        {"subject": f"Hello {name}", "text": "Guten Tag", "body": "Guten Tag"},
    )

    send_due(Message.objects.get().created_at)

    (sent,) = mail_server.accepted
    assert (changed.status_code, written.status_code) == (302, 302)
    assert (Message.objects.get().state, sent["Bcc"]) == ("sent", None)
    assert mail_server.recipients == [lead.email]
