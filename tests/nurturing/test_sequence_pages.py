import pytest
from django.utils import timezone

from nurturing.actions.sequences import draft_of
from nurturing.models import Message, Sequence
from tests.factories import make_lead
from tests.nurturing.scene import (
    enrol,
    mail,
    make_draft,
    make_reader,
    make_sequence,
    tick,
    url,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("organisation")]

HTMX = {"HX-Request": "true"}


@pytest.fixture
def client(as_user, marketer):
    return as_user(marketer)


def keys(sequence: Sequence) -> list[str]:
    sequence.refresh_from_db()
    return [step.key for step in draft_of(sequence).steps]


def mail_data(subject: str, html: str = "<p>Hi</p>", language: str = "en") -> dict:
    """A mail with a text and the link to unsubscribe, as the editor posts it."""
    return {
        "language": language,
        "subject": subject,
        "block": ["text", "footer"],
        "html": [html, ""],
        **{name: ["", ""] for name in ("text", "label", "url", "alt")},
    }


def test_a_new_sequence_opens_with_one_empty_mail(client):
    response = client.post("/sequences/new/", follow=True)

    sequence = Sequence.objects.get()
    page = response.content.decode()
    assert response.redirect_chain == [(url(sequence), 302)]
    assert (sequence.name, len(draft_of(sequence).mails)) == ("New sequence", 1)
    assert 'name="subject"' in page
    assert "A mail has no subject." in page


def test_the_editor_shows_the_exits_that_cannot_be_removed(client):
    page = client.get(url(make_draft())).content.decode()

    for label in (
        "Unsubscribed",
        "Address does not work",
        "Reported as spam",
        "Answered",
        "Handed over to sales",
        "SQL",
        "Opportunity",
    ):
        assert label in page


def test_a_mail_is_stored_while_it_is_written(client):
    sequence = make_draft()

    response = client.post(
        url(sequence, "steps/m1/save/"), mail_data("Better", "<p>New</p>"), headers=HTMX
    )

    sequence.refresh_from_db()
    text = draft_of(sequence).mails[0].texts["en"]
    assert response.status_code == 200
    assert (text["subject"], text["blocks"][0]["html"]) == ("Better", "<p>New</p>")
    answer = response.content.decode()
    assert 'id="draft-bar" hx-swap-oob="true"' in answer
    assert f'name="seen" value="{sequence.revision}"' in answer


@pytest.mark.case("T01")
def test_a_mail_with_an_unknown_placeholder_is_not_stored_and_says_where(client):
    sequence = make_draft()

    response = client.post(
        url(sequence, "steps/m1/save/"), mail_data("Hi {{ password }}"), headers=HTMX
    )

    sequence.refresh_from_db()
    assert response.status_code == 422
    assert "“password” at character 4 is not a known placeholder." in response.content.decode()
    assert draft_of(sequence).mails[0].texts["en"]["subject"] == "Hello"


def test_a_second_language_is_added_and_taken_away(client):
    sequence = make_draft()

    client.post(url(sequence, "steps/m1/save/"), mail_data("Hallo", language="de"), headers=HTMX)
    sequence.refresh_from_db()
    both = set(draft_of(sequence).mails[0].texts)
    shown = client.get(url(sequence, "steps/m1/?language=de"), headers=HTMX).content.decode()
    client.post(url(sequence, "steps/m1/language/"), {"language": "de"}, headers=HTMX)

    sequence.refresh_from_db()
    assert both == {"en", "de"}
    assert 'value="Hallo"' in shown
    assert set(draft_of(sequence).mails[0].texts) == {"en"}


def test_a_language_without_a_text_is_shown_empty_and_only_a_spare_one_can_go(client):
    sequence = make_draft()
    remove = url(sequence, "steps/m1/language/")

    def shown(language):
        return client.get(url(sequence, f"steps/m1/?language={language}"), headers=HTMX)

    alone, unwritten = shown("en").content.decode(), shown("de").content.decode()
    client.post(url(sequence, "steps/m1/save/"), mail_data("Hallo", language="de"), headers=HTMX)
    written, unknown = shown("de").content.decode(), shown("xx").content.decode()

    assert '<input type="hidden" name="language" value="de">' in unwritten
    assert 'name="subject" value=""' in unwritten
    assert remove not in alone + unwritten
    assert f'action="{remove}"' in written
    assert "Remove the text: German" in written
    assert 'name="subject" value="Hallo"' in unknown


def test_steps_are_added_moved_and_removed(client):
    sequence = make_draft()

    client.post(url(sequence, "steps/"), {"kind": "wait", "after": "m2"}, headers=HTMX)
    added = keys(sequence)
    client.post(url(sequence, "steps/m2/move/"), {"place": "up"}, headers=HTMX)
    up = keys(sequence)
    client.post(url(sequence, "steps/m2/move/"), {"place": "0"}, headers=HTMX)
    first = keys(sequence)
    client.post(url(sequence, f"steps/{added[3]}/delete/"), headers=HTMX)
    client.post(url(sequence, "steps/"), {"kind": "mail", "after": "start"}, headers=HTMX)

    assert added[:3] == ["m1", "w1", "m2"]
    assert up[:3] == ["m1", "m2", "w1"]
    assert first[:3] == ["m2", "m1", "w1"]
    assert keys(sequence)[1:] == ["m2", "m1", "w1"]


def test_undo_and_redo_go_through_the_changes(client):
    sequence = make_draft()
    client.post(url(sequence, "steps/m2/delete/"), headers=HTMX)

    client.post(url(sequence, "undo/"), headers=HTMX)
    undone = keys(sequence)
    client.post(url(sequence, "redo/"), headers=HTMX)

    assert undone == ["m1", "w1", "m2"]
    assert keys(sequence) == ["m1", "w1"]


def test_a_wait_is_changed_and_a_wrong_one_refused(client):
    sequence = make_draft()
    names = ("amount", "unit", "weekday", "at")

    def post(*values: str):
        data = {f"w1-{name}": value for name, value in zip(names, values, strict=True)}
        return client.post(url(sequence, "steps/w1/save/"), data, headers=HTMX)

    good, bad = post("2", "weeks", "2", "09:30"), post("0", "days", "", "")

    sequence.refresh_from_db()
    stored = draft_of(sequence).steps[1].wait.as_json()
    assert (good.status_code, bad.status_code) == (200, 422)
    assert "Say how long to wait." in bad.content.decode()
    assert stored == {"amount": 2, "unit": "weeks", "weekday": 2, "at": "09:30"}


@pytest.mark.case("E14")
def test_starting_an_unfinished_sequence_says_what_is_missing(client):
    sequence = make_draft(mail("m1", subject=""))

    page = client.post(url(sequence, "activate/"), follow=True).content.decode()

    sequence.refresh_from_db()
    assert sequence.state == "draft"
    assert "This sequence cannot run yet: A mail has no subject." in page


def test_a_sequence_starts_pauses_and_shows_its_numbers(client):
    sequence = make_draft(mail("m1"))

    client.post(url(sequence, "activate/"))
    sequence.refresh_from_db()
    enrol(make_reader(), sequence)
    tick("steps")
    page = client.get(url(sequence)).content.decode()
    client.post(url(sequence, "pause/"))

    sequence.refresh_from_db()
    assert "Leads that entered" in page
    assert (sequence.state, sequence.paused_reason) == ("paused", "Mara Marketing")


def test_what_somebody_else_changed_meanwhile_is_not_overwritten(client, admin, as_user):
    sequence = make_draft()
    as_user(admin).post(url(sequence, "steps/m2/delete/"), {"seen": "1"}, headers=HTMX)

    response = client.post(
        url(sequence, "steps/m1/save/"), {**mail_data("Mine"), "seen": "1"}, headers=HTMX
    )

    sequence.refresh_from_db()
    assert response.status_code == 409
    assert draft_of(sequence).mails[0].texts["en"]["subject"] == "Hello"


@pytest.mark.parametrize("role", ["viewer", "manager"])
def test_a_reader_sees_the_sequence_and_changes_nothing(request, as_user, role):
    sequence = make_draft()
    reader = as_user(request.getfixturevalue(role))

    page = reader.get(url(sequence))
    refused = [
        reader.post(url(sequence, path), headers=HTMX).status_code
        for path in ("steps/m1/delete/", "steps/", "undo/", "activate/", "pause/", "delete/")
    ]

    sequence.refresh_from_db()
    assert page.status_code == 200
    assert "steps/m1/delete/" not in page.content.decode()
    assert "Remove the block" not in page.content.decode()
    assert refused == [403] * 6
    assert (sequence.revision, sequence.state) == (1, "draft")


def test_a_rep_sees_no_sequences(as_user, rep):
    assert as_user(rep).get("/sequences/").status_code == 403


@pytest.mark.parametrize("size", [1, 8])
def test_the_list_takes_the_same_queries_whatever_its_size(client, django_assert_num_queries, size):
    for number in range(size):
        make_sequence(name=f"Sequence {number}")

    with django_assert_num_queries(7):
        response = client.get("/sequences/")

    assert response.content.decode().count('class="row-link"') == size


def test_the_preview_and_a_test_mail_fill_in_a_sample_lead(client, marketer, mail_server):
    make_lead(first_name="Ada")
    sequence = make_draft(mail("m1", "Hi {{ first_name }}"))

    page = client.get(url(sequence, "steps/m1/preview/")).content.decode()
    client.post(url(sequence, "steps/m1/test/"), mail_data("Dear {{ first_name }}"), headers=HTMX)
    tick("send", as_of=timezone.now())

    message = Message.objects.get()
    assert "Hi Ada" in page
    assert (message.recipient, message.subject) == (marketer, "Test: Dear Ada")
    assert mail_server.recipients == [marketer.email]
