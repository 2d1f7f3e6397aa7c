"""What events may refuse."""

from __future__ import annotations

from estrade.base.errors import Conflict, Invalid


class EventCancelled(Conflict):
    """This event has been cancelled and cannot be changed any more."""


class SoldTermsStand(Conflict):
    """Tickets have been sold: the currency, the kind of the event and who bears the fee stand."""


class OccurrenceStands(Conflict):
    """Tickets have been ordered: a date can be moved or the event cancelled, but no date can be removed."""


class OccurrenceOver(Conflict):
    """This date is over and cannot be moved."""


class NotReadyToPublish(Invalid):
    """Something is missing before the event can be published."""


class PictureUnusable(Invalid):
    """This picture cannot be used."""
