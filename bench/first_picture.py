"""From the click on Enter to the first picture, in Chromium; beside a bare page of the engine's own client."""

from __future__ import annotations

import functools
import http.server
import re
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, sync_playwright

from bench.loop import Outcome
from bench.people import take_seat, ticket_link
from bench.stage import Stage
from deploy.bootstrap import let_playwright_run
from tests.instance import REPOSITORY

HERE = Path(__file__).parent
CLIENT = REPOSITORY / "web" / "node_modules" / "livekit-client" / "dist" / "livekit-client.umd.js"
ENTRIES = 20
# No gesture is needed to play, and no GPU is there: nothing else differs from a visitor's browser.
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--autoplay-policy=no-user-gesture-required", "--allow-loopback-in-peer-connection"]
# Runs before the page's own scripts. Watches for what has no business before the click, and for the first picture after it.
WATCH = """
window.__before = []; window.__clickedAt = 0;
const fetched = window.fetch;
window.fetch = (...all) => {
    const url = String(all[0]?.url ?? all[0]);
    if (!window.__clickedAt && /seat$|tokens$/.test(url)) window.__before.push(url);
    return fetched(...all);
};
const Socket = window.WebSocket;
window.WebSocket = class extends Socket {
    constructor(...all) { if (!window.__clickedAt) window.__before.push(String(all[0])); super(...all); }
};
window.__first = new Promise(resolve => {
    const seen = new WeakSet();
    const look = () => {
        for (const video of document.querySelectorAll("video")) {
            if (seen.has(video)) continue;
            seen.add(video);
            video.requestVideoFrameCallback(() => { if (window.__clickedAt) resolve(performance.now() - window.__clickedAt); });
        }
    };
    new MutationObserver(look).observe(document, {childList: true, subtree: true});
});
document.addEventListener("click", event => {
    if (event.target.closest("button")) window.__clickedAt ||= performance.now();
}, true);
"""


def run(stage: Stage, entries: int = ENTRIES) -> dict[str, Any]:
    """Both pages, turn about, so that what else the machine does falls on both."""
    ours, bare = Outcome(), Outcome()
    let_playwright_run()
    with _bare_page() as address, sync_playwright() as started:
        chromium = shutil.which("chromium") or shutil.which("google-chrome")
        browser = started.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        for number in range(entries + 1):
            ours_ms, bare_ms = _enter(browser, stage), _enter_bare(browser, stage, address)
            if number:  # the first of each finds cold caches everywhere
                ours.milliseconds.append(ours_ms)
                bare.milliseconds.append(bare_ms)
        browser.close()
    figures = {f"{name}_{p}_ms": outcome.percentile(p_) for name, outcome in (("ours", ours), ("bare", bare))
               for p, p_ in (("p50", 50), ("p95", 95))}  # fmt: skip
    difference = round((ours.percentile(50) or 0) - (bare.percentile(50) or 0), 1)
    return {"entries": entries, **figures, "over_bare_ms": difference, "raw": {"ours": _rounded(ours), "bare": _rounded(bare)}}


def _rounded(outcome: Outcome) -> list[int]:
    return [round(each) for each in outcome.milliseconds]


def _enter(browser: Browser, stage: Stage) -> float:
    with browser.new_context(locale="en-GB") as context:
        page = context.new_page()
        page.goto(ticket_link(stage))
        page.add_init_script(WATCH)
        page.locator("a[href*='/enter']").first.click()
        page.wait_for_url("**/rooms/**")
        button = page.get_by_role("button", name=re.compile("^Enter"))
        button.wait_for()
        page.wait_for_load_state("networkidle")  # somebody who reads the lobby before they press
        button.click()
        milliseconds = page.evaluate("window.__first")
        assert page.evaluate("window.__before") == [], "something was opened or fetched before the click"
        return float(milliseconds)


def _enter_bare(browser: Browser, stage: Stage, address: str) -> float:
    grant = take_seat(stage)["engine"]
    with browser.new_context() as context:
        page = context.new_page()
        page.goto(address)
        page.wait_for_load_state("networkidle")
        direct = f"ws://127.0.0.1:{stage.instance.port_of('engine')}"
        return float(page.evaluate("([url, token]) => window.firstPicture(url, token)", [direct, grant["token"]]))


@contextmanager
def _bare_page() -> Iterator[str]:
    """The bare page at an address of its own."""

    class Handler(http.server.SimpleHTTPRequestHandler):
        def translate_path(self, path: str) -> str:
            return str(CLIENT) if path == "/livekit-client.js" else super().translate_path(path)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the parent's word
            """Nobody reads it."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Handler, directory=str(HERE / "bare")))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/"
    finally:
        server.shutdown()
        server.server_close()
