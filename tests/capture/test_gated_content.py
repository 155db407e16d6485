"""Content that people get for their address: the link, the download, and what the library knows."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from capture.activities import CONTENT_DOWNLOADED
from capture.content.links import LIFE, Ticket, content_link
from capture.models import Content, Download, Form, FormReply
from leads.models import Activity, Lead
from nurturing.models import Message, MessageKind
from tests.capture.scene import (
    BROWSER,
    answers,
    make_content,
    make_draft,
    make_form,
    send,
    submit,
    visitor,
    work,
)

pytestmark = pytest.mark.django_db


def path_of(link):
    return re.sub(r"^https?://[^/]+", "", link)


def get_link(form, **values):
    response = send(form, answers(form, **values))
    assert response.status_code == 200, response.content
    return path_of(response.json()["link"])


@pytest.mark.requirement("S14")
def test_the_file_is_given_to_who_sent_the_form_and_to_nobody_else():
    form = make_form("whitepaper")
    content = Content.objects.get()
    bare = reverse("content_page", args=[content.public_id])

    before = visitor().get(bare)
    link = get_link(form)
    page = visitor().get(link)
    file = visitor().post(link)

    assert before.status_code == visitor().post(bare).status_code == 403
    assert f"/f/{form.public_id}/" in before.content.decode()
    assert b"%PDF" not in before.content + page.content
    assert (page.status_code, file.status_code) == (200, 200)
    assert file.content == b"%PDF-1.7 leitfaden"
    assert file["Content-Disposition"] == 'attachment; filename="leitfaden.pdf"'


@pytest.mark.requirement("S14")
@pytest.mark.requirement("S40")
def test_a_download_is_an_activity_of_the_one_lead_however_early_and_often():
    form = make_form("whitepaper")
    link = get_link(form, email="eva@example.org")
    visitor().get(link)
    visitor().head(link)
    assert not Download.objects.exists()

    visitor().post(link)
    assert not Activity.objects.filter(kind=CONTENT_DOWNLOADED).exists()
    work()
    visitor().post(link)

    activity = Activity.objects.get(kind=CONTENT_DOWNLOADED)
    assert activity.lead == Lead.objects.get(email="eva@example.org")
    assert activity.data["content_name"] == "Leitfaden"
    assert Download.objects.get().count == 2


def test_a_download_after_the_lead_is_there_tells_at_once():
    submission = submit(make_form("whitepaper"))
    ticket = Ticket(Content.objects.get().public_id, submission.pk)

    visitor().post(path_of(content_link(ticket, as_of=timezone.now())))

    assert Activity.objects.get(kind=CONTENT_DOWNLOADED).lead == submission.lead


@pytest.mark.requirement("S14")
@pytest.mark.case("R08")
def test_a_link_ends_and_cannot_be_made_up():
    form = make_form("whitepaper")
    content = Content.objects.get()
    link = get_link(form)
    ticket = Ticket(content.public_id, submit(form, email="b@example.org").pk)
    old = path_of(content_link(ticket, as_of=timezone.now() - LIFE - timedelta(seconds=1)))
    young = path_of(content_link(ticket, as_of=timezone.now() - LIFE + timedelta(minutes=1)))

    assert (visitor().post(old).status_code, visitor().post(young).status_code) == (410, 200)
    assert f"/f/{form.public_id}/" in visitor().get(old).content.decode()
    for broken in (link[:-3] + "/", link.replace(":", ".", 1), "/d/x/", f"/d/{form.public_id}/"):
        assert visitor().post(broken).status_code == 404
    assert Download.objects.count() == 1


def test_what_lies_elsewhere_is_led_to_and_counted():
    content = make_content(url="https://video.example/42", kind="video")
    form = make_form("whitepaper", definition={"content": str(content.public_id)})

    response = visitor().post(get_link(form))

    assert (response.status_code, response["Location"]) == (302, "https://video.example/42")
    assert Download.objects.count() == 1


@pytest.mark.requirement("S14")
def test_the_link_comes_by_mail_once_and_says_nothing_that_a_visitor_typed():
    form = make_form("whitepaper", language="de")
    data = answers(form, email="eva@example.org", first_name="Gewinn http://evil.example")

    send(form, data)
    send(form, data)
    work()

    message = Message.objects.get(kind=MessageKind.REPLY)
    link = re.search(r"https?://\S+/d/\S+", message.text)[0]
    assert (message.to_address, message.subject) == ("eva@example.org", "Hier ist es: Leitfaden")
    assert visitor().get(path_of(link)).status_code == 200
    assert "evil" not in message.text + message.html
    assert FormReply.objects.count() == 1


@pytest.mark.case("C26")
def test_one_mailbox_gets_five_answers_a_day_however_it_is_spelt():
    form = make_form("whitepaper")

    for number in range(7):
        submit(form, email=f"eva+{number}@example.org")

    assert FormReply.objects.count() == 5


def test_a_form_that_promises_content_must_have_some_to_give(as_user, marketer):
    form = make_draft(kind="download")
    address = reverse("form_edit", args=[form.public_id])
    editor = as_user(marketer)
    content = make_content("Studie 2027")

    page = editor.get(address).content.decode()

    assert "Choose what people get for sending this form." in page
    assert f'<option value="{content.public_id}">Studie 2027</option>' in page


@pytest.fixture
def library(as_user, marketer):
    return as_user(marketer)


def add(client, file=None, **values):
    given = {"file": SimpleUploadedFile(*file)} if file else {}
    values = {"name": "Plan", "kind": "whitepaper", "language": "de", "topics": "a, b ,a", **values}
    return client.post(reverse("content_create"), {**values, **given})


@pytest.mark.requirement("S63")
def test_content_of_each_type_is_added_with_phase_and_topics(library):
    for kind in ("study", "whitepaper", "ebook", "article", "webinar", "video"):
        url = "https://www.example.org/x"
        added = add(library, name=f"Ein {kind}", kind=kind, phase="interest", url=url)
        assert added.status_code == 302

    page = library.get(reverse("content_list") + "?kind=ebook").content.decode()

    assert Content.objects.count() == 6
    assert Content.objects.first().topics == ["a", "b"]
    assert "Ein ebook" in page
    assert "Ein video" not in page


@pytest.mark.parametrize(
    ("values", "file", "told"),
    [
        ({}, None, "Add a file, or give the address"),
        ({"url": "javascript:alert(1)"}, None, "Give a complete address"),
        ({}, ("page.html", b"<script>"), "Files of this kind cannot be given away."),
        ({}, ("leer.pdf", b""), "empty"),
        ({"name": "Da", "url": "https://www.example.org"}, None, "already"),
    ],
)
def test_what_cannot_be_given_away_is_refused_in_words(library, values, file, told):
    make_content("Da")

    response = add(library, file, **values)

    assert response.status_code == 422
    assert told in response.content.decode()
    assert Content.objects.count() == 1


def test_a_file_can_be_replaced_and_old_links_give_the_new_one(library):
    link = get_link(make_form("whitepaper"))
    content = Content.objects.get()

    library.post(
        reverse("content_edit", args=[content.public_id]),
        {
            "name": "Leitfaden 2",
            "kind": "study",
            "language": "en",
            "file": SimpleUploadedFile("neu.pdf", b"%PDF neu"),
        },
    )

    assert visitor().post(link).content == b"%PDF neu"
    assert library.get(reverse("content_file", args=[content.public_id])).content == b"%PDF neu"


@pytest.mark.requirement("S22")
def test_the_page_of_content_tells_its_conversion_and_who_fetched_it(library):
    form = make_form("whitepaper")
    for number in range(4):
        visitor().get(f"/f/{form.public_id}/challenge/", HTTP_USER_AGENT=BROWSER)
        if number < 3:
            send(form, answers(form, email=f"eva{number}@example.org", last_name=f"Eva{number}"))
    work()
    visitor().post(get_link(form, email="eva0@example.org"))
    work()

    page = library.get(reverse("content_detail", args=[Content.objects.get().public_id]))

    text = page.content.decode()
    assert (page.context["shown"], page.context["fetched"], page.context["rate"]) == (4, 1, 0.25)
    assert "eva0@example.org" in text
    assert form.name in text


def test_what_a_form_gives_away_stays_in_the_library(library):
    form = make_form("whitepaper")
    content = Content.objects.get()
    address = reverse("content_archive", args=[content.public_id])

    refused = library.post(address)

    assert refused.status_code == 422
    assert form.name in refused.content.decode()
    Form.objects.update(draft={}, published=None, state="draft")
    assert library.post(address).status_code == 302
    assert Content.objects.get().is_archived


def test_a_form_that_gives_something_does_not_send_its_visitor_elsewhere(as_user, marketer):
    parts = {"redirect_url": "https://www.example.org/danke", "content": str(uuid4())}
    given, contact = make_draft(kind="download", **parts), make_draft(name="Andere", **parts)
    told = "On another page nobody would see what this form tells"

    shown = [
        as_user(marketer).get(reverse("form_edit", args=[form.public_id])).content.decode()
        for form in (given, contact)
    ]

    assert [told in page for page in shown] == [True, False]
