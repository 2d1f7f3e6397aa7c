"""The explanations say what the code does."""

import re
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from estrade.tickets import pricing
from estrade.tickets.fees import Fee, Fees
from estrade.tickets.life import LIFE
from estrade.tickets.models import TicketType
from tests.instance import REPOSITORY

EXPLAIN = REPOSITORY / "docs" / "explain"
NOW = datetime(2026, 11, 23, tzinfo=UTC)


def life_as_markdown() -> str:
    rows = ["| state | happens | next | places | tickets | entries | mail |", "| --- | --- | --- | --- | --- | --- | --- |"]
    for (state, happening), step in LIFE.items():
        money = f"{step.entries}{'; money goes back' if step.returns_money else ''}".strip("; ")
        made = "made" if step.makes_tickets else ""
        rows.append(f"| {state} | {happening} | {step.state} | {step.places} | {made} | {money} | {step.mail} |")
    return "\n".join(rows)


def test_the_printed_life_of_an_order_is_the_one_that_is_lived():
    assert life_as_markdown() in (EXPLAIN / "orders.md").read_text()


def worked_examples() -> list[tuple[str, ...]]:
    lines = (EXPLAIN / "money.md").read_text().splitlines()
    cells = [tuple(cell.strip() for cell in line.strip("|").split("|")) for line in lines if re.match(r"\| \d", line)]
    return [row for row in cells if len(row) == 6]


@pytest.mark.parametrize("example", worked_examples(), ids=lambda row: row[0])
def test_a_worked_example_of_a_price_comes_out_as_written(example):
    price, fee_percent, share_percent, *parts = (round(float(cell.rstrip(" %")) * 100) for cell in example)
    row = TicketType(id=uuid4(), name="Seat", price_kind="fixed", price_minor=price, share_basis_points=share_percent)

    (line,) = pricing.lines(uuid4(), [pricing.Choice(row.pk, 1)], {row.pk: row}, "EUR", Fees(Fee(fee_percent)))

    assert [line.fee_minor, line.share_minor, line.unit_minor - line.fee_minor - line.share_minor] == parts


def bearers() -> list[list[str]]:
    text = (EXPLAIN / "money.md").read_text()
    return [
        [row[1], *re.findall(r"\d+\.\d\d", row[0])]
        for row in re.finditer(r"^\| `(absorbed|added|split|tipped)`.*$", text, re.MULTILINE)
    ]


@pytest.mark.parametrize("example", bearers(), ids=lambda row: row[0])
def test_who_bears_the_fee_comes_out_as_written(example):
    bearer, *amounts = example
    row = TicketType(id=uuid4(), name="Seat", price_kind="fixed", price_minor=2500, share_basis_points=800)

    parts = pricing.parts(row, None, "EUR", Fees(Fee(500, 30), Fee(), bearer))

    own = parts.unit.minor - parts.fee.minor - parts.share.minor
    assert [parts.unit.minor, parts.fee.minor, parts.share.minor, own] == [round(float(amount) * 100) for amount in amounts]


def test_there_are_worked_examples():
    assert len(worked_examples()) >= 3
    assert len(bearers()) == 4
