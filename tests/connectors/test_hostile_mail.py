import os
import subprocess
import sys
from time import monotonic

import pytest
from django.urls import reverse

from capture.connectors.mail.letter import fingerprint, read_letter
from capture.management.commands import receive_mail
from capture.outage import DatabaseAwayError
from leads.models import Activity, Lead
from tests.connectors.letters import letter, raw
from tests.connectors.scene import states
from tests.connectors.test_mail import connection, receive  # noqa: F401 - a fixture
from tests.factories import make_user

pytestmark = pytest.mark.django_db
DEEP = "".join(
    f'Content-Type: multipart/mixed; boundary="b{number}"\r\n\r\n--b{number}\r\n'
    for number in range(10_000)
).encode()
FLAT = b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n'
HEAD = b"From: Eva <eva@muster.example>\r\nSubject: Tief\r\nMIME-Version: 1.0\r\n"


@pytest.mark.parametrize(
    "mail",
    [
        HEAD + DEEP,
        HEAD
        + b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n'
        + b"--b\r\n\r\nx\r\n" * 10_000,
        HEAD + b'Content-Type: text/plain; charset="klingon"\r\n\r\nHallo W\xe4lt',
        HEAD + b"Content-Type: text/plain; charset=utf-8\r\n\r\nHallo \xff\xfe\xe4",
        HEAD + b"Content-Transfer-Encoding: base64\r\n\r\n=====%%%%",
        HEAD + b"Content-Type: \x00;;;=\r\n\r\nHallo",
        HEAD + b"Date: Mon, 99 Foo 99999 99:99:99 +9999\r\n\r\nHallo",
        b"From: =?utf-8?q?Eva=0D=0ABcc:_x=40y.example?= <eva@muster.example>\r\n\r\nHallo",
        b"From: Eva <eva@muster.example>\r\nFrom: Max <max@muster.example>\r\n\r\nHallo",
        HEAD + "\u202eHallo\u2066".encode() + b"\r\n",
        HEAD + b"\r\n" + b"> " * 20_000,
        HEAD + b"\r\n" + b"Am schrieb " * 5_000,
        HEAD + b"\r\n" + b"<" * 50_000,
        b"\x00" * 5_000,
        b"\r\n\r\n",
    ],
    ids=lambda mail: repr(mail[80:120]),
)
def test_a_hostile_mail_is_read_quickly_and_whole_or_not_at_all(connection, mail):  # noqa: F811
    started = monotonic()

    (event,) = receive(connection, mail)

    assert event.state in {"processed", "ignored", "held"}
    assert monotonic() - started < 5
    for lead in Lead.objects.all():
        assert lead.email == "eva@muster.example"
        assert "\n" not in lead.last_name + lead.first_name
        assert "\r" not in str(Activity.objects.filter(lead=lead).latest("pk").data)


def test_a_mail_of_thirty_megabytes_is_read_in_its_beginning_alone():
    mail = raw("Hallo\n" + "x" * 70 + "\n")
    found = read_letter(mail + b"y" * 30 * 1024 * 1024)

    assert found.text.startswith("Hallo")
    assert len(found.text) == 20_000
    assert len(fingerprint(mail)) == 64


def test_files_are_listed_and_handed_out_as_downloads(connection, as_user):  # noqa: F811
    mail = letter("Anbei die Pläne.")
    mail.add_attachment(b"%PDF-1.7", maintype="application", subtype="pdf", filename="../plan.pdf")
    mail.add_attachment("<script>", subtype="html", filename="seite.html")
    mail.add_attachment(b"MZ", maintype="application", subtype="octet-stream", filename="a.exe")
    (event,) = receive(connection, mail.as_bytes())
    client = as_user(make_user(role="marketer"))

    files = Activity.objects.get(kind="email.received").data["attachments"]
    answers = [
        client.get(reverse("mail_attachment", args=[event.public_id, number]))
        for number in range(4)
    ]

    assert [(item["name"], item["is_kept"]) for item in files] == [
        ("../plan.pdf", True),
        ("seite.html", False),
        ("a.exe", False),
    ]
    assert [answer.status_code for answer in answers] == [200, 404, 404, 404]
    assert answers[0].content == b"%PDF-1.7"
    assert answers[0]["Content-Type"] == "application/octet-stream"
    assert answers[0]["Content-Disposition"].startswith("attachment")


def test_a_piped_mail_is_kept(connection):  # noqa: F811
    code = receive_mail.receive(connection.public_id, b"From x Mon Nov 30\n" + raw())

    assert (code, states(connection)) == (0, ["received"])


def test_a_mail_for_nobody_is_sent_back_and_one_without_database_is_kept_by_the_mail_server(
    connection,  # noqa: F811
    monkeypatch,
    capsys,
):
    unknown = receive_mail.receive("00000000-0000-4000-8000-000000000000", raw())
    empty = receive_mail.receive(connection.public_id, b"\n")

    def away(work):
        raise DatabaseAwayError("away")

    monkeypatch.setattr(receive_mail, "with_database", away)
    monkeypatch.setattr(receive_mail, "read_input", raw)
    with pytest.raises(SystemExit) as ended:
        receive_mail.Command().handle(connection=connection.public_id)

    assert (unknown, empty, ended.value.code) == (67, 65, 75)


def test_without_a_database_the_process_itself_ends_with_75():
    environment = {**os.environ, "DATABASE_URL": "postgres://nobody@127.0.0.1:9/none"}
    command = [sys.executable, "manage.py", "receive_mail", "--connection"]
    ended = subprocess.run(
        [*command, "00000000-0000-4000-8000-000000000000"],
        input=raw(),
        env=environment,
        capture_output=True,
        timeout=60,
    )

    assert ended.returncode == 75, ended.stderr
