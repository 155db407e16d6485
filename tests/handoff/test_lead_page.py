import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.actor import user_actor
from handoff.actions.answers import accept_handoffs, reject_handoffs
from handoff.actions.closing import win_opportunities
from handoff.actions.offers import assign_mqls
from handoff.authority import ASSIGNER
from handoff.models import Handoff, Opportunity, Task
from leads.entries import ConsentEntry
from leads.models import Lead
from leads.stages import Stage
from tests.factories import EVERYTHING, make_activity, make_lead
from tests.handoff.factories import make_deal, make_mql, make_offer, make_task

pytestmark = pytest.mark.django_db


@pytest.fixture
def now():
    return timezone.now()


def page(client, lead):
    return client.get(reverse("lead_detail", args=[lead.public_id])).content.decode()


def test_marketers_see_each_state_of_a_hand_over_on_the_lead(as_user, marketer, rep, now):
    handoff = make_offer(rep, as_of=now)
    client = as_user(marketer)

    offered = page(client, handoff.lead)
    accept_handoffs([handoff.pk], by=user_actor(rep), as_of=now)
    accepted = page(client, handoff.lead)
    reject_handoffs(
        [handoff.pk], reason="too_early", text="Erst 2027", by=user_actor(rep), as_of=now
    )
    rejected = page(client, handoff.lead)

    assert ("Handed over" in offered, "data-clock-due-value" in offered) == (True, True)
    assert "Answered in time" in accepted
    assert ("Too early" in rejected, "Erst 2027" in rejected) == (True, True)


def test_the_state_on_the_page_asks_whether_it_has_changed(as_user, marketer, rep, now):
    handoff = make_offer(rep, as_of=now)
    client = as_user(marketer)
    address = reverse("lead_handoff_pulse", args=[handoff.lead.public_id])

    tag = client.get(address)["ETag"]
    same = client.get(address, headers={"If-None-Match": tag})
    accept_handoffs([handoff.pk], by=user_actor(rep), as_of=now)
    changed = client.get(address, headers={"If-None-Match": tag})
    part = client.get(reverse("lead_handoff", args=[handoff.lead.public_id])).content.decode()

    assert (same.status_code, changed.status_code) == (304, 204)
    assert ("Accepted" in part, "<html" in part) == (True, False)


def test_everybody_gets_the_buttons_for_what_they_may_do(as_user, marketer, rep, manager, viewer):
    lead = make_offer(rep).lead

    def offered(person):
        text = page(as_user(person), lead)
        buttons = ("accept/", "reject/", "return/", "withdraw/", "/give/", "hand-over/")
        return [name for name in buttons if f"{name}" in text]

    assert offered(rep) == ["accept/", "reject/", "return/"]
    assert offered(marketer) == ["withdraw/"]
    assert offered(manager) == ["/give/"]
    assert offered(viewer) == []


def test_a_lead_that_is_held_back_says_what_is_missing(as_user, marketer, team, rep):
    lead = make_mql(is_complete=False)
    assign_mqls([lead.pk], by=ASSIGNER, as_of=timezone.now())

    text = page(as_user(marketer), lead)

    assert "Held back, because this is missing:" in text
    assert "What the lead is interested in, How the lead may be contacted" in text


@pytest.mark.requirement("S92")
def test_the_briefing_tells_who_why_what_and_how_to_begin(as_user, rep):
    lead = make_mql(
        phone="+49 30 901820",
        job_title="Einkauf",
        company="Pumpen AG",
        owner=rep,
        team=rep.team,
        consents=[
            ConsentEntry("marketing", "phone"),
            ConsentEntry("marketing", "email", "objected"),
        ],
    )
    make_activity(
        lead,
        "form.submitted",
        timezone.now(),
        data={"form_kind": "contact", "form_name": "Kontakt", "message": "Wir brauchen Pumpen"},
    )
    make_deal(make_lead(stage=Stage.SQL, owner=rep, team=rep.team))

    text = as_user(rep).get(reverse("lead_briefing", args=[lead.public_id])).content.decode()

    for told in (
        "Pumpen AG",
        "Einkauf",
        "Whitepaper Pumpen",
        "Wir brauchen Pumpen",
        "yes: consent given",
        "no: withdrawn or objected",
        "How large is the company?",
        "You wrote to us on",
    ):
        assert told in text


def test_a_lead_that_asked_to_be_spoken_to_may_be_answered(as_user, rep, marketer):
    lead = make_lead(stage=Stage.MQL, phone="+49 30 901820")
    data = {"form_kind": "contact", "form_name": "Kontakt", "message": "Bitte anrufen"}
    make_activity(lead, "form.submitted", timezone.now(), data=data)

    response = as_user(marketer).post(
        reverse("hand_over_lead", args=[lead.public_id]), {"target": f"user:{rep.public_id}"}
    )

    assert response.status_code == 302
    assert Handoff.objects.get().briefing["asked"]["form"] == "Kontakt"


@pytest.mark.requirement("S92")
def test_the_dialog_shows_what_is_missing_and_lets_it_be_filled_in(as_user, marketer, rep):
    lead = make_lead(stage=Stage.MQL, consents=[ConsentEntry("marketing", "phone")])
    client, address = as_user(marketer), reverse("hand_over_lead", args=[lead.public_id])
    data = {"target": f"user:{rep.public_id}"}

    shown = client.get(address).content.decode()
    refused = client.post(address, data)
    done = client.post(address, {**data, "interest": "Neue Pumpen"})

    assert "What is the lead interested in?" in shown
    assert (refused.status_code, done.status_code) == (422, 302)
    assert "is incomplete: What the lead is interested in." in refused.content.decode()
    assert Handoff.objects.get().to_user == rep


def test_rejecting_without_a_reason_shows_the_form_again(as_user, rep):
    handoff = make_offer(rep)
    address = reverse("reject_handoff", args=[handoff.public_id])
    client = as_user(rep)

    empty = client.post(address, {"text": "Kein Bedarf"})
    without_day = client.post(address, {"reason": "no_interest", "text": "Kein Bedarf"})

    assert (empty.status_code, without_day.status_code) == (422, 422)
    assert "Kein Bedarf" in empty.content.decode()
    assert "Say on which day to ask again, or that this is the end." in without_day.content.decode()
    handoff.refresh_from_db()
    assert handoff.state == "offered"


def test_a_deal_is_opened_won_and_shown_on_the_lead(as_user, rep):
    lead = make_lead(stage=Stage.SQL, owner=rep, team=rep.team)
    client = as_user(rep)
    address = reverse("deal_create", args=[lead.public_id])
    data = {"name": "Pumpen 2027", "amount": "12000", "currency": "EUR"}

    refused = client.post(address, data)
    client.post(address, {**data, "exception": "Rahmenvertrag"})
    deal = Opportunity.objects.get()
    won = client.post(
        reverse("win_deal", args=[deal.public_id]), {"amount": "9500.50", "won_on": "2026-01-05"}
    )

    assert (refused.status_code, won.status_code) == (422, 302)
    assert "Log a follow-up call or a sent offer first" in refused.content.decode()
    assert Lead.objects.get().stage == Stage.CUSTOMER
    assert "Pumpen 2027" in page(client, lead)


def test_a_customer_recommends_somebody_on_the_page(as_user, rep):
    lead = make_lead(stage=Stage.SQL, owner=rep, team=rep.team)
    win_opportunities([make_deal(lead).pk], by=EVERYTHING, as_of=timezone.now())
    client = as_user(rep)

    response = client.post(
        reverse("referral_create", args=[lead.public_id]),
        {"first_name": "Bea", "email": "bea@example.org"},
    )

    new = Lead.objects.get(referrer=lead)
    lead.refresh_from_db()
    assert response.url == reverse("lead_detail", args=[new.public_id])
    assert lead.stage == Stage.PROMOTER
    assert "Bea" in page(client, lead)


def test_a_task_is_planned_done_and_opened_again(as_user, rep):
    lead = make_lead(owner=rep, team=rep.team)
    client = as_user(rep)
    data = {"kind": "mail", "due_at": "2099-01-01T10:00", "title": "Katalog", "priority": "3"}

    client.post(reverse("task_create", args=[lead.public_id]), data)
    task = Task.objects.get()
    client.post(reverse("complete_task", args=[task.public_id]))
    task.refresh_from_db()
    is_done = task.done_at is not None
    client.post(reverse("reopen_task", args=[task.public_id]))

    task.refresh_from_db()
    assert (task.title, task.priority, is_done, task.done_at) == ("Katalog", 3, True, None)


def test_the_tasks_of_a_rep_are_the_own_ones_by_time(as_user, rep, manager, now):
    lead = make_lead(owner=rep, team=rep.team)
    make_task(lead, rep, title="Später", due_at=now.replace(year=2099))
    make_task(lead, rep, title="Gleich", due_at=now)
    make_task(lead, manager, title="Fremd", due_at=now)

    text = as_user(rep).get(reverse("task_list")).content.decode()
    today = as_user(rep).get(reverse("task_list"), {"show": "today"}).content.decode()

    assert text.index("Gleich") < text.index("Später")
    assert ("Fremd" in text, "Später" in today, "Gleich" in today) == (False, False, True)


def test_the_panels_ask_the_same_number_of_queries_whatever_they_hold(as_user, rep, queries, now):
    lead = make_mql(owner=rep, team=rep.team, stage=Stage.SQL, company="A")
    client = as_user(rep)
    make_task(lead, rep), make_deal(lead), make_activity(lead, "note.added", now)
    page(client, lead)
    few = queries(lambda: page(client, lead))
    for _ in range(5):
        make_task(lead, rep), make_deal(lead), make_activity(lead, "note.added", now)

    assert queries(lambda: page(client, lead)) == few
