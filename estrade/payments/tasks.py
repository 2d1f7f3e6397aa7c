"""What happens with money after the commit, and what looks after lost answers."""

from __future__ import annotations

import logging
from collections.abc import Callable
from uuid import UUID

from django.utils import timezone

from estrade.base.errors import Unavailable
from estrade.base.jobs import Patience, periodic, task
from estrade.payments import actions, collecting, queries
from estrade.payments.models import Refund
from estrade.tickets import queries as orders

log = logging.getLogger(__name__)


@task(name="payments.read_session", retry=Patience())
def read_session(processor: str, session: str, callback: int) -> None:
    """Read back what a callback was about. The callback itself is believed in nothing but that something happened."""
    collecting.bring_session_up_to_date(processor, session, timezone.now())
    actions.mark_handled(callback, timezone.now())


@task(name="payments.read_refund", retry=Patience())
def read_refund(processor: str, refund: str, callback: int) -> None:
    """Read back what a callback about a refund was about."""
    collecting.bring_processor_refund_up_to_date(processor, refund, timezone.now())
    actions.mark_handled(callback, timezone.now())


@task(name="payments.send_refund", retry=Patience(attempts=12))
def send_refund(refund_id: str) -> None:
    """Give the money back."""
    collecting.send_refund(UUID(refund_id), timezone.now())


@task(name="payments.cancel_orders_of_event", retry=Patience())
def cancel_orders_of_event(event_id: str) -> None:
    """The event is cancelled: each order is, and everybody gets everything back. Stopped half-way, it goes on."""
    for order_id in orders.orders_to_cancel(UUID(event_id)):
        actions.cancel_order(order_id, Refund.Reason.EVENT_CANCELLED, timezone.now())


@periodic("* * * * *")
@task(name="payments.look_after", queueing_lock="payments.look_after")
def look_after(timestamp: int) -> None:
    """Ask about payments and refunds that nobody told us of: callbacks are lost, and so are we."""
    _ = timestamp
    now = timezone.now()
    payments = queries.unsettled(now) + queries.fees_unknown(now)
    try:
        _each(payments, lambda one: collecting.bring_up_to_date(queries.payment(one), timezone.now()))
        _each(queries.refunds_waiting(now), lambda one: collecting.send_refund(one, timezone.now()))
        _each(
            queries.refunds_that_may_come_back(now),
            lambda one: collecting.bring_refund_up_to_date(queries.refund(one), timezone.now()),
        )
    except Unavailable:
        log.warning("the processor does not answer; payments and refunds are looked after again in a minute")


def _each(found: list[UUID], ask: Callable[[UUID], object]) -> None:
    for one in found:
        try:
            ask(one)
        except Unavailable:
            raise
        except Exception:  # one that cannot be read must not keep the others waiting
            log.exception("%s cannot be brought up to date", one)
