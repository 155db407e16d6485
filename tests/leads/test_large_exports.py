"""Exports that are too large to wait for: made in the background, for one person, for a day."""

import csv
import io
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.action import writing
from accounts.actor import user_actor
from accounts.models import AuditEntry
from ground.errors import DomainError, NotAllowedError
from leads.actions import exports
from leads.actions.editing import delete_leads
from leads.actions.exports import expire_exports, request_export
from leads.actors import EXPORTS
from leads.models import DueExport, Lead, LeadExport
from leads.ticks import write_exports
from nurturing.actions.suppression import suppress_addresses
from nurturing.models import Message
from tests.factories import EVERYTHING, NOW, make_lead, make_user

pytestmark = pytest.mark.django_db
LATER = NOW.replace(year=2999)


@pytest.fixture(autouse=True)
def small_files(monkeypatch, settings, tmp_path):
    """Make three leads a large export, written two at a time."""
    settings.MEDIA_ROOT = tmp_path
    monkeypatch.setattr(exports, "SLICE", 2)
    monkeypatch.setattr("leads.views.exports.DIRECT", 2)


def read(content):
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig")), delimiter=";"))


def download(client, export):
    response = client.get(reverse("export_download", args=[export.public_id]))
    return read(b"".join(response.streaming_content)) if response.streaming else response


@pytest.mark.case("I12")
def test_a_large_export_is_made_in_the_background_and_told_when_it_is_ready(as_user, marketer):
    leads = [make_lead(city="Ulm") for _number in range(5)]
    make_lead(city="Bonn")
    client = as_user(marketer)

    asked = client.get(reverse("lead_export"), {"q": "Ulm"})
    started = client.post(reverse("export_create"), {"query": "q=Ulm"})
    export = LeadExport.objects.get()
    before = client.get(reverse("export_download", args=[export.public_id]))
    write_exports(LATER)

    assert (asked.status_code, asked.streaming, before.status_code) == (200, False, 404)
    assert started["Location"] == reverse("export_detail", args=[export.public_id])
    assert [row["id"] for row in download(client, export)] == [str(x.public_id) for x in leads]
    export.refresh_from_db()
    assert (export.state, export.row_count, export.done_count) == ("ready", 5, 5)
    assert not DueExport.objects.exists()
    assert Message.objects.get().recipient == marketer
    events = AuditEntry.objects.order_by("pk").values_list("event", flat=True)
    assert list(events) == ["leads.exported", "leads.export_downloaded"]


@pytest.mark.case("I12")
def test_no_slice_asks_for_more_than_its_leads(marketer, django_assert_max_num_queries):
    for _number in range(9):
        make_lead(tags=["a"])
    export = request_export("", by=user_actor(marketer), as_of=NOW)

    with django_assert_max_num_queries(30):
        more = exports.write_slice(export.pk, as_of=NOW)

    export.refresh_from_db()
    assert (more, export.done_count, export.path.stat().st_size) == (True, 2, export.size)


@pytest.mark.case("I12")
def test_a_worker_that_dies_while_it_writes_leaves_no_lead_twice_and_none_out(marketer):
    leads = [make_lead() for _number in range(5)]
    export = request_export("", by=user_actor(marketer), as_of=NOW)
    exports.write_slice(export.pk, as_of=NOW)
    with export.path.open("ab") as file:
        file.write(b"half a li" * 1000)

    write_exports(LATER)

    rows = read(export.path.read_bytes())
    assert [row["id"] for row in rows] == [str(lead.public_id) for lead in leads]


@pytest.mark.case("I12")
def test_the_file_can_be_had_for_24_hours_and_goes(as_user, marketer):
    make_lead()
    export = request_export("", by=user_actor(marketer), as_of=NOW)
    exports.write_slice(export.pk, as_of=NOW)
    export.refresh_from_db()
    early = expire_exports(by=EXPORTS, as_of=NOW + timedelta(hours=23, minutes=59))
    was_there = export.path.exists()

    late = expire_exports(by=EXPORTS, as_of=NOW + timedelta(hours=24))

    assert (early, was_there, late, export.path.exists()) == (0, True, 1, False)
    assert download(as_user(marketer), export).status_code == 404
    assert LeadExport.objects.get().state == "expired"


@pytest.mark.case("I12")
def test_a_link_that_is_too_old_leads_nowhere_before_the_file_is_gone(as_user, marketer):
    make_lead()
    now = timezone.now()
    export = request_export("", by=user_actor(marketer), as_of=now)
    exports.write_slice(export.pk, as_of=now)
    with writing("scene"):
        LeadExport.objects.update(expires_at=now)

    response = download(as_user(marketer), export)

    assert (response.status_code, export.path.exists()) == (404, True)


@pytest.mark.case("I13")
def test_the_link_of_somebody_else_leads_nowhere_even_for_an_administrator(
    as_user, marketer, admin, manager
):
    make_lead()
    now = timezone.now()
    export = request_export("", by=user_actor(marketer), as_of=now)
    exports.write_slice(export.pk, as_of=now)

    answers = [
        as_user(person).get(reverse(name, args=[export.public_id])).status_code
        for person in (admin, manager, make_user("marketer"))
        for name in ("export_detail", "export_download")
    ]

    assert answers == [404] * 6
    assert len(download(as_user(marketer), export)) == 1
    assert not as_user(admin).get(reverse("export_list")).context["exports"]


@pytest.mark.case("I11")
def test_a_rep_may_not_ask_for_an_export_and_nothing_is_kept(as_user, rep):
    response = as_user(rep).post(reverse("export_create"), {"query": ""})
    with pytest.raises(NotAllowedError):
        request_export("", by=user_actor(rep), as_of=NOW)
    with pytest.raises(NotAllowedError):
        exports.note_export("", 1, by=user_actor(rep), as_of=NOW)

    assert (response.status_code, LeadExport.objects.count()) == (403, 0)
    assert AuditEntry.objects.count() == 0


@pytest.mark.parametrize("change", [{"role": "sales_rep"}, {"is_active": False}])
def test_whoever_lost_the_right_meanwhile_gets_no_file(marketer, change):
    make_lead()
    export = request_export("", by=user_actor(marketer), as_of=NOW)
    with writing("scene"):
        type(marketer).objects.filter(pk=marketer.pk).update(**change)

    write_exports(LATER)

    export.refresh_from_db()
    assert (export.state, export.path.exists()) == ("failed", False)


def test_a_list_that_lost_its_segment_is_given_up_and_not_taken_as_empty(marketer):
    make_lead(tags=["Messe"])
    export = request_export("tag=Messe", by=user_actor(marketer), as_of=NOW)
    with writing("scene"):
        Lead.tags.through.objects.all().delete()
        Lead.tags.rel.model.objects.all().delete()

    write_exports(LATER)

    export.refresh_from_db()
    assert (export.state, export.path.exists()) == ("failed", False)


def test_a_manager_gets_the_leads_of_the_team(manager, stranger):
    own = make_lead(team=manager.team)
    make_lead(owner=stranger, team=stranger.team)
    export = request_export("", by=user_actor(manager), as_of=NOW)

    write_exports(LATER)

    assert [row["id"] for row in read(export.path.read_bytes())] == [str(own.public_id)]


def test_one_export_a_person_is_in_the_making(marketer, admin):
    request_export("", by=user_actor(marketer), as_of=NOW)

    with pytest.raises(DomainError) as refusal:
        request_export("", by=user_actor(marketer), as_of=NOW)
    request_export("", by=user_actor(admin), as_of=NOW)

    assert (refusal.value.code, LeadExport.objects.count()) == ("export_running", 2)


@pytest.mark.case("I14")
def test_who_is_in_the_bin_is_absent_and_who_is_suppressed_is_marked(marketer):
    for name in ("kept", "gone", "quiet"):
        make_lead(email=f"{name}@b.de")
    delete_leads([Lead.objects.get(email="gone@b.de").pk], by=EVERYTHING, as_of=NOW)
    suppress_addresses(["QUIET@b.de"], reason="objected", by=EVERYTHING, as_of=NOW)
    export = request_export("", by=user_actor(marketer), as_of=NOW)

    write_exports(LATER)

    rows = read(export.path.read_bytes())
    assert [(row["email"], row["suppressed"]) for row in rows] == [
        ("kept@b.de", ""),
        ("quiet@b.de", "all: objected"),
    ]


@pytest.mark.case("I14")
def test_a_lead_that_is_binned_while_the_file_is_made_is_absent(marketer):
    leads = [make_lead() for _number in range(4)]
    export = request_export("", by=user_actor(marketer), as_of=NOW)
    exports.write_slice(export.pk, as_of=NOW)
    delete_leads([leads[3].pk], by=EVERYTHING, as_of=NOW)

    write_exports(LATER)

    rows = read(export.path.read_bytes())
    assert [row["id"] for row in rows] == [str(lead.public_id) for lead in leads[:3]]
