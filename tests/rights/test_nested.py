"""What hangs on a lead is reached through the lead: by no id, no body and no second door."""

import pytest
from django.urls import reverse

from accounts.actor import user_actor
from accounts.rights import ApiScope, Role
from ground.errors import ConflictError
from handoff.actions.tasks import NewTask, create_tasks
from handoff.models import Handoff, Opportunity, Task
from leads.actions.notes import add_notes
from leads.actions.ownership import assign_leads, claim_lead
from leads.models import Activity, Identifier, Lead, Note
from leads.stages import Stage
from tests.api.client import ApiClient
from tests.database.connections import in_parallel
from tests.factories import EVERYTHING, NOW, make_lead, make_team, make_user
from tests.handoff.factories import make_deal, make_mql, make_offer, make_task
from tests.rights.asking import address_of, recorded_writes, send, undone
from tests.rights.rows import rows
from tests.rights.world import World

# The kinds of things in addresses that belong to a lead.
NESTED = {
    "handoff", "task", "deal", "enrolment", "message", "submission", "lead", "mql", "sql",
    "scored_lead", "deleted_lead",
}  # fmt: skip
ROWS = [row for row in rows().values() if NESTED & set(row.objects.values())]


@pytest.fixture
def theirs(db):
    """A lead of another team, with everything that can hang on it."""
    stranger = make_user(Role.SALES_REP, team=make_team("Nord"))
    lead = make_mql(owner=stranger, team=stranger.team, first_name="Geheim")
    make_task(lead, stranger, title="Geheim")
    make_offer(stranger, lead=lead)
    return lead


@pytest.mark.case("Z03")
@pytest.mark.django_db
@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.method}-{row.route}")
def test_nothing_that_hangs_on_a_foreign_lead_is_there_for_a_rep(row):
    caller = "rep" if row.is_api else Role.SALES_REP
    with undone():
        world = World()
        client = world.client(caller)
        address = address_of(row, world, caller, "foreign")
        data = {name: value for name, value in row.data.items() if not str(value).startswith("$")}
        with recorded_writes() as written:
            response = send(client, row, address, data)

    assert response.status_code in {403, 404}
    assert "Muster" not in response.content.decode()
    assert written == []


def test_every_kind_of_thing_that_hangs_on_a_lead_is_asked_for():
    asked = {kind for row in ROWS for kind in row.objects.values()}

    assert asked >= NESTED


@pytest.mark.case("Z04")
@pytest.mark.parametrize("name", ["lead", "lead_id", "public_id", "id", "pk"])
def test_a_lead_named_in_a_form_moves_nothing_to_it(as_user, rep, theirs, name):
    mine = make_lead(owner=rep, team=rep.team)
    client = as_user(rep)
    task = make_task(mine, rep)
    more = {name: str(theirs.public_id if name in {"lead", "public_id"} else theirs.pk)}
    due = {"kind": "call", "due_at": "2099-01-01T10:00", "priority": "2", "title": "x"}
    before = Activity.objects.filter(lead=theirs).count()

    client.post(reverse("lead_note", args=[mine.public_id]), {"body": "Mein", **more})
    client.post(reverse("task_create", args=[mine.public_id]), {**due, **more})
    client.post(reverse("task_edit", args=[task.public_id]), {**due, **more})
    client.post(reverse("lead_tags", args=[mine.public_id]), {"tags": "Messe", **more})

    assert Note.objects.get().lead == mine
    assert set(Task.objects.exclude(title="Geheim").values_list("lead", flat=True)) == {mine.pk}
    assert Activity.objects.filter(lead=theirs).count() == before
    assert theirs.tags.count() == 0


@pytest.mark.case("Z04")
@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("handoffs/", {"interest": "Software"}),
        ("opportunities/", {"name": "Mein", "exception": "Messe"}),
    ],
)
def test_nothing_is_hung_on_a_foreign_lead_by_a_body(rep, theirs, path, body):
    api = ApiClient(rep, *ApiScope.values)

    answer = api.post(path, {**body, "lead": str(theirs.public_id)})
    absent = api.post(path, {**body, "lead": "00000000-0000-4000-8000-000000000000"})

    assert answer.status_code == absent.status_code in {403, 404, 422}
    assert answer.json() == absent.json()
    assert (Opportunity.objects.count(), Handoff.objects.count()) == (0, 1)


@pytest.mark.case("Z04")
@pytest.mark.django_db
def test_actions_leave_out_leads_that_the_actor_does_not_see(rep, theirs):
    actor = user_actor(rep)

    assert create_tasks([NewTask(theirs.pk, NOW, assignee_id=rep.pk)], by=actor, as_of=NOW) == []
    assert add_notes({theirs.pk: "Mein"}, by=actor, as_of=NOW) == []


@pytest.mark.case("Z04")
@pytest.mark.parametrize("name", ["leads_tag", "leads_assign", "leads_delete"])
@pytest.mark.parametrize("ids", ["public_id", "pk"])
def test_a_bulk_change_leaves_out_what_its_sender_does_not_see(as_user, manager, theirs, name, ids):
    data = {"ids": [str(getattr(theirs, ids))], "tags": "Messe", "owner": str(manager.public_id)}
    with recorded_writes() as written:
        as_user(manager).post(reverse(name), data)

    assert [write for write in written if not write.endswith("leads_tag")] == []


@pytest.mark.case("Z01")
@pytest.mark.case("Z04")
def test_a_rep_fills_no_foreign_lead_by_entering_it_anew(as_user, rep, theirs):
    entry = {"channel": "phone", "email": theirs.email, "city": "Ulm", "note": "Mein"}
    api = ApiClient(rep, "leads:read", "leads:write")

    page = as_user(rep).post(reverse("lead_create"), entry)
    one = api.post("leads/", {"channel": "api", "email": theirs.email, "overwrite": True})
    both = [{"channel": "api", "email": email} for email in ("new@example.org", theirs.email)]
    many = api.post("leads/bulk/", {"leads": both})

    assert [answer.status_code for answer in (page, one, many)] == [422] * 3
    assert "Ask your manager" in page.content.decode()
    for answer in (page, one, many):
        assert "Geheim" not in answer.content.decode()
        assert str(theirs.public_id) not in answer.content.decode()
    theirs.refresh_from_db()
    assert (theirs.city, theirs.first_name, Lead.objects.count()) == ("", "Geheim", 1)


@pytest.mark.case("Z04")
def test_an_identifier_of_a_foreign_lead_is_not_taken_over(rep, theirs):
    mine = make_lead(owner=rep, team=rep.team)
    api = ApiClient(rep, *ApiScope.values)

    changed = api.patch(f"leads/{mine.public_id}/", {"email": theirs.email})

    assert "Geheim" not in changed.content.decode()
    assert Identifier.objects.get(kind="email", normalised=theirs.email).lead == theirs


@pytest.mark.case("Z06")
@pytest.mark.parametrize("field", ["owner", "owner_id", "owner_email", "team", "team_id"])
def test_an_owner_in_a_body_changes_nobody(as_user, rep, theirs, field):
    mine = make_lead(owner=rep, team=rep.team)
    colleague = make_user(Role.SALES_REP, team=rep.team)
    api, client = ApiClient(rep, *ApiScope.values), as_user(rep)
    address = reverse("lead_edit", args=[mine.public_id])

    foreign = api.patch(f"leads/{theirs.public_id}/", {field: rep.email, "city": "Ulm"})
    own = api.patch(f"leads/{mine.public_id}/", {field: colleague.email, "city": "Ulm"})
    client.post(address, {field: colleague.pk, "first_name": "Eva", "version": 2})
    created = api.post("leads/", {"channel": "api", "email": "x@example.org", field: colleague.pk})

    mine.refresh_from_db()
    theirs.refresh_from_db()
    assert (foreign.status_code, own.status_code, theirs.city) == (404, 200, "")
    assert (mine.owner, mine.team, theirs.owner.team.name) == (rep, rep.team, "Nord")
    assert Lead.objects.get(public_id=created.json()["id"]).owner == rep


@pytest.mark.case("Z06")
def test_a_rep_gives_leads_to_nobody_and_takes_none_that_is_not_offered(as_user, rep, theirs):
    mine = make_lead(owner=rep, team=rep.team)
    colleague = make_user(Role.SALES_REP, team=rep.team)
    client, api = as_user(rep), ApiClient(rep, *ApiScope.values)
    given = {"owner": str(colleague.public_id), "reason": "x"}

    answers = [
        client.post(reverse("lead_owner", args=[mine.public_id]), given),
        client.post(reverse("leads_assign"), {"ids": [str(mine.public_id)], **given}),
        api.post(f"leads/{mine.public_id}/owner/", {"owner": colleague.email}),
        client.post(reverse("lead_claim", args=[theirs.public_id])),
        api.post(f"leads/{theirs.public_id}/owner/", {"owner": rep.email}),
    ]

    assert [answer.status_code for answer in answers] == [403, 403, 403, 404, 403]
    assert set(Lead.objects.values_list("owner__email", flat=True)) == {
        rep.email,
        theirs.owner.email,
    }


@pytest.mark.case("Z07")
@pytest.mark.django_db(transaction=True)
def test_of_four_reps_who_take_a_lead_of_the_pool_at_once_one_gets_it():
    team = make_team("Süd")
    reps = [make_user(Role.SALES_REP, team=team) for _rep in range(4)]
    lead, waiting = make_lead(team=team), list(reps)

    def claim():
        rep = waiting.pop()
        try:
            claim_lead(lead.pk, owner=rep, by=user_actor(rep), as_of=NOW)
        except ConflictError as error:
            return error.code
        return rep.pk

    outcomes = in_parallel(4, claim)

    lead.refresh_from_db()
    told = Activity.objects.filter(lead=lead, kind="lead.owner_changed")
    assert sorted(map(str, outcomes)) == sorted([str(lead.owner_id), *["already_taken"] * 3])
    assert [activity.data["to"] for activity in told] == [lead.owner_id]


@pytest.mark.case("Z13")
def test_who_lost_a_lead_finds_it_and_what_hangs_on_it_nowhere(as_user, rep, theirs):
    mine = make_lead(owner=rep, team=rep.team, stage=Stage.SQL, first_name="Geheim")
    noted = NewTask(mine.pk, NOW, title="Geheim", assignee_id=rep.pk)
    (task,) = create_tasks([noted], by=user_actor(rep), as_of=NOW)
    deal = make_deal(mine, name="Geheim")
    client = as_user(rep)
    seen = client.get(reverse("lead_list")).content.decode()

    assign_leads([mine.pk], owner=theirs.owner, by=EVERYTHING, as_of=NOW)

    assert "Geheim" in seen
    for name in (
        "lead_list",
        "lead_board",
        "queue",
        "task_list",
        "deal_list",
        "deal_board",
        "home",
    ):
        assert "Geheim" not in client.get(reverse(name)).content.decode(), name
    assert "Geheim" not in client.get(reverse("palette"), {"q": "Muster"}).content.decode()
    for name, thing in (("task_edit", task), ("deal", deal), ("lead_detail", mine)):
        assert client.get(reverse(name, args=[thing.public_id])).status_code == 404
