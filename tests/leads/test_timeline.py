from datetime import timedelta

import pytest
from django.urls import reverse

from accounts.actor import user_actor
from handoff.actions.contacts import Contact, log_contacts
from leads.actions.lifecycle import change_stage
from leads.actions.notes import add_notes
from leads.actions.ownership import assign_leads
from leads.actions.timeline import NewActivity, record
from leads.stages import Stage
from tests.factories import EVERYTHING, NOW, make_activity, make_lead

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def entries(client, lead, **params):
    page = client.get(reverse("lead_timeline", args=[lead.public_id]), params)
    return [(entry.title, entry.activity.occurred_at) for entry in page.context["stretch"].entries]


@pytest.mark.requirement("S98")
def test_one_timeline_tells_everything_in_the_order_in_which_it_happened(
    as_user, marketer, manager, rep, service
):
    lead = make_lead(team=rep.team)
    make_activity(lead, "form.submitted", NOW + HOUR, data={"form_name": "Kontakt"})
    make_activity(lead, "email.sent", NOW + 2 * HOUR, data={"subject": "Willkommen"})
    change_stage([lead.pk], to=Stage.MQL, by=user_actor(marketer), as_of=NOW + 3 * HOUR)
    assign_leads([lead.pk], owner=rep, by=user_actor(manager), as_of=NOW + 4 * HOUR)
    log_contacts([Contact(lead.pk, "reached")], by=user_actor(rep), as_of=NOW + 5 * HOUR)
    add_notes({lead.pk: "Reklamation"}, by=user_actor(service), as_of=NOW + 6 * HOUR)
    late = NewActivity(lead.pk, "email.opened", NOW + 2 * HOUR + HOUR / 2)
    record([late], by=EVERYTHING, as_of=NOW + 7 * HOUR)

    told = [entries(as_user(person), lead) for person in (marketer, manager, rep, service)]

    assert told[0] == [
        ("Note written", NOW + 6 * HOUR),
        ("Call", NOW + 5 * HOUR),
        ("Owner changed", NOW + 4 * HOUR),
        ("Stage changed", NOW + 3 * HOUR),
        ("Mail opened", NOW + 2 * HOUR + HOUR / 2),
        ("Mail sent", NOW + 2 * HOUR),
        ("Form sent", NOW + HOUR),
        ("Lead created", NOW),
    ]
    assert told[1:] == [told[0]] * 3


@pytest.mark.requirement("S98")
def test_a_late_record_has_its_place_beyond_the_end_of_a_page(as_user, marketer):
    lead = make_lead()
    for number in range(1, 41):
        make_activity(lead, "lead.tagged", NOW + number * HOUR)
    late = NewActivity(lead.pk, "email.opened", NOW + HOUR / 2)
    record([late], by=EVERYTHING, as_of=NOW + 50 * HOUR)
    client = as_user(marketer)

    first = client.get(reverse("lead_timeline", args=[lead.public_id])).context["stretch"]
    rest = entries(client, lead, before=first.older)

    assert (len(first.entries), len(rest)) == (30, 12)
    assert rest[-2:] == [("Mail opened", NOW + HOUR / 2), ("Lead created", NOW)]
