"""An independent account of what Estrade sold and booked. It imports nothing of the product.

It reads orders, order lines, tickets, payments and refunds by plain SQL, and the processor's own list, and from these
alone says what every account of the ledger must hold, how many places must be taken and where every charge must be.

    python -m tests.oracle postgresql://... http://127.0.0.1:8006
"""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from collections.abc import Iterator
from typing import Any, NamedTuple
from urllib.request import urlopen

import psycopg
from psycopg.rows import namedtuple_row

LIVING = ("reserved", "awaiting_payment")
TAKEN_BY_THE_HOST = ("external", "bank", "door")  # methods and processors whose money never comes to the instance's account


class Place(NamedTuple):
    """The key of an account."""

    kind: str
    owner: Any
    event: Any
    processor_account: str
    currency: str

    def __str__(self) -> str:
        return " ".join(str(part) for part in self if part)


class House(NamedTuple):
    """Every row that matters, read in one snapshot."""

    orders: dict
    lines: dict  # by order
    tickets: dict  # by order
    payments: dict
    refunds: list
    quotas: list
    accounts: list
    fee_periods: list
    part_refunds: list


def check(database: str | psycopg.Connection, paysim_ledger: dict | None, *, at_rest: bool = True) -> list[str]:
    """What is wrong, in words; nothing when all is well.

    `database` is a URL or an open connection; `paysim_ledger` the answer of the simulator's GET /control/ledger.
    Not `at_rest`: charges and refunds may be on their way, so only what must hold at every moment is checked.
    """
    if isinstance(database, str):
        with psycopg.connect(database) as connection:
            house = _read(connection)
    else:
        house = _read(database)
    found = [*_ledger(house), *_places(house), *_tickets(house), *_prices(house), *_parts_given_back(house)]
    if paysim_ledger is not None:
        found += [*_known_there(house, paysim_ledger)]
        if at_rest:
            found += [*_charges(house, paysim_ledger), *_money_where_it_belongs(house, paysim_ledger)]
    return found


ROWS = {
    "orders": """
        SELECT o.id, o.number, o.state, o.method, o.currency, o.total_minor, o.occurrence_id, o.paid_at, o.reserved_at,
            e.id AS event, e.organisation_id AS organisation, e.fee_bearer, h.plan
        FROM tickets_order o JOIN events_event e ON e.id = o.event_id JOIN users_organisation h ON h.id = e.organisation_id""",
    "lines": """
        SELECT l.id, l.order_id, l.ticket_type_id, l.quantity, l.unit_minor, l.fee_minor, l.share_minor, l.charity_id,
            l.gives_ticket, t.price_kind, t.price_minor, t.share_basis_points
        FROM tickets_orderline l LEFT JOIN tickets_tickettype t ON t.id = l.ticket_type_id""",
    "tickets": "SELECT id, order_id, line_id, occurrence_id, state FROM tickets_ticket",
    "payments": """
        SELECT id, order_id, processor, processor_account, processor_session, processor_payment, state, amount_minor,
            currency, processing_fee_minor
        FROM payments_payment""",
    "refunds": """
        SELECT id, payment_id, order_id, amount_minor, currency, state, processor_refund, succeeded_at, failed_at, resolution
        FROM payments_refund""",
    "part_refunds": """
        SELECT r.ticket_id, t.line_id, t.state, t.order_id, r.amount_minor, r.fee_minor, r.share_minor
        FROM tickets_partrefund r JOIN tickets_ticket t ON t.id = r.ticket_id""",
    "quotas": "SELECT id, occurrence_id, ticket_type_id, size, taken FROM tickets_quota",
    "accounts": """
        SELECT a.kind, a.owner, a.event, a.processor_account, a.currency,
            COALESCE((SELECT SUM(amount_minor) FROM ledger_entry WHERE debit_id = a.id), 0)
            - COALESCE((SELECT SUM(amount_minor) FROM ledger_entry WHERE credit_id = a.id), 0) AS debits,
            EXISTS (SELECT 1 FROM ledger_entry WHERE a.id IN (debit_id, credit_id) AND currency <> a.currency) AS is_mixed
        FROM ledger_account a""",
    "fee_periods": "SELECT starts_at, kind, plan, currency, basis_points, fixed_minor FROM tickets_feeperiod ORDER BY starts_at",
}


def _read(connection: psycopg.Connection) -> House:
    with connection.transaction(), connection.cursor(row_factory=namedtuple_row) as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        rows = {name: cursor.execute(query).fetchall() for name, query in ROWS.items()}
    by_order = {name: defaultdict(list) for name in ("lines", "tickets")}
    for name, grouped in by_order.items():
        for row in rows[name]:
            grouped[row.order_id].append(row)
    by_id = {name: {row.id: row for row in rows[name]} for name in ("orders", "payments")}
    return House(
        by_id["orders"], by_order["lines"], by_order["tickets"], by_id["payments"], rows["refunds"], rows["quotas"],
        rows["accounts"], rows["fee_periods"], rows["part_refunds"],
    )  # fmt: skip


def balances(database: psycopg.Connection) -> dict[Place, int]:
    """What the rows say that each account must hold: debits less credits."""
    return _expected(_read(database))


def _expected(house: House) -> dict[Place, int]:
    expected: dict[Place, int] = defaultdict(int)
    for debit, credit, minor in _movements(house):
        expected[debit] += minor
        expected[credit] -= minor
    return expected


def _ledger(house: House) -> Iterator[str]:
    """Every account holds what the rows say it must, to the cent."""
    expected = _expected(house)
    for row in house.accounts:
        place = Place(row.kind, row.owner, row.event, row.processor_account, row.currency)
        must = expected.pop(place, 0)
        if must != row.debits:
            yield f"account {place}: the entries come to {row.debits}, the rows to {must}"
        if row.is_mixed:
            yield f"account {place}: has entries of another currency"
    yield from (f"account {place}: missing, the rows come to {must}" for place, must in expected.items() if must)


def _movements(house: House) -> Iterator[tuple[Place, Place, int]]:
    """What must have moved from where to where: debit, credit, amount."""
    for payment in house.payments.values():
        if payment.state == "succeeded" and payment.processor not in TAKEN_BY_THE_HOST:
            order = house.orders[payment.order_id]
            clearing, buyers = _at_processor(payment, order), Place("buyers", None, order.event, "", payment.currency)
            cost = Place("cost", order.organisation, order.event, payment.processor_account, payment.currency)
            yield clearing, buyers, payment.amount_minor
            yield cost, clearing, payment.processing_fee_minor or 0
    for refund in house.refunds:
        order = house.orders[refund.order_id]
        buyers = Place("buyers", None, order.event, "", refund.currency)
        clearing = _at_processor(house.payments[refund.payment_id], order)
        if refund.succeeded_at:
            yield buyers, clearing, refund.amount_minor
        if refund.succeeded_at and refund.failed_at:  # the buyer's bank sent it back
            yield clearing, buyers, refund.amount_minor
        is_held = house.payments[refund.payment_id].processor not in TAKEN_BY_THE_HOST
        if refund.resolution == "elsewhere" and is_held:  # the organisation paid it out of its own pocket
            yield buyers, Place("organisation", order.organisation, order.event, "", refund.currency), refund.amount_minor
    for order in house.orders.values():
        if order.paid_at:
            yield from _sale(order, house.lines[order.id], house.tickets[order.id])
    lines = {line.id: line for lines in house.lines.values() for line in lines}
    for back in house.part_refunds:
        if back.state == "valid":  # of a cancelled ticket nothing is sold any more, whatever went back before
            yield from _given_back(house.orders[back.order_id], lines[back.line_id], back)


def _given_back(order: Any, line: Any, back: Any) -> Iterator[tuple[Place, Place, int]]:
    buyers = Place("buyers", None, order.event, "", order.currency)
    own = back.amount_minor - back.fee_minor - back.share_minor
    if order.method in TAKEN_BY_THE_HOST:
        buyers, own = Place("claim", order.organisation, order.event, "", order.currency), 0
    for kind, owner, minor in (
        ("organisation", order.organisation, own),
        ("charity", line.charity_id, back.share_minor),
        ("fee", None, back.fee_minor),
    ):
        if minor:
            yield Place(kind, owner, order.event, "", order.currency), buyers, minor


def _at_processor(payment: Any, order: Any) -> Place:
    return Place("clearing", None, order.event, payment.processor_account or payment.processor, payment.currency)


def _sale(order: Any, lines: list, tickets: list) -> Iterator[tuple[Place, Place, int]]:
    """What an order's standing places and donations are to the organisation, to charities and to the instance."""

    def place(kind: str, owner: Any = None) -> Place:
        return Place(kind, owner, order.event, "", order.currency)

    is_theirs = order.method in TAKEN_BY_THE_HOST
    source = place("claim", order.organisation) if is_theirs else place("buyers")
    for line in lines:
        count = _standing(order, line, tickets)
        own = 0 if is_theirs else line.unit_minor - line.fee_minor - line.share_minor
        yield source, place("organisation", order.organisation), own * count
        yield source, place("fee"), line.fee_minor * count
        if line.share_minor:
            yield source, place("charity", line.charity_id), line.share_minor * count


def _standing(order: Any, line: Any, tickets: list) -> int:
    """How many units of a line are still sold: its valid tickets, or its donations while the order stands."""
    if line.gives_ticket:
        return sum(ticket.line_id == line.id and ticket.state == "valid" for ticket in tickets)
    return line.quantity if order.state == "paid" else 0


def _places(house: House) -> Iterator[str]:
    """What is taken of each quota is what living reservations and valid tickets hold, and never more than there is."""
    held: dict[tuple, int] = defaultdict(int)
    for order in house.orders.values():
        for line in house.lines[order.id]:
            if not line.gives_ticket:
                continue
            count = line.quantity if order.state in LIVING else _standing(order, line, house.tickets[order.id])
            held[order.occurrence_id, None] += count
            held[order.occurrence_id, line.ticket_type_id] += count
    for quota in house.quotas:
        must = held.pop((quota.occurrence_id, quota.ticket_type_id), 0)
        if quota.taken != must:
            yield f"quota {quota.id}: says that {quota.taken} are taken, orders hold {must}"
        if max(must, quota.taken) > quota.size:
            yield f"quota {quota.id}: oversold, {max(must, quota.taken)} of {quota.size}"
    yield from (f"occurrence {key[0]}: {count} places are held of no quota" for key, count in held.items() if count)


def _tickets(house: House) -> Iterator[str]:
    """Sold orders have exactly their tickets; no other order has any; what is not free was paid for."""
    paid_for = {payment.order_id for payment in house.payments.values() if payment.state == "succeeded"}
    for order in house.orders.values():
        tickets = house.tickets[order.id]
        for line in house.lines[order.id]:
            made = sum(ticket.line_id == line.id for ticket in tickets)
            must = line.quantity if line.gives_ticket and order.paid_at else 0
            if made != must:
                yield f"order {order.number} ({order.state}): {made} tickets of {must} for line {line.id}"
        if order.state != "paid" and any(ticket.state == "valid" for ticket in tickets):
            yield f"order {order.number} ({order.state}): has valid tickets"
        if order.state == "paid" and not order.paid_at:
            yield f"order {order.number}: paid, and nobody knows when"
        if order.paid_at and order.total_minor and order.id not in paid_for:
            yield f"order {order.number} ({order.state}): was sold, and no payment succeeded"
        if any(ticket.occurrence_id != order.occurrence_id for ticket in tickets):
            yield f"order {order.number}: a ticket is for another occurrence"


def _prices(house: House) -> Iterator[str]:
    """Totals are the sum of their lines; fee and share are the agreed portions, halves rounded up."""
    for order in house.orders.values():
        lines = house.lines[order.id]
        total = sum(line.unit_minor * line.quantity for line in lines)
        if order.total_minor != total:
            yield f"order {order.number}: the total is {order.total_minor}, its lines come to {total}"
        for line in lines:
            unit, fee, share = _agreed(house, order, line)
            if (line.unit_minor, line.fee_minor, line.share_minor) != (unit, fee, share):
                have = f"{line.unit_minor}, fee {line.fee_minor}, share {line.share_minor}"
                yield f"order {order.number}: a line is {have}, not {unit}, fee {fee}, share {share}"
    for payment in house.payments.values():
        order = house.orders[payment.order_id]
        if (payment.amount_minor, payment.currency) != (order.total_minor, order.currency):
            yield f"payment {payment.id}: asks {payment.amount_minor} {payment.currency} for order {order.number}"


def _parts_given_back(house: House) -> Iterator[str]:
    """Of no ticket goes more back than was paid for it, and of no part of its price more than it held."""
    back: dict[tuple, list[int]] = defaultdict(lambda: [0, 0, 0])
    for row in house.part_refunds:
        for index, minor in enumerate((row.amount_minor - row.fee_minor - row.share_minor, row.fee_minor, row.share_minor)):
            back[row.ticket_id, row.order_id, row.line_id][index] += minor
    for (ticket, order, line_id), parts in back.items():
        line = next(line for line in house.lines[order] if line.id == line_id)
        held = (line.unit_minor - line.fee_minor - line.share_minor, line.fee_minor, line.share_minor)
        if any(gone > had for gone, had in zip(parts, held, strict=True)):
            yield f"ticket {ticket}: {parts} went back of {held}"


def _agreed(house: House, order: Any, line: Any) -> tuple[int, int, int]:
    """What one of a line costs, and what of it are fee and share. A line without a price on the list is a tip: all of it is fee."""
    if line.price_kind is None:
        return line.unit_minor, line.unit_minor if order.fee_bearer == "tipped" else 0, 0
    said = {"free": 0, "fixed": line.price_minor}.get(line.price_kind, line.unit_minor)
    fee = min(said, _fee_then(house, order, "place" if line.gives_ticket else "donation", said))
    if line.gives_ticket and order.fee_bearer == "tipped":
        fee = 0
    on_top = 0
    if line.price_kind == "fixed" and order.fee_bearer in ("added", "split"):
        on_top = fee if order.fee_bearer == "added" else fee // 2
        on_top -= on_top % 10 if order.currency == "TND" else 0
    return said + on_top, fee, _portion(said + on_top - fee, line.share_basis_points)


def _fee_then(house: House, order: Any, kind: str, price: int) -> int:
    for plan, currency in ((order.plan, order.currency), (order.plan, ""), ("", order.currency), ("", "")):
        for row in reversed(house.fee_periods):
            if (row.kind, row.plan, row.currency) == (kind, plan, currency) and row.starts_at <= order.reserved_at:
                return _portion(price, row.basis_points) + row.fixed_minor if price else 0
    return 0


def _portion(minor: int, basis_points: int) -> int:
    return (2 * minor * basis_points + 10_000) // 20_000


def _known_there(house: House, there: dict) -> Iterator[str]:
    """At every moment: what we say was paid or given back, the processor says too."""
    charges = {charge["payment_intent"]: charge for charge in there["charges"] if charge["status"] == "succeeded"}
    refunds = {refund["id"]: refund for refund in there["refunds"]}
    for payment in house.payments.values():
        if payment.state != "succeeded" or payment.processor in TAKEN_BY_THE_HOST:
            continue
        charge = charges.get(payment.processor_payment)
        if charge is None:
            yield f"payment {payment.id}: succeeded here, never charged there"
        elif (charge["amount"], charge["currency"].upper()) != (payment.amount_minor, payment.currency):
            yield f"payment {payment.id}: {payment.amount_minor} here, {charge['amount']} {charge['currency']} there"
        elif payment.processing_fee_minor not in (None, charge["fee"]):
            yield f"payment {payment.id}: a processing fee of {payment.processing_fee_minor} here, {charge['fee']} there"
        elif charge["session_metadata"].get("payment") != str(payment.id):
            yield f"payment {payment.id}: holds the charge of payment {charge['session_metadata'].get('payment')}"
    for row in house.refunds:
        refund = refunds.get(row.processor_refund)
        # A refund that the bank sent back since may not have been read again yet; it was made all the same.
        if row.state == "succeeded" and (refund is None or refund["amount"] != row.amount_minor):
            yield f"refund {row.id}: {row.amount_minor} here, {refund and refund['amount']} there"
        if (row.state == "failed") != bool(row.failed_at) or (row.state == "succeeded" and not row.succeeded_at):
            yield f"refund {row.id}: {row.state}, and its moments say otherwise"
        if row.resolution and row.state != "failed":
            yield f"refund {row.id}: somebody saw to it although it is {row.state}"
    for payment in house.payments.values():
        spoken_for = sum(
            row.amount_minor for row in house.refunds if row.payment_id == payment.id and row.resolution != "tried_again"
        )
        if spoken_for > payment.amount_minor:
            yield f"payment {payment.id}: {spoken_for} is to go back of {payment.amount_minor}"
    known = {row.processor_refund: row.payment_id for row in house.refunds if row.processor_refund}
    if len(known) != sum(bool(row.processor_refund) for row in house.refunds):
        yield "two of our refunds are one of the processor's"


def _charges(house: House, there: dict) -> Iterator[str]:
    """At rest: we know of every charge and every refund, and of what became of it."""
    by_intent = {row.processor_payment: row for row in house.payments.values() if row.processor_payment}
    for charge in there["charges"]:
        if charge["status"] != "succeeded":
            continue
        payment = by_intent.get(charge["payment_intent"])
        if payment is None or payment.state != "succeeded":
            yield f"charge {charge['id']} of {charge['amount']}: succeeded there, {payment and payment.state} here"
        elif charge["balance_transaction"] and payment.processing_fee_minor is None:
            yield f"payment {payment.id}: its processing fee was never read"
    states = {"succeeded": "succeeded", "failed": "failed", "canceled": "failed"}
    ours = {row.processor_refund: row for row in house.refunds if row.processor_refund}
    for refund in there["refunds"]:
        row = ours.pop(refund["id"], None)
        if row is None or row.state != states.get(refund["status"], "requested"):
            yield f"refund {refund['id']} of {refund['amount']}: {refund['status']} there, {row and row.state} here"
    yield from (f"refund {row.id}: unknown to the processor" for row in ours.values())
    unsent = [row for row in house.refunds if not row.processor_refund and row.state != "failed"]
    yield from (f"refund {row.id}: was never sent" for row in unsent)


def _money_where_it_belongs(house: House, there: dict) -> Iterator[str]:
    """At rest: what buyers have paid and not got back is exactly what their tickets and donations cost, charged once."""
    back: dict[str, int] = defaultdict(int)
    for refund in there["refunds"]:
        if refund["status"] == "succeeded":
            back[refund["payment_intent"]] += refund["amount"]
    # A refund that the buyer's bank sent back is held for the buyer until a person has found another way, or for the
    # organisation that paid in our place; where another refund took its place, that one counts.
    stuck = {row.processor_refund for row in house.refunds if row.state == "failed" and row.resolution != "tried_again"}
    for refund in there["refunds"]:
        if refund["id"] in stuck and refund["status"] in ("failed", "canceled"):
            back[refund["payment_intent"]] += refund["amount"]
    for row in house.refunds:
        if row.state == "failed" and not row.processor_refund and row.resolution != "tried_again":
            back[house.payments[row.payment_id].processor_payment] += row.amount_minor
    kept: dict[str, list[int]] = defaultdict(list)
    for charge in there["charges"]:
        if charge["status"] == "succeeded" and charge["amount"] > back[charge["payment_intent"]]:
            kept[charge["client_reference_id"]].append(charge["amount"] - back[charge["payment_intent"]])
        if charge["amount"] < back[charge["payment_intent"]]:
            yield f"charge {charge['id']}: more went back than was taken"
    for order in house.orders.values():
        amounts = kept.pop(str(order.id), [])
        tickets = house.tickets[order.id]
        worth = sum(line.unit_minor * _standing(order, line, tickets) for line in house.lines[order.id])
        worth -= sum(row.amount_minor for row in house.part_refunds if row.order_id == order.id and row.state == "valid")
        must = worth if order.method == "processor" else 0
        if sum(amounts) != must or len(amounts) > 1:
            yield f"order {order.number} ({order.state}): worth {must}, the processor holds {amounts} for it"
    yield from (f"order {order}: unknown here, the processor holds {amounts} for it" for order, amounts in kept.items())


if __name__ == "__main__":
    with urlopen(sys.argv[2] + "/control/ledger", timeout=10) as _answer:
        _found = check(sys.argv[1], json.load(_answer))
    print("\n".join(_found) or "Everything agrees.")
    sys.exit(bool(_found))
