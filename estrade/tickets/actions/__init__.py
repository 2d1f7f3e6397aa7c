"""What can be done with price lists, orders and tickets."""

from estrade.tickets.actions.cancelling import cancel, cancel_free_ticket, cancel_tickets, give_back_part
from estrade.tickets.actions.fees import announce_fee, set_fee
from estrade.tickets.actions.handing_over import hand_over
from estrade.tickets.actions.orders import (
    Outcome,
    check_in,
    expire,
    give_details,
    mark_awaiting_payment,
    reserve,
    sell,
    settle,
)
from estrade.tickets.actions.price_list import (
    add_ticket_type,
    change_capacity,
    edit_ticket_type,
    open_sale,
    retire_ticket_type,
)

__all__ = [
    "Outcome",
    "add_ticket_type",
    "announce_fee",
    "cancel",
    "cancel_free_ticket",
    "cancel_tickets",
    "change_capacity",
    "check_in",
    "edit_ticket_type",
    "expire",
    "give_back_part",
    "give_details",
    "hand_over",
    "mark_awaiting_payment",
    "open_sale",
    "reserve",
    "retire_ticket_type",
    "sell",
    "set_fee",
    "settle",
]
