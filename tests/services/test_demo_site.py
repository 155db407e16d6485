from collections.abc import Callable

import pytest
from django.http import HttpResponse
from django.test import Client

from capture.actions.forms import NewForm, create_forms, publish_forms
from capture.models import Form
from capture.models.forms import FormKind
from capture.readymade import ready_made
from tests.capture.scene import make_form
from tests.factories import EVERYTHING, NOW


@pytest.fixture
def form(db) -> Form:
    """A published form."""
    model = ready_made("contact", "de")
    new = NewForm(model.name, model.kind, model.definition)
    (draft,) = create_forms([new], by=EVERYTHING, as_of=NOW)
    return publish_forms([draft.pk], by=EVERYTHING, as_of=NOW)[0]


@pytest.fixture
def visit(settings) -> Callable[..., HttpResponse]:
    """Open a page as a visitor of the other website, by default on its port."""
    settings.DEMO_SITE_PORT = 8001
    settings.BASE_URL = "http://127.0.0.1:8000"
    browser = Client(headers={"host": "localhost:8001"})
    return lambda path, port="8001": browser.get(path, SERVER_PORT=port)


def test_the_website_embeds_a_published_form_with_one_line(visit, form):
    answer = visit(f"/{form.public_id}/?language=de")

    line = (
        f'<script src="http://127.0.0.1:8000/embed.js" data-form="{form.public_id}" async></script>'
    )
    assert answer.status_code == 200
    assert line in answer.content.decode()
    assert not answer.cookies


def test_the_website_speaks_the_language_that_was_chosen(visit, form):
    german = visit("/?language=de").content.decode()
    english = visit("/?language=en").content.decode()

    assert '<html lang="de">' in german
    assert '<html lang="en">' in english
    assert f"/{form.public_id}/?language=de" in german


def test_drafts_are_not_on_the_website(visit, db):
    model = ready_made("contact", "de")
    new = NewForm(model.name, model.kind, model.definition)
    (draft,) = create_forms([new], by=EVERYTHING, as_of=NOW)

    start = visit("/").content.decode()

    assert str(draft.public_id) not in start
    assert "No form is published yet." in start
    assert visit(f"/{draft.public_id}/").status_code == 404


@pytest.mark.parametrize("path", ["/nothing/", "/accounts/login/", "/demo/mails/"])
def test_the_website_has_no_other_page(visit, form, path):
    assert visit(path).status_code == 404


def test_the_port_decides_and_not_the_name_that_the_browser_sends(visit, form):
    assert visit(f"/{form.public_id}/", port="8000").status_code == 404


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("display", "told"),
    [
        ({}, "<span>Contact</span>"),
        ({"shape": "button"}, "<span>Contact · A button that opens it</span>"),
        (
            {"shape": "popup", "trigger": "exit"},
            "<span>Contact · Window in the middle, when the visitor is about to leave</span>",
        ),
        (
            {"shape": "bar", "trigger": "scroll"},
            "<span>Contact · Bar at the bottom, when part of the page has been read</span>",
        ),
    ],
)
def test_each_form_is_listed_with_its_shape(visit, display, told):
    form = make_form(definition={"display": display})

    html = visit("/?language=en").content.decode()

    assert told in html
    assert f"/{form.public_id}/" in html


@pytest.mark.django_db
def test_a_page_lists_the_meetings_of_its_language(visit):
    make_form(name="Termin", kind=FormKind.MEETING, language="de")
    make_form(name="Talk", kind=FormKind.MEETING, language="en")

    html = visit("/?language=de").content.decode()

    assert ("Termin</strong>" in html, "Talk</strong>" in html) == (True, False)
