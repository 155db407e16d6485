import pytest
from django.urls import reverse

from accounts.actor import user_actor
from ground.errors import DomainError, NotAllowedError
from leads.actions.views import change_view, save_view
from leads.models import SavedView
from tests.factories import NOW

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("S100")]
QUERY = "stage=mql"


def save(user, name="Meine", **options):
    return save_view(name=name, query=QUERY, by=user_actor(user), as_of=NOW, **options)


def listed(client, query=QUERY):
    return client.get(f"{reverse('lead_list')}?{query}").content.decode()


@pytest.mark.case("Z08")
@pytest.mark.parametrize("person", ["viewer", "service", "rep"])
def test_whoever_may_not_share_puts_no_view_in_front_of_others(request, as_user, person, marketer):
    user = request.getfixturevalue(person)
    client = as_user(user)

    asked = client.get(reverse("view_save")).content.decode()
    client.post(reverse("view_save"), {"name": "Alle", "query": QUERY, "is_shared": "on"})
    with pytest.raises(NotAllowedError):
        save(user, "Noch eine", is_shared=True)

    view = SavedView.objects.get()
    with pytest.raises(NotAllowedError):
        change_view(view.pk, name="Alle", is_shared=True, by=user_actor(user), as_of=NOW)
    assert ("is_shared" in asked, view.is_shared) == (False, False)
    assert ">Alle<" not in listed(as_user(marketer))


@pytest.mark.parametrize("person", ["marketer", "manager", "admin"])
def test_who_leads_marketing_or_sales_shares_a_view(request, as_user, person, viewer):
    client = as_user(request.getfixturevalue(person))

    client.post(reverse("view_save"), {"name": "Alle", "query": QUERY, "is_shared": "on"})

    assert ">Alle<" in listed(as_user(viewer))


def test_an_own_view_has_a_menu_where_it_is_shown(as_user, marketer, viewer):
    view = save(marketer, is_shared=True)
    addresses = [reverse(name, args=[view.public_id]) for name in ("view_edit", "view_delete")]

    mine, elsewhere = listed(as_user(marketer)), listed(as_user(marketer), "stage=sql")
    of_another = listed(as_user(viewer))

    assert [address in mine for address in addresses] == [True, True]
    assert [address in elsewhere for address in addresses] == [False, False]
    assert [address in of_another for address in addresses] == [False, False]


def test_a_view_is_renamed_and_stays_where_it_is(as_user, viewer):
    view = save(viewer)
    client, address = as_user(viewer), reverse("view_edit", args=[view.public_id])

    shown = client.get(address).content.decode()
    response = client.post(address, {"name": "Warm"})

    view.refresh_from_db()
    assert 'value="Meine"' in shown
    assert response["Location"] == f"{reverse('lead_list')}?{QUERY}"
    assert (view.name, view.query, view.position) == ("Warm", QUERY, 1)


def test_two_views_of_one_person_do_not_have_one_name(as_user, viewer):
    save(viewer, "Warm")
    view = save(viewer)

    response = as_user(viewer).post(reverse("view_edit", args=[view.public_id]), {"name": "Warm"})

    view.refresh_from_db()
    assert (response.status_code, view.name) == (422, "Meine")
    assert "You have a view of this name." in response.content.decode()


def test_the_view_of_another_is_not_changed(viewer, marketer):
    view = save(marketer)

    with pytest.raises(DomainError) as refusal:
        change_view(view.pk, name="Meins", by=user_actor(viewer), as_of=NOW)

    view.refresh_from_db()
    assert (refusal.value.code, view.name) == ("view_missing", "Meine")


def test_a_view_is_deleted(as_user, viewer):
    view = save(viewer)

    as_user(viewer).post(reverse("view_delete", args=[view.public_id]))

    assert not SavedView.objects.exists()


@pytest.mark.case("Z08")
@pytest.mark.parametrize(
    ("query", "is_shown"),
    [
        ("score=50", False),
        ("temperature=hot", False),
        ("ordering=-score", False),
        ("columns=name%2Cscore", False),
        ("stage=mql&ordering=-created", True),
    ],
)
def test_a_shared_view_is_shown_to_those_who_may_read_what_it_asks(
    as_user, marketer, service, viewer, query, is_shown
):
    save_view(name="Alle", query=query, is_shared=True, by=user_actor(marketer), as_of=NOW)

    shown = [">Alle<" in listed(as_user(person), "") for person in (service, viewer)]

    assert shown == [is_shown, True]
