"""The pages of reps and administrators, the feed, and who sees what."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from icalendar import Calendar

from capture.models import Form
from handoff.models import Availability, HostCalendar, Meeting, MeetingType
from tests.capture.scene import visitor
from tests.factories import make_lead, make_user
from tests.meetings.scene import booked, by_hand, make_hours, make_type, move_back

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("S30")]
TYPE = {
    "name_de": "Beratung",
    "name_en": "Advice",
    "minutes": 45,
    "buffer_before": 5,
    "buffer_after": 10,
    "notice_minutes": 60,
    "ahead_days": 14,
    "grid_minutes": 15,
    "change_minutes": 60,
    "hosting": "person",
    "place": "phone",
    "is_active": "on",
}


def coming(rep, days=2, **values):
    now = timezone.now()
    return by_hand(
        make_lead(owner=rep, **values), make_type(rep), rep, now + timedelta(days=days), as_of=now
    )


def test_a_marketer_makes_a_type_with_a_form_in_each_language(as_user, marketer, rep):
    client = as_user(marketer)

    response = client.post(reverse("meeting_type_new"), {**TYPE, "host": rep.public_id})

    kind = MeetingType.objects.get()
    assert response.url == reverse("meeting_type", args=[kind.public_id])
    assert (kind.minutes, kind.host, kind.team) == (45, rep, None)
    assert [form.state for form in Form.objects.all()] == ["published", "published"]
    assert (kind.form_de.language, kind.form_en.language) == ("de", "en")
    page = client.get(response.url).content.decode()
    assert f"/m/{kind.public_id}/" in page
    assert rep.display_name in page


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"host": ""}, "Say who holds these meetings."),
        ({"hosting": "team"}, "Choose the team."),
        ({"place": "video"}, "Say where people meet."),
        ({"minutes": "0"}, "greater than or equal to 5"),
        ({"name_en": " "}, "This field is required."),
    ],
)
def test_a_type_that_is_not_complete_is_refused_at_its_field(
    as_user, marketer, rep, wrong, message
):
    data = {**TYPE, "host": rep.public_id, **wrong}

    response = as_user(marketer).post(reverse("meeting_type_new"), data)

    assert response.status_code == 422
    assert message in response.content.decode()
    assert MeetingType.objects.count() == Form.objects.count() == 0


def test_a_rep_sets_hours_as_people_write_them(as_user, rep):
    data = {"day_0": "9 - 12.30, 13:30–17", "day_4": "", "time_zone": "Europe/Vienna"}

    response = as_user(rep).post(reverse("my_availability"), {**data, "region": "AT"})

    row = Availability.objects.get()
    assert response.status_code == 302
    assert row.hours == {"0": [["09:00", "12:30"], ["13:30", "17:00"]]}
    assert (row.time_zone, row.region) == ("Europe/Vienna", "AT")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("nine to five", "Write times like"),
        ("12:00-09:00", "Each time must end after it begins."),
        ("09:00-12:00, 11:00-13:00", "These times overlap."),
        ("25:00-26:00", "Write times like"),
    ],
)
def test_hours_that_cannot_be_read_are_said_so(as_user, rep, text, message):
    data = {"day_2": text, "time_zone": "Europe/Berlin"}

    response = as_user(rep).post(reverse("my_availability"), data)

    assert response.status_code == 422
    assert message in response.content.decode()
    assert not Availability.objects.exists()


def test_a_rep_sees_own_meetings_on_the_list_the_lead_and_the_first_page(as_user, rep, stranger):
    meeting = coming(rep, first_name="Ada")
    client, foreign = as_user(rep), as_user(stranger)
    address = reverse("meeting_detail", args=[meeting.public_id])

    for page in (
        reverse("meeting_list"),
        reverse("lead_detail", args=[meeting.lead.public_id]),
        reverse("home"),
    ):
        assert address in client.get(page).content.decode(), page
        if page != reverse("lead_detail", args=[meeting.lead.public_id]):
            assert address not in foreign.get(page).content.decode()
    assert client.get(address).status_code == 200
    assert foreign.get(address).status_code == 404


def test_a_rep_books_moves_cancels_and_notes_on_pages(as_user, rep):
    lead, kind = make_lead(owner=rep), make_type(rep)
    client = as_user(rep)
    data = {
        "kind": kind.public_id,
        "host": rep.public_id,
        "starts_at": "2099-01-05T10:00",
        "key": "7b0f0a3e-8a51-4a52-9f2e-0f6a4f2f7c11",
    }
    address = reverse("meeting_create", args=[lead.public_id])

    for _time in range(2):
        assert client.post(address, data).status_code == 302
    meeting = Meeting.objects.get()
    clash = client.post(address, {**data, "key": "7b0f0a3e-8a51-4a52-9f2e-0f6a4f2f7c12"})
    move = reverse("meeting_shift", args=[meeting.public_id])
    moved = client.post(move, {"starts_at": "2099-01-06T10:00"})
    early = client.post(reverse("meeting_outcome", args=[meeting.public_id]), {"outcome": "held"})
    move_back(meeting, starts_at=timezone.now() - timedelta(hours=1))
    noted = client.post(reverse("meeting_outcome", args=[meeting.public_id]), {"outcome": "held"})

    meeting.refresh_from_db()
    assert clash.status_code == 409
    assert "This time is not free any more." in clash.content.decode()
    assert (moved.status_code, early.status_code, noted.status_code) == (302, 422, 302)
    assert (meeting.state, meeting.sequence) == ("held", 1)


@pytest.mark.requirement("S31")
def test_the_feed_is_at_a_secret_address_that_can_be_closed(as_user, rep):
    meeting = coming(rep, last_name="Muster")
    client = as_user(rep)

    page = client.post(reverse("meeting_feed_new")).content.decode()
    address = page.split("/m/calendar/")[1].split(".ics")[0]
    path = f"/m/calendar/{address}.ics"
    feed = visitor().get(path)

    (event,) = Calendar.from_ical(feed.content).walk("VEVENT")
    assert event["UID"] == meeting.uid
    assert "Muster" in event["SUMMARY"]
    assert "ATTENDEE" not in event
    assert address not in Availability.objects.get().feed_hash
    assert visitor().get("/m/calendar/guess.ics").status_code == 404

    client.post(reverse("meeting_feed_new"))
    assert visitor().get(path).status_code == 404
    client.post(reverse("meeting_feed_end"))
    assert Availability.objects.get().feed_hash == ""


@pytest.mark.requirement("S31")
@pytest.mark.case("W01")
@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("https://127.0.0.1/a.ics", "This address may not be asked"),
        ("http://example.org/a.ics", "begins with https"),
        ("file:///etc/passwd", "begins with https"),
        ("webcal://localhost/a.ics", "This address may not be asked"),
    ],
)
def test_a_calendar_at_an_address_that_may_not_be_asked_is_not_connected(
    as_user, rep, address, message
):
    response = as_user(rep).post(reverse("calendar_new"), {"kind": "ics", "address": address})

    assert response.status_code == 422
    assert message in response.content.decode()
    assert not HostCalendar.objects.exists()


@pytest.mark.parametrize("language", ["de", "en"])
def test_the_public_page_speaks_both_languages(rep, language):
    make_hours(rep)
    kind = make_type(rep, place="video", place_text="https://video.example/secret")

    page = visitor().get(f"/m/{kind.public_id}/{language}/?zone=America/New_York")
    text = page.content.decode()

    assert f'<html lang="{language}">' in text
    assert {"de": "Erstgespräch", "en": "First talk"}[language] in text
    assert '<option value="America/New_York" selected>' in text
    assert "video.example" not in text
    assert page["Cache-Control"] == "no-store"
    assert visitor().get(f"/m/{kind.public_id}/?zone=Mars/Olympus").status_code == 200


def test_the_address_of_the_form_leads_to_the_page_with_the_times(rep):
    kind = make_type(rep)

    page = visitor().get(f"/f/{kind.form_de.public_id}/")
    definition = visitor().get(f"/f/{kind.form_de.public_id}/definition.json")

    assert page.status_code == 302
    assert page["Location"].endswith(f"/m/{kind.public_id}/de/")
    assert definition.status_code == 410


@pytest.mark.case("R04")
def test_a_rep_passes_on_an_address_with_the_own_times_alone(as_user, rep, team):
    other = make_user(team=team)
    make_hours(rep, {"0": [["09:00", "09:30"]]})
    make_hours(other, {"1": [["09:00", "09:30"]]})
    kind = make_type(hosting="team", team=team)
    page = as_user(rep).get(reverse("meeting_types")).content.decode()
    token = re.search(r"[?]with=([^\"]+)", page)[1]
    address = f"/m/{kind.public_id}/en/"

    own = visitor().get(address, {"with": token}).content.decode()
    forged = visitor().get(address, {"with": token[:-3] + "xyz"}).content.decode()

    assert "Monday" in own
    assert "Tuesday" not in own
    assert "Tuesday" in forged


def test_only_those_who_booked_get_the_address_of_the_room(rep):
    make_hours(rep)
    kind = make_type(rep, place="video", place_text="https://video.example/secret")
    meeting = booked(kind)

    assert meeting.place_text == "https://video.example/secret"
