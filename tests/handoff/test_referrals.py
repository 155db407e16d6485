import pytest

from accounts.actor import user_actor
from ground.errors import DomainError, NotAllowedError
from handoff.actions.referrals import record_referral, record_satisfaction
from leads.entries import LeadEntry
from leads.models import Activity, Lead
from leads.stages import Stage
from tests.factories import NOW, make_lead

pytestmark = pytest.mark.django_db


def refer(promoter, person, email="bea@example.org"):
    entry = LeadEntry("referral", NOW, {"email": email})
    return record_referral(promoter.pk, [entry], by=user_actor(person), as_of=NOW)


@pytest.mark.requirement("S51")
@pytest.mark.requirement("S08")
def test_a_recommendation_makes_a_promoter_and_links_the_new_lead(rep):
    promoter = make_lead(stage=Stage.CUSTOMER, owner=rep)

    (entered,) = refer(promoter, rep)

    promoter.refresh_from_db()
    new = Lead.objects.get(pk=entered.lead_id)
    assert promoter.stage == Stage.PROMOTER
    assert (new.referrer, new.first_channel, new.acquisition_type) == (promoter, "referral", "seed")


@pytest.mark.requirement("S51")
def test_the_same_recommendation_twice_is_recorded_once(rep):
    promoter = make_lead(stage=Stage.CUSTOMER, owner=rep)

    refer(promoter, rep)
    refer(promoter, rep)

    assert Activity.objects.filter(kind="lead.referred").count() == 1
    assert Lead.objects.filter(referrer=promoter).count() == 1


def test_who_is_no_customer_recommends_and_stays_where_they_are(rep):
    promoter = make_lead(owner=rep)

    refer(promoter, rep)

    promoter.refresh_from_db()
    assert promoter.stage == Stage.LEAD


def test_nobody_recommends_themselves(rep):
    promoter = make_lead(stage=Stage.CUSTOMER, owner=rep, email="ada@example.org")

    with pytest.raises(DomainError) as refusal:
        refer(promoter, rep, email="ADA@example.org")

    promoter.refresh_from_db()
    assert (refusal.value.code, promoter.stage, promoter.referrer) == (
        "refers_to_self",
        Stage.CUSTOMER,
        None,
    )


def test_a_promoter_that_one_cannot_see_is_unknown(rep, stranger):
    promoter = make_lead(stage=Stage.CUSTOMER, owner=stranger, team=stranger.team)

    with pytest.raises(DomainError) as refusal:
        refer(promoter, rep)

    assert refusal.value.code == "promoter_unknown"
    assert Lead.objects.count() == 1


@pytest.mark.requirement("S51")
@pytest.mark.parametrize(("score", "stage"), [(8, Stage.CUSTOMER), (9, Stage.PROMOTER)])
def test_who_is_satisfied_becomes_a_promoter(rep, score, stage):
    lead = make_lead(stage=Stage.CUSTOMER, owner=rep)

    record_satisfaction([lead.pk], score=score, by=user_actor(rep), as_of=NOW)

    lead.refresh_from_db()
    assert lead.stage == stage


@pytest.mark.parametrize("score", [-1, 11])
def test_the_answer_is_between_0_and_10(rep, score):
    lead = make_lead(stage=Stage.CUSTOMER, owner=rep)

    with pytest.raises(DomainError):
        record_satisfaction([lead.pk], score=score, by=user_actor(rep), as_of=NOW)

    assert not Activity.objects.filter(kind="lead.satisfaction_given").exists()


@pytest.mark.case("Z08")
def test_without_the_right_nobody_becomes_a_promoter(viewer):
    lead = make_lead(stage=Stage.CUSTOMER)

    with pytest.raises(NotAllowedError):
        record_satisfaction([lead.pk], score=10, by=user_actor(viewer), as_of=NOW)

    lead.refresh_from_db()
    assert lead.stage == Stage.CUSTOMER
