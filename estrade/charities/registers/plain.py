"""Any other register, in our columns: number, name, country, and where known place, status, since, recognition.

`status` is one of registered (also when empty), dissolved, removed, revoked; `since` a day; `recognition` one of deductible,
treaty, not_deductible, gift_aid, public_utility. The number is kept with its country before it: LU F1234.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO

from estrade.charities.registers.rows import Recognition, Row, Status, day, records, row

STATUSES = {Status.REGISTERED.value, Status.DISSOLVED.value, Status.REMOVED.value, Status.REVOKED.value}


def rows(file: IO[bytes]) -> Iterator[Row | None]:
    """Each organisation, or None for a row without number, name or country, or with a status that is none."""
    for record in records(file, {"number", "name", "country"}):
        country, status = record["country"].strip().upper(), record.get("status", "").strip().lower() or Status.REGISTERED.value
        recognition = record.get("recognition", "").strip().lower()
        if len(country) != 2 or not (country.isascii() and country.isalpha()) or status not in STATUSES:
            yield None
            continue
        yield row(
            f"{country} {record['number'].strip()}" if record["number"].strip() else "",
            record["name"],
            record.get("place", ""),
            country,
            status=status,
            since=day(record.get("since", "")),
            recognition=recognition if recognition in Recognition.values else Recognition.UNKNOWN,
        )
