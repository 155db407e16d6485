import pytest

from leads.models import Lead
from tests.capture.scene import answers, make_form, send, submit

pytestmark = pytest.mark.django_db


@pytest.mark.case("C20")
@pytest.mark.parametrize(
    "name",
    ["😀 Ada", "O'Brien", "Ünal-Groß", "Null", "<none>", "👩‍👩‍👧", "𝒜da", "abc\u202edef", "山田"],
)
def test_unusual_names_come_through_unchanged(name):
    form = make_form()

    submit(form, last_name=name)

    assert Lead.objects.get().last_name == name


@pytest.mark.case("C21")
@pytest.mark.parametrize(
    ("address", "key", "is_valid"),
    [
        ("a..b@docomo.ne.jp", "a..b@docomo.ne.jp", False),
        ("müller@bücher.de", "müller@xn--bcher-kva.de", True),
        ('"a b"@x.de', '"a b"@x.de', False),
        ("eva@example.org.", "eva@example.org", True),
        ("a@b", "a@b", False),
        ("Eva.Muster@EXAMPLE.org", "eva.muster@example.org", True),
        (f"{'a' * 64}@{'b' * 63}.{'c' * 63}.{'d' * 60}.de", None, False),
    ],
)
def test_odd_addresses_make_a_lead_and_are_flagged(address, key, is_valid):
    form = make_form()

    submission = submit(form, email=address)

    lead = Lead.objects.get()
    flags = submission.verdict["flags"]
    assert (lead.is_email_valid, flags) == (is_valid, [] if is_valid else ["email_invalid"])
    if key is not None:
        assert lead.identifiers.get(kind="email").normalised == key


@pytest.mark.case("C22")
def test_a_line_break_in_an_address_is_refused_and_harms_no_header():
    form = make_form()

    with_break = send(form, answers(form, email="x@y.de\nBcc: all@example.org"))
    submit(form, last_name="Muster\r\nBcc: alle")

    assert with_break.status_code == 422
    assert Lead.objects.get().last_name == "Muster Bcc: alle"


@pytest.mark.case("C23")
@pytest.mark.parametrize(
    ("number", "shown", "keys"),
    [
        ("+49 (0)89/123456", "+49 89 123456", ["+4989123456"]),
        ("00 49 89 123456", "+49 89 123456", ["+4989123456"]),
        ("1" * 40, "1" * 40, []),
        ("bitte abends", "bitte abends", []),
    ],
)
def test_phone_numbers_are_normalised_or_kept_as_they_are(number, shown, keys):
    form = make_form()

    submit(form, phone=number)

    lead = Lead.objects.get()
    assert lead.phone == shown
    phones = lead.identifiers.filter(kind="phone")
    assert list(phones.values_list("normalised", flat=True)) == keys
