import json

import pytest
from django.test import Client

PAGES = ["/accounts/login/", "/settings/profile/", "/leads/"]


@pytest.fixture
def client(admin, as_user):
    return as_user(admin)


def directives(response) -> dict[str, list[str]]:
    parts = response["Content-Security-Policy"].split(";")
    return {words[0]: words[1:] for words in (part.split() for part in parts)}


@pytest.mark.case("X10")
@pytest.mark.parametrize("page", PAGES)
def test_a_page_runs_nothing_but_our_own_scripts(client, page):
    response = client.get(page, follow=True)

    policy = directives(response)
    assert policy["default-src"] == ["'none'"]
    assert policy["script-src"][0] == "'self'"
    assert not {"'unsafe-inline'", "'unsafe-eval'", "*", "https:", "data:"} & {
        *policy["script-src"],
        *policy["style-src"],
    }
    assert policy["base-uri"] == policy["object-src"] == policy["frame-ancestors"] == ["'none'"]
    assert policy["form-action"] == ["'self'"]


@pytest.mark.case("X10")
def test_each_answer_has_a_nonce_of_its_own(client):
    nonces = {
        word
        for _ in range(2)
        for word in directives(client.get("/leads/"))["script-src"]
        if word.startswith("'nonce-")
    }

    assert len(nonces) == 2


@pytest.mark.case("X11")
@pytest.mark.parametrize("page", PAGES)
def test_no_other_website_shows_our_pages_in_a_frame(client, page):
    response = client.get(page, follow=True)

    assert response["X-Frame-Options"] == "DENY"


def test_browsers_are_told_what_else_not_to_do(client):
    response = client.get("/settings/profile/")

    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Referrer-Policy"] == "strict-origin-when-cross-origin"
    assert response["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "camera=()" in response["Permissions-Policy"]
    assert "private" in response["Cache-Control"]


@pytest.mark.parametrize("page", ["/accounts/login/", "/accounts/password/reset/"])
def test_cookies_are_out_of_reach_of_scripts_and_other_sites(page, db):
    client = Client()
    client.get(page)

    for cookie in client.cookies.values():
        assert cookie["httponly"]
        assert cookie["samesite"] == "Lax"


@pytest.mark.case("X10")
def test_what_a_browser_blocked_is_logged_without_what_it_may_hold(caplog, db):
    report = {
        "document-uri": "https://crm.example/leads/?q=ada@example.org",
        "violated-directive": "script-src-elem",
        "blocked-uri": "inline",
        "script-sample": "alert(document.cookie)",
    }

    response = Client().post(
        "/csp/", json.dumps({"csp-report": report}), content_type="application/csp-report"
    )

    assert response.status_code == 204
    assert "script-src-elem" in caplog.text
    assert "ada@" not in caplog.text
    assert "alert(" not in caplog.text


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"csp-report": 1}', b"[" * 100_000])
def test_a_report_that_is_none_is_ignored(caplog, db, body):
    response = Client().post("/csp/", body, content_type="application/csp-report")

    assert response.status_code == 204
    assert "csp_violation" not in caplog.text


@pytest.mark.case("A09")
@pytest.mark.parametrize(
    "probe",
    [
        "/admin/",
        "/admin/login/",
        "/.env",
        "/.git/config",
        "/media/",
        "/static/",
        "/static/../leadcrm/settings.py",
        "/static/%2e%2e/leadcrm/settings.py",
        "/__debug__/",
        "/server-status",
        "/wp-login.php",
        "/api/v1/.env",
        "/accounts/",
    ],
)
def test_what_attackers_look_for_is_not_there(probe, db):
    response = Client().get(probe)

    assert response.status_code == 404
    assert "Traceback" not in response.content.decode()
    assert "SECRET_KEY" not in response.content.decode()


@pytest.mark.case("A09")
def test_an_error_tells_nothing_of_the_inside(monkeypatch, admin, as_user):
    def broken(*args, **kwargs):
        raise RuntimeError("postgresql://leadcrm:s3cret@db")

    client = as_user(admin)
    monkeypatch.setattr("accounts.views.people.lists.people", broken)
    client.raise_request_exception = False

    response = client.get("/settings/people/")

    assert response.status_code == 500
    assert "s3cret" not in response.content.decode()
    assert "RuntimeError" not in response.content.decode()


@pytest.mark.case("A03")
@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "evil.example:8000"])
def test_another_host_is_refused(host, db):
    assert Client().get("/accounts/login/", headers={"Host": host}).status_code == 400
