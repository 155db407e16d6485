"""What visitors download: as few bytes and files as a form needs."""

import gzip
import re

import pytest
from django.urls import reverse

from capture.rendering import style_sheet
from capture.snapshots import read_public_form
from tests.capture.scene import make_form, visitor

pytestmark = pytest.mark.django_db

WIDE_OPEN = {"HTTP_ACCEPT_ENCODING": "gzip, deflate, br"}


@pytest.mark.parametrize("rest", ["", "definition.json", "form.css"])
def test_what_visitors_read_of_a_form_comes_compressed(rest):
    address = f"/f/{make_form().public_id}/{rest}"
    plain = visitor().get(address)

    packed = visitor().get(address, **WIDE_OPEN)

    assert "Content-Encoding" not in plain
    assert packed["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in packed["Vary"]
    assert len(packed.content) < len(plain.content) / 2
    unpacked = gzip.decompress(packed.content)
    assert len(unpacked) == len(plain.content)


@pytest.mark.parametrize("path", ["/embed.js", "/shapes.js", "/chat.js", "/t.js"])
def test_the_scripts_of_websites_come_compressed(path):
    packed = visitor().get(path, **WIDE_OPEN)

    assert packed["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.content) == visitor().get(path).content
    assert len(packed.content) < 6500


@pytest.mark.parametrize("rest", ["definition.json", "form.css"])
def test_a_proxy_that_made_the_tag_weak_still_spares_the_second_download(rest):
    address = f"/f/{make_form().public_id}/{rest}"
    first = visitor().get(address, **WIDE_OPEN)

    again = visitor().get(address, HTTP_IF_NONE_MATCH=first["ETag"], **WIDE_OPEN)

    assert first["ETag"].startswith('W/"')
    assert (again.status_code, again.content) == (304, b"")


def test_a_page_of_somebody_who_is_signed_in_is_not_compressed(client, marketer):
    client.force_login(marketer)

    response = client.get(reverse("form_list"), **WIDE_OPEN)

    assert response.status_code == 200
    assert "Content-Encoding" not in response


@pytest.mark.case("X05")
def test_the_page_of_a_form_brings_its_own_style_and_waits_for_no_file():
    form = make_form(definition={"colour": "#ffee00", "theme": {"css": ".lf { gap: 2rem }"}})

    response = visitor().get(f"/f/{form.public_id}/")

    html = response.content.decode()
    (nonce, sheet), *others = re.findall(r'<style nonce="([^"]+)">(.*?)</style>', html, re.DOTALL)
    shown = read_public_form(form.public_id)
    assert (sheet, others) == (style_sheet(shown.definition), [])
    assert "gap:2rem" in sheet.replace(" ", "")
    assert f"'nonce-{nonce}'" in response["Content-Security-Policy"].split("style-src")[1]
    assert '<link rel="stylesheet"' not in html
