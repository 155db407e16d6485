"""Taking an import back: what nobody built on goes, what somebody changed stays and is named."""

from datetime import timedelta

import pytest
from django.urls import reverse

from accounts.actor import user_actor
from accounts.models import AuditEntry
from capture.imports.actions import import_counts, stage_import, start_import, take_rows
from capture.imports.drains import drain_imports
from capture.imports.models import ImportState
from capture.imports.problems import tell
from capture.imports.undo import preview_undo, start_undo, undo_rows
from ground.errors import ConflictError, NotAllowedError
from leads.actions.editing import edit_lead
from leads.models import Identifier, Lead
from tests.factories import EVERYTHING, NOW, make_activity, make_field, make_lead

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=1)


def bring_in(user, text, **mapping):
    by = user_actor(user)
    lead_import = stage_import(text.encode(), file_name="l.csv", by=by, as_of=NOW)
    chosen = lead_import.mapping | mapping
    start_import(lead_import, mapping=chosen, by=by, as_of=NOW)
    lead_import.refresh_from_db()
    while take_rows(lead_import, by=by, as_of=NOW):
        pass
    lead_import.refresh_from_db()
    return lead_import


def take_back(lead_import, user):
    by = user_actor(user)
    start_undo(lead_import, by=by, as_of=LATER)
    lead_import.refresh_from_db()
    while undo_rows(lead_import, by=by, as_of=LATER, limit=2):
        pass
    lead_import.refresh_from_db()
    return {row.number: (row.outcome, text) for row, text in tell(lead_import.rows.all())}


def emails():
    return sorted(Lead.objects.alive().values_list("email", flat=True))


def test_new_leads_that_nobody_touched_go_to_the_bin(marketer):
    make_lead(email="old@b.de")
    lead_import = bring_in(marketer, "E-Mail;Ort\na@b.de;Ulm\nc@d.de;\na@b.de;Bonn\n")

    told = take_back(lead_import, marketer)

    assert (emails(), lead_import.state) == (["old@b.de"], ImportState.UNDONE)
    assert told == {2: ("undone", ""), 3: ("undone", ""), 4: ("skipped", told[4][1])}
    assert Lead.objects.filter(deleted_by=marketer, deleted_at=LATER).count() == 2
    assert AuditEntry.objects.get(event="import.undone").data == {"rows": 3}


@pytest.mark.parametrize("work", ["edit", "visit"])
def test_a_new_lead_that_somebody_worked_with_stays_with_the_reason(marketer, work):
    lead_import = bring_in(marketer, "E-Mail\na@b.de\nc@d.de\n")
    lead = Lead.objects.get(email="a@b.de")
    if work == "edit":
        edit_lead(lead.pk, {"city": "Ulm"}, by=EVERYTHING, as_of=LATER)
        make_activity(lead, "note.added", LATER)
    else:
        make_activity(lead, "form.submitted", LATER)

    told = take_back(lead_import, marketer)

    assert emails() == ["a@b.de"]
    assert told == {2: ("kept", "Somebody has worked with this lead since."), 3: ("undone", "")}


def test_what_the_machinery_works_out_is_nobodys_work(marketer):
    lead_import = bring_in(marketer, "E-Mail\na@b.de\n")
    lead = Lead.objects.get()
    make_activity(lead, "score.threshold_crossed", LATER)
    make_activity(lead, "page.visited", LATER, is_machine=True)

    take_back(lead_import, marketer)

    assert emails() == []


def test_fields_get_their_former_value_where_they_still_hold_the_imported_one(marketer):
    make_field("budget", "number")
    lead = make_lead(email="a@b.de", company="Alt AG", city="Köln", custom={"budget": 5})
    text = "E-Mail;Ort;Firma;budget;Telefon;Position\na@b.de;Ulm;Neu AG;7;+49 30 901820;Chefin\n"
    lead_import = bring_in(marketer, text, overwrite=True)
    edit_lead(lead.pk, {"job_title": "Vorstand"}, by=EVERYTHING, as_of=LATER)

    told = take_back(lead_import, marketer)

    lead.refresh_from_db()
    assert (lead.city, lead.company.name, lead.custom) == ("Köln", "Alt AG", {"budget": 5})
    assert (lead.phone, lead.job_title, lead.deleted_at) == ("", "Vorstand", None)
    assert not Identifier.objects.filter(lead=lead, kind="phone").exists()
    assert told == {2: ("undone", "The field job title was changed since.")}


def test_several_rows_about_one_lead_go_back_to_what_was_before_the_first(marketer):
    lead = make_lead(email="a@b.de", city="Köln")
    text = "E-Mail;Ort\na@b.de;Ulm\na@b.de;Bonn\na@b.de;Trier\n"
    lead_import = bring_in(marketer, text, overwrite=True)

    take_back(lead_import, marketer)

    lead.refresh_from_db()
    assert lead.city == "Köln"


def test_a_preview_says_the_same_and_changes_nothing(as_user, marketer):
    make_lead(email="old@b.de", city="")
    lead_import = bring_in(marketer, "E-Mail;Ort\na@b.de;\nc@d.de;\nold@b.de;Ulm\n")
    edit_lead(Lead.objects.get(email="a@b.de").pk, {"city": "Ulm"}, by=EVERYTHING, as_of=LATER)
    make_activity(Lead.objects.get(email="a@b.de"), "form.submitted", LATER)

    preview = preview_undo(lead_import, by=user_actor(marketer))
    page = as_user(marketer).get(reverse("import_undo", args=[lead_import.public_id]))

    assert (preview.binned, preview.restored, preview.kept) == (1, 1, 1)
    assert "Row 2: Somebody has worked with this lead since." in " ".join(
        page.content.decode().split()
    )
    assert (len(emails()), import_counts(lead_import)["created"]) == (3, 2)


def test_it_is_taken_back_from_its_page_in_the_background(as_user, marketer):
    lead_import = bring_in(marketer, "E-Mail\na@b.de\nc@d.de\n")
    page = reverse("import_detail", args=[lead_import.public_id])

    started = as_user(marketer).post(f"{page}undo/")
    before = len(emails())
    drain_imports(NOW.replace(year=2999))
    shown = as_user(marketer).get(page)

    lead_import.refresh_from_db()
    assert (started.status_code, before, emails()) == (302, 2, [])
    assert (lead_import.state, shown.context["counts"]["undone"]) == (ImportState.UNDONE, 2)


def test_an_import_is_taken_back_once_and_only_when_it_is_through(marketer):
    by = user_actor(marketer)
    waiting = stage_import(b"E-Mail\na@b.de\n", file_name="l.csv", by=by, as_of=NOW)
    done = bring_in(marketer, "E-Mail\na@b.de\n")
    start_undo(done, by=by, as_of=LATER)

    codes = []
    for lead_import in (waiting, done):
        with pytest.raises(ConflictError) as refusal:
            start_undo(lead_import, by=by, as_of=LATER)
        codes.append(refusal.value.code)

    assert codes == ["import_running", "import_undone"]


def test_a_rep_takes_nothing_back(marketer, rep):
    lead_import = bring_in(marketer, "E-Mail\na@b.de\n")

    with pytest.raises(NotAllowedError):
        start_undo(lead_import, by=user_actor(rep), as_of=LATER)

    assert emails() == ["a@b.de"]
