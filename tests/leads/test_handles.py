import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.actor import user_actor
from ground.errors import DomainError, NotAllowedError
from leads.actions.handles import add_chat_handle
from leads.entries import IdentifierEntry
from leads.models import Identifier, Lead
from tests.factories import EVERYTHING, NOW, make_lead

pytestmark = pytest.mark.django_db
POSTAL = {"street": "Hauptstr. 1", "postal_code": "10115", "city": "Berlin"}


def rows(client, text):
    return client.get(reverse("lead_list"), {"q": text}).context["page"].rows


def found(client, text):
    return [lead.display_name for lead in rows(client, text)]


@pytest.mark.requirement("S02")
@pytest.mark.parametrize(
    ("values", "name", "searches"),
    [
        ({"phone": "030 901820"}, "+49 30 901820", ["030/901820", "+49 30 901820", "901820"]),
        ({"chat_handle": "whatsapp:Ada_L"}, "whatsapp:Ada_L", ["whatsapp:ada_l", "Ada_L", "ADA_"]),
        (POSTAL, "Hauptstr. 1, 10115 Berlin", ["Hauptstr.", "10115", "hauptstr. 1 berlin"]),
    ],
)
def test_a_lead_with_one_way_to_reach_it_is_saved_named_and_found(
    as_user, marketer, values, name, searches
):
    make_lead(first_name="Eva", city="Ulm")
    client = as_user(marketer)

    response = client.post(reverse("lead_create"), {"channel": "paper", **values})

    lead = Lead.objects.latest("pk")
    assert response["Location"] == reverse("lead_detail", args=[lead.public_id])
    assert [found(client, text) for text in searches] == [[name]] * len(searches)
    assert name in client.get(reverse("lead_detail", args=[lead.public_id])).content.decode()


@pytest.mark.requirement("S02")
def test_a_foreign_id_and_a_former_address_find_the_lead_by_a_part(as_user, marketer):
    lead = make_lead(identifiers=[IdentifierEntry("external", "hubspot:151000")])
    make_lead()

    assert rows(as_user(marketer), "151000") == [lead]
    assert rows(as_user(marketer), "hubspot") == [lead]


def test_the_signs_of_a_pattern_are_letters_in_a_search(as_user, marketer):
    lead = make_lead(identifiers=[IdentifierEntry("chat", "telegram:50%_off")])
    make_lead(identifiers=[IdentifierEntry("chat", "telegram:5000off")])

    assert rows(as_user(marketer), "50%_") == [lead]


def test_leads_with_nothing_but_a_handle_are_named_in_one_query(as_user, marketer):
    client = as_user(marketer)

    def add_and_count(*numbers):
        for number in numbers:
            chat = IdentifierEntry("chat", f"c{number}")
            make_lead(first_name="", last_name="", email="", identifiers=[chat])
        client.get(reverse("lead_list"))
        with CaptureQueriesContext(connection) as queries:
            names = found(client, "")
        return names, len(queries)

    (one, count), (three, count_of_three) = add_and_count(0), add_and_count(1, 2)

    assert (one, three) == (["c0"], ["c2", "c1", "c0"])
    assert count_of_three == count


def test_the_form_adds_a_handle_to_a_lead_and_shows_what_is_known(as_user, marketer):
    lead = make_lead()
    client = as_user(marketer)
    address = reverse("lead_edit", args=[lead.public_id])
    values = {"email": lead.email, "first_name": "Ada", "last_name": lead.last_name}

    values |= {"acquisition_type": lead.acquisition_type, "version": 1}
    client.post(address, {**values, "chat_handle": "signal:ada"})

    assert list(lead.identifiers.filter(kind="chat").values_list("value", flat=True)) == [
        "signal:ada"
    ]
    assert "Known already: signal:ada" in client.get(address).content.decode()
    lead.refresh_from_db()
    assert (lead.version, lead.activities.latest("pk").kind) == (2, "lead.handle_added")


def test_a_handle_that_is_known_is_added_once():
    lead = make_lead()

    first = add_chat_handle(lead.pk, "signal:Ada", by=EVERYTHING, as_of=NOW)
    again = add_chat_handle(lead.pk, " SIGNAL:ada ", by=EVERYTHING, as_of=NOW)

    assert (first, again) == (True, False)
    assert lead.activities.filter(kind="lead.handle_added").count() == 1


def test_the_handle_of_another_lead_is_refused_and_nothing_is_changed(as_user, marketer):
    make_lead(identifiers=[IdentifierEntry("chat", "signal:ada")])
    lead = make_lead(first_name="Eva")

    response = as_user(marketer).post(
        reverse("lead_edit", args=[lead.public_id]),
        {"email": lead.email, "first_name": "Adele", "chat_handle": "signal:ada", "version": 1},
    )

    assert response.status_code == 422
    assert response.context["form"].errors["chat_handle"] == ["Another lead has this already."]
    lead.refresh_from_db()
    assert (lead.first_name, lead.version) == ("Eva", 1)


def test_a_handle_is_not_added_without_the_right_or_out_of_sight(rep, service, stranger):
    lead = make_lead(owner=stranger, team=stranger.team)

    with pytest.raises(NotAllowedError):
        add_chat_handle(lead.pk, "signal:ada", by=user_actor(service), as_of=NOW)
    with pytest.raises(DomainError) as refusal:
        add_chat_handle(lead.pk, "signal:ada", by=user_actor(rep), as_of=NOW)

    assert refusal.value.code == "lead_missing"
    assert not Identifier.objects.filter(kind="chat").exists()
