"""When a visitor sees the first field, on a phone with a bad connection and on a website.

The phone is the one of Lighthouse: 150 ms there and back, 1.6 Mbit/s, a processor four times as
slow as this one. By hand is a page of one field and nothing else under the same server.
"""

import statistics
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.row import Row
from benchmarks.scale import Scale
from benchmarks.server import p, served
from tests.browser.browser_path import find_browser
from tests.capture.scene import make_form

ROUNDS = 20
PHONE = {"width": 390, "height": 844}
SLOW = {
    "offline": False,
    "latency": 150,
    "downloadThroughput": 1.6e6 / 8,
    "uploadThroughput": 0.75e6 / 8,
}
SLOWER = 4
# Asks before each picture whether there is a field yet, also within the shadow of an embed, and
# notes when something was put into that shadow.
WATCH = """
const attach = Element.prototype.attachShadow;
Element.prototype.attachShadow = function (how) {
  const root = attach.call(this, how);
  const note = () => { window.inThePage = window.inThePage || performance.now(); };
  new MutationObserver(note).observe(root, { childList: true });
  return root;
};
const seen = () => document.querySelector(".lf-input") ||
  [...document.querySelectorAll("[data-leadcrm], leadcrm-form")]
    .some(one => one.shadowRoot && one.shadowRoot.querySelector(".lf-input"));
const look = () => seen()
  ? requestAnimationFrame(() => { window.firstField = performance.now(); })
  : requestAnimationFrame(look);
requestAnimationFrame(look);
"""
AFTER_THE_SCRIPT = """() => {
  const entries = performance.getEntriesByType("resource");
  const script = entries.find(one => one.name.endsWith("embed.js")).responseEnd;
  return [window.inThePage - script, window.firstField - script];
}"""


def run(scale: Scale) -> list[Row]:
    """Measure a page of ours on the phone, then a form that a website embeds, from the cache."""
    form = make_form()
    with (
        served() as ours,
        served(settings_module="benchmarks.bare") as bare,
        _website(f"http://127.0.0.1:{ours}", str(form.public_id)) as website,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=find_browser(), args=["--no-sandbox"])
        pages = [f"http://127.0.0.1:{ours}/f/{form.public_id}/", f"http://127.0.0.1:{bare}/page"]
        for page in pages:  # As after any minute of work: no worker is asked for the first time.
            _on_a_phone(browser, page)
        told, hand = ([_on_a_phone(browser, page) for _round in range(ROUNDS)] for page in pages)
        there, drawn = _embedded(browser, website)
        browser.close()
    return [
        Row.of(
            "first field of a form, phone on a bad line", p(0.95, told), p(0.95, hand), "ms, p95"
        ),
        _after("embedded form in the page", there),
        _after("first field of an embedded form drawn", drawn),
    ]


def _after(what: str, times: list[float]) -> Row:
    middle = f"p50 {1000 * statistics.median(times):.0f} ms"
    return Row.of(
        f"{what}, after its script from the cache", p(0.95, times), None, "ms, p95", middle
    )


def _on_a_phone(browser: Browser, address: str) -> float:
    # A context of its own has nothing in its cache.
    with browser.new_context(viewport=PHONE, is_mobile=True, has_touch=True) as context:
        page = context.new_page()
        page.add_init_script(WATCH)
        devtools = context.new_cdp_session(page)
        devtools.send("Network.emulateNetworkConditions", SLOW)
        devtools.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
        page.goto(address)
        return _first_field(page)


def _embedded(browser: Browser, website: str) -> tuple[list[float], list[float]]:
    with browser.new_context() as context:
        page = context.new_page()
        page.add_init_script(WATCH)
        page.goto(website)
        _first_field(page)
        times = []
        for _round in range(ROUNDS):
            page.goto(website)
            _first_field(page)
            times.append([ms / 1000 for ms in page.evaluate(AFTER_THE_SCRIPT)])
        there, drawn = zip(*times, strict=True)
        return list(there), list(drawn)


def _first_field(page: Page) -> float:
    page.wait_for_function("window.firstField")
    return page.evaluate("window.firstField") / 1000


@contextmanager
def _website(crm: str, form: str) -> Iterator[str]:
    body = (
        "<!doctype html><title>Website</title>"
        f'<script src="{crm}/embed.js" data-form="{form}" async></script>'
    )
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Handler, body.encode()))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    def __init__(self, body: bytes, *args: Any) -> None:
        self.body = body
        super().__init__(*args)

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(self.body)

    def log_message(self, *args: Any) -> None:
        pass
