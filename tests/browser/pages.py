"""A real browser for tests: it fails a test at the first console error or blocked script."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page, Response, expect, sync_playwright

from accounts.models import User
from tests.browser.browser_path import find_browser

# In milliseconds. On a busy machine a page may take seconds; what never comes fails all the same.
PATIENCE = 30_000
expect.set_options(timeout=PATIENCE)
DESK = {"width": 1280, "height": 900}
PHONE = {"width": 390, "height": 844}
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-sync",
    "--no-first-run",
)
AXE = Path(settings.BASE_DIR) / "node_modules" / "axe-core" / "axe.min.js"
# What WCAG 2.2 AA asks for; "region" and the like are good practice, and we hold to those too.
AXE_OPTIONS = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "resultTypes": ["violations"],
}
# A refused form is an answer like any other; the browser calls it an error all the same.
_EXPECTED = "Failed to load resource: the server responded with a status of 4"
_PARTS = ("script", "stylesheet", "image", "font", "manifest")


@dataclass
class Watch:
    """What went wrong in the pages of one test."""

    problems: list[str] = field(default_factory=list)

    def follow(self, page: Page) -> None:
        """Collect from ``page`` from now on."""
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.problems.append(f"error in a script: {error}"))
        page.on("response", self._response)

    def _console(self, message: Any) -> None:
        if message.type == "error" and not message.text.startswith(_EXPECTED):
            self.problems.append(f"console: {message.text}")

    def _response(self, response: Response) -> None:
        kind = response.request.resource_type
        if response.status >= 500 or (response.status >= 400 and kind in _PARTS):
            self.problems.append(f"{response.status} for {response.url}")


OpenPage = Callable[..., Page]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The one browser of a test run."""
    path = find_browser()
    if path is None:
        pytest.skip("There is no browser: python -m tests.browser.browser_path")
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        yield running
        running.close()


@pytest.fixture
def watch() -> Watch:
    """What went wrong so far; a test that provokes an error checks and clears it."""
    return Watch()


@pytest.fixture
def open_page(browser: Browser, live_server: Any, watch: Watch) -> Iterator[OpenPage]:
    """Return a function that opens a page of the running server, logged in as ``user``.

    Addresses are relative to the server: ``open_page(user, "/leads/")``. After the test, a console
    error, an error in a script, a blocked script or style, or a missing file fails it.
    """
    contexts: list[BrowserContext] = []

    def open_one(
        user: User | None = None,
        address: str = "/",
        *,
        viewport: dict[str, int] = DESK,
        scheme: str = "light",
        locale: str = "en",
        **options: Any,
    ) -> Page:
        context = browser.new_context(
            base_url=live_server.url,
            viewport=viewport,
            color_scheme=scheme,
            locale=locale,
            reduced_motion="reduce",
            **options,
        )
        contexts.append(context)
        context.set_default_timeout(PATIENCE)
        if user is not None:
            context.add_cookies([session_cookie(user, live_server.url)])
        page = context.new_page()
        watch.follow(page)
        page.goto(address)
        if options.get("java_script_enabled", True):
            wait_until_ready(page)
        return page

    yield open_one
    for context in contexts:
        context.close()
    assert watch.problems == []


@pytest.fixture
def browser_page(open_page: OpenPage) -> Page:
    """A page for somebody who is not logged in, on a desk, in light colours."""
    return open_page(None, "/accounts/login/")


@pytest.fixture
def axe() -> Callable[[Page], None]:
    """Return a function that fails when axe finds anything wrong on a page."""
    return check_accessibility


def wait_until_ready(page: Page) -> None:
    """Wait until the controllers of a page with the frame are there."""
    if page.locator("html[data-scheme] body[data-controller]").count():
        page.wait_for_selector("html[data-ready]")


def slow_down(page: Page) -> None:
    """Give ``page`` a phone's connection of the third generation from now on."""
    network = page.context.new_cdp_session(page)
    network.send("Network.enable")
    speed = {"latency": 400, "downloadThroughput": 90_000, "uploadThroughput": 40_000}
    network.send("Network.emulateNetworkConditions", {"offline": False, **speed})


def session_cookie(user: User, url: str) -> dict[str, str]:
    """Return the cookie of a session in which ``user`` is logged in."""
    client = Client()
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    name = settings.SESSION_COOKIE_NAME
    return {"name": name, "value": client.cookies[name].value, "url": url}


def check_accessibility(page: Page) -> None:
    """Fail with what axe finds wrong: the rule, and the elements that break it."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("options => axe.run(document, options)", AXE_OPTIONS)["violations"]
    told = [
        f"{rule['id']}: {node['html'][:200]} ({node['failureSummary'][:300]})"
        for rule in found
        for node in rule["nodes"]
    ]
    assert told == []
