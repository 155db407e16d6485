"""The browser of the tests: one that is installed, else one that is installed now.

``python -m tests.browser.browser_path`` prints its path; with ``CI`` set it fails without one.
"""

import os
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

# The shell has no windows to draw and takes a third of the processor for the same pages.
SHELL = "chromium-headless-shell"
NAMES = (
    SHELL,
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)


@cache
def find_browser() -> str | None:
    """Return the path of an installed Chromium or Chrome, the one of Playwright included."""
    for name in NAMES:
        if path := shutil.which(name):
            return path
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).exists() else None


def install_browser() -> None:
    """Install Chromium: Debian's as root where there is one, else Playwright's."""
    if shutil.which("apt-get") and os.geteuid() == 0:
        _apt_get("update")
        if not _apt_get("install", "--yes", "--no-install-recommends", SHELL):
            _apt_get("install", "--yes", "--no-install-recommends", "chromium")
    find_browser.cache_clear()
    if find_browser() is None:
        subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=False)
        find_browser.cache_clear()


def _apt_get(*words: str) -> bool:
    done = subprocess.run(
        ["apt-get", "-qq", *words],
        check=False,
        stdout=subprocess.DEVNULL,
        env=os.environ | {"DEBIAN_FRONTEND": "noninteractive"},
    )
    return done.returncode == 0


def main() -> int:
    if find_browser() is None:
        sys.stdout.write("Installing a browser for the tests …\n")
        sys.stdout.flush()
        install_browser()
    if path := find_browser():
        sys.stdout.write(f"The browser of the tests: {path}\n")
        return 0
    sys.stderr.write(
        "NO BROWSER: the tests in tests/browser and tests/journeys cannot run."
        " Install Chromium or Google Chrome.\n"
    )
    return 1 if os.environ.get("CI") else 0


if __name__ == "__main__":
    sys.exit(main())
