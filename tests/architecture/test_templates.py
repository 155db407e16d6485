import re

import pytest

from tests.architecture.sources import files, modules, templates, text

# Where text becomes markup: only markup of ours, each with its reason.
MARKUP = {
    "leadcrm/templatetags/ui.py": "components: everything put in is escaped there",
    "leadcrm/blocks.py": "components: slots are rendered templates",
    "capture/rendering.py": "the style of a form: written anew by a grammar without < and quotes",
    "leadcrm/cells.py": "cells of lists: a tag of our own around a rendered template",
}
SAFE_TEMPLATES = {"templates/components/head.html": "the import map: names of our own files"}
SCRIPTS = {
    "static/controllers/toasts_controller.js": "an icon, written out",
    "static/public/embed.js": "the form as our own server rendered it",
}
# Forms of visitors, on pages that know no session; see tests/rights/test_csrf.py.
PUBLIC_FORMS = {
    "templates/capture/chat/public/page.html",
    "templates/capture/public/confirm.html",
    "templates/capture/public/content.html",
    "templates/capture/public/fields.html",
    "templates/handoff/public/manage.html",
    "templates/handoff/public/move.html",
    "templates/capture/public/registration.html",
    "templates/nurturing/unsubscribe.html",
    "templates/styleguide/parts/05_form.html",  # a sample that leads nowhere
}
_TAGS = re.compile(r"\{%.*?%\}|\{\{.*?\}\}|\{#.*?#\}", re.DOTALL)
UNSAFE = re.compile(r"\|\s*safe\b|\{%\s*autoescape off|safeseq|\{%\s*debug")
INLINE_SCRIPT = re.compile(
    r"<script(?![^>]*\bsrc=)(?![^>]*type=\"(?:importmap|application/json)\")"
)
INLINE_STYLE = re.compile(r"<style(?! nonce=)|\sstyle=\"", re.IGNORECASE)
INLINE_HANDLER = re.compile(r"\son[a-z]+=\"|javascript:|hx-on", re.IGNORECASE)
# Django raises for an argument that ends in nothing, whether or not it is needed.
DEEP_ARGUMENT = re.compile(r"\|\w+:[a-z_]+\.\w+\.\w+")
POST_FORM = re.compile(r"<form\b[^>]*method=\"post\".*?</form>", re.IGNORECASE | re.DOTALL)


@pytest.mark.case("X01")
def test_no_template_shows_data_unescaped():
    assert {str(path) for path in templates() if UNSAFE.search(text(path))} == SAFE_TEMPLATES.keys()


@pytest.mark.case("X01")
def test_text_becomes_markup_in_few_places():
    found = {
        str(path)
        for path in modules()
        if re.search(r"\b(mark_safe|SafeString|SafeText)\(|autoescape=False", text(path))
    }

    assert found - MARKUP.keys() == set()


@pytest.mark.case("X10")
@pytest.mark.parametrize("pattern", [INLINE_SCRIPT, INLINE_STYLE, INLINE_HANDLER])
def test_no_page_carries_inline_behaviour_or_looks(pattern):
    pages = [path for path in templates() if not {"mail", "mails"} & set(path.parts)]

    assert [str(path) for path in pages if pattern.search(_TAGS.sub("", text(path)))] == []


def test_only_the_page_of_a_form_brings_its_style_along():
    found = {str(path) for path in templates() if "<style nonce=" in text(path)}

    assert found == {"templates/capture/public/page.html"}


def test_no_filter_takes_an_argument_that_may_lead_nowhere():
    assert [str(path) for path in templates() if DEEP_ARGUMENT.search(text(path))] == []


@pytest.mark.case("A07")
def test_every_form_that_posts_carries_its_token():
    without = {
        str(path)
        for path in templates()
        for form in POST_FORM.findall(text(path))
        if "csrf_token" not in form
    }

    assert without == PUBLIC_FORMS


@pytest.mark.parametrize(
    ("pattern", "sample"),
    [
        (UNSAFE, "{{ lead.name|safe }}"),
        (UNSAFE, "{% autoescape off %}"),
        (INLINE_SCRIPT, "<script>alert(1)</script>"),
        (INLINE_STYLE, '<p style="color: red">'),
        (INLINE_HANDLER, '<p onclick="x()">'),
        (INLINE_HANDLER, '<a href="javascript:x()">'),
        (DEEP_ARGUMENT, "{{ mail.subject|default:mail.sequence.name }}"),
    ],
)
def test_the_rules_find_what_they_are_for(pattern, sample):
    assert pattern.search(sample)


@pytest.mark.parametrize("sample", ['<script src="/t.js">', '<script type="importmap">', "{{ a }}"])
def test_the_rules_leave_the_rest_alone(sample):
    for pattern in (UNSAFE, INLINE_SCRIPT, INLINE_STYLE, INLINE_HANDLER):
        assert not pattern.search(sample)


def test_scripts_run_no_text():
    wrong = re.compile(r"\beval\(|new Function\(|innerHTML\s*=|document\.write|insertAdjacentHTML")
    scripts = [path for path in files(".js") if path.parts[0] == "static"]

    assert {str(path) for path in scripts if wrong.search(text(path))} == SCRIPTS.keys()
