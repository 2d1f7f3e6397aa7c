"""The machine, what runs on it besides us, and when it is quiet enough to measure."""

from __future__ import annotations

import ctypes
import os
import platform
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

OTHER_PERCENT_MAX = 10.0
PR_SET_CHILD_SUBREAPER = 36  # linux/prctl.h
TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


def adopt_orphans() -> None:
    """Make what outlives its parent below us a child of ours: a browser's processes end after it, and their time is ours."""
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def facts() -> dict[str, Any]:
    """What somebody must know to compare."""
    cpu = next((line.split(":")[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines() if "model name" in line), "?")
    memory_kib = int(Path("/proc/meminfo").read_text().split("MemTotal:")[1].split()[0])
    return {
        "cpu": cpu,
        "cores": os.cpu_count(),
        "memory_gib": round(memory_kib / 1024**2, 1),
        "kernel": platform.release(),
        "python": platform.python_version(),
    }


def commit(repository: Path) -> str:
    """The commit that was measured, with a plus when files differ from it."""
    name = _git(repository, "rev-parse", "--short=12", "HEAD")
    return name + ("+" if _git(repository, "status", "--porcelain", "--untracked-files=no") else "")


def _git(repository: Path, *arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=repository, check=False, capture_output=True, text=True).stdout.strip()


@dataclass
class Load:
    """The machine's time in a block, in percent of all cores: ours by name, of everybody else, and stolen by the hypervisor."""

    roots: dict[str, int]
    ours_percent: dict[str, float] = field(default_factory=dict)
    other_percent: float = 0.0
    stolen_percent: float = 0.0

    @property
    def is_quiet(self) -> bool:
        return self.other_percent < OTHER_PERCENT_MAX

    def __enter__(self) -> Self:
        self._began_at, self._busy, self._stolen = time.monotonic(), *_machine_ticks()
        self._ours = _ticks_by_root(self.roots)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        capacity = (time.monotonic() - self._began_at) * TICKS_PER_SECOND * (os.cpu_count() or 1) / 100
        busy, stolen = _machine_ticks()
        ours = _ticks_by_root(self.roots)
        self.ours_percent = {name: round((ours[name] - self._ours[name]) / capacity, 1) for name in ours}
        self.stolen_percent = round((stolen - self._stolen) / capacity, 1)
        everything = (busy - self._busy) / capacity
        self.other_percent = round(max(0.0, everything - sum(self.ours_percent.values())), 1)

    @staticmethod
    def cores() -> int:
        return os.cpu_count() or 1

    def as_json(self) -> dict[str, Any]:
        return {"cpu_percent": self.ours_percent, "other_percent": self.other_percent, "stolen_percent": self.stolen_percent}


def other_percent(roots: dict[str, int], seconds: float = 2.0) -> float:
    """How busy everybody else keeps the machine at the moment."""
    with Load(roots) as load:
        time.sleep(seconds)
    return load.other_percent


def wait_until_quiet(roots: dict[str, int], seconds: float) -> bool:
    """Whether the machine came to rest within `seconds`."""
    until = time.monotonic() + seconds
    while other_percent(roots) >= OTHER_PERCENT_MAX:
        if time.monotonic() > until:
            return False
    return True


def memory_mib(pid: int) -> float:
    """The memory of a process tree that nobody else has: shared pages are divided among those who share them."""
    kib = 0
    for each in tree(pid):
        try:
            text = Path(f"/proc/{each}/smaps_rollup").read_text()
        except OSError:
            continue
        kib += int(text.split("\nPss:")[1].split()[0])
    return round(kib / 1024, 1)


def tree(root: int) -> list[int]:
    """`root` and everything below it."""
    children: dict[int, list[int]] = {}
    for pid, (parent, _) in _processes().items():
        children.setdefault(parent, []).append(pid)
    found, to_do = [], [root]
    while to_do:
        pid = to_do.pop()
        found.append(pid)
        to_do += children.get(pid, [])
    return found


def _machine_ticks() -> tuple[int, int]:
    user, nice, system, _idle, _wait, hard, soft, stolen = (int(each) for each in Path("/proc/stat").read_text().split()[1:9])
    return user + nice + system + hard + soft, stolen


def _ticks_by_root(roots: dict[str, int]) -> dict[str, int]:
    """The ticks used below each root so far; a root inside another is counted apart from it."""
    table = _processes()
    owners: dict[int, str] = {pid: name for name, pid in roots.items()}

    def owner(pid: int) -> str | None:
        seen = pid
        while seen in table:
            if seen in owners:
                return owners[seen]
            seen = table[seen][0]
        return None

    totals = dict.fromkeys(roots, 0)
    for pid, (_parent, ticks) in table.items():
        name = owner(pid)
        if name:
            totals[name] += ticks
    return totals


def _processes() -> dict[int, tuple[int, int]]:
    """Parent and ticks (children that ended included) by process."""
    found = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                said = (entry / "stat").read_text().rsplit(")", 1)[1].split()
            except OSError:
                continue
            found[int(entry.name)] = (int(said[1]), sum(int(each) for each in said[11:15]))
    return found
