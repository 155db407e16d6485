"""The form field that rules, segments and views use."""

import json
from typing import Any

import pytest
from django import forms

from accounts.rights import ROLE_RIGHTS, Role
from conditions.forms import ConditionField
from leads.conditions import LEADS
from tests.conditions.scene import leaf
from tests.factories import make_field

pytestmark = pytest.mark.django_db


class RuleForm(forms.Form):
    where = ConditionField(subject=LEADS)


class ViewForm(forms.Form):
    where = ConditionField(subject=LEADS, is_personal=True, required=False)


def test_a_condition_is_cleaned_to_its_json() -> None:
    form = RuleForm({"where": json.dumps(leaf("city", "is", "  Berlin "))})

    assert form.is_valid()
    assert form.cleaned_data["where"] == leaf("city", "is", "Berlin")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "Say who is meant; for everybody write {&quot;everyone&quot;: true}."),
        ("{", "This is not valid JSON. (where)"),
        ('{"all": []}', "A group must not be empty; say “everyone”. (where.all)"),
        (json.dumps(leaf("owner", "is_me")), "A rule must mean the same for everybody"),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_stays(text: str, message: str) -> None:
    form = RuleForm({"where": text})

    assert not form.is_valid()
    assert message in str(form)
    assert form["where"].value() == text


def test_the_builder_gets_its_addresses_and_the_stored_condition() -> None:
    page = str(RuleForm(initial={"where": leaf("city", "is", "Köln")}))

    assert 'data-condition-catalogue-value="/conditions/fields/"' in page
    assert 'data-condition-preview-value="/conditions/preview/"' in page
    assert "Köln" in page
    assert "personal=1" not in page


def test_a_view_may_say_me_and_may_be_empty() -> None:
    assert ViewForm({"where": json.dumps(leaf("owner", "is_me"))}).is_valid()
    empty = ViewForm({"where": ""})
    assert empty.is_valid()
    assert empty.cleaned_data["where"] is None
    assert "/conditions/fields/?personal=1" in str(empty)
    assert 'data-condition-optional-value="true"' in str(empty)
    assert 'data-condition-optional-value="false"' in str(RuleForm())


def test_a_field_that_the_writer_may_not_read_is_refused() -> None:
    make_field("health", is_sensitive=True)
    form = RuleForm({"where": json.dumps(leaf("custom.health", "is", "x"))})
    form.fields["where"].rights = ROLE_RIGHTS[Role.VIEWER]

    assert not form.is_valid()
    assert form.errors["where"] == ["There is no such field. (where.field)"]


@pytest.mark.parametrize(
    ("initial", "text", "changed"),
    [
        (leaf("city", "is", "x"), json.dumps(leaf("city", "is", "x"), indent=8), False),
        (leaf("city", "is", "x"), json.dumps(leaf("city", "is", "y")), True),
        (leaf("city", "is", "x"), "{", True),
        (None, "", False),
    ],
)
def test_only_another_condition_is_a_change(initial: Any, text: str, changed: bool) -> None:
    form = ViewForm({"where": text}, initial={"where": initial})

    assert form.has_changed() is changed


def test_a_script_in_a_condition_stays_text() -> None:
    nasty = leaf("city", "is", "</textarea><script>alert(1)</script>")

    assert "<script>" not in str(RuleForm(initial={"where": nasty}))
