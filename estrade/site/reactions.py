"""What follows when a domain announces something: the whole choreography on one page, from topic to tasks."""

from __future__ import annotations

REACTIONS: dict[str, list[str]] = {
    "charities.suspended": ["tickets.tell_of_suspension"],
    "events.cancelled": ["payments.cancel_orders_of_event", "rooms.end_rooms_of_event"],
    "events.occurrence_moved": ["tickets.mail_moved"],
    "tickets.ordered": ["tickets.mail_tickets"],
    "tickets.cancelled": ["tickets.mail_cancelled", "rooms.close_seats_of_order"],
    "tickets.handed_over": ["tickets.mail_handed_over", "tickets.mail_gave_away", "rooms.give_seat"],
    "tickets.part_refunded": ["tickets.mail_part_refunded"],
}
