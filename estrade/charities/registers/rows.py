"""What every reader gives, and the reading that they share."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import IO

from estrade.base.text import clean_line
from estrade.charities.errors import RegisterUnreadable
from estrade.charities.models import RegisterEntry

Status, Recognition = RegisterEntry.Status, RegisterEntry.Recognition
FIELD_LETTERS_MAX = 131_072  # of one field: a quote that is never closed stops the reading here, not at the end of the memory
LINE_BYTES_MAX = 1_000_000


@dataclass(frozen=True, slots=True)
class Row:
    """One organisation as its register has it."""

    number: str
    name: str
    place: str
    country: str
    status: str = Status.REGISTERED
    since: date | None = None  # since when it has this status, where the register says so
    recognition: str = Recognition.UNKNOWN


def row(number: str, name: str, place: str, country: str, **more: object) -> Row | None:
    """A row with its texts cleaned and cut to what is kept; None when it has no number or no name."""
    number, name = clean_line(number)[:41], clean_line(name)[:200]
    if not number or not name or len(number) > 40:
        return None
    return Row(number, name, clean_line(place)[:120], country, **more)  # type: ignore[arg-type]


def lines(file: IO[bytes]) -> Iterator[str]:
    """The lines of `file`. Registers mix encodings, even in one file: what is not UTF-8 is Windows's Latin-1.

    Raises:
        RegisterUnreadable: a line is longer than any register's.
    """
    is_first = True
    while line := file.readline(LINE_BYTES_MAX + 1):
        if len(line) > LINE_BYTES_MAX:
            raise RegisterUnreadable
        yield _text(line.removeprefix(b"\xef\xbb\xbf") if is_first else line)
        is_first = False


def _text(line: bytes) -> str:
    try:
        return line.decode()
    except UnicodeDecodeError:
        return line.decode("cp1252", "replace")


def records(file: IO[bytes], needed: set[str], renamed: Callable[[list[str]], list[str]] = list) -> Iterator[dict[str, str]]:
    """The records of a CSV file by the names of its first line, in lower case; commas, semicolons or tabs between fields.

    `renamed` may give the columns other names.

    Raises:
        RegisterUnreadable: it is not such a file, or lacks a column of `needed`.
    """
    text = lines(file)
    first = next(text, "")
    comma = max(",;\t", key=first.count)
    names = renamed([name.strip().lower() for name in next(csv.reader([first], delimiter=comma), [])])
    if missing := needed - set(names):
        raise RegisterUnreadable(missing_columns=", ".join(sorted(missing)))
    csv.field_size_limit(FIELD_LETTERS_MAX)
    try:
        for fields in csv.reader(text, delimiter=comma):
            if any(fields):
                # What a broken row lacks is empty; what it has too much of is nobody's.
                yield dict(zip(names, fields + [""] * (len(names) - len(fields)), strict=False))
    except csv.Error as error:
        raise RegisterUnreadable(reason=str(error)) from None


def day(text: str) -> date | None:
    """The day that a register writes, as 2024-03-01, 2024-03-01T00:00:00, 01/03/2024 or 20240301; None for none.

    The year 1 is how the French registers write that there is none.
    """
    text = text.strip().split("T")[0].split(" ")[0]
    if len(text) == 10 and text[2] == text[5] == "/":
        text = f"{text[6:]}-{text[3:5]}-{text[:2]}"
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if found.year > 1800 else None
