"""To which addresses a message of SNS may send us; nothing is asked here."""

import pytest
from django.utils import timezone

from capture.connectors.ses import sns
from capture.connectors.told import HookError, Keys, RefusedError
from ground.outside import Answer
from tests.simulators.ses import Topic, certificate

pytestmark = pytest.mark.case("H06")
STAND_IN = Keys({"sns_url": "http://10.0.0.9:4566"})
HOST = "https://sns.eu-central-1.amazonaws.com"
BAD_HOSTS = [
    "http://sns.eu-central-1.amazonaws.com",
    "https://attacker.example",
    "https://sns.eu-central-1.amazonaws.com.attacker.example",
    "https://attacker.example/sns.eu-central-1.amazonaws.com",
    "https://sns.eu-central-1.amazonaws.com@attacker.example",
    "https://attacker.example#sns.eu-central-1.amazonaws.com",
    "https://attacker.example?https://sns.eu-central-1.amazonaws.com",
    "https://attacker.example\\.sns.eu-central-1.amazonaws.com",
    "https://xsns.eu-central-1.amazonaws.com",
    "https://sns.attacker.amazonaws.com",
    "https://sns.s3.amazonaws.com",
    "https://bucket.s3.eu-central-1.amazonaws.com",
    "https://sns-eu-central-1.amazonaws.com",
    "https://sns.eu-central-1.amazonaws.co",
    "https://sns.eu-central-1.amazonaws.com.cn.attacker.example",
    "https://sns.eu-central-1xamazonaws.com",
    "https://sns.eu-central-1.amazonaws.com:8443",
    "https://sns.eu-central-1.amazonaws.com:",
    "https://SNS.EU-CENTRAL-1.AMAZONAWS.COM.attacker.example",
    "https://sns.eu-central-1.amazonaws.com\t.attacker.example",
    "https://sns.eu-central-1.amazonaws.com\n.attacker.example",
    "https://sns.eu-central-١.amazonaws.com",
    "http://10.0.0.9:4566",
    "ftp://sns.eu-central-1.amazonaws.com",
    "//sns.eu-central-1.amazonaws.com",
    "",
]


@pytest.fixture
def asked(monkeypatch):
    """What was asked for at the edge of the network, which answers with a certificate."""
    sns.certificates.clear()
    urls = []

    def fetch(url, **limits):
        urls.append(url)
        return Answer(200, certificate(), {})

    monkeypatch.setattr(sns, "fetch", fetch)
    yield urls
    sns.certificates.clear()


def check(url, keys=STAND_IN):
    topic = Topic("", "")
    envelope = topic.signed(topic.envelope("Notification", "{}", SigningCertURL=url))
    sns.check_message(envelope, keys, timezone.now())


@pytest.mark.parametrize(
    "host",
    [
        HOST,
        "https://sns.us-gov-west-1.amazonaws.com",
        "https://sns.ap-southeast-2.amazonaws.com",
        "https://sns.cn-north-1.amazonaws.com.cn",
    ],
)
def test_certificates_and_confirmations_of_amazon_are_asked_for(asked, host):
    pem = f"{host}/SimpleNotificationService-f3ecfb7224c7233fe7bb5f59f96de52f.pem"
    yes = f"{host}/?Action=ConfirmSubscription&TopicArn=arn:aws:sns:eu-central-1:1:t&Token=2336"

    check(pem)
    sns.confirm(yes, STAND_IN)

    assert asked == [pem, yes]


@pytest.mark.parametrize("host", BAD_HOSTS)
def test_nobody_else_is_asked(asked, host, settings):
    settings.ALLOWED_SERVERS = []

    with pytest.raises(RefusedError, match="certificate_wrong"):
        check(f"{host}/SimpleNotificationService-1.pem")
    with pytest.raises(HookError, match="server_refused"):
        sns.confirm(f"{host}/?Action=ConfirmSubscription&Token=1", STAND_IN)

    assert asked == []


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/x.txt",
        "/x.pem?y",
        "/x.pem#y",
        "/x.pem/..",
        "/../x.pem",
        "/a/x.pem",
        "/x.pem\n",
        ".pem",
    ],
)
def test_a_certificate_lies_under_one_name_that_ends_in_pem(asked, path):
    with pytest.raises(RefusedError, match="certificate_wrong"):
        check(HOST + path)

    assert asked == []


@pytest.mark.parametrize(
    "rest",
    [
        "/",
        "/?Action=Unsubscribe&SubscriptionArn=x",
        "/?Action=ConfirmSubscriptions&Token=1",
        "/?Token=1#Action=ConfirmSubscription",
        "/path?Action=ConfirmSubscription&Token=1",
        "/?Action=ConfirmSubscription&Token=1\n",
        "/?Action=ConfirmSubscription&Token=a b",
    ],
)
def test_nothing_is_asked_of_amazon_but_to_confirm(asked, rest):
    with pytest.raises(HookError, match="server_refused"):
        sns.confirm(HOST + rest, STAND_IN)

    assert asked == []


def test_a_server_in_the_place_of_amazon_must_be_entered_and_be_allowed(asked, settings):
    url = "http://10.0.0.9:4566/SimpleNotificationService-1.pem"
    settings.ALLOWED_SERVERS = ["http://10.0.0.9:4566"]

    check(url)
    for keys in (Keys(), Keys({"sns_url": "http://10.0.0.10:4566"})):
        with pytest.raises(RefusedError):
            check(url, keys)
    with pytest.raises(RefusedError):
        check("http://10.0.0.9:4566/x.txt")

    assert asked == [url]
