import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).parent.parent.parent
SHOW = """
import json
from django.conf import settings
database = settings.DATABASES["default"]
print(json.dumps({
    "host": database["HOST"], "name": database["NAME"], "redis": settings.REDIS_URL,
    "broker": settings.CELERY_BROKER_URL, "embedded": settings.EMBEDDED_SERVICES,
    "hosts": settings.ALLOWED_HOSTS, "secure": settings.SESSION_COOKIE_SECURE,
}))
"""


def _settings(
    tmp_path: Path, program: str = SHOW, **values: str
) -> "subprocess.CompletedProcess[str]":
    kept = {"PATH": os.environ["PATH"], "DJANGO_SETTINGS_MODULE": "leadcrm.settings"}
    return subprocess.run(
        [sys.executable, "-c", program],
        cwd=PROJECT,
        env=kept | {"LEADCRM_VAR_DIR": str(tmp_path / "var")} | values,
        check=False,
        capture_output=True,
        text=True,
    )


def test_without_addresses_the_embedded_services_are_meant(tmp_path):
    shown = json.loads(_settings(tmp_path).stdout)

    assert shown["embedded"] == ["postgres", "redis"]
    assert shown["name"] == "leadcrm"
    assert shown["host"].endswith("/postgres")
    assert shown["redis"] == f"unix://{shown['host'].removesuffix('postgres')}redis.sock?db=0"
    assert shown["broker"].startswith("redis+socket:///")
    assert not (tmp_path / "var/postgres").exists()


def test_services_of_their_own_are_used_where_they_are_named(tmp_path):
    shown = json.loads(
        _settings(
            tmp_path,
            DATABASE_URL="postgresql://crm:pw@db.example.org/crm",
            REDIS_URL="redis://cache.example.org:6379/1",
        ).stdout
    )

    assert (shown["embedded"], shown["host"]) == ([], "db.example.org")
    assert shown["broker"] == shown["redis"] == "redis://cache.example.org:6379/1"


@pytest.mark.parametrize("address", ["https://crm.example.org/", "HTTPS://CRM.Example.org"])
def test_the_public_address_decides_host_and_cookies(tmp_path, address):
    shown = json.loads(_settings(tmp_path, LEADCRM_BASE_URL=address).stdout)

    assert shown["hosts"] == ["crm.example.org", "127.0.0.1", "localhost", "[::1]"]
    assert shown["secure"] is True


def test_two_ways_of_encryption_at_once_stop_the_start(tmp_path):
    both = {"LEADCRM_SMTP_TLS": "yes", "LEADCRM_SMTP_STARTTLS": "yes"}

    assert "LEADCRM_SMTP_STARTTLS and LEADCRM_SMTP_TLS" in _settings(tmp_path, **both).stderr


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("DATABASE_URL", "mysql://x/y", "DATABASE_URL must name a PostgreSQL database"),
        ("LEADCRM_BASE_URL", "crm.example.org", "LEADCRM_BASE_URL must be an address"),
        ("LEADCRM_SMTP_PORT", "many", "LEADCRM_SMTP_PORT must be a whole number"),
        ("LEADCRM_SMTP_TIMEOUT", "31", "LEADCRM_SMTP_TIMEOUT must be at most 30, not 31"),
        ("LEADCRM_SMTP_PORT", "99999", "LEADCRM_SMTP_PORT must be at most 65535"),
        ("LEADCRM_BASE_URL", "//crm.example.org", "LEADCRM_BASE_URL must be an address"),
        ("LEADCRM_BASE_URL", "ftp://crm.example.org", "LEADCRM_BASE_URL must be an address"),
        ("LEADCRM_BASE_URL", "http://[::1", "LEADCRM_BASE_URL must be an address"),
        ("LEADCRM_BASE_URL", "https://crm.example.org:x", "LEADCRM_BASE_URL must be an address"),
        ("LEADCRM_BASE_URL", "https://example.org/crm", "LEADCRM_BASE_URL must be an address"),
        ("LEADCRM_TIME_ZONE", "Mars/Phobos", "LEADCRM_TIME_ZONE must be a time zone"),
        ("LEADCRM_TIME_ZONE", "/etc/passwd", "LEADCRM_TIME_ZONE must be a time zone"),
        ("LEADCRM_FROM_EMAIL", "Sales", "LEADCRM_FROM_EMAIL must be an address"),
        ("DATABASE_URL", "foo", "DATABASE_URL must name a PostgreSQL database"),
        ("DATABASE_URL", "postgresql://a@b:x/c", "DATABASE_URL must name a PostgreSQL database"),
        ("REDIS_URL", "localhost:6379", "REDIS_URL must be an address"),
        ("LEADCRM_VAR_DIR", "/proc/nothing", "LEADCRM_VAR_DIR must be a folder"),
        ("LEADCRM_COLOUR", "red", "Unknown settings: LEADCRM_COLOUR."),
    ],
)
def test_a_bad_value_stops_the_start_with_its_name(tmp_path, name, value, message):
    refused = _settings(tmp_path, **{name: value})

    assert refused.returncode == 1
    assert message in refused.stderr


def test_a_number_of_workers_that_is_none_stops_the_web_server_with_its_name(tmp_path):
    refused = _settings(tmp_path, "import leadcrm.web_server", WEB_CONCURRENCY="many")

    assert "WEB_CONCURRENCY must be a whole number" in refused.stderr


def test_the_secret_key_of_a_folder_is_made_once_and_closed(tmp_path):
    from leadcrm.embedded.addresses import local_secret_key

    first = local_secret_key(tmp_path / "var")
    second = local_secret_key(tmp_path / "var")

    assert first == second
    assert len(first) >= 50
    assert (tmp_path / "var/secret_key").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in (tmp_path / "var").iterdir()] == ["secret_key"]


def test_the_manual_explains_every_setting_and_no_other():
    source = (PROJECT / "leadcrm/settings.py").read_text()
    manual = (PROJECT / "docs/operations.md").read_text()

    read = set(
        re.findall(r'env\.(?:text|flag|number|names|address|zone|mailbox)\(\s*"([A-Z_]+)"', source)
    )
    table = manual.partition("| setting |")[2].partition("\n## ")[0]
    explained = set(re.findall(r"`LEADCRM_([A-Z_]+)`", table))
    assert explained == read
