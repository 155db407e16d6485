from datetime import timedelta

import pytest

from accounts.actor import user_actor
from ground.errors import ConflictError, DomainError, NotAllowedError
from leads.actions.editing import delete_leads, edit_lead, pause_leads, restore_leads, tag_leads
from leads.models import Activity, Lead
from tests.factories import EVERYTHING, NOW, make_field, make_lead

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=1)


def kinds(lead):
    return list(lead.activities.order_by("pk").values_list("kind", flat=True))


def test_an_edit_is_on_the_timeline_with_old_and_new_value(marketer):
    lead = make_lead(first_name="Ada", company="Alt GmbH")

    changed = edit_lead(
        lead.pk,
        {"first_name": "Adele", "company": "Neu AG", "city": ""},
        by=user_actor(marketer),
        as_of=LATER,
    )

    lead.refresh_from_db()
    assert changed == {"first_name": ["Ada", "Adele"], "company": ["Alt GmbH", "Neu AG"]}
    assert (lead.first_name, lead.company.name, lead.version) == ("Adele", "Neu AG", 2)
    activity = lead.activities.get(kind="lead.updated")
    assert activity.data == {"changes": changed}
    assert activity.actor_label == "Mara Marketing"


def test_an_edit_that_changes_nothing_is_not_recorded():
    lead = make_lead(first_name="Ada")

    assert edit_lead(lead.pk, {"first_name": "Ada"}, by=EVERYTHING, as_of=LATER) == {}

    assert kinds(lead) == ["lead.created"]


def test_an_edit_of_an_older_version_is_refused_and_shows_the_present_values():
    lead = make_lead(first_name="Ada")
    edit_lead(lead.pk, {"first_name": "Adele"}, by=EVERYTHING, as_of=LATER, version=1)

    with pytest.raises(ConflictError) as refusal:
        edit_lead(lead.pk, {"first_name": "Eva"}, by=EVERYTHING, as_of=LATER, version=1)

    assert refusal.value.details == {"present": {"first_name": "Adele"}, "version": 2}
    assert Lead.objects.get().first_name == "Adele"


def test_a_new_address_finds_the_lead_and_the_old_one_still_does():
    lead = make_lead(email="old@example.org")

    edit_lead(lead.pk, {"email": "New@Example.org"}, by=EVERYTHING, as_of=LATER)

    assert sorted(lead.identifiers.values_list("normalised", flat=True)) == [
        "new@example.org",
        "old@example.org",
    ]


def test_the_address_of_another_lead_is_refused_and_nothing_is_changed():
    make_lead(email="taken@example.org")
    lead = make_lead(email="ada@example.org")

    with pytest.raises(DomainError) as refusal:
        edit_lead(
            lead.pk,
            {"first_name": "X", "email": "taken@example.org"},
            by=EVERYTHING,
            as_of=LATER,
        )

    assert (refusal.value.code, refusal.value.field) == ("identifier_taken", "email")
    lead.refresh_from_db()
    assert (lead.first_name, lead.email) == ("Ada", "ada@example.org")


@pytest.mark.parametrize(
    ("name", "value"), [("phone", "-"), ("phone", "n/a"), ("email", "@"), ("email", "keine")]
)
def test_a_placeholder_is_kept_and_identifies_nobody(name, value):
    make_lead(**{name: value})
    lead = make_lead(email="ada@example.org", phone="030 901820")

    edit_lead(lead.pk, {name: value}, by=EVERYTHING, as_of=LATER)

    lead.refresh_from_db()
    assert (getattr(lead, name), getattr(lead, f"is_{name}_valid")) == (value, False)
    assert list(lead.identifiers.order_by("kind").values_list("normalised", flat=True)) == [
        "ada@example.org",
        "+4930901820",
    ]


def test_a_number_belongs_to_the_country_of_the_same_edit():
    lead = make_lead(country="DE")

    edit_lead(lead.pk, {"phone": "01 58858", "country": "AT"}, by=EVERYTHING, as_of=LATER)

    lead.refresh_from_db()
    assert (lead.phone, lead.country, lead.is_phone_valid) == ("+43 1 58858", "AT", True)


@pytest.mark.parametrize("name", ["owner_id", "score", "stage", "version", "custom.unknown"])
def test_a_field_that_has_its_own_action_cannot_be_edited(name):
    lead = make_lead()

    with pytest.raises(DomainError) as refusal:
        edit_lead(lead.pk, {name: "5"}, by=EVERYTHING, as_of=LATER)

    assert refusal.value.code == "field_unknown"


def test_a_custom_field_is_typed_and_can_be_emptied():
    make_field("employees", "number")
    lead = make_lead()

    edit_lead(lead.pk, {"custom.employees": "1.200"}, by=EVERYTHING, as_of=LATER)
    lead.refresh_from_db()
    assert lead.custom == {"employees": 1200}

    edit_lead(lead.pk, {"custom.employees": ""}, by=EVERYTHING, as_of=LATER)
    lead.refresh_from_db()
    assert lead.custom == {}


def test_a_rep_cannot_edit_the_lead_of_another_team(rep, stranger):
    lead = make_lead(owner=stranger, team=stranger.team)

    with pytest.raises(DomainError) as refusal:
        edit_lead(lead.pk, {"first_name": "X"}, by=user_actor(rep), as_of=LATER)

    assert refusal.value.code == "lead_missing"
    lead.refresh_from_db()
    assert lead.first_name == "Ada"


def test_tags_are_added_and_removed_once(marketer):
    lead = make_lead()

    tag_leads([lead.pk], add=["Messe", "VIP"], by=user_actor(marketer), as_of=LATER)
    tag_leads([lead.pk], add=["VIP"], by=user_actor(marketer), as_of=LATER)
    tag_leads([lead.pk], remove=["Messe"], by=user_actor(marketer), as_of=LATER)

    assert list(lead.tags.values_list("name", flat=True)) == ["VIP"]
    assert list(
        Activity.objects.filter(kind="lead.tagged").order_by("pk").values_list("data", flat=True)
    ) == [{"added": ["Messe", "VIP"], "removed": []}, {"added": [], "removed": ["Messe"]}]


@pytest.mark.requirement("S12")
def test_a_lead_is_left_in_peace_until_a_day(service):
    lead = make_lead()

    assert pause_leads([lead.pk], until=LATER, by=user_actor(service), as_of=NOW) == 1
    assert pause_leads([lead.pk], until=LATER, by=user_actor(service), as_of=NOW) == 0

    lead.refresh_from_db()
    assert lead.paused_until == LATER
    assert kinds(lead) == ["lead.created", "lead.paused"]


def test_a_deleted_lead_is_seen_by_nobody_and_comes_back_whole(manager):
    lead = make_lead(owner=manager, team=manager.team)
    by = user_actor(manager)

    assert delete_leads([lead.pk], by=by, as_of=LATER) == 1
    assert not Lead.objects.visible_to(by).exists()

    assert restore_leads([lead.pk], by=by, as_of=LATER) == 1
    assert Lead.objects.visible_to(by).get() == lead
    assert kinds(lead) == ["lead.created", "lead.deleted", "lead.restored"]


def test_a_rep_may_not_delete_and_nothing_is_changed(rep):
    lead = make_lead(owner=rep, team=rep.team)

    with pytest.raises(NotAllowedError):
        delete_leads([lead.pk], by=user_actor(rep), as_of=LATER)

    lead.refresh_from_db()
    assert lead.deleted_at is None
