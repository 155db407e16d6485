import smtplib
import socket
import subprocess
import sys
from email.message import EmailMessage

import pytest

from tests.services.running import wait_until


@pytest.fixture
def sink(tmp_path):
    """The port of a running mail sink and the folder of its mails."""
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        port = door.getsockname()[1]
    folder = tmp_path / "mails"
    server = subprocess.Popen(
        [sys.executable, "-m", "leadcrm.embedded.mail_sink", str(port), str(folder)]
    )
    with server:
        wait_until(lambda: _answers(port))
        yield port, folder
        server.terminate()
        assert server.wait(5) == 0


def _answers(port: int) -> bool:
    with socket.socket() as door:
        return door.connect_ex(("127.0.0.1", port)) == 0


def _mail() -> EmailMessage:
    mail = EmailMessage()
    mail["From"] = "LeadCRM <leadcrm@example.org>"
    mail["To"] = "Jörg Groß <joerg@example.org>"
    mail["Subject"] = "Bestätigen Sie Ihre Anmeldung"
    mail.set_content("Guten Tag")
    mail.add_alternative('<p onclick="x()">Guten Tag</p><script>x()</script>', subtype="html")
    return mail


def test_a_mail_is_kept_whole_and_shown_in_the_demo(sink, client, settings, db):
    port, folder = sink
    settings.DEMO, settings.VAR_DIR = True, folder.parent
    with smtplib.SMTP("127.0.0.1", port) as smtp:
        smtp.send_message(_mail(), to_addrs=["joerg@example.org", "hidden@example.org"])

    (path,) = folder.iterdir()
    listed = client.get("/demo/mails/").content.decode()
    shown = client.get(f"/demo/mails/{path.stem}/").content.decode()
    body = client.get(f"/demo/mails/{path.stem}/html/")

    assert path.suffix == ".eml"
    assert "Bestätigen Sie Ihre Anmeldung" in listed
    assert "joerg@example.org, hidden@example.org" in shown
    assert "onclick" not in shown
    assert "<p onclick" in body.content.decode()
    assert "default-src 'none'" in body["Content-Security-Policy"]
    assert "sandbox allow-popups allow-popups-to-escape-sandbox" in body["Content-Security-Policy"]


def test_the_demo_says_when_there_is_no_mail_yet(client, settings, db, tmp_path):
    settings.DEMO, settings.VAR_DIR = True, tmp_path

    assert "No mail yet." in client.get("/demo/mails/").content.decode()


def test_a_mail_that_is_not_there_is_not_found(client, settings, db, tmp_path):
    settings.DEMO, settings.VAR_DIR = True, tmp_path
    (tmp_path / "secret_key.eml").write_text("x")

    assert client.get("/demo/mails/1-2/").status_code == 404
    assert client.get("/demo/mails/..%2Fsecret_key/").status_code == 404


def test_outside_a_demo_there_are_no_mails_to_read(client, settings, db, tmp_path):
    settings.DEMO, settings.VAR_DIR = False, tmp_path

    assert client.get("/demo/mails/").status_code == 404
