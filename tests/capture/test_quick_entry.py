"""Entering people from paper, the phone or a fair, one after the other."""

from urllib.parse import parse_qs, urlsplit

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from accounts.actor import user_actor
from capture.models import LeadPhoto, Touch
from capture.quick.actions import LARGEST_PHOTO, Photo, QuickEntry, enter_quickly
from ground.errors import DomainError, NotAllowedError
from leads.entries import LeadEntry
from leads.models import ConsentEvent, Lead, Note
from tests.capture.cost_scene import make_campaign
from tests.factories import NOW, make_lead

pytestmark = pytest.mark.django_db
JPEG = b"\xff\xd8\xff\xe0" + b"x" * 100
EVA = {"last_name": "Muster", "email": "eva@example.org"}


@pytest.fixture
def send(as_user, rep):
    client = as_user(rep)
    return lambda **data: client.post(reverse("quick_entry"), {"channel": "paper", **EVA, **data})


def card(data=JPEG, name="karte.jpg"):
    return SimpleUploadedFile(name, data, content_type="image/jpeg")


@pytest.mark.requirement("S03")
@pytest.mark.requirement("S114")
@pytest.mark.parametrize("channel", ["paper", "phone", "personal", "trade_fair"])
def test_each_source_is_kept_with_who_entered_it(send, rep, channel):
    send(channel=channel, source_detail="Laden Bremen")

    lead = Lead.objects.get()
    assert (lead.first_channel, lead.source_detail, lead.owner) == (channel, "Laden Bremen", rep)
    assert lead.activities.get(kind="lead.created").actor_label == "Rita Vertrieb"


@pytest.mark.requirement("S03")
def test_consent_on_paper_keeps_picture_place_person_and_time_as_proof(send, as_user, rep):
    send(consent_email="on", photo=card(), place="Stand 7")

    event, photo = ConsentEvent.objects.get(state="granted"), LeadPhoto.objects.get()
    assert (event.purpose, event.channel) == ("marketing", "email")
    assert event.evidence["how"] == "given on paper, see the picture"
    assert event.evidence["place"] == "Stand 7"
    assert event.evidence["noted_by"] == "Rita Vertrieb"
    assert event.evidence["noted_at"] == photo.taken_at.isoformat()
    assert event.evidence["photo"] == str(photo.public_id)
    answer = as_user(rep).get(reverse("lead_photo", args=[photo.public_id]))
    assert (answer.content, answer["Content-Type"]) == (JPEG, "application/octet-stream")
    page = as_user(rep).get(reverse("lead_detail", args=[photo.lead.public_id]))
    assert reverse("lead_photo", args=[photo.public_id]) in page.content.decode()


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"consent_email": "on"}, "consent_proof"),
        ({"consent_phone": "on", "consent_proof": "Ja am Telefon"}, "consent_phone"),
        ({"email": ""}, "email"),
        ({"photo": ("virus.exe", b"MZ")}, "photo"),
        ({"photo": ("karte.jpg", b"<html>")}, "photo"),
        ({"photo": ("karte.svg", JPEG)}, "photo"),
        ({"channel": "website"}, "channel"),
    ],
)
def test_what_cannot_be_is_marked_and_nothing_is_kept(send, change, field):
    if "photo" in change:
        name, data = change["photo"]
        change = {"photo": card(data, name)}

    answer = send(**change)

    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == [field]
    assert Lead.objects.count() == LeadPhoto.objects.count() == 0


def test_a_picture_of_a_whole_film_is_refused(rep):
    quick = QuickEntry(
        LeadEntry("paper", NOW, values=EVA), photo=Photo("a.jpg", JPEG + bytes(LARGEST_PHOTO))
    )

    with pytest.raises(DomainError) as refusal:
        enter_quickly(quick, by=user_actor(rep), as_of=NOW)

    assert (refusal.value.code, Lead.objects.count()) == ("photo_large", 0)


def test_where_from_stays_for_the_next_person_and_nobody_stands_in_the_address(send):
    campaign = make_campaign("Messe")

    answer = send(
        source_detail="Messe Köln",
        campaign=str(campaign.public_id),
        place="Stand 7",
        note="Ruft an",
    )

    kept = parse_qs(urlsplit(answer["Location"]).query)
    assert kept == {
        "channel": ["paper"],
        "source_detail": ["Messe Köln"],
        "campaign": [str(campaign.public_id)],
        "place": ["Stand 7"],
    }
    touch = Touch.objects.get()
    assert (touch.campaign, touch.channel, touch.lead) == (campaign, "paper", Lead.objects.get())
    assert Note.objects.get().body == "Ruft an"


def test_sent_again_under_its_number_it_is_taken_once(send):
    first = send(once="7b6f", photo=card())
    second = send(once="7b6f", photo=card())

    assert first["Location"] == second["Location"]
    assert Lead.objects.count() == LeadPhoto.objects.count() == 1


def test_who_is_known_is_filled_in_and_keeps_what_was_known(send, rep):
    known = make_lead(email="eva@example.org", last_name="Muster", owner=rep, team=rep.team)

    send(phone="0421 123456", last_name="Anders")

    known.refresh_from_db()
    assert (known.last_name, known.phone != "") == ("Muster", True)
    assert Lead.objects.count() == 1


def test_who_looks_the_same_is_shown_while_typing_and_no_lead_of_others(as_user, rep, stranger):
    own = make_lead(email="eva@example.org", last_name="Muster", owner=rep, team=rep.team)
    namesake = make_lead(last_name="Mustermann", owner=rep, team=rep.team)
    make_lead(email="eva2@example.org", last_name="Muster", owner=stranger, team=stranger.team)
    client, url = as_user(rep), reverse("quick_matches")

    found = client.post(url, {"email": " EVA@example.org ", "last_name": "Muster"})
    short = client.post(url, {"email": "eva", "last_name": "Mu"})

    assert [lead.pk for lead in found.context["same"]] == [own.pk]
    assert [lead.pk for lead in found.context["similar"]] == [namesake.pk]
    assert (short.context["same"], short.context["similar"]) == ([], [])


def test_who_may_not_add_leads_enters_none(viewer, service):
    for person in (viewer, service):
        with pytest.raises(NotAllowedError):
            enter_quickly(
                QuickEntry(LeadEntry("paper", NOW, values=EVA)), by=user_actor(person), as_of=NOW
            )

    assert Lead.objects.count() == 0
