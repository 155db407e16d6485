"""A rep meets nothing of the leads of others, on whatever page or endpoint, search or count."""

import pytest

from accounts.action import writing
from accounts.actor import user_actor
from accounts.rights import Role
from handoff.models import Opportunity, Task
from leads.models import Company, Identifier, Lead, SearchText
from tests.rights.rows import rows
from tests.rights.world import World
from tests.security.hostile import every_page, reading_address

pytestmark = [pytest.mark.django_db, pytest.mark.case("Z02")]
FOREIGN = "Zzfremd"
# What is searched for must not be what is looked for: pages repeat the first.
PART = "zzfrem"
# The calendar of whoever holds its secret, which nobody but the host is ever shown.
SECRET = {"meeting_feed"}


@pytest.fixture
def world():
    return World()


@pytest.fixture
def addresses(world):
    """Every page and endpoint, in a world whose leads of others have a name to look for."""
    found = {name: address for name, (_row, address) in every_page(world).items()}
    things = {}
    found |= {
        row.route: reading_address(row, world, things)
        for row in rows().values()
        if row.method == "GET" and row.is_api
    }
    rep = user_actor(world.people[Role.SALES_REP])
    leads = Lead.objects.exclude(pk__in=Lead.objects.visible_to(rep).values("pk"))
    keys = [*leads.values_list("pk", flat=True)]
    companies = [*leads.exclude(company=None).values_list("company_id", flat=True)]
    with writing("scene"):
        Lead.objects.visible_to(rep).filter(company__in=companies).update(company=None)
        Lead.objects.filter(pk__in=keys).update(last_name=FOREIGN, city=FOREIGN, job_title=FOREIGN)
        Company.objects.filter(pk__in=companies).update(name=FOREIGN)
        Identifier.objects.filter(lead__in=keys).update(value=FOREIGN)
        Task.objects.filter(lead__in=keys).update(title=FOREIGN)
        Opportunity.objects.filter(lead__in=keys).update(name=FOREIGN)
        SearchText.objects.filter(lead__in=keys).update(told=f" {FOREIGN.lower()}")
    lists = {row.route for row in rows().values() if not row.objects}
    searched = {
        f"{name}?q": f"{address}{'&' if '?' in address else '?'}q={PART}"
        for name, address in found.items()
        if name in lists
    }
    return found | searched


def telling(client, addresses):
    """Return the pages that tell of a lead of somebody else."""
    return {
        name
        for name, address in addresses.items()
        if name not in SECRET and FOREIGN in said(client.get(address))
    }


def said(response):
    content = b"".join(response.streaming_content) if response.streaming else response.content
    return content.decode(errors="replace")


@pytest.mark.parametrize(
    ("rep", "admin", "places"),
    [
        (
            Role.SALES_REP,
            Role.ADMIN,
            {
                "home", "lead_list", "lead_list?q", "lead_board", "palette?q", "lead_detail",
                "lead_timeline", "task_list", "deal_list?q", "deal_board", "mail_list",
                "handoff_list?q", "queue", "team_queue", "submission_detail", "watchdog",
            },
        ),
        ("rep", "leads:read", {"api_lead_list", "api_lead_list?q", "api_lead_detail"}),
    ],
)  # fmt: skip
def test_nothing_tells_a_rep_of_the_leads_of_others(world, addresses, rep, admin, places):
    assert telling(world.client(rep), addresses) == set()
    # Those who may read them meet them there.
    seen = {name: addresses[name] for name in places}
    assert telling(world.client(admin), seen) == places
