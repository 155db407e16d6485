from datetime import timedelta

import pytest

from accounts.action import writing
from accounts.actor import user_actor
from accounts.audit import verify_chain
from accounts.models import AuditEntry
from capture.models import Campaign, Submission, Touch
from capture.queries import campaigns_with_figures
from ground.errors import NotAllowedError
from handoff.models import Call, Opportunity, Task
from leads.actions import purging
from leads.actions.editing import delete_leads, restore_leads
from leads.actions.purging import purge_bin
from leads.actors import BIN
from leads.models import Activity, ConsentEvent, Identifier, Lead, StageChange
from leads.stages import Stage
from leads.ticks import empty_bin
from nurturing.models import Message
from reports.funnel import count_funnel, count_sources
from reports.period import Period
from scoring.models import Score, ScoreChange
from tests.capture.scene import make_form, submit
from tests.factories import EVERYTHING, NOW, make_lead
from tests.handoff.factories import make_deal, make_offer, make_task
from tests.nurturing.scene import give_consent, make_due_message, make_organisation, make_reader
from tests.scoring.scene import GERMAN, happen, make_active, rescored

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
PERIOD = Period((NOW - 30 * DAY).date(), (NOW + 30 * DAY).date())


def bin_leads(*leads, at=NOW):
    delete_leads([lead.pk for lead in leads], by=EVERYTHING, as_of=at)


@pytest.mark.parametrize(
    ("age", "left"), [(30 * DAY, 1), (30 * DAY + timedelta(microseconds=1), 0), (400 * DAY, 0)]
)
def test_a_lead_leaves_the_bin_for_good_after_thirty_days(age, left):
    bin_leads(make_lead())

    assert empty_bin(NOW + age) == 1 - left

    assert Lead.objects.count() == left


def test_only_what_is_in_the_bin_is_removed():
    kept, restored, binned = make_lead(), make_lead(), make_lead()
    bin_leads(restored, binned)
    restore_leads([restored.pk], by=EVERYTHING, as_of=NOW + DAY)

    assert empty_bin(NOW + 31 * DAY) == 1

    assert set(Lead.objects.all()) == {kept, restored}
    assert set(Activity.objects.values_list("lead_id", flat=True)) == {kept.pk, restored.pk}


def test_everything_that_belongs_to_a_lead_goes_with_it(rep):
    make_organisation()
    make_active(GERMAN)
    reader = make_reader(country="DE")
    give_consent(reader, "marketing")
    make_due_message(reader)
    happen(reader)
    rescored(reader)
    sold = make_lead(stage=Stage.SQL, owner=rep, team=rep.team)
    make_deal(sold)
    make_task(sold, rep)
    offered = make_offer(rep).lead
    bin_leads(reader, sold, offered)

    assert empty_bin(NOW + 31 * DAY) == 3

    tables = (
        *(Lead, Identifier, Activity, StageChange, ConsentEvent, Score, ScoreChange),
        *(Opportunity, Task, Call),
    )
    assert [table.__name__ for table in tables if table.objects.exists()] == []
    assert not Message.objects.filter(kind="sequence").exists()


def test_what_was_sent_stays_for_its_own_time_and_the_person_can_come_again():
    submission = submit(make_form(), email="eva@example.org")
    first = Lead.objects.get()
    bin_leads(first)
    empty_bin(NOW + 31 * DAY)

    again = make_lead(email="eva@example.org")

    assert Submission.objects.get().lead is None
    assert Submission.objects.get().pk == submission.pk
    assert again.pk != first.pk


def test_no_figure_changes_when_the_bin_is_emptied():
    leads = [make_lead() for _number in range(3)]
    with writing("scene"):
        campaign = Campaign.objects.create(name="Herbst", created_at=NOW)
        for lead in leads:
            Touch.objects.create(lead=lead, campaign=campaign, channel="website", occurred_at=NOW)
    bin_leads(leads[0])

    def figures():
        funnel = count_funnel(PERIOD, actor=EVERYTHING)
        sources = count_sources(PERIOD, actor=EVERYTHING)
        campaigns = campaigns_with_figures(EVERYTHING).values_list("lead_count", flat=True)
        return funnel, sources, list(campaigns)

    before = figures()
    empty_bin(NOW + 31 * DAY)

    assert before == figures()
    assert (before[0].total, before[2]) == (2, [2])


def test_the_bin_is_emptied_in_batches_and_each_is_in_the_audit_log(monkeypatch):
    monkeypatch.setattr(purging, "BATCH", 2)
    leads = [make_lead() for _number in range(5)]
    bin_leads(*leads)

    assert empty_bin(NOW + 31 * DAY) == 5
    assert empty_bin(NOW + 31 * DAY) == 0

    entries = list(AuditEntry.objects.filter(event="leads.purged").order_by("pk"))
    ids = [str(lead.public_id) for lead in leads]
    assert [entry.data["leads"] for entry in entries] == [ids[:2], ids[2:4], ids[4:]]
    assert {entry.actor_label for entry in entries} == {"bin"}
    assert verify_chain().is_whole


def test_histories_are_append_only_again_afterwards():
    lead, other = make_lead(), make_lead()
    bin_leads(lead)
    purge_bin(by=BIN, as_of=NOW + 31 * DAY)

    with pytest.raises(Exception, match="append-only"), writing("scene"):
        Activity.objects.filter(lead=other).delete()


def test_who_may_not_delete_cannot_empty_the_bin(rep):
    bin_leads(make_lead())

    with pytest.raises(NotAllowedError):
        purge_bin(by=user_actor(rep), as_of=NOW + 31 * DAY)

    assert Lead.objects.count() == 1
