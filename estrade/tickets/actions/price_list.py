"""The price list of an event, its quotas, and the instance's fee."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from estrade.base.errors import FieldError
from estrade.base.ids import new_id
from estrade.base.money import Money
from estrade.charities import queries as charities
from estrade.events import actions as event_actions
from estrade.events import queries as events
from estrade.events.models import Event
from estrade.tickets import queries, quotas
from estrade.tickets.errors import SoldTermsStand, TicketTypeInvalid
from estrade.tickets.limits import limits
from estrade.tickets.models import OrderLine, TicketType
from estrade.tickets.pricing import AMOUNT_MINOR_MAX

PriceKind = TicketType.PriceKind
PER_ORDER_MAX = 20


@dataclass(frozen=True)
class Terms:
    """What a host says of a ticket type. Amounts are in minor units of the event's currency."""

    name: str
    price_kind: str
    description: str = ""
    price_minor: int = 0
    minimum_minor: int = 0
    suggested_minor: int = 0
    quota_size: int | None = None
    sale_starts_at: datetime | None = None
    sale_ends_at: datetime | None = None
    per_order_max: int = 6
    share_basis_points: int = 0
    charity_id: UUID | None = None


# After the first sale of a line these stand; name and description may be mended by adding, the rest by a new line.
STANDING = ("price_kind", "price_minor", "minimum_minor", "share_basis_points", "charity_id")


@transaction.atomic
def add_ticket_type(event: Event, terms: Terms) -> TicketType:
    """Put a line on the price list of `event`, last.

    Raises:
        TicketTypeInvalid: names each field that is wrong.
    """
    terms = _fitting(terms)
    _check(terms, event.currency)
    position = TicketType.objects.filter(event=event).count()
    row = TicketType.objects.create(event=event, position=position, **_values(terms))
    open_sale(event)
    return row


@transaction.atomic
def edit_ticket_type(ticket_type: TicketType, terms: Terms) -> TicketType:
    """Change a line of the price list.

    Raises:
        TicketTypeInvalid: names each field that is wrong.
        SoldTermsStand: it was sold, and its price or share would change.
        BelowWhatIsSold: the quota would be smaller than what is taken.
    """
    # Not its key: whoever is buying it holds that at their commit, with the quota that we wait for further down.
    row = TicketType.objects.select_for_update(of=("self",), no_key=True).select_related("event").get(pk=ticket_type.pk)
    terms = _fitting(terms)
    _check(terms, row.event.currency, row.charity_id)
    changed = [name for name in STANDING if getattr(row, name) != getattr(terms, name)]
    if changed and OrderLine.objects.filter(ticket_type=row).exists():
        raise SoldTermsStand(fields=changed)
    for name, value in _values(terms).items():
        setattr(row, name, value)
    row.save()
    occurrences = [occurrence.pk for occurrence in events.occurrences_of(row.event)]
    quotas.resize(occurrences, row.pk, quotas.NO_LIMIT if row.quota_size is None else row.quota_size)
    event_actions.touch(row.event)
    return row


@transaction.atomic
def retire_ticket_type(ticket_type: TicketType, now: datetime) -> None:
    """Take a line off the price list; what was sold of it stands. One that was never sold is deleted."""
    if OrderLine.objects.filter(ticket_type=ticket_type).exists():
        TicketType.objects.filter(pk=ticket_type.pk, retired_at=None).update(retired_at=now)
    else:
        TicketType.objects.filter(pk=ticket_type.pk).delete()
    event_actions.touch(ticket_type.event)


@transaction.atomic
def open_sale(event: Event) -> None:
    """Make sure that each occurrence of `event` has its quotas. Called after occurrences or the price list changed."""
    occurrences = [occurrence.pk for occurrence in events.occurrences_of(event)]
    quotas.open_quotas(occurrences, event.capacity, queries.ticket_types(event.pk))
    event_actions.touch(event)


@transaction.atomic
def change_capacity(event: Event, capacity: int) -> None:
    """Let `capacity` attendees into each occurrence of `event`.

    Raises:
        EventInvalid: more than the kind of room carries.
        BelowWhatIsSold: fewer than are already taken.
    """
    event_actions.set_capacity(event, capacity)
    quotas.resize([occurrence.pk for occurrence in events.occurrences_of(event)], None, capacity)


@transaction.atomic
def copy_price_list(source: Event, target: Event) -> None:
    """Give `target` the lines that `source` sells, with nothing sold and no sale windows: its dates are others.

    To a charity that is no longer listed nothing new is promised: its share is left out, and so is a donation to it.
    """
    for row in queries.ticket_types(source.pk):
        if row.charity_id and not charities.is_listed(row.charity_id):
            if row.price_kind == PriceKind.DONATION:
                continue
            row.charity, row.share_basis_points = None, 0
        row.pk, row.event, row.sale_starts_at, row.sale_ends_at = new_id(), target, None, None
        row.save(force_insert=True)
    open_sale(target)


def _values(terms: Terms) -> dict[str, object]:
    return {field.name: getattr(terms, field.name) for field in fields(terms)}


def _fitting(terms: Terms) -> Terms:
    """The terms without what does not belong to their kind of price. All of a donation goes where it was meant to go."""
    kinds, own = PriceKind, terms.price_kind
    says = own in {kinds.PAY_WHAT_YOU_WANT, kinds.DONATION}
    return replace(
        terms,
        price_minor=terms.price_minor if own == kinds.FIXED else 0,
        minimum_minor=terms.minimum_minor if says else 0,
        suggested_minor=terms.suggested_minor if says else 0,
        share_basis_points=10_000 if own == kinds.DONATION else terms.share_basis_points,
    )


def _check(terms: Terms, currency: str, standing: UUID | None = None) -> None:
    """Refuse terms that make no sense, naming every field at once. The charity that a line names already may stand."""
    errors = _errors(terms, currency, standing) + _uncollectable(terms, currency)
    if errors:
        raise TicketTypeInvalid(errors)


def _uncollectable(terms: Terms, currency: str) -> list[FieldError]:
    """What no card could be charged for. A donation may be less: it comes with a ticket."""
    within, wrong = limits(currency), []

    def written(minor: int) -> dict[str, str]:
        return {"amount": Money(minor, currency).format(get_language() or "en")}

    for name in ("price_minor", "minimum_minor", "suggested_minor"):
        amount = getattr(terms, name)
        if 0 < amount < within.least_minor and terms.price_kind != PriceKind.DONATION:
            detail = _("Cards are charged %(amount)s or more: ask for that much, or for nothing.") % written(within.least_minor)
            wrong.append(FieldError(name, "too_small", detail))
        elif amount % within.step_minor:
            detail = _("Cards are charged in steps of %(amount)s.") % written(within.step_minor)
            wrong.append(FieldError(name, "step", detail))
    return wrong


def _errors(terms: Terms, currency: str, standing: UUID | None) -> list[FieldError]:
    wrong = []

    def unless(condition: bool, field: str, code: str, detail: str) -> None:
        if not condition:
            wrong.append(FieldError(field, code, detail))

    unless(bool(terms.name.strip()) and len(terms.name) <= 80, "name", "length", _("Give it a name of at most 80 characters."))
    unless(len(terms.description) <= 280, "description", "length", _("At most 280 characters, please."))
    unless(terms.price_kind in PriceKind.values, "price_kind", "unknown", _("Choose how the price is found."))
    amounts = {"price_minor": terms.price_minor, "minimum_minor": terms.minimum_minor, "suggested_minor": terms.suggested_minor}
    most = Money(AMOUNT_MINOR_MAX, currency).format(get_language() or "en")
    for name, amount in amounts.items():
        unless(
            0 <= amount <= AMOUNT_MINOR_MAX, name, "range", _("An amount is at least 0 and at most %(amount)s.") % {"amount": most}
        )
    if terms.price_kind == PriceKind.FIXED:
        unless(terms.price_minor > 0, "price_minor", "missing", _("Give a price above 0, or choose Free."))
    if terms.suggested_minor:
        unless(terms.suggested_minor >= terms.minimum_minor, "suggested_minor", "range", _("The suggestion is below the minimum."))
    unless(terms.quota_size is None or 1 <= terms.quota_size <= 1_000, "quota_size", "range", _("A quota is between 1 and 1,000."))
    unless(1 <= terms.per_order_max <= PER_ORDER_MAX, "per_order_max", "range", _("Between 1 and 20 per order."))
    unless(0 <= terms.share_basis_points <= 10_000, "share_basis_points", "range", _("A share is between 0 and 100 %."))
    if terms.sale_starts_at and terms.sale_ends_at:
        unless(terms.sale_starts_at < terms.sale_ends_at, "sale_ends_at", "order", _("The sale ends before it begins."))
    if terms.price_kind == PriceKind.DONATION:
        unless(terms.charity_id is not None, "charity_id", "missing", _("Choose the charity that receives the donation."))
    elif terms.share_basis_points:
        unless(terms.charity_id is not None, "charity_id", "missing", _("Choose the charity that receives the share."))
    if terms.charity_id is not None and terms.charity_id != standing:
        unless(charities.is_listed(terms.charity_id), "charity_id", "unknown", _("Choose a charity from the list."))
    return wrong
