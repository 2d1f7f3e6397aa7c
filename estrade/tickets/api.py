"""Price lists, orders and attendees, as JSON."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest
from django.utils import timezone
from ninja import Field, Query, Router, Schema

from estrade.base.operations import LIMIT_MAX, page_of, written_once
from estrade.events import queries as events
from estrade.tickets import actions, pricing, queries
from estrade.tickets.actions.copies import duplicate
from estrade.tickets.actions.price_list import Terms
from estrade.tickets.models import TicketType
from estrade.tickets.shapes import OrderOut, TicketOut, order_out, ticket_out
from estrade.users.permissions import Permission

router = Router()
Limit = Annotated[int, Query(ge=1, le=LIMIT_MAX)]


class TermsIn(Schema):
    """A line of the price list. Amounts are minor units of the event's currency."""

    name: str = Field(max_length=80)
    price_kind: TicketType.PriceKind
    description: str = Field("", max_length=280)
    price_minor: int = Field(0, ge=0, le=pricing.AMOUNT_MINOR_MAX)
    minimum_minor: int = Field(0, ge=0, le=pricing.AMOUNT_MINOR_MAX)
    suggested_minor: int = Field(0, ge=0, le=pricing.AMOUNT_MINOR_MAX)
    quota_size: int | None = Field(None, ge=1, le=1000)
    sale_starts_at: datetime | None = None
    sale_ends_at: datetime | None = None
    per_order_max: int = Field(6, ge=1, le=20)
    share_basis_points: int = Field(0, ge=0, le=10_000)
    charity_id: UUID | None = None


class TicketTypeOut(TermsIn):
    """A line of the price list, with what is left of it on each occurrence."""

    id: UUID
    event_id: UUID


class OrdersOut(Schema):
    """A page of orders; `next_cursor` asks for the next."""

    items: list[OrderOut]
    next_cursor: str | None


class TicketsOut(Schema):
    """A page of tickets; `next_cursor` asks for the next."""

    items: list[TicketOut]
    next_cursor: str | None


@router.get("/events/{uuid:event_id}/ticket-types", response=list[TicketTypeOut], summary="Read the price list")
def list_ticket_types(request: HttpRequest, event_id: UUID) -> list[TicketType]:
    """The price list of an event of one's organisation. Refusals: `not_found`, `forbidden`."""
    event = events.event_for(request.viewer, event_id, Permission.EVENTS_READ)  # type: ignore[attr-defined]
    return queries.ticket_types(event.pk)


@router.post("/events/{uuid:event_id}/ticket-types", response={201: TicketTypeOut}, summary="Add a ticket type")
def create_ticket_type(request: HttpRequest, event_id: UUID, body: TermsIn) -> tuple[int, Any]:
    """Put a line on the price list. Refusals: `not_found`, `forbidden`, `ticket_type_invalid`."""
    viewer = request.viewer  # type: ignore[attr-defined]
    event = events.event_for(viewer, event_id, Permission.EVENTS_WRITE)

    def work() -> tuple[int, Any]:
        row = actions.add_ticket_type(event, Terms(**body.dict()))
        return 201, TicketTypeOut.from_orm(row).model_dump(mode="json")

    return written_once(request, f"ticket-types:{event.pk}", body.dict(), timezone.now(), work)


@router.put("/ticket-types/{uuid:ticket_type_id}", response=TicketTypeOut, summary="Change a ticket type")
def update_ticket_type(request: HttpRequest, ticket_type_id: UUID, body: TermsIn) -> TicketType:
    """Refusals: `not_found`, `forbidden`, `ticket_type_invalid`, `sold_terms_stand`, `below_what_is_sold`."""
    row = queries.ticket_type(ticket_type_id)
    request.viewer.require(Permission.EVENTS_WRITE, row.event.organisation_id)  # type: ignore[attr-defined]
    return actions.edit_ticket_type(row, Terms(**body.dict()))


@router.delete("/ticket-types/{uuid:ticket_type_id}", response={204: None}, summary="Take a ticket type off the list")
def delete_ticket_type(request: HttpRequest, ticket_type_id: UUID) -> tuple[int, None]:
    """What was sold of it stands. Refusals: `not_found`, `forbidden`."""
    row = queries.ticket_type(ticket_type_id)
    request.viewer.require(Permission.EVENTS_WRITE, row.event.organisation_id)  # type: ignore[attr-defined]
    actions.retire_ticket_type(row, timezone.now())
    return 204, None


class CapacityIn(Schema):
    """How many attendees each date carries."""

    capacity: int = Field(ge=1, le=1000)


@router.put("/events/{uuid:event_id}/capacity", response=CapacityIn, summary="Change the capacity")
def change_capacity(request: HttpRequest, event_id: UUID, body: CapacityIn) -> dict[str, int]:
    """Refusals: `not_found`, `forbidden`, `invalid`, `below_what_is_sold`, `event_cancelled`."""
    event = events.event_for(request.viewer, event_id, Permission.EVENTS_WRITE)  # type: ignore[attr-defined]
    actions.change_capacity(event, body.capacity)
    return {"capacity": body.capacity}


class CopyOut(Schema):
    """The draft that says and sells the same."""

    id: UUID


@router.post("/events/{uuid:event_id}/duplicate", response={201: CopyOut}, summary="Duplicate an event")
def duplicate_event(request: HttpRequest, event_id: UUID) -> tuple[int, Any]:
    """A draft with the same words and price list, without dates and guests. Refusals: `not_found`, `forbidden`."""
    event = events.event_for(request.viewer, event_id, Permission.EVENTS_WRITE)  # type: ignore[attr-defined]
    now = timezone.now()

    def work() -> tuple[int, Any]:
        return 201, {"id": str(duplicate(event, now).pk)}

    return written_once(request, f"duplicate:{event.pk}", None, now, work)


@router.get("/events/{uuid:event_id}/orders", response=OrdersOut, summary="List orders")
def list_orders(request: HttpRequest, event_id: UUID, limit: Limit = 50, cursor: UUID | None = None) -> dict[str, Any]:
    """The orders of an event, newest first. Refusals: `not_found`, `forbidden`."""
    viewer = request.viewer  # type: ignore[attr-defined]
    event = events.event_for(viewer, event_id, Permission.ORDERS_READ)
    rows = queries.orders_of_event(viewer, event).order_by("-id")
    found, following = page_of(list((rows.filter(id__lt=cursor) if cursor else rows)[: limit + 1]), limit, lambda row: row.pk)
    return {"items": [order_out(row) for row in found], "next_cursor": following}


@router.get("/events/{uuid:event_id}/tickets", response=TicketsOut, summary="List attendees")
def list_tickets(request: HttpRequest, event_id: UUID, limit: Limit = 50, cursor: UUID | None = None) -> dict[str, Any]:
    """The tickets of an event, newest first. Refusals: `not_found`, `forbidden`."""
    viewer = request.viewer  # type: ignore[attr-defined]
    event = events.event_for(viewer, event_id, Permission.ORDERS_READ)
    rows = queries.attendees(viewer, event).order_by("-id")
    found, following = page_of(list((rows.filter(id__lt=cursor) if cursor else rows)[: limit + 1]), limit, lambda row: row.pk)
    return {"items": [ticket_out(row) for row in found], "next_cursor": following}


@router.get("/orders/{uuid:order_id}", response=OrderOut, summary="Read an order")
def read_order(request: HttpRequest, order_id: UUID) -> dict[str, Any]:
    """Refusals: `not_found`, `forbidden`."""
    return order_out(queries.order_for(request.viewer, order_id))  # type: ignore[attr-defined]
