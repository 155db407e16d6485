"""How soon a message is read: by the pause between two looks, whatever the machine is busy with."""

from uuid import uuid4

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from accounts.actor import user_actor
from capture.chat.actions.staff import reply, take_chat
from capture.chat.models import Chat, ChatState
from tests.browser.test_chat import visit, write
from tests.chat.scene import make_bot, there

pytestmark = pytest.mark.django_db(transaction=True)
PROMISED_MS = 3000
# Notes for how long the page wants to wait, and waits so long.
NOTE = """
window.waits = [];
for (const name of ["setTimeout", "setInterval"]) {
  const real = window[name];
  window[name] = (work, ms, ...more) => {
    window.waits.push([name, ms]);
    return real(work, ms, ...more);
  };
}
"""


@pytest.fixture(autouse=True)
def _spool(settings, tmp_path):
    settings.SPOOL_DIR = tmp_path


def noted(page, name):
    """Return for how long the page has been waiting by ``name``, from half a second on."""
    return [ms for kind, ms in page.evaluate("window.waits") if kind == name and (ms or 0) >= 500]


def is_look(part, status):
    return lambda response: part in response.url and response.status == status


@pytest.mark.requirement("S17")
def test_a_visitor_looks_every_two_seconds_and_is_told_304_while_nothing_is_new(
    open_page, website, live_server, rep
):
    there(rep)
    page = visit(open_page, website, live_server, make_bot())
    page.add_init_script(NOTE)
    page.reload()
    page.get_by_role("button", name="Chat with us").click()
    page.get_by_role("button", name="Pumps").click()
    write(page, "Eva")
    asked_before = noted(page, "setTimeout")

    with page.expect_response(is_look("/talks/", 304)) as idle:
        page.get_by_role("button", name="Talk to a person").click()
    with page.expect_response(is_look("/talks/", 304)) as still_idle:
        pass
    chat = Chat.objects.get(state=ChatState.WAITING)
    take_chat(chat.pk, by=user_actor(rep), as_of=timezone.now())
    with page.expect_response(is_look("/talks/", 200)) as news:
        reply(chat.pk, "Hello Eva", key=uuid4(), by=user_actor(rep), as_of=timezone.now())
    expect(page.get_by_role("log")).to_contain_text("Hello Eva")

    tags = [found.value.headers["etag"] for found in (idle, still_idle, news)]
    sent = [found.value.request.headers["if-none-match"] for found in (idle, still_idle, news)]
    waits = noted(page, "setTimeout")[len(asked_before) :]
    assert tags[0] == tags[1] != tags[2]
    assert sent[:2] == tags[:2]
    assert sent[2] != tags[2]
    assert len(waits) >= 3
    assert set(waits) == {2000}
    assert max(waits) < PROMISED_MS


@pytest.mark.requirement("S17")
def test_a_colleague_looks_every_two_seconds_and_reads_what_is_new(
    open_page, website, live_server, rep
):
    there(rep)
    page = visit(open_page, website, live_server, make_bot())
    page.get_by_role("button", name="Chat with us").click()
    page.get_by_role("button", name="Pumps").click()
    write(page, "Eva")
    page.get_by_role("button", name="Talk to a person").click()
    expect(page.get_by_text("We are looking for somebody…")).to_be_visible()
    chat = Chat.objects.get(state=ChatState.WAITING)
    take_chat(chat.pk, by=user_actor(rep), as_of=timezone.now())
    colleague = open_page(rep, f"/chats/{chat.public_id}/")
    colleague.add_init_script(NOTE)

    with colleague.expect_response(is_look("/pulse/", 304)) as idle:
        colleague.reload()
    with colleague.expect_response(is_look("/pulse/", 204)) as news:
        write(page, "Do you ship to Graz?")
    expect(colleague.get_by_role("log")).to_contain_text("Do you ship to Graz?")

    waits = noted(colleague, "setInterval")
    assert idle.value.headers["etag"] != news.value.headers["etag"]
    assert idle.value.request.headers["if-none-match"] == idle.value.headers["etag"]
    assert 2000 in waits
    assert min(waits) < PROMISED_MS
