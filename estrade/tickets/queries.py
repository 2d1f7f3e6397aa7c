"""What is for sale, what was ordered, and who may see it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Sum

from estrade.base import secrets
from estrade.base.errors import NotFound
from estrade.base.money import Money
from estrade.base.reading import composed_once, only
from estrade.events.models import Event, Occurrence, RefundPolicy
from estrade.ledger import queries as ledger
from estrade.tickets.models import Order, OrderLine, PartRefund, Quota, Ticket, TicketType
from estrade.users.permissions import Permission, Viewer


@composed_once
def ticket_types(event: UUID) -> QuerySet[TicketType]:
    """The price list of `event`, in its order, charities with it; retired lines left out."""
    return TicketType.objects.filter(event=event, retired_at=None).select_related("charity").order_by("position", "id")


@lru_cache(maxsize=1_000)
def price_list(event: UUID, version: int) -> Mapping[UUID, TicketType]:  # noqa: ARG001 - what it is kept by
    """What `ticket_types` finds, by id, for a sale: read once for each version of the event, which every change of a price raises.

    For those who sell and change nothing of the event in the same transaction; nobody changes the rows.
    """
    return {row.pk: row for row in ticket_types(event)}


def ticket_type(ticket_type_id: UUID) -> TicketType:
    """One line of a price list.

    Raises:
        NotFound: there is none.
    """
    row = TicketType.objects.select_related("event", "charity").filter(pk=ticket_type_id).first()
    if row is None:
        raise NotFound
    return row


def giving_to(charity_id: UUID, now: datetime) -> QuerySet[Event]:
    """The published events that are on or to come and give to this charity, by a share or a donation on their price list."""
    to_come = Occurrence.objects.filter(event=OuterRef("pk"), ends_at__gt=now)
    gives = TicketType.objects.filter(event=OuterRef("pk"), retired_at=None, charity=charity_id, share_basis_points__gt=0)
    return Event.objects.filter(Exists(to_come), Exists(gives), status=Event.Status.PUBLISHED).order_by("title", "pk")


@dataclass(frozen=True)
class PlacesLeft:
    """Places of an occurrence: in all, and by ticket type (absent: only the capacity limits it)."""

    capacity: int
    taken: int
    by_type: dict[UUID, int]

    @property
    def left(self) -> int:
        """How many can still be bought in all."""
        return self.capacity - self.taken

    def of(self, ticket_type: UUID) -> int:
        """How many of `ticket_type` can still be bought."""
        return min(self.left, self.by_type.get(ticket_type, self.left))


def places_left(occurrences: Iterable[UUID], capacity: int) -> dict[UUID, PlacesLeft]:
    """The places left in each of `occurrences` of an event with `capacity`."""
    wanted = list(occurrences)
    rows = list(Quota.objects.filter(occurrence__in=wanted).values_list("occurrence", "ticket_type", "size", "taken"))
    found = {}
    for occurrence in wanted:
        mine = [row for row in rows if row[0] == occurrence]
        total = next(((size, taken) for _, kind, size, taken in mine if kind is None), (capacity, 0))
        by_type = {kind: size - taken for _, kind, size, taken in mine if kind is not None}
        found[occurrence] = PlacesLeft(total[0], total[1], by_type)
    return found


def places_taken(events: Iterable[UUID]) -> dict[UUID, int]:
    """How many places of each event are sold or reserved, over all its occurrences."""
    rows = (
        Quota.objects.filter(occurrence__event__in=list(events), ticket_type=None)
        .values_list("occurrence__event")
        .annotate(Sum("taken"))
    )
    return {event: int(taken) for event, taken in rows}


def raised(event: Event) -> Money:
    """What the charities of `event` have coming, from shares and donations, after what went back."""
    mine = [balance.amount for balance in ledger.balances_of_event(event.pk) if balance.kind == "charity"]
    return sum((amount for amount in mine if amount.currency == event.currency), Money(0, event.currency))


def order(order_id: UUID) -> Order:
    """One order, with its event and occurrence. Whoever calls has checked that it may be seen.

    Raises:
        NotFound: there is none.
    """
    return only(_order(order_id))


@composed_once
def _order(order_id: UUID) -> QuerySet[Order]:
    return Order.objects.select_related("event__organisation", "occurrence").filter(pk=order_id)


def order_of_number(organisation: UUID, number: str) -> Order | None:
    """The order that people of the organisation call `number`, however they write it; None when there is none."""
    bare = "".join(number.upper().replace("-", " ").split())
    written = f"{bare[:4]}-{bare[4:]}"
    return Order.objects.select_related("event", "occurrence").filter(event__organisation=organisation, number=written).first()


def orders_of_causes(kind: str, causes: Iterable[UUID]) -> list[tuple[UUID, UUID, str]]:
    """Which order an entry of ours is about: cause, order and its number, for causes of one `kind`; unknown kinds have none."""
    rows: dict[str, QuerySet[Any]] = {
        "sale": Order.objects.annotate(about=F("pk"), number_of=F("number")),
        "ticket_cancelled": Ticket.objects.annotate(about=F("order"), number_of=F("order__number")),
        "part_refund": PartRefund.objects.annotate(about=F("ticket__order"), number_of=F("ticket__order__number")),
        "donation_returned": OrderLine.objects.annotate(about=F("order"), number_of=F("order__number")),
    }
    return list(rows[kind].filter(pk__in=causes).values_list("pk", "about", "number_of")) if kind in rows else []


def order_for(viewer: Viewer, order_id: UUID) -> Order:
    """An order of an organisation in which `viewer` may read orders.

    Raises:
        NotFound: there is none, or none that they may see.
        Forbidden: the viewer's role does not read orders.
    """
    row = order(order_id)
    viewer.require(Permission.ORDERS_READ, row.event.organisation_id)
    return row


@composed_once
def lines_of(order_id: UUID) -> QuerySet[OrderLine]:
    """The lines of an order, in the order of the price list."""
    return OrderLine.objects.filter(order=order_id).select_related("charity").order_by("ticket_type__position", "id")


@composed_once
def tickets_of(order_id: UUID) -> QuerySet[Ticket]:
    """The tickets of an order, cancelled ones too."""
    return Ticket.objects.filter(order=order_id).select_related("line").order_by("id")


def buyers_own(order_id: UUID) -> list[Ticket]:
    """The valid tickets of an order whose links are its buyer's: those that were handed over are their attendees' alone."""
    return [ticket for ticket in tickets_of(order_id) if ticket.state == Ticket.State.VALID and ticket.handed_over_at is None]


def left_of_prices(order: Order) -> list[tuple[Ticket, Money]]:
    """The tickets of an order that hold, each with what is left of its price after what went back before."""
    gone = PartRefund.objects.filter(ticket__order=order).values_list("ticket").annotate(Sum("amount_minor"))
    back: dict[UUID, int] = dict(gone)
    return [
        (row, Money(row.line.unit_minor - back.get(row.pk, 0), order.currency))
        for row in tickets_of(order.pk)
        if row.state == Ticket.State.VALID
    ]


def refundable_until(order: Order) -> datetime | None:
    """Until when the buyer may give a paid order back by themselves: by the policy that it was made under, or in the window that
    a moved date opened, if they bought before it moved. None: only if the host agrees.
    """
    date = order.occurrence
    # What was paid elsewhere is not ours to promise back.
    policy = None if order.is_paid_elsewhere else RefundPolicy(order.refund_policy).deadline(date.starts_at)
    bought_since = date.moved_at and order.paid_at and order.paid_at >= date.moved_at
    window = None if bought_since else date.refundable_until
    return max((moment for moment in (policy, window) if moment), default=None)


def ticket(ticket_id: UUID) -> Ticket:
    """One ticket with its order, occurrence and event.

    Raises:
        NotFound: there is none.
    """
    row = only(_ticket(ticket_id))
    row.occurrence.event = row.order.event
    return row


@composed_once
def _ticket(ticket_id: UUID) -> QuerySet[Ticket]:
    return Ticket.objects.select_related("order__event__organisation", "occurrence", "line").filter(pk=ticket_id)


def ticket_by_secret(ticket_id: UUID, secret: str) -> Ticket:
    """The ticket whose link this is.

    Raises:
        NotFound: there is none, or the secret is not, or no longer, its own.
    """
    row = ticket(ticket_id)
    if not secrets.matches(secret, "ticket", row.pk, row.version):
        raise NotFound
    return row


def ticket_secret(ticket: Ticket) -> str:
    """The key in the ticket link."""
    return secrets.derive("ticket", ticket.pk, ticket.version)


def order_secret(order: Order) -> str:
    """The key in the order link."""
    return secrets.derive("order", order.pk, order.version)


def order_by_secret(order_id: UUID, secret: str) -> Order:
    """The order whose link this is.

    Raises:
        NotFound: there is none, or the secret is not its own.
    """
    row = order(order_id)
    if not secrets.matches(secret, "order", row.pk, row.version):
        raise NotFound
    return row


def orders_of_buyer(email: str, since: datetime) -> list[Order]:
    """Paid and waiting orders of `email` for events that end after `since`."""
    living = Q(state__in=[Order.State.PAID, Order.State.AWAITING_PAYMENT])
    rows = Order.objects.filter(living, buyer_email=email.strip().lower(), occurrence__ends_at__gt=since)
    return list(rows.select_related("event", "occurrence").order_by("-reserved_at")[:50])


def tickets_handed_to(email: str, since: datetime) -> list[UUID]:
    """Valid tickets that were handed over to `email`, for occurrences that end after `since`."""
    rows = Ticket.objects.filter(
        attendee_email=email.strip().lower(), handed_over_at__isnull=False, state=Ticket.State.VALID, occurrence__ends_at__gt=since
    )
    return list(rows.order_by("-handed_over_at").values_list("pk", flat=True)[:20])


def orders_of_event(viewer: Viewer, event: Event) -> QuerySet[Order]:
    """All orders of `event` that were ever more than a reservation, newest first.

    Raises:
        NotFound, Forbidden: the viewer may not read orders here.
    """
    viewer.require(Permission.ORDERS_READ, event.organisation_id)
    rows = Order.objects.filter(event=event).exclude(buyer_email="")
    return rows.select_related("occurrence").order_by("-reserved_at", "-id")


def attendees(viewer: Viewer, event: Event) -> QuerySet[Ticket]:
    """Every ticket of `event`, by occurrence and name.

    Raises:
        NotFound, Forbidden: the viewer may not read orders here.
    """
    viewer.require(Permission.ORDERS_READ, event.organisation_id)
    rows = Ticket.objects.filter(order__event=event).select_related("order", "line", "occurrence")
    return rows.order_by("occurrence__starts_at", "attendee_name", "id")


def valid_tickets(occurrence: UUID) -> QuerySet[Ticket]:
    """The tickets that admit to `occurrence`."""
    return Ticket.objects.filter(occurrence=occurrence, state=Ticket.State.VALID).select_related("order")


def lapsed_since(moment: datetime, grace: timedelta = timedelta()) -> list[UUID]:
    """Unpaid orders whose time was over at `moment`, oldest first, at most 500."""
    unpaid = [Order.State.RESERVED, Order.State.AWAITING_PAYMENT]
    rows = Order.objects.filter(state__in=unpaid, expires_at__lte=moment - grace)
    return list(rows.order_by("expires_at").values_list("pk", flat=True)[:500])


def orders_to_cancel(event: UUID) -> list[UUID]:
    """The orders of `event` that live still."""
    states = [Order.State.RESERVED, Order.State.AWAITING_PAYMENT, Order.State.PAID]
    return list(Order.objects.filter(event=event, state__in=states).order_by("id").values_list("pk", flat=True))
