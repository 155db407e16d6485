"""The looks of a form: contrast, and CSS of which only what is harmless is used."""

import pytest
from django.urls import reverse

from capture.actions.forms import publish_forms
from capture.own_css import read_css
from capture.theme import Theme, contrast, warnings
from ground.errors import DomainError
from tests.capture.scene import make_draft, make_form, visitor
from tests.factories import EVERYTHING, NOW


@pytest.mark.parametrize(
    ("written", "used"),
    [
        (".lf-button { color: red }", ".lf .lf-button{color:red}"),
        (".lf{padding:1em 2em;}", ".lf{padding:1em 2em}"),
        ("label, .lf-input:focus-visible {color:#fff}", None),
        (".lf .lf-input > input { border: 1px solid rgb(0 0 0 / 20%) }", None),
        ("/* a */ .lf-label { font-weight: 700; /* } */ font-size: .9em }", None),
    ],
)
def test_harmless_css_is_bound_to_the_form(written, used):
    found = read_css(written)

    assert found.refused == []
    assert len(found.rules) == 1
    assert found.rules[0].startswith(".lf")
    assert used is None or found.rules == [used]


@pytest.mark.parametrize(
    "written",
    [
        "@import 'https://evil.example/x.css';",
        ".lf-button { background-image: url(https://evil.example/) }",
        ".lf-button { background-image: u\\72l(x) }",
        ".lf-button { background-image: image-set('x' 1x) }",
        ".lf-button { position: fixed }",
        ".lf-button { inset: 0; }",
        ".lf-trap { color: red }",
        ".lf-sum { color: red }",
        ".lf-button { margin-top: -50em }",
        ".lf-button { margin-top: calc(0px - 50em) }",
        ".lf-button { display: none }",
        ".lf-button { content: 'x' }",
        ".lf-button { color: var(--tblr-primary) }",
        ".lf-button { color: expression(alert(1)) }",
        "*{color:red}",
        "body ~ p {color:red}",
        ".lf + p {color:red}",
        ".lf-button[name] {color:red}",
        ".lf-button:has(a) {color:red}",
        ".lf-page { color: red }",
        ".lf-button { color: red",
        "</style><script>alert(1)</script>",
        ".lf-button { color: red; } }",
    ],
)
def test_what_could_do_more_than_look_is_left_out_and_named(written):
    found = read_css(written)

    assert found.refused
    used = "".join(found.rules)
    for word in ("url", "@", "\\", "<", "fixed", "inset", "display", "content", "trap", "-50"):
        assert word not in used


def test_no_more_than_sixty_rules_are_read():
    found = read_css(".lf-label{color:red}" * 61)

    assert (len(found.rules), len(found.refused)) == (60, 1)


def test_contrast_is_that_of_wcag():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)


@pytest.mark.parametrize(
    ("theme", "accent", "number"),
    [
        (Theme(), "", 0),
        (Theme(), "#ffff00", 1),
        (Theme(ink="#777777"), "", 1),
        (Theme(ink="#767676"), "", 0),
        (Theme(ink="#ffffff", ground="#222222"), "#1f5fc4", 1),
        (Theme(ink="#ffffff", ground="#222222"), "#ffcc00", 0),
    ],
)
def test_what_is_hard_to_read_is_warned_of(theme, accent, number):
    assert len(warnings(theme, accent)) == number


@pytest.mark.django_db
def test_the_theme_is_in_the_style_sheet_of_the_form_and_in_the_embedded_one():
    theme = {"font": "serif", "corners": "round", "ink": "#ffffff", "ground": "#222222"}
    form = make_form(definition={"theme": {**theme, "css": ".lf-button{color:gold}"}})

    sheet = visitor().get(f"/f/{form.public_id}/form.css").content.decode()
    embedded = visitor().get(f"/f/{form.public_id}/definition.json").json()["css"]

    assert sheet == embedded
    for part in ("Charter", "--lf-radius:1em", "color:#ffffff", "background:#222222", "gold"):
        assert part in sheet
    assert "url(" not in sheet


@pytest.mark.django_db
def test_a_form_with_refused_css_is_not_published():
    form = make_draft(theme={"css": ".lf-button { position: fixed }"})

    with pytest.raises(DomainError) as refused:
        publish_forms([form.pk], by=EVERYTHING, as_of=NOW)

    assert refused.value.code == "css_refused"
    assert "position: fixed" in str(refused.value.message)


@pytest.mark.django_db
def test_the_editor_keeps_the_theme_and_says_what_is_hard_to_read(client, marketer):
    form = make_draft()
    client.force_login(marketer)
    given = {"theme.font": "classic", "theme.ink": "#777777", "theme.ground": "#ffffff"}

    body = {"version": 1, "field": ["email"], "has_ink": "on", **given}
    page = client.post(reverse("form_edit", args=[form.public_id]), body, follow=True)

    form.refresh_from_db()
    theme = {"font": "classic", "corners": "", "ink": "#777777", "ground": "", "css": ""}
    assert form.draft["theme"] == theme
    assert "4.5" in page.content.decode()
