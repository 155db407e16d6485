"""One form in German and English: what is shown, what is missing, and what is kept as proof."""

import pytest
from django.urls import reverse
from django.utils.http import urlencode

from capture.actions.forms import change_form, publish_forms
from capture.definition import Definition
from capture.models import Form
from capture.readymade import ready_made
from capture.tongues import (
    in_second_language,
    problems_of_languages,
    texts_of,
    with_second_language,
)
from ground.errors import DomainError
from leads.models import Activity, ConsentEvent, Lead
from tests.capture.scene import answers, make_form, send, visitor, work
from tests.factories import EVERYTHING, NOW

pytestmark = pytest.mark.django_db
SIZE = {"name": "q_1", "label": "Wie groß?", "kind": "radio", "required": True}
SIZE |= {"choices": [{"value": "klein", "label": "Klein"}, {"value": "gross", "label": "Groß"}]}
OTHER = {"label.q_1": "How big?", "choice.q_1.klein": "Small", "choice.q_1.gross": "Large"}


def bilingual(key="contact", *, other=OTHER, **parts):
    """Return a published German form with English texts and one choice."""
    made = ready_made(key, "de").definition
    fields = [*made.to_json()["fields"], SIZE]
    whole = with_second_language(made.with_parts(fields=fields, **parts), "de")
    whole = whole.with_parts(other={**whole.other, **other})
    return make_form(key, language="de", definition=whole.to_json())


def page_of(form, query="", accept=""):
    headers = {"accept-language": accept} if accept else {}
    page = visitor().get(f"/f/{form.public_id}/{query}", headers=headers)
    return page.content.decode()


def test_what_is_ready_made_is_known_in_the_second_language_at_once():
    form = bilingual(other=OTHER)

    definition = in_second_language(Definition.from_json(form.draft))

    english = ready_made("contact", "en").definition
    assert definition.headline == english.headline
    assert definition.consents[0].text == english.consents[0].text
    assert [spec.label for spec in definition.fields[:2]] == ["First name", "Last name"]
    assert problems_of_languages(Definition.from_json(form.draft), "de") == []


def test_changed_texts_are_not_taken_for_the_ready_made_ones():
    changed = ready_made("contact", "de").definition.with_parts(headline="Rufen Sie an")

    whole = with_second_language(changed, "de")

    assert "headline" not in whole.other
    assert [text.key for text in texts_of(whole) if text.is_missing] == ["headline"]


@pytest.mark.parametrize(
    ("query", "accept", "language"),
    [
        ("", "", "de"),
        ("", "en-GB,en;q=0.9,de;q=0.5", "en"),
        ("", "fr, de;q=0.4", "de"),
        ("", "fr", "de"),
        ("?lang=en", "de", "en"),
        ("?lang=en-US", "", "en"),
        ("?lang=de", "en", "de"),
        ("?lang=xx", "en", "en"),
    ],
)
def test_the_visitor_gets_the_language_that_is_asked_for_or_their_own(query, accept, language):
    text = page_of(bilingual(), query, accept)

    assert f'<html lang="{language}">' in text
    assert ("How big?" in text) == (language == "en")
    assert f'name="lang" value="{language}"' in text
    other = {"de": "English", "en": "Deutsch"}[language]
    assert f">{other}</a>" in text


def test_a_form_in_one_language_stays_as_it_was():
    form = make_form("contact", language="de")

    text = page_of(form, "?lang=en", "en")

    assert '<html lang="de">' in text
    assert 'name="lang"' not in text
    assert "other" not in form.draft
    assert "theme" not in form.draft
    assert not form.has_unpublished_changes


def test_an_embedded_form_is_in_the_language_of_its_place():
    form = bilingual()
    address = f"/f/{form.public_id}/definition.json"

    english = visitor().get(address, {"lang": "en"})
    german = visitor().get(address, {"lang": "de"}, headers={"accept-language": "en"})

    assert (english.json()["language"], german.json()["language"]) == ("en", "de")
    assert "How big?" in english.json()["html"]
    assert english.json()["texts"]["close"] == "Close"
    assert "Accept-Language" in english["Vary"]
    assert english["ETag"] != german["ETag"]


def test_an_answer_has_no_language_and_the_lead_has_the_one_it_read():
    form = bilingual()

    response = send(form, answers(form, lang="en", q_1="gross"))
    work()

    assert response.json()["message"] == ready_made("contact", "en").definition.success_message
    lead = Lead.objects.get()
    assert lead.language == "en"
    (answer,) = Activity.objects.get(kind="form.submitted").data["answers"]
    told = {"name": "q_1", "label": "Wie groß?", "value": "Groß", "given": ["gross"]}
    assert answer == told


def test_a_mistake_is_told_in_the_language_that_was_read():
    form = bilingual()

    english = send(form, answers(form, lang="en", q_1="")).json()
    german = send(form, answers(form, lang="de", q_1="")).json()

    assert english["errors"]["q_1"] == ["Please fill in this field."]
    assert german["errors"]["q_1"] != english["errors"]["q_1"]


@pytest.mark.parametrize("language", ["de", "en"])
def test_the_proof_of_a_consent_is_what_was_read_word_for_word(language):
    form = bilingual()

    send(form, answers(form, lang=language, q_1="klein", consent_marketing_email="on"))
    work()

    evidence = ConsentEvent.objects.get(purpose="marketing").evidence
    assert evidence["language"] == language
    assert evidence["text"] == ready_made("contact", language).definition.consents[0].text
    assert evidence["form_version"] == 1


def test_a_language_that_the_form_does_not_have_counts_for_nothing():
    form = make_form("contact", language="de")

    send(form, answers(form, lang="en"))
    work()

    assert Lead.objects.get().language == "de"


@pytest.mark.parametrize("key", ["label.q_1", "choice.q_1.gross", "headline"])
def test_a_gap_in_the_second_language_keeps_the_form_from_being_published(key):
    form = bilingual()
    draft = Definition.from_json(form.draft)
    gap = draft.with_parts(other={**draft.other, key: ""})
    change_form(form.pk, definition=gap, by=EVERYTHING, as_of=NOW)

    with pytest.raises(DomainError) as refused:
        publish_forms([form.pk], by=EVERYTHING, as_of=NOW)

    assert refused.value.code == "translation_missing"
    assert refused.value.field == f"other.{key}"
    assert Form.objects.get().published.number == 1


def post(client, form, **values):
    form.refresh_from_db()
    body = {"version": form.version, **values}
    return client.post(reverse("form_edit", args=[form.public_id]), body, follow=True)


def test_the_editor_shows_both_languages_and_keeps_what_is_written(client, marketer):
    form = make_form("contact", language="de")
    client.force_login(marketer)
    fields = {"field": ["email", "message"]}

    on = post(client, form, do="tongue:on", **fields).content.decode()
    post(client, form, **fields, **{"other.headline": "Call us", "other.label.message": "Words"})
    form.refresh_from_db()
    off = post(client, form, do="tongue:off", **fields).content.decode()

    assert 'name="other.headline"' in on
    assert form.draft["other"]["headline"] == "Call us"
    assert form.draft["other"]["label.message"] == "Words"
    assert 'name="other.headline"' not in off
    form.refresh_from_db()
    assert form.draft["other"]["headline"] == "Call us"


def test_choices_of_the_second_language_are_written_line_by_line(client, marketer):
    form = bilingual()
    client.force_login(marketer)

    post(client, form, field=["email", "q_1"], **{"other.choices.q_1": "Tiny\nHuge"})

    form.refresh_from_db()
    assert form.draft["other"]["choice.q_1.klein"] == "Tiny"
    assert form.draft["other"]["choice.q_1.gross"] == "Huge"


def test_the_preview_holds_both_languages(client, marketer):
    form = bilingual()
    client.force_login(marketer)

    text = client.get(reverse("form_edit", args=[form.public_id])).content.decode()

    assert text.count("data-leadcrm-form") == 2
    assert "How big?" in text.split('data-shown="2"')[1]
    assert urlencode({"lang": "en"}) not in text
