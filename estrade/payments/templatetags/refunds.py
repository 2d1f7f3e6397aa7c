"""What pages below payments show of refunds that need somebody."""

from __future__ import annotations

from typing import Any

from django import template
from django.utils.translation import get_language

from estrade.events.models import Event
from estrade.payments import queries
from estrade.payments.models import Refund
from estrade.users.permissions import Permission

register = template.Library()


@register.inclusion_tag("payments/_refunds_to_mend.html", takes_context=True)
def refunds_to_mend(context: dict[str, Any], event: Event | None = None) -> dict[str, Any]:
    """A notice for each refund that needs somebody, of `event` or of all events of the viewer."""
    viewer = context["request"].viewer
    language = get_language() or "en"
    rows = [
        (refund, refund.amount.format(language), viewer.may(Permission.ORDERS_WRITE, refund.order.event.organisation_id))
        for refund in queries.refunds_to_mend(viewer, event)
    ]
    return {"rows": rows, "event": event}


@register.simple_tag(takes_context=True)
def refunds_to_mend_by_order(context: dict[str, Any], event: Event) -> dict[str, Refund]:
    """The refund of each order of `event` that needs somebody, by the order's id."""
    return {str(refund.order_id): refund for refund in queries.refunds_to_mend(context["request"].viewer, event)}
