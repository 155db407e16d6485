"""What the tests of the form editor press and read."""

from playwright.sync_api import Locator, Page


def write(field: Locator, text: str) -> None:
    """Type ``text`` in place of what stands in ``field``."""
    field.click()
    field.page.keyboard.press("Control+a")
    field.page.keyboard.type(text)


def publish(page: Page) -> None:
    """Press the button without waiting for what comes of it."""
    page.get_by_role("button", name="Publish").click()


def told(page: Page, text: str) -> Locator:
    """Return the message that says ``text``."""
    return page.get_by_role("region", name="Messages").get_by_text(text)
