"""Mails that answer a form, on their way out."""

from datetime import timedelta

import pytest
from django.utils import timezone

from nurturing.actions.sending import send_due
from nurturing.models import Message, MessageState
from tests.capture.scene import submit
from tests.capture.test_quotes import make_calculator

pytestmark = pytest.mark.django_db


@pytest.mark.requirement("S20")
def test_the_mail_goes_out_at_once_with_the_quote_as_a_pdf(mail_server):
    submit(make_calculator(), q_1="3", q_2="90")

    assert send_due(timezone.now() + timedelta(seconds=1)) == 1

    (mail,) = mail_server.accepted
    (paper,) = mail.iter_attachments()
    assert Message.objects.get(kind="reply").state == MessageState.SENT
    assert (paper.get_filename(), paper.get_content_type()) == ("angebot.pdf", "application/pdf")
    assert paper.get_content().startswith(b"%PDF")
