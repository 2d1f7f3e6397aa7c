"""What follows at the engines after the commit, until it is done; and what looks after open rooms."""

from __future__ import annotations

import logging
from datetime import timedelta
from uuid import UUID

from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils import timezone, translation

from estrade.base.errors import NotFound, Unavailable
from estrade.base.jobs import Patience, periodic, task
from estrade.base.mail import mail_task, send
from estrade.rooms import actions, queries, relay
from estrade.rooms.reconcile import reconcile

log = logging.getLogger(__name__)
AGAIN_FOR = timedelta(minutes=1)


@task(name="rooms.put_out", retry=Patience(attempts=8))
def put_out(seat_id: str, generation_min: int, notice: str = "") -> None:
    """End every connection of a seat older than `generation_min`, after saying why."""
    seat = queries.seat(UUID(seat_id))
    relay.put_out(seat.pk, seat.room_id, generation_min, notice)


@task(name="rooms.apply_permission", retry=Patience(attempts=8))
def apply_permission(seat_id: str) -> None:
    """Let the engine know what the seat may do now."""
    relay.apply_permission(queries.seat(UUID(seat_id)))


@task(name="rooms.close_room", retry=Patience(attempts=8))
def close_room(room_id: str) -> None:
    """End the engine's rooms."""
    relay.close_room(UUID(room_id))


@mail_task("rooms.mail_crew_link")
def mail_crew_link(crew_member_id: str, language: str) -> None:
    """Send somebody their crew link, unless they were removed meanwhile."""
    member = queries.invited(UUID(crew_member_id))
    if member is None:
        return
    with translation.override(language):
        text = render_to_string("rooms/mail/crew_link.txt", {"member": member, "link": queries.crew_url(member)})
    subject, _, body = text.partition("\n")
    send(EmailMultiAlternatives(subject, body.strip() + "\n", to=[member.email]))


@task(name="rooms.close_seats_of_order", retry=Patience())
def close_seats_of_order(order_id: str, by: str = "", refunded_minor: int = 0) -> None:
    """Tickets were cancelled: whoever sits on them is told, and out."""
    _ = by, refunded_minor
    for seat_id in queries.seats_of_cancelled_tickets(UUID(order_id)):
        if actions.close_seat(seat_id):
            seat = queries.seat(seat_id)
            relay.at_once(relay.put_out, seat.pk, seat.room_id, seat.generation, "removed")


@task(name="rooms.give_seat", retry=Patience())
def give_seat(ticket_id: str, before_name: str = "", before_email: str = "") -> None:
    """A ticket went to somebody else: whoever looks in at the door on it is out, and its seat has the new name."""
    _ = before_name, before_email
    seat = actions.give_seat(UUID(ticket_id))
    if seat is not None:
        relay.at_once(relay.put_out, seat.pk, seat.room_id, seat.generation, "removed")


@task(name="rooms.end_rooms_of_event", retry=Patience())
def end_rooms_of_event(event_id: str) -> None:
    """The event is cancelled: its rooms end."""
    for room_id in queries.rooms_of_event(UUID(event_id)):
        relay.carry_out(actions.end(room_id, timezone.now()))


@periodic("* * * * * */5")
@task(name="rooms.look_after", queueing_lock="rooms.look_after")
def look_after(timestamp: int) -> None:
    """Every five seconds, for rooms that people may be in: the clock, the engine's participants, the newest message again."""
    del timestamp
    for room in queries.rooms_to_look_after(timezone.now()):
        _look_after(room.pk)


def _look_after(room_id: UUID) -> None:
    now = timezone.now()
    try:
        message = actions.keep_time(queries.room(room_id), now) or queries.last_message(room_id, now - AGAIN_FOR)
        if message:
            relay.tell(message)  # who missed it sees the gap and reads
        reconcile(queries.room(room_id), now)
    except (Unavailable, NotFound) as refusal:
        log.warning("room %s is not looked after: %s", room_id, refusal)


@periodic("17 4 * * *")
@task(name="rooms.forget_batches", queueing_lock="rooms.forget_batches")
def forget_batches(timestamp: int) -> None:
    """Forget batches that are repeated no more."""
    del timestamp
    actions.forget_batches(timezone.now())
