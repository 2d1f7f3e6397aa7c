"""Statements as banks write them; the names and numbers are invented."""

from __future__ import annotations

IBAN = "LU280019400644750000"

CAMT = """<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.{version}"><BkToCstmrStmt><GrpHdr><MsgId>1</MsgId></GrpHdr>
<Stmt><Id>2026-11</Id><Acct><Id><IBAN>{iban}</IBAN></Id><Ccy>EUR</Ccy></Acct>
<Bal><Tp><CdOrPrtry><Cd>OPBD</Cd></CdOrPrtry></Tp><Amt Ccy="EUR">100.00</Amt><CdtDbtInd>CRDT</CdtDbtInd></Bal>
{entries}</Stmt></BkToCstmrStmt></Document>"""

ENTRY = """<Ntry><Amt Ccy="{currency}">{amount}</Amt><CdtDbtInd>{sign}</CdtDbtInd><Sts>{status}</Sts>
<BookgDt><Dt>2026-11-24</Dt></BookgDt><AcctSvcrRef>{bank_reference}</AcctSvcrRef><NtryDtls><TxDtls><Refs><EndToEndId>NOTPROVIDED</EndToEndId></Refs>
<RltdPties><Dbtr><Nm>{name}</Nm></Dbtr><DbtrAcct><Id><IBAN>FR1420041010050500013M02606</IBAN></Id></DbtrAcct></RltdPties>
<RmtInf>{text}</RmtInf></TxDtls></NtryDtls></Ntry>"""


def entry(
    amount="75.00", text="", *, reference="", name="Bob Martin", sign="CRDT", status="BOOK", bank_reference="B1", currency="EUR"
):
    """One entry; `reference` is structured, `text` is not."""
    said = f"<Strd><CdtrRefInf><Ref>{reference}</Ref></CdtrRefInf></Strd>" if reference else ""
    said += f"<Ustrd>{text}</Ustrd>" if text else ""
    fields = {"amount": amount, "name": name, "sign": sign, "status": status, "bank_reference": bank_reference}
    return ENTRY.format(text=said, currency=currency, **fields)


def camt(*entries, iban=IBAN, version="08"):
    """A statement with `entries`."""
    return CAMT.format(version=version, iban=iban, entries="".join(entries)).encode()
