"""A whole instance to be hard on, and a browser to watch it from."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.instance import RunningInstance, running_instance


def pytest_collection_modifyitems(items):
    for item in items:
        if "crashes" in str(item.path):
            item.add_marker(pytest.mark.crash)


@pytest.fixture(scope="session")
def instance(tmp_path_factory):
    with running_instance(tmp_path_factory.mktemp("crashes") / "var") as running:
        yield running


def process_of(instance: RunningInstance, part: str) -> int:
    """The process id of a part, or 0 while it has none."""
    parts = json.loads(instance.command("status", "--json", check=False).stdout)["parts"]
    return int(parts[part]["pid"] or 0)


def kill_nine(instance: RunningInstance, part: str) -> None:
    """End a part and everything that it started as a power cut would: at once, and in no order."""
    pid = process_of(instance, part)
    assert pid, f"{part} does not run"
    for each in (pid, *descendants(pid)):
        try:
            os.kill(each, signal.SIGKILL)
        except ProcessLookupError:
            continue


def descendants(pid: int) -> Iterable[int]:
    """Every process below `pid`."""
    try:
        children = [int(text) for path in Path(f"/proc/{pid}/task").glob("*/children") for text in path.read_text().split()]
    except OSError:
        return []
    return [*children, *(each for child in children for each in descendants(child))]
