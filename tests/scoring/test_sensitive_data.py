"""Sensitive data in rules: somebody writes down what it is used for, or there is no rule."""

import pytest
from django.urls import reverse
from django.utils import translation

from accounts.action import writing
from ground.errors import DomainError
from leads.customfields import forget_fields
from leads.models import FieldDefinition, Segment
from scoring.actions.approval import propose_version
from scoring.actions.drafts import create_draft, save_rule
from scoring.actions.exchange import dump_model, load_model
from scoring.diff import compare
from scoring.models import VersionState
from tests.factories import EVERYTHING, NOW, make_field
from tests.scoring.scene import GERMAN, fit_rule, make_active, make_draft

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("S75")]

OLDER = {"field": "custom.age", "op": "at_least", "value": 50}
WHY = "Der Tarif gilt ab 50; Einwilligung im Formular."


@pytest.fixture(autouse=True)
def _age():
    make_field("age", "number", label_en="Age", label_de="Alter", is_sensitive=True)


@pytest.fixture
def _older():
    with writing("scene"):
        Segment.objects.create(name="Older", where={"any": [OLDER, GERMAN["where"]]})


@pytest.mark.parametrize("purpose", ["", "   "])
def test_a_rule_on_sensitive_data_needs_a_purpose(purpose):
    draft = make_draft()

    with pytest.raises(DomainError) as refusal:
        save_rule(draft.pk, fit_rule(5, OLDER) | {"purpose": purpose}, by=EVERYTHING, as_of=NOW)

    assert (refusal.value.code, refusal.value.field) == ("purpose_missing", "purpose")
    assert "sensitive data (Age)" in str(refusal.value.message)
    assert not draft.rules.exists()


@pytest.mark.usefixtures("_older")
def test_a_segment_does_not_hide_it():
    segment = Segment.objects.get()
    where = {"not": {"field": "segment", "op": "is", "value": str(segment.public_id)}}
    draft = make_draft()

    with pytest.raises(DomainError) as refusal:
        save_rule(draft.pk, fit_rule(5, where), by=EVERYTHING, as_of=NOW)

    assert refusal.value.code == "purpose_missing"


def test_with_a_purpose_it_is_kept_shown_compared_and_taken_along(as_user, marketer):
    draft = make_draft()
    columns = fit_rule(5, OLDER) | {"purpose": f" {WHY} "}

    rule = save_rule(draft.pk, columns, by=EVERYTHING, as_of=NOW)
    page = as_user(marketer).get(reverse("scoring_version", args=[draft.public_id]))

    assert rule.purpose == WHY
    html = page.content.decode()
    assert "sensitive data" in html
    assert WHY in html
    copy = load_model(dump_model(draft), by=EVERYTHING, as_of=NOW, name="Copy")
    assert copy.rules.get().purpose == WHY
    (change,) = [item for item in compare(make_draft(name="Other"), draft) if item.kind == "added"]
    assert change.after.endswith(f"(Purpose: {WHY})")


def test_other_rules_need_none():
    rule = save_rule(make_draft().pk, GERMAN, by=EVERYTHING, as_of=NOW)

    assert rule.purpose == ""


def test_what_is_marked_as_sensitive_later_holds_up_the_next_version():
    with writing("scene"):
        FieldDefinition.objects.update(is_sensitive=False)
    forget_fields()
    version = make_active(fit_rule(5, OLDER))
    with writing("scene"):
        FieldDefinition.objects.update(is_sensitive=True)
    forget_fields()
    draft = create_draft(version.model_id, by=EVERYTHING, as_of=NOW)

    with pytest.raises(DomainError) as refusal:
        propose_version(draft.pk, by=EVERYTHING, as_of=NOW)

    draft.refresh_from_db()
    assert (refusal.value.code, draft.state) == ("purpose_missing", VersionState.DRAFT)


def test_the_form_keeps_what_was_typed_and_says_it_in_german(as_user, marketer):
    draft = make_draft()
    data = {"about": "condition", "axis": "fit", "points": "7", "where": '{"field": "custom.age",'
            ' "op": "at_least", "value": 50}'}  # fmt: skip
    address = reverse("scoring_rule_new", args=[draft.public_id])

    with translation.override("de"):
        marketer.language = "de"
        marketer.save()
        response = as_user(marketer).post(f"{address}?about=condition", data)

    html = response.content.decode()
    assert response.status_code == 422
    assert "nach sensiblen Daten (Alter)" in html
    assert 'value="7"' in html
