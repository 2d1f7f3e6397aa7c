"""The United States: the Exempt Organizations Business Master File, CSV with one first line, a file for each region.

https://www.irs.gov/charities-non-profits/exempt-organizations-business-master-file-extract-eo-bmf, columns EIN, NAME,
CITY, STATE, DEDUCTIBILITY and STATUS. An organisation whose exemption was revoked is not in the next file.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO

from estrade.charities.registers.rows import Recognition, Row, Status, records, row

EXEMPT = {"1", "2", "12", "25"}  # unconditional, conditional, a trust of 4947(a)(2), leaving the status of a private foundation
DEDUCTIBLE = {"1": Recognition.DEDUCTIBLE, "2": Recognition.NOT_DEDUCTIBLE, "4": Recognition.TREATY}


def rows(file: IO[bytes]) -> Iterator[Row | None]:
    """Each organisation, or None for a row without number or name."""
    for record in records(file, {"ein", "name", "city", "state", "deductibility", "status"}):
        number = record["ein"].strip().replace("-", "")
        if not number.isascii() or not number.isdigit():
            yield None
            continue
        is_exempt = record["status"].strip().lstrip("0") in EXEMPT
        yield row(
            number.zfill(9),  # spreadsheets drop the noughts in front
            record["name"],
            ", ".join(part for part in (record["city"].strip(), record["state"].strip()) if part),
            "US",
            status=Status.REGISTERED if is_exempt else Status.REVOKED,
            recognition=DEDUCTIBLE.get(record["deductibility"].strip().lstrip("0"), Recognition.UNKNOWN),
        )
