"""Who was there: by hand, by a list, by API; what it scores, and how it is corrected."""

import io
from datetime import timedelta

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from accounts.actor import user_actor
from capture.events.attendance import Presence, mark_attendance
from capture.events.lists import read_minutes
from capture.events.queries import figures_of
from capture.events.seats import NewRegistration, cancel_registration, register_for_events
from capture.models import AttendanceList
from ground.errors import DomainError, NotAllowedError
from leads.conditions import leads_where
from leads.models import Activity
from scoring.due import drain_scores
from scoring.models import Score
from tests.conditions.scene import leaf
from tests.events.scene import let_begin, make_event
from tests.factories import EVERYTHING, make_lead
from tests.scoring.scene import activity_rule, make_active

pytestmark = pytest.mark.django_db


def put_down(event, *names, channel="website"):
    """Register leads by name, past the form."""
    now = timezone.now()
    wishes = [
        NewRegistration(
            event.pk,
            make_lead(email=f"{name}@example.org").pk,
            channel,
            "en",
            now,
            email=f"{name}@example.org",
            email_key=f"{name}@example.org",
        )
        for name in names
    ]
    return register_for_events(wishes, by=EVERYTHING, as_of=now)


def mark(event, *rows, was_there=True, by=EVERYTHING, **more):
    presence = {row.pk: Presence(was_there) for row in rows}
    return mark_attendance(event.pk, presence, by=by, as_of=timezone.now(), **more)


def states(event):
    return dict(event.registrations.order_by("email").values_list("email", "state"))


@pytest.fixture
def event():
    return make_event()


@pytest.fixture
def begun(event):
    rows = put_down(event, "ada", "bea", "cleo")
    return let_begin(event), rows


@pytest.mark.requirement("S15")
def test_attended_and_absent_are_activities_of_their_own(begun):
    event, (ada, bea, _cleo) = begun

    mark(event, ada)
    mark(event, bea, was_there=False)

    rows = Activity.objects.filter(kind__startswith="event.").order_by("pk")
    kinds = dict(rows.values_list("lead_id", "kind"))
    assert kinds[ada.lead_id] == "event.attended"
    assert kinds[bea.lead_id] == "event.missed"
    assert mark(event, ada) == 0


def test_all_others_are_absent_only_when_somebody_says_so(begun):
    event, (ada, *_others) = begun

    mark(event, ada)
    assert states(event)["bea@example.org"] == "registered"
    mark(event, ada, others_absent=True)

    assert sorted(states(event).values()) == ["absent", "absent", "attended"]


def test_before_it_begins_nobody_was_there_and_whoever_cancelled_is_not_absent(event):
    (ada,) = put_down(event, "ada")
    with pytest.raises(DomainError) as refusal:
        mark(event, ada)
    assert refusal.value.code == "event_not_begun"

    cancel_registration(ada.pk, by=EVERYTHING, as_of=timezone.now())
    let_begin(event)

    assert mark(event, ada, was_there=False) == 0
    assert mark(event, ada) == 1


@pytest.mark.case("Z08")
def test_who_may_not_manage_events_marks_nobody(begun, rep):
    event, (ada, *_others) = begun

    with pytest.raises(NotAllowedError):
        mark(event, ada, by=user_actor(rep))

    assert states(event)["ada@example.org"] == "registered"


@pytest.fixture
def model():
    return make_active(
        activity_rule(10, "event.registered"),
        activity_rule(25, "event.attended"),
        activity_rule(-5, "event.missed"),
    )


def score_of(row):
    drain_scores(timezone.now() + timedelta(seconds=2))
    return Score.objects.get(lead=row.lead_id).total


@pytest.mark.requirement("S15")
@pytest.mark.requirement("S40")
def test_who_attended_scores_differently_from_who_was_absent(model, event):
    ada, bea, cleo = put_down(event, "ada", "bea", "cleo")
    let_begin(event)

    mark(event, ada)
    mark(event, bea, was_there=False)

    assert [score_of(row) for row in (ada, bea, cleo)] == [35, 5, 10]


@pytest.mark.requirement("S15")
def test_saying_the_other_corrects_score_and_conditions(model, event):
    (ada,) = put_down(event, "ada")
    let_begin(event)
    attended = leaf("activity_count", "at_least", 1, kind="event.attended")

    found = []
    for was_there in (True, False, True):
        mark(event, ada, was_there=was_there)
        found.append((score_of(ada), matches_lead(ada, attended)))

    assert found == [(35, True), (5, False), (35, True)]
    assert Activity.objects.filter(kind="event.attended").count() == 2


def matches_lead(row, where):
    leads = leads_where(where, actor=EVERYTHING, as_of=timezone.now())
    return leads.filter(pk=row.lead_id).exists()


def sheet(*rows):
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    stream = io.BytesIO()
    book.save(stream)
    return SimpleUploadedFile("teilnehmer.xlsx", stream.getvalue())


ROWS = (
    ("Name", "E-Mail", "Dauer (Minuten)"),
    ("Ada", "ADA@example.org", 30),
    ("Ada (Handy)", "ada@example.org", 12),
    ("Gast", "gast@example.org", 55),
    ("=1+1", "", 3),
)


@pytest.mark.requirement("S15")
@pytest.mark.parametrize("is_csv", [True, False])
def test_a_list_is_looked_at_before_it_counts(begun, as_user, marketer, is_csv):
    event, _rows = begun
    client = as_user(marketer)
    text = "\n".join(";".join(map(str, row)) for row in ROWS)
    file = SimpleUploadedFile("teilnehmer.csv", text.encode("cp1252")) if is_csv else sheet(*ROWS)

    client.post(reverse("attendance_create", args=[event.public_id]), {"file": file})
    attendance = AttendanceList.objects.get()
    address = reverse("attendance_list", args=[attendance.public_id])
    page = client.get(address).content.decode()
    lost = client.get(reverse("attendance_unmatched", args=[attendance.public_id]))
    before = states(event)
    client.post(address, {"others_absent": "on"})
    again = client.post(address, follow=True).content.decode()

    assert "gast@example.org" in page
    assert "Mark the 2 others as absent" in page
    assert "gast@example.org" in lost.content.decode()
    assert "ada@" not in lost.content.decode().lower()
    assert ";=1+1" not in lost.content.decode()
    assert set(before.values()) == {"registered"}
    assert states(event) == {
        "ada@example.org": "attended",
        "bea@example.org": "absent",
        "cleo@example.org": "absent",
    }
    assert event.registrations.get(email="ada@example.org").minutes == 42
    assert "taken over" in again


@pytest.mark.parametrize(
    ("text", "minutes"),
    [("52", 52), ("51,6 min", 52), ("0:52:40", 53), ("52:10", 52), ("", None), ("viel", None)],
)
def test_minutes_are_read_as_systems_write_them(text, minutes):
    assert read_minutes(text) == minutes


def test_a_file_without_addresses_is_refused_in_words(begun, as_user, marketer):
    event, _rows = begun
    file = SimpleUploadedFile("x.csv", b"Name;Ort\nAda;Bremen\n")

    response = as_user(marketer).post(
        reverse("attendance_create", args=[event.public_id]), {"file": file}
    )

    assert response.status_code == 422
    assert "No e-mail addresses were found" in response.content.decode()
    assert not AttendanceList.objects.exists()


def test_figures_are_told_by_channel(event):
    ada, bea, _cleo = put_down(event, "ada", "bea", "cleo")
    (dora,) = put_down(event, "dora", channel="facebook")
    let_begin(event)
    mark(event, ada, dora)
    mark(event, bea, was_there=False)

    whole, parts = figures_of(event)

    assert (whole.registered, whole.attended, whole.absent, whole.rate) == (4, 2, 1, 2 / 3)
    assert [(p.label, p.registered, p.attended) for p in parts] == [
        ("Website", 3, 1),
        ("Facebook", 1, 1),
    ]
