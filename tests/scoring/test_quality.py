"""How good the given scores were: win rate and revenue per band, and whether it goes on so."""

from datetime import timedelta

import pytest

from accounts.action import writing
from accounts.actor import user_actor
from handoff.actions.contacts import Contact, log_contacts
from handoff.actions.verdicts import give_verdicts
from scoring.backtest.quality import quality_of
from scoring.models import ModelVersion, Score, ScoreChange
from tests.factories import NOW, make_lead
from tests.scoring.past import before, move, past_lead, tried, won
from tests.scoring.scene import GERMAN, activity_rule, happen, make_active
from tests.scoring.test_pages import page

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("S85")]


def rise(lead, version, score, at):
    """Let the model have given a score."""
    with writing("scene"):
        ScoreChange.objects.create(
            lead=lead,
            version=version,
            at=at,
            reason="activity",
            from_total=0,
            to_total=score,
            from_fit=0,
            to_fit=0,
            from_engagement=0,
            to_engagement=score,
        )


def taken(version, score, *, at=None, **columns):
    """Return a lead that sales took on while it had this score, a week after the first step."""
    lead, at = past_lead(**columns), at or before(2)
    rise(lead, version, score, at - timedelta(hours=1))
    move(lead, "sql", at)
    return lead


def bands(report):
    return {
        row.band.low: (row.band.leads, row.band.good, row.revenue and row.revenue.value)
        for row in report.rows
        if row.band.leads
    }


def test_leads_are_told_by_the_score_they_had_when_sales_took_them_on():
    version = make_active(GERMAN)
    high, other, low, late = (taken(version, score) for score in (65, 62, 20, 20))
    won(high, before(3), 1000)
    won(high, before(4), 500)
    won(other, before(3), 4500)
    won(late, before(2) + timedelta(days=120), 9000)
    won(low, before(1), 700)
    rise(low, version, 90, before(3))

    report = quality_of(version.model, version, as_of=NOW)

    assert bands(report) == {20: (2, 0, None), 60: (2, 2, 3000.0)}
    assert (report.leads, report.won, report.waiting, report.currency) == (4, 2, 0, "EUR")
    assert report.drift is None


def test_what_was_not_watched_long_enough_waits_and_other_currencies_are_left_out():
    version = make_active(GERMAN)
    taken(version, 50, at=NOW - timedelta(days=89))
    lead = taken(version, 50)
    won(lead, before(3), 1000)
    won(lead, before(3), 300)
    won(lead, before(3), 900, currency="CHF")

    report = quality_of(version.model, version, as_of=NOW)

    assert (report.leads, report.waiting, report.foreign) == (1, 1, 1)
    assert bands(report) == {50: (1, 1, 1300.0)}


@pytest.mark.requirement("S87")
def test_verdicts_stand_beside_the_score_they_were_given_at(rep):
    version = make_active(GERMAN)
    for score, value in ((60, "good"), (65, "poor"), (10, "unsure")):
        lead = make_lead(owner=rep)
        log_contacts([Contact(lead.pk, "reached")], by=user_actor(rep), as_of=NOW)
        with writing("scene"):
            type(lead).objects.filter(pk=lead.pk).update(score=score)
        give_verdicts([lead.pk], value=value, by=user_actor(rep), as_of=NOW)

    report = quality_of(version.model, version, as_of=NOW)

    judged = {row.judged.low: (row.judged.leads, row.judged.good) for row in report.rows}
    assert (judged[60], judged[10], report.judged) == ((2, 1), (0, 0), 2)


def test_it_is_told_when_leads_buy_otherwise_than_on_the_past():
    version = make_active(activity_rule(10), min_fit=0)
    with writing("scene"):
        ModelVersion.objects.filter(pk=version.pk).update(active_from=before(0))
    for number in range(24):
        lead = past_lead()
        happen(lead, at=before(1))
        move(lead, "sql", before(2))
        if number % 2:
            won(lead, before(3))
    backtest = tried(version)
    for _number in range(24):
        taken(version, 10, at=before(3))
    version.refresh_from_db()

    report = quality_of(version.model, version, as_of=NOW)

    row = report.drift[1]
    assert report.backtest == backtest
    assert (row.expected.leads, row.expected.good) == (24, 12)
    assert (row.now.leads, row.now.good, row.is_sure) == (24, 0, True)
    assert not any(other.is_sure for other in report.drift if other is not row)


@pytest.mark.requirement("S86")
def test_the_page_says_that_a_score_is_a_hint_and_how_many_leads_it_rests_on(as_user, manager):
    version = make_active(GERMAN)
    won(taken(version, 72), before(3), 1200)
    taken(version, 72)

    status, text = page(as_user(manager), "scoring_quality", version.model.public_id)

    assert status == 200
    assert "A score is a hint. This rests on 2 leads, of which 1 bought within 90 days." in text
    assert "too few of one kind" in text
    assert "50.0 % (9.5–90.5)" in text
    assert "No lead is rejected or deleted by its score." in text
    assert Score.objects.count() == 0
