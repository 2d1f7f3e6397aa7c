"""Real browsers: cameras and microphones are files, everything else is as it is for people."""

from __future__ import annotations

import json
import wave
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, sync_playwright

from deploy.bootstrap import find_chromium, let_playwright_run
from tests.instance import REPOSITORY, RunningInstance

CHROMIUM = find_chromium() or ""
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync"]
MEDIA = ["--use-fake-ui-for-media-stream", "--autoplay-policy=no-user-gesture-required", "--allow-loopback-in-peer-connection"]
RED, HEIGHT, WIDTH, FPS = (82, 90, 240), 360, 640, 15
AXE = REPOSITORY / "web" / "node_modules" / "axe-core" / "axe.min.js"
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    assert CHROMIUM, "Chromium is missing: install the package chromium"
    let_playwright_run()
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="session")
def red_picture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A second of red, as a camera."""
    path = tmp_path_factory.mktemp("camera") / "red.y4m"
    luma, u, v = RED
    frame = b"FRAME\n" + bytes([luma]) * (WIDTH * HEIGHT) + bytes([u]) * (WIDTH * HEIGHT // 4) + bytes([v]) * (WIDTH * HEIGHT // 4)
    path.write_bytes(f"YUV4MPEG2 W{WIDTH} H{HEIGHT} F{FPS}:1 Ip A1:1 C420jpeg\n".encode() + frame * FPS)
    return path


@pytest.fixture(scope="session")
def tone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two seconds of 440 Hz, as a microphone."""
    path = tmp_path_factory.mktemp("microphone") / "440.wav"
    samples = (12_000 * np.sin(2 * np.pi * 440 * np.arange(96_000) / 48_000)).astype(np.int16)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(48_000)
        file.writeframes(samples.tobytes())
    return path


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    """Chromium for visitors: they have no camera."""
    launched = playwright.chromium.launch(executable_path=CHROMIUM, args=[*QUIET, *MEDIA])
    yield launched
    launched.close()


@pytest.fixture(scope="session")
def stage_browser(playwright: Playwright, red_picture: Path, tone: Path) -> Iterator[Browser]:
    """Chromium for people on stage: a red picture and a tone of 440 Hz."""
    camera = ["--use-fake-device-for-media-stream=fps=15", f"--use-file-for-fake-video-capture={red_picture}"]
    launched = playwright.chromium.launch(
        executable_path=CHROMIUM, args=[*QUIET, *MEDIA, *camera, f"--use-file-for-fake-audio-capture={tone}"]
    )
    yield launched
    launched.close()


Visit = Callable[..., Page]


def _visits(browser: Browser, instance: RunningInstance) -> Iterator[Visit]:
    contexts: list[BrowserContext] = []
    stopped: list[str] = []

    def visit(path: str = "", **options: object) -> Page:
        """A page of a visitor of their own, in English unless said otherwise."""
        settings = {"base_url": instance.url, "locale": "en-GB", "timezone_id": "Europe/Luxembourg", "reduced_motion": "reduce"}
        context = browser.new_context(**(settings | options))  # type: ignore[arg-type]
        context.set_default_timeout(20_000)
        contexts.append(context)
        context.on("console", lambda said: stopped.append(said.text) if "Content Security Policy" in said.text else None)
        page = context.new_page()
        if path:
            page.goto(path)
        return page

    yield visit
    for context in contexts:
        instance.cookies |= {cookie.get("value", "") for cookie in context.cookies()}
        context.close()
    assert stopped == [], "a page needs what its policy forbids"


@pytest.fixture
def visit(browser: Browser, instance: RunningInstance) -> Iterator[Visit]:
    yield from _visits(browser, instance)


@pytest.fixture
def visit_with_camera(stage_browser: Browser, instance: RunningInstance) -> Iterator[Visit]:
    yield from _visits(stage_browser, instance)


@pytest.fixture
def accessible() -> Callable[[Page], None]:
    """Whether axe-core finds nothing against WCAG 2.2 A and AA, in both themes; a list of what it found otherwise."""
    source = AXE.read_text()

    def check(page: Page) -> None:
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            page.wait_for_timeout(300)  # colours change over 120 ms
            page.evaluate(source)
            found = page.evaluate("tags => axe.run(document, {runOnly: {type: 'tag', values: tags}})", WCAG)
            short = [
                f"{scheme} {violation['id']}: {node['target']} {node.get('failureSummary', '')[:300]}"
                for violation in found["violations"]
                for node in violation["nodes"]
            ]
            assert short == [], f"{page.url}: {json.dumps(short, indent=1)}"
        page.emulate_media(color_scheme="light")

    return check
