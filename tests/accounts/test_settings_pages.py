import pytest
from django.test import Client

from accounts.actions.organisation import change_organisation
from accounts.actions.profile import change_profile
from accounts.actions.teams import create_team
from accounts.actor import user_actor
from accounts.memo import remembering
from accounts.models import AuditEntry, Organisation, User
from ground.errors import NotAllowedError
from tests.factories import make_user

PROFILE = {
    "name": "Rita Neu",
    "phone": "+49 30 1234",
    "language": "de",
    "time_zone": "America/New_York",
    "theme": "dark",
}


@pytest.fixture
def filled() -> dict[str, str]:
    return {
        "name": "Muster GmbH",
        "street": "Hauptstraße 1",
        "postal_code": "10115",
        "city": "Berlin",
        "email": "info@muster.example",
        "second_contact": "+49 30 1234",
        "default_language": "de",
        "form_of_address": "du",
        "time_zone": "Europe/Vienna",
        "currency": "CHF",
    }


def test_everybody_edits_their_own_profile(rep, as_user):
    client = as_user(rep)

    response = client.post("/settings/profile/", PROFILE)

    changed = User.objects.get(pk=rep.pk)
    assert response["Location"] == "/settings/profile/"
    assert (changed.name, changed.language, changed.theme) == ("Rita Neu", "de", "dark")
    assert (changed.time_zone, changed.has_single_keys) == ("America/New_York", False)
    assert (changed.email, changed.role) == (rep.email, "sales_rep")


@pytest.mark.parametrize(
    "wrong", [{"language": "xx"}, {"time_zone": "Moon/Base"}, {"theme": "pink"}, {"name": ""}]
)
def test_a_wrong_profile_is_not_saved(rep, as_user, wrong):
    response = as_user(rep).post("/settings/profile/", PROFILE | wrong)

    assert response.status_code == 422
    assert User.objects.get(pk=rep.pk).name == rep.name


@pytest.mark.case("C16")
def test_a_profile_form_sets_nothing_else(rep, as_user):
    extra = {"role": "admin", "is_active": "", "email": "x@y.de", "team": "", "password": "x"}

    as_user(rep).post("/settings/profile/", PROFILE | extra)

    changed = User.objects.get(pk=rep.pk)
    assert (changed.role, changed.email, changed.team) == (rep.role, rep.email, rep.team)
    assert changed.password == rep.password


def test_nobody_edits_the_profile_of_another(rep, stranger, now):
    with pytest.raises(NotAllowedError):
        change_profile(rep.pk, {"name": "Eve"}, by=user_actor(stranger), as_of=now)

    with pytest.raises(ValueError, match="role"):
        change_profile(rep.pk, {"role": "admin"}, by=user_actor(rep), as_of=now)


def test_the_language_of_the_person_wins_over_that_of_the_browser(rep, as_user):
    client = as_user(rep)
    german = client.get("/settings/profile/", headers={"Accept-Language": "de"})
    assert '<html lang="en"' in german.content.decode()

    client.post("/preferences/", {"language": "de"})

    page = client.get("/settings/profile/", headers={"Accept-Language": "en"})
    assert '<html lang="de"' in page.content.decode()


def test_a_visitor_switches_the_language_before_signing_in(client, db):
    response = client.post("/preferences/", {"language": "de", "next": "/accounts/login/"})

    assert response["Location"] == "/accounts/login/"
    assert response.cookies["leadcrm_language"]["httponly"]
    assert '<html lang="de"' in client.get("/accounts/login/").content.decode()


@pytest.mark.case("A08")
@pytest.mark.parametrize("target", ["//evil.example", "https://evil.example", "/\\evil.example"])
def test_switching_the_language_leads_nowhere_else(client, db, target):
    assert client.post("/preferences/", {"language": "de", "next": target})["Location"] == "/"


@pytest.mark.parametrize("wrong", [{}, {"language": "xx"}, {"theme": "pink"}])
def test_an_unknown_preference_is_refused(rep, as_user, wrong):
    assert as_user(rep).post("/preferences/", wrong).status_code == 400


def test_signing_out_everywhere_else_keeps_this_session(rep, as_user):
    here, elsewhere = as_user(rep), as_user(rep)

    here.post("/settings/profile/sessions/")

    assert here.get("/settings/profile/").status_code == 200
    assert elsewhere.get("/settings/profile/").status_code == 302


def test_the_organisation_is_saved_and_read_once_a_request(
    admin, as_user, filled, django_assert_num_queries
):
    response = as_user(admin).post("/settings/organisation/", filled)

    assert response["Location"] == "/settings/organisation/"
    saved = Organisation.current()
    assert (saved.name, saved.currency, saved.form_of_address) == ("Muster GmbH", "CHF", "du")
    with remembering(), django_assert_num_queries(1):
        assert Organisation.current() is Organisation.current()
    entry = AuditEntry.objects.get()
    assert entry.event == "organisation.changed"
    assert entry.data["name"] == ["", "Muster GmbH"]


def test_a_change_is_seen_in_the_same_request(admin, now):
    by = user_actor(admin)
    with remembering():
        assert Organisation.current().name == ""
        change_organisation({"name": "Neu AG"}, by=by, as_of=now)

        assert Organisation.current().name == "Neu AG"
    assert change_organisation({"name": "Neu AG"}, by=by, as_of=now).name == "Neu AG"
    assert AuditEntry.objects.count() == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": " "},
        {"email": "nobody"},
        {"currency": "euro"},
        {"time_zone": "Nowhere"},
        {"privacy_policy_url": "javascript:alert(1)"},
    ],
)
def test_a_wrong_organisation_is_not_saved(admin, as_user, filled, wrong):
    response = as_user(admin).post("/settings/organisation/", filled | wrong)

    assert response.status_code == 422
    assert Organisation.objects.count() == 0


def test_the_imprint_names_what_is_missing_and_shows_what_is_there(admin, as_user, filled):
    client = as_user(admin)
    before = client.get("/settings/organisation/").context["missing"]
    client.post("/settings/organisation/", filled)

    assert before == [
        "organisation",
        "street",
        "postal code",
        "city",
        "e-mail",
        "second way to reach you",
    ]
    assert client.get("/settings/organisation/").context["missing"] == []
    assert Organisation.current().imprint_lines == [
        "Muster GmbH",
        "Hauptstraße 1",
        "10115 Berlin",
        "info@muster.example",
        "+49 30 1234",
    ]


def test_the_log_is_narrowed_and_checked(admin, boss, as_user, now):
    create_team(name="Nord", by=user_actor(admin), as_of=now)
    change_organisation({"name": "Neu AG"}, by=user_actor(boss), as_of=now)
    client = as_user(admin)

    def events(query):
        page = client.get(f"/settings/audit/{query}").context["page"]
        return [entry.event for entry in page.rows]

    assert events("") == ["organisation.changed", "team.created"]
    assert events("?event=team.created") == ["team.created"]
    assert events("?q=berta") == ["organisation.changed"]
    assert events("?since=2026-11-02&until=2026-11-02") == ["organisation.changed", "team.created"]
    assert events("?since=2026-11-03") == []
    assert events("?until=2026-11-01") == []
    assert client.get("/settings/audit/?check=1").context["report"].entries == 2


@pytest.mark.case("X01")
def test_what_somebody_typed_is_escaped_in_the_log_and_the_lists(admin, fresh, now):
    evil = '"><img src=x onerror=alert(1)>'
    person = make_user(name=evil)
    create_team(name=evil, by=user_actor(admin), as_of=now)
    client = fresh(admin)

    for page in ("audit", "people", "teams", f"people/{person.public_id}"):
        content = client.get(f"/settings/{page}/").content.decode()
        assert "<img src=x" not in content
        assert "&lt;img src=x" in content


def test_settings_are_for_administrators(marketer, as_user):
    client = as_user(marketer)
    pages = ["organisation", "people", "people/add", "teams", "tokens", "tokens/add", "audit"]

    assert {client.get(f"/settings/{page}/").status_code for page in pages} == {403}
    assert {Client().get(f"/settings/{page}/").status_code for page in pages} == {302}
