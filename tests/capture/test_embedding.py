import gzip
import json

import pytest
from django.conf import settings as project
from django.utils import timezone

from accounts.action import writing
from accounts.models import Organisation
from capture.guard import proof
from capture.models import FormDay
from tests.capture.scene import make_form, visitor

pytestmark = pytest.mark.django_db


@pytest.mark.requirement("S13")
def test_the_embed_gets_form_style_and_contact():
    with writing("scene"):
        Organisation.objects.update_or_create(
            pk=1, defaults={"name": "Muster GmbH", "email": "info@example.org"}
        )
    form = make_form(definition={"colour": "#ffee00"})

    response = visitor().get(f"/f/{form.public_id}/definition.json")

    data = response.json()
    assert (data["id"], data["version"], data["language"]) == (str(form.public_id), 1, "en")
    assert (data["contact"], sorted(data["texts"])) == (
        "info@example.org",
        ["again", "close", "contact", "failed", "wrong"],
    )
    assert '<form class="lf lf-blue"' in data["html"]
    assert ".lf{--lf-accent:#ffee00;--lf-on-accent:#111}" in data["css"]
    assert "noscript" not in data["html"]


def test_an_unchanged_form_is_not_sent_again():
    form = make_form()
    address = f"/f/{form.public_id}/definition.json"
    first = visitor().get(address)

    again = visitor().get(address, HTTP_IF_NONE_MATCH=first["ETag"])

    assert (again.status_code, again.content) == (304, b"")
    assert (again["ETag"], again["Cache-Control"]) == (first["ETag"], "no-cache")


@pytest.mark.case("X05")
def test_hostile_texts_of_a_form_are_inert():
    hostile = "</script><script>alert(1)</script>"
    form = make_form(definition={"headline": hostile, "button": hostile})

    response = visitor().get(f"/f/{form.public_id}/definition.json")

    assert "<script>" not in response.json()["html"]
    assert response["Content-Type"] == "application/json"


def test_a_form_that_is_gone_or_closed_is_not_drawn():
    form = make_form(state="archived")
    missing = "8f14e45f-ceea-467f-a0e6-7b1c1f0a1b2c"

    assert visitor().get(f"/f/{form.public_id}/definition.json").status_code == 410
    assert visitor().get(f"/f/{missing}/definition.json").status_code == 404
    assert visitor().get(f"/f/{missing}/challenge/").status_code == 404


def test_a_challenge_counts_as_one_view_and_looking_at_its_head_as_none():
    form = make_form()
    address = f"/f/{form.public_id}/challenge/"

    visitor().get(address)
    visitor().get(address)
    visitor().get(address, {"again": "1"})
    visitor().head(address)

    assert FormDay.objects.get().views == 2


@pytest.mark.requirement("S25")
def test_a_challenge_is_signed_and_never_the_same():
    form = make_form()
    address = f"/f/{form.public_id}/challenge/"

    first, second = visitor().get(address).json(), visitor().get(address).json()

    assert first["challenge"] != second["challenge"]
    assert (first["algorithm"], first["maxNumber"]) == ("SHA-256", proof.MAX_NUMBER)
    forged = {**first, "number": 1}
    assert not proof.check_work(
        json.dumps(forged), str(form.public_id), as_of=timezone.now()
    ).is_passed


@pytest.mark.parametrize(
    ("name", "path", "seconds"), [("embed.js", "/embed.js", 86400), ("t.js", "/t.js", 300)]
)
def test_the_scripts_are_small_cached_and_free_of_dependencies(name, path, seconds):
    source = (project.BASE_DIR / "static" / "public" / name).read_bytes()

    response = visitor().get(path)
    again = visitor().get(path, HTTP_IF_NONE_MATCH=response["ETag"])

    assert response.content == source
    assert len(gzip.compress(source)) < 6000
    assert f"max-age={seconds}," in response["Cache-Control"]
    assert (again.status_code, response["Access-Control-Allow-Origin"]) == (304, "*")
    for forbidden in (b"document.cookie", b"eval(", b"import ", b"sessionStorage"):
        assert forbidden not in source


def test_the_embed_stores_nothing():
    source = (project.BASE_DIR / "static" / "public" / "embed.js").read_text()

    assert "localStorage" not in source
    assert "indexedDB" not in source


@pytest.mark.parametrize(
    ("colour", "ink"), [("#000000", "#fff"), ("#ffffff", "#111"), ("#1f5fc4", "#fff")]
)
def test_the_button_is_readable_in_every_colour(colour, ink):
    form = make_form(definition={"colour": colour})

    sheet = visitor().get(f"/f/{form.public_id}/form.css").content.decode()

    assert f"--lf-accent:{colour};--lf-on-accent:{ink}" in sheet


def test_a_colour_that_is_none_never_reaches_the_style_sheet():
    form = make_form(definition={"colour": "red;} body{display:none"})

    assert "display:none" not in visitor().get(f"/f/{form.public_id}/form.css").content.decode()
