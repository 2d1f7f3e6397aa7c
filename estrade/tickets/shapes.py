"""Orders and tickets as JSON."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from ninja import Schema

from estrade.base.money import Money
from estrade.base.operations import Amount
from estrade.events.models import RefundPolicy
from estrade.tickets.models import Order, Ticket


class OrderOut(Schema):
    """An order."""

    id: UUID
    number: str
    event_id: UUID
    occurrence_id: UUID
    state: Order.State
    method: Order.Method
    total: Amount
    refund_policy: RefundPolicy
    buyer_name: str
    buyer_email: str
    reserved_at: datetime
    paid_at: datetime | None
    cancelled_at: datetime | None


class TicketOut(Schema):
    """A ticket, without its secret."""

    id: UUID
    order_id: UUID
    occurrence_id: UUID
    state: Ticket.State
    attendee_name: str
    attendee_email: str
    checked_in_at: datetime | None


def order_out(order: Order) -> dict[str, Any]:
    """An order as JSON, ready to be kept with an idempotency key."""
    out = OrderOut(
        id=order.pk,
        number=order.number,
        event_id=order.event_id,
        occurrence_id=order.occurrence_id,
        state=Order.State(order.state),
        method=Order.Method(order.method),
        total=Amount(**Amount.of(Money(order.total_minor, order.currency))),
        refund_policy=RefundPolicy(order.refund_policy),
        buyer_name=order.buyer_name,
        buyer_email=order.buyer_email,
        reserved_at=order.reserved_at,
        paid_at=order.paid_at,
        cancelled_at=order.cancelled_at,
    )
    return out.model_dump(mode="json")


def ticket_out(ticket: Ticket) -> dict[str, Any]:
    """A ticket as JSON."""
    return TicketOut.from_orm(ticket).model_dump(mode="json")
