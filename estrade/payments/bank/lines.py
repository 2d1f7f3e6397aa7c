"""A line of a bank's statement in our words, whatever file it came in."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date

from django.utils.translation import gettext as _

from estrade.base.money import Money
from estrade.base.text import clean_line

STATEMENT_BYTES_MAX = 10_000_000
TEXT_LENGTH_MAX = 500
AMOUNT_MINOR_MAX = 10**14


class NotAStatement(Exception):
    """The file cannot be read as a statement; the message says what to do, for a person."""


@dataclass(frozen=True)
class Line:
    """Money that came in: when it was booked, how much, from whom, and what they wrote. `key` is the same in every file that
    has this line.
    """

    booked_on: date
    amount: Money
    name: str
    text: str
    key: str = ""
    iban: str = ""


def keyed(lines: Iterable[Line]) -> Iterator[Line]:
    """Each line with a key: the bank's own where it gave one, else one made of what the line says.

    Two equal lines of one day are two transfers: they are counted, so that the second is not taken for the first.

    Raises:
        NotAStatement: an amount is more than anybody transfers.
    """
    seen: Counter[tuple[object, ...]] = Counter()
    for line in lines:
        if line.amount.minor > AMOUNT_MINOR_MAX:
            raise NotAStatement(_("An amount of this statement cannot be read. Download it from your bank again."))
        said = (line.key, line.booked_on.isoformat(), line.amount, line.name, line.text, line.iban)
        digest = hashlib.sha256("\x1f".join(map(str, (*said, seen[said]))).encode()).hexdigest()
        seen[said] += 1
        name, text, iban = (clean_line(part) for part in (line.name, line.text, line.iban))
        yield replace(line, key=digest[:40], name=name[:120], text=text[:TEXT_LENGTH_MAX], iban=iban[:34])
