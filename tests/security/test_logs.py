import io
import logging

import pytest
import structlog

from leadcrm.logs import REMOVED, formatter, only_errors, redact

pytestmark = pytest.mark.case("D07")


@pytest.fixture
def lines():
    """What a handler of the system writes."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(formatter())
    logger = logging.getLogger("tests.security")
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    logger.propagate = False
    yield stream.getvalue
    logger.removeHandler(handler)


def test_a_structured_line_carries_no_personal_data(lines):
    log = structlog.get_logger("tests.security")

    log.info(
        "lead_created",
        lead=17,
        email="ada@example.org",
        password="geheim",
        token="abc",
        token_id=5,
        changes={"phone": ["+49 30 1234567", "0301234567"], "city": "Berlin"},
        text="wrote to ada@example.org from +49 (0)30 1234567",
    )

    line = lines()
    for secret in ("ada@", "geheim", "abc", "1234567"):
        assert secret not in line
    assert "lead=17" in line
    assert "token_id=5" in line
    assert "Berlin" in line


@pytest.mark.parametrize(
    "name",
    [
        *("password", "new_password", "passwd", "client_secret", "Authorization", "cookie", "csrf"),
        *(
            "api_key",
            "apikey",
            "e_mail",
            "from_email",
            "phone",
            "mobile",
            "first_name",
            "last_name",
        ),
        *("full_name", "street", "user_agent", "ip", "client_ip", "token", "reset_token", "key"),
    ],
)
def test_a_field_is_emptied_by_its_name_wherever_it_stands(name):
    event = {name: "x1", "data": {name: "x2", "list": [{name: "x3"}]}, "lead": 17}

    assert redact(None, "info", event) == {
        name: REMOVED,
        "data": {name: REMOVED, "list": [{name: REMOVED}]},
        "lead": 17,
    }


def test_an_exception_in_a_field_is_cleaned():
    event = redact(None, "info", {"error": ValueError("to ada@example.org")})

    assert event == {"error": "ValueError: to [e-mail]"}


def test_a_line_without_an_end_is_cut_before_it_is_searched():
    text = redact(None, "info", {"event": "0 " * 150_000})["event"]

    assert len(text) == 2_001
    assert text.endswith("…")


def test_a_line_of_a_library_is_cleaned_too(lines):
    logging.getLogger("tests.security").warning(
        "Not Found: %s", "/accounts/password/reset/key/4f-ck3abc-0123456789abcdef/"
    )

    assert "ck3abc" not in lines()
    assert "/reset/key/[token]" in lines()


def test_an_exception_is_cleaned_with_its_trace(lines):
    try:
        raise ValueError("Key (email)=(ada@example.org) already exists, user ada%40example.org")
    except ValueError:
        logging.getLogger("tests.security").exception("failed")

    assert "ValueError" in lines()
    assert "example.org" not in lines()


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("to ada.lovelace+x@mail.example.co.uk now", "to [e-mail] now"),
        ("GET /u/?email=ada%40example.org", "GET /u/?email=[e-mail]"),
        ("call +49 (0)89/123456 today", "call [phone] today"),
        ("call 0049 89 123456 today", "call [phone] today"),
        ("call 030 1234567 today", "call [phone] today"),
        ("key lcrm_abcdefghijkl-123_X", "key [key]"),
        ("Authorization: Bearer abcdefghij", "Authorization: [key]"),
        ("postgresql://leadcrm:s3cret@db:5432/x", "postgresql://[login]@db:5432/x"),
        ("GET /setup/AbCdEf0123456789_-AbCdEf01234567/", "GET /setup/[token]/"),
        (
            "GET /accounts/invitation/eyJwZXJzb24iOiI0ZjUxIn0:1rXyZa:AbCdEf0123456789_-Ab/",
            "GET /accounts/invitation/[token]/",
        ),
    ],
)
def test_secrets_are_known_by_their_look(text, clean):
    assert redact(None, "info", {"event": text})["event"] == clean


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-02T10:00:00.123456Z",
        "GET /leads/4f51a2f0-0d6b-4d8e-9f43-2f7f3f1c9a11/",
        "took 0.0123456789 s at 127.0.0.1:8000",
        "line 123, in leadcrm/setup/views.py, 12345678 rows",
        "version 5.2.19, id 1234567890",
    ],
)
def test_what_is_no_secret_stays(text):
    assert redact(None, "info", {"event": text})["event"] == text


def test_a_request_that_fails_logs_no_address_of_its_sender(client, db, caplog):
    client.get("/nothing/?email=ada@example.org", headers={"User-Agent": "spy"})

    text = " ".join(formatter().format(record) for record in caplog.records)
    assert "request_finished" in text
    assert "ada@" not in text
    assert "127.0.0.1" not in text
    assert "spy" not in text


def test_lines_are_written_again_after_data_were_made(lines):
    log = structlog.get_logger("tests.security")

    with only_errors():
        log.info("made", lead=17)
        log.warning("made_up", lead=17)
    log.info("changed", lead=18)

    assert "lead=17" not in lines()
    assert "lead=18" in lines()
