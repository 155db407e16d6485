import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.rights import ApiScope
from leads.models import Lead
from scoring.actions.backtesting import NewBacktest, request_backtest
from scoring.actions.drafts import change_limits
from scoring.models import Backtest
from scoring.ticks import backtest as count
from tests.factories import EVERYTHING, NOW, make_token
from tests.scoring.past import before, past_lead, tried, won
from tests.scoring.scene import GERMAN, activity_rule, fit_rule, happen, make_draft
from tests.scoring.test_pages import page, post

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("S82")]
VISIT = activity_rule(10, name_en="Visit")


def scene():
    """Ten leads with ten points more each; the best three buy."""
    leads = [past_lead() for _n in range(6)]
    for number, lead in enumerate(leads):
        for _n in range(number):
            happen(lead, at=before(1))
    for lead in leads[3:]:
        won(lead, before(4))
    return leads


def test_a_version_is_tried_from_its_page_and_the_result_stays(as_user, marketer):
    draft = make_draft(VISIT, mql_threshold=30, min_fit=0)
    past_lead(since=0)
    client = as_user(marketer)
    asked = {"outcome": "won", "horizon_days": 90, "steps": 5}

    version = page(client, "scoring_version", draft.public_id)[1]
    form = page(client, "scoring_backtest_new", draft.public_id)[1]
    sent = post(client, "scoring_backtest_new", draft.public_id, **asked)
    running = Backtest.objects.get()
    waiting = page(client, "scoring_backtest", running.public_id)[1]
    count(timezone.now())
    again = post(client, "scoring_backtest_new", draft.public_id, **asked)

    url = reverse("scoring_backtest", args=[running.public_id])
    assert reverse("scoring_backtest_new", args=[draft.public_id]) in version
    assert "won a deal" in form
    assert "found good by sales after contact" in form
    assert sent.url == url
    assert "every 2s" in waiting
    assert again.status_code == 302
    assert url in page(client, "scoring_backtest_new", draft.public_id)[1]


def test_a_second_one_while_one_is_counted_is_refused_in_the_form(as_user, marketer):
    draft = make_draft(VISIT)
    request_backtest(draft.pk, NewBacktest("won"), by=EVERYTHING, as_of=NOW)

    asked = {"outcome": "won", "horizon_days": 90, "steps": 52}
    answer = post(as_user(marketer), "scoring_backtest_new", draft.public_id, **asked)

    assert answer.status_code == 422
    assert "A version of this model is being tried just now." in answer.content.decode()
    assert Backtest.objects.count() == 1


def test_a_page_that_waits_is_told_how_far_it_is_and_led_to_the_result(as_user, marketer):
    draft = make_draft(VISIT)
    past_lead()
    row = request_backtest(draft.pk, NewBacktest("won", steps=5), by=EVERYTHING, as_of=NOW)
    url, client = reverse("scoring_backtest", args=[row.public_id]), as_user(marketer)

    running = client.get(url, headers={"HX-Request": "true"})
    count(NOW)
    done = client.get(url, headers={"HX-Request": "true"})

    assert running.content.decode().strip().startswith('<div id="backtest-progress"')
    assert "0 of 1" in running.content.decode()
    assert (done.status_code, done.headers.get("HX-Redirect")) == (200, url)


@pytest.mark.requirement("S86")
def test_the_result_says_how_sure_it_is_and_what_it_rests_on(as_user, marketer):
    stage = fit_rule(5, {"field": "stage", "op": "is", "value": "mql"}, name_en="Is an MQL")
    draft = make_draft({**GERMAN, "name_en": "Is German"}, VISIT, stage, mql_threshold=30)
    change_limits(draft.pk, {"min_fit": 0}, by=EVERYTHING, as_of=NOW)
    scene()
    backtest = tried(type(draft).objects.get(pk=draft.pk))

    text = page(as_user(marketer), "scoring_backtest", backtest.public_id)[1]

    assert "3 of 6 leads turned out well. That is too few of one kind" in text
    assert "afterwards: Is an MQL" in text
    assert "no history: Is German" in text
    assert "1.00 (1.00 to 1.00)" in text
    # Wilson's limits of 3 of 3, and of 3 of 6.
    assert "100.0 % (43.9–100.0)" in text
    assert "50.0 % (18.8–81.2)" in text
    assert "no lead is rejected or deleted by it" in text


def test_another_threshold_and_what_sales_can_take_are_worked_out(as_user, manager):
    draft = make_draft(VISIT, mql_threshold=30, min_fit=0)
    scene()
    backtest = tried(draft)
    client = as_user(manager)

    text = page(client, "scoring_backtest", backtest.public_id, threshold=42, capacity=1)[1]
    nonsense = page(client, "scoring_backtest", backtest.public_id, threshold="x", capacity="-1")

    assert "asked for" in text
    assert "at most 1 leads a week come from a threshold of <strong>11</strong>" in " ".join(
        text.split()
    )
    assert nonsense[0] == 200


def test_only_leads_that_the_reader_sees_are_named_among_those_that_move(
    as_user, marketer, rep, stranger
):
    old = make_draft(VISIT)
    leads = scene()
    for lead, owner in zip(leads[4:], (stranger, rep), strict=True):
        Lead.objects.filter(pk=lead.pk).update(owner=owner)
    backtest = tried(old)
    backtest.against = old
    figures = backtest.figures
    figures["movers_up"] = [[leads[5].pk, 50, 40], [leads[4].pk, 40, 30]]
    figures["runs"] *= 2
    Backtest.objects.filter(pk=backtest.pk).update(against=old, figures=figures)

    seen = [
        page(as_user(person), "scoring_backtest", backtest.public_id)[1]
        for person in (rep, marketer)
    ]

    urls = [reverse("lead_detail", args=[lead.public_id]) for lead in leads[4:]]
    assert [[url in text for url in urls] for text in seen] == [[False, True], [True, True]]


def test_programs_read_what_a_reader_of_scores_may_read(client, marketer):
    draft = make_draft(VISIT, mql_threshold=30, min_fit=0)
    scene()
    rows = [tried(draft, outcome=outcome) for outcome in ("sql", "won")]
    headers = []
    for scopes in ([ApiScope.SCORES_READ], [ApiScope.SCORES_READ, ApiScope.DEALS_READ]):
        _token, key = make_token(marketer, *scopes)
        headers.append({"Authorization": f"Bearer {key}"})

    lists = [client.get(reverse("api_backtest_list"), headers=h).json() for h in headers]
    url = reverse("api_backtest", args=[rows[1].public_id])
    refused, read = (client.get(url, headers=h) for h in headers)

    assert [[r["outcome"] for r in found["results"]] for found in lists] == [
        ["sql"],
        ["won", "sql"],
    ]
    assert refused.status_code == 404
    (report,) = read.json()["reports"]
    own = next(row for row in report["thresholds"] if row["is_own"])
    assert (report["auc"]["value"], report["leads"], report["good"]) == (1.0, 6, 3)
    assert (own["threshold"], own["leads"], own["precision"]["value"]) == (30, 3, 1.0)
    assert read.json()["state"] == "done"
