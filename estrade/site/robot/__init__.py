"""The robot performer: a program that goes on stage by its crew link, so that one person alone can watch a show."""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import os
import signal
from collections.abc import Callable
from pathlib import Path

from estrade.site.robot.alone import allow_loopback_alone
from estrade.site.robot.performer import Performer

LINK_NAME = "robot_crew_link"  # as estrade.site.demo writes it


def main(arguments: list[str] | None = None) -> int:
    """Perform until SIGTERM; the exit status."""
    parser = argparse.ArgumentParser(prog="estrade robot", description="Go on stage and perform, until SIGTERM.")
    parser.add_argument("link", nargs="?", help="a crew link; without it the demo's, as soon as var/demo.json names it")
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    logging.getLogger("livekit").setLevel(logging.CRITICAL)  # our own lines say the same, without addresses
    allow_loopback_alone()
    asyncio.run(_perform((lambda: options.link) if options.link else link_of_the_demo))
    return 0


def link_of_the_demo() -> str:
    """The robot's crew link in var/demo.json; nothing while the demo is not filled yet."""
    folder = os.environ.get("ESTRADE_VAR") or Path(__file__).resolve().parents[3] / "var"
    try:
        return str(json.loads((Path(folder) / "demo.json").read_text()).get(LINK_NAME, ""))
    except (OSError, ValueError, AttributeError):
        return ""


async def _perform(find_link: Callable[[], str]) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await Performer(find_link, stop).run()
