"""Events as lists show them: with what they cost, what is left, and whether they are on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.urls import reverse

from estrade.base.money import Money
from estrade.events.models import Event, Occurrence
from estrade.tickets import pricing
from estrade.tickets.fees import fees
from estrade.tickets.models import Quota, TicketType

PriceKind = TicketType.PriceKind


@dataclass(frozen=True)
class Listing:
    """An event as components/event_card.html wants it."""

    event: Event
    occurrence: Occurrence
    url: str
    state: str
    price_kind: str
    price_from: Money | None
    left: int | None
    charity_name: str


def listings(pairs: Sequence[tuple[Event, Occurrence]], now: datetime) -> list[Listing]:
    """Each event with its occurrence, priced and counted; two statements, however many there are."""
    types = price_lists(event.pk for event, _ in pairs)
    taken = places([occurrence.pk for _, occurrence in pairs])
    return [_listing(event, date, types.get(event.pk, []), taken.get(date.pk, (event.capacity, 0)), now) for event, date in pairs]


def price_lists(events: Iterable[UUID]) -> dict[UUID, list[TicketType]]:
    """What each event sells, in the order of its price list."""
    found: dict[UUID, list[TicketType]] = {}
    rows = TicketType.objects.filter(event__in=list(events), retired_at=None).select_related("charity").order_by("position", "pk")
    for row in rows:
        found.setdefault(row.event_id, []).append(row)
    return found


def places(occurrences: Iterable[UUID]) -> dict[UUID, tuple[int, int]]:
    """How many places each date has and how many are taken; a date that was never sold is missing."""
    rows = Quota.objects.filter(occurrence__in=list(occurrences), ticket_type=None).values_list("occurrence", "size", "taken")
    return {occurrence: (size, taken) for occurrence, size, taken in rows}


def _listing(event: Event, date: Occurrence, types: Sequence[TicketType], count: tuple[int, int], now: datetime) -> Listing:
    kind, price = cheapest(types, date, event, now)
    charity = next((row.charity.name for row in types if row.charity and row.share_basis_points), "")
    left = count[0] - count[1]
    return Listing(
        event=event,
        occurrence=date,
        url=reverse("events:event", args=[event.slug]),
        state=_state(event, date, left, now),
        price_kind=kind,
        price_from=price,
        left=left if types else None,
        charity_name=charity,
    )


def _state(event: Event, date: Occurrence, left: int, now: datetime) -> str:
    if event.status == Event.Status.CANCELLED:
        return "cancelled"
    if now >= date.ends_at:
        return "over"
    if left <= 0:
        return "sold_out"
    return "live" if now >= date.starts_at else "on_sale"


def cheapest(types: Sequence[TicketType], date: Occurrence, event: Event, now: datetime) -> tuple[str, Money | None]:
    """What a ticket costs, all in: "free", "fixed", "from" or "pay_what_you_want", and the least that is not free."""
    sold = [row for row in types if row.gives_ticket and pricing.on_sale(row, date.ends_at, now)]
    sold = sold or [row for row in types if row.gives_ticket]
    if not sold:
        return "fixed", None
    if all(row.price_kind == PriceKind.FREE for row in sold):
        return "free", Money(0, event.currency)
    kept = fees(event, now)
    prices = {
        pricing.parts(row, row.minimum_minor if row.price_kind == PriceKind.PAY_WHAT_YOU_WANT else None, event.currency, kept).unit
        for row in sold
        if row.price_kind != PriceKind.FREE
    }
    least = min(prices)
    if not least:
        return "pay_what_you_want", least
    if len(prices) == 1 and all(row.price_kind == PriceKind.FIXED for row in sold):
        return "fixed", least
    return "from", least
