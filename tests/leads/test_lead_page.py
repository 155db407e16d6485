import pytest
from django.urls import reverse

from accounts.actor import user_actor
from leads.actions.notes import add_notes
from leads.models import Lead, Note
from tests.factories import NOW, make_field, make_lead

pytestmark = pytest.mark.django_db


def page(lead, name="lead_detail"):
    return reverse(name, args=[lead.public_id])


@pytest.mark.requirement("S97")
def test_service_writes_notes_on_the_shared_history(as_user, service, rep):
    lead = make_lead(owner=rep, team=rep.team)

    response = as_user(service).post(page(lead, "lead_note"), {"body": "Reklamation gelöst"})

    assert response.status_code == 302
    assert Note.objects.get().author == service
    assert "Reklamation gelöst" in as_user(rep).get(page(lead)).content.decode()


@pytest.mark.case("Z11")
def test_a_note_for_sales_is_not_shown_to_marketing(as_user, rep, marketer):
    lead = make_lead(owner=rep, team=rep.team)
    add_notes({lead.pk: "Preisgrenze 9.000"}, by=user_actor(rep), as_of=NOW, is_private=True)

    assert "9.000" in as_user(rep).get(page(lead)).content.decode()
    assert "9.000" not in as_user(marketer).get(page(lead)).content.decode()


@pytest.mark.requirement("S12")
def test_the_page_says_how_somebody_wants_to_be_treated(as_user, marketer):
    from datetime import UTC, datetime

    lead = make_lead(preferred_channel="phone", paused_until=datetime(2099, 1, 1, tzinfo=UTC))

    text = as_user(marketer).get(page(lead)).content.decode()

    assert "No consent" in text
    assert "Nothing is sent and nobody calls until 01/01/2099" in text
    assert "Preferred channel" in text


@pytest.mark.requirement("S03")
def test_a_card_from_the_shop_becomes_a_lead_with_its_consent(as_user, marketer):
    response = as_user(marketer).post(
        reverse("lead_create"),
        {
            "channel": "paper",
            "source_detail": "Laden Ulm",
            "email": "ada@example.org",
            "consent_email": "on",
            "consent_proof": "Unterschriebene Karte",
            "note": "Will Katalog",
        },
    )

    lead = Lead.objects.get()
    assert response["Location"] == page(lead)
    assert (lead.first_channel, lead.source_detail, lead.created_by) == (
        "paper",
        "Laden Ulm",
        marketer,
    )
    event = lead.consent_events.get()
    assert (event.state, event.evidence["how"]) == ("granted", "Unterschriebene Karte")
    assert lead.notes.get().body == "Will Katalog"


@pytest.mark.requirement("S114")
@pytest.mark.parametrize("channel", ["phone", "personal"])
def test_a_lead_needs_one_way_to_reach_it_and_nothing_else(as_user, marketer, channel):
    as_user(marketer).post(reverse("lead_create"), {"channel": channel, "phone": "030 901820"})

    assert Lead.objects.get().first_channel == channel


def test_a_lead_without_any_contact_keeps_what_was_typed(as_user, marketer):
    response = as_user(marketer).post(
        reverse("lead_create"), {"channel": "paper", "first_name": "Ada"}
    )

    assert response.status_code == 422
    assert 'value="Ada"' in response.content.decode()
    assert Lead.objects.count() == 0


@pytest.mark.requirement("S01")
def test_a_lead_without_channel_is_refused_in_the_form(as_user, marketer):
    response = as_user(marketer).post(reverse("lead_create"), {"email": "a@b.de"})

    assert response.status_code == 422
    assert response.context["form"].errors["channel"]


@pytest.mark.requirement("S11")
def test_a_lead_that_a_rep_found_is_theirs(as_user, rep):
    as_user(rep).post(reverse("lead_create"), {"channel": "cold_call", "phone": "030 901820"})

    lead = Lead.objects.get()
    assert (lead.owner, lead.team, lead.is_sales_sourced) == (rep, rep.team, True)


def test_an_edit_from_an_old_page_shows_both_values_and_keeps_the_new_one(as_user, marketer):
    lead = make_lead(first_name="Ada")
    client = as_user(marketer)
    old_page = {"first_name": "Eva", "email": lead.email, "last_name": lead.last_name}
    client.post(page(lead, "lead_edit"), {**old_page, "first_name": "Adele", "version": 1})

    response = client.post(page(lead, "lead_edit"), {**old_page, "version": 1})

    text = response.content.decode()
    assert response.status_code == 409
    assert 'value="Eva"' in text
    assert "Now it says: Adele" in text
    lead.refresh_from_db()
    assert lead.first_name == "Adele"


def test_an_edit_from_an_old_page_keeps_every_choice_that_was_ticked(as_user, marketer):
    choices = [{"value": value, "de": value, "en": value} for value in ("roof", "wall", "yard")]
    make_field("place", "multi_choice", choices=choices)
    lead = make_lead()
    values = {"email": lead.email, "last_name": lead.last_name, "version": lead.version + 1}

    response = as_user(marketer).post(
        page(lead, "lead_edit"), {**values, "custom.place": ["roof", "wall"]}
    )

    assert response.status_code == 409
    assert response.context["form"]["custom.place"].value() == ["roof", "wall"]
    assert response.content.decode().count(" selected>") == 4  # and the channel that is none


def test_custom_fields_stand_in_the_edit_form_and_on_the_page(as_user, marketer):
    make_field("budget", "number", label_en="Budget")
    lead = make_lead()
    values = {"email": lead.email, "first_name": "Ada", "last_name": lead.last_name}

    as_user(marketer).post(page(lead, "lead_edit"), {**values, "custom.budget": "9.500"})

    lead.refresh_from_db()
    assert lead.custom == {"budget": 9500}
    assert "9,500" in as_user(marketer).get(page(lead)).content.decode()


@pytest.mark.case("Z01")
@pytest.mark.parametrize("name", ["lead_detail", "lead_edit", "lead_timeline", "lead_stage"])
def test_the_lead_of_another_team_is_not_there(as_user, rep, stranger, name):
    lead = make_lead(owner=stranger, team=stranger.team)

    assert as_user(rep).get(page(lead, name)).status_code == 404


def test_a_deleted_lead_comes_back_from_the_bin(as_user, admin):
    lead = make_lead()
    client = as_user(admin)
    client.post(page(lead, "lead_delete"))

    assert client.get(page(lead)).status_code == 404
    assert str(lead) in client.get(reverse("lead_bin")).content.decode()

    client.post(page(lead, "lead_restore"))
    assert client.get(page(lead)).status_code == 200


@pytest.mark.requirement("S03")
def test_who_agrees_on_paper_to_be_called_agreed_to_that_and_no_more(as_user, marketer):
    values = {"channel": "paper", "phone": "030 901820", "consent_proof": "Karte"}

    as_user(marketer).post(reverse("lead_create"), {**values, "consent_phone": "on"})

    lead = Lead.objects.get()
    assert list(lead.consents.values_list("purpose", "channel", "state")) == [
        ("marketing", "phone", "granted")
    ]
    assert lead.consent_events.get().evidence == {"how": "Karte", "channel": "paper"}


@pytest.mark.requirement("S03")
@pytest.mark.parametrize(
    ("values", "field", "message"),
    [
        (
            {"phone": "030 901820", "consent_email": "on"},
            "consent_email",
            "There is no e-mail address to write to.",
        ),
        (
            {"email": "ada@example.org", "consent_phone": "on"},
            "consent_phone",
            "There is no number to call.",
        ),
    ],
)
def test_consent_to_a_way_that_is_not_known_is_refused_at_its_box(
    as_user, marketer, values, field, message
):
    response = as_user(marketer).post(
        reverse("lead_create"), {"channel": "paper", "consent_proof": "Karte", **values}
    )

    assert response.status_code == 422
    assert dict(response.context["form"].errors) == {field: [message]}
    assert Lead.objects.count() == 0


def test_the_page_needs_a_fixed_number_of_queries(as_user, rep, django_assert_num_queries):
    lead = make_lead(owner=rep, team=rep.team, first_name="Ada", email="ada@example.org")
    other = make_lead(owner=rep, team=rep.team, first_name="Grace", referrer=lead)
    add_notes({lead.pk: "Bitte zurückrufen"}, by=user_actor(rep), as_of=NOW)
    browser = as_user(rep)

    # Session, person, lead; what makes a profile; what its cards ask at first, then, and at last;
    # events and scores.
    with django_assert_num_queries(12):
        text = browser.get(page(lead)).content.decode()

    assert "Bitte zurückrufen" in text
    assert page(other) in text
