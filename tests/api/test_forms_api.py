import pytest

from capture.models import Form
from tests.api.client import ApiClient
from tests.capture.scene import make_draft, make_form

pytestmark = pytest.mark.django_db


@pytest.fixture
def api(marketer):
    return ApiClient(marketer, "forms:read")


def test_forms_are_listed_the_newest_first(api):
    form, draft = make_form(), make_draft()

    results = api.get("forms/").json()["results"]

    assert [(item["id"], item["name"], item["state"]) for item in results] == [
        (str(draft.public_id), "Entwurf", "draft"),
        (str(form.public_id), form.name, "published"),
    ]


def test_a_form_is_read_as_visitors_see_it(api):
    form = make_form("newsletter")

    told = api.get(f"forms/{form.public_id}/").json()

    assert (told["kind"], told["language"]) == ("newsletter", "en")
    assert told["definition"] == form.published.definition
    assert [field["name"] for field in told["definition"]["fields"]] == ["first_name", "email"]


def test_what_was_never_published_has_no_definition(api):
    draft = make_draft()

    told = api.get(f"forms/{draft.public_id}/").json()

    assert (told["state"], told["definition"]) == ("draft", None)


def test_forms_come_in_pages_by_cursor(api):
    forms = [make_draft() for _number in range(3)]

    first = api.get("forms/?page_size=2").json()
    second = api.client.get(first["next"], headers={"Authorization": f"Bearer {api.key}"}).json()

    ids = [item["id"] for item in (*first["results"], *second["results"])]
    assert ids == [str(form.public_id) for form in reversed(forms)]
    assert second["next"] is None


@pytest.mark.case("Z09")
def test_a_key_without_the_scope_reads_no_form(marketer):
    form = make_form()
    other = ApiClient(marketer, "leads:read", "submissions:read")

    assert other.get("forms/").status_code == 403
    assert other.get(f"forms/{form.public_id}/").status_code == 403


def test_a_scope_gives_nobody_more_than_they_have(rep):
    make_form()

    assert ApiClient(rep, "forms:read").get("forms/").status_code == 403


@pytest.mark.parametrize("method", ["POST", "PATCH", "DELETE"])
def test_forms_are_made_in_the_editor_and_not_by_api(api, method):
    form = make_form()

    answers = [
        api.call(method, path, {"name": "X"}).status_code
        for path in ("forms/", f"forms/{form.public_id}/")
    ]

    assert answers == [405, 405]
    assert list(Form.objects.values_list("name", flat=True)) == [form.name]


def test_a_form_that_is_not_there_is_not_found(api):
    response = api.get("forms/00000000-0000-4000-8000-000000000000/")

    assert response.status_code == 404
