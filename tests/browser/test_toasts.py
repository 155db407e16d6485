import pytest
from django.contrib.sessions.models import Session
from playwright.sync_api import expect


@pytest.fixture
def guide(open_page, admin):
    return open_page(admin, "/styleguide/")


def told(page, text):
    return page.get_by_role("region", name="Messages").get_by_text(text)


def show(page, **note):
    page.evaluate(
        "note => document.dispatchEvent(new CustomEvent('toast', { detail: note }))", note
    )


def test_a_toast_is_said_aloud_and_can_be_closed(guide):
    show(guide, text="Three leads were assigned.")
    region = guide.get_by_role("region", name="Messages")
    expect(region.get_by_text("Three leads were assigned.")).to_be_visible()
    expect(guide.locator("#live")).to_have_text("Three leads were assigned.")

    region.get_by_role("button", name="Close").click()

    expect(region).to_be_hidden()


def test_a_toast_stays_ten_seconds_and_an_error_until_it_is_closed(open_page, admin):
    page = open_page(admin, "/styleguide/")
    page.clock.install()
    page.reload()
    page.wait_for_selector("html[data-ready]")
    show(page, text="Saved.", level="success")
    show(page, text="Refused.", level="error")

    page.clock.run_for(9_500)
    expect(told(page, "Saved.")).to_be_visible()
    page.clock.run_for(1_000)

    expect(told(page, "Saved.")).to_be_hidden()
    expect(told(page, "Refused.")).to_be_visible()


def test_undo_posts_to_the_way_back(guide):
    show(guide, text="Deleted.", undo="/styleguide/dialog/")

    with guide.expect_request("**/styleguide/dialog/") as request:
        guide.get_by_role("button", name="Undo").click()

    assert request.value.method == "POST"
    assert "csrfmiddlewaretoken" in request.value.post_data


def test_a_toast_is_text_and_never_markup(guide):
    show(guide, text="<img src=x onerror=alert(1)>")

    expect(told(guide, "<img src=x onerror=alert(1)>")).to_be_visible()


def test_a_server_that_cannot_be_reached_is_told(guide, watch):
    guide.route("**/styleguide/dialog/", lambda route: route.abort())

    guide.get_by_role("link", name="Open in a dialog").click()

    expect(told(guide, "There is no connection.")).to_be_visible()
    assert [problem for problem in watch.problems if not problem.startswith("console: ")] == []
    watch.problems.clear()


def test_a_session_that_ended_says_so_and_keeps_what_was_typed(guide):
    guide.get_by_role("link", name="Open in a dialog").click()
    name = guide.locator("#modal").get_by_label("Name")
    name.click()
    guide.keyboard.type("Kim")
    Session.objects.all().delete()
    guide.locator("#modal").get_by_role("button", name="Save").click()

    expect(told(guide, "Your session has ended.")).to_be_visible()

    expect(name).to_have_value("Kim")


def test_what_fails_again_and_again_is_said_once(guide):
    fail = """() => document.dispatchEvent(new CustomEvent(
        "htmx:error", { detail: { ctx: {}, error: new TypeError("Failed to fetch") } }
    ))"""
    guide.evaluate(fail)
    guide.evaluate(fail)
    expect(guide.locator(".note")).to_have_count(1)

    guide.get_by_role("region", name="Messages").get_by_role("button", name="Close").click()
    guide.evaluate(fail)

    expect(told(guide, "There is no connection.")).to_be_visible()
