"""Selling, cancelling and reading the money, as JSON."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.utils import timezone
from ninja import Field, Router, Schema

from estrade.base.operations import Amount, written_once
from estrade.events import queries as events
from estrade.payments import actions, queries
from estrade.payments.models import Refund
from estrade.tickets import presenting
from estrade.tickets import queries as orders
from estrade.tickets.actions.orders import Buyer
from estrade.tickets.pricing import AMOUNT_MINOR_MAX, Choice
from estrade.tickets.shapes import OrderOut, TicketOut, order_out, ticket_out
from estrade.tickets.turns import turn
from estrade.users.permissions import Permission

router = Router()


class ChoiceIn(Schema):
    """How many of a ticket type; `amount_minor` each where the buyer says the price."""

    ticket_type: UUID
    quantity: int = Field(ge=1, le=20)
    amount_minor: int | None = Field(None, ge=0, le=AMOUNT_MINOR_MAX)


class OrderIn(Schema):
    """An order that was paid elsewhere, or is free."""

    occurrence: UUID
    choices: list[ChoiceIn] = Field(min_length=1, max_length=20)
    name: str = Field(max_length=120)
    email: str = Field(max_length=254)
    language: str = Field("en", pattern="^(en|fr)$")
    reference: str = Field("", max_length=120, description="What the place that took the money calls it.")


class SaleOut(Schema):
    """An order with its tickets; each ticket's link is a secret, given here once."""

    order: OrderOut
    tickets: list[TicketOut]
    ticket_links: list[str]


class StatementOut(Schema):
    """The money of an event, from the ledger."""

    gross: Amount
    refunded: Amount
    organisation: Amount
    charities: dict[str, Amount]
    fee: Amount
    processing: Amount
    claim: Amount
    owed_to_buyers: Amount
    due: Amount


@router.post("/orders", response={201: SaleOut}, summary="Record an order paid elsewhere")
def create_order(request: HttpRequest, body: OrderIn) -> tuple[int, Any]:
    """Sell places that were paid for elsewhere (method *external*), or that are free.

    Refusals: `not_found`, `forbidden`, `order_invalid`, `sold_out`, `sale_closed`, `event_not_on_sale`.
    """
    now = timezone.now()
    organisation = events.organisation_of(body.occurrence)
    request.viewer.require(Permission.ORDERS_WRITE, organisation)  # type: ignore[attr-defined]
    choices = [Choice(choice.ticket_type, choice.quantity, choice.amount_minor) for choice in body.choices]
    buyer = Buyer(body.name, body.email, body.language)

    def work() -> tuple[int, Any]:
        order, tickets = actions.record_external_order(body.occurrence, choices, buyer, body.reference, now)
        links = [presenting.ticket_url(ticket) for ticket in tickets]
        return 201, {"order": order_out(order), "tickets": [ticket_out(ticket) for ticket in tickets], "ticket_links": links}

    with turn(body.occurrence):
        return written_once(request, f"orders:{organisation}", body.dict(), now, work)


@router.post("/orders/{uuid:order_id}/cancel", response=OrderOut, summary="Cancel an order and refund it")
def cancel_order(request: HttpRequest, order_id: UUID) -> dict[str, Any]:
    """Cancel the whole order; what was paid through a processor goes back. Twice is once. Refusals: `not_found`, `forbidden`."""
    order = orders.order(order_id)
    request.viewer.require(Permission.ORDERS_WRITE, order.event.organisation_id)  # type: ignore[attr-defined]
    return order_out(actions.cancel_order(order.pk, Refund.Reason.HOST, timezone.now()))


@router.get("/events/{uuid:event_id}/statement", response=StatementOut, summary="Read the statement of an event")
def read_statement(request: HttpRequest, event_id: UUID) -> dict[str, Any]:
    """Refusals: `not_found`, `forbidden`."""
    event = events.event_for(request.viewer, event_id, Permission.MONEY_READ)  # type: ignore[attr-defined]
    found = queries.statement(request.viewer, event)  # type: ignore[attr-defined]
    names = ("gross", "refunded", "organisation", "fee", "processing", "claim", "owed_to_buyers", "due")
    return {name: Amount.of(getattr(found, name)) for name in names} | {
        "charities": {name: Amount.of(amount) for name, amount in found.charities.items()}
    }
