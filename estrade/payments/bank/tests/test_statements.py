"""What statements say, in the formats in which banks hand them out."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from estrade.base.money import Money
from estrade.payments.bank import camt, csv_statements
from estrade.payments.bank.lines import NotAStatement, keyed
from estrade.payments.bank.tests.samples import IBAN, entry
from estrade.payments.bank.tests.samples import camt as statement


def lines(body):
    return list(camt.lines(camt.parse(body)))


@pytest.mark.parametrize("version", ["02", "08", "11"])
def test_a_camt_statement_of_any_version_is_read(version):
    [line] = lines(statement(entry("1234.50", "Concert de Ada", reference="RF18 5390 0754 7034"), version=version))

    assert line.amount == Money(1234_50, "EUR")
    assert line.booked_on == date(2026, 11, 24)
    assert line.name == "Bob Martin"
    assert line.text == "RF18 5390 0754 7034 Concert de Ada"
    assert line.iban == "FR1420041010050500013M02606"
    assert line.key == f"{IBAN}:B1"


def test_the_name_of_newer_versions_is_found():
    body = statement(entry()).replace(b"<Dbtr><Nm>Bob Martin</Nm></Dbtr>", b"<Dbtr><Pty><Nm>Bob Martin</Nm></Pty></Dbtr>")

    assert lines(body)[0].name == "Bob Martin"


def test_the_status_of_newer_versions_is_found():
    assert len(lines(statement(entry()).replace(b"<Sts>BOOK</Sts>", b"<Sts><Cd>BOOK</Cd></Sts>"))) == 1


def test_what_went_out_and_what_is_only_expected_is_no_money():
    assert lines(statement(entry(sign="DBIT"), entry(status="PDNG"))) == []


def test_a_returned_payment_is_no_transfer():
    body = statement(entry()).replace(b"<Sts>", b"<RvslInd>true</RvslInd><Sts>")

    assert lines(body) == []


def test_a_bundle_gives_a_line_for_each():
    one = "<TxDtls><Refs><AcctSvcrRef>{0}</AcctSvcrRef></Refs><Amt Ccy='EUR'>{1}</Amt><RmtInf><Ustrd>{0}</Ustrd></RmtInf></TxDtls>"
    bundle = entry("75.00").split("<NtryDtls>")[0] + "<NtryDtls>" + one.format("a", "25.00") + one.format("b", "50.00")
    found = lines(statement(bundle + "</NtryDtls></Ntry>"))

    assert [(line.amount.minor, line.text, line.key) for line in found] == [(25_00, "a", f"{IBAN}:a"), (50_00, "b", f"{IBAN}:b")]


@pytest.mark.parametrize(
    "body",
    [
        b"<Document><Other/></Document>",
        statement(entry())[:-40],
        statement(entry("many")),
        statement(entry("NaN")),
        statement(entry(currency="XAU")),
        statement(entry()).replace(b"<Amt Ccy", b"<Amount Ccy").replace(b"</Amt>", b"</Amount>"),
        statement(entry()).replace(b"2026-11-24", b"yesterday"),
        b'<!DOCTYPE a [<!ENTITY b "boom">]><Document><BkToCstmrStmt>&b;</BkToCstmrStmt></Document>',
        b"<",
    ],
)
def test_what_is_no_statement_is_refused_in_words(body):
    with pytest.raises(NotAStatement) as refusal:
        lines(body)

    assert str(refusal.value).endswith((".", "too."))


def test_an_empty_statement_has_no_lines():
    assert lines(statement()) == []


@pytest.mark.parametrize(
    ("table", "amount"),
    [
        ("Date;Amount;Reference;Name\n2026-11-24;75.00;RF1 hello;Bob\n", 75_00),
        ("Date comptable;Montant;Devise;Communication;Nom contrepartie\r\n24/11/2026;1.234,50;EUR;RF1 hello;Bob\r\n", 1234_50),
        ("Buchungstag;Verwendungszweck;Betrag;Währung;Auftraggeber\n24.11.26;RF1 hello;+1 234,5;EUR;Bob\n", 1234_50),
        ('"Date","Description","Amount","Counterparty"\n"2026-11-24","RF1 hello","1,234.50","Bob"\n', 1234_50),
        ("Compte LU28\nSolde: 12,00\n\nDate;Libellé;Crédit;Nom\n24/11/2026;RF1 hello;75;Bob\nTotal;;;\n", 75_00),
        ("Date;Amount;Reference;Name\n2026-11-24;1.234;RF1 hello;Bob\n", 1234_00),
        ("\ufeffDate\tAmount\tReference\tName\n20261124\t75,00 €\tRF1 hello\tBob\n", 75_00),
    ],
)
def test_a_table_is_read_however_a_bank_writes_it(table, amount):
    [line] = csv_statements.read(table.encode(), "EUR")

    assert (line.amount, line.booked_on, line.name) == (Money(amount, "EUR"), date(2026, 11, 24), "Bob")
    assert line.text == "RF1 hello"


def test_a_table_in_latin_letters_is_read():
    [line] = csv_statements.read("Date;Montant;Libellé;Nom\n24/11/2026;75,00;Hélène;Zoé\n".encode("cp1252"), "EUR")

    assert (line.text, line.name) == ("Hélène", "Zoé")


def test_what_goes_out_is_left_away():
    table = "Date;Amount;Reference\n2026-11-24;-75.00;a\n2026-11-24;75,00-;b\n2026-11-24;;c\n2026-11-24;0;d\n"

    assert list(csv_statements.read(table.encode(), "EUR")) == []


@pytest.mark.parametrize(
    "table",
    ["", "a;b\n1;2\n", "Date;Amount\nsoon;75\n", "Date;Amount;Currency\n2026-11-24;75;XAU\n", "\x00\x00", "Date;Amount\n;75\n"],
)
def test_a_table_that_cannot_be_read_is_refused_in_words(table):
    with pytest.raises(NotAStatement):
        list(csv_statements.read(table.encode(), "EUR"))


@given(st.integers(1, 10**9), st.sampled_from(["EUR", "JPY", "TND"]), st.sampled_from([",", "."]))
def test_amounts_are_read_back_as_they_were_written(minor, currency, point):
    amount = Money(minor, currency)
    thousands = "." if point == "," else ","
    written = f"{amount.decimal:,f}".translate(str.maketrans({",": thousands, ".": point}))

    [line] = csv_statements.read(f"Date\tAmount\tCurrency\n2026-11-24\t{written}\t{currency}\n".encode(), "EUR")

    assert line.amount == amount


def test_equal_lines_of_a_day_are_two_and_stay_the_same_two_in_another_file():
    row = "2026-11-24;75.00;concert;Bob\n"
    table = "Date;Amount;Reference;Name\n"
    first = [line.key for line in keyed(csv_statements.read((table + row + row).encode(), "EUR"))]
    again = [line.key for line in keyed(csv_statements.read((table + "2026-11-23;1;x;y\n" + row + row).encode(), "EUR"))]

    assert len(set(first)) == 2
    assert set(first) <= set(again)
