"""CAMT.053, the statement of ISO 20022 that banks in Europe hand out: every version of it, as far as money that came in goes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal, InvalidOperation
from xml.etree import ElementTree as ET

from django.utils.translation import gettext as _

from estrade.base.money import EXPONENTS, Money
from estrade.payments.bank.lines import Line, NotAStatement
from estrade.payments.bank.numbers import compact


def looks_like(body: bytes) -> bool:
    """Whether `body` is XML; which XML, `parse` finds out."""
    return body.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"<"


def parse(body: bytes) -> ET.Element:
    """The statements in `body`, for `lines` and `account`.

    Raises:
        NotAStatement: it is no such file, or cut off.
    """
    if b"<!DOCTYPE" in body or b"<!ENTITY" in body:  # a statement has none; a trap for parsers does
        raise NotAStatement(_("This file is not a bank statement."))
    try:
        root = ET.fromstring(body)  # noqa: S314 - without a document type there is nothing to expand
    except ET.ParseError as trouble:
        raise NotAStatement(_("This file is cut off or damaged. Download it from your bank again.")) from trouble
    _without_namespaces(root)
    if root.find("BkToCstmrStmt") is None:
        raise NotAStatement(_("This file is XML, but not a statement in the format CAMT.053. Your bank offers that one too."))
    return root


def account(root: ET.Element) -> str:
    """The account number that the statement is of; empty where it does not say."""
    return compact(root.findtext("BkToCstmrStmt/Stmt/Acct/Id/IBAN", ""))


def lines(root: ET.Element) -> Iterator[Line]:
    """Each transfer that was credited and booked; an entry that bundles several gives one line each.

    Raises:
        NotAStatement: an entry cannot be read.
    """
    for statement in root.iterfind("BkToCstmrStmt/Stmt"):
        of = compact(statement.findtext("Acct/Id/IBAN", ""))
        for entry in statement.iterfind("Ntry"):
            if _is_credited(entry):
                yield from _lines(entry, of)


def _without_namespaces(root: ET.Element) -> None:
    """Versions of the format differ by their namespace alone, in what we read."""
    for element in root.iter():
        element.tag = element.tag.rpartition("}")[2]


def _is_credited(entry: ET.Element) -> bool:
    status = entry.findtext("Sts/Cd") or entry.findtext("Sts") or ""
    is_return = entry.findtext("RvslInd", "false") == "true"
    return entry.findtext("CdtDbtInd") == "CRDT" and status.strip() == "BOOK" and not is_return


def _lines(entry: ET.Element, account: str) -> Iterator[Line]:
    booked_on = _date(entry.findtext("BookgDt/Dt") or entry.findtext("BookgDt/DtTm") or "")
    details = entry.findall("NtryDtls/TxDtls")
    reference = entry.findtext("AcctSvcrRef", "")
    if len(details) <= 1:
        one = details[0] if details else entry
        yield _line(one, entry, booked_on, f"{account}:{reference}" if reference else "")
        return
    for number, one in enumerate(details):
        key = one.findtext("Refs/AcctSvcrRef", "") or (reference and f"{reference}/{number}")
        if one.findtext("CdtDbtInd", "CRDT") == "CRDT":
            yield _line(one, one, booked_on, f"{account}:{key}" if key else "")


def _line(details: ET.Element, amount_of: ET.Element, booked_on: date, key: str) -> Line:
    amount = amount_of.find("Amt")
    if amount is None:
        amount = amount_of.find("AmtDtls/TxAmt/Amt")
    if amount is None:
        raise NotAStatement(_("An entry of this statement has no amount. Download it from your bank again."))
    structured = [each.text or "" for each in details.iterfind("RmtInf/Strd/CdtrRefInf/Ref")]
    written = [each.text or "" for each in details.iterfind("RmtInf/Ustrd")]
    end_to_end = details.findtext("Refs/EndToEndId", "")
    name = details.findtext("RltdPties/Dbtr/Nm") or details.findtext("RltdPties/Dbtr/Pty/Nm") or ""
    text = " ".join([*structured, *written, "" if end_to_end == "NOTPROVIDED" else end_to_end])
    return Line(
        booked_on,
        _money(amount),
        " ".join(name.split()),
        " ".join(text.split()),
        key,
        compact(details.findtext("RltdPties/DbtrAcct/Id/IBAN", "")),
    )


def _money(element: ET.Element) -> Money:
    currency = element.get("Ccy", "")
    try:
        amount = Decimal((element.text or "").strip())
    except InvalidOperation as trouble:
        raise NotAStatement(_("An amount of this statement cannot be read. Download it from your bank again.")) from trouble
    if currency not in EXPONENTS or not amount.is_finite():
        raise NotAStatement(_("This statement is in a currency that nothing is sold in here."))
    return Money.from_decimal(amount, currency)


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text[:10])
    except ValueError as trouble:
        raise NotAStatement(_("A date of this statement cannot be read. Download it from your bank again.")) from trouble
