"""kill -9 in the middle of a show: who was there is there again, by themselves, and the picture was away for moments."""

from __future__ import annotations

import time

import pytest

from tests.crashes.conftest import kill_nine, process_of
from tests.instance import wait_for
from tests.journeys.people import a_ticket, enter

BLACK_SECONDS_MAX = 6
BLACK_SECONDS_AIM = 3
# Notes when a decoded frame of anybody's video is shown, also of elements that are made later.
WATCH = """() => {
    const frames = window.framesAt = [performance.now()], known = new WeakSet();
    const follow = video => {
        const shown = () => { if (video.srcObject) frames.push(performance.now()); video.requestVideoFrameCallback(shown); };
        video.requestVideoFrameCallback(shown);
    };
    setInterval(() => { for (const video of document.querySelectorAll("video")) {
        if (!known.has(video)) { known.add(video); follow(video); }
    } }, 50);
}"""
# The longest time without a frame since a moment, in seconds; the time since the last frame counts too.
BLACK = """since => {
    const frames = [since, ...window.framesAt.filter(at => at > since), performance.now()];
    let longest = 0;
    for (let index = 1; index < frames.length; index++) longest = Math.max(longest, frames[index] - frames[index - 1]);
    return longest / 1000;
}"""
# Whether frames have come steadily for the last three seconds.
IS_STEADY = """() => {
    const now = performance.now(), recent = window.framesAt.filter(at => at > now - 3000);
    return recent.length >= 20 && [...recent, now].every((at, index, all) => index === 0 || at - all[index - 1] < 1000);
}"""
IS_CONNECTED = "() => document.querySelector('[data-view=room][data-connection=connected]') !== null"


@pytest.fixture(scope="module")
def show(instance):
    """The demo's event, with the robot on its stage."""
    facts = instance.facts
    return {"occurrence": facts["occurrence"], "free": facts["ticket_types"]["Solidarity"]}


@pytest.fixture
def watching(instance, show, visit):
    """Bob's page, with a steady picture."""
    page = visit(a_ticket(instance, show, "Bob"))
    enter(page)
    page.evaluate(WATCH)
    page.wait_for_function(IS_STEADY, timeout=40_000)
    return page


@pytest.mark.parametrize("parts", [["engine"], ["messages"], ["front"], ["engine", "messages", "front"]], ids=" ".join)
def test_participants_are_back_by_themselves(parts, instance, watching):
    page = watching
    before = {part: process_of(instance, part) for part in parts}
    heard: list[str] = []
    since = page.evaluate("performance.now()")
    listen_to_the_next(page, heard)

    for part in parts:
        kill_nine(instance, part)
    killed_at = time.monotonic()
    page.wait_for_timeout(2_000)  # the browser has seen the end of what was
    page.wait_for_function(IS_STEADY, timeout=60_000)
    page.wait_for_function(IS_CONNECTED, timeout=60_000)
    if parts != ["engine"]:
        wait_until(page, lambda: bool(heard), "a line to the message engine")
    back = time.monotonic() - killed_at
    for part in parts:
        wait_for(lambda part=part: process_of(instance, part) not in (0, before[part]), 30, f"{part} to run again")

    black = page.evaluate(BLACK, since)
    print(f"\n{', '.join(parts)} killed: {black:.1f} s of black (aim {BLACK_SECONDS_AIM}), everything back after {back:.1f} s")
    assert black <= BLACK_SECONDS_MAX


def listen_to_the_next(page, heard):
    """Note what comes over lines that are opened from now on."""

    def follow(socket):
        if "/connection/" in socket.url:
            socket.on("framereceived", lambda _frame: heard.append(socket.url))

    page.on("websocket", follow)


def wait_until(page, look, what, seconds=40):
    """Wait without stopping the page's events."""
    until = time.monotonic() + seconds
    while not look():
        assert time.monotonic() < until, f"waited {seconds} s for {what}"
        page.wait_for_timeout(100)
