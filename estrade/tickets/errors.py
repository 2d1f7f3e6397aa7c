"""What selling refuses."""

from __future__ import annotations

from estrade.base.errors import Conflict, Invalid


class SoldOut(Conflict):
    """There are not that many places left."""


class SaleClosed(Conflict):
    """Tickets are not on sale at this time."""


class EventNotOnSale(Conflict):
    """This event is not on sale."""


class OrderInvalid(Invalid):
    """Something in the order is missing or wrong."""


class OrderEnded(Conflict):
    """The time to complete this order is over; its places were given back."""


class NotPossibleNow(Conflict):
    """This order cannot change in that way in its present state."""


class NotCancellable(Conflict):
    """Paid tickets are cancelled by the host; please write to them."""


class TicketTypeInvalid(Invalid):
    """Something in the ticket type is missing or wrong."""


class SoldTermsStand(Conflict):
    """This was sold already: currency, price and meaning of what was sold stand."""


class BelowWhatIsSold(Conflict):
    """There cannot be fewer places than are already taken."""


class NotOnGuestList(Conflict):
    """This event is private, and this e-mail address is not on its guest list."""


class AddressNotAccepted(Conflict):
    """The host does not accept orders for this event with this e-mail address. Please write to them if that is a mistake."""


class GuestListTooShort(Conflict):
    """Each address on the guest list has one place."""


class FeeInvalid(Invalid):
    """Something about this fee is not as it should be."""


class FeeNeedsNotice(Conflict):
    """This is more than hosts were told: they need thirty days' notice."""
