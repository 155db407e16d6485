"""Who recommends us, and what becomes of those whom they send."""

import csv
import io
from datetime import timedelta

import pytest
from django.urls import reverse

from accounts.action import writing
from accounts.actor import user_actor
from leads.actions.lifecycle import change_stage
from leads.models import Episode, Lead
from reports.period import Period
from reports.referrers import ReferrerRow, count_referrers
from tests.factories import EVERYTHING, NOW, make_lead, make_team

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("S08")]
MONTH = Period.ending(NOW.date())


def refer(referrer, count, *, team=None):
    """Return so many leads whom ``referrer`` sent."""
    sent = [make_lead(channel="referral", team=team) for _number in range(count)]
    with writing("scene"):
        Lead.objects.filter(pk__in=[lead.pk for lead in sent]).update(referrer=referrer)
    return sent


def become(lead, stage):
    change_stage([lead.pk], to=stage, by=EVERYTHING, as_of=NOW, reason="x")


def test_each_referrer_has_the_leads_they_sent_and_what_became_of_them(marketer, no_gates):
    anna, bert = make_lead(last_name="Anna"), make_lead(last_name="Bert")
    (first, second, _third), (fourth,) = refer(anna, 3), refer(bert, 1)
    become(first, "mql")
    become(second, "sql")
    become(fourth, "customer")
    make_lead(channel="referral")

    rows = count_referrers(MONTH, actor=user_actor(marketer))

    assert rows == [ReferrerRow(bert, 1, 1, 1, 1), ReferrerRow(anna, 3, 2, 1, 0)]


def test_what_began_outside_the_period_is_not_counted(marketer):
    (lead,) = refer(make_lead(), 1)
    with writing("scene"):
        Episode.objects.filter(lead=lead).update(opened_at=NOW - timedelta(days=400))

    assert count_referrers(MONTH, actor=user_actor(marketer)) == []


def test_a_manager_counts_their_own_leads_and_reads_no_name_of_another_team(as_user, manager):
    theirs, stranger = make_lead(team=manager.team), make_lead(last_name="Fremd", team=make_team())
    refer(theirs, 1, team=manager.team)
    refer(theirs, 2, team=stranger.team)
    refer(stranger, 1, team=manager.team)

    rows = count_referrers(MONTH, actor=user_actor(manager))
    page = as_user(manager).get(reverse("report_referrers"), {"last": NOW.date().isoformat()})

    assert {(row.lead, row.leads) for row in rows} == {(theirs, 1), (None, 1)}
    assert "Fremd" not in page.content.decode()
    assert "Somebody of another team" in page.content.decode()


def test_the_page_and_its_export_tell_the_same(as_user, marketer, django_assert_max_num_queries):
    refer(make_lead(first_name="=1+1"), 2)
    client, period = as_user(marketer), {"last": NOW.date().isoformat()}

    with django_assert_max_num_queries(12):
        page = client.get(reverse("report_referrers"), period).content.decode()
    export = client.get(reverse("report_referrers_export"), period)
    text = b"".join(export.streaming_content).decode("utf-8-sig")
    (line,) = csv.DictReader(io.StringIO(text), delimiter=";" if ";" in text else ",")

    assert (line["leads"], line["mql"]) == ("2", "0")
    assert line["name"].startswith("'=")
    assert "=1+1" in page


def test_nobody_yet_leads_to_the_forms(as_user, marketer):
    page = as_user(marketer).get(reverse("report_referrers")).content.decode()

    assert "Nobody was recommended in this time" in page
    assert reverse("form_list") in page
