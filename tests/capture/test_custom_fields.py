import pytest

from capture.catalogue import offers
from leads.models import Lead
from tests.capture.scene import answers, make_form, send, submit, visitor
from tests.factories import make_field

pytestmark = pytest.mark.django_db
CHOICES = [
    {"value": "s", "de": "Klein", "en": "Small"},
    {"value": "l", "de": "Groß", "en": "Large"},
]


def form_with(key, field_type, **overrides):
    make_field(key, field_type, **overrides)
    spec = offers()[f"custom_{key}"].spec(required=True)
    email = offers()["email"].spec(required=True)
    fields = [
        {
            "name": item.name,
            "label": item.label,
            "kind": item.kind,
            "required": item.required,
            "choices": list(item.choices),
        }
        for item in (email, spec)
    ]
    return make_form(definition={"fields": fields})


@pytest.mark.parametrize(
    ("field_type", "given", "stored"),
    [
        ("text", "Solar", "Solar"),
        ("number", "1.234,5", 1234.5),
        ("boolean", "on", True),
        ("date", "24.12.2026", "2026-12-24"),
        ("choice", "l", "l"),
        ("multi_choice", ["s", "l"], ["l", "s"]),
        ("url", "https://example.org", "https://example.org"),
        ("long_text", "a\nb", "a\nb"),
    ],
)
def test_an_answer_to_a_custom_field_is_typed(field_type, given, stored):
    choices = CHOICES if "choice" in field_type else []
    form = form_with("extra", field_type, choices=choices)

    submit(form, custom_extra=given)

    assert Lead.objects.get().custom == {"extra": stored}
    assert 'name="custom_extra"' in visitor().get(f"/f/{form.public_id}/").content.decode()


@pytest.mark.requirement("S24")
@pytest.mark.parametrize(
    ("field_type", "given"),
    [
        ("number", "viel"),
        ("number", "1e9999999"),
        ("date", "31.02.2026"),
        ("date", "3000000000.1.2020"),
        ("choice", "xl"),
        ("url", "nirgends"),
    ],
)
def test_an_answer_that_does_not_fit_is_marked(field_type, given):
    form = form_with("extra", field_type, choices=CHOICES if field_type == "choice" else [])

    response = send(form, answers(form, custom_extra=given))

    assert response.status_code == 422
    assert list(response.json()["errors"]) == ["custom_extra"]
    assert Lead.objects.count() == 0
