"""France: the list of associations recognised as of public utility, as CSV.

Its columns have had several names over the years, and not every edition has the number in the RNA; the known names are tried.
What has no number cannot be followed and is counted as unreadable. Who loses the recognition is no longer on the list.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO

from estrade.charities.folding import fold
from estrade.charities.registers.rows import Recognition, Row, day, records, row

KNOWN_AS = {
    "number": ("numero rna", "n rna", "no rna", "rna", "id", "waldec"),
    "name": ("titre", "nom", "denomination", "nom de l association", "association"),
    "place": ("commune", "ville", "adrs libcommune", "siege", "departement"),
    "decree": ("date du decret", "date decret", "date de reconnaissance", "decret"),
}


def rows(file: IO[bytes]) -> Iterator[Row | None]:
    """Each association, or None for a row without number or name."""
    for record in records(file, {"number", "name"}, _renamed):
        since, place = day(record.get("decree", "")), record.get("place", "")
        number = record["number"].strip().upper()
        yield row(number, record["name"], place, "FR", since=since, recognition=Recognition.PUBLIC_UTILITY)


def _renamed(names: list[str]) -> list[str]:
    """Our names of the columns; of several that fit, the one that is named first above."""
    folded = [fold(name.replace("_", " ").replace("°", " ")) for name in names]
    found = {next((known for known in these if known in folded), ""): ours for ours, these in KNOWN_AS.items()}
    return [found.get(name, name) for name in folded]
