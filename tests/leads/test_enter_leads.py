from datetime import timedelta

import pytest

from accounts.actor import user_actor
from ground.errors import DomainError
from leads.actions.entry import enter_leads
from leads.entries import ConsentEntry, IdentifierEntry, LeadEntry
from leads.models import Activity, Company, Consent, Lead, StageChange
from leads.stages import Channel, Stage
from tests.factories import EVERYTHING, NOW, make_field, make_lead

pytestmark = pytest.mark.django_db


def entry(**overrides):
    values = {"channel": Channel.WEBSITE, "occurred_at": NOW, **overrides}
    return LeadEntry(**values)


@pytest.mark.requirement("S02")
@pytest.mark.parametrize(
    "overrides",
    [
        {"values": {"phone": "030 901820"}},
        {"identifiers": [IdentifierEntry("chat", "whatsapp:ada")]},
        {"values": {"street": "Hauptstr. 1", "postal_code": "10115", "city": "Berlin"}},
    ],
)
def test_a_lead_without_email_is_a_lead_and_is_found_again(overrides):
    (first,) = enter_leads([entry(**overrides)], by=EVERYTHING, as_of=NOW)
    (second,) = enter_leads([entry(**overrides)], by=EVERYTHING, as_of=NOW)

    assert (first.is_new, second.is_new) == (True, False)
    assert first.lead_id == second.lead_id
    assert Lead.objects.count() == 1


@pytest.mark.requirement("S01")
def test_a_lead_without_channel_is_refused_and_nothing_is_written():
    with pytest.raises(DomainError) as refusal:
        enter_leads([entry(channel="", values={"email": "a@b.de"})], by=EVERYTHING, as_of=NOW)

    assert refusal.value.code == "channel_missing"
    assert Lead.objects.count() == 0


def test_the_first_channel_and_time_stay_when_the_lead_comes_again():
    values = {"email": "ada@example.org"}
    enter_leads([entry(values=values)], by=EVERYTHING, as_of=NOW)

    later = NOW + timedelta(days=1)
    again = entry(values=values, channel=Channel.PHONE, occurred_at=later)
    enter_leads([again], by=EVERYTHING, as_of=later)

    lead = Lead.objects.get()
    assert (lead.first_channel, lead.first_channel_at) == (Channel.WEBSITE, NOW)


def test_entries_about_the_same_person_become_one_lead():
    entries = [
        entry(values={"email": "J.Mueller@Example.de", "first_name": "Jürgen"}),
        entry(values={"email": "j.mueller@example.de", "phone": "030/901820"}),
        entry(values={"phone": "+49 30 901820", "last_name": "Müller"}),
    ]

    results = enter_leads(entries, by=EVERYTHING, as_of=NOW)

    lead = Lead.objects.get()
    assert [result.is_new for result in results] == [True, False, False]
    assert (lead.first_name, lead.last_name, lead.phone) == ("Jürgen", "Müller", "+49 30 901820")
    assert sorted(lead.identifiers.values_list("kind", "normalised")) == [
        ("email", "j.mueller@example.de"),
        ("phone", "+4930901820"),
    ]


def test_known_values_stay_unless_the_entry_overwrites():
    make_lead(email="ada@example.org", first_name="Ada")

    values = {"email": "ada@example.org", "first_name": "Adele"}
    (filled,) = enter_leads([entry(values=values)], by=EVERYTHING, as_of=NOW)
    (overwritten,) = enter_leads([entry(values=values, overwrite=True)], by=EVERYTHING, as_of=NOW)

    assert filled.changed == {}
    assert overwritten.changed == {"first_name": ("Ada", "Adele")}
    assert Lead.objects.get().first_name == "Adele"


def test_the_same_entry_twice_records_nothing_the_second_time():
    values = {"email": "ada@example.org", "first_name": "Ada"}
    enter_leads([entry(values=values)], by=EVERYTHING, as_of=NOW)
    enter_leads([entry(values=values)], by=EVERYTHING, as_of=NOW)

    assert list(Activity.objects.values_list("kind", flat=True)) == ["lead.created"]
    assert StageChange.objects.count() == 1


def test_an_invalid_address_is_kept_with_a_warning():
    (result,) = enter_leads([entry(values={"email": "not-an-address"})], by=EVERYTHING, as_of=NOW)

    lead = Lead.objects.get()
    assert (lead.email, lead.is_email_valid) == ("not-an-address", False)
    assert [warning.code for warning in result.warnings] == ["email_invalid"]


def test_custom_values_are_typed_and_a_bad_one_is_named():
    make_field("employees", "number")
    make_field("since", "date")
    custom = {"employees": "1.234,5", "since": "31.02.2026", "unknown": "x"}

    (result,) = enter_leads(
        [entry(values={"email": "a@b.de"}, custom=custom)], by=EVERYTHING, as_of=NOW
    )

    assert Lead.objects.get().custom == {"employees": 1234.5}
    assert [(w.code, w.field) for w in result.warnings] == [("custom_value", "since")]


def test_a_subscriber_rises_to_lead_and_never_falls_back():
    values = {"email": "ada@example.org"}
    for stage in (Stage.SUBSCRIBER, Stage.LEAD, Stage.SUBSCRIBER):
        enter_leads([entry(values=values, stage=stage)], by=EVERYTHING, as_of=NOW)

    assert Lead.objects.get().stage == Stage.LEAD
    changes = StageChange.objects.values_list("from_stage", "to_stage")
    assert list(changes) == [("", "subscriber"), ("subscriber", "lead")]


def test_a_rep_who_enters_a_known_subscriber_makes_a_lead_of_them(rep):
    subscriber = make_lead(
        email="ada@example.org", stage=Stage.SUBSCRIBER, owner=rep, team=rep.team
    )
    values = {"email": "ada@example.org", "phone": "030 901820"}

    (entered,) = enter_leads([entry(values=values)], by=user_actor(rep), as_of=NOW)

    subscriber.refresh_from_db()
    assert (entered.lead_id, entered.is_new) == (subscriber.pk, False)
    assert (subscriber.stage, subscriber.phone) == (Stage.LEAD, "+49 30 901820")
    change = StageChange.objects.latest("id")
    assert (change.from_stage, change.to_stage, change.actor_id, change.actor_label) == (
        "subscriber",
        "lead",
        rep.pk,
        "Rita Vertrieb",
    )


def test_a_history_of_stages_is_kept_for_a_new_lead():
    history = [(Stage.LEAD, NOW), (Stage.CUSTOMER, NOW + timedelta(days=9))]

    enter_leads(
        [entry(values={"email": "a@b.de"}, stage=Stage.CUSTOMER, history=history)],
        by=EVERYTHING,
        as_of=NOW,
    )

    lead = Lead.objects.get()
    assert (lead.stage, lead.stage_at) == (Stage.CUSTOMER, NOW + timedelta(days=9))
    changes = StageChange.objects.values_list("from_stage", "to_stage", "at")
    assert list(changes) == [
        ("", "lead", NOW),
        ("lead", "customer", NOW + timedelta(days=9)),
    ]


def test_consent_that_comes_with_an_entry_is_stored_with_its_proof():
    consent = ConsentEntry("newsletter", "email", "pending", {"text": "Ja, bitte"})

    enter_leads([entry(values={"email": "a@b.de"}, consents=[consent])], by=EVERYTHING, as_of=NOW)

    stored = Consent.objects.get()
    assert (stored.purpose, stored.channel, stored.state) == ("newsletter", "email", "pending")
    assert stored.lead.consent_events.get().evidence == {"text": "Ja, bitte"}


def test_a_rep_is_told_that_a_foreign_lead_exists_and_nothing_more(rep, stranger):
    make_lead(email="ada@example.org", owner=stranger, team=stranger.team)

    with pytest.raises(DomainError) as refusal:
        enter_leads(
            [entry(values={"email": "ada@example.org", "first_name": "Eva"})],
            by=user_actor(rep),
            as_of=NOW,
        )

    assert refusal.value.code == "lead_elsewhere"
    assert "Ada" not in str(refusal.value)
    assert Lead.objects.get().first_name == "Ada"


@pytest.mark.parametrize("size", [1, 40])
def test_the_number_of_queries_does_not_grow_with_the_entries(size, django_assert_num_queries):
    entries = [entry(values={"email": f"a{n}@b.de"}, company="Firma") for n in range(size)]

    with django_assert_num_queries(19):
        enter_leads(entries, by=EVERYTHING, as_of=NOW)

    assert Lead.objects.count() == size


def test_a_company_that_only_samples_name_is_a_sample():
    named = [("Muster GmbH", True), ("Muster GmbH", False), ("Nur Probe AG", True)]
    people = [
        entry(values={"email": f"p{number}@example.org"}, company=company, is_sample=is_sample)
        for number, (company, is_sample) in enumerate(named)
    ]

    enter_leads(people, by=EVERYTHING, as_of=NOW)

    assert dict(Company.objects.values_list("name", "is_sample")) == {
        "Muster GmbH": False,
        "Nur Probe AG": True,
    }
