import errno
import json
import re

import pytest
from django.db import OperationalError
from django.test import Client, override_settings
from django.urls import path
from psycopg2.errors import DiskFull

from accounts.actor import user_actor
from accounts.rights import Right, Role
from ground.errors import ConflictError
from ground.palette import (
    COMMANDS,
    SOURCES,
    Command,
    Hit,
    Source,
    register_command,
    register_source,
)
from leadcrm import views
from leadcrm.context import import_map, menu
from leadcrm.urls import urlpatterns as real_patterns
from leadcrm.views import palette_groups
from tests.factories import make_user


def break_down(request):
    raise ValueError("secret detail")


def fill_disk(request):
    raise OSError(errno.ENOSPC, "No space left on device")


def fill_database(request):
    class Full(DiskFull):
        pgcode = "53100"

    raise OperationalError("secret detail") from Full()


def refuse(request):
    raise ConflictError("changed", "Somebody was faster.")


urlpatterns = [
    *real_patterns,
    path("break/", break_down),
    path("refuse/", refuse),
    path("fill/", fill_disk),
    path("fill-database/", fill_database),
]
handler400, handler403 = views.bad_request, views.forbidden
handler404, handler500 = views.not_found, views.broken
BROKEN = override_settings(ROOT_URLCONF="tests.look.test_shell")


def status(client, address):
    answer = client.get(address)
    answer.close()
    return answer.status_code


def labels(user, at="/"):
    return {str(link.label) for group in menu(user_actor(user), at) for link in group.entries}


def test_the_menu_holds_what_somebody_may_open(admin, rep):
    assert {"People", "Audit log"} <= labels(admin)
    assert not {"People", "Audit log"} & labels(rep)
    assert "My profile" in labels(rep)


def test_the_entry_of_the_page_is_marked(admin):
    (settings,) = [g for g in menu(user_actor(admin), "/settings/people/add/") if g.is_active]

    assert [str(link.label) for link in settings.entries if link.is_active] == ["People"]


def test_the_start_page_is_active_only_at_the_start(admin):
    assert [g.is_active for g in menu(user_actor(admin), "/settings/people/")].count(True) == 1


@pytest.mark.parametrize("role", Role.values)
def test_every_role_sees_the_start_page(as_user, db, role):
    answer = as_user(make_user(role)).get("/")

    assert answer.status_code == 200


def test_the_page_is_in_the_language_and_colours_of_the_reader(as_user, db):
    user = make_user(Role.VIEWER, language="de", theme="dark")

    content = as_user(user).get("/").content.decode()

    assert '<html lang="de" data-scheme="dark" data-bs-theme="dark">' in content


def test_a_demo_says_that_it_is_one(as_user, admin):
    client = as_user(admin)

    with override_settings(DEMO=True):
        shown = client.get("/").content.decode()

    assert "This is a demo" in shown
    assert "This is a demo" not in client.get("/").content.decode()


def test_every_module_of_the_page_is_there(client, db):
    imports = json.loads(import_map())["imports"]

    assert "controllers/listing" in imports
    assert [url for url in imports.values() if status(client, url) != 200] == []


def test_no_page_has_inline_script_or_style(as_user, admin):
    content = as_user(admin).get("/styleguide/listing/").content.decode()

    scripts = re.findall(r"<script(?![^>]*\bsrc=)([^>]*)>", content)
    assert all("nonce=" in attributes and "importmap" in attributes for attributes in scripts)
    assert re.findall(r"\sstyle=|\son\w+=\"|<style|javascript:|hx-on", content) == []


def test_the_palette_finds_pages_that_the_reader_may_open(admin, rep):
    found = [
        hit.label for group in palette_groups(user_actor(admin), "audit") for hit in group["hits"]
    ]

    assert found == ["Audit log"]
    assert palette_groups(user_actor(rep), "audit") == []


@pytest.fixture
def source():
    asked = []

    def search(actor, text, limit):
        asked.append((text, limit))
        return [Hit("Kim", "/leads/1/")]

    register_source(Source("sample", "Samples", search, right=Right.LEADS_READ))
    yield asked
    del SOURCES["sample"]


def test_a_source_is_asked_from_two_letters_on(admin, source):
    actor = user_actor(admin)

    palette_groups(actor, "k")
    groups = palette_groups(actor, "ki")

    assert source == [("ki", 6)]
    assert groups[0] == {"label": "Samples", "hits": [Hit("Kim", "/leads/1/")]}


def test_a_source_that_the_reader_may_not_see_is_not_asked(source, db):
    nobody = user_actor(make_user(Role.VIEWER, is_active=False))

    palette_groups(nobody, "kim")

    assert source == []


def test_a_source_or_command_exists_once(source):
    with pytest.raises(ValueError, match="exists twice"):
        register_source(Source("sample", "Samples", lambda *_: []))
    register_once = Command("Go", "sample_command", "x", key="§")
    register_command(register_once)
    with pytest.raises(ValueError, match="exists twice"):
        register_command(register_once)
    with pytest.raises(ValueError, match="is taken"):
        register_command(Command("Go", "other_command", "x", key="§"))
    del COMMANDS["sample_command"]


def test_the_palette_is_a_page_without_scripts_and_a_part_with(as_user, admin):
    client = as_user(admin)

    page = client.get("/palette/?q=audit").content.decode()
    part = client.get("/palette/?q=audit", headers={"HX-Request": "true"}).content.decode()

    assert "<html" in page
    assert "<html" not in part
    assert 'role="option"' in part


def test_the_palette_takes_any_text(as_user, admin):
    answer = as_user(admin).get("/palette/", {"q": "\x00" + "ä" * 10_000})

    assert answer.status_code == 200


@BROKEN
def test_a_broken_page_says_so_without_details(as_user, admin):
    client = as_user(admin)
    client.raise_request_exception = False

    answer = client.get("/break/")

    assert answer.status_code == 500
    assert b"Something went wrong on our side" in answer.content
    assert b"secret detail" not in answer.content


@BROKEN
@pytest.mark.parametrize("address", ["/fill/", "/fill-database/"])
def test_a_full_disk_is_named_so_that_nobody_tries_in_vain(as_user, admin, address):
    client = as_user(admin)
    client.raise_request_exception = False

    answer = client.get(address)

    assert answer.status_code == 507
    assert b"The disk of the server is full" in answer.content
    assert b"secret detail" not in answer.content


@BROKEN
def test_a_broken_page_takes_nothing_from_the_database(as_user, admin, django_assert_num_queries):
    client = as_user(admin)
    client.raise_request_exception = False

    with django_assert_num_queries(2):  # session and user, read before the view
        client.get("/break/")


@BROKEN
@pytest.mark.parametrize(
    ("address", "code"), [("/break/", 500), ("/nothing/", 404), ("/refuse/", 409)]
)
def test_an_error_under_htmx_leaves_the_page_and_tells(as_user, admin, address, code):
    client = as_user(admin)
    client.raise_request_exception = False

    answer = client.get(address, headers={"HX-Request": "true"})

    assert (answer.status_code, answer["HX-Reswap"], answer.content) == (code, "none", b"")
    assert json.loads(answer["HX-Trigger"])["toast"]["notes"][0]["level"] == "error"


@BROKEN
def test_a_refusal_is_a_page_that_says_why(as_user, admin):
    answer = as_user(admin).get("/refuse/")

    assert answer.status_code == 409
    assert b"Somebody was faster." in answer.content


def test_a_page_that_is_not_there_says_so(client, db):
    answer = client.get("/nothing/")

    assert answer.status_code == 404
    assert b"This page does not exist" in answer.content


def test_a_form_without_its_token_says_what_to_do(admin):
    client = Client(enforce_csrf_checks=True)

    answer = client.post("/preferences/", {"theme": "dark"})

    assert answer.status_code == 403
    assert b"This form has expired" in answer.content


def test_the_style_guide_is_for_administrators(as_user, admin, rep):
    assert as_user(admin).get("/styleguide/").status_code == 200
    assert as_user(rep).get("/styleguide/").status_code == 404


def test_the_product_can_be_installed_on_a_phone(client, db):
    manifest = client.get("/manifest.webmanifest").json()

    assert (manifest["display"], manifest["start_url"]) == ("standalone", "/")
    assert [status(client, icon["src"]) for icon in manifest["icons"]] == [200, 200, 200]
