from datetime import timedelta

import pytest
from django.urls import reverse

from accounts.actor import user_actor
from ground.errors import DomainError, NotAllowedError
from leads.actions.lifecycle import change_stage
from leads.actions.sorting import sort_out, take_back
from leads.models import Consent, Lead
from leads.stages import OtherReason, Stage
from nurturing.clearance import Decision, Intent, judge
from nurturing.models import EnrolmentState, ExitReason, MessageKind, Reason
from tests.factories import EVERYTHING, NOW, make_lead
from tests.nurturing.scene import enrol, make_organisation, make_reader, make_sequence

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=1)


def state(lead: Lead) -> tuple[str, str]:
    lead.refresh_from_db()
    return lead.stage, lead.other_reason


@pytest.mark.requirement("S89")
def test_a_lead_is_sorted_out_with_a_reason_and_taken_back_to_where_it_came_from(marketer):
    by = user_actor(marketer)
    lead = make_lead(stage=Stage.MQL)

    sort_out([lead.pk], why="spam", by=by, as_of=LATER)
    out = state(lead)
    sort_out([lead.pk], why="no_fit", note="Nur Mieter", by=by, as_of=LATER)
    take_back([lead.pk], by=by, as_of=LATER + timedelta(hours=1))

    assert (out, state(lead)) == (("other", "spam"), ("mql", ""))
    steps = lead.stage_changes.values_list("from_stage", "to_stage", "other_reason", "reason")
    assert list(steps)[-3:] == [
        ("mql", "other", "spam", ""),
        ("other", "other", "no_fit", "Nur Mieter"),
        ("other", "mql", "", ""),
    ]


@pytest.mark.requirement("S89")
def test_consents_and_history_stay_when_a_lead_is_sorted_out_and_taken_back():
    lead = make_reader()
    before = list(Consent.objects.values_list("pk", "state", "since"))
    known = set(lead.activities.values_list("pk", flat=True))

    sort_out([lead.pk], why="invalid", by=EVERYTHING, as_of=LATER)
    take_back([lead.pk], by=EVERYTHING, as_of=LATER)

    assert list(Consent.objects.values_list("pk", "state", "since")) == before
    assert known < set(lead.activities.values_list("pk", flat=True))


def test_taking_back_a_stage_of_sales_asks_no_right_but_that_to_sort_out(marketer):
    lead = make_lead(stage=Stage.OPPORTUNITY)
    by = user_actor(marketer)

    sort_out([lead.pk], why="competitor", by=by, as_of=LATER)
    take_back([lead.pk], by=by, as_of=LATER)

    assert state(lead) == ("opportunity", "")


def test_a_former_customer_comes_back_as_one():
    lead = make_lead()
    lost = OtherReason.LOST_CUSTOMER
    change_stage([lead.pk], to=Stage.OTHER, other_reason=lost, by=EVERYTHING, as_of=NOW)

    sort_out([lead.pk], why="partner", by=EVERYTHING, as_of=LATER)
    take_back([lead.pk], by=EVERYTHING, as_of=LATER)

    assert state(lead) == ("other", "lost_customer")


@pytest.mark.parametrize("why", ["", "lost_customer", "unconfirmed", "nonsense"])
def test_a_reason_that_sorts_nobody_out_is_refused(why):
    lead = make_lead()

    with pytest.raises(DomainError) as refused:
        sort_out([lead.pk], why=why, by=EVERYTHING, as_of=LATER)

    assert refused.value.code == "other_reason_missing"
    assert state(lead) == ("lead", "")


def test_who_may_move_no_stage_sorts_nobody_out(service):
    lead = make_lead()

    with pytest.raises(NotAllowedError):
        sort_out([lead.pk], why="spam", by=user_actor(service), as_of=LATER)

    assert state(lead) == ("lead", "")


@pytest.mark.requirement("S89")
@pytest.mark.requirement("S111")
def test_who_is_sorted_out_leaves_its_sequence_for_that_reason_and_enters_none():
    make_organisation()
    lead, sequence = make_reader(), make_sequence()
    run = enrol(lead, sequence)

    sort_out([lead.pk], why="no_fit", by=EVERYTHING, as_of=LATER)

    run.refresh_from_db()
    assert (run.state, run.exit_reason, run.exit_detail) == (
        EnrolmentState.EXITED,
        ExitReason.SORTED_OUT,
        "no_fit",
    )


@pytest.mark.requirement("S89")
@pytest.mark.parametrize("kind", [MessageKind.ONE_TO_ONE, MessageKind.SEQUENCE])
def test_no_mail_but_an_answer_goes_to_who_is_sorted_out(kind):
    make_organisation()
    lead = make_reader()
    sort_out([lead.pk], why="partner", by=EVERYTHING, as_of=LATER)
    lead.refresh_from_db()
    about = {"kind": kind, "address": lead.email, "lead": lead, "purpose": "marketing"}

    verdicts = judge(
        [
            Intent(key=1, **about),
            Intent(key=2, **{**about, "kind": MessageKind.ONE_TO_ONE}, is_answer=True),
        ],
        as_of=LATER,
    )

    assert (verdicts[1].decision, verdicts[1].reason) == (Decision.SKIP, Reason.SORTED_OUT)
    assert verdicts[2].decision == Decision.SEND


@pytest.mark.requirement("S89")
def test_one_press_on_the_page_of_a_lead_sorts_it_out_and_another_takes_it_back(as_user, marketer):
    lead = make_lead()
    client = as_user(marketer)

    client.post(reverse("lead_sort_out", args=[lead.public_id]), {"why": "spam"})
    out = state(lead)
    client.post(reverse("lead_take_back", args=[lead.public_id]))

    assert (out, state(lead)) == (("other", "spam"), ("lead", ""))


@pytest.mark.requirement("S89")
def test_the_page_of_those_sorted_out_says_why_who_and_whence(as_user, marketer):
    ours, _lead = make_lead(stage=Stage.MQL), make_lead()
    sort_out([ours.pk], why="spam", note="Bot", by=user_actor(marketer), as_of=LATER)
    client = as_user(marketer)

    (row,) = client.get(reverse("sorted_out_list")).context["page"].rows
    client.post(reverse("leads_take_back"), {"ids": [str(ours.public_id)]})

    told = (row.pk, row.sorted_by, row.sorted_note, row.came_from)
    assert told == (ours.pk, "Mara Marketing", "Bot", "mql")
    assert state(ours) == ("mql", "")


@pytest.mark.requirement("S89")
def test_ticked_leads_of_the_list_are_sorted_out_together(as_user, marketer):
    one, two, other = make_lead(), make_lead(), make_lead()
    rows = [str(one.public_id), str(two.public_id)]

    as_user(marketer).post(reverse("leads_sort_out"), {"why": "applicant", "ids": rows})

    assert [state(lead)[1] for lead in (one, two, other)] == ["applicant", "applicant", ""]


def test_a_made_up_reason_in_a_post_is_told_and_moves_nobody(as_user, marketer):
    lead = make_lead()

    answer = as_user(marketer).post(
        reverse("lead_sort_out", args=[lead.public_id]), {"why": "because"}
    )

    assert answer.status_code == 422
    assert state(lead) == ("lead", "")
