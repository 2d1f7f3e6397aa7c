"""Entries as tables for other programs: CSV, a workbook, a journal for hledger, and the eighteen columns of the French FEC."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from itertools import groupby, islice
from tempfile import TemporaryFile
from typing import IO, Any
from zoneinfo import ZoneInfo

import xlsxwriter
from django.utils.translation import gettext as _

from estrade.base.forms import safe_cell
from estrade.base.money import EXPONENTS, Money
from estrade.events.clock import HOME_ZONE
from estrade.ledger.queries import Side
from estrade.payments.statements.entries import Names, Row, accounts, every
from estrade.payments.statements.figures import Statement, Table
from estrade.payments.statements.scopes import Scope

LINES_AT_ONCE = 500
ROWS_OF_A_SHEET = 1_000_000  # a sheet has 1,048,576
HEAD = ("number", "at", "cause", "order", "debit", "credit", "amount", "currency")
# Where our kinds of accounts stand among those of a bookkeeper; what we have by debit, what we owe by credit.
HLEDGER = {
    "clearing": "assets:processor",
    "cost": "expenses:processor",
    "claim": "assets:claims",
    "buyers": "liabilities:buyers",
    "organisation": "liabilities:organisation",
    "charity": "liabilities:charities",
    "fee": "revenues:fee",
}
# Numbers of the plan comptable général, as the books of whoever holds the money for others have them.
FEC_ACCOUNTS = {
    "clearing": "517",
    "cost": "627",
    "claim": "4671",
    "buyers": "4191",
    "organisation": "4672",
    "charity": "4673",
    "fee": "706",
}
FEC_OTHER = "471"  # comptes d'attente: of a kind that has no number here
# Article A47 A-1 of the Livre des procédures fiscales, VII-1.
FEC_HEAD = (
    "JournalCode", "JournalLib", "EcritureNum", "EcritureDate", "CompteNum", "CompteLib", "CompAuxNum", "CompAuxLib", "PieceRef",
    "PieceDate", "EcritureLib", "Debit", "Credit", "EcritureLet", "DateLet", "ValidDate", "Montantdevise", "Idevise",
)  # fmt: skip


def in_pieces(lines: Iterator[str]) -> Iterator[str]:
    """The same text in fewer pieces: to send each line by itself costs more than to make it."""
    return iter(lambda: "".join(islice(lines, LINES_AT_ONCE)), "")


def csv_lines(scope: Scope) -> Iterator[str]:
    """The entries as CSV, amounts with a point, with the mark by which spreadsheets know UTF-8."""
    names = Names(scope)
    yield "\ufeff" + _csv_line(HEAD)
    for row in every(scope):
        yield _csv_line([safe_cell(cell) for cell in _cells(row, names)])


def workbook(found: Statement) -> IO[bytes]:
    """The statement and its entries as an XLSX file, which is closed when it was sent; never in memory whole."""
    file = TemporaryFile()  # noqa: SIM115 - whoever sends it closes it
    book = xlsxwriter.Workbook(file, {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    currency = found.scope.currency
    money = book.add_format({"num_format": "#,##0" + ("." + "0" * EXPONENTS[currency] if EXPONENTS[currency] else "")})
    bold = book.add_format({"bold": True})
    _figures_sheet(book.add_worksheet(_("Statement")[:31]), found, money, bold)
    _entries_sheets(book, found.scope, money, bold)
    book.close()
    file.seek(0)
    return file


def _entries_sheets(book: Any, scope: Scope, money: Any, bold: Any) -> None:
    names, rows = Names(scope), every(scope)
    sheet = _entries_sheet(book, _("Entries"), bold)
    for number, row in enumerate(rows):
        line = number % ROWS_OF_A_SHEET + 1
        if number and line == 1:
            sheet = _entries_sheet(book, f"{_('Entries')} {number // ROWS_OF_A_SHEET + 1}", bold)
        sheet.write_row(line, 0, _cells(row, names)[:6])
        sheet.write_number(line, 6, float(row.amount.decimal), money)
        sheet.write_string(line, 7, scope.currency)


def _entries_sheet(book: Any, name: str, bold: Any) -> Any:
    sheet = book.add_worksheet(name)
    sheet.set_column(1, 5, 22)
    sheet.write_row(0, 0, HEAD, bold)
    return sheet


def _figures_sheet(sheet: Any, found: Statement, money: Any, bold: Any) -> None:
    sheet.set_column(0, 0, 50)
    sheet.set_column(1, 1, 16)
    sheet.write_row(0, 0, [found.scope.title, found.scope.currency], bold)
    line = 2
    for title, table in tables(found):
        sheet.write_string(line, 0, title, bold)
        for figure in table.figures:
            line += 1
            sheet.write_string(line, 0, figure.label)
            sheet.write_number(line, 1, float(figure.amount.decimal), money)
        line += 1
        sheet.write_string(line, 0, _("Total"), bold)
        sheet.write_number(line, 1, float(table.total.decimal), money)
        line += 2


def tables(found: Statement) -> list[tuple[str, Table]]:
    """The tables of a statement with their titles, in their order."""
    return [(_("What came in"), found.came_in), (_("Where it goes"), found.whose), (_("What is due to you"), found.due)]


def _cells(row: Row, names: Names) -> list[Any]:
    entry = row.entry
    at = entry.at.astimezone(ZoneInfo(HOME_ZONE)).isoformat(timespec="seconds")
    sides = [names.of(entry.debit), names.of(entry.credit)]
    return [entry.id, at, entry.cause_kind, row.order_number, *sides, str(row.entry.amount.decimal), entry.amount.currency]


def _csv_line(cells: Any) -> str:
    line = io.StringIO()
    csv.writer(line).writerow(cells)
    return line.getvalue()


def hledger_lines(scope: Scope) -> Iterator[str]:
    """The entries as a double-entry journal: `hledger -f FILE check --strict`, `hledger -f FILE balance`.

    A transaction for each cause. What we have is positive, what we owe is negative, as hledger has it.
    """
    names = Names(scope)
    example = Money(1_000 * 10 ** EXPONENTS[scope.currency], scope.currency)
    point = "" if EXPONENTS[scope.currency] else "."
    yield f"; {_plain(scope.title)}\n\ncommodity {example.decimal}{point} {scope.currency}\n"
    used = {_hledger(side, names) for side in accounts(scope)}
    for account in [*HLEDGER.values(), *sorted(used - set(HLEDGER.values()))]:  # `hledger check --strict` wants every one
        yield f"account {account}\n"
    for (kind, _cause), rows in groupby(every(scope), key=lambda row: (row.entry.cause_kind, row.entry.cause)):
        together = list(rows)
        day = together[0].entry.at.astimezone(ZoneInfo(HOME_ZONE)).date()
        yield f"\n{day} * ({together[0].order_number or together[0].entry.id}) {kind}\n"
        for row in together:
            yield f"    {_hledger(row.entry.debit, names)}  {_exact(row.entry.amount)}\n"
            yield f"    {_hledger(row.entry.credit, names)}  {_exact(-row.entry.amount)}\n"


def _hledger(side: Side, names: Names) -> str:
    account = HLEDGER.get(side.kind, f"equity:{side.kind}")
    if side.kind == "charity" and side.owner:
        return f"{account}:{_plain(names.charity(side.owner))}"
    return f"{account}:{side.processor_account}" if side.processor_account else account


def _plain(name: str) -> str:
    """`name` without what means something in a journal: a colon, a comment, two spaces."""
    return " ".join(re.sub(r"[:;|*()\[\]{}\x00-\x1f]", " ", name).split())


def _exact(amount: Money) -> str:
    return f"{amount.decimal} {amount.currency}"


def fec_lines(scope: Scope) -> Iterator[str]:
    """The entries in the columns of the French FEC: tabs, days as AAAAMMJJ, a comma in amounts, numbers without a gap.

    The accounts' numbers are a proposal: an accountant says which ones the house uses.
    """
    names = Names(scope)
    yield "\t".join(FEC_HEAD) + "\r\n"
    for number, row in enumerate(every(scope), start=1):
        for side, is_debit in ((row.entry.debit, True), (row.entry.credit, False)):
            yield "\t".join(_fec(number, row, side, names, is_debit=is_debit)) + "\r\n"


def _fec(number: int, row: Row, side: Side, names: Names, *, is_debit: bool) -> list[str]:
    amount, nothing = _comma(row.entry.amount), _comma(Money(0, row.entry.amount.currency))
    day = row.entry.at.astimezone(ZoneInfo(HOME_ZONE)).strftime("%Y%m%d")
    is_foreign = row.entry.amount.currency != "EUR"
    cells = [
        "EST", "Estrade", str(number), day, FEC_ACCOUNTS.get(side.kind, FEC_OTHER), names.of(side),
        str(side.owner or ""), names.of(side) if side.owner else "", row.order_number or str(row.entry.id), day, row.why,
        amount if is_debit else nothing, nothing if is_debit else amount, "", "", day,
        amount if is_foreign else "", row.entry.amount.currency if is_foreign else "",
    ]  # fmt: skip
    return [re.sub(r"[\t\r\n|]", " ", cell) for cell in cells]


def _comma(amount: Money) -> str:
    return str(amount.decimal).replace(".", ",")
