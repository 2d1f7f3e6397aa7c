"""Files of public registers, read row by row. Each reader is pure: binary lines in, rows out, memory bounded whatever the file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import IO

from estrade.charities.models import Register
from estrade.charities.registers import fr_rna, fr_rup, plain, uk_ccew, us_irs
from estrade.charities.registers.rows import Row

READERS: dict[str, Callable[[IO[bytes]], Iterator[Row | None]]] = {
    Register.US_IRS: us_irs.rows,
    Register.UK_CCEW: uk_ccew.rows,
    Register.FR_RNA: fr_rna.rows,
    Register.FR_RUP: fr_rup.rows,
    Register.PLAIN: plain.rows,
}
