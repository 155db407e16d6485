"""How complete a profile is (S61), and planned purchases that are too far away (S60)."""

import json
from datetime import timedelta

import pytest
from django.urls import reverse

from accounts.action import writing
from ground.errors import DomainError
from leads.actions.fields import save_field
from leads.actions.lifecycle import change_stage
from leads.actions.profile import add_usual_fields, change_profile
from leads.conditions import leads_where
from leads.models import FieldDefinition, FieldType, Lead, ProfileSettings, StageChange
from leads.profile import current_profile, is_too_early, profile_rows, with_completeness
from leads.stages import Stage
from scoring.actions.crossing import SCORING
from tests.factories import EVERYTHING, NOW, make_lead
from tests.scoring.scene import GERMAN, activity_rule, happen, make_active, rescored

pytestmark = pytest.mark.django_db


def set_profile(weights=None, **values):
    values = {"purchase_field": "", "early_days": 0, **values}
    return change_profile(weights or {}, **values, by=EVERYTHING, as_of=NOW)


def percent(lead):
    return with_completeness(Lead.objects.filter(pk=lead.pk)).get().completeness


@pytest.mark.requirement("S61")
def test_each_known_part_counts_by_its_weight_and_what_is_missing_is_named():
    set_profile({"email": 50, "phone": 25, "company": 25})
    lead = make_lead(phone="")

    row = profile_rows(Lead.objects.all()).get()

    assert row.pk == lead.pk
    assert row.completeness == 50
    assert row.missing == ["phone", "company"]


@pytest.mark.requirement("S61")
def test_a_hundred_percent_is_said_only_of_a_whole_profile():
    set_profile({"email": 100, "last_name": 100, "phone": 1})

    assert percent(make_lead(phone="")) == 99
    assert percent(make_lead(phone="+4930901820", company="Muster")) == 100


@pytest.mark.requirement("S61")
def test_a_no_and_a_nought_are_known():
    for key, kind in (("wants", FieldType.BOOLEAN), ("count", FieldType.NUMBER)):
        values = {"key": key, "field_type": kind, "label_de": key, "label_en": key}
        save_field(None, values, by=EVERYTHING, as_of=NOW)
    set_profile({"custom.wants": 1, "custom.count": 1})

    assert percent(make_lead(custom={"wants": False, "count": 0})) == 100
    assert percent(make_lead(custom={"wants": True})) == 50


@pytest.mark.requirement("S61")
def test_without_settings_the_usual_fields_count_as_far_as_they_are_there():
    assert "custom.company_size" not in current_profile().weights

    add_usual_fields(by=EVERYTHING, as_of=NOW)
    again = add_usual_fields(by=EVERYTHING, as_of=NOW)

    assert again == []
    assert current_profile().weights["custom.company_size"] == 10
    assert FieldDefinition.objects.count() == 4


@pytest.mark.requirement("S61")
def test_a_sensitive_field_tells_nothing_by_the_number():
    values = {"key": "health", "field_type": "text", "label_de": "G", "label_en": "H"}
    field = save_field(None, values, by=EVERYTHING, as_of=NOW)
    set_profile({"email": 1, "custom.health": 1})
    with writing("scene"):
        FieldDefinition.objects.filter(pk=field.pk).update(is_sensitive=True)

    assert percent(make_lead()) == 100
    with pytest.raises(DomainError, match="part of a profile"):
        set_profile({"custom.health": 1})


@pytest.mark.requirement("S61")
@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"weights": {"score": 5}}, "field_unknown"),
        ({"weights": {"email": 101}}, "weight_wrong"),
        ({"early_days": 4000}, "days_wrong"),
        ({"purchase_field": "email"}, "not_a_date"),
    ],
)
def test_what_cannot_be_set_is_refused_and_changes_nothing(values, code):
    with pytest.raises(DomainError) as refused:
        set_profile(values.pop("weights", {}), **values)

    assert refused.value.code == code
    assert not ProfileSettings.objects.exists()


@pytest.mark.requirement("S61")
@pytest.mark.parametrize(
    ("op", "value", "names"),
    [
        ("at_least", 50, "bc"),
        ("more_than", 50, "c"),
        ("at_most", 50, "ab"),
        ("less_than", 50, "a"),
        ("is", 50, "b"),
        ("is_not", 50, "ac"),
        ("between", [1, 60], "b"),
    ],
)
def test_conditions_ask_for_the_same_number(op, value, names):
    set_profile({"phone": 50, "job_title": 50})
    make_lead(last_name="a", phone="")
    make_lead(last_name="b", phone="+4930901820")
    make_lead(last_name="c", phone="+4930901821", job_title="Chefin")

    where = {"field": "completeness", "op": op, "value": value}
    found = leads_where(where, actor=EVERYTHING, as_of=NOW)

    assert sorted(found.values_list("last_name", flat=True)) == sorted(names)


@pytest.mark.requirement("S61")
def test_list_page_and_number_agree_for_each_lead(client, manager):
    set_profile({"email": 20, "phone": 30, "city": 50})
    lead = make_lead(phone="", city="Bremen")
    client.force_login(manager)

    listed = client.get(reverse("lead_list"), {"columns": "name,completeness"}).content.decode()
    page = client.get(reverse("lead_detail", args=[lead.public_id])).content.decode()

    assert "70 %" in listed
    assert "70 % known" in page
    assert "?field=phone" in page
    assert "?field=email" not in page


@pytest.mark.requirement("S61")
def test_one_missing_field_is_filled_in_alone(client, manager):
    lead = make_lead(job_title="")
    client.force_login(manager)
    address = reverse("lead_edit", args=[lead.public_id]) + "?field=job_title"

    shown = client.get(address).content.decode()
    client.post(address, {"job_title": "Chefin", "version": lead.version})

    lead.refresh_from_db()
    assert 'name="job_title"' in shown
    assert 'name="email"' not in shown
    assert lead.job_title == "Chefin"
    assert lead.email


@pytest.mark.requirement("S61")
def test_the_settings_are_kept_and_wrong_ones_are_shown_again(client, marketer):
    client.force_login(marketer)
    address = reverse("lead_profile")

    saved = client.post(address, {"weight.email": "40", "weight.phone": "10", "early_days": "90"})
    wrong = client.post(address, {"weight.email": "400", "early_days": "90"})

    assert saved.status_code == 302, saved.context["form"].errors
    assert wrong.status_code == 422
    row = ProfileSettings.objects.get()
    assert (row.weights, row.early_days) == ({"email": 40, "phone": 10}, 90)


def in_days(number):
    return (NOW + timedelta(days=number)).date().isoformat()


def make_scored(**custom):
    lead = make_lead(country="DE", custom=custom)
    happen(lead)
    return lead


@pytest.fixture
def _purchase():
    values = {"field_type": FieldType.DATE, "label_de": "Kauf", "label_en": "Purchase"}
    save_field(None, {"key": "planned_purchase", **values}, by=EVERYTHING, as_of=NOW)
    make_active(GERMAN, activity_rule(15), mql_threshold=35, min_fit=20)


@pytest.mark.requirement("S60")
@pytest.mark.requirement("S83")
@pytest.mark.usefixtures("_purchase")
def test_no_rule_makes_a_lead_mql_whose_purchase_is_planned_far_ahead():
    far, near = (
        make_scored(planned_purchase=in_days(200)),
        make_scored(planned_purchase=in_days(100)),
    )

    assert rescored(far).mqls == 0
    assert rescored(near).mqls == 1
    assert Lead.objects.get(pk=far.pk).stage == Stage.LEAD
    assert Lead.objects.get(pk=far.pk).score == 35
    assert is_too_early(far, as_of=NOW) == (NOW + timedelta(days=20)).date()
    assert is_too_early(near, as_of=NOW) is None


@pytest.mark.requirement("S60")
@pytest.mark.usefixtures("_purchase")
@pytest.mark.parametrize(("days", "mqls"), [(0, 1), (150, 0), (300, 1)])
def test_how_far_is_too_far_is_set(days, mqls):
    set_profile(purchase_field="planned_purchase", early_days=days)

    assert rescored(make_scored(planned_purchase=in_days(200))).mqls == mqls


@pytest.mark.requirement("S60")
@pytest.mark.usefixtures("_purchase")
def test_what_is_no_day_keeps_nobody_waiting():
    assert rescored(make_scored(planned_purchase="zum Sommer")).mqls == 1


@pytest.mark.requirement("S60")
@pytest.mark.usefixtures("_purchase")
def test_the_gate_stops_machines_and_lets_people_decide():
    far = make_scored(planned_purchase=in_days(200))

    with pytest.raises(DomainError) as refused:
        change_stage([far.pk], to=Stage.MQL, by=SCORING, as_of=NOW)
    assert refused.value.code == "too_early"
    assert not StageChange.objects.filter(to_stage=Stage.MQL).exists()


def test_the_number_stands_in_the_api(client, admin):
    set_profile({"email": 1})
    assert json.dumps({"completeness": percent(make_lead())}) == '{"completeness": 100}'
