import pytest
from django.urls import reverse

from accounts.actor import user_actor
from ground.errors import DomainError
from leads.actions.fields import save_field
from leads.models import FieldDefinition, Lead
from tests.api.client import ApiClient
from tests.factories import NOW

pytestmark = pytest.mark.django_db

HOSTILE = [
    'a" FROM x--',
    "$(id)",
    "%s",
    "a.b",
    "Budget",
    "1a",
    "_a",
    "a\n",
    "",
    "x" * 51,
    "x" * 200,
    "größe",
]
TEXTS = {"field_type": "text", "label_de": "Größe", "label_en": "Size"}


@pytest.mark.case("Q04")
@pytest.mark.parametrize("key", HOSTILE)
def test_a_key_that_is_no_plain_word_is_refused_by_the_action_itself(admin, key):
    with pytest.raises(DomainError) as refusal:
        save_field(None, {**TEXTS, "key": key}, by=user_actor(admin), as_of=NOW)

    assert (refusal.value.code, refusal.value.field) == ("key_invalid", "key")
    assert not FieldDefinition.objects.exists()


@pytest.mark.case("Q04")
@pytest.mark.parametrize("key", [key for key in HOSTILE if key == key.strip()])
def test_the_page_says_that_a_key_is_no_plain_word(as_user, admin, key):
    response = as_user(admin).post(reverse("field_create"), {**TEXTS, "key": key})

    assert response.status_code == 422
    assert "key" in response.context["form"].errors
    assert not FieldDefinition.objects.exists()


@pytest.mark.case("Q04")
def test_a_type_that_there_is_not_is_refused(admin):
    with pytest.raises(DomainError) as refusal:
        save_field(
            None, {**TEXTS, "key": "size", "field_type": "jsonb"}, by=user_actor(admin), as_of=NOW
        )

    assert refusal.value.code == "type_unknown"
    assert not FieldDefinition.objects.exists()


@pytest.mark.case("Q04")
def test_a_key_of_50_letters_is_kept_and_never_changed(admin):
    by, key = user_actor(admin), f"a_{'9' * 48}"
    field = save_field(None, {**TEXTS, "key": key}, by=by, as_of=NOW)

    save_field(field, {"key": "%s", "label_en": "Width"}, by=by, as_of=NOW)

    field.refresh_from_db()
    assert (field.key, field.label_en) == (key, "Width")


@pytest.mark.case("Q04")
@pytest.mark.parametrize("key", HOSTILE)
def test_a_key_of_the_api_that_no_field_has_is_left_out(admin, key):
    api = ApiClient(admin, "leads:read", "leads:write")
    body = {"channel": "api", "email": "ada@example.org", "custom": {key: "x"}}

    created = api.post("leads/", body)
    changed = api.patch(f"leads/{created.json()['id']}/", {"custom": {key: "x"}, "version": 1})

    assert (created.status_code, changed.status_code) == (201, 422)
    assert Lead.objects.get().custom == {}
