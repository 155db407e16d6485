"""Invented leads by the million hang together like those that came one by one."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.models import Count, F, Max, OuterRef, Q, Subquery
from django.urls import reverse

from accounts.models import User
from leadcrm.made_data.build import SCORED, TABLES, make_data
from leads.actions.consent import consent_hash
from leads.kinds import KINDS
from leads.models import (
    Activity,
    Company,
    Consent,
    ConsentEvent,
    ConsentState,
    Episode,
    Identifier,
    Lead,
    StageChange,
)
from leads.normalise import normalise_email, normalise_phone
from scoring.actions.rescoring import active_versions, rescore_by
from scoring.models import Score
from tests.factories import NOW, make_lead

LEADS, ACTIVITIES = 1_500, 12_000
DEFINITIONS = """
    SELECT pg_get_indexdef(indexrelid) FROM pg_index WHERE indrelid = ANY(%(tables)s::regclass[])
    UNION
    SELECT conname || pg_get_constraintdef(oid) FROM pg_constraint
     WHERE conrelid = ANY(%(tables)s::regclass[])
"""

pytestmark = pytest.mark.django_db


@pytest.fixture
def _made():
    make_data(leads=LEADS, activities=ACTIVITIES, seed=1, as_of=NOW)


@pytest.mark.usefixtures("_made")
def test_there_is_as_much_as_was_asked_for():
    assert Lead.objects.count() == LEADS
    assert Activity.objects.count() == ACTIVITIES
    assert set(Activity.objects.values_list("kind", flat=True)) <= set(KINDS)
    assert not Activity.objects.filter(occurred_at__gt=NOW).exists()


@pytest.mark.usefixtures("_made")
def test_the_stage_of_every_lead_is_that_of_its_last_change():
    last = StageChange.objects.filter(lead=OuterRef("pk")).order_by("-at", "-pk")
    leads = Lead.objects.annotate(
        last_stage=Subquery(last.values("to_stage")[:1]),
        last_at=Subquery(last.values("at")[:1]),
        last_reason=Subquery(last.values("other_reason")[:1]),
        is_open=Subquery(last.values("episode__closed_at")[:1]),
    )

    agree = leads.filter(
        stage=F("last_stage"), stage_at=F("last_at"), other_reason=F("last_reason"), is_open=None
    )

    assert agree.count() == LEADS
    assert len(set(leads.values_list("stage", flat=True))) == 8


@pytest.mark.usefixtures("_made")
def test_the_changes_of_a_lead_follow_on_each_other():
    log = StageChange.objects.order_by("lead", "at", "pk")
    before: dict[int, tuple[str, object]] = {}

    broken = []
    for change in log:
        stage, at = before.get(change.lead_id, ("", change.at))
        if change.from_stage != stage or change.at < at:
            broken.append(change)
        before[change.lead_id] = (change.to_stage, change.at)

    assert broken == []
    assert len(before) == LEADS
    assert Episode.objects.filter(closed_at=None).count() == LEADS
    assert Episode.objects.filter(number=2).count() > 0


@pytest.mark.usefixtures("_made")
def test_every_lead_is_known_by_what_a_form_would_find_it_by():
    emails = dict(Identifier.objects.filter(kind="email").values_list("lead", "normalised"))
    phones = dict(Identifier.objects.filter(kind="phone").values_list("lead", "normalised"))

    leads = list(Lead.objects.all())

    assert [lead for lead in leads if lead.pk not in emails and lead.pk not in phones] == []
    assert {lead.pk: normalise_email(lead.email).key for lead in leads if lead.email} == emails
    assert {lead.pk: normalise_phone(lead.phone).key for lead in leads if lead.phone} == phones
    assert all(normalise_email(lead.email).is_valid for lead in leads if lead.email)
    assert all(normalise_phone(lead.phone).decides for lead in leads if lead.phone)


@pytest.mark.usefixtures("_made")
def test_every_consent_has_its_proof_and_every_proof_its_predecessor():
    chain: dict[int, str] = {}
    for event in ConsentEvent.objects.order_by("pk"):
        assert event.previous_hash == chain.get(event.lead_id, "")
        assert event.event_hash == consent_hash(event)
        chain[event.lead_id] = event.event_hash

    stated = ConsentEvent.objects.filter(
        lead=OuterRef("lead"), purpose=OuterRef("purpose"), channel=OuterRef("channel")
    ).order_by("-pk")
    proven = Consent.objects.filter(
        state=Subquery(stated.values("state")[:1]), since=Subquery(stated.values("at")[:1])
    )

    assert proven.count() == Consent.objects.count()
    assert set(Consent.objects.values_list("state", flat=True)) == set(ConsentState.values) - {
        ConsentState.OBJECTED
    }


@pytest.mark.usefixtures("_made")
def test_each_lead_was_last_active_when_it_last_did_something():
    touches = [kind.name for kind in KINDS.values() if kind.is_touch]
    done = Q(activities__kind__in=touches, activities__is_machine=False)

    leads = Lead.objects.annotate(done_at=Max("activities__occurred_at", filter=done))

    assert leads.filter(last_activity_at=F("done_at")).count() > LEADS / 2
    assert not leads.exclude(Q(last_activity_at=F("done_at")) | Q(done_at=None)).exists()
    assert not leads.filter(done_at=None).exclude(last_activity_at=None).exists()


@pytest.mark.usefixtures("_made")
def test_working_the_scores_out_again_changes_nothing():
    ids = list(Lead.objects.values_list("pk", flat=True))

    again = rescore_by(active_versions(NOW), ids, as_of=NOW, reason="request")

    assert (again.leads, again.changed, again.mqls) == (LEADS, 0, 0)
    assert Score.objects.filter(lead__score=F("total"), total__gt=0).count() > LEADS / 2
    assert len(set(Lead.objects.values_list("temperature", flat=True))) == 3


def test_the_same_seed_makes_the_same_leads():
    columns = ("first_name", "last_name", "stage", "created_at", "last_activity_at", "custom")
    scored = (*columns, "score", "owner__name", "company__name_key")
    made = []
    for seed in (1, 1, 2):
        make_data(leads=200, activities=1_500, seed=seed, as_of=NOW)
        newest = Lead.objects.order_by("-pk")[:200]
        made.append([row[:-1] for row in newest.values_list(*scored)])

    assert made[0] == made[1]
    assert made[0] != made[2]


def test_indexes_keys_and_triggers_are_there_as_before():
    def definitions() -> set[str]:
        with connection.cursor() as cursor:
            cursor.execute(DEFINITIONS, {"tables": [*TABLES, *SCORED]})
            return {text for (text,) in cursor.fetchall()}

    before = definitions()

    make_data(leads=50, activities=400, seed=1, as_of=NOW)

    assert definitions() == before


def test_nothing_is_made_beside_the_data_of_people():
    make_lead()

    with pytest.raises(CommandError, match="--into-existing"):
        call_command("make_data", leads=10)

    assert Lead.objects.count() == 1
    assert not User.objects.filter(email__endswith="made.example").exists()


def test_a_history_that_is_longer_than_asked_for_is_refused():
    with pytest.raises(ValueError, match="at least"):
        make_data(leads=100, activities=50, seed=1, as_of=NOW)


@pytest.mark.django_db(transaction=True)
def test_the_command_adds_to_what_is_there_when_told_so():
    make_lead(email="old@example.org")
    written = StringIO()

    call_command("make_data", leads=50, activities=400, into_existing=True, stdout=written)

    summary = json.loads(written.getvalue().splitlines()[-1])
    assert (summary["leads"], summary["activities"]) == (50, 400)
    assert Lead.objects.count() == 51
    assert make_lead().pk == Lead.objects.aggregate(last=Max("pk"))["last"]


@pytest.mark.usefixtures("_made")
def test_the_pages_show_the_made_leads(as_user, marketer):
    rep = User.objects.get(email="rep1@made.example")
    busy = Lead.objects.filter(owner=rep).annotate(n=Count("activities")).order_by("-n").first()
    assert busy is not None

    shown = [
        as_user(user).get(address).status_code
        for user, address in (
            (marketer, reverse("lead_list")),
            (marketer, reverse("lead_board")),
            (marketer, reverse("home")),
            (marketer, reverse("report_funnel")),
            (rep, reverse("queue")),
            (rep, reverse("lead_detail", args=[busy.public_id])),
        )
    ]

    assert shown == [200] * 6
    assert Company.objects.count() == LEADS // 8
