"""Searches, filters and reports take whatever is sent, and guess nothing."""

import json
from urllib.parse import quote

import pytest
from django.urls import reverse

from leads.models import Lead
from tests.api.client import ApiClient
from tests.factories import make_lead
from tests.rights.rows import rows

pytestmark = pytest.mark.django_db
HOSTILE = [
    "'); DROP TABLE leads_lead; --",
    "\\' | & ! :* <-> ( % _",
    "\x00\u202e\u200d\U0001f600\ufffd",
    "wort " * 20_000,
]


def hostile_id(text):
    return f"{text[:12]!r}x{len(text)}"


@pytest.mark.case("Q06")
@pytest.mark.parametrize("text", HOSTILE, ids=hostile_id)
def test_a_search_takes_any_text_as_words(as_user, admin, text):
    lead = make_lead(first_name="Ada")
    client, key = as_user(admin), ApiClient(admin, "leads:read")
    searched = {
        row.route for row in rows().values() if row.method == "GET" and row.route.endswith("list")
    }
    pages = sorted(name for name in searched if not rows()[name, "GET"].objects)

    answers = {
        name: client.get(reverse(name), {"q": text}).status_code
        for name in ("palette", "lead_board", "lead_export", *pages)
        if not rows()[name, "GET"].is_api
    }
    by_key = key.get(f"leads/?q={quote(text)}")

    assert len(answers) > 12
    assert set(answers.values()) == {200}
    assert by_key.status_code == 200
    assert Lead.objects.get() == lead


@pytest.mark.case("Q06")
def test_signs_that_mean_something_to_a_database_are_only_signs(as_user, admin):
    plain, percent = make_lead(), make_lead(last_name="50%_Rabatt")
    client = as_user(admin)

    for text, found in (
        ("50%", [percent]),
        ("%_r", [percent]),
        ("5%_", []),
        ("%", []),
        ("' OR 1=1", []),
        (":*", []),
    ):
        rows_found = client.get(reverse("lead_list"), {"q": text}).context["page"].rows
        assert list(rows_found) == found, text
    assert plain != percent


@pytest.mark.case("Q06")
def test_a_search_of_100_kb_looks_for_no_more_than_its_beginning(
    as_user, admin, django_assert_max_num_queries
):
    make_lead()
    with django_assert_max_num_queries(40) as asked:
        as_user(admin).get(reverse("lead_list"), {"q": "wort " * 20_000})

    assert max(len(query["sql"]) for query in asked.captured_queries) < 20_000


REPORT_PARAMS = [
    "first", "last", "period", "group", "by", "metric", "channel", "team", "model", "interval",
    "ordering", "columns", "page", "per_page",
]  # fmt: skip
WRONG = [
    "name; DROP TABLE x",
    "owner__password",
    "9" * 400,
    "-1",
    "0000-00-00",
    "\x00",
    "../..",
    "",
]


@pytest.mark.case("Q09")
@pytest.mark.parametrize("name", ["report_funnel", "report_sources", "watchdog"])
@pytest.mark.parametrize("value", WRONG, ids=hostile_id)
def test_a_report_asked_for_what_it_does_not_have_answers_with_what_it_has(
    as_user, admin, name, value
):
    make_lead()

    answer = as_user(admin).get(reverse(name), dict.fromkeys(REPORT_PARAMS, value))

    assert answer.status_code in {200, 400}
    assert answer.status_code == 200 or name == "watchdog"


@pytest.mark.case("Q09")
@pytest.mark.parametrize("name", ["report_funnel", "report_sources"])
def test_names_in_the_address_of_a_report_reach_no_query(
    as_user, admin, name, django_assert_max_num_queries
):
    client = as_user(admin)
    sent = dict.fromkeys(REPORT_PARAMS, "zz_marker__zz") | {"zz_marker__zz": "zz_marker__zz"}

    with django_assert_max_num_queries(100) as asked:
        client.get(reverse(name), sent)

    assert [query for query in asked.captured_queries if "zz_marker" in query["sql"]] == []


@pytest.mark.case("Q01")
@pytest.mark.case("Z11")
@pytest.mark.parametrize(
    "ordering",
    ["password", "owner__password", "-owner__totp", "name;drop table x", "(select 1)", "?", "--x"],
)
def test_no_list_is_sorted_by_what_it_does_not_name(as_user, admin, ordering):
    client = as_user(admin)
    names = ["lead_list", "lead_board", "submission_list", "mail_list", "deal_list", "import_list"]

    answers = {name: client.get(reverse(name), {"ordering": ordering}) for name in names}

    assert {name: answer.status_code for name, answer in answers.items()} == dict.fromkeys(
        names, 400
    )


@pytest.mark.case("Q01")
@pytest.mark.parametrize("query", ["owner__password__startswith=x", "email__regex=(a%2B)%2B$"])
def test_a_lookup_that_no_filter_names_reaches_no_query(as_user, admin, query):
    lead = make_lead()

    page = as_user(admin).get(f"{reverse('lead_list')}?{query}")
    by_key = ApiClient(admin, "leads:read").get(f"leads/?{query}")

    # A page may be opened with what the world adds to links, such as utm_source.
    assert list(page.context["page"].rows) == [lead]
    assert by_key.status_code == 400
    assert by_key.json()["field"] == query.partition("=")[0]


@pytest.mark.case("Q01")
@pytest.mark.parametrize(
    ("scope", "path"),
    [
        ("leads:read", "leads/?ordering=owner__password"),
        ("leads:read", "leads/?state=offered"),
        ("leads:read", "handoffs/?score=9"),
        ("opportunities:read", "opportunities/?ordering=amount"),
        ("forms:read", "forms/?q=x"),
        ("submissions:read", "submissions/?stage=mql"),
    ],
)
def test_an_api_refuses_what_it_does_not_know_in_the_address(admin, scope, path):
    answer = ApiClient(admin, scope).get(path)

    assert answer.status_code == 400
    assert answer.json()["code"] == "unknown_parameter"


@pytest.mark.case("Q07")
@pytest.mark.parametrize("size", ["1000000", "-1", "0", "x", "9" * 400])
def test_a_key_gets_pages_of_200_at_most(admin, size):
    for _number in range(2):
        make_lead()

    answer = ApiClient(admin, "leads:read").get(f"leads/?page_size={size}")

    assert answer.status_code == 200
    assert len(answer.json()["results"]) == 2


@pytest.mark.case("Q02")
@pytest.mark.case("Q03")
@pytest.mark.parametrize(
    "where",
    [
        {"_connector": "OR 1=1 --"},
        {"_negated": True},
        {"field": "email) OR 1=1--", "op": "is", "value": "x"},
        {"field": "owner__password", "op": "starts_with", "value": "a"},
        {"field": "email", "op": "__regex", "value": "(a+)+$"},
        {"field": "email", "op": "regex", "value": "(a+)+$"},
        {"all": [{"field": "email", "op": "is", "value": "x", "_connector": "OR"}]},
        {"field": 'custom.x" OR 1=1', "op": "is", "value": "x"},
    ],
)
def test_a_condition_names_fields_and_operators_of_the_closed_set_only(as_user, admin, where):
    make_lead()
    text = json.dumps(where)

    page = as_user(admin).get(reverse("lead_list"), {"where": text})
    by_key = ApiClient(admin, "leads:read").get(f"leads/?where={quote(text)}")

    assert (page.status_code, list(page.context["page"].rows)) == (422, [])
    assert (by_key.status_code, by_key.json()["code"]) == (400, "condition_invalid")
