"""What a browser holds: cookies that stand for a ticket link or an order link that was followed, or an order made here."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse

from estrade.base.errors import NotFound
from estrade.tickets import queries
from estrade.tickets.models import Order, Ticket

SECONDS_MAX = 400 * 24 * 3600


def grant(response: HttpResponse, ticket: Ticket) -> None:
    """Let this browser use `ticket`."""
    _set(response, "ticket", ticket.pk, ticket.version)


def grant_order(response: HttpResponse, order: Order) -> None:
    """Let this browser see and pay `order`."""
    _set(response, "order", order.pk, order.version)


def granted(request: HttpRequest, ticket_id: UUID) -> Ticket | None:
    """The ticket, if this browser followed its link and the link still holds."""
    version = _version(request, "ticket", ticket_id)
    if version is None:
        return None
    try:
        ticket = queries.ticket(ticket_id)
    except NotFound:
        return None
    return ticket if ticket.version == version else None


def granted_tickets(request: HttpRequest) -> list[UUID]:
    """The tickets whose links this browser followed, whether or not they still hold."""
    return [UUID(name.removeprefix("ticket_")) for name in request.COOKIES if _is_ticket_cookie(name)]


def order_or_refuse(request: HttpRequest, order_id: UUID) -> Order:
    """The order, if this browser made it or followed its link.

    Raises:
        NotFound: it did not, or there is none.
    """
    version = _version(request, "order", order_id)
    if version is None:
        raise NotFound
    order = queries.order(order_id)
    if order.version != version:
        raise NotFound
    return order


def _is_ticket_cookie(name: str) -> bool:
    return name.startswith("ticket_") and len(name) == 39 and all(letter in "0123456789abcdef" for letter in name[7:])


def _set(response: HttpResponse, kind: str, row: UUID, version: int) -> None:
    value = signing.Signer(salt=f"{kind}-cookie").sign(f"{row.hex}.{version}")
    response.set_cookie(f"{kind}_{row.hex}", value, max_age=SECONDS_MAX, httponly=True, samesite="Lax", secure=settings.IS_HTTPS)


def _version(request: HttpRequest, kind: str, row: UUID) -> int | None:
    cookie = request.COOKIES.get(f"{kind}_{row.hex}", "")
    try:
        named, version = signing.Signer(salt=f"{kind}-cookie").unsign(cookie).split(".")
    except (signing.BadSignature, ValueError):
        return None
    return int(version) if named == row.hex else None
