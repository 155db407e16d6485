"""Which entries are about the same person."""

import pytest

from leads.actions.entry import enter_leads
from leads.entries import IdentifierEntry, LeadEntry
from leads.models import Lead
from leads.normalise import normalise_email, normalise_phone
from leads.stages import Channel
from tests.factories import EVERYTHING, NOW, make_lead

pytestmark = pytest.mark.django_db
PLACEHOLDERS = ["0", "-", "n/a", "00", "keine"]
SWITCHBOARD = "+49 30 901820"


def enter(*people, **overrides):
    """Enter people one call after the other; each is a dict of values."""
    return [
        enter_leads(
            [LeadEntry(Channel.WEBSITE, NOW, values=values, **overrides)], by=EVERYTHING, as_of=NOW
        )[0]
        for values in people
    ]


def codes(entered):
    return [(warning.code, warning.field) for warning in entered.warnings]


@pytest.mark.parametrize("phone", PLACEHOLDERS)
def test_two_people_who_type_the_same_placeholder_for_a_number_are_two_leads(phone):
    first, second = enter(
        {"email": "eva@example.org", "phone": phone}, {"email": "max@example.org", "phone": phone}
    )

    assert (first.is_new, second.is_new) == (True, True)
    assert codes(second) == [("phone_invalid", "phone")]
    leads = Lead.objects.order_by("pk")
    assert list(leads.values_list("email", "phone", "is_phone_valid")) == [
        ("eva@example.org", phone, False),
        ("max@example.org", phone, False),
    ]
    assert list(leads.values_list("identifiers__normalised", flat=True)) == [
        "eva@example.org",
        "max@example.org",
    ]


@pytest.mark.parametrize("email", ["-", "n/a", "@", "keine@", "@example.org", "-@-"])
def test_two_people_who_type_the_same_placeholder_for_an_address_are_two_leads(email):
    first, second = enter(
        {"email": email, "phone": "030 901820"}, {"email": email, "phone": "030 901821"}
    )

    assert (first.is_new, second.is_new) == (True, True)
    assert codes(second) == [("email_invalid", "email")]
    assert list(Lead.objects.order_by("pk").values_list("email", "is_email_valid")) == [
        (email, False),
        (email, False),
    ]


def test_two_colleagues_with_one_switchboard_are_two_leads_and_the_first_keeps_the_number():
    first, second = enter(
        {"email": "eva@example.org", "phone": SWITCHBOARD},
        {"email": "max@example.org", "phone": SWITCHBOARD},
    )

    assert (first.is_new, second.is_new) == (True, True)
    assert codes(second) == [("identifier_taken", "phone")]
    max_ = Lead.objects.get(pk=second.lead_id)
    assert (max_.email, max_.phone) == ("max@example.org", SWITCHBOARD)
    assert list(max_.identifiers.values_list("kind", flat=True)) == ["email"]


def test_two_colleagues_with_one_switchboard_in_one_file_are_two_leads():
    entries = [
        LeadEntry(Channel.WEBSITE, NOW, values={"email": email, "phone": SWITCHBOARD})
        for email in ("eva@example.org", "max@example.org", "EVA@example.org", "")
    ]

    results = enter_leads(entries, by=EVERYTHING, as_of=NOW)

    assert [result.is_new for result in results] == [True, True, False, False]
    eva, _max, again, by_number = (result.lead_id for result in results)
    assert (again, by_number) == (eva, eva)


@pytest.mark.parametrize("known", ["", "n/a"])
def test_an_address_reaches_the_lead_that_is_known_by_its_number_alone(known):
    first, second = enter(
        {"email": known, "phone": SWITCHBOARD},
        {"email": "max@example.org", "phone": SWITCHBOARD},
    )

    lead = Lead.objects.get()
    assert (first.lead_id, second.lead_id) == (lead.pk, lead.pk)
    assert (lead.email, lead.is_email_valid) == ("max@example.org", True)
    assert lead.identifiers.filter(kind="email").get().normalised == "max@example.org"


def test_a_foreign_id_decides_before_a_number_that_somebody_else_has():
    make_lead(email="eva@example.org", phone=SWITCHBOARD)
    ids = {"identifiers": [IdentifierEntry("external", "hubspot:1")]}

    first, second = enter(
        {"email": "max@example.org", "phone": SWITCHBOARD},
        {"email": "new@example.org", "phone": SWITCHBOARD},
        **ids,
    )

    assert (first.is_new, second.is_new) == (True, False)
    assert first.lead_id == second.lead_id


@pytest.mark.requirement("S02")
@pytest.mark.parametrize("values", [{"phone": "n/a"}, {"email": "not-an-address"}, {"phone": "-"}])
def test_somebody_with_nothing_readable_is_kept_as_a_lead(values):
    (entered,) = enter(values)

    lead = Lead.objects.get()
    ((name, text),) = values.items()
    assert (entered.is_new, getattr(lead, name)) == (True, text)
    assert codes(entered) == [(f"{name}_invalid", name)]
    assert lead.identifiers.count() == 0


@pytest.mark.case("I07")
def test_a_row_with_nothing_readable_comes_in_once_by_its_name():
    bad = {"email": "not-an-address", "phone": "12", "first_name": "Bad", "last_name": "Mail"}

    first, again, other = enter(bad, bad, {**bad, "first_name": "Eva"})

    assert [entered.is_new for entered in (first, again, other)] == [True, False, True]
    assert again.lead_id == first.lead_id


@pytest.mark.case("I07")
def test_somebody_with_nothing_readable_is_one_lead_in_the_files_of_two_systems():
    bad = {"email": "not-an-address", "first_name": "Bad", "last_name": "Mail"}

    (first,) = enter(bad, identifiers=[IdentifierEntry("external", "hubspot:1")])
    (second,) = enter(bad, identifiers=[IdentifierEntry("external", "meta:1")])

    assert first.lead_id == second.lead_id


@pytest.mark.case("I07")
def test_a_row_with_a_placeholder_comes_in_once_by_its_foreign_id():
    row = {"email": "n/a", "phone": "0"}

    first, again = enter(row, row, identifiers=[IdentifierEntry("external", "hubspot:7")])

    assert (first.is_new, again.is_new) == (True, False)
    assert Lead.objects.get().phone == "0"


def test_an_odd_address_that_exists_still_decides():
    first, second = enter({"email": "a..b@docomo.ne.jp"}, {"email": "A..B@docomo.ne.jp"})

    assert (first.is_new, second.is_new) == (True, False)


@pytest.mark.parametrize(
    ("found", "decides"),
    [
        (normalise_email("eva@example.org"), True),
        (normalise_email("eva@localhost"), True),
        (normalise_email("not-an-address"), False),
        (normalise_phone("030 901820"), True),
        (normalise_phone("+49 30 1"), False),
        (normalise_phone("0"), False),
    ],
)
def test_what_tells_people_apart_decides(found, decides):
    assert found.decides is decides
