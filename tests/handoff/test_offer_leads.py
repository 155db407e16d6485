from datetime import timedelta

import pytest

from accounts.action import writing
from accounts.actor import user_actor
from accounts.rights import Role
from ground.errors import ConflictError, DomainError, NotAllowedError
from handoff.actions.offers import offer_leads, withdraw_handoffs
from handoff.models import DueSla, Handoff
from leads.entries import ConsentEntry
from leads.models import Activity, Lead, StageChange
from leads.stages import Stage
from nurturing.models import Message
from tests.factories import NOW, make_activity, make_lead, make_team, make_user
from tests.handoff.factories import make_agreement, make_mql, make_rule

pytestmark = pytest.mark.django_db


@pytest.mark.requirement("S91")
def test_a_lead_is_handed_over_with_from_to_time_and_state(marketer, rep):
    lead = make_mql()

    (handoff,) = offer_leads([lead.pk], to_user=rep, by=user_actor(marketer), as_of=NOW)

    handoff.refresh_from_db()
    assert (handoff.from_user, handoff.to_user, handoff.to_team) == (marketer, rep, rep.team)
    assert (handoff.state, handoff.offered_at) == ("offered", NOW)
    lead.refresh_from_db()
    assert (lead.owner, lead.team) == (rep, rep.team)
    activity = Activity.objects.get(kind="handoff.offered")
    assert (activity.actor_label, activity.data["to_name"]) == ("Mara Marketing", "Rita Vertrieb")


def test_handing_over_twice_is_recorded_once(marketer, rep):
    lead = make_mql()

    offer_leads([lead.pk], to_user=rep, by=user_actor(marketer), as_of=NOW)
    again = offer_leads([lead.pk], to_user=rep, by=user_actor(marketer), as_of=NOW)

    assert again == []
    assert Handoff.objects.count() == 1
    assert Activity.objects.filter(kind="handoff.offered").count() == 1


def test_a_lead_that_waits_for_somebody_else_is_refused(marketer, rep, stranger):
    lead = make_mql()
    offer_leads([lead.pk], to_user=rep, by=user_actor(marketer), as_of=NOW)

    with pytest.raises(ConflictError) as refusal:
        offer_leads([lead.pk], to_user=stranger, by=user_actor(marketer), as_of=NOW)

    assert refusal.value.code == "already_offered"
    assert Lead.objects.get().owner == rep


def test_a_lead_can_go_to_the_pool_of_a_team(marketer, rep, team):
    lead = make_mql()

    (handoff,) = offer_leads([lead.pk], to_team=team, by=user_actor(marketer), as_of=NOW)

    lead.refresh_from_db()
    assert (handoff.to_user, handoff.to_team, handoff.is_pool) == (None, team, True)
    assert (lead.owner, lead.team) == (None, team)


@pytest.mark.requirement("S92")
@pytest.mark.parametrize(
    ("scene", "missing"),
    [
        ({"interest": False}, ["interest"]),
        ({"consent": False}, ["consent"]),
        ({"interest": False, "consent": False}, ["interest", "consent"]),
    ],
)
def test_an_incomplete_briefing_is_refused_and_says_what_is_missing(marketer, rep, scene, missing):
    consents = [ConsentEntry("marketing", "phone")] if scene.get("consent", True) else []
    lead = make_lead(stage=Stage.MQL, consents=consents)
    data = {"content": "Whitepaper"} if scene.get("interest", True) else {}
    make_activity(lead, "note.added", data=data)

    with pytest.raises(DomainError) as refusal:
        offer_leads([lead.pk], to_user=rep, by=user_actor(marketer), as_of=NOW)

    assert refusal.value.code == "briefing_incomplete"
    assert refusal.value.details == {"missing": {str(lead.public_id): missing}}
    assert (Handoff.objects.count(), Lead.objects.get().owner) == (0, None)


@pytest.mark.requirement("S92")
def test_a_lead_of_which_nothing_is_known_to_have_happened_is_refused(marketer, rep):
    lead = make_lead(stage=Stage.MQL)

    with pytest.raises(DomainError) as refusal:
        offer_leads([lead.pk], to_user=rep, by=user_actor(marketer), as_of=NOW)

    assert refusal.value.details["missing"][str(lead.public_id)] == [
        "interest",
        "consent",
        "events",
    ]


@pytest.mark.requirement("S92")
def test_without_rule_and_without_name_nobody_would_own_the_lead(marketer):
    lead = make_mql()

    with pytest.raises(DomainError) as refusal:
        offer_leads([lead.pk], by=user_actor(marketer), as_of=NOW)

    assert refusal.value.details["missing"][str(lead.public_id)] == ["target"]


def test_the_interest_can_be_said_while_handing_over(marketer, rep):
    lead = make_lead(stage=Stage.MQL, consents=[ConsentEntry("marketing", "phone")])

    (handoff,) = offer_leads(
        [lead.pk], to_user=rep, by=user_actor(marketer), as_of=NOW, interest="Neue Pumpen"
    )

    assert handoff.briefing["interests"] == [{"text": "Neue Pumpen", "at": ""}]


def test_the_agreement_decides_what_a_briefing_must_have(marketer, rep):
    make_agreement(required_parts=[])
    lead = make_lead(stage=Stage.MQL)

    (handoff,) = offer_leads([lead.pk], to_user=rep, by=user_actor(marketer), as_of=NOW)

    assert handoff.state == "offered"


@pytest.mark.requirement("S47")
def test_a_lead_before_mql_becomes_mql_in_the_name_of_the_marketer(marketer, rep):
    lead = make_mql(stage=Stage.LEAD)

    offer_leads([lead.pk], to_user=rep, by=user_actor(marketer), as_of=NOW)

    change = StageChange.objects.filter(lead=lead).last()
    assert (change.to_stage, change.actor_label) == ("mql", "Mara Marketing")


def test_without_the_right_nothing_is_handed_over(rep, viewer):
    lead = make_mql()

    for person in (rep, viewer):
        with pytest.raises(NotAllowedError):
            offer_leads([lead.pk], to_user=rep, by=user_actor(person), as_of=NOW)

    assert (Handoff.objects.count(), Lead.objects.get().owner_id) == (0, None)


def test_nobody_hands_a_lead_to_somebody_who_cannot_work_it(marketer, viewer):
    lead = make_mql()
    gone = make_user(Role.SALES_REP, is_active=False)

    for target in (viewer, marketer, gone):
        with pytest.raises(DomainError) as refusal:
            offer_leads([lead.pk], to_user=target, by=user_actor(marketer), as_of=NOW)
        assert refusal.value.code == "target_cannot_work"

    assert Handoff.objects.count() == 0


def test_a_team_without_reps_gets_nothing(marketer):
    lead = make_mql()

    with pytest.raises(DomainError) as refusal:
        offer_leads([lead.pk], to_team=make_team(), by=user_actor(marketer), as_of=NOW)

    assert refusal.value.field == "to_team"


def test_a_customer_is_not_handed_over_without_a_new_interest(marketer, rep):
    lead = make_mql(stage=Stage.CUSTOMER)

    with pytest.raises(DomainError) as refusal:
        offer_leads([lead.pk], to_user=rep, by=user_actor(marketer), as_of=NOW)

    assert refusal.value.code == "not_for_sales"


def test_of_many_leads_all_or_none_are_handed_over(marketer, rep):
    good, bad = make_mql(), make_mql(is_complete=False)

    with pytest.raises(DomainError):
        offer_leads([good.pk, bad.pk], to_user=rep, by=user_actor(marketer), as_of=NOW)

    assert Handoff.objects.count() == 0
    assert not Lead.objects.exclude(owner=None).exists()


def test_a_manager_hands_over_only_leads_that_are_visible(manager, rep, stranger):
    mine = make_mql()
    foreign = make_mql(owner=stranger, team=stranger.team)

    done = offer_leads([mine.pk, foreign.pk], to_user=rep, by=user_actor(manager), as_of=NOW)

    assert [handoff.lead for handoff in done] == [mine]
    foreign.refresh_from_db()
    assert foreign.owner == stranger


def test_by_the_rules_the_reason_is_a_sentence_in_both_languages(marketer, rep, team):
    make_rule(
        "DACH", target_team=team, where={"field": "postal_code", "op": "starts_with", "value": "1"}
    )
    lead = make_mql(postal_code="10115")

    (handoff,) = offer_leads([lead.pk], by=user_actor(marketer), as_of=NOW)

    assert handoff.to_user == rep
    assert handoff.assignment_reason["en"] == (
        "Rule “DACH”: Postal code starts with “1” → Vertrieb Süd, In turn"
    )
    assert set(handoff.assignment_reason) == {"de", "en"}


def test_a_withdrawn_hand_over_stops_its_clock(marketer, rep):
    (handoff,) = offer_leads([make_mql().pk], to_user=rep, by=user_actor(marketer), as_of=NOW)

    withdraw_handoffs([handoff.pk], by=user_actor(marketer), as_of=NOW)
    again = withdraw_handoffs([handoff.pk], by=user_actor(marketer), as_of=NOW)

    handoff.refresh_from_db()
    assert (handoff.state, again) == ("withdrawn", [])
    assert DueSla.objects.count() == 0


def test_the_number_of_queries_does_not_grow_with_the_leads(marketer, rep, queries):
    one, many = [make_mql(company="A").pk], [make_mql(company="A").pk for _ in range(12)]

    def offer(ids):
        offer_leads(ids, to_user=rep, by=user_actor(marketer), as_of=NOW)

    assert queries(lambda: offer(one)) == queries(lambda: offer(many))
    assert Handoff.objects.open().count() == 13


def test_the_rep_gets_one_mail_however_many_leads_it_is_about(marketer, rep):
    ids = [make_mql(company="Pumpen AG").pk for _ in range(3)]

    offer_leads(ids, to_user=rep, by=user_actor(marketer), as_of=NOW)

    message = Message.objects.get()
    assert (message.recipient, message.subject) == (rep, "3 new leads")
    assert message.text.count("Pumpen AG") == 3
    assert "/queue/" in message.text


def test_the_mail_to_the_rep_is_in_the_language_of_the_rep(marketer, rep):
    rep.language = "de"
    with writing("scene"):
        rep.save()

    offer_leads([make_mql().pk], to_user=rep, by=user_actor(marketer), as_of=NOW)

    assert Message.objects.get().language == "de"


def test_everybody_in_the_team_hears_of_a_lead_in_the_pool(marketer, rep, team):
    colleague = make_user(Role.SALES_REP, team=team)

    offer_leads([make_mql().pk], to_team=team, by=user_actor(marketer), as_of=NOW)

    assert set(Message.objects.values_list("recipient", flat=True)) == {rep.pk, colleague.pk}


@pytest.mark.requirement("S92")
def test_the_briefing_holds_exactly_the_last_five_telling_events(marketer, rep):
    lead, now = make_mql(), NOW + timedelta(hours=1)
    for minutes in range(7):
        at = now - timedelta(minutes=minutes)
        make_activity(lead, "form.submitted", at, data={"form_name": f"Form {minutes}"})
    make_activity(lead, "lead.tagged", now)
    make_activity(lead, "form.submitted", now, data={"form_name": "Scanner"}, is_machine=True)
    make_activity(lead, "form.submitted", now + timedelta(days=1), data={"form_name": "Later"})

    (handoff,) = offer_leads([lead.pk], to_user=rep, by=user_actor(marketer), as_of=now)

    told = [(event["kind"], event["data"]["form_name"]) for event in handoff.briefing["events"]]
    assert told == [("form.submitted", f"Form {number}") for number in range(5)]
