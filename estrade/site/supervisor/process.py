"""One child process: started in a group of its own, ended with everything it started itself."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path

from estrade.site.supervisor.identity import Identity, become

LOG_BYTES_MAX = 20_000_000


class Process:
    """A running child; what it prints goes to `log`. It dies with this process, however that ends."""

    def __init__(
        self,
        command: list[str],
        environment: Mapping[str, str],
        log: Path,
        *,
        folder: Path | None = None,
        identity: Identity = Identity.OURSELVES,
        signal_when_orphaned: int = signal.SIGKILL,
    ) -> None:
        self.log = log
        self.started_at = time.monotonic()
        self.status: int | None = None
        turn_over(log)
        with log.open("ab") as out:
            self._popen = subprocess.Popen(
                command,
                env=dict(environment),
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                start_new_session=True,
                preexec_fn=become(identity, signal_when_orphaned),  # noqa: PLW1509 - this program has one thread
            )

    @property
    def pid(self) -> int:
        """Also the number of its group."""
        return self._popen.pid

    def has_ended(self) -> bool:
        """Whether it is gone; what it left behind in its group goes with it.

        The group is ended before the child is forgotten: until then no other process can be given its number.
        """
        if self.status is not None:
            return True
        if os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
            return False
        self.send_to_group(signal.SIGKILL)
        self.status = self._popen.wait()
        return True

    def send(self, number: int) -> None:
        """Send a signal to the child alone."""
        if self.status is None:
            self._popen.send_signal(number)

    def send_to_group(self, number: int) -> None:
        """Send a signal to the child and all it started."""
        try:
            os.killpg(self.pid, number)
        except (ProcessLookupError, PermissionError):
            return

    def last_words(self) -> str:
        """The last line it printed."""
        try:
            lines = [line for line in self.log.read_text(errors="replace").splitlines() if line.strip()]
        except OSError:
            return ""
        return lines[-1][:300] if lines else ""


def turn_over(log: Path) -> None:
    """Begin a new file when `log` is long; the last one is kept."""
    log.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if log.exists() and log.stat().st_size > LOG_BYTES_MAX:
        log.rename(log.with_suffix(".log.1"))


def members(group: int) -> list[int]:
    """The processes of a group."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                if os.getpgid(int(entry.name)) == group:
                    found.append(int(entry.name))
            except OSError:
                continue
    return found


def supervised(var: Path) -> list[int]:
    """Every process that belongs to the instance in `var`, whoever its parent is now; PostgreSQL's know themselves."""
    mark = f"ESTRADE_SUPERVISED={var}".encode()
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                if mark in (entry / "environ").read_bytes().split(b"\0") and (entry / "comm").read_text().strip() != "postgres":
                    found.append(int(entry.name))
            except OSError:
                continue
    return found


def end_supervised(var: Path, patience_seconds: float = 5.0) -> int:
    """End what an instance left behind when it was killed; how many processes that were."""
    give_up_at = time.monotonic() + patience_seconds
    seen: set[int] = set()
    while (remaining := supervised(var)) and time.monotonic() < give_up_at:
        for pid in remaining:
            seen.add(pid)
            try:
                os.kill(pid, signal.SIGKILL)
            except (ProcessLookupError, PermissionError):
                continue
        time.sleep(0.05)
    return len(seen)
