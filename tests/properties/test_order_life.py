"""Orders, payments and refunds in any order, with repeats, lost answers and callbacks late, doubled, lost and out of order.

On a real database, against the simulator as a process of its own. After every step the oracle agrees, and every order has
moved as the table in `tickets/life.py` says. At the end of each story everything that was under way is looked after, and
then the simulator's list agrees too: every charge has its tickets or has gone back, and nothing else has tickets.

`ESTRADE_STORIES=500` tells more stories than the few that each run has time for.
"""

from __future__ import annotations

import hmac
import json
import os
import time
from collections import defaultdict
from contextlib import suppress
from datetime import timedelta
from hashlib import sha256
from itertools import chain
from urllib.error import HTTPError
from uuid import UUID

import pytest
from django.conf import settings as django_settings
from django.db import connection
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)
from procrastinate.contrib.django import app

from estrade.base.errors import Refusal
from estrade.base.money import Money
from estrade.events import actions as events
from estrade.events.models import Event, Occurrence
from estrade.payments import actions as payments
from estrade.payments import collecting
from estrade.payments import tasks as payment_tasks
from estrade.payments.models import Payment, Refund
from estrade.payments.statements import entries, figures, scopes
from estrade.tickets import actions as tickets
from estrade.tickets import tasks as ticket_tasks
from estrade.tickets.actions.orders import Buyer
from estrade.tickets.life import LIFE
from estrade.tickets.models import FeePeriod, Order, Quota, Ticket, TicketType
from estrade.tickets.pricing import Choice
from estrade.users.models import Organisation
from tests import oracle

STORIES = int(os.environ.get("ESTRADE_STORIES", "0"))
PROFILE = settings(
    max_examples=STORIES or 30,
    stateful_step_count=50 if STORIES else 30,
    phases=[Phase.generate, Phase.shrink],
    derandomize=not STORIES,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)
EMPTIED = "tickets_order, payments_callback, ledger_entry, ledger_account, procrastinate_jobs, events_event, base_idempotencykey"
COUNTS = st.tuples(*[st.integers(0, 2)] * 4).filter(any)
FAR = ["reservation", "details", "payment", "approval", "return"]  # a buyer's way
BUYERS = [Buyer("Bob", "bob@example.org", "fr"), Buyer("Carol", "carol@example.org")]
CAPACITY = 5


class OrderLife(RuleBasedStateMachine):
    """A small concert, its buyers, its host, the processor and everything that can go wrong between them."""

    orders = Bundle("orders")

    @initialize(target=orders, counts=COUNTS)
    def a_concert_is_on_sale(self, counts):
        self.away = timedelta()
        with connection.cursor() as cursor:
            cursor.execute(f"RESET ROLE; TRUNCATE {EMPTIED} CASCADE; SET ROLE estrade_tests")
        from estrade.ledger import actions as ledger

        ledger._known.clear()
        self.paysim.call("POST", "/control/reset")
        self.paysim.call("PUT", "/control/bank", {"fee_late_s": 0})
        now = self.now()
        self.event = Event.objects.create(
            organisation=self.house, slug="high-tides", title="High tides", category="music", kind="stage",
            capacity=CAPACITY, status="published", created_at=now, published_at=now,
        )  # fmt: skip
        start = now + timedelta(hours=3)
        self.evening = Occurrence.objects.create(
            event=self.event, starts_at=start, ends_at=start + timedelta(hours=2), time_zone="UTC"
        )
        shared = {"event": self.event, "share_basis_points": 833, "charity": self.charity}
        self.types = [
            TicketType.objects.create(event=self.event, name="Solidarity", price_kind="free", quota_size=3),
            TicketType.objects.create(name="Seat", price_kind="fixed", price_minor=1999, **shared),
            TicketType.objects.create(name="Your price", price_kind="pay_what_you_want", suggested_minor=701, **shared),
            TicketType.objects.create(name="Gift", price_kind="donation", suggested_minor=503, **shared),
        ]
        tickets.open_sale(self.event)
        self.states: dict[UUID, str] = {}
        return self.walk(counts, None, "payment")

    # What buyers do.

    @rule(target=orders, counts=COUNTS, amount=st.sampled_from([None, 77, 1313]), far=st.sampled_from(FAR + FAR[2:]))
    def reserve(self, counts, amount, far):
        """A buyer goes as far as `far`, then stops for the moment."""
        return self.walk(counts, amount, far)

    def walk(self, counts, amount, far):
        choices = [Choice(kind.pk, count, amount) for kind, count in zip(self.types, counts, strict=True) if count]
        try:
            order = tickets.reserve(self.evening.pk, choices, self.now()).pk
        except Refusal:
            return multiple()
        steps = {
            "details": lambda: self.give_details(order, BUYERS[0]),
            "payment": lambda: self.go_to_pay(order),
            "approval": lambda: self.choose_on_the_payment_page(order, 0, "approve"),
            "return": lambda: self.come_back(order),
        }
        for name in list(steps)[: FAR.index(far)]:
            steps[name]()
        return order

    @rule(order=orders, buyer=st.sampled_from(BUYERS))
    def give_details(self, order, buyer):
        with suppress(Refusal):
            tickets.give_details(order, buyer, self.now())

    @rule(order=orders)
    def go_to_pay(self, order):
        with suppress(Refusal):
            collecting.start_payment(Order.objects.select_related("event").get(pk=order), self.now())

    @rule(order=orders)
    def go_to_pay_in_a_second_tab(self, order):
        """Both tabs asked before either was answered, so each has a payment of its own."""
        with suppress(Refusal):
            collecting._open(payments.intend_payment(order, self.now()), self.now())

    @rule(
        order=orders,
        nth=st.integers(0, 2),
        choice=st.sampled_from(["approve"] * 4 + ["decline", "never", "authenticate", "expire"]),
    )
    def choose_on_the_payment_page(self, order, nth, choice):
        rows = list(Payment.objects.filter(order=order, processor="stripe").exclude(processor_session="").order_by("id"))
        if rows:
            with suppress(HTTPError):  # the page is past that
                self.paysim.choose(rows[nth % len(rows)].processor_session, choice)

    @rule(order=orders)
    def come_back(self, order):
        for payment in Payment.objects.filter(order=order, processor="stripe"):
            with suppress(Refusal):
                collecting.bring_up_to_date(payment, self.now())

    @rule(order=orders, nth=st.integers(0, 5))
    def give_a_free_ticket_back(self, order, nth):
        rows = list(Ticket.objects.filter(order=order).order_by("id"))
        if rows:
            with suppress(Refusal):
                tickets.cancel_free_ticket(rows[nth % len(rows)].pk, self.now())

    @rule(order=orders)
    def give_the_order_back_in_the_window_of_a_moved_date(self, order):
        with suppress(Refusal):
            payments.cancel_by_buyer(order, self.now())

    @rule(nth=st.integers(0, 9))
    def the_bank_sends_a_refund_back(self, nth):
        rows = list(Refund.objects.exclude(processor_refund="").order_by("id").values_list("processor_refund", flat=True))
        if rows:
            with suppress(HTTPError):  # it came back before
                self.paysim.call("POST", f"/control/refunds/{rows[nth % len(rows)]}/fail")

    # What the host does.

    @rule(nth=st.integers(0, 9), how=st.sampled_from(["again", "again", "elsewhere"]))
    def somebody_sees_to_a_failed_refund(self, nth, how):
        """Any refund: of those that need nobody, nothing is done."""
        rows = list(Refund.objects.order_by("id"))
        if not rows:
            return
        refund = rows[nth % len(rows)]
        try:
            if how == "again":
                payments.try_refund_again(refund.pk, None, self.now())
            else:
                payments.record_given_elsewhere(refund.pk, "transfer of today", None, self.now())
        except Refusal:
            assert not refund.needs_somebody
        else:
            assert refund.needs_somebody

    @rule(order=orders)
    def cancel_the_order(self, order):
        before = Order.objects.get(pk=order).state
        payments.cancel_order(order, Refund.Reason.HOST, self.now())
        assert Order.objects.get(pk=order).state == (before if before == "lapsed" else "cancelled")

    @rule(order=orders, nth=st.sets(st.integers(0, 5), max_size=3))
    def give_tickets_back(self, order, nth):
        """Some of them, cancelled ones and none at all too."""
        rows = list(Ticket.objects.filter(order=order).order_by("id").values_list("pk", flat=True))
        with suppress(Refusal):
            payments.refund_tickets(order, [row for index, row in enumerate(rows) if index in nth], Refund.Reason.HOST, self.now())

    @rule(order=orders, nth=st.integers(0, 5), minor=st.sampled_from([1, 7, 333, 1_000, 10_000]))
    def give_a_part_back(self, order, nth, minor):
        """Of one ticket, or of all where there is no such one."""
        row = Order.objects.get(pk=order)
        rows = list(Ticket.objects.filter(order=order).order_by("id").values_list("pk", flat=True))
        with suppress(Refusal):
            payments.refund_part(order, rows[nth : nth + 1], Money(minor, row.currency), self.now())

    @rule(
        target=orders,
        counts=st.tuples(*[st.integers(0, 2)] * 3).filter(any),
        buyer=st.sampled_from(BUYERS),
        key=st.sampled_from("abc"),
    )
    def sell_at_the_till(self, counts, buyer, key):
        """By the API, with a key that may have been used before, and the same request twice."""
        body = {
            "occurrence": str(self.evening.pk),
            "choices": [
                {"ticket_type": str(kind.pk), "quantity": count} for kind, count in zip(self.types, counts, strict=False) if count
            ],
            "name": buyer.name,
            "email": buyer.email,
        }
        headers = {"Authorization": f"Bearer {self.token}", "Idempotency-Key": key}
        first, second = (Client().post("/api/v1/orders", body, "application/json", headers=headers) for _ in range(2))
        assert (first.status_code, first.content) == (second.status_code, second.content)
        assert first.status_code in {201, 409, 422}, first.content
        return UUID(first.json()["order"]["id"]) if first.status_code == 201 else multiple()

    @rule(what=st.sampled_from(["capacity"] * 3 + ["date"] * 2 + ["event"]), places=st.integers(0, CAPACITY))
    def the_host_changes_their_mind(self, what, places):
        if what == "capacity":
            Quota.objects.filter(occurrence=self.evening, ticket_type=None, taken__lte=places).update(size=places)
        elif what == "date":
            Occurrence.objects.filter(pk=self.evening.pk).update(refundable_until=self.now() + timedelta(days=1))
        else:
            self.event = events.cancel(self.event, self.now())

    # What time does, and what runs by itself.

    @rule(passed=st.sampled_from([0, 0, 1, 6, 11, 26, 200]), which=st.sampled_from(["lapsed", "payments"]))
    def periodic_tasks_run(self, passed, which):
        self.away += timedelta(minutes=passed)
        if which == "payments":
            payment_tasks.look_after(0)
        else:
            ticket_tasks.give_back_lapsed(0)
            overdue = Order.objects.filter(state__in=["reserved", "awaiting_payment"], expires_at__lte=self.now())
            assert not overdue.exists()

    @rule(nth=st.integers(0, 9), times=st.integers(1, 2), is_lost=st.booleans())
    def a_worker_takes_a_job(self, nth, times, is_lost):
        """Any job, not the first; perhaps twice, since workers die after the work and before they say so."""
        rows = self.jobs()
        if rows:
            job, name, arguments = rows[nth % len(rows)]
            if not is_lost:
                for _time in range(times):
                    with suppress(Refusal):
                        app.tasks[name].func(**arguments)
            if not is_lost or name == "payments.read_session":
                with connection.cursor() as cursor:
                    cursor.execute("DELETE FROM procrastinate_jobs WHERE id = %s", [job])

    @rule(nth=st.integers(0, 30), times=st.integers(1, 2))
    def a_callback_arrives(self, nth, times):
        """Any that the simulator ever had to tell, in any order, again and again; most are never delivered."""
        told = self.paysim.events()
        if told:
            for _time in range(times):
                assert self.deliver(told[nth % len(told)]).status_code == 200

    @rule(nth=st.integers(0, 30))
    def mallory_sends_a_callback(self, nth):
        """Well made, and signed with another secret; or signed, and saying what is not so."""
        about = {"id": "cs_test_mallory", "object": "checkout.session", "status": "complete", "payment_status": "paid"}
        rows = list(Payment.objects.exclude(processor_session="").values_list("processor_session", flat=True))
        about["id"] = rows[nth % len(rows)] if rows else about["id"]
        told = {"id": f"evt_mallory_{nth}", "object": "event", "type": "checkout.session.completed", "data": {"object": about}}
        assert self.deliver(told, secret="whsec_mallory").status_code == 400
        assert self.deliver(told).status_code == 200

    @rule(
        when=st.sampled_from(["before", "after"]),
        path=st.sampled_from(["/v1/checkout/sessions", "/v1/refunds"]),
        kind=st.sampled_from(["error", "drop"]),
    )
    def the_processor_fails_once(self, when, path, kind):
        self.paysim.fault(kind=kind, when=when, method="POST", path=path, calls=1, **({"status": 500} if kind == "error" else {}))

    # What must hold.

    @invariant()
    def the_oracle_agrees(self):
        if hasattr(self, "event"):
            assert self.discrepancies(at_rest=False) == []

    @invariant()
    def orders_move_as_the_table_says(self):
        if not hasattr(self, "event"):
            return
        standing = dict(Order.objects.values_list("pk", "state"))
        for order, state in standing.items():
            before = self.states.get(order)
            assert state in reachable(before), f"{before} became {state}"
        self.states = standing

    def teardown(self):
        """Everything that is under way comes to its end; then the simulator's list must agree to the cent."""
        if not hasattr(self, "event"):
            return
        self.paysim.call("DELETE", "/control/faults")
        for _round in range(3):
            self.away += timedelta(hours=9)  # in all, long enough for every refund to be asked about again
            ticket_tasks.give_back_lapsed(0)
            payment_tasks.look_after(0)
            self.run_all_jobs()
        self.settle_what_the_bank_sits_on()
        assert self.discrepancies(at_rest=True) == []
        self.the_statement_says_what_the_rows_say()
        self.orders_move_as_the_table_says()
        living = Order.objects.filter(state__in=["reserved", "awaiting_payment"])
        assert not living.exists()
        if self.event.status == "cancelled":
            assert not Order.objects.filter(state="paid").exists()

    def the_statement_says_what_the_rows_say(self):
        """Kind by kind, by an oracle that shares no code with it; and the entries behind each figure come to the figure."""
        found, must = figures.statement(scopes.of_event(self.event)), defaultdict(int)
        for place, minor in oracle.balances(self.witness).items():
            must[place.kind] += minor if place.kind == "clearing" else -minor
        said = defaultdict(int, {"clearing": found.came_in.total.minor})
        for figure in found.whose.figures:
            said[figure.kind] += figure.amount.minor
        assert {kind: minor for kind, minor in said.items() if minor} == {kind: minor for kind, minor in must.items() if minor}
        assert found.adds_up
        for figure in [*found.came_in.figures, *found.whose.figures]:
            rows = chain.from_iterable(page.rows for page in self.pages_of(found.scope, figure))
            assert sum(row.amount.minor for row in rows) == figure.amount.minor, figure.label

    def pages_of(self, scope, figure):
        before = None
        while True:
            page = entries.page(scope, figure, before)
            yield page
            before = page.before
            if before is None:
                return

    def settle_what_the_bank_sits_on(self):
        """A bank that never answers answers now, late: yes. Sessions whose making failed nobody was ever sent to."""
        for session in Payment.objects.exclude(processor_session="").values_list("processor_session", flat=True):
            with suppress(HTTPError):  # the page is past that
                self.paysim.choose(session, "approve")
        payment_tasks.look_after(0)
        self.run_all_jobs()

    # The means.

    def now(self):
        return timezone.now()

    def discrepancies(self, *, at_rest):
        connection.ensure_connection()
        return oracle.check(self.witness, self.paysim.ledger(), at_rest=at_rest)

    def jobs(self):
        with connection.cursor() as cursor:
            cursor.execute("SELECT id, task_name, args FROM procrastinate_jobs WHERE task_name LIKE 'payments.%%' ORDER BY id", [])
            return [(row, name, args if isinstance(args, dict) else json.loads(args)) for row, name, args in cursor.fetchall()]

    def run_all_jobs(self):
        while rows := self.jobs():
            for job, name, arguments in rows:
                app.tasks[name].func(**arguments)
                with connection.cursor() as cursor:
                    cursor.execute("DELETE FROM procrastinate_jobs WHERE id = %s", [job])

    def deliver(self, told, secret=None):
        body, moment = json.dumps(told), int(time.time())
        key = (secret or django_settings.STRIPE_WEBHOOK_SECRET).encode()
        mac = hmac.new(key, f"{moment}.{body}".encode(), sha256).hexdigest()
        headers = {"Stripe-Signature": f"t={moment},v1={mac}"}
        return Client().post("/callbacks/stripe", body, content_type="application/json", headers=headers)


def reachable(before: str | None) -> set[str]:
    """The states in which an order may be found one step later: one rule may let several things happen to it."""
    found = {before} if before else {"reserved", "paid"}
    while True:
        further = found | {step.state.value for (state, _), step in LIFE.items() if state.value in found}
        if further == found:
            return found
        found = further


@pytest.mark.database
@pytest.mark.django_db(transaction=True)
def test_stories_of_orders(paysim, house, charity, alice, monkeypatch):
    import psycopg

    from estrade.users.actions import create_token

    FeePeriod.objects.create(starts_at=timezone.now() - timedelta(days=2), basis_points=317)
    _row, token = create_token(house, "Till", ["orders:write"], alice)
    connection.ensure_connection()
    raw = connection.connection
    real = timezone.now
    machine = {}

    class Told(OrderLife):
        def __init__(self):
            super().__init__()
            machine["it"] = self

    Told.paysim, Told.house, Told.charity, Told.token = paysim, Organisation.objects.get(pk=house.pk), charity, token
    monkeypatch.setattr(timezone, "now", lambda: real() + getattr(machine.get("it"), "away", timedelta()))
    password = f" password={raw.info.password}" if raw.info.password else ""
    with psycopg.connect(raw.info.dsn + password, autocommit=True) as witness:
        Told.witness = witness
        run_state_machine_as_test(Told, settings=PROFILE)
