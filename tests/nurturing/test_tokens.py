import pytest

from accounts.models import Organisation
from conditions.errors import ConditionError
from ground.errors import DomainError
from leads.conditions import LEADS
from leads.models import Lead
from nurturing.blocks import clean_html, compile_html, compile_text, read_blocks
from nurturing.catalogue import Reader, greeting, known_names, values_for
from nurturing.compose import fill_texts
from nurturing.drafts import read_draft, read_texts
from nurturing.tokens import check_tokens, fill_html, fill_subject, fill_text, find_tokens
from tests.factories import make_field, make_lead

KNOWN = {"first_name", "company", "unsubscribe_link"}


@pytest.mark.case("T01")
@pytest.mark.parametrize(
    "name",
    [
        "lead.owner.password",
        "request",
        "settings.secret_key",
        "owner",
        "save",
        "first_name.__class__",
    ],
)
def test_a_token_that_is_not_known_is_refused_with_its_place(name):
    with pytest.raises(DomainError) as refusal:
        check_tokens(f"Hello {{{{ {name} }}}}", KNOWN, field="subject")

    assert (refusal.value.code, refusal.value.field) == ("unknown_token", "subject")
    assert refusal.value.details == {"position": 7}
    assert str(refusal.value) == f"“{name}” at character 7 is not a known placeholder."


@pytest.mark.case("T01")
@pytest.mark.case("T02")
@pytest.mark.parametrize(
    "text",
    [
        "{{''.__class__.__mro__}}",
        "{{ first_name|attr('format') }}",
        "{{ first_name|upper }}",
        "{% include '/etc/passwd' %}",
        "{# comment #}",
        '{{env "HOME"}}',
        "{{ SECRET_KEY }}",
        "{{ 7*7 }}",
        "{{ first_name",
        "{{}}",
        '{{ first_name|default:"{{ company }}" }}',
    ],
)
def test_whatever_looks_like_a_template_and_is_no_token_is_refused(text):
    with pytest.raises(DomainError) as refusal:
        check_tokens(f"Hi {text}", KNOWN)

    assert refusal.value.code == "bad_token"
    assert refusal.value.details["position"] >= 4


@pytest.mark.case("T01")
def test_an_unknown_token_keeps_a_mail_from_being_saved():
    texts = {"en": {"subject": "Hi", "blocks": [{"kind": "text", "html": "{{ password }}"}]}}

    with pytest.raises(DomainError) as refusal:
        read_texts(texts, known_tokens=KNOWN)

    assert (refusal.value.code, refusal.value.field) == ("unknown_token", "blocks")


@pytest.mark.case("T03")
def test_values_are_strings_of_a_flat_mapping_and_are_not_read_again():
    values = {"first_name": "{{ company }}{% now %}", "company": "Secret"}

    assert fill_text("{{ first_name }}", values) == "{{ company }}{% now %}"
    assert fill_html("{{ first_name }}", values) == "{{ company }}{% now %}"


@pytest.mark.case("T03")
@pytest.mark.django_db
def test_every_token_of_the_catalogue_is_text():
    lead = make_lead()
    names = known_names()

    values = values_for(Reader(lead, Organisation.current(), "en"), names)

    assert set(values) == names - {"unsubscribe_link", "imprint"}
    assert {type(value) for value in values.values()} == {str}


@pytest.mark.case("T05")
@pytest.mark.parametrize("value", ["", None])
def test_a_missing_value_is_replaced_by_the_default(value):
    text = 'Hi {{ first_name|default:"you & me" }}!'

    assert fill_text(text, {"first_name": value}) == "Hi you & me!"
    assert fill_html(text, {"first_name": value}) == "Hi you &amp; me!"
    assert fill_text("Hi {{ first_name }}!", {"first_name": value}) == "Hi !"


@pytest.mark.case("T05")
def test_html_in_a_value_is_escaped_in_html_and_plain_in_text():
    values = {"first_name": '<b onmouseover="x">Ada</b>\nLovelace'}

    assert fill_text("{{ first_name }}", values) == '<b onmouseover="x">Ada</b>\nLovelace'
    assert fill_html("{{ first_name }}", values) == (
        "&lt;b onmouseover=&quot;x&quot;&gt;Ada&lt;/b&gt;<br>Lovelace"
    )
    assert fill_subject("{{ first_name }}", values) == '<b onmouseover="x">Ada</b> Lovelace'


@pytest.mark.case("T05")
def test_a_long_value_is_kept_in_the_body_and_cut_in_the_subject():
    values = {"first_name": "x" * 10_000}

    assert fill_text("{{ first_name }}", values) == "x" * 10_000
    assert fill_subject("{{ first_name }}", values) == "x" * 300


@pytest.mark.case("T06")
@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("x" * (512 * 1024 + 1), "text_too_long"),
        ("x" * (5 * 1024 * 1024), "text_too_long"),
        ("ü" * (256 * 1024) + "x", "text_too_long"),
        ("{{ first_name }}" * 201, "too_many_tokens"),
        ("{{ first_name }}" * 10_000, "too_many_tokens"),
    ],
)
def test_a_mail_that_is_too_large_is_refused(text, code):
    with pytest.raises(DomainError) as refusal:
        check_tokens(text, KNOWN)

    assert refusal.value.code == code


@pytest.mark.case("T06")
def test_the_largest_mail_is_allowed():
    assert check_tokens("{{ first_name }}" * 200, KNOWN) == {"first_name"}
    assert check_tokens("x" * 512 * 1024, KNOWN) == set()


@pytest.mark.case("X07")
def test_rich_text_loses_everything_that_mails_do_not_need():
    raw = (
        '<p onclick="x()">Hi <a href="data:text/html,x">a</a><a href="javascript:x">b</a>'
        '<a href="https://x.y" style="color:red">c</a></p><style>p{}</style>'
        "<form action=x><input name=a></form><script>alert(1)</script><img src=x onerror=y>"
    )

    assert clean_html(raw) == '<p>Hi <a>a</a><a>b</a><a href="https://x.y">c</a></p>'


@pytest.mark.case("X07")
@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", "//evil.tld", "x y"])
def test_a_button_leads_to_the_web_only(url):
    with pytest.raises(DomainError) as refusal:
        read_blocks([{"kind": "button", "label": "Go", "url": url}])

    assert refusal.value.code == "bad_block"


@pytest.mark.django_db
def test_a_link_from_a_field_of_the_lead_cannot_run_a_script():
    lead = make_lead(first_name="javascript:alert(1)")
    blocks = read_blocks([{"kind": "text", "html": '<a href="{{ first_name }}">x</a>'}])
    texts = {"subject": "", "text": "", "html": compile_html(blocks, language="en")}

    content = fill_texts(texts, "en", lead, Organisation.current(), "https://u.example")

    assert '<a href="#">x</a>' in content.html
    assert "javascript" not in content.html


def test_the_compiled_mail_keeps_its_tokens_and_fetches_nothing():
    blocks = read_blocks(
        [
            {"kind": "headline", "text": 'Hü {{ first_name|default:"you" }} <b>'},
            {"kind": "button", "label": "Go", "url": "https://x.y/?a=1&b={{ company }}"},
            {"kind": "image", "url": "https://x.y/a.png", "alt": '👩\u200d💻 "q"'},
            {"kind": "footer"},
        ]
    )

    html = compile_html(blocks, language="de")

    assert [found.name for found in find_tokens(html)] == [
        "first_name",
        "company",
        "unsubscribe_link",
        "imprint",
    ]
    assert 'Hü {{ first_name|default:"you" }} &lt;b&gt;' in html
    assert 'href="https://x.y/?a=1&amp;b={{ company }}"' in html
    assert 'alt="👩\u200d💻 &quot;q&quot;"' in html
    assert 'lang="de"' in html
    assert "fonts.googleapis" not in html


def test_the_plain_text_shows_where_links_lead():
    html = '<p>See <a href="https://x.y">our site</a>.</p><ul><li>One</li><li>Two</li></ul>'
    blocks = read_blocks(
        [
            {"kind": "text", "html": html},
            {"kind": "button", "label": "Read", "url": "https://x.y/z"},
        ]
    )

    text = compile_text(blocks, language="en")

    assert text == (
        "See our site (https://x.y).\n\n- One\n- Two\n\nRead: https://x.y/z\n\n-- \n{{ imprint }}\n"
    )


@pytest.mark.django_db
def test_custom_fields_are_written_in_the_language_of_the_reader():
    make_field("budget", "number")
    make_field("colour", "choice", choices=[{"value": "r", "de": "Rot", "en": "Red"}])
    make_field("since", "date")
    make_field("secret", "text", is_sensitive=True)
    custom = {"budget": 1234.5, "colour": "r", "since": "2026-03-01", "secret": "x"}
    lead = make_lead(custom=custom)
    names = {"custom.budget", "custom.colour", "custom.since", "custom.secret"}

    values = values_for(Reader(lead, Organisation.current(), "de"), names)

    assert values == {
        "custom.budget": "1.234,5",
        "custom.colour": "Rot",
        "custom.since": "1. März 2026",
    }


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("language", "form", "person", "expected"),
    [
        ("de", "sie", ("Frau", "Ada", "Byron"), "Sehr geehrte Frau Byron"),
        ("de", "sie", ("Herr", "", "Byron"), "Sehr geehrter Herr Byron"),
        ("de", "sie", ("", "Ada", "Byron"), "Guten Tag Ada Byron"),
        ("de", "sie", ("", "", ""), "Guten Tag"),
        ("de", "du", ("Frau", "Ada", "Byron"), "Hallo Ada"),
        ("en", "sie", ("Ms", "Ada", "Byron"), "Dear Ms Byron"),
        ("en", "sie", ("", "Ada", "Byron"), "Dear Ada Byron"),
        ("en", "sie", ("", "", ""), "Hello"),
    ],
)
def test_the_greeting_says_what_is_known(language, form, person, expected):
    lead = Lead(salutation=person[0], first_name=person[1], last_name=person[2])

    reader = Reader(lead, Organisation(form_of_address=form), language)

    assert greeting(reader) == expected


@pytest.mark.django_db
def test_a_trigger_over_a_field_that_the_author_may_not_read_is_refused():
    data = {"trigger": {"kind": "condition", "where": {"field": "password", "op": "is"}}}

    with pytest.raises(ConditionError) as refusal:
        read_draft(data | {"window": {}}, fields=LEADS.snapshot(), known_tokens=KNOWN)

    assert refusal.value.field == "trigger.field"
