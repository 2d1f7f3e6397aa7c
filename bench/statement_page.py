"""The statement of an event over 100,000 entries, and the entries behind one of its figures: whole pages, through `front`."""

from __future__ import annotations

import html
import re
import time
from typing import Any

import psycopg
import requests

from bench.stage import OnSale, Stage

ENTRIES = 100_000
ENTRIES_OF_AN_ORDER = 5  # the payment, the processor's cut, the shares of charity, organisation and fee
ROUNDS = 12
PAGES_ON = 5  # so many pages further back in the entries
# An order that was really sold, again and again: whatever columns orders, payments and accounts have, or will have.
COPIES = """
CREATE TEMPORARY TABLE copies AS
SELECT number, gen_random_uuid() AS order_id, gen_random_uuid() AS payment_id,
    'B' || lpad(number::text, 8, '0') AS called
FROM generate_series(1, %(orders)s) AS number
"""
ORDERS = """
INSERT INTO tickets_order SELECT (jsonb_populate_record(sold, jsonb_build_object('id', copies.order_id, 'number', called))).*
FROM tickets_order sold, copies WHERE sold.id = %(order)s
"""
PAYMENTS = """
INSERT INTO payments_payment SELECT (jsonb_populate_record(paid, jsonb_build_object(
    'id', payment_id, 'order_id', copies.order_id, 'processor', 'stripe', 'processing_fee_minor', 50))).*
FROM payments_payment paid, copies WHERE paid.order_id = %(order)s
"""
ACCOUNTS = """
INSERT INTO ledger_account (id, kind, owner, event, processor_account, currency)
SELECT gen_random_uuid(), kind, owner, %(event)s, '', 'EUR' FROM unnest(
    ARRAY['clearing', 'buyers', 'cost', 'charity', 'organisation', 'fee'],
    ARRAY[NULL, NULL, %(organisation)s, %(charity)s, %(organisation)s, NULL]::uuid[]) AS wanted(kind, owner)
ON CONFLICT DO NOTHING
"""
BOOKED = """
INSERT INTO ledger_entry (cause, cause_kind, number, debit_id, credit_id, amount_minor, currency, at)
SELECT CASE WHEN cause_kind = 'sale' THEN order_id ELSE payment_id END, cause_kind, part.number,
    debit.id, credit.id, amount, 'EUR', now() - interval '60 days' * (1 - copies.number / %(orders)s::float)
FROM copies
CROSS JOIN (VALUES
    (1, 'payment', 0, 'clearing', 'buyers', 2500), (2, 'processing_fee', 0, 'cost', 'clearing', 50),
    (3, 'sale', 0, 'buyers', 'organisation', 2185), (4, 'sale', 1, 'buyers', 'charity', 190), (5, 'sale', 2, 'buyers', 'fee', 125)
) AS part(step, cause_kind, number, debits, credits, amount)
JOIN ledger_account debit ON debit.event = %(event)s AND debit.kind = debits
JOIN ledger_account credit ON credit.event = %(event)s AND credit.kind = credits
ORDER BY copies.number, step
"""


def run(stage: Stage) -> dict[str, Any]:
    """Pages of one run. Its orders have no tickets, so no oracle may look at this database afterwards: it comes last."""
    on_sale = stage.event_on_sale(1)
    entries = _booked(stage, on_sale)
    visitor = _host(stage)
    statement = f"{stage.running.url}/host/events/{on_sale.event}/statement"
    first = _whole(visitor, statement)
    assert "do not add up" not in first
    opened = [_link(stage, link) for link in set(re.findall(r'href="([^"]+/statement/entries[^"]+)"', first))]
    assert len(opened) >= ENTRIES_OF_AN_ORDER, "a figure does not open"
    return {
        "entries": entries,
        **_milliseconds("statement", visitor, [statement]),
        **_milliseconds("entries", visitor, opened),
        **_milliseconds("entries_further_back", visitor, [_further_back(stage, visitor, opened[0])]),
        **_downloads(visitor, statement),
        "per_second": 0,
    }


def _booked(stage: Stage, on_sale: OnSale) -> int:
    body = {"occurrence": on_sale.occurrences[0], "choices": [{"ticket_type": on_sale.ticket_type, "quantity": 1}]}
    sold = stage.running.api("POST", "/orders", body | {"name": "Bob", "email": "bob@example.org"})
    named = {
        "order": sold["order"]["id"],
        "event": on_sale.event,
        "organisation": stage.running.facts["organisation"],
        "orders": ENTRIES // ENTRIES_OF_AN_ORDER,
    }
    with psycopg.connect(stage.instance.cluster.superuser_url("estrade"), autocommit=True) as connection:
        charity = connection.execute("SELECT id FROM charities_charity LIMIT 1").fetchone()
        assert charity, "the demo has a charity"
        for command in (COPIES, ORDERS, PAYMENTS, ACCOUNTS):
            connection.execute(command, named | {"charity": charity[0]})
        booked = connection.execute(BOOKED, named).rowcount
        connection.execute("VACUUM ANALYZE ledger_account, ledger_entry, tickets_order, payments_payment")
    assert booked == ENTRIES, booked
    return booked


def _host(stage: Stage) -> requests.Session:
    visitor = requests.Session()
    visitor.get(stage.running.facts["sign_in_link"], timeout=20).raise_for_status()
    return visitor


def _whole(visitor: requests.Session, url: str) -> str:
    answer = visitor.get(url, timeout=60, allow_redirects=False)
    assert answer.status_code == 200, f"{url}: {answer.status_code}"
    assert answer.text.rstrip().endswith("</html>"), "not a whole page"
    return answer.text


def _link(stage: Stage, link: str) -> str:
    return stage.running.url + html.unescape(link)


def _further_back(stage: Stage, visitor: requests.Session, url: str) -> str:
    for _page in range(PAGES_ON):
        found = re.search(r'href="([^"]+before=\d+[^"]*)"', _whole(visitor, url))
        assert found, "no older entries"
        url = _link(stage, found[1])
    return url


def _milliseconds(name: str, visitor: requests.Session, urls: list[str]) -> dict[str, float]:
    """The middle and the slowest of ROUNDS looks at each page, from the request to the last byte."""
    took = []
    for url in urls:
        _whole(visitor, url)
        for _round in range(ROUNDS):
            began_at = time.monotonic()
            _whole(visitor, url)
            took.append((time.monotonic() - began_at) * 1000)
    took.sort()
    return {f"{name}_p50_ms": round(took[len(took) // 2], 1), f"{name}_slowest_ms": round(took[-1], 1)}


def _downloads(visitor: requests.Session, statement: str) -> dict[str, Any]:
    """How long each file takes, and how large it is."""
    found = {}
    for form in ("csv", "journal", "fec", "xlsx", "pdf"):
        began_at = time.monotonic()
        answer = visitor.get(f"{statement}.{form}", timeout=120)
        assert answer.status_code == 200, f"{form}: {answer.status_code}"
        found[f"{form}_s"] = round(time.monotonic() - began_at, 1)
        found[f"{form}_kib"] = len(answer.content) // 1024
    return found
