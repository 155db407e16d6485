"""The settings of a real installation, read in a process of its own."""

import json
import os
import subprocess
import sys

import pytest
from django.conf import settings

READ = """
import json, django
from django.conf import settings
django.setup()
names = ("DEBUG", "ALLOWED_HOSTS", "SESSION_COOKIE_NAME", "SESSION_COOKIE_SECURE",
         "CSRF_COOKIE_SECURE", "LANGUAGE_COOKIE_SECURE", "SECURE_HSTS_SECONDS",
         "SECURE_SSL_REDIRECT", "SECURE_PROXY_SSL_HEADER")
print(json.dumps({name: getattr(settings, name) for name in names}))
"""


@pytest.fixture
def production(tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("k" * 30 + "0123456789abcdefABCDEF!?-_+#")
    return {
        **{
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("LEADCRM_", "DJANGO_"))
        },
        "DJANGO_SETTINGS_MODULE": "leadcrm.settings",
        "LEADCRM_BASE_URL": "https://crm.example.org",
        "LEADCRM_SECRET_KEY_FILE": str(secret),
        "LEADCRM_FROM_EMAIL": "LeadCRM <crm@example.org>",
        "LEADCRM_TRUSTED_PROXIES": "1",
        "LEADCRM_VAR_DIR": str(tmp_path / "var"),
    }


def run(environment, *words):
    return subprocess.run(
        [sys.executable, *words],
        env=environment,
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_the_deployment_check_finds_nothing(production):
    done = run(production, "manage.py", "check", "--deploy", "--fail-level", "WARNING")

    assert (done.returncode, done.stdout) == (
        0,
        "System check identified no issues (0 silenced).\n",
    ), done.stderr


def test_behind_https_cookies_are_bound_to_this_host(production):
    read = json.loads(run(production, "-c", READ).stdout)

    assert read == {
        "DEBUG": False,
        "ALLOWED_HOSTS": ["crm.example.org", "127.0.0.1", "localhost", "[::1]"],
        "SESSION_COOKIE_NAME": "__Host-leadcrm_session",
        "SESSION_COOKIE_SECURE": True,
        "CSRF_COOKIE_SECURE": True,
        "LANGUAGE_COOKIE_SECURE": True,
        "SECURE_HSTS_SECONDS": 31_536_000,
        "SECURE_SSL_REDIRECT": True,
        "SECURE_PROXY_SSL_HEADER": ["HTTP_X_FORWARDED_PROTO", "https"],
    }
