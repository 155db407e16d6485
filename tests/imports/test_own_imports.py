"""What somebody brought in is seen by them and by administrators."""

import pytest
from django.urls import reverse

from accounts.actor import user_actor
from capture.imports.actions import import_counts, stage_import, start_import, take_rows
from capture.imports.export import refused_rows
from capture.imports.models import ImportState
from capture.imports.problems import tell
from tests.factories import NOW, make_field, make_user

pytestmark = pytest.mark.django_db


def stage(user, content=b"E-Mail\na@b.de\n-\n"):
    return stage_import(content, file_name="l.csv", by=user_actor(user), as_of=NOW)


def bring_in(user, content):
    by = user_actor(user)
    lead_import = stage(user, content)
    start_import(lead_import, mapping=lead_import.mapping, by=by, as_of=NOW)
    lead_import.refresh_from_db()
    while take_rows(lead_import, by=by, as_of=NOW):
        pass
    return lead_import


@pytest.mark.case("I09")
def test_an_import_of_somebody_else_leads_nowhere_at_every_door(as_user, marketer):
    lead_import = stage(marketer)
    client, page = (
        as_user(make_user("marketer")),
        reverse("import_detail", args=[lead_import.public_id]),
    )

    answers = [
        client.get(page),
        client.get(page, headers={"HX-Request": "true"}),
        client.post(page, {"column0": "email"}),
        client.post(page, {"column0": "email", "try": "yes"}),
        client.get(reverse("import_refused", args=[lead_import.public_id])),
    ]
    shown = client.get(reverse("import_list")).context["page"].rows

    assert [answer.status_code for answer in answers] == [404] * 5
    lead_import.refresh_from_db()
    assert (list(shown), lead_import.state) == ([], ImportState.MAPPING)
    assert import_counts(lead_import)["open"] == 2


@pytest.mark.case("I09")
def test_an_administrator_sees_every_import(as_user, admin, marketer):
    lead_import = stage(marketer)

    response = as_user(admin).get(reverse("import_detail", args=[lead_import.public_id]))

    assert response.status_code == 200


def test_reasons_are_told_in_the_language_of_the_reader(as_user, marketer):
    make_field("budget", "number", label_de="Etat", label_en="Budget")
    lead_import = bring_in(marketer, b"E-Mail;Etat\na@b.de;viel\n;7\n")
    marketer.language = "de"
    marketer.save()

    page = as_user(marketer).get(reverse("import_detail", args=[lead_import.public_id]))

    told = page.content.decode()
    assert "„viel“ passt nicht in das Feld Etat." in told
    assert "No e-mail address" not in told
    reasons = [text for _row, text in tell(lead_import.rows.order_by("number"))]
    assert reasons == [
        "“viel” does not fit the field Budget.",
        "No e-mail address, phone number, address or id in this row.",
    ]


@pytest.mark.case("I07")
def test_a_row_that_meets_an_earlier_one_says_which(marketer):
    content = b"E-Mail;Vorname\na@b.de;Ada\nc@d.de;Eva\nA@B.DE;Adele\na@b.de;Ada\n"

    lead_import = bring_in(marketer, content)

    told = {row.number: text for row, text in tell(lead_import.rows.order_by("number"))}
    assert told == {
        2: "",
        3: "",
        4: "The same person as in row 2.",
        5: "The same person as in row 2.",
    }
    assert list(refused_rows(lead_import))[1:] == []


@pytest.mark.case("I07")
def test_a_file_that_was_imported_before_is_named_as_such(as_user, marketer):
    first = bring_in(marketer, b"E-Mail\na@b.de\n")
    same, other = stage(marketer, b"E-Mail\na@b.de\n"), stage(marketer, b"E-Mail\nc@d.de\n")
    foreign = stage(make_user("marketer"), b"E-Mail\na@b.de\n")

    shown = [
        as_user(item.created_by)
        .get(reverse("import_detail", args=[item.public_id]))
        .context["earlier"]
        for item in (same, other, foreign)
    ]

    assert shown == [first, None, None]
