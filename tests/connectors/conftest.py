import pytest

from capture import outage
from capture.connectors.ses.sns import certificates
from capture.guard import doors, throttle
from tests.connectors.scene import address, make_connection
from tests.nurturing.scene import make_organisation
from tests.simulators.ses import TOPIC, Amazon, Topic


@pytest.fixture(autouse=True)
def _fresh_counters(settings):
    """Give every test counters of its own; servers of tests stand on this machine."""
    doors.clear()
    throttle.refused_hooks.clear()
    outage.breaker.reset()
    yield
    doors.clear()
    throttle.refused_hooks.clear()


@pytest.fixture
def amazon(live_server, settings):
    """An open connection, the topic that tells it, and the server with the certificate."""
    certificates.clear()
    make_organisation()
    there = Amazon()
    with there.server() as server:
        settings.ALLOWED_SERVERS = [server.url]
        connection = make_connection("ses", settings={"topic_arn": TOPIC, "sns_url": server.url})
        yield connection, Topic(address(live_server, connection), server.url), there
