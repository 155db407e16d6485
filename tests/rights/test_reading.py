"""Who may not read scores, deals, sensitive fields or a lead learns nothing of them elsewhere."""

import json
import re
from urllib.parse import quote

import pytest
from django.urls import reverse
from django.utils import timezone

from handoff.actions.closing import win_opportunities
from handoff.actions.referrals import record_referral
from leads.actions.editing import edit_lead
from leads.actions.ownership import assign_leads
from leads.actions.segments import save_segment
from leads.entries import LeadEntry
from leads.models import Lead
from leads.stages import Stage
from tests.api.client import ApiClient
from tests.factories import EVERYTHING, make_activity, make_field, make_lead
from tests.handoff.factories import make_deal, make_offer

pytestmark = [pytest.mark.django_db, pytest.mark.case("Z08")]
# What only a right of its own lets somebody read: the score and the worth of the deal.
SCORE, AMOUNT, DEAL = 4711, "98765", "Pumpen 2027"


@pytest.fixture
def lead(rep):
    """A lead with a score and a won deal, handed over to the rep."""
    now = timezone.now()
    handoff = make_offer(rep, as_of=now, score=SCORE, temperature="hot", grade="A1")
    lead = handoff.lead
    make_activity(lead, "score.threshold_crossed", now, data={"score": SCORE})
    make_activity(lead, "lead.stage_changed", now, data={"from": "lead", "to": "mql", "score": 1})
    make_activity(lead, "opportunity.won", now, data={"name": DEAL, "amount": AMOUNT})
    return lead


def give_away(lead_id, owner):
    """Give a lead to somebody of another team."""
    assign_leads([lead_id], owner=owner, by=EVERYTHING, as_of=timezone.now())
    return Lead.objects.get(pk=lead_id)


def pages(client, lead):
    """Return what the pages about a lead say."""
    names = ("lead_detail", "lead_timeline", "lead_briefing")
    answers = [client.get(reverse(name, args=[lead.public_id])) for name in names]
    lists = [client.get(reverse(name)) for name in ("lead_list", "lead_board")]
    assert {answer.status_code for answer in (*answers, *lists)} == {200}
    said = "".join(answer.content.decode() for answer in (*answers, *lists))
    # Random signs that could spell anything.
    return re.sub(r"nonce[^>]*|(?i:csrf)[^>]*|[0-9a-f-]{36}", "", said)


def test_pages_tell_service_neither_scores_nor_deals(as_user, service, lead):
    text = pages(as_user(service), lead)

    words = (str(SCORE), "4,711", "98,765", DEAL, "Hot", "A1")
    told = [word for word in words if re.search(rf"(?<!\w){word}(?!\w)", text)]
    assert (told, "Score reached" in text, "Stage changed" in text) == ([], False, True)


def test_pages_tell_a_viewer_both(as_user, viewer, lead):
    text = pages(as_user(viewer), lead)

    assert [word for word in ("Score reached", DEAL, "98,765") if word not in text] == []


@pytest.mark.parametrize(
    "query", [{"ordering": "-score"}, {"score": "50"}, {"temperature": "hot"}, {"columns": "score"}]
)
@pytest.mark.parametrize("name", ["lead_list", "lead_board"])
def test_a_list_is_not_narrowed_or_sorted_by_what_one_may_not_read(
    as_user, service, viewer, lead, name, query
):
    refused = as_user(service).get(reverse(name), query)
    allowed = as_user(viewer).get(reverse(name), query)

    assert (refused.status_code, allowed.status_code) == (400, 200)


def test_a_bulk_form_is_not_narrowed_by_what_one_may_not_read(as_user, service, lead):
    data = {"scope": "all", "query": "score=50", "tags": "Messe"}

    response = as_user(service).post(reverse("leads_tag"), data)

    assert (response.status_code, lead.tags.count()) == (400, 0)


def test_a_condition_about_the_score_is_refused_to_service(as_user, service, lead):
    where = json.dumps({"field": "score", "op": "gte", "value": 50})

    response = as_user(service).get(reverse("lead_list"), {"where": where})

    assert (response.status_code, list(response.context["page"].rows)) == (422, [])


@pytest.mark.parametrize("kind", ["opportunity.won", "score.threshold_crossed"])
def test_a_condition_about_what_one_may_not_read_is_refused(admin, lead, kind):
    where = {"field": "activity_count", "op": "at_least", "value": 1, "params": {"kind": kind}}
    narrow = ApiClient(admin, "leads:read")
    wide = ApiClient(admin, "leads:read", "scores:read", "opportunities:read")
    path = f"leads/?where={quote(json.dumps(where))}"

    refused, answered = narrow.get(path), wide.get(path)

    assert (refused.status_code, refused.json()["code"]) == (400, "condition_invalid")
    assert [row["id"] for row in answered.json()["results"]] == [str(lead.public_id)]


def test_a_segment_is_used_by_those_who_may_not_read_what_it_asks(as_user, service, lead):
    where = {
        "field": "activity_count",
        "op": "at_least",
        "value": 1,
        "params": {"kind": "opportunity.won"},
    }
    segment = save_segment(None, name="Käufer", where=where, by=EVERYTHING, as_of=timezone.now())

    response = as_user(service).get(reverse("lead_list"), {"segment": segment.public_id})

    assert list(response.context["page"].rows) == [lead]


def test_a_narrow_key_reads_neither_scores_nor_deals(admin, lead):
    api = ApiClient(admin, "leads:read")

    timeline = api.get(f"leads/{lead.public_id}/timeline/").json()["results"]
    (handoff,) = api.get("handoffs/").json()["results"]

    kinds = {item["kind"] for item in timeline}
    changes = [item["data"] for item in timeline if item["kind"] == "lead.stage_changed"]
    assert kinds.isdisjoint({"score.threshold_crossed", "opportunity.won"})
    assert ("lead.stage_changed" in kinds, [data for data in changes if "score" in data]) == (
        True,
        [],
    )
    assert [handoff["briefing"][key] for key in ("score", "why", "deals")] == [{}, [], []]
    assert handoff["briefing"]["interests"] != []


def test_a_key_with_every_scope_reads_them(admin, lead):
    api = ApiClient(admin, "leads:read", "scores:read", "opportunities:read")

    timeline = api.get(f"leads/{lead.public_id}/timeline/").json()["results"]
    (handoff,) = api.get("handoffs/").json()["results"]

    told = {item["kind"]: item["data"] for item in timeline}
    assert told["score.threshold_crossed"] == {"score": SCORE}
    assert told["opportunity.won"] == {"name": DEAL, "amount": AMOUNT}
    assert handoff["briefing"]["score"]["score"] == SCORE


def test_the_deals_of_a_briefing_need_their_right(as_user, service, viewer, rep):
    lead = make_lead(stage=Stage.SQL, owner=rep, team=rep.team)
    win_opportunities([make_deal(lead, name=DEAL).pk], by=EVERYTHING, as_of=timezone.now())
    address = reverse("lead_briefing", args=[lead.public_id])

    texts = [as_user(person).get(address).content.decode() for person in (service, viewer)]

    assert [DEAL in text for text in texts] == [False, True]


@pytest.mark.parametrize(
    ("person", "is_told"), [("viewer", False), ("service", False), ("rep", True)]
)
def test_a_sensitive_field_is_read_by_who_works_with_leads(request, as_user, rep, person, is_told):
    make_field("health", is_sensitive=True)
    make_field("need", is_sensitive=True)
    lead = make_lead(owner=rep, team=rep.team, custom={"need": "Prothese"})
    changes = {"custom.health": "Allergie", "city": "Ulm"}
    edit_lead(lead.pk, changes, by=EVERYTHING, as_of=timezone.now())
    user = request.getfixturevalue(person)

    text = pages(as_user(user), lead)
    api = ApiClient(user, "leads:read")
    (listed,) = api.get("leads/").json()["results"]
    (updated,) = [
        item["data"]["changes"]
        for item in api.get(f"leads/{lead.public_id}/timeline/").json()["results"]
        if item["kind"] == "lead.updated"
    ]

    assert ("Allergie" in text, "Prothese" in text, "Ulm" in text) == (is_told, is_told, True)
    # A key that only reads does not work with leads, whoever made it.
    assert (listed["custom"], updated) == ({}, {"city": ["", "Ulm"]})


def test_a_key_that_changes_leads_reads_sensitive_fields(marketer):
    make_field("health", is_sensitive=True)
    make_lead(custom={"health": "Allergie"})

    (listed,) = ApiClient(marketer, "leads:read", "leads:write").get("leads/").json()["results"]

    assert listed["custom"] == {"health": "Allergie"}


def test_a_lead_that_one_cannot_see_is_not_named_by_another(as_user, rep, stranger, marketer):
    promoter = make_lead(stage=Stage.CUSTOMER, owner=rep, team=rep.team, last_name="Werberin")
    entry = LeadEntry(
        "referral", timezone.now(), {"email": "bea@example.org", "last_name": "Beere"}
    )
    (entered,) = record_referral(promoter.pk, [entry], by=EVERYTHING, as_of=timezone.now())
    new = give_away(entered.lead_id, stranger)

    of_rep = pages(as_user(rep), promoter)
    of_stranger = pages(as_user(stranger), new)
    of_marketer = pages(as_user(marketer), promoter) + pages(as_user(marketer), new)

    assert ("Beere" in of_rep, "Recommended us" in of_rep) == (False, True)
    assert ("Werberin" in of_stranger, "Referred by" in of_stranger) == (False, False)
    assert ("Beere" in of_marketer, "Referred by" in of_marketer) == (True, True)


def test_a_recommended_lead_is_named_to_a_key_that_sees_it(rep, stranger, marketer):
    promoter = make_lead(stage=Stage.CUSTOMER, owner=rep, team=rep.team)
    entry = LeadEntry(
        "referral", timezone.now(), {"email": "bea@example.org", "last_name": "Beere"}
    )
    (entered,) = record_referral(promoter.pk, [entry], by=EVERYTHING, as_of=timezone.now())
    new = give_away(entered.lead_id, stranger)

    def told(person):
        address = f"leads/{promoter.public_id}/timeline/"
        results = ApiClient(person, "leads:read").get(address).json()["results"]
        return [item["data"] for item in results if item["kind"] == "lead.referred"]

    assert told(rep) == [{}]
    assert told(marketer) == [{"lead": str(new.public_id), "name": "Beere"}]
