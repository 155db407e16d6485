"""Costs by month: entered in a table, pasted, kept with their history, taken back."""

from decimal import Decimal

import pytest
from django.urls import reverse

from accounts.models import AuditEntry
from capture.costs.actions import CostCell, save_costs, undo_costs
from capture.models import Cost, CostChange
from ground.errors import ConflictError, DomainError, NotAllowedError
from tests.capture.cost_scene import NOVEMBER, OCTOBER, make_campaign, spend
from tests.factories import EVERYTHING, NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(as_user, marketer):
    return as_user(marketer)


@pytest.fixture
def send(client):
    """Post cells of the months up to November; what a page showed stands under "initial-"."""

    def post(campaign, htmx=False, **cells):
        name = "save_campaign_costs" if campaign else "cost_list"
        url = reverse(name, args=[campaign.public_id] if campaign else [])
        headers = {"HX-Request": "true"} if htmx else {}
        return client.post(f"{url}?until=2026-11", cells, headers=headers)

    return post


def amounts():
    return {(f"{c.month:%Y-%m}", c.kind): c.amount for c in Cost.objects.all()}


@pytest.mark.requirement("S106")
def test_a_month_of_four_kinds_is_saved_at_once_in_german_and_english_signs(send):
    campaign = make_campaign()

    answer = send(
        campaign,
        **{
            "2026-11_media": "1.250,50",
            "2026-11_creation": "1,000.25",
            "2026-11_tools": "0",
            "2026-11_staff": " 90 € ",
        },
    )

    assert answer.status_code == 302
    assert amounts() == {
        ("2026-11", "media"): Decimal("1250.50"),
        ("2026-11", "creation"): Decimal("1000.25"),
        ("2026-11", "tools"): Decimal(0),
        ("2026-11", "staff"): Decimal(90),
    }


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ("-5", "A cost cannot be negative."),
        ("viel", "Enter an amount such as 1,250.00."),
        ("1.2345", "An amount has two decimal places at most."),
        ("NaN", "Enter an amount such as 1,250.00."),
        ("1" + "0" * 11, "this amount is too large."),
    ],
)
def test_one_wrong_cell_keeps_all_out_and_is_named(send, typed, message):
    campaign = make_campaign()

    answer = send(campaign, **{"2026-11_media": "10", "2026-11_staff": typed})

    assert answer.status_code == 422
    page = answer.content.decode()
    assert message in page
    assert f'value="{typed}"' in page
    assert amounts() == {}


def test_htmx_gets_the_table_alone(send):
    answer = send(make_campaign(), htmx=True, **{"2026-10_media": "-5"})

    page = answer.content.decode()
    assert (answer.status_code, "<html" in page, 'id="costs"' in page) == (422, False, True)


@pytest.mark.parametrize(("language", "shown"), [("de", "1250,50"), ("en", "1250.50")])
def test_an_amount_is_written_as_the_reader_writes_it(client, marketer, language, shown):
    type(marketer).objects.filter(pk=marketer.pk).update(language=language)
    campaign = make_campaign()
    spend(campaign, "1250.5")
    url = reverse("campaign_detail", args=[campaign.public_id])

    page = client.get(f"{url}?until=2026-11").content.decode()

    assert f'name="initial-2026-11_media" value="{shown}"' in page


def test_emptying_a_cell_takes_the_amount_away_and_zero_does_not(send):
    campaign = make_campaign()
    spend(campaign, "10")
    spend(campaign, "20", kind="tools")

    send(
        campaign,
        **{
            "initial-2026-11_media": "10",
            "2026-11_media": "",
            "initial-2026-11_tools": "20",
            "2026-11_tools": "0",
        },
    )

    assert amounts() == {("2026-11", "tools"): Decimal(0)}


def test_what_was_not_touched_is_not_saved_over_what_a_colleague_entered(send):
    campaign = make_campaign()
    spend(campaign, "99")

    send(
        campaign,
        **{"initial-2026-11_media": "", "2026-11_media": "", "2026-11_staff": "5"},
    )

    assert amounts() == {("2026-11", "media"): Decimal(99), ("2026-11", "staff"): Decimal(5)}


@pytest.mark.case("C05")
def test_a_cell_that_a_colleague_changed_meanwhile_is_shown_and_then_saved_on_demand(send):
    campaign = make_campaign()
    spend(campaign, "99")
    cells = {"initial-2026-11_media": "10", "2026-11_media": "20"}

    refused = send(campaign, **cells)
    page = refused.content.decode()
    again = send(campaign, **{**cells, "initial-2026-11_media": "99.00"})

    assert refused.status_code == 409
    assert "November 2026, Ads was changed meanwhile. Now it says: 99.00." in page
    assert 'name="initial-2026-11_media" value="99.00"' in page
    assert again.status_code == 302
    assert amounts() == {("2026-11", "media"): Decimal(20)}


def test_saving_twice_the_same_is_one_change_in_history_and_audit_log(send):
    campaign = make_campaign()

    send(campaign, **{"2026-11_media": "20"})
    send(campaign, **{"initial-2026-11_media": "20", "2026-11_media": "20"})
    send(campaign, **{"2026-11_media": "20"})

    change = CostChange.objects.get()
    entry = AuditEntry.objects.get(event="costs.changed")
    assert (change.campaign, change.actor_label) == (campaign, "Mara Marketing")
    assert entry.data["cells"] == [
        {
            "campaign": str(campaign.public_id),
            "name": "Herbst",
            "month": "2026-11-01",
            "kind": "media",
            "before": None,
            "after": "20.00",
        }
    ]


def test_a_change_is_taken_back_and_that_too(client):
    campaign = make_campaign()
    spend(campaign, "10")
    spend(campaign, "20")
    change = CostChange.objects.order_by("pk").last()

    client.post(reverse("undo_costs", args=[change.public_id]))
    after_undo = amounts()
    redo = CostChange.objects.order_by("pk").last()
    client.post(reverse("undo_costs", args=[redo.public_id]))

    assert after_undo == {("2026-11", "media"): Decimal(10)}
    assert amounts() == {("2026-11", "media"): Decimal(20)}
    assert CostChange.objects.count() == 4


def test_nothing_is_taken_back_twice_or_over_a_later_change():
    campaign = make_campaign()
    first = spend(campaign, "10")
    spend(campaign, "30")

    with pytest.raises(ConflictError):
        undo_costs(first.pk, by=EVERYTHING, as_of=NOW)
    second = CostChange.objects.order_by("pk").last()
    undo_costs(second.pk, by=EVERYTHING, as_of=NOW)
    with pytest.raises(DomainError) as refusal:
        undo_costs(second.pk, by=EVERYTHING, as_of=NOW)

    assert refusal.value.code == "undone_already"
    assert amounts() == {("2026-11", "media"): Decimal(10)}


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"kind": "beer"}, "kind_missing"),
        ({"month": NOVEMBER.replace(day=2)}, "month_invalid"),
        ({"amount": Decimal(-1)}, "amount_negative"),
        ({"amount": Decimal("10000000000")}, "amount_large"),
    ],
)
def test_the_action_itself_refuses_what_no_form_sends(values, code):
    campaign = make_campaign()
    cell = {"campaign_id": campaign.pk, "month": NOVEMBER, "kind": "media", "amount": Decimal(1)}

    with pytest.raises(DomainError) as refusal:
        save_costs([CostCell(**{**cell, **values})], by=EVERYTHING, as_of=NOW)

    assert refusal.value.code == code
    assert CostChange.objects.count() == Cost.objects.count() == 0


def test_only_marketing_saves_and_takes_back(actor, rep, manager, viewer, service):
    change = spend(make_campaign(), "10")

    for person in (rep, manager, viewer, service):
        with pytest.raises(NotAllowedError):
            save_costs([], by=actor(person), as_of=NOW)
        with pytest.raises(NotAllowedError):
            undo_costs(change.pk, by=actor(person), as_of=NOW)

    assert amounts() == {("2026-11", "media"): Decimal(10)}


def test_a_year_is_saved_in_as_few_queries_as_a_month(django_assert_num_queries):
    campaign = make_campaign()
    cells = [
        CostCell(campaign.pk, OCTOBER.replace(month=month), kind, Decimal(month))
        for month in range(1, 13)
        for kind in ("media", "staff")
    ]

    with django_assert_num_queries(12):
        save_costs(cells, by=EVERYTHING, as_of=NOW, campaign_id=campaign.pk)

    assert Cost.objects.count() == 24


def test_costs_for_all_have_a_page_and_a_history_of_their_own(client, send):
    spend(make_campaign(), "10")

    send(None, **{"2026-11_tools": "49"})
    page = client.get(f"{reverse('cost_list')}?until=2026-11")

    assert Cost.objects.get(campaign=None).amount == 49
    assert [change.lines for change in page.context["changes"]] == [
        ["November 2026, Tools: – → 49"]
    ]
