"""Which leads a leaf finds; that all others answer no is checked by ``matching`` each time."""

from collections.abc import Callable
from typing import Any

import pytest

from leads.models import Lead
from tests.conditions.scene import leaf, segment_id

Matching = Callable[[dict[str, Any]], set[str]]
EVERYBODY = {"full", "bare", "other", "nulls", "blanks", "odd"}

TEXTS = [
    (leaf("city", "is", "berlin"), {"full"}),
    (leaf("city", "is_not", "Berlin"), EVERYBODY - {"full"}),
    (leaf("city", "is_one_of", ["Berlin", "HAMBURG"]), {"full", "other"}),
    (leaf("city", "is_none_of", ["Berlin", "Hamburg"]), {"bare", "nulls", "blanks", "odd"}),
    (leaf("city", "contains", "ERL"), {"full"}),
    (leaf("city", "contains", "%"), set()),
    (leaf("city", "contains", "_"), set()),
    (leaf("postal_code", "starts_with", "10"), {"full"}),
    (leaf("postal_code", "does_not_start_with", "10"), EVERYBODY - {"full"}),
    (leaf("city", "ends_with", "burg"), {"other"}),
    (leaf("first_name", "is_empty"), {"bare"}),
    (leaf("country", "is", "de"), {"full"}),
    (leaf("email", "is", "ADA@example.COM"), {"full"}),
    (leaf("email", "is_empty"), {"bare"}),
    (leaf("email_domain", "is", "example.com"), {"full"}),
    (leaf("email_domain", "is", "@Example.com"), {"full"}),
    (leaf("email_domain", "ends_with", "example.com"), {"full", "nulls"}),
    (leaf("email_domain", "is_not", "example.com"), EVERYBODY - {"full"}),
    (leaf("email_valid", "is", False), {"other"}),
    (leaf("phone", "is", "0151 23456789"), {"full"}),
    (leaf("phone", "starts_with", "+4930"), {"bare"}),
    (leaf("company_name", "contains", "gmbh"), {"full"}),
    (leaf("company_name", "is_empty"), EVERYBODY - {"full", "other"}),
    (leaf("company_employees", "at_most", 50), {"full"}),
    (leaf("company_employees", "is_empty"), EVERYBODY - {"full"}),
    (leaf("external_system", "is", "HubSpot"), {"full"}),
    (leaf("external_system", "is", "hub"), set()),
    (leaf("identified_by", "has_all_of", ["email", "external"]), {"full"}),
    (leaf("preferred_channel", "is_empty"), EVERYBODY - {"full"}),
]

LIFECYCLE = [
    (leaf("stage", "is_one_of", ["mql", "other"]), {"full", "other"}),
    (leaf("stage_ever", "is", "mql"), {"full"}),
    (leaf("days_in_stage", "at_least", 40), {"full"}),
    (leaf("days_in_stage", "more_than", 40), set()),
    (leaf("days_in_stage", "less_than", 40), EVERYBODY - {"full"}),
    (leaf("days_in_stage", "is", 40), {"full"}),
    (leaf("days_in_stage", "between", [0, 39]), EVERYBODY - {"full"}),
    (leaf("other_reason", "is", "no_fit"), {"other"}),
    (leaf("first_contact", "more_than_days_ago", 39), {"full"}),
    (leaf("first_contact", "on", "2026-09-23"), {"full"}),
    (leaf("first_contact", "before", "2026-09-23"), set()),
    (leaf("first_contact", "before", "2026-09-24"), {"full"}),
    (leaf("first_contact", "after", "2026-09-23"), EVERYBODY - {"full"}),
    (leaf("first_contact", "between", ["2026-09-01", "2026-09-23"]), {"full"}),
    (leaf("first_contact", "in_period", "last_quarter"), {"full"}),
    (leaf("created_at", "in_period", "today"), EVERYBODY),
    (leaf("referred", "is", True), {"full"}),
    (leaf("episode_count", "is", 1), EVERYBODY),
    (leaf("score", "at_least", 70), {"full"}),
    (leaf("score", "less_than", 0), {"other"}),
    (leaf("score", "more_than", 10**15), set()),
    (leaf("score", "is_not", 10**15), EVERYBODY),
    (leaf("grade", "is", "B2"), {"full"}),
    (leaf("temperature", "is", "hot"), {"full"}),
    (leaf("owner", "is_set"), {"full"}),
    (leaf("team", "is_empty"), EVERYBODY - {"full"}),
    (leaf("paused", "is", True), {"full"}),
    (leaf("tags", "has", "VIP"), {"full", "other"}),
    (leaf("tags", "has_all_of", ["VIP", "Fair"]), {"full"}),
    (leaf("tags", "has_none_of", ["VIP", "Fair"]), EVERYBODY - {"full", "other"}),
    (leaf("tags", "has", "no such tag"), set()),
]

OWN_FIELDS = [
    (leaf("custom.town", "is", "Köln"), {"full"}),
    (leaf("custom.town", "is_not", "Köln"), EVERYBODY - {"full"}),
    (leaf("custom.town", "contains", "KÖ"), {"full"}),
    (leaf("custom.town", "is_empty"), EVERYBODY - {"full"}),
    (leaf("custom.contains", "is", "trap"), {"full"}),
    (leaf("custom.contains", "contains", "ra"), {"full"}),
    (leaf("custom.budget", "at_least", 12.5), {"full", "other"}),
    (leaf("custom.budget", "less_than", 5000), {"other"}),
    (leaf("custom.budget", "is", 5000), {"full"}),
    (leaf("custom.budget", "between", [12.5, 13]), {"other"}),
    (leaf("custom.budget", "is_empty"), EVERYBODY - {"full", "other"}),
    (leaf("custom.vip", "is", False), {"other"}),
    (leaf("custom.vip", "is_not", True), EVERYBODY - {"full"}),
    (leaf("custom.renewal", "in_next_days", 18), {"full"}),
    (leaf("custom.renewal", "in_next_days", 17), set()),
    (leaf("custom.renewal", "in_period", "this_month"), {"full"}),
    (leaf("custom.renewal", "before", "2026-11-20"), {"other"}),
    (leaf("custom.renewal", "before", "2026-11-21"), {"full", "other"}),
    (leaf("custom.renewal", "after", "2026-01-01"), {"full"}),
    (leaf("custom.colour", "is_one_of", ["red", "blue"]), {"full"}),
    (leaf("custom.colours", "has", "blue"), {"full", "other"}),
    (leaf("custom.colours", "has_all_of", ["red", "blue"]), {"full"}),
    (leaf("custom.colours", "is_empty"), EVERYBODY - {"full", "other"}),
]

ACTIVITIES = [
    (leaf("activity_count", "at_least", 3, kind="note.added"), {"full"}),
    (leaf("activity_count", "at_least", 4, kind="note.added"), set()),
    (leaf("activity_count", "is", 1, kind="note.added"), {"other"}),
    (leaf("activity_count", "is", 2, kind="note.added", with_machine=True), {"other"}),
    (leaf("activity_count", "is", 0, kind="note.added"), EVERYBODY - {"full", "other"}),
    (leaf("activity_count", "at_most", 1, kind="note.added"), EVERYBODY - {"full"}),
    (leaf("activity_count", "is", 2, kind="note.added", within_days=10), {"full"}),
    (leaf("activity_count", "is", 1, kind="note.added", since="2026-10-24"), {"full"}),
    (leaf("activity_count", "is", 2, kind="note.added", since="2026-10-23"), {"full"}),
    (leaf("activity_count", "between", [1, 3], kind="note.added"), {"full", "other"}),
    (leaf("last_activity_of", "in_last_days", 2, kind="note.added"), {"full"}),
    (leaf("last_activity_of", "more_than_days_ago", 29, kind="note.added"), {"other"}),
    (leaf("last_activity_of", "more_than_days_ago", 1, kind="note.added"), {"full", "other"}),
    (leaf("last_activity_of", "is_empty", kind="note.added"), EVERYBODY - {"full", "other"}),
    (leaf("first_activity_of", "on", "2026-10-13", kind="note.added"), {"full"}),
    (leaf("first_activity_of", "on", "2026-10-23", kind="note.added"), set()),
    (leaf("last_activity", "in_last_days", 2), {"full"}),
    (leaf("last_activity", "is_empty"), EVERYBODY - {"full"}),
    (
        leaf("consent", "is", "granted", purpose="newsletter", channel="email"),
        {"full"},
    ),
    (
        leaf("consent", "is_not", "objected", purpose="newsletter", channel="email"),
        EVERYBODY - {"other"},
    ),
    (
        leaf("consent", "is", "never_asked", purpose="newsletter", channel="email"),
        EVERYBODY - {"full", "other"},
    ),
    (leaf("consent", "is", "granted", purpose="marketing", channel="email"), set()),
]

GROUPS = [
    ({"everyone": True}, EVERYBODY),
    ({"not": {"everyone": True}}, set()),
    ({"any": [{"everyone": True}, leaf("city", "is", "Berlin")]}, EVERYBODY),
    ({"all": [{"everyone": True}, leaf("city", "is", "Berlin")]}, {"full"}),
    (
        {"any": [leaf("city", "is", "Hamburg"), leaf("grade", "is", "B2")]},
        {"full", "other"},
    ),
    (
        {"all": [leaf("tags", "has", "VIP"), {"not": leaf("city", "is", "Berlin")}]},
        {"other"},
    ),
    (
        {"not": {"any": [leaf("tags", "has", "VIP"), leaf("email", "is_empty")]}},
        {"nulls", "blanks", "odd"},
    ),
]


@pytest.mark.parametrize(
    "table",
    [
        pytest.param(TEXTS, id="texts"),
        pytest.param(LIFECYCLE, id="lifecycle"),
        pytest.param(OWN_FIELDS, id="own fields"),
        pytest.param(ACTIVITIES, id="activities"),
        pytest.param(GROUPS, id="groups", marks=pytest.mark.requirement("S88")),
    ],
)
def test_a_condition_finds_its_leads(
    table: list[tuple[dict[str, Any], set[str]]], scene: dict[str, Lead], matching: Matching
) -> None:
    found = {str(where): matching(where) for where, _expected in table}

    assert found == {str(where): expected for where, expected in table}


@pytest.mark.requirement("S88")
def test_a_segment_may_be_used_in_a_condition(scene: dict[str, Lead], matching: Matching) -> None:
    berlin, elsewhere = segment_id("Berlin"), segment_id("Not Berlin")

    assert matching(leaf("segment", "is", berlin)) == {"full"}
    assert matching(leaf("segment", "is", elsewhere)) == EVERYBODY - {"full"}
    assert matching(leaf("segment", "is_one_of", [berlin, elsewhere])) == EVERYBODY
    assert matching(leaf("segment", "is_none_of", [berlin, elsewhere])) == set()
