"""England and Wales: the Charity Commission's public extract, table `charity`, as JSON (one list) or separated by tabs.

https://register-of-charities.charitycommission.gov.uk/register/full-register-download: registered_charity_number,
linked_charity_number (0: the charity itself; others are parts of it under the same number), charity_name,
charity_registration_status, date_of_removal, charity_gift_aid and the address, whose last line is the place.
The file with tabs quotes nothing: a quote is a quote, and a text with a line end goes on in the next line.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import IO, Any

from estrade.charities.errors import RegisterUnreadable
from estrade.charities.registers.rows import LINE_BYTES_MAX, Recognition, Row, Status, day, lines, row

NEEDED = {"registered_charity_number", "charity_name", "charity_registration_status"}
ADDRESS = [f"charity_contact_address{number}" for number in (5, 4, 3, 2)]


def rows(file: IO[bytes]) -> Iterator[Row | None]:
    """Each charity, or None for a record without number or name."""
    for record in _records(file):
        number, linked = _said(record, "registered_charity_number"), _said(record, "linked_charity_number")
        is_registered = _said(record, "charity_registration_status").lower() == "registered"
        has_gift_aid = _said(record, "charity_gift_aid").lower() in {"true", "1", "t"}
        yield row(
            f"{number}-{linked}" if number and linked not in {"", "0"} else number,
            _said(record, "charity_name"),
            next((_said(record, line) for line in ADDRESS if _said(record, line)), ""),
            "GB",
            status=Status.REGISTERED if is_registered else Status.REMOVED,
            since=None if is_registered else day(_said(record, "date_of_removal")),
            recognition=Recognition.GIFT_AID if has_gift_aid else Recognition.UNKNOWN,
        )


def _said(record: dict[str, Any], name: str) -> str:
    value = record.get(name)
    return "" if value is None or value == "NULL" else str(value).strip()


def _records(file: IO[bytes]) -> Iterator[dict[str, Any]]:
    text = lines_in_pieces(file)
    first = next(text, "")
    return _json(first, text) if first.lstrip()[:1] == "[" else _tabs(first, text)


def lines_in_pieces(file: IO[bytes]) -> Iterator[str]:
    """The lines of `file`; JSON without line ends comes in pieces."""
    head = file.read(4).removeprefix(b"\xef\xbb\xbf")
    if head.lstrip()[:1] != b"[":
        yield from lines(_Joined(head, file))  # type: ignore[arg-type]
        return
    decoder = json.codecs.getincrementaldecoder("utf-8")("replace")  # type: ignore[attr-defined]
    yield decoder.decode(head)
    while piece := file.read(65_536):
        yield decoder.decode(piece)


class _Joined:
    """A file of which the first bytes were read already."""

    def __init__(self, head: bytes, file: IO[bytes]) -> None:
        self.head, self.file = head, file

    def readline(self, size: int) -> bytes:
        head, self.head = self.head, b""
        if b"\n" in head:
            line, _end, self.head = head.partition(b"\n")
            return line + b"\n"
        return head + self.file.readline(size)


def _json(first: str, pieces: Iterator[str]) -> Iterator[dict[str, Any]]:
    """The objects of one long list, one at a time."""
    decoder, waiting, at = json.JSONDecoder(), first, len(first) - len(first.lstrip()) + 1
    while True:
        while waiting[at : at + 1] in set(" \t\r\n,"):
            at += 1
        if waiting[at : at + 1] == "]":
            return
        try:
            record, at = decoder.raw_decode(waiting, at)
        except ValueError:
            piece = next(pieces, None)
            if piece is None or len(waiting) - at > LINE_BYTES_MAX:
                raise RegisterUnreadable(reason="the list does not end") from None
            waiting, at = waiting[at:] + piece, 0
            continue
        if not isinstance(record, dict):
            raise RegisterUnreadable(reason="not a list of records")
        yield record


def _tabs(first: str, text: Iterator[str]) -> Iterator[dict[str, str]]:
    names = [name.strip().strip('"').lower() for name in first.rstrip("\r\n").split("\t")]
    if missing := NEEDED - set(names):
        raise RegisterUnreadable(missing_columns=", ".join(sorted(missing)))
    begun: list[str] = []
    for line in text:
        fields = line.rstrip("\r\n").split("\t")
        joined = [*begun[:-1], f"{begun[-1]} {fields[0]}", *fields[1:]] if begun else fields
        if len(joined) > len(names):  # what was begun never ends: it is nothing, and this line stands for itself
            yield {}
            joined = fields
        if len(joined) >= len(names):
            yield dict(zip(names, joined, strict=False))
        begun = joined if len(joined) < len(names) and any(joined) else []
    if begun:
        yield {}
