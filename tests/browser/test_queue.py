import pytest
from django.utils import timezone

from handoff.models import Call, Handoff, Task
from leads.models import Note
from tests.browser.pages import PHONE, session_cookie
from tests.handoff.factories import make_offer

pytestmark = pytest.mark.django_db(transaction=True)


def handed_over(rep, *names):
    now = timezone.now()
    return [
        make_offer(rep, last_name=name, phone=f"+49 30 90182{n}", company="Pumpen AG", as_of=now)
        for n, name in enumerate(names)
    ]


def draft_of(page):
    return page.evaluate(
        "Object.keys(localStorage).filter(name => name.includes('contact')).length"
    )


def test_one_key_accepts_the_first_lead_of_the_queue(open_page, rep):
    handed_over(rep, "Erst", "Zweit")
    page = open_page(rep, "/queue/")

    page.keyboard.press("a")
    page.get_by_text("No next step").wait_for()

    states = sorted(Handoff.objects.values_list("state", flat=True))
    assert states == ["accepted", "offered"]


def test_keys_walk_to_a_row_and_reject_it_with_a_reason(open_page, rep):
    handed_over(rep, "Erst", "Zweit")
    page = open_page(rep, "/queue/")

    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("r")
    page.get_by_role("heading", name="Reject Ada Zweit").wait_for()
    page.get_by_label("Does not fit").check()
    page.get_by_role("button", name="Reject", exact=True).click()
    page.locator(".note-text", has_text="Ada Zweit goes back to marketing.").wait_for()

    assert Handoff.objects.get(lead__last_name="Zweit").state == "rejected"
    assert Handoff.objects.get(lead__last_name="Erst").state == "offered"


def test_the_queue_notices_what_happens_elsewhere(open_page, rep):
    page = open_page(rep, "/queue/")
    page.get_by_text("Nothing waits for you").wait_for()

    handed_over(rep, "Neu")

    page.get_by_role("link", name="Ada Neu").wait_for()


def test_four_keys_write_call_note_and_next_step_and_load_the_next_lead(open_page, rep):
    handed_over(rep, "Erst", "Zweit")
    page = open_page(rep, "/queue/next/")
    page.get_by_role("heading", name="Ada Erst").wait_for()

    page.keyboard.press("n")
    page.keyboard.type("Will ein Angebot bis Freitag")
    page.keyboard.press("Alt+Digit1")
    page.keyboard.press("Alt+KeyW")
    page.keyboard.press("Control+Enter")
    page.get_by_role("heading", name="Ada Zweit").wait_for()

    assert (Call.objects.get().outcome, Task.objects.get().kind) == ("reached", "call")
    assert Note.objects.get().body == "Will ein Angebot bis Freitag"
    assert page.get_by_label("Note").input_value() == ""
    assert draft_of(page) == 0


def test_single_keys_choose_before_the_note_is_written(open_page, rep):
    handed_over(rep, "Erst")
    page = open_page(rep, "/queue/next/")

    page.keyboard.press("2")
    page.keyboard.press("d")

    assert page.get_by_label("Not reached").is_checked()
    assert page.get_by_label("Call in 3 days").is_checked()


def test_the_draft_of_a_note_survives_a_reload(open_page, rep):
    handed_over(rep, "Erst")
    page = open_page(rep, "/queue/next/")
    page.get_by_label("Note").fill("Halb fertig")
    page.keyboard.press("Alt+Digit3")

    page.reload()
    page.get_by_text("Your draft is still here.").wait_for()

    assert page.get_by_label("Note").input_value() == "Halb fertig"
    assert page.get_by_label("Wants to be called back").is_checked()


def test_what_was_sent_without_connection_is_sent_once_it_is_back(browser, live_server, rep):
    handed_over(rep, "Erst", "Zweit")
    # A browser of its own: it may complain that there is no connection.
    context = browser.new_context(base_url=live_server.url, locale="en")
    context.add_cookies([session_cookie(rep, live_server.url)])
    page = context.new_page()
    page.goto("/queue/next/")
    page.get_by_label("Note").fill("Im Zug")
    page.keyboard.press("Alt+Digit1")
    page.keyboard.press("Alt+KeyT")

    context.set_offline(True)
    page.keyboard.press("Control+Enter")
    page.locator(".note-text", has_text="There is no connection.").wait_for()
    kept = page.get_by_label("Note").input_value()
    context.set_offline(False)
    page.get_by_role("heading", name="Ada Zweit").wait_for()
    context.close()

    assert kept == "Im Zug"
    assert (Call.objects.count(), Note.objects.get().body) == (1, "Im Zug")


def test_on_a_phone_four_taps_do_it(open_page, rep):
    handed_over(rep, "Erst", "Zweit")
    page = open_page(rep, "/queue/next/", viewport=PHONE, has_touch=True)

    page.get_by_text("Not reached").tap()
    page.get_by_label("Note").tap()
    page.keyboard.type("Mailbox")
    page.get_by_text("Call tomorrow").tap()
    page.get_by_role("button", name="Save and next lead").tap()
    page.get_by_role("heading", name="Ada Zweit").wait_for()

    assert Call.objects.get().outcome == "not_reached"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_daily_pages_of_a_rep_are_accessible(open_page, axe, rep, scheme):
    (handoff,) = handed_over(rep, "Erst")
    lead = handoff.lead.public_id

    for person, address in (
        (rep, "/queue/"),
        (rep, "/queue/next/"),
        (rep, f"/leads/{lead}/"),
        (rep, f"/leads/{lead}/briefing/"),
        (rep, f"/leads/{lead}/call/"),
        (rep, "/tasks/"),
        (rep, "/deals/"),
    ):
        axe(open_page(person, address, scheme=scheme))
