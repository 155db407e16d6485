"""Somebody has the secret of a connection and says that every mail came back."""

import pytest
from django.urls import reverse
from django.utils import timezone

from leadcrm.management.commands.doctor import examine
from leads.models import Lead
from nurturing.models import BounceAlarm, MailEvent, Message, Suppression
from tests.connectors.scene import address, make_connection, work
from tests.nurturing.bounces import make_many_sent, make_sent
from tests.nurturing.scene import make_organisation
from tests.simulators.generic import Program

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.case("H07")]
CUSTOMERS = 60


def problems():
    found = examine(timezone.now())["problems"]
    return [text for text in found if "mails came back" in text]


def test_forged_bounces_for_all_customers_silence_few_and_are_taken_back(
    live_server, as_user, admin
):
    make_organisation()
    connection = make_connection("mailevents", "Relay")
    sender = Program(address(live_server, connection), connection.secrets()["secret"])
    sent = make_sent(CUSTOMERS, at=timezone.now())
    make_many_sent(240 - CUSTOMERS, at=timezone.now())
    forged = [
        {"id": number, "event": "bounce", "type": "hard", "message_id": message.message_id}
        for number, message in enumerate(sent)
    ]

    sender.send_signed(forged[:30])
    work()
    sender.send_signed(forged[::-1])
    sender.send_signed(forged)
    work()

    alarm = BounceAlarm.objects.get()
    assert (Suppression.objects.count(), Lead.objects.filter(is_email_valid=False).count()) == (
        12,
        12,
    )
    assert MailEvent.objects.filter(is_held=True).count() == CUSTOMERS - 12
    assert Message.objects.get(kind="notification").recipient == admin
    assert problems() == [
        "13 mails came back within an hour, as “Relay” tells; an administrator must look at it"
        " under Suppression list → Bounces by source."
    ]

    data = {"source": str(alarm.source), "since": alarm.since.isoformat(), "note": "Leaked"}
    as_user(admin).post(reverse("suppression_lift_source"), data)

    assert Suppression.objects.filter(lifted_at=None).count() == 0
    assert Lead.objects.filter(is_email_valid=False).count() == 0
    assert (MailEvent.objects.filter(is_held=True).count(), problems()) == (0, [])
