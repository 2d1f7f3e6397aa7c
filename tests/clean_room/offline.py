"""`python -m tests.clean_room.offline VAR PORT`: a demo on a machine with nothing but loopback, and somebody who watches it.

To be run where there is no network, as `tests/journeys/test_offline.py` does.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import socket
import struct
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

from deploy.bootstrap import let_playwright_run
from tests.browsers import CHROMIUM, MEDIA, QUIET
from tests.instance import RunningInstance
from tests.journeys.people import choose, enter, give_details, hears, sees_red

SET_FLAGS, UP_AND_RUNNING = 0x8914, 0x41


def main(var: Path, port: int) -> None:
    """Start, fill, buy, enter, see and hear; everything is stopped in the end."""
    raise_loopback()
    assert [name for _number, name in socket.if_nameindex()] == ["lo"]
    instance = RunningInstance(var, port)
    try:
        for arguments in (("up", "--demo", "--detach"), ("demo",)):
            print(instance.command(*arguments).stdout)
        instance.facts = json.loads((var / "demo.json").read_text())
        watch(instance)
    finally:
        instance.command("down", check=False)


def raise_loopback() -> None:
    with contextlib.closing(socket.socket()) as any_socket:
        fcntl.ioctl(any_socket, SET_FLAGS, struct.pack("16sh14x", b"lo", UP_AND_RUNNING))


def watch(instance: RunningInstance) -> None:
    """In a browser that may use loopback: by itself none does, see docs/operate/running.md."""
    let_playwright_run()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=[*QUIET, *MEDIA])
        page = browser.new_page(locale="en-GB")
        page.goto(instance.facts["event_url"])
        choose(page, instance.facts["ticket_types"]["Solidarity"])
        give_details(page, "Bob", "bob.alone@example.org")
        page.locator("a[href*='/tickets/']").first.click()
        enter(page)
        sees_red(page)
        print("seen")
        hears(page)
        print("heard")
        browser.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
