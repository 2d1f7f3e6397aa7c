"""France: the Répertoire national des associations, files `rna_waldec`, semicolons, a file for each département.

https://www.data.gouv.fr/datasets/repertoire-national-des-associations/: id, titre, adrs_libcommune, position (A active,
D dissolved, S deleted), date_disso (0001-01-01 for none) and rup_mi, a number
where the association is recognised as of public utility.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO

from estrade.charities.registers.rows import Recognition, Row, Status, day, records, row

POSITIONS = {"A": Status.REGISTERED, "D": Status.DISSOLVED, "S": Status.REMOVED}


def rows(file: IO[bytes]) -> Iterator[Row | None]:
    """Each association, or None for a row without number or name."""
    for record in records(file, {"id", "titre", "adrs_libcommune", "position"}):
        dissolved = day(record.get("date_disso", ""))
        status = POSITIONS.get(record["position"].strip().upper(), Status.REMOVED)
        if dissolved and status == Status.REGISTERED:
            status = Status.DISSOLVED
        yield row(
            record["id"].strip().upper(),
            record["titre"],
            record["adrs_libcommune"],
            "FR",
            status=status,
            since=dissolved,
            recognition=Recognition.PUBLIC_UTILITY if record.get("rup_mi", "").strip() else Recognition.UNKNOWN,
        )
