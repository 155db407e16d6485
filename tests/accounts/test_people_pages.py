import pytest
from django.urls import reverse

from accounts.actions.people import invite_person
from accounts.actor import user_actor
from accounts.models import AuditEntry, Team, User
from tests.factories import make_team, make_user


def page(name, thing=None):
    if thing is None:
        return reverse(name)
    return reverse(name, args=[thing.public_id])


def shown(response):
    return [row.name for row in response.context["page"].rows]


@pytest.fixture
def client(boss, fresh):
    return fresh(boss)


def test_the_list_narrows_sorts_and_searches(client, boss, rep, viewer):
    make_user(name="Gerd Gone", is_active=False, password="x")
    rows = {
        "": ["Berta Boss", "Gerd Gone", "Rita Vertrieb", "Vera Blick"],
        "?ordering=-name": ["Vera Blick", "Rita Vertrieb", "Gerd Gone", "Berta Boss"],
        "?role=viewer": ["Vera Blick"],
        "?state=active": ["Berta Boss"],
        "?state=invited": ["Rita Vertrieb", "Vera Blick"],
        "?state=deactivated": ["Gerd Gone"],
        f"?team={rep.team_id}": ["Rita Vertrieb"],
        "?q=vertr": ["Rita Vertrieb"],
        f"?q={viewer.email}": ["Vera Blick"],
    }

    assert {query: shown(client.get(page("people") + query)) for query in rows} == rows


def test_the_list_needs_a_fixed_number_of_queries(client, rep, django_assert_num_queries):
    client.get(page("people"))
    for _ in range(20):
        make_user(team=rep.team)

    with django_assert_num_queries(6):  # session, person, count, rows, teams (read and shown)
        client.get(page("people"))


def test_an_added_person_gets_a_link_that_is_shown_too(client):
    values = {"email": "neu@example.org", "name": "Nele", "role": "viewer", "language": "de"}

    response = client.post(page("add_person"), values, follow=True)

    person = User.objects.get(email="neu@example.org")
    assert response.redirect_chain == [(page("person", person), 302)]
    assert "/accounts/invitation/" in response.content.decode()
    assert (person.role, person.language, person.has_joined) == ("viewer", "de", False)


@pytest.mark.parametrize(
    "wrong", [{"email": "no address"}, {"role": "king"}, {"name": ""}, {"email": "taken@a.de"}]
)
def test_a_wrong_entry_keeps_what_was_typed(client, wrong):
    make_user(email="taken@a.de")
    values = {"email": "neu@example.org", "name": "Nele", "role": "viewer", "language": "de"}

    response = client.post(page("add_person"), {**values, **wrong})

    assert response.status_code == 422
    assert 'aria-invalid="true"' in response.content.decode()
    assert not User.objects.filter(email="neu@example.org").exists()


def test_another_role_is_saved_and_the_person_signed_out(client, rep, as_user):
    theirs = as_user(rep)

    client.post(page("person", rep), {"name": "Rita", "role": "viewer", "team": ""})

    assert User.objects.get(pk=rep.pk).role == "viewer"
    assert theirs.get(page("profile")).status_code == 302


def test_an_administrator_who_moves_themselves_stays_signed_in(client, boss):
    team = make_team("Zentrale")

    client.post(page("person", boss), {"name": "Berta", "role": "admin", "team": team.pk})

    assert User.objects.get(pk=boss.pk).team == team
    assert client.get(page("people")).status_code == 200


@pytest.mark.case("Z15")
def test_the_last_administrator_is_told_why_not(client, boss):
    response = client.post(page("person", boss), {"name": "Berta", "role": "viewer", "team": ""})

    assert response.status_code == 422
    assert "One administrator must stay." in response.content.decode()
    assert client.post(page("deactivate_person", boss)).status_code == 422
    assert User.objects.get(pk=boss.pk).role == "admin"


def test_a_deactivated_person_is_out_at_once_and_can_come_back(client, rep, as_user):
    theirs = as_user(rep)

    client.post(page("deactivate_person", rep))
    assert theirs.get(page("profile")).status_code == 302

    client.post(page("reactivate_person", rep))
    assert as_user(User.objects.get(pk=rep.pk)).get(page("profile")).status_code == 200


def test_signing_somebody_out_everywhere(client, rep, as_user):
    theirs = as_user(rep)

    client.post(page("end_person_sessions", rep))

    assert theirs.get(page("profile")).status_code == 302


def test_a_new_invitation_replaces_the_old_one(client, boss, now):
    by = user_actor(boss)
    person = invite_person(email="n@a.de", name="N", role="viewer", by=by, as_of=now)

    client.post(page("renew_invitation", person))

    assert User.objects.get(pk=person.pk).invitation_nonce != person.invitation_nonce


@pytest.mark.parametrize("name", ["add_person", "person", "deactivate_person", "add_token"])
def test_an_old_login_must_be_confirmed_first(boss, rep, as_user, name):
    client = as_user(boss)
    address = page(name, rep if "person" in name and name != "add_person" else None)

    response = client.post(address)

    assert response["Location"] == f"/accounts/reauthenticate/?next={address.replace('/', '%2F')}"
    assert User.objects.get(pk=rep.pk).is_active
    assert AuditEntry.objects.count() == 0


def test_a_confirmed_login_goes_on_with_what_was_sent(boss, rep, as_user):
    client = as_user(boss)
    asked = client.post(page("deactivate_person", rep))

    response = client.post(asked["Location"], {"password": "ein guter langer Satz"})

    assert response["Location"] == page("person", rep)
    assert not User.objects.get(pk=rep.pk).is_active


def test_teams_are_created_renamed_and_deleted(client, rep):
    assert client.post(page("teams"), {"name": "Nord"})["Location"] == page("teams")
    north = Team.objects.get(name="Nord")
    client.post(page("team", north), {"name": "Nordwest"})
    taken = client.post(page("team", north), {"name": rep.team.name.upper()})
    kept = client.post(page("delete_team", rep.team), follow=True)
    client.post(page("delete_team", north))

    assert taken.status_code == 422
    assert "There are still people in this team." in kept.content.decode()
    assert list(Team.objects.values_list("name", flat=True)) == [rep.team.name]
    assert list(AuditEntry.objects.order_by("id").values_list("event", flat=True)) == [
        "team.created",
        "team.renamed",
        "team.deleted",
    ]


def test_a_team_of_the_same_name_is_refused(client, team):
    response = client.post(page("teams"), {"name": f" {team.name.upper()} "})

    assert response.status_code == 422
    assert Team.objects.count() == 1
