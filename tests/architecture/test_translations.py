"""German is complete: every text of code and templates has a translation that fits."""

import re

import pytest

from leadcrm.catalogues import LANGUAGES, collect, missing, read_catalogue
from tests.architecture.sources import modules
from tests.architecture.sources import text as text_of

PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd%]|\{\w*\}")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_is_translated(language):
    lacking = missing(read_catalogue(language))

    assert [message.id for message in lacking] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_translations_keep_the_placeholders(language):
    wrong = []
    for message in read_catalogue(language):
        if not message.id or not message.string:
            continue
        ids = message.id if isinstance(message.id, tuple | list) else (message.id,)
        texts = message.string if isinstance(message.string, tuple | list) else (message.string,)
        expected = set(PLACEHOLDER.findall(ids[-1]))
        for text in texts[1:] or texts:
            if set(PLACEHOLDER.findall(text)) != expected:
                wrong.append((ids[-1], text))

    assert wrong == []


def test_texts_are_collected_from_code_and_templates():
    texts = {message.id for message in collect()}

    assert "First name" in texts  # a model
    assert "Add a lead" in texts  # a template
    assert any(isinstance(text, tuple) for text in texts)  # a plural


def test_texts_are_marked_by_names_that_are_collected():
    alias = re.compile(r"import .*gettext\w* as (?!_\b)\w+")

    wrong = [path for path in modules() if alias.search(text_of(path))]

    assert wrong == []
