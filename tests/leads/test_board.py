import pytest
from django.urls import reverse

from leads.stages import Stage
from leads.views import board
from tests.factories import make_lead

pytestmark = pytest.mark.django_db


def columns(client, **params):
    page = client.get(reverse("lead_board"), params)
    return {column["stage"]: column for column in page.context["columns"]}


def move(client, lead, to, query=""):
    return client.post(reverse("move_lead", args=[lead.public_id]) + query, {"to": to})


def test_a_moved_card_leaves_the_reader_on_the_board_as_it_was(as_user, marketer):
    lead = make_lead(city="Ulm")
    client = as_user(marketer)
    assert list(columns(client)[Stage.LEAD]["cards"]) == [lead]

    response = move(client, lead, "mql", "?q=Ulm")

    assert response["Location"] == reverse("lead_board") + "?q=Ulm"
    assert list(columns(client, q="Ulm")[Stage.MQL]["cards"]) == [lead]


def test_a_move_that_a_gate_refuses_is_told_on_the_board_and_changes_nothing(as_user, rep):
    lead = make_lead(owner=rep, team=rep.team, stage=Stage.MQL)
    client = as_user(rep)

    response = move(client, lead, "sql")

    assert response["Location"] == reverse("lead_board")
    text = client.get(reverse("lead_board")).content.decode()
    assert "Only sales can make an SQL, by accepting the hand-over." in text
    lead.refresh_from_db()
    assert lead.stage == Stage.MQL


def test_a_move_that_needs_a_reason_goes_on_in_the_form(as_user, rep):
    lead = make_lead(owner=rep, team=rep.team, stage=Stage.SQL)

    response = move(as_user(rep), lead, "opportunity")

    form = reverse("lead_stage", args=[lead.public_id])
    assert response["Location"] == f"{form}?to=opportunity"
    lead.refresh_from_db()
    assert lead.stage == Stage.SQL


@pytest.mark.parametrize("to", ["other", "nowhere", ""])
def test_a_column_that_the_board_has_not_is_a_bad_request(as_user, marketer, to):
    lead = make_lead()

    assert move(as_user(marketer), lead, to).status_code == 400
    lead.refresh_from_db()
    assert lead.stage == Stage.LEAD


@pytest.mark.requirement("S48")
def test_the_menu_offers_what_the_reader_may_do(as_user, marketer, rep, viewer):
    make_lead()

    def offered(person):
        choices = as_user(person).get(reverse("lead_board")).context["choices"]
        return [key for key, _label in choices]

    assert offered(marketer) == ["subscriber", "lead", "mql"]
    assert offered(rep) == ["sql", "opportunity", "customer", "promoter"]
    assert offered(viewer) == []
    assert "is-movable" not in as_user(viewer).get(reverse("lead_board")).content.decode()


def test_a_column_counts_all_and_leads_to_those_that_are_not_shown(as_user, marketer, monkeypatch):
    monkeypatch.setattr(board, "CARDS", 2)
    leads = [make_lead(city="Ulm", score=number) for number in range(3)]
    make_lead(city="Bonn", score=9)
    make_lead(city="Ulm", stage=Stage.MQL)
    client = as_user(marketer)

    found = columns(client, q="Ulm")

    assert [found[stage]["count"] for stage in (Stage.SUBSCRIBER, Stage.LEAD, Stage.MQL)] == [
        0,
        3,
        1,
    ]
    assert list(found[Stage.LEAD]["cards"]) == [leads[2], leads[1]]
    assert found[Stage.MQL]["all_query"] == ""
    rows = (
        client.get(f"{reverse('lead_list')}?{found[Stage.LEAD]['all_query']}").context["page"].rows
    )
    assert rows == [leads[2], leads[1], leads[0]]


def test_the_page_says_how_many_there_are_and_links_to_the_list(as_user, marketer, monkeypatch):
    monkeypatch.setattr(board, "CARDS", 1)
    for _number in range(2):
        make_lead()

    text = as_user(marketer).get(reverse("lead_board")).content.decode()

    assert '<span class="count">2</span>' in text
    assert f'href="{reverse("lead_list")}?stage=lead&amp;ordering=-score"' in text
