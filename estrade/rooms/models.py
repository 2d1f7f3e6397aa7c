"""Rooms, seats, crew, and what was said."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import models
from django.db.models import Q

from estrade.base.ids import new_id

CREW_PLACES = 50  # beyond the capacity, so that a ticket holder is never the one refused
# Browsers say every 15 s that somebody sits there, and web hears it up to 5 s later: a seat silent for longer is free to take.
LEASE = timedelta(seconds=30)
OVERTIME = timedelta(hours=3)  # after the announced end; then the room ends by itself


class Room(models.Model):
    """The live place of one occurrence. The engine's room has this id for its name."""

    class Phase(models.TextChoices):
        """Waiting: before doors. Backstage: crew only. Open: attendees may enter. Ended: for good."""

        WAITING = "waiting"
        BACKSTAGE = "backstage"
        OPEN = "open"
        ENDED = "ended"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    occurrence = models.OneToOneField("events.Occurrence", on_delete=models.PROTECT, related_name="+")
    phase = models.CharField(max_length=10, choices=Phase.choices, default=Phase.WAITING)
    is_locked = models.BooleanField(default=False)  # nobody new is let in unless admitted by name
    spotlight_seat = models.UUIDField(null=True)
    last_number = models.PositiveBigIntegerField(default=0)  # of the messages; locked while one is added
    opened_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.phase}"

    def phase_at(self, now: datetime) -> str:
        """The phase that holds at `now`: doors that nobody opened open at the start, and what is over is over.

        The row follows within seconds (`rooms.look_after`); the rules do not wait for it.
        """
        if self.occurrence.event.cancelled_at or now >= self.occurrence.ends_at + OVERTIME:
            return self.Phase.ENDED
        if self.phase in {self.Phase.WAITING, self.Phase.BACKSTAGE} and now >= self.occurrence.starts_at:
            return self.Phase.OPEN
        return self.phase


class CrewMember(models.Model):
    """Somebody invited to an event's crew by link, without a ticket and without being in the organisation."""

    class Role(models.TextChoices):
        """What they may do in the room; `rooms/permissions.py` says it."""

        COHOST = "cohost"
        SPEAKER = "speaker"
        MODERATOR = "moderator"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    event = models.ForeignKey("events.Event", on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=120)
    email = models.EmailField(max_length=254)
    role = models.CharField(max_length=10, choices=Role.choices)
    version = models.PositiveIntegerField(default=1)  # the crew link's secret follows from it
    removed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(name="crew_member_once", fields=["event", "email"])]

    def __str__(self) -> str:
        return f"{self.name}, {self.role}"


class Seat(models.Model):
    """One place in a room, held by one ticket, one crew member or one member of the organisation.

    Taking it leases it to a device and raises `generation`; whatever carries an older generation is refused.
    """

    class Role(models.TextChoices):
        """From the widest to the narrowest."""

        HOST = "host"
        COHOST = "cohost"
        SPEAKER = "speaker"
        MODERATOR = "moderator"
        ATTENDEE = "attendee"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    room = models.ForeignKey(Room, on_delete=models.CASCADE, related_name="+")
    ticket = models.ForeignKey("tickets.Ticket", null=True, on_delete=models.PROTECT, related_name="+")
    crew_member = models.ForeignKey(CrewMember, null=True, on_delete=models.CASCADE, related_name="+")
    user = models.ForeignKey("users.User", null=True, on_delete=models.CASCADE, related_name="+")
    role = models.CharField(max_length=10, choices=Role.choices)
    name = models.CharField(max_length=120)
    generation = models.PositiveIntegerField(default=0)
    device = models.CharField(max_length=64, blank=True)  # hash of the device's cookie; empty: nobody sits here
    leased_at = models.DateTimeField(null=True)
    last_heartbeat_at = models.DateTimeField(null=True)
    watched_ms = models.PositiveBigIntegerField(default=0)
    admitted_at = models.DateTimeField(null=True)  # let in by a host although the room is locked
    is_on_stage = models.BooleanField(default=False)
    is_silenced = models.BooleanField(default=False)
    hand_raised_at = models.DateTimeField(null=True)
    removed_at = models.DateTimeField(null=True)  # out until admitted again
    banned_at = models.DateTimeField(null=True)  # one of the crew; a ticket is banned by its address, in `events.Ban`
    is_banned: bool  # whether the person is; worked out by what reads seats, `queries.read_seats`

    class Meta:
        constraints = [
            models.UniqueConstraint(name="one_seat_per_ticket", fields=["ticket"], condition=Q(ticket__isnull=False)),
            models.UniqueConstraint(
                name="one_seat_per_crew_member", fields=["room", "crew_member"], condition=Q(crew_member__isnull=False)
            ),
            models.UniqueConstraint(name="one_seat_per_user", fields=["room", "user"], condition=Q(user__isnull=False)),
        ]
        indexes = [models.Index(name="seat_room", fields=["room", "role"])]

    def __str__(self) -> str:
        return f"{self.name}, {self.role}"

    @property
    def is_crew(self) -> bool:
        """Whether it is not a place in the audience."""
        return self.role != self.Role.ATTENDEE

    def is_held(self, now: datetime) -> bool:
        """Whether somebody sits there and was heard of lately."""
        heard = [moment for moment in (self.leased_at, self.last_heartbeat_at) if moment]
        return bool(self.device) and any(now - moment < LEASE for moment in heard)

    def is_held_elsewhere(self, device: str, now: datetime) -> bool:
        """Whether somebody sits there on a device other than `device`."""
        return self.device != device and self.is_held(now)


class Message(models.Model):
    """Something said or done in a room. Numbers are gapless per room: who misses one reads it again."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    room = models.ForeignKey(Room, on_delete=models.CASCADE, related_name="+")
    number = models.PositiveBigIntegerField()
    kind = models.CharField(max_length=16)
    seat = models.ForeignKey(Seat, null=True, on_delete=models.SET_NULL, related_name="+")
    name = models.CharField(max_length=120, blank=True)
    role = models.CharField(max_length=10, blank=True)
    text = models.CharField(max_length=1000, blank=True)
    data = models.JSONField(default=dict)
    key = models.CharField(max_length=64, null=True)  # the sender's, so that a repeat is the same message
    hidden_at = models.DateTimeField(null=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="message_numbers_are_unique", fields=["room", "number"]),
            models.UniqueConstraint(name="message_once_per_key", fields=["seat", "key"], condition=Q(key__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.kind}"


class ReactionCount(models.Model):
    """How often each reaction was sent in a room."""

    room = models.ForeignKey(Room, on_delete=models.CASCADE, related_name="+")
    reaction = models.CharField(max_length=8)
    count = models.PositiveBigIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(name="one_count_per_reaction", fields=["room", "reaction"])]

    def __str__(self) -> str:
        return f"{self.reaction} {self.count}"


class EngineBatch(models.Model):
    """A batch of heartbeats and reactions that has been counted, so that a repeat is not counted again."""

    id = models.UUIDField(primary_key=True)
    received_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return str(self.id)
