"""Statements add up, each figure opens into its entries, and files say what the page says."""

import csv
import io
import re
import shutil
import subprocess
import zipfile
from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone, translation
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from estrade.base.ids import new_id
from estrade.base.money import EXPONENTS, Money
from estrade.events.models import Event
from estrade.ledger import actions as ledger
from estrade.ledger.actions import Kind, Movement, Place
from estrade.payments import actions, collecting
from estrade.payments.models import Refund
from estrade.payments.statements import charts, entries, figures, printed, scopes, tables
from estrade.payments.tests.test_payments import BOB, refunds_are_sent
from estrade.tickets import actions as tickets
from estrade.tickets import queries as orders
from estrade.tickets.models import FeePeriod, Ticket
from estrade.tickets.pricing import Choice

KINDS = [Kind.CLEARING, Kind.BUYERS, Kind.ORGANISATION, Kind.CHARITY, Kind.FEE, Kind.COST, Kind.CLAIM]
CAUSES = ["payment", "sale", "refund", "refund_came_back", "processing_fee", "refund_elsewhere", "something_new"]


@pytest.fixture
def now():
    return timezone.now()


@pytest.fixture
def sold(paysim, concert, evening, seat_type, now):
    """Bob pays 75.00 for three seats and gets one back; Carol's 50.00 were taken elsewhere. The fee is 5 %."""
    FeePeriod.objects.create(starts_at=now - timedelta(days=1), basis_points=500)
    tickets.open_sale(concert)
    order = tickets.reserve(evening.pk, [Choice(seat_type.pk, 3)], now)
    payment = collecting.start_payment(order, now, BOB)
    paysim.approve(payment)
    collecting.bring_up_to_date(payment, now)
    actions.refund_tickets(order.pk, [Ticket.objects.filter(order=order).first().pk], Refund.Reason.HOST, now)
    refunds_are_sent(now)
    actions.record_external_order(evening.pk, [Choice(seat_type.pk, 2)], BOB, "till", now)
    return concert


@pytest.fixture
def as_alice(client, alice, concert):
    client.force_login(alice)
    return client


def shown(event):
    return figures.statement(scopes.of_event(event))


def test_a_statement_tells_what_came_through_the_processor_from_what_the_host_took(sold):
    found = shown(sold)

    came_in = {figure.label: figure.amount.minor for figure in found.came_in.figures}
    cut = -came_in.pop("Kept by the processor")
    assert came_in == {"Paid by buyers": 75_00, "Refunded to buyers": -25_00}
    assert cut > 0
    assert found.came_in.total == found.whose.total == Money(50_00 - cut, "EUR")
    assert [(each.processor, each.count, each.amount.minor) for each in found.taken] == [("external", 1, 50_00)]
    assert found.of("claim").minor == 2 * (125 + 190)
    assert found.due.total.minor == 2 * 21_85 - cut - 2 * (125 + 190)


def test_the_entries_behind_every_figure_come_to_it(sold):
    scope = scopes.of_event(sold)
    found = figures.statement(scope)

    for figure in [*found.came_in.figures, *found.whose.figures]:
        page = entries.page(scope, figures.figure(scope, figure.key), None)
        assert sum(row.amount.minor for row in page.rows) == figure.amount.minor, figure.label
    sale = entries.page(scope, figures.figure(scope, "fee"), None).rows
    assert {row.order_number for row in sale} == set(orders.Order.objects.values_list("number", flat=True))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(st.sampled_from(KINDS), st.sampled_from(KINDS), st.sampled_from(CAUSES), st.integers(1, 10**9)).filter(
            lambda each: each[0] != each[1]
        ),
        max_size=12,
    ),
    st.sampled_from(["EUR", "JPY", "TND"]),
)
@pytest.mark.django_db
def test_whatever_is_booked_the_tables_add_up_and_so_does_every_figure(house, charity, moved, currency):
    event = Event.objects.create(
        organisation=house,
        slug=f"e-{new_id()}",
        title="E",
        category="music",
        kind="stage",
        currency=currency,
        created_at="2026-11-23T12:00Z",
    )
    owners = {Kind.ORGANISATION: house.pk, Kind.CLAIM: house.pk, Kind.COST: house.pk, Kind.CHARITY: charity.pk}
    ledger._known.clear()
    for debit, credit, cause, minor in moved:
        sides = [Place(kind, currency, event.pk, owners.get(kind)) for kind in (debit, credit)]
        ledger.book(cause, new_id(), [Movement(*sides, Money(minor, currency))], "2026-11-23T12:00Z")
    ledger._known.clear()

    scope = scopes.of_event(event)
    found = figures.statement(scope)

    assert found.adds_up
    for figure in [*found.came_in.figures, *found.whose.figures]:
        rows = entries.page(scope, figures.figure(scope, figure.key), None).rows
        assert sum(row.amount.minor for row in rows) == figure.amount.minor


def test_entries_are_read_page_after_page_each_once(sold, monkeypatch):
    monkeypatch.setattr(entries, "PAGE", 2)
    scope = scopes.of_event(sold)
    figure = next(each for each in shown(sold).whose.figures if each.kind == "organisation")
    seen, before = [], None
    while True:
        page = entries.page(scope, figure, before)
        seen += [row.entry.id for row in page.rows]
        before = page.before
        if before is None:
            break

    assert len(seen) == len(set(seen)) == 2
    assert seen == sorted(seen, reverse=True)


def test_pages_show_statement_entries_and_every_file(as_alice, sold, house):
    for place in (f"/host/events/{sold.pk}/statement", f"/host/organisations/{house.pk}/statement"):
        page = as_alice.get(place).content.decode()
        assert "What you took yourself" in page
        assert "do not add up" not in page
        links = re.findall(r'href="([^"]+/statement/entries[^"]+)"', page)
        assert len(links) >= 6
        for link in set(links):
            answer = as_alice.get(link.replace("&amp;", "&"))
            assert answer.status_code == 200, link
        for form in ("pdf", "xlsx", "csv", "journal", "fec"):
            answer = as_alice.get(f"{place}.{form}")
            assert answer.status_code == 200
            assert b"".join(answer.streaming_content if answer.streaming else [answer.content])


@pytest.mark.parametrize("rest", ["/entries?figure=", "/entries?figure=x", "/entries?figure=clearing~x&before=1", ".exe"])
def test_what_is_not_there_is_not_found(as_alice, sold, rest):
    assert as_alice.get(f"/host/events/{sold.pk}/statement{rest}").status_code == 404


@pytest.mark.parametrize("query", ["from=x&to=y", "currency=GBP", "from=9999-99-99", "from=2026-12-31&to=2026-01-01", "before=²"])
def test_what_cannot_be_read_of_a_time_is_this_year(as_alice, house, query):
    assert as_alice.get(f"/host/organisations/{house.pk}/statement?{query}").status_code == 200


def test_an_organisations_statement_counts_its_days_by_the_clock_of_the_house(sold, house, now):
    today = timezone.localtime(now).date()

    def due(first, last):
        return figures.statement(scopes.of_organisation(house, "EUR", first, last)).came_in.total.minor

    assert due(today, today) == shown(sold).came_in.total.minor
    assert due(today - timedelta(days=9), today - timedelta(days=1)) == 0
    assert due(today + timedelta(days=1), today + timedelta(days=9)) == 0
    assert sum(money.minor for money in figures.statement(scopes.of_organisation(house, "EUR", today, today)).due_by_event.values())


def test_the_table_says_what_the_ledger_says(sold):
    rows = list(csv.DictReader(io.StringIO("".join(tables.csv_lines(scopes.of_event(sold))).lstrip("\ufeff"))))

    paid = sum(Decimal(row["amount"]) for row in rows if row["cause"] == "payment")
    assert paid == Decimal("75.00")
    assert len(rows) == sum(len(found) for found in [list(entries.every(scopes.of_event(sold)))])


def test_a_spreadsheet_takes_no_name_for_a_formula(sold, charity):
    charity.name = "=HYPERLINK(1)"
    charity.save()

    assert ",'=HYPERLINK(1)," in "".join(tables.csv_lines(scopes.of_event(sold)))
    with tables.workbook(shown(sold)) as file, zipfile.ZipFile(file) as book:
        sheets = b"".join(book.read(name) for name in book.namelist() if "worksheets/sheet" in name)
    assert b"<f>" not in sheets
    assert b"HYPERLINK" in sheets


def balances_of_journal(text):
    """What `hledger balance` would say; each transaction must come to nothing, as `hledger check` wants it."""
    balances, open_sum, decimals = defaultdict(Decimal), Decimal(0), set()
    declared = set(re.findall(r"^account (.+)$", text, re.MULTILINE))
    for line in [*text.splitlines(), ""]:
        posting = re.fullmatch(r"    (\S(?:.*?\S)?)  (-?\d+(?:\.(\d+))?) ([A-Z]{3})", line)
        if posting:
            assert posting[1] in declared, posting[1]
            balances[posting[1]] += Decimal(posting[2])
            open_sum += Decimal(posting[2])
            decimals.add(len(posting[3] or ""))
        else:
            assert open_sum == 0, "a transaction that does not balance"
            assert not line or re.match(r"(;|commodity |account |\d{4}-\d\d-\d\d \* \(\S+\) \w+$)", line), line
    return balances, decimals


def test_the_journal_balances_and_its_balances_are_the_pages(sold, charity):
    found = shown(sold)

    balances, _decimals = balances_of_journal("".join(tables.hledger_lines(scopes.of_event(sold))))

    assert balances["assets:processor:stripe"] == found.came_in.total.decimal
    assert balances["expenses:processor"] == found.of("cost").decimal
    assert balances["assets:claims"] == found.of("claim").decimal
    assert balances["liabilities:organisation"] == -found.of("organisation").decimal
    assert balances[f"liabilities:charities:{charity.name}"] == -found.charities[0].amount.decimal
    assert balances["revenues:fee"] == -found.of("fee").decimal
    assert sum(balances.values()) == 0


def strictly_checked(journal, tmp_path):
    """`hledger` itself, where it is installed, finds nothing wrong; what it says every account holds."""
    hledger = shutil.which("hledger")
    if hledger is None:
        return None
    file = tmp_path / "estrade.journal"
    file.write_text(journal)
    for checks in (["check", "--strict"], ["check", "ordereddates"]):
        subprocess.run([hledger, "-f", file, *checks], check=True, capture_output=True)
    said = subprocess.run([hledger, "-f", file, "balance", "-N", "-O", "csv"], check=True, capture_output=True, text=True).stdout
    return {account: Decimal(amount.split()[0]) for account, amount in list(csv.reader(io.StringIO(said)))[1:]}


def test_hledger_takes_the_journal_and_comes_to_the_same(sold, tmp_path):
    journal = "".join(tables.hledger_lines(scopes.of_event(sold)))
    ours, _decimals = balances_of_journal(journal)

    said = strictly_checked(journal, tmp_path)

    assert said in (None, {account: balance for account, balance in ours.items() if balance})
    assert {posted.split("  ")[0] for posted in re.findall(r"^    (\S.*)$", journal, re.MULTILINE)} <= set(
        re.findall(r"^account (.+)$", journal, re.MULTILINE)
    )


@pytest.mark.parametrize("currency", ["EUR", "JPY", "TND"])
def test_the_journal_is_exact_in_every_currency(house, db, currency, tmp_path):
    event = Event.objects.create(
        organisation=house,
        slug="e",
        title="A: b ; c",
        category="music",
        kind="stage",
        currency=currency,
        created_at="2026-11-23T12:00Z",
    )
    sides = Place(Kind.CLEARING, currency, event.pk, None, "stripe"), Place(Kind.BUYERS, currency, event.pk)
    ledger.book("payment", new_id(), [Movement(*sides, Money(1_234_567, currency))], "2026-11-23T12:00Z")

    journal = "".join(tables.hledger_lines(scopes.of_event(event)))
    balances, decimals = balances_of_journal(journal)

    assert strictly_checked(journal, tmp_path) in (None, balances)
    assert decimals == {EXPONENTS[currency]}
    assert balances["assets:processor:stripe"] == Money(1_234_567, currency).decimal


def test_the_fec_has_its_columns_balances_and_has_no_gap(sold):
    with translation.override("fr"):
        lines = "".join(tables.fec_lines(scopes.of_event(sold))).split("\r\n")
    head, *rows = [line.split("\t") for line in lines if line]

    assert len(head) == 18
    assert {len(row) for row in rows} == {18}
    assert [int(row[2]) for row in rows] == [number for one in range(1, len(rows) // 2 + 1) for number in (one, one)]
    debit, credit = (sum(Decimal(row[column].replace(",", ".")) for row in rows) for column in (11, 12))
    assert debit == credit > 0
    assert all(re.fullmatch(r"20\d{6}", row[3]) for row in rows)


@pytest.mark.parametrize("language", ["en", "fr"])
def test_a_statement_is_printed_with_every_letter_that_a_name_has(sold, house, charity, now, language):
    charity.name = "Štěpánův dům – Lëtzebuerg & Œuvre “X”"
    charity.save()
    with translation.override(language):
        paper = printed.pdf(shown(sold), now)

    assert paper.startswith(b"%PDF-")
    assert len(paper) < 200_000


def test_a_long_statement_is_printed_on_several_pages(house, charity, now, db):
    from estrade.charities.models import Charity

    event = Event.objects.create(
        organisation=house, slug="e", title="E", category="music", kind="stage", currency="EUR", created_at="2026-11-23T12:00Z"
    )
    for number in range(60):
        each = Charity.objects.create(
            name=f"Charity {number} {'of a very long name ' * 6}"[:120], slug=f"c{number}", purpose="x", registration=str(number),
            country="LU", verified_at=now,
        )  # fmt: skip
        sides = Place(Kind.BUYERS, "EUR", event.pk), Place(Kind.CHARITY, "EUR", event.pk, each.pk)
        ledger.book("sale", new_id(), [Movement(*sides, Money(100, "EUR"))], now)

    assert printed.pdf(shown(event), now).count(b"/Type /Page\n") > 2


def test_a_hundred_is_divided_without_a_rest(sold):
    portions = charts.portions(shown(sold))

    assert round(sum(part.percent for part in portions), 1) == 100
    assert {part.kind for part in portions} == {"organisation", "charity", "fee", "cost"}


def test_there_is_a_bar_for_each_day_and_for_each_month_of_a_long_time(sold, monkeypatch):
    [bar] = charts.takings(shown(sold))
    assert bar.amount.minor == 75_00
    with translation.override("fr"):
        assert charts.takings(shown(sold))[0].name.split()[1] in {
            "janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc.",
        }  # fmt: skip

    days = [(date(2026, 1, 1) + timedelta(days=day), Money(100, "EUR")) for day in range(200)]
    monkeypatch.setattr(charts, "takings_by_day", lambda scope: days)
    bars = charts.takings(shown(sold))
    assert [bar.name for bar in bars][:2] == ["January 2026", "February 2026"]
    assert sum(bar.amount.minor for bar in bars) == 20_000


def test_an_event_without_money_has_an_empty_statement(as_alice, concert):
    page = as_alice.get(f"/host/events/{concert.pk}/statement").content.decode()

    assert "0.00" in page
    assert as_alice.get(f"/host/events/{concert.pk}/statement.pdf").status_code == 200


def test_what_goes_from_one_processor_to_another_is_nothing_to_the_figure(house, db, noon):
    event = Event.objects.create(
        organisation=house, slug="e", title="E", category="music", kind="stage", currency="EUR", created_at=noon
    )
    own, other = (Place(Kind.CLEARING, "EUR", event.pk, None, account) for account in ("stripe", "paypal"))
    ledger.book("moved", new_id(), [Movement(own, other, Money(500, "EUR"))], noon)

    figure = next(each for each in shown(event).came_in.figures if each.label == "moved")
    [row] = entries.page(scopes.of_event(event), figure, None).rows

    assert figure.amount == row.amount == Money(0, "EUR")


def test_what_one_event_pays_for_another_stands_in_both(house, db, noon):
    one, other = (
        Event.objects.create(
            organisation=house, slug=slug, title=slug, category="music", kind="stage", currency="EUR", created_at=noon
        )
        for slug in "ab"
    )
    sides = [Place(Kind.ORGANISATION, "EUR", event.pk, house.pk) for event in (one, other)]
    ledger.book("moved", new_id(), [Movement(*sides, Money(500, "EUR"))], noon)

    for event, minor in ((one, -500), (other, 500)):
        figure = next(each for each in shown(event).whose.figures if each.kind == "organisation")
        [row] = entries.page(scopes.of_event(event), figure, None).rows
        assert figure.amount.minor == row.amount.minor == minor


def test_a_workbook_goes_on_where_a_sheet_ends(sold, monkeypatch):
    monkeypatch.setattr(tables, "ROWS_OF_A_SHEET", 4)

    with tables.workbook(shown(sold)) as file, zipfile.ZipFile(file) as book:
        sheets = [book.read(name) for name in sorted(book.namelist()) if "worksheets/sheet" in name]

    rows = sum(sheet.count(b"<row ") - 1 for sheet in sheets[1:])
    assert rows == len(list(entries.every(scopes.of_event(sold)))) > 4
    assert len(sheets) > 2


@pytest.mark.parametrize(
    ("today", "quarter", "last_quarter", "last_month"),
    [
        (date(2026, 11, 24), ("2026-10-01", "2026-12-31"), ("2026-07-01", "2026-09-30"), ("2026-10-01", "2026-10-31")),
        (date(2028, 2, 29), ("2028-01-01", "2028-03-31"), ("2027-10-01", "2027-12-31"), ("2028-01-01", "2028-01-31")),
        (date(2027, 1, 31), ("2027-01-01", "2027-03-31"), ("2026-10-01", "2026-12-31"), ("2026-12-01", "2026-12-31")),
        (date(2027, 12, 31), ("2027-10-01", "2027-12-31"), ("2027-07-01", "2027-09-30"), ("2027-11-01", "2027-11-30")),
    ],
)
def test_the_usual_times_are_whole_months_quarters_and_years(today, quarter, last_quarter, last_month):
    times = {name: (first.isoformat(), last.isoformat()) for name, first, last in scopes.usual_times(today)}

    assert times["This quarter"] == quarter
    assert times["Last quarter"] == last_quarter
    assert times["Last month"] == last_month
    assert times["This year"] == (f"{today.year}-01-01", f"{today.year}-12-31")
    assert times["Last year"] == (f"{today.year - 1}-01-01", f"{today.year - 1}-12-31")
    assert times["This month"][0] <= today.isoformat() <= times["This month"][1]


def test_an_entry_leads_to_its_order(as_alice, sold):
    page = as_alice.get(f"/host/events/{sold.pk}/statement/entries?figure=clearing~payment").content.decode()
    [link] = set(re.findall(r'href="([^"]+orders\?number=[^"]+)"', page))

    shown = as_alice.get(link).content.decode()

    assert link.split("=")[1] in shown
    assert shown.count("bob@example.org") == 1
    assert as_alice.get(f"/host/events/{sold.pk}/orders").content.decode().count("bob@example.org") == 2


def test_a_page_of_entries_asks_no_more_of_the_database_for_more_rows(as_alice, sold, django_assert_max_num_queries):
    with django_assert_max_num_queries(20):
        as_alice.get(f"/host/events/{sold.pk}/statement/entries?figure=buyers")
