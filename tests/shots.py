"""Photographs every screen of ``shots.toml`` in both languages and schemes, on a desk and a phone.

``python -m tests.shots [--only NAME] [--url http://127.0.0.1:8000] [--quick]`` needs a server that
runs on the same database with the demo data, and writes to ``var/shots/``. People keep their own
language and colours: what it changes for the pictures it puts back.
"""

import argparse
import os
import sys
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import product
from pathlib import Path
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "leadcrm.settings")
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
django.setup()

from django.apps import apps  # noqa: E402
from django.conf import settings  # noqa: E402
from django.urls import reverse  # noqa: E402
from django.utils import timezone  # noqa: E402
from playwright.sync_api import Browser, Page, sync_playwright  # noqa: E402

from accounts.actions.profile import change_profile  # noqa: E402
from accounts.actor import user_actor  # noqa: E402
from accounts.models import User  # noqa: E402
from tests.browser.browser_path import find_browser  # noqa: E402
from tests.browser.pages import DESK, FLAGS, PHONE, session_cookie, wait_until_ready  # noqa: E402

SCREENS = Path(__file__).with_name("shots.toml")
FOLDER = settings.VAR_DIR / "shots"
VIEWPORTS = {"desk": DESK, "phone": PHONE}
LANGUAGES = ("de", "en")
SCHEMES = ("light", "dark")


def main() -> int:
    """Take the pictures; return 1 when a page was not there."""
    parser = argparse.ArgumentParser(description="Photograph the screens.")
    parser.add_argument("--only", default="", help="screens whose name holds this")
    parser.add_argument("--url", default=settings.BASE_URL)
    parser.add_argument("--quick", action="store_true", help="German, light, on a desk only")
    options = parser.parse_args()
    screens = tomllib.loads(SCREENS.read_text(encoding="utf-8"))
    chosen = {name: screen for name, screen in screens.items() if options.only in name}
    FOLDER.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_browser(), args=list(FLAGS))
        failed = [
            name
            for name, screen in chosen.items()
            if not take(browser, options.url, name, screen, is_quick=options.quick)
        ]
        browser.close()
    return 1 if failed else 0


def take(browser: Browser, url: str, name: str, screen: dict[str, Any], *, is_quick: bool) -> bool:
    """Take all pictures of one screen; return whether the page was there."""
    user = person(screen["role"]) if screen.get("role") else None
    address = address_of(screen, user)
    languages, schemes, viewports = (
        (LANGUAGES[:1], SCHEMES[:1], ["desk"]) if is_quick else (LANGUAGES, SCHEMES, VIEWPORTS)
    )
    is_there = True
    for language, scheme, viewport in product(languages, schemes, viewports):
        with shown_to(user, language, scheme):
            context = browser.new_context(
                base_url=url,
                viewport=VIEWPORTS[viewport],
                color_scheme=scheme,
                locale=language,
                reduced_motion="reduce",
            )
            if user is not None:
                context.add_cookies([session_cookie(user, url)])
            page = context.new_page()
            answer = page.goto(address)
            status = answer.status if answer else 0
            is_there = is_there and status == screen.get("status", 200)
            prepare(page, screen)
            picture = FOLDER / f"{name}.{language}.{scheme}.{viewport}.png"
            page.screenshot(path=picture, full_page=screen.get("full", False))
            sys.stdout.write(f"{status} {picture.name}\n")
            context.close()
    return is_there


def prepare(page: Page, screen: dict[str, Any]) -> None:
    """Bring the page to what the picture shows."""
    wait_until_ready(page)
    page.wait_for_load_state("networkidle")
    if screen.get("full"):  # charts are drawn when they come into view
        page.evaluate("for (const c of document.querySelectorAll('canvas')) c.scrollIntoView()")
        page.wait_for_timeout(600)
        page.evaluate("window.scrollTo(0, 0)")
    for key in screen.get("press", ()):
        page.keyboard.press(key)
        page.wait_for_timeout(400)
    for selector in screen.get("click", ()):
        page.locator(selector).first.click()
        page.wait_for_timeout(600)


def person(role: str) -> User:
    """Return somebody with ``role``, sample people first."""
    found = User.objects.filter(role=role, is_active=True).order_by("-is_sample", "pk").first()
    if found is None:
        raise SystemExit(f"There is nobody with the role {role}; is the demo data loaded?")
    return found


def address_of(screen: dict[str, Any], user: User | None) -> str:
    """Return the path: as given, or of the first object of a model."""
    if "path" in screen:
        return str(screen["path"])
    if "object" not in screen:
        return reverse(screen["url"])
    model = apps.get_model(screen["object"])
    rows = model._default_manager.all()
    if user is not None and hasattr(rows, "visible_to"):
        rows = rows.visible_to(user_actor(user))
    first = rows.filter(**screen.get("filter", {})).order_by(screen.get("order", "pk")).first()
    if first is None:
        raise SystemExit(f"There is no {screen['object']}; is the demo data loaded?")
    return reverse(screen["url"], args=[getattr(first, screen.get("key", "public_id"))])


@contextmanager
def shown_to(user: User | None, language: str, scheme: str) -> Iterator[None]:
    """Show pages to ``user`` in a language and scheme for the length of this block."""
    if user is None:
        yield
        return
    before = {"language": user.language, "theme": user.theme}
    by = user_actor(user)
    wanted = {"language": language, "theme": scheme}
    change_profile(user.pk, wanted, by=by, as_of=timezone.now())
    try:
        yield
    finally:
        change_profile(user.pk, before, by=by, as_of=timezone.now())


if __name__ == "__main__":
    sys.exit(main())
