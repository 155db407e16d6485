from collections.abc import Iterator

import pytest

from tests.nurturing.mail_server import MailServer
from tests.nurturing.scene import make_organisation


@pytest.fixture
def organisation(db) -> None:
    """An organisation whose imprint is complete."""
    make_organisation()


@pytest.fixture
def mail_server(settings) -> Iterator[MailServer]:
    """A real SMTP server, to which the settings point."""
    server = MailServer()
    server.start()
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
    yield server
    server.stop()
