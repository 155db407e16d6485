import json
import os
from datetime import timedelta
from io import StringIO
from types import SimpleNamespace

import dns.resolver
import pytest
from django.core.management import call_command
from django.utils import timezone

from accounts.action import writing
from capture import spool
from ground.models import TickRun
from leadcrm import vitals


def _doctor() -> tuple[int, dict]:
    out = StringIO()
    try:
        call_command("doctor", "--json", stdout=out)
    except SystemExit as leaving:
        return leaving.code, json.loads(out.getvalue())
    return 0, json.loads(out.getvalue())


def test_a_healthy_installation_has_no_problem(ticking):
    code, report = _doctor()

    assert (code, report["problems"], report["notes"]) == (0, [], [])
    assert report["queues"]["scoring.duescore"] == {
        "due": 0,
        "oldest_seconds": 0,
        "quarantined": 0,
    }
    assert report["ticks"]["leadcrm.catch_up"]["last_error"] == ""


def test_a_spool_that_cannot_be_written_to_is_named(ticking, settings):
    settings.SPOOL_DIR = "/proc/nothing"

    code, report = _doctor()

    assert code == 1
    assert report["problems"] == [
        "Nothing can be written to /proc/nothing: submissions that come while the database is away"
        " would be refused."
    ]


@pytest.mark.case("D10")
def test_a_full_disk_under_the_spool_is_named(ticking, settings, tmp_path, monkeypatch):
    full = os.fdopen(os.open("/dev/full", os.O_RDWR), "r+b", buffering=0)
    monkeypatch.setattr(spool, "TemporaryFile", lambda dir: full)
    settings.SPOOL_DIR = tmp_path

    code, report = _doctor()

    assert code == 1
    assert report["problems"][0].startswith(f"Nothing can be written to {tmp_path}: ")


@pytest.mark.case("D10")
def test_what_is_kept_back_for_the_system_is_no_room_for_us(monkeypatch):
    usage = SimpleNamespace(total=100, used=92, free=3)
    monkeypatch.setattr(vitals.shutil, "disk_usage", lambda path: usage)

    assert vitals.disk_use() == 92 / 95


@pytest.mark.parametrize(("hours", "which"), [(1, "ahead of"), (-1, "behind")])
def test_a_clock_that_is_wrong_is_named(ticking, monkeypatch, hours, which):
    now = vitals.database_now()
    monkeypatch.setattr(vitals, "database_now", lambda: now - timedelta(hours=hours))

    _code, report = _doctor()
    parts = vitals.readiness(timezone.now())

    text = f"The clock of this machine is 3600 s {which} the database's: work is done late or not"
    assert report["problems"] == [f"{text} at all."]
    assert (parts["time"], parts["clock"]) == (False, True)


@pytest.mark.case("D08")
def test_an_audit_log_without_its_end_is_named(ticking, monkeypatch):
    monkeypatch.setattr("leadcrm.management.commands.doctor.is_end_whole", lambda: False)

    code, report = _doctor()

    assert code == 1
    assert report["problems"] == ["The end of the audit log is missing; check it in the settings."]


@pytest.mark.case("D10")
def test_a_late_row_is_named_with_its_age(ticking, late_row):
    code, report = _doctor()

    assert code == 1
    assert report["problems"] == ["The oldest row of scoring.duescore waits for 360 s."]


def test_rows_that_were_set_aside_are_counted(ticking, due_row):
    with writing("scene"):
        due_row.quarantined_at = timezone.now()
        due_row.save()

    code, report = _doctor()

    assert code == 1
    assert report["problems"] == ["1 rows of scoring.duescore are set aside."]


@pytest.mark.case("D10")
def test_a_tick_that_stands_still_is_named(ticking):
    TickRun.objects.filter(name="leadcrm.catch_up").update(
        started_at=timezone.now() - timedelta(minutes=10)
    )

    code, report = _doctor()

    assert (code, report["problems"]) == (
        1,
        ["The tick leadcrm.catch_up last started 600 s ago."],
    )


def test_a_tick_that_fails_is_named_with_its_error(ticking):
    TickRun.objects.filter(name="leadcrm.catch_up").update(last_error="ValueError: no")

    code, report = _doctor()

    assert (code, report["problems"]) == (1, ["The tick leadcrm.catch_up failed: ValueError: no"])


@pytest.mark.case("D10")
def test_a_full_disk_is_a_problem(ticking, monkeypatch):
    monkeypatch.setattr(vitals, "disk_use", lambda: 0.96)

    code, report = _doctor()

    assert code == 1
    assert report["problems"][0].endswith("is 96% full.")


@pytest.mark.case("D10")
def test_submissions_that_stay_in_the_spool_are_a_problem(ticking, settings, tmp_path):
    settings.SPOOL_DIR = tmp_path
    (tmp_path / "submissions").mkdir()
    (tmp_path / "submissions/one.submission").write_bytes(b"x")
    (tmp_path / "submissions/two.submission.1f.tmp").write_bytes(b"x")  # a writer was killed
    (tmp_path / "forms").mkdir()
    (tmp_path / "forms/snapshot.json").write_bytes(b"{}")  # no submission waits here

    fresh, _report = _doctor()
    age = vitals.spooled(timezone.now() + timedelta(minutes=6))
    assert fresh == 0
    assert age[0] == 1
    assert age[1] > vitals.LATE_SPOOL


def test_redis_and_database_that_do_not_answer_are_problems(settings, monkeypatch):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    monkeypatch.setattr(vitals, "is_database_there", lambda: False)

    code, report = _doctor()

    assert code == 1
    assert report["problems"] == [
        "Redis does not answer or takes nothing; work goes on with the next tick.",
        "The database does not answer or takes no changes.",
    ]


def test_a_migration_that_waits_is_a_problem(ticking, monkeypatch):
    monkeypatch.setattr("leadcrm.management.commands.doctor._waiting_migrations", lambda: 2)

    code, report = _doctor()

    assert code == 1
    assert report["problems"] == ["2 migrations are not applied; run: manage.py migrate"]


def test_missing_records_of_the_senders_domain_are_notes(ticking, settings, monkeypatch):
    settings.DEFAULT_FROM_EMAIL = "Sales <sales@firma.example.com>"

    def resolve(name, kind, lifetime):
        if name.startswith("_dmarc."):
            raise dns.resolver.NXDOMAIN
        raise dns.resolver.LifetimeTimeout(timeout=5, errors=[])

    monkeypatch.setattr(dns.resolver, "resolve", resolve)

    code, report = _doctor()

    assert (code, report["notes"]) == (
        0,
        [
            "firma.example.com could not be looked up: LifetimeTimeout.",
            "_dmarc.firma.example.com has no TXT record “v=DMARC1 …” (a DMARC record).",
        ],
    )


def test_the_report_for_people_ends_with_the_verdict(ticking):
    out = StringIO()

    call_command("doctor", stdout=out, no_color=True)

    assert out.getvalue().splitlines()[-1] == "Nothing is late."
