"""An event again, with its price list."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from estrade.events import actions as event_actions
from estrade.events.models import Event
from estrade.tickets.actions.price_list import copy_price_list


@transaction.atomic
def duplicate(event: Event, now: datetime) -> Event:
    """A draft that says and sells the same, without dates and guests, with nothing sold."""
    copy = event_actions.duplicate(event, now)
    copy_price_list(event, copy)
    return copy
