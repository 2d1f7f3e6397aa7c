"""Who is invited to an event's crew by link."""

from __future__ import annotations

from datetime import datetime

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils.translation import gettext as _

from estrade.base.errors import FieldError
from estrade.base.jobs import defer
from estrade.base.text import clean_line
from estrade.events.models import Event
from estrade.rooms.actions.enter import vacate
from estrade.rooms.actions.rows import locked_seat
from estrade.rooms.errors import CrewMemberInvalid
from estrade.rooms.models import CrewMember, Seat

CREW_MAX = 40


@transaction.atomic
def invite(event: Event, name: str, email: str, role: str, mail_in: str = "") -> CrewMember:
    """Invite somebody to an event's crew; the same address again changes name and role, and keeps the link.

    Who was removed and is invited again gets a new link. With `mail_in`, a language, they are sent it.

    Raises:
        CrewMemberInvalid: the name or address is not one, or the crew is complete.
    """
    name, email = clean_line(name)[:120], email.strip().lower()
    _check(event, name, email, role)
    fresh = {"name": name, "role": role}
    member, is_new = CrewMember.objects.select_for_update().get_or_create(event=event, email=email, defaults=fresh)
    if not is_new:
        _invite_again(member, name, role)
    if mail_in:
        defer("rooms.mail_crew_link", crew_member_id=str(member.pk), language=mail_in)
    return member


def _invite_again(member: CrewMember, name: str, role: str) -> None:
    if member.removed_at:
        member.version, member.removed_at = member.version + 1, None
    member.name, member.role = name, role
    member.save(update_fields=["name", "role", "version", "removed_at"])
    Seat.objects.filter(crew_member=member).update(name=name, role=role)


def _check(event: Event, name: str, email: str, role: str) -> None:
    errors = []
    if not name:
        errors.append(FieldError("name", "missing", _("Say the name that people in the room see.")))
    try:
        validate_email(email)
    except ValidationError:
        errors.append(FieldError("email", "invalid", _("This is not an e-mail address.")))
    if role not in CrewMember.Role.values:
        errors.append(FieldError("role", "invalid", _("Choose co-host, speaker or moderator.")))
    if CrewMember.objects.filter(event=event, removed_at=None).exclude(email=email).count() >= CREW_MAX:
        errors.append(FieldError("email", "too_many", _("A crew has at most 40 people.")))
    if errors:
        raise CrewMemberInvalid(errors)


@transaction.atomic
def remove_crew_member(member: CrewMember, now: datetime) -> None:
    """The crew link stops working, and who came by it is put out of every room of the event."""
    member = CrewMember.objects.select_for_update().get(pk=member.pk)
    if member.removed_at is None:
        member.removed_at = now
        member.save(update_fields=["removed_at"])
    taken = Seat.objects.filter(crew_member=member).exclude(device="").order_by("room", "pk")
    for seat_id in list(taken.values_list("pk", flat=True)):
        vacate(locked_seat(seat_id), "removed")
