import json

import pytest

from accounts.actor import user_actor
from capture import snapshots
from capture.actions.forms import (
    NewForm,
    archive_forms,
    change_form,
    clean_origins,
    create_forms,
    create_ready_made_forms,
    publish_forms,
)
from capture.catalogue import offers
from capture.definition import Definition
from capture.models import Form, FormVersion
from capture.problems import find_problems
from capture.readymade import KEYS, ready_made
from ground.errors import ConflictError, DomainError, NotAllowedError
from tests.capture.scene import make_draft, make_form
from tests.factories import EVERYTHING, NOW, make_field

pytestmark = pytest.mark.django_db


def publish(form, by=EVERYTHING):
    return publish_forms([form.pk], by=by, as_of=NOW)


@pytest.mark.requirement("S26")
@pytest.mark.requirement("S27")
@pytest.mark.parametrize(
    ("part", "code"),
    [
        ("headline", "headline_missing"),
        ("success_message", "success_message_missing"),
        ("button", "button_missing"),
    ],
)
def test_a_form_without_headline_message_or_button_is_not_published(part, code):
    form = make_draft(**{part: "  "})

    with pytest.raises(DomainError) as refusal:
        publish(form)

    form.refresh_from_db()
    assert (refusal.value.code, refusal.value.field) == (code, part)
    assert (form.state, form.published, FormVersion.objects.count()) == ("draft", None, 0)


@pytest.mark.requirement("S33")
@pytest.mark.parametrize("kind", ["newsletter", "download", "webinar"])
def test_a_form_that_mail_follows_is_not_published_without_consent(kind):
    form = make_draft(kind=kind, consents=[])

    with pytest.raises(DomainError) as refusal:
        publish(form)

    assert (refusal.value.code, refusal.value.field) == ("consent_missing", "consents")


EMAIL = {"name": "email", "label": "E-Mail", "kind": "email"}
CONSENT = {"purpose": "marketing", "channel": "email", "text": "Ja"}


@pytest.mark.parametrize(
    ("parts", "code"),
    [
        ({"fields": [{"name": "last_name", "label": "Name"}]}, "contact_missing"),
        ({"fields": [EMAIL, EMAIL]}, "fields_repeated"),
        ({"fields": [EMAIL, {"name": "custom_gone", "label": "?"}]}, "field_unknown"),
        ({"fields": [{**EMAIL, "label": ""}]}, "label_missing"),
        ({"redirect_url": "javascript:alert(1)"}, "redirect_url_invalid"),
        ({"redirect_url": "//evil.example"}, "redirect_url_invalid"),
        ({"redirect_url": "https://a@evil.example/"}, "redirect_url_invalid"),
        ({"consents": [{**CONSENT, "text": ""}]}, "consent_text_missing"),
        ({"consents": [CONSENT, CONSENT]}, "consent_repeated"),
        ({"consents": [{**CONSENT, "purpose": "anything"}]}, "consent_repeated"),
    ],
)
@pytest.mark.case("X08")
def test_what_cannot_work_is_not_published(parts, code):
    form = make_draft(**parts)

    with pytest.raises(DomainError) as refusal:
        publish(form)

    assert refusal.value.code == code


def test_every_problem_is_named_at_once():
    form = make_draft(headline="", button="", success_message="", fields=[])

    with pytest.raises(DomainError) as refusal:
        publish(form)

    assert [code for code, _field in refusal.value.details["problems"]] == [
        "headline_missing",
        "success_message_missing",
        "button_missing",
        "contact_missing",
        "consent_without_address",
    ]


def test_publishing_twice_makes_one_version():
    form = make_draft()

    publish(form)
    publish(form)

    form.refresh_from_db()
    assert (form.state, form.published.number) == ("published", 1)
    assert FormVersion.objects.count() == 1


def test_visitors_see_a_change_when_it_is_published():
    form = make_form()
    draft = Definition.from_json(form.draft).with_parts(headline="Neu")

    changed = change_form(form.pk, definition=draft, by=EVERYTHING, as_of=NOW)
    before = snapshots.read_public_form(form.public_id).definition.headline
    publish(form)
    after = snapshots.read_public_form(form.public_id)

    assert changed.has_unpublished_changes
    assert (before, after.definition.headline, after.version) == ("How can we help you?", "Neu", 2)
    assert not Form.objects.get().has_unpublished_changes


def test_of_two_people_who_change_a_form_the_second_is_told():
    form = make_form()
    draft = Definition.from_json(form.draft)
    change_form(
        form.pk,
        definition=draft.with_parts(headline="A"),
        version=form.version,
        by=EVERYTHING,
        as_of=NOW,
    )

    with pytest.raises(ConflictError):
        change_form(
            form.pk,
            definition=draft.with_parts(headline="B"),
            version=form.version,
            by=EVERYTHING,
            as_of=NOW,
        )

    assert Form.objects.get().draft["headline"] == "A"


def test_changing_nothing_writes_nothing():
    form = make_form()

    change_form(form.pk, definition=Definition.from_json(form.draft), by=EVERYTHING, as_of=NOW)

    assert Form.objects.get().version == form.version


def test_an_archived_form_can_be_published_again():
    form = make_form()

    archived = archive_forms([form.pk], by=EVERYTHING, as_of=NOW)
    again = archive_forms([form.pk], by=EVERYTHING, as_of=NOW)
    publish(form)

    assert (archived, again, Form.objects.get().state) == (1, 0, "published")


@pytest.mark.parametrize("language", ["de", "en"])
@pytest.mark.parametrize("key", KEYS)
def test_every_ready_made_form_can_be_published_as_it_is(key, language):
    made = ready_made(key, language)

    assert (
        find_problems(made.definition, made.kind, dict.fromkeys(made.definition.field_names)) == []
    )
    assert (
        Definition.from_json(json.loads(json.dumps(made.definition.to_json()))) == made.definition
    )


def test_the_ready_made_forms_are_made_once():
    first = create_ready_made_forms(by=EVERYTHING, as_of=NOW, language="de")
    second = create_ready_made_forms(by=EVERYTHING, as_of=NOW, language="de")

    assert [form.name for form in first] == ["Kontakt", "Newsletter"]
    assert first == second
    assert {form.state for form in first} == {"published"}


@pytest.mark.parametrize("person", ["rep", "manager", "viewer", "service"])
def test_only_marketing_makes_and_publishes_forms(request, person):
    by = user_actor(request.getfixturevalue(person))
    form = make_draft()
    new = NewForm("X", "contact", ready_made("contact", "de").definition)

    for attempt in (
        lambda: create_forms([new], by=by, as_of=NOW),
        lambda: change_form(form.pk, name="Y", by=by, as_of=NOW),
        lambda: publish_forms([form.pk], by=by, as_of=NOW),
        lambda: archive_forms([form.pk], by=by, as_of=NOW),
    ):
        with pytest.raises(NotAllowedError):
            attempt()

    form.refresh_from_db()
    assert (Form.objects.count(), form.name, form.state) == (1, "Entwurf", "draft")


@pytest.mark.requirement("S01")
def test_a_form_without_a_channel_is_refused():
    new = NewForm("X", "contact", ready_made("contact", "de").definition, channel="")

    with pytest.raises(DomainError) as refusal:
        create_forms([new], by=EVERYTHING, as_of=NOW)

    assert refusal.value.code == "channel_missing"
    assert Form.objects.count() == 0


def test_websites_are_kept_as_origins():
    given = [
        "https://www.Example.org/path/",
        "example.org",
        "bücher.de",
        "http://localhost:8080",
        "",
        "  ",
    ]

    assert clean_origins([*given, "", "  ", given[0]]) == [
        "https://www.example.org",
        "https://example.org",
        "https://xn--bcher-kva.de",
        "http://localhost:8080",
    ]
    for bad in ("javascript:alert(1)", "https://a@b.example", "*", "ftp://x", "a b", "x'; y"):
        with pytest.raises(DomainError):
            clean_origins([bad])


def test_custom_fields_stand_on_the_form_with_their_choices():
    make_field(
        "size", "choice", choices=[{"value": "s", "de": "Klein", "en": "Small"}], label_en="Size"
    )
    offer = offers()["custom_size"]

    assert (offer.label, offer.kind) == ("Size", "select")
    assert offer.spec().choices == ({"value": "s", "label": "Small"},)
