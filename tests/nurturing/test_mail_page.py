"""The page of a mail: what colleagues read, and what only the reader of the mail may do."""

from datetime import timedelta

import pytest
from django.urls import reverse

from accounts.action import writing
from capture.actions.optins import OptInRequest, request_opt_ins
from capture.optin import token_of
from nurturing.actions.sending import send_due
from nurturing.models import Message
from tests.factories import EVERYTHING, NOW, make_lead
from tests.nurturing.scene import mail, make_due_message, make_reader, make_sequence

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("organisation")]


def shown(client, message: Message) -> str:
    """Return the page of a mail and its HTML."""
    names = ("mail_detail", "mail_html")
    answers = [client.get(reverse(name, args=[message.public_id])) for name in names]
    assert [answer.status_code for answer in answers] == [200, 200]
    return "".join(answer.content.decode() for answer in answers)


@pytest.mark.case("Z08")
@pytest.mark.requirement("S45")
@pytest.mark.parametrize("person", ["viewer", "service", "marketer"])
def test_nobody_reads_the_link_by_which_a_lead_confirms(request, as_user, person):
    lead = make_lead(email="ada@example.org")
    asked = OptInRequest(lead.pk, lead.email, lead.email, "en", [("newsletter", "email")], {})
    (opt_in,) = request_opt_ins([asked], by=EVERYTHING, as_of=NOW)
    message = Message.objects.get(kind="opt_in")
    token = token_of(opt_in.public_id)

    text = shown(as_user(request.getfixturevalue(person)), message)

    assert (token in message.text, token in message.html) == (True, True)
    assert ("confirm that it was you" in text, token in text) == (True, False)


@pytest.mark.case("Z08")
def test_nobody_reads_the_links_that_unsubscribe_or_count(mail_server, as_user, viewer):
    at = NOW - timedelta(hours=1)
    html = '<p><a href="https://muster.example/a">A</a></p>'
    lead = make_reader(("marketing", "tracking"))
    message = make_due_message(lead, make_sequence(mail("m1", html=html), as_of=at), as_of=at)
    send_due(at)
    message.refresh_from_db()
    tokens = [message.token, *message.links.values_list("token", flat=True)]

    text = shown(as_user(viewer), message)

    assert [token in message.html for token in tokens] == [True] * len(tokens)
    assert [token in text for token in tokens] == [False] * len(tokens)


@pytest.mark.case("Z08")
def test_mails_in_doubt_are_counted_as_far_as_the_reader_sees_them(as_user, manager, stranger):
    for owner in (manager, stranger):
        message = make_due_message(make_reader(owner=owner, team=owner.team))
        with writing("scene"):
            Message.objects.filter(pk=message.pk).update(state="unknown", claimed_at=NOW)

    views = as_user(manager).get(reverse("mail_list")).context["page"].views

    assert [view.count for view in views if view.label == "In doubt"] == [1]
