"""Statements as a table, as every bank writes it differently: columns are known by their names in three languages."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal

from django.utils.translation import gettext as _

from estrade.base.money import EXPONENTS, Money
from estrade.payments.bank.lines import Line, NotAStatement
from estrade.payments.bank.numbers import compact

# What banks call their columns, without accents and signs. The first that a file has counts; text is all that it has.
COLUMNS = {
    "date": ("date", "booking date", "buchungstag", "buchungsdatum", "date comptable", "date d operation", "date operation",
             "date de comptabilisation", "datum", "value date", "valuta", "date valeur"),
    "amount": ("amount", "betrag", "montant", "credit", "montant eur", "amount eur", "betrag eur", "umsatz", "gutschrift"),
    "currency": ("currency", "wahrung", "waehrung", "devise", "monnaie"),
    "name": ("name", "counterparty", "counterparty name", "payer", "auftraggeber", "beguenstigter zahlungspflichtiger",
             "name zahlungsbeteiligter", "zahlungspflichtiger", "nom", "contrepartie", "nom contrepartie", "donneur d ordre",
             "nom de la contrepartie"),
    "iban": ("iban", "account", "counterparty iban", "kontonummer iban", "iban zahlungsbeteiligter", "compte contrepartie",
             "counterparty account", "iban contrepartie"),
    "key": ("transaction id", "reference bancaire", "bank reference", "id", "transaction reference", "numero d operation"),
}  # fmt: skip
TEXT = (
    "text", "reference", "description", "communication", "libelle", "details", "verwendungszweck", "buchungstext", "message",
    "remittance information", "communication 1", "communication 2", "communication 3", "motif", "payment reference",
    "kundenreferenz", "structured communication", "communication structuree",
)  # fmt: skip
DATES = ("%Y-%m-%d", "%d.%m.%Y", "%d/%m/%Y", "%d-%m-%Y", "%d.%m.%y", "%d/%m/%y", "%Y%m%d")
ROWS_ABOVE_MAX = 30  # a title, an account number, a balance: what banks write above the table
ROWS_MAX = 100_000


def read(body: bytes, currency: str) -> Iterator[Line]:
    """Each row that credits something; where the table names no currency, it is in `currency`.

    Raises:
        NotAStatement: it has no columns that look like a date, an amount and a text, or a row that cannot be read.
    """
    rows = _table(_decoded(body))
    columns = _columns(next(rows))
    for number, row in enumerate(rows):
        if number >= ROWS_MAX:
            raise NotAStatement(_("This table is too long. Export fewer months at once."))
        cells = {name: row[index].strip() for name, index in columns.items() if index < len(row)}
        if not cells.get("date") and not cells.get("amount"):
            continue  # a foot
        line = _line(cells, currency)
        if line:
            yield line


def _decoded(body: bytes) -> str:
    for encoding in ("utf-8-sig", "utf-16" if body[:2] in {b"\xff\xfe", b"\xfe\xff"} else "utf-8", "cp1252"):
        try:
            return body.decode(encoding)
        except UnicodeDecodeError:
            continue
    return body.decode("latin-1")


def _table(text: str) -> Iterator[list[str]]:
    """The rows from the one with the columns' names on."""
    for delimiter in (";", ",", "\t"):
        rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
        try:
            for _number, row in zip(range(ROWS_ABOVE_MAX), rows, strict=False):
                if {"date", "amount"} <= _columns(row).keys():
                    return _from(row, rows)
        except csv.Error:
            continue
    raise NotAStatement(
        _("No columns named date and amount were found. Name them so in the first row, and the buyer’s words: reference.")
    )


def _from(head: list[str], rows: Iterator[list[str]]) -> Iterator[list[str]]:
    yield head
    try:
        yield from rows
    except csv.Error as trouble:
        raise NotAStatement(_("This file is cut off or damaged. Download it from your bank again.")) from trouble


def _columns(head: list[str]) -> dict[str, int]:
    """Where each column is, by our name for it; those with words of the payer are text0, text1 and so on."""
    names = [_plain(cell) for cell in head]
    found = {
        ours: next(names.index(theirs) for theirs in known if theirs in names)
        for ours, known in COLUMNS.items()
        if any(theirs in names for theirs in known)
    }
    texts = [index for index, name in enumerate(names) if name in TEXT]
    return found | {f"text{number}": index for number, index in enumerate(texts)}


def _plain(name: str) -> str:
    letters = unicodedata.normalize("NFKD", name.strip().strip('"').lower().replace("ß", "ss"))
    ascii_only = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return " ".join(re.sub(r"[^a-z0-9]+", " ", ascii_only).split())


def _line(cells: dict[str, str], currency: str) -> Line | None:
    named = cells.get("currency", "").upper() or currency
    amount = _amount(cells.get("amount", ""), EXPONENTS.get(named, 2))
    if amount is None or amount <= 0:
        return None
    if named not in EXPONENTS:
        raise NotAStatement(_("This statement is in a currency that nothing is sold in here."))
    text = " ".join(value for name, value in cells.items() if name.startswith("text"))
    return Line(
        _date(cells.get("date", "")),
        Money.from_decimal(amount, named),
        " ".join(cells.get("name", "").split()),
        " ".join(text.split()),
        cells.get("key", ""),
        compact(cells.get("iban", "")),
    )


def _amount(text: str, exponent: int) -> Decimal | None:
    """An amount as it is written anywhere: 1.234,50 and 1,234.50 and +1 234,5 EUR and 12,00-; None for nothing.

    A single sign before three digits separates thousands, unless the currency has three decimals.
    """
    plain = re.sub(r"[^0-9,.-]", "", text.replace("−", "-"))
    digits = plain.replace("-", "")
    if not digits.strip(",."):
        return None
    point = max(digits.rfind(","), digits.rfind("."))
    if point >= 0 and (digits.count(digits[point]) > 1 or (len(digits) - point == 4 and exponent != 3)):
        point = -1
    whole = re.sub(r"[,.]", "", digits[:point] if point >= 0 else digits)
    amount = Decimal(f"{whole or 0}.{digits[point + 1 :] if point >= 0 else 0}")
    return -amount if "-" in plain else amount


def _date(text: str) -> date:
    for form in DATES:
        try:
            return datetime.strptime(text.strip()[:10], form).date()  # noqa: DTZ007 - a day, without a time
        except ValueError:
            continue
    raise NotAStatement(_("The date “%(text)s” cannot be read. Write it as 2026-12-01.") % {"text": text[:40]})
