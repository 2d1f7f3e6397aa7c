"""An append-only file of JSON lines: one line is one change, whole or not at all."""

from __future__ import annotations

import fcntl
import json
import os
import threading
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class JournalTaken(Exception):
    """Another simulator uses this file."""


class Journal:
    """Lines on disk. `append` survives the death of the process, `sync` that of the machine."""

    def __init__(self, path: Path, *, is_synced: bool = True) -> None:
        """Open or create the file; `is_synced` False leaves the disk to the kernel (faster, for benches).

        Raises:
            JournalTaken: another process has it.
        """
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(self._file)
            raise JournalTaken(str(path)) from error
        self._is_synced = is_synced
        self._length = os.fstat(self._file).st_size
        self._durable = 0
        self._is_syncing = False
        self._changed = threading.Condition()

    def read(self) -> Iterator[Any]:
        """Every line, oldest first; a line torn by a crash is cut off, since nobody was told of it."""
        whole = 0
        with os.fdopen(os.dup(self._file), "rb") as file:
            file.seek(0)
            for line in file:
                if not line.endswith(b"\n"):
                    break
                whole += len(line)
                yield json.loads(line)
        if whole < self._length:
            os.ftruncate(self._file, whole)
            self._length = whole

    def append(self, line: str) -> int:
        """Write one line; the result is what `sync` waits for. Calls must not overlap."""
        data = line.encode() + b"\n"
        try:
            if os.write(self._file, data) != len(data):
                raise OSError("short write")  # noqa: TRY301 -- cut off below like any other failure
        except OSError:
            os.ftruncate(self._file, self._length)
            raise
        self._length += len(data)
        return self._length

    def sync(self, upto: int) -> None:
        """Return when everything up to `upto` is on disk. One caller syncs for all who wait."""
        if not self._is_synced:
            return
        with self._changed:
            while self._is_syncing and self._durable < upto:
                self._changed.wait()
            if self._durable >= upto:
                return
            self._is_syncing = True
            target = self._length
        is_done = False
        try:
            os.fdatasync(self._file)
            is_done = True
        finally:
            with self._changed:
                self._durable = target if is_done else self._durable
                self._is_syncing = False
                self._changed.notify_all()

    def empty(self) -> None:
        """Forget everything."""
        with self._changed:
            os.ftruncate(self._file, 0)
            self._length = self._durable = 0

    def close(self) -> None:
        """Let go of the file."""
        os.close(self._file)
