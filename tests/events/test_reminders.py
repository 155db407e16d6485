"""Reminders and news: once each, to the right people, whatever moves, breaks off or runs twice."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from accounts.action import writing
from capture.events import letters
from capture.events.actions import cancel_event, preview_change
from capture.events.seats import cancel_registration
from capture.events.times import minutes_before
from capture.models import DueEventMail, EventMail, FormReply
from ground.due import LEASE
from nurturing.actions.suppression import suppress_addresses
from nurturing.models import Message
from nurturing.ticks import send_due_messages
from tests.events.scene import (
    change,
    entry_of,
    in_days,
    last_mail,
    mails_to,
    make_event,
    make_event_form,
    register,
    run_drains,
)
from tests.factories import EVERYTHING

pytestmark = pytest.mark.django_db
EVA = "eva@example.org"
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


@pytest.fixture
def event():
    return make_event(5)


@pytest.fixture
def form(event):
    return make_event_form(event)


def reminded(email=EVA):
    return mails_to(email).count("reminder")


@pytest.mark.requirement("S15")
def test_reminders_go_out_a_day_and_an_hour_before_once_each(event, form):
    register(form)
    moments = [event.starts_at - DAY, event.starts_at - HOUR]

    counts = []
    for moment in moments:
        run_drains(moment - timedelta(seconds=1))
        counts.append(reminded())
        for _again in range(3):
            run_drains(moment)
        counts.append(reminded())

    assert counts == [0, 1, 1, 2]
    assert last_mail(EVA).subject == "Soon: Solar for firms"
    assert entry_of(EVA)[0] == "REQUEST"


@pytest.mark.case("J07")
def test_a_reminder_whose_worker_was_killed_after_the_mail_is_not_sent_again(
    event, form, monkeypatch
):
    register(form)
    moment = event.starts_at - DAY
    real = letters._send

    def killed(mail, **options):
        real(mail, **options)
        raise MemoryError

    monkeypatch.setattr(letters, "_send", killed)
    run_drains(moment)
    assert reminded() == 0
    monkeypatch.setattr(letters, "_send", real)
    run_drains(moment + LEASE)
    run_drains(moment + 2 * LEASE)

    assert reminded() == 1


def test_a_due_row_that_is_there_again_reminds_nobody_twice(event, form):
    register(form)
    moment = event.starts_at - DAY
    run_drains(moment)
    mail = EventMail.objects.get(minutes=1440)
    with writing("scene"):
        DueEventMail.objects.create(mail=mail, due_at=moment)
        EventMail.objects.update(last_id=0)

    run_drains(moment + timedelta(minutes=1))

    assert reminded() == 1


def test_many_are_reminded_chunk_by_chunk(event, form, monkeypatch):
    monkeypatch.setattr(letters, "AT_ONCE", 2)
    for number in range(5):
        register(form, f"p{number}@example.org")

    for _run in range(4):
        run_drains(event.starts_at - DAY)

    assert [reminded(f"p{number}@example.org") for number in range(5)] == [1] * 5
    assert EventMail.objects.get(minutes=1440).sent_at is not None


@pytest.mark.requirement("S15")
def test_who_cancelled_waits_or_came_later_is_not_reminded():
    event = make_event(2, capacity=2)
    form = make_event_form(event)
    gone = register(form, "gone@example.org")
    register(form, "there@example.org")
    register(form, "waits@example.org")
    late = register(form, "late@example.org")
    cancel_registration(gone.pk, by=EVERYTHING, as_of=timezone.now())
    with writing("scene"):
        type(late).objects.filter(pk=late.pk).update(
            state="registered", registered_at=event.starts_at - DAY + timedelta(minutes=1)
        )

    letters.send_event_mails(
        [EventMail.objects.get(minutes=1440).pk], by=EVERYTHING, as_of=event.starts_at - DAY
    )

    names = ("gone", "there", "waits", "late")
    assert [reminded(f"{name}@example.org") for name in names] == [0, 1, 0, 0]


@pytest.mark.requirement("S15")
def test_reminders_move_with_the_event_and_come_again_for_the_new_time(event, form):
    register(form)
    old = event.starts_at
    run_drains(old - DAY)
    assert reminded() == 1

    event = change(event, as_of=old - DAY, starts_at=old + 7 * DAY, ends_at=old + 7 * DAY + HOUR)
    run_drains(old - HOUR)
    assert reminded() == 1
    run_drains(event.starts_at - DAY)
    run_drains(event.starts_at - HOUR)

    assert reminded() == 3


def test_a_reminder_that_is_late_gives_way_to_the_next_and_none_comes_after_the_start(event, form):
    register(form)

    run_drains(event.starts_at - timedelta(minutes=50))
    assert reminded() == 1
    run_drains(event.starts_at + timedelta(minutes=1))
    assert reminded() == 1


def test_reminders_are_chosen_for_each_event(event, form):
    register(form)
    change(event, reminders=[15])

    run_drains(event.starts_at - HOUR)
    assert reminded() == 0
    run_drains(event.starts_at - timedelta(minutes=15))

    assert reminded() == 1
    assert list(EventMail.objects.values_list("minutes", flat=True)) == [15]


@pytest.mark.requirement("S15")
@pytest.mark.parametrize(
    ("starts", "hours"),
    [("2027-03-28T10:00", 23), ("2027-10-31T10:00", 25), ("2027-06-10T10:00", 24)],
)
def test_a_day_before_ten_is_ten_also_where_clocks_change(starts, hours):
    berlin = ZoneInfo("Europe/Berlin")
    moment = datetime.fromisoformat(starts).replace(tzinfo=berlin).astimezone(UTC)

    before = minutes_before(moment, 1440, berlin)

    assert before.astimezone(berlin).hour == 10
    assert moment - before == timedelta(hours=hours)


@pytest.mark.requirement("S15")
def test_who_has_a_place_hears_of_a_move_with_a_higher_sequence(event, form):
    register(form)
    values = {"starts_at": in_days(6), "ends_at": in_days(6.1)}

    preview = preview_change(event, values, as_of=timezone.now())
    change(event, **values)
    run_drains()
    run_drains()

    method, entry = entry_of(EVA)
    assert (preview.names, preview.people) == (("starts_at", "ends_at"), 1)
    assert mails_to(EVA) == ["confirmed", "moved"]
    assert (method, entry["sequence"], entry["dtstart"].dt) == ("REQUEST", 1, in_days(6))


def test_of_two_moves_in_a_row_only_the_last_is_told(event, form):
    register(form)

    change(event, place="Raum 1")
    change(event, place="Raum 2")
    run_drains()

    assert mails_to(EVA) == ["confirmed", "moved"]
    assert "Raum 2" in last_mail(EVA).text


def test_what_is_not_in_the_calendar_changes_without_a_mail(event, form):
    register(form)

    change(event, description_en="More", capacity=9)
    run_drains()

    assert mails_to(EVA) == ["confirmed"]


@pytest.mark.requirement("S15")
def test_everybody_hears_that_it_is_cancelled_and_nobody_is_reminded_any_more():
    event = make_event(5, capacity=1)
    form = make_event_form(event)
    register(form)
    register(form, "waits@example.org")

    cancel_event(event.pk, by=EVERYTHING, as_of=timezone.now())
    cancel_event(event.pk, by=EVERYTHING, as_of=timezone.now())
    run_drains()
    run_drains(event.starts_at - DAY)

    method, entry = entry_of(EVA)
    assert mails_to(EVA) == ["confirmed", "called_off"]
    assert mails_to("waits@example.org") == ["waiting", "called_off"]
    assert (method, entry["sequence"], str(entry["status"])) == ("CANCEL", 1, "CANCELLED")


def test_an_address_that_bounced_gets_no_reminder(event, form, mail_server):
    register(form)
    suppress_addresses([EVA], reason="bounced", by=EVERYTHING, as_of=timezone.now())
    run_drains(event.starts_at - DAY)

    send_due_messages(event.starts_at - DAY + timedelta(minutes=1))

    message = Message.objects.get(context__reply_id=FormReply.objects.latest("pk").pk)
    assert (message.state, message.reason) == ("skipped", "suppressed")
