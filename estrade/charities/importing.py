"""Reading a register in: batch by batch, each one transaction, so that it may be stopped anywhere and begun again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import IO
from zipfile import BadZipFile, ZipFile

from django.db import connection, transaction

from estrade.charities import actions
from estrade.charities.errors import RegisterIsRead, RegisterShrank, RegisterUnreadable
from estrade.charities.folding import fold
from estrade.charities.models import RegisterEntry, RegisterImport
from estrade.charities.registers import READERS
from estrade.charities.registers.rows import Row

BATCH = 2_000
GONE_PERCENT_MAX = 10
Status = RegisterEntry.Status

_UPSERT = """
INSERT INTO charities_registerentry AS had
    (register, number, name, place, country, searched, status, status_since, recognition,
     first_seen_at, last_seen_at, last_import_id)
SELECT %s, row.*, %s, %s, %s
FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::date[], %s::text[]) AS row
ON CONFLICT (register, number) DO UPDATE SET
    name = excluded.name, place = excluded.place, country = excluded.country, searched = excluded.searched,
    recognition = excluded.recognition, last_seen_at = excluded.last_seen_at, last_import_id = excluded.last_import_id,
    status = excluded.status,
    status_since = CASE WHEN excluded.status_since IS NULL AND had.status <> excluded.status THEN %s
                        ELSE coalesce(excluded.status_since, had.status_since) END
"""


def import_register(
    register: str, paths: list[Path], now: datetime, *, is_whole: bool = True, may_shrink: bool = False, batch: int = BATCH
) -> RegisterImport:
    """Read the files of `register` in; whatever was read before is brought up to date, so it may be run twice and after a stop.

    With `is_whole`, what is registered here and not in the files is gone. When that is more than a tenth the files may be cut
    off: what they say is kept and nothing is taken as gone, unless `may_shrink`.

    Raises:
        RegisterIsRead: somebody else is at it.
        RegisterUnreadable: a file is not of this register, or damaged; what came before the fault is kept.
        RegisterShrank: more than a tenth is missing.
    """
    names = ", ".join(path.name for path in paths)[:500]
    with _alone(register):
        return _import(register, paths, names, now, is_whole=is_whole, may_shrink=may_shrink, batch=batch)


@contextmanager
def _alone(register: str) -> Iterator[None]:
    """Let one import of `register` run at a time: of two, each would take as gone what the other has seen.

    The lock is the connection's, so it goes with a process that is killed.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtext(%s))", [f"charities.import.{register}"])
        if not cursor.fetchone()[0]:
            raise RegisterIsRead
        try:
            yield
        finally:
            cursor.execute("SELECT pg_advisory_unlock(hashtext(%s))", [f"charities.import.{register}"])


def _import(
    register: str, paths: list[Path], names: str, now: datetime, *, is_whole: bool, may_shrink: bool, batch: int
) -> RegisterImport:
    reading = RegisterImport.objects.create(register=register, files=names, is_whole=is_whole, started_at=now)
    rows = _rows(register, paths)
    while some := list(islice(rows, batch)):
        _keep(reading, some, now)
    return _finish(reading, now, may_shrink=may_shrink)


def _rows(register: str, paths: list[Path]) -> Iterator[Row | None]:
    for path in paths:
        for file in _files(path):
            with file as opened:
                yield from READERS[register](opened)


def _files(path: Path) -> Iterator[IO[bytes]]:
    """The file, or each file of an archive; neither is unpacked to the disk nor held in memory."""
    try:
        if path.suffix.lower() != ".zip":
            yield path.open("rb")
            return
        with ZipFile(path) as archive:
            for name in sorted(archive.namelist()):
                if name.lower().endswith((".csv", ".txt", ".json")):
                    yield archive.open(name)
    except (OSError, BadZipFile) as error:
        raise RegisterUnreadable(file=path.name, reason=str(error)) from None


@transaction.atomic
def _keep(reading: RegisterImport, rows: list[Row | None], now: datetime) -> None:
    """Bring the entries of one batch up to date; of rows with one number the last counts."""
    known = {row.number: row for row in rows if row}
    reading.read_count += sum(row is not None for row in rows)
    reading.unreadable_count += sum(row is None for row in rows)
    reading.save(update_fields=["read_count", "unreadable_count"])
    if not known:
        return
    # In the order of their numbers: two imports at once wait for each other and never lock up.
    values = [_values(known[number]) for number in sorted(known)]
    columns = [list(column) for column in zip(*values, strict=True)]
    with connection.cursor() as cursor:
        cursor.execute(_UPSERT, [reading.register, now, now, reading.pk, *columns, now.date()])
    actions.follow(reading.register, now)


def _values(row: Row) -> tuple[object, ...]:
    searched = fold(f"{row.name} {row.place}")[:330]
    return (row.number, row.name, row.place, row.country, searched, str(row.status), row.since, str(row.recognition))


@transaction.atomic
def _finish(reading: RegisterImport, now: datetime, *, may_shrink: bool) -> RegisterImport:
    if reading.is_whole:
        entries = RegisterEntry.objects.filter(register=reading.register).exclude(status=Status.GONE)
        missing = entries.exclude(last_import=reading.pk)
        missing_count = missing.count()
        if missing_count * 100 > GONE_PERCENT_MAX * entries.count() and not may_shrink:
            raise RegisterShrank(missing=missing_count, of=entries.count())
        reading.gone_count = missing.update(status=Status.GONE, status_since=now.date())
        actions.follow(reading.register, now)
    reading.finished_at = now
    reading.save(update_fields=["finished_at", "gone_count"])
    return reading
