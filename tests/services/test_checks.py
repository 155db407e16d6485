from pathlib import Path

import pytest

from leadcrm import checks
from leadcrm.mail_dns import sender_domain


def test_a_production_installation_has_nothing_to_complain_about(settings):
    settings.BASE_URL = "https://crm.example.org"
    settings.DEFAULT_FROM_EMAIL = "Sales <sales@example.org>"
    settings.DEMO = False

    found = [*checks.check_address(), *checks.check_no_demo(), *checks.check_sender()]

    assert found == []


def test_what_is_wrong_is_named_with_a_hint(settings, tmp_path):
    settings.BASE_URL = "http://crm.example.org"
    settings.DEFAULT_FROM_EMAIL = "LeadCRM <leadcrm@localhost>"
    settings.DEMO = True
    settings.BASE_DIR = settings.STATIC_ROOT = Path(tmp_path)

    found = [
        *checks.check_packages_of_the_pages(),
        *checks.check_address(),
        *checks.check_no_demo(),
        *checks.check_sender(),
    ]

    assert [message.id for message in found] == [
        "leadcrm.W001",
        "leadcrm.W002",
        "leadcrm.E003",
        "leadcrm.W004",
    ]
    assert all(message.hint for message in found)


@pytest.mark.parametrize(
    ("address", "domain"),
    [
        ("Sales <sales@Example.org>", "example.org"),
        ("sales@mail.example.org", "mail.example.org"),
        ("LeadCRM <leadcrm@localhost>", ""),
        ("leadcrm@crm.local", ""),
        ("leadcrm", ""),
    ],
)
def test_only_a_public_domain_can_be_looked_up(address, domain):
    assert sender_domain(address) == domain
