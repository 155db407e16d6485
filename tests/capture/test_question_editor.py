"""Own questions in the editor: added, filled in, made to depend on one another."""

import pytest
from django.urls import reverse

from capture.models import Form, FormState
from capture.questions import QUESTION_KINDS
from tests.capture.scene import make_draft
from tests.capture.test_editor import edit

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(as_user, marketer):
    return as_user(marketer)


def drafted(form):
    return Form.objects.get(pk=form.pk).draft["fields"]


def test_every_kind_of_question_can_be_added_saved_and_published(client):
    form = make_draft()
    for kind in QUESTION_KINDS:
        edit(client, Form.objects.get(pk=form.pk), do=f"ask:{kind}")

    form = Form.objects.get(pk=form.pk)
    edit(client, form, do="publish")

    kinds = [field["kind"] for field in drafted(form) if field["name"].startswith("q_")]
    assert kinds == list(QUESTION_KINDS)
    assert Form.objects.get(pk=form.pk).state == FormState.PUBLISHED


def test_choices_are_written_one_in_each_line_with_or_without_a_value(client):
    form = make_draft()
    edit(client, form, do="ask:select")
    form = Form.objects.get(pk=form.pk)
    lines = "Basis = 49\n\n  Profi=99 \nAuf Anfrage\nAuf Anfrage\n= 3"

    edit(client, form, **{"choices.q_1": lines})

    assert drafted(form)[-1]["choices"] == [
        {"value": "49", "label": "Basis"},
        {"value": "99", "label": "Profi"},
        {"value": "Auf Anfrage", "label": "Auf Anfrage"},
    ]
    page = client.get(reverse("form_edit", args=[form.public_id])).content.decode()
    assert "Basis = 49\nProfi = 99\nAuf Anfrage</textarea>" in page


def test_a_field_may_depend_on_those_before_it_and_on_no_other(client):
    form = make_draft()
    edit(client, form, do="ask:radio")
    edit(client, Form.objects.get(pk=form.pk), do="ask:text")
    form = Form.objects.get(pk=form.pk)
    first = drafted(form)[-2]["choices"][0]["value"]

    edit(client, form, **{"if.q_2": f"q_1={first}"})

    assert drafted(form)[-1]["show_if"] == {"field": "q_1", "values": [first]}
    page = client.get(reverse("form_edit", args=[form.public_id])).content.decode()
    assert f'<option value="q_1={first}" selected>' in page
    edit(client, Form.objects.get(pk=form.pk), do="remove:q_1", **{"if.q_2": f"q_1={first}"})
    refused = edit(client, Form.objects.get(pk=form.pk), do="publish", **{"if.q_2": f"q_1={first}"})
    assert refused.status_code == 422
    assert "depends on a field that does not come before it" in refused.content.decode()


def test_choices_without_anything_to_choose_from_cannot_be_published(client):
    form = make_draft()
    edit(client, form, do="ask:radio")

    refused = edit(client, Form.objects.get(pk=form.pk), do="publish", **{"choices.q_1": " "})

    assert refused.status_code == 422
    assert "something to choose from" in refused.content.decode()
