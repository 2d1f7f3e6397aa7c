"""Selling, cancelling and reading the money, as JSON."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import Field, Query, Router, Schema

from estrade.base.errors import FieldError
from estrade.base.money import Money
from estrade.base.operations import LIMIT_MAX, Amount, page_of, written_once
from estrade.events import queries as events
from estrade.payments import actions, queries
from estrade.payments.models import Refund
from estrade.payments.statements import figures, scopes
from estrade.tickets import presenting
from estrade.tickets import queries as orders
from estrade.tickets.actions.orders import Buyer
from estrade.tickets.errors import OrderInvalid
from estrade.tickets.pricing import AMOUNT_MINOR_MAX, Choice
from estrade.tickets.shapes import OrderOut, TicketOut, order_out, ticket_out
from estrade.tickets.turns import turn
from estrade.users.permissions import Permission, Viewer

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
    """The money of an event, from the ledger; `taken_by_organisation` never passed it but for fee and shares, the `claim`."""

    gross: Amount
    refunded: Amount
    organisation: Amount
    given_elsewhere: Amount
    taken_by_organisation: Amount
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


class GiveBackIn(Schema):
    """What goes back: the tickets that are named, or of their price (none named: of all) `amount_minor`, and they hold."""

    tickets: list[UUID] = Field(default_factory=list, max_length=100)
    amount_minor: int | None = Field(None, ge=1, description="Minor units of the order's currency.")


@router.post("/orders/{uuid:order_id}/give-back", response=OrderOut, summary="Give back a part of an order")
def give_back(request: HttpRequest, order_id: UUID, body: GiveBackIn) -> Any:
    """Without an amount the named tickets are cancelled, the last one with its order; what was paid for them goes back.

    Refusals: `not_found`, `forbidden`, `not_possible_now`, `order_invalid`.
    """
    order = orders.order(order_id)
    request.viewer.require(Permission.ORDERS_WRITE, order.event.organisation_id)  # type: ignore[attr-defined]
    now = timezone.now()

    if body.amount_minor is None and not body.tickets:
        raise OrderInvalid([FieldError("tickets", "missing", _("Choose at least one ticket."))])

    def work() -> tuple[int, Any]:
        if body.amount_minor is None:
            after = actions.refund_tickets(order.pk, body.tickets, Refund.Reason.HOST, now)
        else:
            after = actions.refund_part(order.pk, body.tickets, Money(body.amount_minor, order.currency), now)
        return 200, order_out(after)

    _status, answer = written_once(request, f"give-back:{order.pk}", body.dict(), now, work)
    return answer


class RefundOut(Schema):
    """A refund. One that failed needs somebody, until its `resolution` says what they did."""

    id: UUID
    order_id: UUID
    state: Refund.State
    reason: Refund.Reason
    amount: Amount
    requested_at: datetime
    succeeded_at: datetime | None
    failed_at: datetime | None
    failure: str
    resolution: Refund.Resolution
    reference: str


class RefundsOut(Schema):
    """A page of refunds; `next_cursor` asks for the next."""

    items: list[RefundOut]
    next_cursor: str | None


class GivenIn(Schema):
    """How the money was given back by other means."""

    reference: str = Field(min_length=1, max_length=actions.REFERENCE_LENGTH_MAX)


def _refund_out(refund: Refund) -> dict[str, Any]:
    names = ("order_id", "state", "reason", "requested_at", "succeeded_at", "failed_at", "failure", "resolution", "reference")
    return {name: getattr(refund, name) for name in names} | {"id": refund.pk, "amount": Amount.of(refund.amount)}


@router.get("/events/{uuid:event_id}/refunds", response=RefundsOut, summary="List refunds")
def list_refunds(
    request: HttpRequest, event_id: UUID, limit: Annotated[int, Query(ge=1, le=LIMIT_MAX)] = 50, cursor: UUID | None = None
) -> dict[str, Any]:
    """The refunds of an event, newest first. Refusals: `not_found`, `forbidden`."""
    viewer = request.viewer  # type: ignore[attr-defined]
    event = events.event_for(viewer, event_id, Permission.ORDERS_READ)
    rows = queries.refunds_of_event(viewer, event).order_by("-id")
    found, following = page_of(list((rows.filter(id__lt=cursor) if cursor else rows)[: limit + 1]), limit, lambda row: row.pk)
    return {"items": [_refund_out(row) for row in found], "next_cursor": following}


@router.post("/refunds/{uuid:refund_id}/try-again", response={201: RefundOut}, summary="Try a failed refund again")
def try_refund_again(request: HttpRequest, refund_id: UUID) -> tuple[int, dict[str, Any]]:
    """The answer is the new refund in its place. Refusals: `not_found`, `forbidden`, `refund_needs_nobody`."""
    viewer = _may_see_to(request, refund_id)
    return 201, _refund_out(actions.try_refund_again(refund_id, viewer.user_id or viewer.token_id, timezone.now()))


@router.post("/refunds/{uuid:refund_id}/given-elsewhere", response=RefundOut, summary="Record a refund given by other means")
def record_given_elsewhere(request: HttpRequest, refund_id: UUID, body: GivenIn) -> dict[str, Any]:
    """The organisation gave the money of a failed refund back itself: it is owed that from now on.

    Refusals: `not_found`, `forbidden`, `refund_needs_nobody`, `refund_reference_invalid`.
    """
    viewer, now = _may_see_to(request, refund_id), timezone.now()
    return _refund_out(actions.record_given_elsewhere(refund_id, body.reference, viewer.user_id or viewer.token_id, now))


def _may_see_to(request: HttpRequest, refund_id: UUID) -> Viewer:
    viewer: Viewer = request.viewer  # type: ignore[attr-defined]
    viewer.require(Permission.ORDERS_WRITE, queries.refund(refund_id).order.event.organisation_id)
    return viewer


@router.get("/events/{uuid:event_id}/statement", response=StatementOut, summary="Read the statement of an event")
def read_statement(request: HttpRequest, event_id: UUID) -> dict[str, Any]:
    """Refusals: `not_found`, `forbidden`."""
    event = events.event_for(request.viewer, event_id, Permission.MONEY_READ)  # type: ignore[attr-defined]
    found = figures.statement(scopes.of_event(event))
    refunded = found.of("clearing", *figures.REFUNDS)
    amounts = {
        "gross": found.of("clearing", "payment"),
        "refunded": -refunded if refunded else refunded,
        "organisation": found.of("organisation") - found.of("organisation", figures.GIVEN_BACK_BY_HOST),
        "given_elsewhere": found.of("organisation", figures.GIVEN_BACK_BY_HOST),
        "taken_by_organisation": found.taken_total,
        "fee": found.of("fee"),
        "processing": found.of("cost"),
        "claim": found.of("claim"),
        "owed_to_buyers": found.of("buyers"),
        "due": found.due.total,
    }
    return {name: Amount.of(amount) for name, amount in amounts.items()} | {
        "charities": {each.label: Amount.of(each.amount) for each in found.charities}
    }
