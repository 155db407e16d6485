import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from capture.models import Submission
from leads.models import Lead
from tests.capture.scene import BROWSER, answers, make_form, send, submit, visitor, work

pytestmark = pytest.mark.django_db

# 254 characters, as many as a mail server takes.
LONGEST = f"{'a' * 63}@{'b' * 63}.{'c' * 63}.{'d' * 59}.de"


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
        ("ev\u0430@example.org", "ev\u0430@example.org", True),  # a Cyrillic а: another person
        (LONGEST, LONGEST, True),
        (f"a{LONGEST}"[:64] + LONGEST[63:], None, False),
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


@pytest.mark.case("C21")
def test_an_address_that_only_looks_the_same_is_another_lead():
    form = make_form()

    for address in ("eva@example.org", "ev\u0430@example.org", "EVA@example.org."):
        submit(form, email=address)

    assert Lead.objects.count() == 2


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


@pytest.mark.case("C24")
@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("x.svg", b"<svg onload=alert(1)>", "image/svg+xml"),
        ("x.html", b"<script>alert(1)</script>", "text/html"),
        ("x.exe", b"MZ\x90\x00", "application/octet-stream"),
        ("x.png", b"\x89PNG\r\n\x1a\n<script>alert(1)</script>", "image/png"),
        ("../../x.csv", b"a;b", "text/csv"),
        ("empty.pdf", b"", "application/pdf"),
        (f"{'n' * 296}.pdf", b"%PDF-1.7", "application/pdf"),
    ],
)
def test_a_multipart_form_is_read_and_its_files_are_left_out(
    name, content, kind, tmp_path, settings
):
    settings.MEDIA_ROOT = tmp_path / "media"
    form = make_form()
    data = answers(form)
    file = SimpleUploadedFile("x", content, kind)
    file._name = name  # as a hostile browser sends it: Django's own client would cut it

    response = visitor().post(
        f"/f/{form.public_id}/", {**data, "upload": file}, HTTP_USER_AGENT=BROWSER
    )
    work()

    assert response.status_code == 200
    assert Lead.objects.get().email == "eva@example.org"
    assert Submission.objects.get().verdict["flags"] == ["files_ignored"]
    assert not settings.MEDIA_ROOT.exists()


@pytest.mark.case("C24")
def test_a_file_of_50_mb_is_refused_before_it_is_read():
    form = make_form()
    file = SimpleUploadedFile("x.pdf", b"%" * 50_000_000, "application/pdf")

    response = visitor().post(f"/f/{form.public_id}/", {**answers(form), "upload": file})

    assert response.status_code == 413
