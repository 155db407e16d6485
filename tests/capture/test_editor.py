import re
from html import unescape

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.action import writing
from capture.models import Form, FormDay
from tests.capture.scene import make_draft, make_form, submit
from tests.factories import make_field

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(as_user, marketer):
    return as_user(marketer)


def edit(client, form, part="", **posted):
    """Post the editor as it stands, with changes."""
    draft = form.draft
    data = {
        "version": form.version,
        "field": [field["name"] for field in draft["fields"]],
        "consent": [f"{item['purpose']}.{item['channel']}" for item in draft["consents"]],
        **{name: draft[name] for name in ("headline", "intro", "button", "success_message")},
        "accent": "green",
    }
    for field in draft["fields"]:
        data[f"label.{field['name']}"] = field["label"]
        data[f"width.{field['name']}"] = field["width"]
        if field["required"]:
            data[f"required.{field['name']}"] = "on"
    for item in draft["consents"]:
        key = f"{item['purpose']}.{item['channel']}"
        data |= {f"text.{key}": item["text"], f"doi.{key}": "on"}
    headers = {"HX-Request": "true", "HX-Target": part} if part else {}
    address = reverse("form_edit", args=[form.public_id])
    return client.post(address, {**data, **posted}, headers=headers)


def names(form):
    return [field["name"] for field in Form.objects.get(pk=form.pk).draft["fields"]]


def test_a_change_is_saved_and_shown_in_the_preview(client):
    form = make_form()

    response = edit(client, form, "aside#side", headline="Ganz <b>neu</b>")

    html = response.content.decode()
    assert response.status_code == 200
    assert '<h2 class="lf-headline">Ganz &lt;b&gt;neu&lt;/b&gt;</h2>' in html
    assert f'name="version" value="{form.version + 1}"' in html
    assert 'id="editor"' not in html
    assert Form.objects.get().draft["accent"] == "green"


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        ("add:city", ["first_name", "last_name", "email", "phone", "company", "message", "city"]),
        ("remove:phone", ["first_name", "last_name", "email", "company", "message"]),
        ("up:email", ["first_name", "email", "last_name", "phone", "company", "message"]),
        ("down:first_name", ["last_name", "first_name", "email", "phone", "company", "message"]),
        ("up:first_name", ["first_name", "last_name", "email", "phone", "company", "message"]),
        ("add:owner", ["first_name", "last_name", "email", "phone", "company", "message"]),
        ("add:email", ["first_name", "last_name", "email", "phone", "company", "message"]),
        ("nonsense", ["first_name", "last_name", "email", "phone", "company", "message"]),
    ],
)
def test_fields_are_added_removed_and_moved_step_by_step(client, step, expected):
    form = make_form()

    response = edit(client, form, "div#editor", do=step)

    assert response.status_code == 200
    assert names(form) == expected


def test_dragging_is_an_order_like_any_other(client):
    form = make_form()
    order = ["message", "email", "last_name", "first_name", "phone", "company"]

    edit(client, form, "aside#side", field=order)

    assert names(form) == order


def test_a_field_that_is_not_in_the_catalogue_cannot_be_smuggled_in(client):
    form = make_form()

    edit(client, form, field=["email", "owner", "score", "custom_none"])

    assert names(form) == ["email"]


def test_a_custom_field_is_offered_and_keeps_its_kind(client):
    make_field("budget", "number")
    form = make_form()

    edit(client, form, "div#editor", do="add:custom_budget")

    assert Form.objects.get().draft["fields"][-1]["kind"] == "number"


@pytest.mark.requirement("S33")
def test_an_added_consent_has_a_text_and_double_opt_in_from_the_start(client):
    form = make_draft(consents=[])

    edit(client, form, "div#editor", do="add_consent:newsletter.email")

    (consent,) = Form.objects.get().draft["consents"]
    assert (consent["double_opt_in"], consent["required"]) == (True, False)
    assert consent["text"].startswith("Ja, ich möchte den Newsletter")


def test_a_consent_can_be_removed_and_its_double_opt_in_switched_off(client):
    form = make_form()
    key = "marketing.email"

    edit(client, form, **{f"doi.{key}": []})
    form.refresh_from_db()
    switched_off = form.draft["consents"][0]["double_opt_in"]
    edit(client, form, do=f"remove_consent:{key}")

    assert switched_off is False
    assert Form.objects.get().draft["consents"] == []


@pytest.mark.requirement("S26")
@pytest.mark.requirement("S27")
def test_publishing_without_headline_and_button_shows_what_is_missing(client):
    form = make_draft()

    response = edit(client, form, do="publish", headline="", button="")

    html = response.content.decode()
    assert response.status_code == 422
    assert "Give the form a headline." in html
    assert "Give the button a text that says what happens." in html
    assert html.count('aria-invalid="true"') == 2
    assert Form.objects.get().state == "draft"


def test_publishing_shows_the_line_for_the_website(client, settings):
    form = make_draft()

    response = edit(client, form, do="publish")
    html = client.get(response["Location"]).content.decode()

    assert Form.objects.get().state == "published"
    line = (
        f'<script src="{settings.BASE_URL}/embed.js" data-form="{form.public_id}" async></script>'
    )
    assert line.replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;") in html


def test_a_stale_editor_overwrites_nobody(client):
    form = make_form()
    edit(client, form, headline="Erste")

    response = edit(client, form, "aside#side", headline="Zweite")

    assert response.status_code == 409
    assert "Somebody else has changed this form" in response.content.decode()
    assert Form.objects.get().draft["headline"] == "Erste"


@pytest.mark.requirement("S28")
def test_a_long_form_is_warned_of_with_what_was_measured(client):
    short = make_form("feedback")
    for number in range(30):
        submit(short, email=f"a{number}@example.org", message=f"Gruß {number}")
    with writing("scene"):
        FormDay.objects.create(form=short, day=timezone.now().date(), views=60)
    form = make_form()

    edit(client, form, do="add:city")
    html = client.get(reverse("form_edit", args=[form.public_id])).content.decode()

    assert "7 fields: each one costs some of those who began." in html
    assert "3 fields: 50 % of those who saw the form sent it" in " ".join(html.split())


def test_a_form_is_made_from_a_ready_made_one(client, marketer):
    page = client.get(reverse("form_create"))
    response = client.post(reverse("form_create"), {"template": "newsletter"})
    client.post(reverse("form_create"), {"template": "newsletter"})

    assert "Newsletter" in page.content.decode()
    first, second = Form.objects.order_by("pk")
    assert response["Location"] == reverse("form_edit", args=[first.public_id])
    assert (first.name, first.kind, second.name) == ("Newsletter", "newsletter", "Newsletter 2")
    assert first.created_by == marketer


def test_settings_are_saved_and_a_wrong_website_is_marked(client):
    form = make_form()
    address = reverse("form_settings", args=[form.public_id])
    data = {
        "name": "Solar",
        "kind": "contact",
        "language": "de",
        "channel": "landing_page",
        "tags": "solar, dach",
        "allowed_origins": "https://www.example.org",
        "keeps_invalid": "on",
    }

    wrong = client.post(address, {**data, "allowed_origins": "*"})
    saved = client.post(address, data)

    form.refresh_from_db()
    assert (wrong.status_code, saved.status_code) == (422, 302)
    assert (form.name, form.channel, form.tags) == ("Solar", "landing_page", ["dach", "solar"])
    assert form.allowed_origins == ["https://www.example.org"]


@pytest.mark.parametrize("person", ["rep", "service"])
def test_who_may_not_read_forms_gets_no_page(request, as_user, person):
    form = make_form()
    client = as_user(request.getfixturevalue(person))

    for page in ("form_edit", "form_settings", "form_results"):
        assert client.get(reverse(page, args=[form.public_id])).status_code == 403
    assert client.get(reverse("form_list")).status_code == 403


def test_a_viewer_reads_and_changes_nothing(as_user, viewer):
    form = make_form()
    client = as_user(viewer)

    shown = client.get(reverse("form_edit", args=[form.public_id]))
    refused = edit(client, form, headline="Neu")

    assert (shown.status_code, refused.status_code) == (200, 403)
    assert Form.objects.get().draft == form.draft


@pytest.mark.requirement("S13")
def test_a_live_form_offers_its_line_as_script_and_as_frame(client, settings):
    form = make_form(definition={"headline": 'Say "hello" & more'})
    address = f"{settings.BASE_URL}/f/{form.public_id}/"

    page = client.get(reverse("form_edit", args=[form.public_id]))

    text = page.content.decode()
    copied = [
        unescape(line) for line in re.findall(r'id="(?:snippet|frame)" value="([^"]+)"', text)
    ]
    assert copied == [
        f'<script src="{settings.BASE_URL}/embed.js" data-form="{form.public_id}" async></script>',
        f'<iframe src="{address}" title="Say &quot;hello&quot; &amp; more" width="100%"'
        ' height="760" loading="lazy" style="border:0"></iframe>',
    ]


def test_a_draft_offers_no_line_to_copy(client):
    form = make_draft()

    text = client.get(reverse("form_edit", args=[form.public_id])).content.decode()

    assert 'id="frame"' not in text
    assert 'id="snippet"' not in text
