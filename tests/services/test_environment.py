import pytest
from django.core.exceptions import ImproperlyConfigured

from leadcrm.env import Environment


def test_a_text_is_the_value_of_its_prefixed_name():
    env = Environment({"LEADCRM_SMTP_HOST": "mail.example.org", "SMTP_HOST": "other"})

    assert env.text("SMTP_HOST") == "mail.example.org"
    assert env.text("SMTP_USER", "nobody") == "nobody"


def test_a_secret_may_stand_in_a_file(tmp_path):
    (tmp_path / "key").write_text("s3cret\n")
    env = Environment({"LEADCRM_SECRET_KEY_FILE": str(tmp_path / "key")})

    assert env.text("SECRET_KEY") == "s3cret"
    env.refuse_unknown()


def test_a_secret_in_both_places_stops_the_start(tmp_path):
    (tmp_path / "key").write_text("one")
    env = Environment(
        {"LEADCRM_SECRET_KEY": "two", "LEADCRM_SECRET_KEY_FILE": str(tmp_path / "key")}
    )

    with pytest.raises(ImproperlyConfigured, match="LEADCRM_SECRET_KEY or LEADCRM_SECRET_KEY_FILE"):
        env.text("SECRET_KEY")


def test_a_file_that_cannot_be_read_stops_the_start_with_its_name(tmp_path):
    env = Environment({"LEADCRM_SECRET_KEY_FILE": str(tmp_path / "missing")})

    with pytest.raises(
        ImproperlyConfigured, match=r"LEADCRM_SECRET_KEY_FILE: cannot read .*missing"
    ):
        env.text("SECRET_KEY")


@pytest.mark.parametrize(
    ("value", "meaning"),
    [
        *((word, True) for word in ("1", "true", "Yes", " on ")),
        *((word, False) for word in ("0", "FALSE", "no", "off")),
        ("", True),
    ],
)
def test_a_flag_takes_the_usual_words(value, meaning):
    assert Environment({"LEADCRM_DEMO": value}).flag("DEMO", default=True) is meaning


def test_a_flag_that_is_neither_stops_the_start_with_its_name():
    with pytest.raises(ImproperlyConfigured, match="LEADCRM_DEMO must be yes or no, not 'perhaps'"):
        Environment({"LEADCRM_DEMO": "perhaps"}).flag("DEMO", default=False)


def test_a_number_has_a_smallest_value():
    env = Environment({"LEADCRM_SMTP_PORT": "0", "LEADCRM_HSTS_SECONDS": "60"})

    assert env.number("HSTS_SECONDS", 5) == 60
    assert env.number("TRUSTED_PROXIES", 0) == 0
    with pytest.raises(ImproperlyConfigured, match="LEADCRM_SMTP_PORT must be at least 1, not 0"):
        env.number("SMTP_PORT", 25, minimum=1)


def test_a_number_that_is_none_stops_the_start_with_its_name():
    with pytest.raises(ImproperlyConfigured, match="LEADCRM_SMTP_PORT must be a whole number"):
        Environment({"LEADCRM_SMTP_PORT": "25a"}).number("SMTP_PORT", 25)


def test_names_are_separated_by_commas():
    env = Environment({"LEADCRM_ALLOWED_HOSTS": "a.example.org, b.example.org,"})

    assert env.names("ALLOWED_HOSTS") == ["a.example.org", "b.example.org"]


def test_a_name_that_nobody_reads_stops_the_start():
    env = Environment({"LEADCRM_SMTP_HOTS": "mail.example.org", "LEADCRM_DEMO": "no"})
    env.flag("DEMO", default=False)

    with pytest.raises(ImproperlyConfigured, match=r"Unknown settings: LEADCRM_SMTP_HOTS\."):
        env.refuse_unknown()
