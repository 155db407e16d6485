import pytest
from django.urls import reverse

from accounts.actor import user_actor
from ground.errors import DomainError, NotAllowedError
from handoff.actions.contacts import Contact, log_contacts
from handoff.actions.verdicts import give_verdicts
from handoff.models import Verdict
from handoff.outcomes import good_verdicts, judged_leads
from leads.models import Activity
from tests.factories import NOW, make_lead
from tests.scoring.scene import GERMAN, make_active, rescored

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("S87")]


def talked_lead(rep, outcome="reached", **columns):
    """Return a lead of the rep whom the rep has called."""
    lead = make_lead(owner=rep, **columns)
    log_contacts([Contact(lead.pk, outcome)], by=user_actor(rep), as_of=NOW)
    return lead


def judge(lead, person, value="good", as_of=NOW, **said):
    return give_verdicts([lead.pk], value=value, by=user_actor(person), as_of=as_of, **said)


def test_a_verdict_is_stored_beside_the_score_it_was_given_at(rep):
    version = make_active(GERMAN)
    lead = talked_lead(rep, country="DE")
    rescored(lead)

    (verdict,) = judge(lead, rep, text=" Will im Mai bauen. ")

    verdict.refresh_from_db()
    assert (verdict.value, verdict.text) == ("good", "Will im Mai bauen.")
    assert (verdict.score, verdict.fit, verdict.engagement, verdict.grade) == (20, 20, 0, "B4")
    assert (verdict.version, verdict.user, verdict.user_label) == (str(version), rep, str(rep))
    activity = Activity.objects.get(kind="verdict.given")
    assert activity.data == {"value": "good", "text": "Will im Mai bauen."}


def test_saying_the_same_again_changes_nothing_and_the_newest_holds(rep):
    lead = talked_lead(rep)
    judge(lead, rep)

    again = judge(lead, rep)
    before = list(good_verdicts())
    (other,) = judge(lead, rep, "poor")

    assert (again, before) == ([], [(lead.pk, NOW)])
    assert list(good_verdicts()) == []
    assert list(judged_leads()) == [(lead.pk, NOW, other.score, False)]
    assert Verdict.objects.count() == Activity.objects.filter(kind="verdict.given").count() == 2


def test_who_is_not_sure_has_not_judged(rep):
    lead = talked_lead(rep)

    judge(lead, rep, "unsure")

    assert (list(good_verdicts()), list(judged_leads())) == ([], [])


@pytest.mark.parametrize("outcome", ["not_reached", "wrong_number"])
def test_without_contact_there_is_no_verdict(rep, outcome):
    lead = talked_lead(rep, outcome)

    with pytest.raises(DomainError) as refused:
        judge(lead, rep)

    assert refused.value.code == "no_contact"
    assert not Verdict.objects.exists()


def test_a_word_that_is_none_and_a_person_who_does_not_sell_are_refused(rep, marketer):
    lead = talked_lead(rep)

    with pytest.raises(DomainError) as refused:
        judge(lead, rep, "brilliant")
    with pytest.raises(NotAllowedError):
        judge(lead, marketer)

    assert refused.value.code == "verdict_unknown"
    assert not Verdict.objects.exists()


def test_a_lead_of_others_is_left_alone(rep, stranger):
    lead = talked_lead(rep)

    assert judge(lead, stranger) == []
    assert not Verdict.objects.exists()


def test_the_page_of_a_lead_asks_for_a_verdict_and_shows_it(as_user, rep):
    lead, silent = talked_lead(rep), make_lead(owner=rep)
    url = reverse("verdict_give", args=[lead.public_id])
    client = as_user(rep)

    asked = client.get(reverse("lead_detail", args=[lead.public_id])).content.decode()
    not_yet = client.get(reverse("lead_detail", args=[silent.public_id])).content.decode()
    given = client.post(url, {"value": "poor", "text": "Zu klein"})
    shown = client.get(reverse("lead_detail", args=[lead.public_id])).content.decode()

    assert (url in asked, "verdict/" in not_yet, given.status_code) == (True, False, 302)
    assert "Not good" in shown
    assert "Zu klein" in shown
    assert "score then: 0" in shown
