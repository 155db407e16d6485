import pytest
from django.utils import timezone

from capture.actors import CAPTURE
from capture.connectors.actions.events import store_events
from capture.connectors.mail.actions import new_event
from capture.connectors.mail.letter import CONTENT_TYPE
from capture.connectors.mail.quotes import latest
from capture.connectors.models import HookEvent
from leads.models import Activity, Consent, Lead
from nurturing.models import Enrolment, MailEvent, Suppression
from tests.connectors.letters import bounce, letter, raw
from tests.connectors.scene import make_connection, states, work
from tests.factories import make_user
from tests.nurturing.scene import mail, make_due_message, make_organisation, make_sequence, wait

pytestmark = pytest.mark.django_db


@pytest.fixture
def connection():
    return make_connection("mail", settings={"user": "leads@example.org"})


def receive(connection, *mails):
    """Keep mails and work on them; returns the events in their order."""
    now = timezone.now()
    # One after the other: those that come together are kept in the order of their keys.
    for raw_mail in mails:
        store_events(connection, [new_event(raw_mail, CONTENT_TYPE, now)], by=CAPTURE, as_of=now)
    work()
    return list(HookEvent.objects.filter(connection=connection).order_by("pk"))


def sent_mail():
    """Return a mail of a running sequence."""
    make_organisation()
    return make_due_message()


def skipped(connection, mail):
    event = receive(connection, mail)[-1]
    assert (event.state, event.lead_id) == ("ignored", None)
    return event.error["code"]


def test_a_sender_becomes_a_lead_with_the_mail_on_the_timeline(connection):
    (event,) = receive(connection, raw("Guten Tag,\n\nwas kosten zwölf Regale?\n"))

    lead = Lead.objects.get()
    activity = Activity.objects.get(kind="email.received")
    assert event.state == "processed"
    assert (lead.first_name, lead.last_name, lead.email) == ("Eva", "Muster", "eva@muster.example")
    assert (lead.first_channel, lead.stage) == ("email", "lead")
    assert activity.data["subject"] == "Anfrage"
    assert activity.data["message"] == "Guten Tag,\n\nwas kosten zwölf Regale?"
    assert Consent.objects.count() == 0


def test_a_second_mail_goes_to_the_same_lead(connection):
    receive(connection, raw("Erste Frage"), raw("Zweite Frage", From="EVA@Muster.example"))

    assert Lead.objects.count() == 1
    assert Activity.objects.filter(kind="email.received").count() == 2


def test_the_same_mail_is_kept_once_whatever_servers_add_on_the_way(connection):
    mail = raw(Message__ID="<1@muster.example>", Date="Mon, 30 Nov 2026 10:00:00 +0100")

    receive(connection, mail, b"Received: by mx.example\r\n" + mail, mail.replace(b"\r\n", b"\n"))

    assert states(connection) == ["processed"]


def test_a_role_address_names_a_company_and_no_person(connection):
    receive(connection, raw(From="Muster GmbH <info@muster.example>"))

    lead = Lead.objects.get()
    assert (lead.email, lead.company.name) == ("info@muster.example", "Muster GmbH")
    assert (lead.first_name, lead.last_name) == ("", "")


def test_a_form_that_mails_in_its_own_name_says_in_reply_to_who_wrote(connection):
    receive(
        connection,
        raw(From="Website <wordpress@example.org>", Reply__To="Max Muster <max@muster.example>"),
    )

    assert Lead.objects.get().email == "max@muster.example"


@pytest.mark.case("E17")
@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({"Auto__Submitted": "auto-replied"}, "auto_reply"),
        ({"Auto__Submitted": "auto-generated; owner"}, "auto_reply"),
        ({"X__Autoreply": "yes"}, "auto_reply"),
        ({"X__Auto-Response-Suppress": "All"}, "auto_reply"),
        ({"Precedence": "bulk"}, "list_mail"),
        ({"Precedence": "list"}, "list_mail"),
        ({"List__Id": "News <news.example>"}, "list_mail"),
        ({"List__Unsubscribe": "<https://news.example/u>"}, "list_mail"),
        ({"Return__Path": "<>"}, "null_sender"),
        ({"From": "MAILER-DAEMON@mx.example"}, "null_sender"),
        ({"From": None}, "no_sender"),
        ({"From": "undisclosed-recipients:;"}, "no_sender"),
        ({"From": "Leads <LEADS@example.org>"}, "own_mail"),
    ],
)
def test_what_no_person_wrote_makes_no_lead_and_says_why(connection, headers, code):
    assert skipped(connection, raw(**headers)) == code
    assert Lead.objects.count() == 0


def test_auto_submitted_no_is_a_person(connection):
    receive(connection, raw(Auto__Submitted="no"))

    assert Lead.objects.count() == 1


def test_a_colleague_is_no_lead(connection):
    colleague = make_user(email="kollege@example.org")

    assert skipped(connection, raw(From=f"Kollege <{colleague.email}>")) == "own_mail"


def test_only_what_was_written_last_is_shown(connection):
    text = (
        "Ja, gerne am Dienstag.\n\nAm 28.11.2026 um 10:00 schrieb Mara <m@example.org>:\n"
        "> Passt Ihnen Dienstag?\n> Viele Grüße\n"
    )
    (event,) = receive(connection, raw(text))

    assert Activity.objects.get(kind="email.received").data["message"] == "Ja, gerne am Dienstag."
    assert b"Passt Ihnen Dienstag" in bytes(event.body)


def test_html_is_shown_as_text_alone(connection):
    mail = letter()
    mail.set_content(
        "<html><head><title>x</title><style>p{}</style></head><body><p>Hallo &amp; guten Tag</p>"
        "<script>alert(1)</script><p>Zweite<br>Zeile <b onclick=x>fett</b></p></body></html>",
        subtype="html",
    )
    receive(connection, mail.as_bytes())

    message = Activity.objects.get(kind="email.received").data["message"]
    assert message == "Hallo & guten Tag\nZweite\nZeile fett"


def test_an_answer_to_a_mail_of_ours_ends_the_sequence(connection):
    make_organisation()
    steps = [mail("first"), wait("pause", amount=3), mail("second")]
    sent = make_due_message(sequence=make_sequence(*steps))
    lead = sent.lead

    receive(connection, raw("Ja, gerne", From=lead.email, In__Reply__To=sent.message_id))

    run = Enrolment.objects.get(lead=lead)
    assert Activity.objects.filter(lead=lead, kind="email.replied").count() == 1
    assert (run.state, run.exit_reason) == ("exited", "replied")
    assert Activity.objects.get(kind="email.received").data["is_answer"] is True


def test_an_answer_is_never_held_as_spam(connection):
    sent = sent_mail()
    links = " ".join(f"https://a{number}.example" for number in range(9))

    receive(
        connection,
        raw(links, From=sent.lead.email, References=f"<x@y.example> {sent.message_id}"),
        raw(links, From="fremd@mailinator.com", References="<unknown@example.org>"),
    )

    assert sorted(states(connection)) == ["held", "processed"]
    assert b"fremd@mailinator.com" in bytes(HookEvent.objects.get(state="held").body)


def test_a_hard_bounce_ends_writing_to_the_address_once(connection):
    sent = sent_mail()

    report = bounce(sent.message_id)
    (first,) = receive(connection, report)
    receive(connection, report + b"X")

    assert (first.state, first.error["code"]) == ("reported", "bounce_hard")
    assert first.result == {"is_ours": True}
    assert MailEvent.objects.filter(message=sent, kind="bounce").count() == 1
    row = Suppression.objects.get()
    assert (row.reason, row.source) == ("bounced", connection.public_id)
    assert Lead.objects.get().is_email_valid is False


@pytest.mark.parametrize(
    ("status", "action"), [("5.2.2", "failed"), ("5.7.1", "failed"), ("4.4.1", "delayed")]
)
def test_what_may_pass_suppresses_nobody(connection, status, action):
    sent = sent_mail()

    receive(connection, bounce(sent.message_id, status, action))

    assert Suppression.objects.count() == 0
    assert MailEvent.objects.filter(kind="bounce").count() == (action == "failed")


def test_a_forged_report_about_an_unknown_mail_does_nothing(connection):
    sent_mail()

    (event,) = receive(connection, bounce("<guessed@example.org>"))

    assert (event.error["code"], event.result) == ("mail_unknown", {"is_ours": False})
    assert MailEvent.objects.count() == 0


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Hallo\n\n> alt\n> älter", "Hallo"),
        ("Ja.\n\nOn Mon, 30 Nov 2026 at 10:00, Mara Marketing <m@example.org>\nwrote:\n> x", "Ja."),
        ("Ja.\n-----Ursprüngliche Nachricht-----\nVon: Mara", "Ja."),
        ("Ja.\n\nVon: Mara\nGesendet: Montag\nAn: Eva\nBetreff: Termin\n\nalt", "Ja."),
        (
            "Am Montag war ich da: Mara schrieb nichts.",
            "Am Montag war ich da: Mara schrieb nichts.",
        ),
        ("Von: Kassel\nNach: Graz", "Von: Kassel\nNach: Graz"),
        ("Hallo\n-- \nEva Muster\nhttps://muster.example", "Hallo"),
        ("> nur Zitat", "> nur Zitat"),
    ],
)
def test_history_and_signature_are_cut_and_nothing_else(text, expected):
    assert latest(text) == expected
