import csv
import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from accounts.actor import user_actor
from capture.imports.actions import import_counts, stage_import, start_import, take_rows
from capture.imports.drains import drain_imports
from capture.imports.models import ImportState, LeadImport, Outcome
from ground.errors import ConflictError, NotAllowedError
from leads.entries import ConsentEntry
from leads.models import Lead
from tests.factories import NOW, make_lead
from tests.imports.real_files import FOLDER, MAPPING, needs_real_files

pytestmark = pytest.mark.django_db

LIST = b"E-Mail;Vorname;Telefon\na@b.de;Ada;\n;;\n;Ohne;\nA@B.de;Adele;030 901820\n"


def run(path, *options):
    out = StringIO()
    call_command("import_leads", str(path), *options, stdout=out, stderr=StringIO())
    return json.loads(out.getvalue().splitlines()[-1])


def bring_in(content, by, mapping=None):
    lead_import = stage_import(content, file_name="list.csv", by=by, as_of=NOW, mapping=mapping)
    start_import(lead_import, mapping=lead_import.mapping, by=by, as_of=NOW)
    lead_import.refresh_from_db()
    while take_rows(lead_import, by=by, as_of=NOW):
        pass
    return lead_import


@pytest.mark.requirement("S04")
@pytest.mark.case("I07")
def test_each_row_ends_as_created_updated_skipped_or_rejected(marketer):
    lead_import = bring_in(LIST, user_actor(marketer))

    assert import_counts(lead_import) == {
        "rows": 3,
        "created": 1,
        "updated": 1,
        "skipped": 0,
        "rejected": 1,
        "undone": 0,
        "kept": 0,
        "open": 0,
    }
    assert list(lead_import.rows.values_list("number", "outcome")) == [
        (2, Outcome.CREATED),
        (4, Outcome.REJECTED),
        (5, Outcome.UPDATED),
    ]
    lead = Lead.objects.get()
    assert (lead.first_name, lead.phone, lead.first_channel) == (
        "Ada",
        "+49 30 901820",
        "spreadsheet",
    )


def test_a_file_that_comes_twice_changes_nothing(marketer):
    bring_in(LIST, user_actor(marketer))

    again = bring_in(LIST, user_actor(marketer))

    assert import_counts(again)["skipped"] == 2
    assert Lead.objects.count() == 1


@pytest.mark.requirement("S04")
def test_a_dry_run_reports_and_changes_nothing(tmp_path):
    path = tmp_path / "list.csv"
    path.write_bytes(LIST)

    summary = run(path, "--dry-run")

    assert summary == {"rows": 3, "created": 1, "updated": 1, "skipped": 0, "rejected": 1}
    assert (Lead.objects.count(), LeadImport.objects.count()) == (0, 0)


@pytest.mark.requirement("S04")
def test_refused_rows_can_be_downloaded_with_their_reason(tmp_path):
    (tmp_path / "list.csv").write_bytes(LIST)

    run(tmp_path / "list.csv", "--errors", str(tmp_path / "refused.csv"))

    with (tmp_path / "refused.csv").open(encoding="utf-8-sig", newline="") as file:
        header, row = csv.reader(file, delimiter=";")
    assert header == ["Row", "Reason", "E-Mail", "Vorname", "Telefon"]
    assert row == [
        "4",
        "No e-mail address, phone number, address or id in this row.",
        "",
        "Ohne",
        "",
    ]


def test_the_source_option_is_the_first_channel_of_new_leads(tmp_path):
    (tmp_path / "list.csv").write_bytes(LIST)

    run(tmp_path / "list.csv", "--source", "trade_fair")

    assert Lead.objects.get().first_channel == "trade_fair"


def test_a_missing_file_and_a_broken_mapping_end_the_command_with_a_reason(tmp_path):
    (tmp_path / "list.csv").write_bytes(LIST)
    (tmp_path / "map.json").write_text('{"columns": {"Fax": "phone"}}')

    with pytest.raises(CommandError, match="No such file"):
        run(tmp_path / "nothing.csv")
    with pytest.raises(CommandError, match="Fax"):
        run(tmp_path / "list.csv", "--mapping", str(tmp_path / "map.json"))
    assert Lead.objects.count() == 0


def test_an_import_runs_in_the_background_to_its_end(marketer):
    by = user_actor(marketer)
    lead_import = stage_import(LIST, file_name="list.csv", by=by, as_of=NOW)
    start_import(lead_import, mapping=lead_import.mapping, by=by, as_of=NOW)

    drain_imports(NOW)

    lead_import.refresh_from_db()
    assert lead_import.state == ImportState.FINISHED
    assert Lead.objects.get().created_by == marketer


def test_an_import_is_started_once(marketer):
    by = user_actor(marketer)
    lead_import = stage_import(LIST, file_name="list.csv", by=by, as_of=NOW)
    start_import(lead_import, mapping=lead_import.mapping, by=by, as_of=NOW)

    with pytest.raises(ConflictError):
        start_import(lead_import, mapping=lead_import.mapping, by=by, as_of=NOW)


def test_a_rep_may_not_import_and_nothing_is_kept(rep):
    with pytest.raises(NotAllowedError):
        stage_import(LIST, file_name="list.csv", by=user_actor(rep), as_of=NOW)

    assert LeadImport.objects.count() == 0


def test_consent_and_owner_of_a_known_lead_are_not_overwritten(marketer, rep):
    lead = make_lead(email="a@b.de", owner=rep, team=rep.team)

    bring_in(LIST, user_actor(marketer), {"columns": {"E-Mail": "email"}, "overwrite": True})

    lead.refresh_from_db()
    assert lead.owner == rep
    assert not lead.consents.exists()


@needs_real_files
@pytest.mark.parametrize(
    ("name", "rows", "skipped"),
    [
        ("hubspot-all-contacts.csv", 9, 1),
        ("meta-lead-ads.csv", 9, 1),
        ("messe-kontakte.xlsx", 10, 2),
        ("excel-deutsch.csv", 9, 1),
    ],
)
def test_lists_from_real_systems_come_in_whole(name, rows, skipped):
    summary = run(FOLDER / "imports" / name)

    assert summary == {
        "rows": rows,
        "created": 8,
        "updated": 0,
        "skipped": skipped,
        "rejected": 0,
    }
    juergen = Lead.objects.get(email="j.mueller@example.de")
    assert (juergen.first_name, juergen.last_name) == ("Jürgen", "Müller-Lüdenscheidt")
    assert juergen.phone == "+49 30 901820"
    assert juergen.company.name == "Müller & Söhne GmbH"
    bad = Lead.objects.get(email="not-an-address")
    assert (bad.is_email_valid, bad.is_phone_valid) == (False, False)


@needs_real_files
def test_all_four_lists_together_are_eight_people():
    for path in sorted((FOLDER / "imports").iterdir()):
        run(path)

    assert Lead.objects.count() == 8


@needs_real_files
@pytest.mark.requirement("S100")
def test_7360_leads_of_a_real_school_come_in_once():
    path = FOLDER / "x-education-leads.csv"

    first = run(path, "--mapping", str(MAPPING))
    second = run(path, "--mapping", str(MAPPING))

    assert first == {"rows": 7360, "created": 7360, "updated": 0, "skipped": 0, "rejected": 0}
    assert second == {"rows": 7360, "created": 0, "updated": 0, "skipped": 7360, "rejected": 0}
    customers = Lead.objects.filter(stage="customer")
    assert customers.count() == 2832
    history = customers.first().stage_changes.values_list("from_stage", "to_stage")
    assert list(history) == [("", "lead"), ("lead", "customer")]
    lead = Lead.objects.get(
        identifiers__normalised__endswith="8cc8c611-a219-4f35-ad23-fdfd2656bd8a"
    )
    assert (lead.country, lead.first_channel) == ("IN", "website")
    assert lead.custom["x_total_visits"] == 2
    assert lead.custom["x_time_on_site"] == 1532
    assert lead.custom["x_specialization"] == "Business Administration"
    assert lead.custom["x_occupation"] == "Student"


CONSENTS = b"E-Mail;Einwilligung\na@b.de;ja\n"
PROVEN = {
    "columns": {"E-Mail": "email", "Einwilligung": "consent_email"},
    "consent_proof": "Ordner 3",
}


@pytest.mark.case("I08")
@pytest.mark.parametrize("state", ["withdrawn", "objected", "pending", "granted"])
def test_a_consent_in_a_file_replaces_nothing_that_is_known(marketer, state):
    lead = make_lead(email="a@b.de", consents=[ConsentEntry("marketing", "email", state)])
    before = lead.consents.values("state", "since").get()

    for _again in range(2):
        bring_in(CONSENTS, user_actor(marketer), PROVEN)

    assert lead.consents.values("state", "since").get() == before
    assert lead.consent_events.count() == 1


@pytest.mark.case("I08")
def test_a_consent_in_a_file_is_taken_once_where_nothing_is_known(marketer):
    twice = CONSENTS + b"A@B.de;ja\n"

    bring_in(twice, user_actor(marketer), PROVEN)

    lead = Lead.objects.get()
    assert lead.consents.get().state == "granted"
    assert lead.consent_events.get().evidence == {
        "file": "list.csv",
        "cell": "ja",
        "proof": "Ordner 3",
    }
