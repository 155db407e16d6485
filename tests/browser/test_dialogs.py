import pytest
from playwright.sync_api import expect


@pytest.fixture
def guide(open_page, admin):
    return open_page(admin, "/styleguide/")


def test_a_page_opens_in_the_dialog_and_gives_the_focus_back(guide):
    link = guide.get_by_role("link", name="Open in a dialog")
    link.click()
    dialog = guide.locator("#modal")
    expect(dialog.get_by_role("heading", name="A page in a dialog")).to_be_visible()
    expect(dialog.get_by_label("Name")).to_be_focused()

    guide.keyboard.press("Escape")

    expect(dialog).to_be_hidden()
    expect(link).to_be_focused()


def test_a_wrong_form_stays_in_the_dialog_with_the_first_wrong_field_in_focus(guide):
    guide.get_by_role("link", name="Open in a dialog").click()
    dialog = guide.locator("#modal")
    dialog.get_by_label("E-mail").click()
    guide.keyboard.type("kim@example.org")
    dialog.get_by_role("button", name="Save").click()

    expect(dialog.get_by_text("This field is required.").first).to_be_visible()

    expect(dialog.get_by_role("navigation")).to_have_count(0)
    expect(dialog.get_by_label("Name")).to_be_focused()
    expect(dialog.get_by_label("Name")).to_have_attribute("aria-invalid", "true")
    expect(dialog.get_by_label("E-mail")).to_have_value("kim@example.org")


def test_a_right_form_leaves_the_dialog_and_says_so(guide):
    guide.get_by_role("link", name="Open in a dialog").click()
    dialog = guide.locator("#modal")
    dialog.get_by_label("Name").click()
    guide.keyboard.type("Kim")
    dialog.get_by_label("Warm").check()
    dialog.get_by_role("button", name="Save").click()

    messages = guide.get_by_role("region", name="Messages")
    expect(messages.get_by_text("Kim was saved.")).to_be_visible()

    expect(dialog).to_be_hidden()
    expect(guide.get_by_role("button", name="Undo")).to_be_visible()


def test_a_dangerous_button_asks_first_and_takes_no_for_an_answer(guide):
    posts = []
    guide.on("request", lambda request: request.method == "POST" and posts.append(request.url))
    guide.get_by_role("button", name="Delete", exact=True).click()
    question = guide.get_by_role("dialog", name="Are you sure?")
    expect(question).to_contain_text("It can be taken back for 30 days.")

    question.get_by_role("button", name="Cancel").click()

    expect(question).to_be_hidden()
    assert posts == []


def test_yes_sends_what_was_asked(guide):
    guide.get_by_role("button", name="Delete", exact=True).click()

    with guide.expect_request(lambda request: request.method == "POST"):
        guide.get_by_role("dialog").get_by_role("button", name="Delete").click()


def test_the_scheme_changes_at_once_and_is_kept(guide):
    guide.get_by_role("button", name="Menu of Alma Admin").click()
    with guide.expect_response("**/preferences/"):
        guide.get_by_role("button", name="Dark").click()
    expect(guide.locator("html")).to_have_attribute("data-bs-theme", "dark")

    guide.reload()

    expect(guide.locator("html")).to_have_attribute("data-bs-theme", "dark")


def test_auto_follows_the_system(open_page, admin):
    page = open_page(admin, "/styleguide/", scheme="dark")

    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")
    page.emulate_media(color_scheme="light")

    expect(page.locator("html")).to_have_attribute("data-bs-theme", "light")


def test_the_language_changes_with_one_click(guide):
    guide.get_by_role("button", name="Menu of Alma Admin").click()

    guide.get_by_role("button", name="Deutsch").click()

    expect(guide.locator("html")).to_have_attribute("lang", "de")


def test_markup_from_outside_cannot_send_requests(guide, watch):
    sent = []
    guide.on("request", lambda request: "evil" in request.url and sent.append(request.url))

    stripped = guide.evaluate(
        """() => new Promise((resolve) => {
            document.addEventListener("htmx:security:strip", () => resolve(true));
            const place = document.querySelector("main");
            place.insertAdjacentHTML("beforeend", '<b hx-get="/evil/" hx-trigger="load"></b>');
            htmx.process(place);
            setTimeout(() => resolve(false), 500);
        })"""
    )

    assert (stripped, sent) == (True, [])
    assert [problem for problem in watch.problems if "no hx-nonce attribute" not in problem] == []
    watch.problems.clear()
