import socket

import pytest

from leadcrm.embedded import installation
from leadcrm.embedded.installation import Installation, InstallationError, choose


@pytest.fixture
def taken_port():
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        door.listen()
        yield door.getsockname()[1]


def test_without_a_wish_the_next_free_port_is_taken(tmp_path, monkeypatch, taken_port):
    monkeypatch.setattr(installation, "DEFAULT_PORT", taken_port)

    chosen = choose(tmp_path, port=None, is_demo=False)

    assert chosen.port > taken_port
    assert (chosen.site_port, chosen.mail_port) == (0, 0)


def test_a_wish_that_cannot_be_met_is_refused(tmp_path, taken_port):
    with pytest.raises(InstallationError, match=f"The port {taken_port} is taken"):
        choose(tmp_path, port=taken_port, is_demo=False)


def test_a_demo_has_a_website_and_a_mail_server_on_ports_of_their_own(tmp_path, monkeypatch):
    monkeypatch.delenv("LEADCRM_SMTP_HOST", raising=False)

    chosen = choose(tmp_path, port=None, is_demo=True)

    assert len({chosen.port, chosen.site_port, chosen.mail_port}) == 3
    assert [program.name for program in chosen.programs()] == ["web", "worker", "beat", "mail"]


def test_a_demo_with_a_mail_server_of_its_owner_gets_no_other(tmp_path, monkeypatch):
    monkeypatch.setenv("LEADCRM_SMTP_HOST", "mail.example.org")

    chosen = choose(tmp_path, port=None, is_demo=True)

    assert chosen.mail_port == 0
    assert [program.name for program in chosen.programs()] == ["web", "worker", "beat"]


def test_the_processes_learn_the_address_and_the_ports(tmp_path):
    chosen = Installation(tmp_path, 8010, is_demo=True, site_port=8011, mail_port=8012)

    environment = chosen.environment({"HOME": "/root", "LEADCRM_DEMO": "no"})

    assert {key: value for key, value in environment.items() if key.startswith("LEADCRM_")} == {
        "LEADCRM_BASE_URL": "http://127.0.0.1:8010",
        "LEADCRM_DEMO": "yes",
        "LEADCRM_DEMO_SITE_PORT": "8011",
        "LEADCRM_SMTP_HOST": "127.0.0.1",
        "LEADCRM_SMTP_PORT": "8012",
    }
    assert environment["HOME"] == "/root"


def test_the_address_that_the_owner_gave_stays(tmp_path):
    chosen = Installation(tmp_path, 8010, is_demo=False)

    environment = chosen.environment({"LEADCRM_BASE_URL": "https://crm.example.org"})

    assert environment["LEADCRM_BASE_URL"] == "https://crm.example.org"
