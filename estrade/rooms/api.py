"""The room operations: what browsers in a room, and programs of its organisation, ask for."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Field, Query, Router, Schema

from estrade.base.errors import Forbidden
from estrade.base.operations import written_once
from estrade.events import queries as events
from estrade.rooms import access, actions, engine, presenting, queries, relay
from estrade.rooms.models import CrewMember, Message, Seat
from estrade.rooms.permissions import Power
from estrade.rooms.protocol import MessageData, MessageKind, SeatNoticeKind
from estrade.users.permissions import Permission

router = Router()
invited = Router()  # whom an event has invited to its crew: asked for by hosts, who are never nobody
ROOM = "/rooms/{uuid:room_id}"
Role = Literal["host", "cohost", "speaker", "moderator", "attendee"]


class MeOut(Schema):
    """The seat of whoever asks."""

    seat_id: UUID
    name: str
    role: Role
    generation: int
    is_seated: bool
    is_held_elsewhere: bool
    is_on_stage: bool
    may_publish: bool
    is_silenced: bool
    hand_raised_at: datetime | None
    must_wait: bool


class RoomStateOut(Schema):
    """The room as whoever asks sees it; `me` is null for a program."""

    id: UUID
    event_title: str
    kind: Literal["class", "stage"]
    phase: Literal["waiting", "backstage", "open", "ended"]
    doors_at: datetime
    starts_at: datetime
    ends_at: datetime
    is_locked: bool
    spotlight_seat: UUID | None
    last_number: int
    me: MeOut | None
    server_time: datetime


class GrantOut(Schema):
    """Where a long-lived connection goes, and the token that opens it."""

    url: str
    token: str


class AdmissionOut(Schema):
    """Everything a seat needs to be in the room."""

    state: RoomStateOut
    engine: GrantOut
    backstage: GrantOut | None
    messages: GrantOut


class RoomMessageOut(Schema):
    """Something said or done in a room; numbers are gapless."""

    number: int
    at: datetime
    kind: MessageKind
    seat_id: UUID | None
    name: str
    role: Role | Literal[""]
    text: str
    data: MessageData


class RoomMessagesOut(Schema):
    """At most 200 messages, and the number of the last one there is."""

    messages: list[RoomMessageOut]
    last_number: int


class PersonOut(Schema):
    """Somebody in the room."""

    seat_id: UUID
    name: str
    role: Role
    is_on_stage: bool
    hand_raised_at: datetime | None
    is_silenced: bool
    is_here: bool
    is_removed: bool
    is_banned: bool


class TakeIn(Schema):
    """`takeover`: also when somebody sits there on another device."""

    takeover: bool = False


class TokensIn(Schema):
    """The generation that the seat was taken in."""

    generation: int = Field(ge=0, le=2**31 - 1)


class SayIn(Schema):
    """`key` is the sender's: the same key is the same message."""

    text: str = Field(max_length=4_000)
    key: str = Field("", max_length=64)


class HandIn(Schema):
    """Up or down."""

    raised: bool


class SpotlightIn(Schema):
    """Whom to show large, or nobody."""

    seat_id: UUID | None


class CrewMemberIn(Schema):
    """Somebody to invite."""

    name: str = Field(max_length=120)
    email: str = Field(max_length=254)
    role: CrewMember.Role


class CrewMemberOut(Schema):
    """Somebody invited; the link is a secret that lets them in as crew."""

    id: UUID
    name: str
    email: str
    role: CrewMember.Role
    link: str


class AfterIn(Schema):
    """The last number that one has."""

    after: int = Field(0, ge=0, le=2**63 - 1)


@router.get(ROOM, response=RoomStateOut, summary="Read a room")
def read_room(request: HttpRequest, room_id: UUID) -> dict[str, Any]:
    """What the lobby shows, before and after taking the seat. Refusals: `not_found`, `banned`, `ticket_cancelled`."""
    now, asker = timezone.now(), access.asker(request, room_id)
    if asker.seat:
        queries.check_known(asker.seat, now)
    return presenting.state(asker.room, asker.seat, asker.device, now)


@router.post(ROOM + "/seat", response=AdmissionOut, summary="Take the seat")
def take_seat(request: HttpRequest, response: HttpResponse, room_id: UUID, body: TakeIn) -> dict[str, Any]:
    """Sit down on this device; a new generation begins, and whatever was given to the one before opens nothing.

    Refusals: `not_found`, `no_seat`, `seat_taken` (offer a takeover), `room_not_open`, `room_locked`, `seat_removed`, `banned`,
    `ticket_cancelled`, `room_ended`, `engine_unavailable`.
    """
    now, asker = timezone.now(), access.asker(request, room_id)
    before = asker.own_seat()
    queries.check_open(before, now)
    relay.ensure_rooms(before)  # before sitting down: nobody takes a seat over for nothing
    seat = actions.take_seat(before.pk, access.know_device(request, response), now, takeover=body.takeover)
    access.remember_seat(response, seat)
    if before.device:
        relay.at_once(relay.put_out, seat.pk, seat.room_id, seat.generation, "taken_over")
    return presenting.admission(request, seat, now)


@router.post(ROOM + "/tokens", response=AdmissionOut, summary="Fresh tokens for the seat")
def renew_tokens(request: HttpRequest, room_id: UUID, body: TokensIn) -> dict[str, Any]:
    """For the same seat and generation; makes sure that the engine's rooms exist. Refusals: those of taking it, and `seat_lost`."""
    now, asker = timezone.now(), access.asker(request, room_id)
    seat = asker.own_seat()
    queries.check_seated(seat, asker.device, now, body.generation)
    relay.ensure_rooms(seat)
    return presenting.admission(request, seat, now)


@router.delete(ROOM + "/seat", response={204: None}, summary="Leave")
def leave(request: HttpRequest, room_id: UUID) -> tuple[int, None]:
    """The seat is free at once. Refusals: `not_found`, `no_seat`, `seat_lost`."""
    asker = access.asker(request, room_id)
    seat, message = actions.leave(asker.own_seat().pk, asker.device, timezone.now())
    relay.at_once(relay.put_out, seat.pk, seat.room_id, seat.generation)
    return _done(message)


@router.get(ROOM + "/messages", response=RoomMessagesOut, summary="Read what was said")
def list_messages(request: HttpRequest, room_id: UUID, query: Query[AfterIn]) -> dict[str, Any]:
    """Only for who is in the room. Refusals: `not_found`, `seat_lost`, and those of taking the seat."""
    asker = access.asker(request, room_id)
    _check_inside(asker)
    rows = queries.messages_after(room_id, query.after)
    return {"messages": [presenting.message(row) for row in rows], "last_number": queries.room(room_id).last_number}


@router.post(ROOM + "/messages", response=RoomMessageOut, summary="Say something")
def say(request: HttpRequest, room_id: UUID, body: SayIn) -> dict[str, Any]:
    """At most five in ten seconds. Refusals: `message_invalid`, `silenced`, `too_many_requests`, `seat_lost`, `no_seat`."""
    asker = access.asker(request, room_id)
    message = actions.say(asker.own_seat(), asker.device, body.text, body.key, timezone.now())
    relay.carry_out(message)
    return presenting.message(message)


@router.post(ROOM + "/messages/{int:number}/hide", response={204: None}, summary="Hide a message")
def hide_message(request: HttpRequest, room_id: UUID, number: int) -> tuple[int, None]:
    """Crew only. Refusals: `not_found`, `forbidden`."""
    now = timezone.now()
    access.asker(request, room_id).require(Power.HIDE, now)
    return _done(actions.hide(room_id, min(number, 2**63 - 1), now))


@router.put(ROOM + "/hand", response={204: None}, summary="Raise or lower one's hand")
def set_hand(request: HttpRequest, room_id: UUID, body: HandIn) -> tuple[int, None]:
    """Refusals: `no_seat`, `seat_lost`, `too_many_requests`."""
    asker = access.asker(request, room_id)
    act = actions.raise_hand if body.raised else actions.lower_hand
    return _done(act(asker.own_seat(), asker.device, timezone.now()))


@router.get(ROOM + "/people", response=list[PersonOut], summary="Who is in the room")
def list_people(request: HttpRequest, room_id: UUID) -> list[dict[str, Any]]:
    """Crew see everybody; others see crew and stage, in a class everybody who is there.

    Refusals: `not_found`, `seat_lost`, and those of taking the seat.
    """
    asker = access.asker(request, room_id)
    _check_inside(asker)
    found = queries.people(asker.room, asker.powers, timezone.now())
    return [presenting.person(person, is_whole=Power.SEE_EVERYBODY in asker.powers) for person in found]


@router.post(ROOM + "/seats/{uuid:seat_id}/admit", response={204: None}, summary="Admit somebody")
def admit(request: HttpRequest, room_id: UUID, seat_id: UUID) -> tuple[int, None]:
    """Although the room is locked, or after they were removed. Refusals: `not_found`, `forbidden`, `banned`, `room_ended`."""
    now = timezone.now()
    target = access.asker(request, room_id).require_over(Power.RUN, seat_id, now)
    relay.at_once(relay.notify, actions.admit(target.pk, now), "admitted")
    return 204, None


@router.post(ROOM + "/seats/{uuid:seat_id}/promote", response={204: None}, summary="Promote somebody to the stage")
def promote(request: HttpRequest, room_id: UUID, seat_id: UUID) -> tuple[int, None]:
    """Refusals: `not_found`, `forbidden`, `no_stage`, and why the seat may not be in the room."""
    now = timezone.now()
    target = access.asker(request, room_id).require_over(Power.RUN, seat_id, now)
    return _stage_changed(actions.promote(target.pk, now), target, "promoted")


@router.post(ROOM + "/seats/{uuid:seat_id}/send-back", response={204: None}, summary="Send somebody back")
def send_back(request: HttpRequest, room_id: UUID, seat_id: UUID) -> tuple[int, None]:
    """From the stage. One may always send oneself back. Refusals: `not_found`, `forbidden`, `room_ended`."""
    now, asker = timezone.now(), access.asker(request, room_id)
    is_own = asker.seat is not None and asker.seat.pk == seat_id
    target = asker.own_seat() if is_own else asker.require_over(Power.RUN, seat_id, now)
    return _stage_changed(actions.send_back(target.pk, now), target, "sent_back")


@router.post(ROOM + "/seats/{uuid:seat_id}/mute", response={204: None}, summary="Mute somebody")
def mute(request: HttpRequest, room_id: UUID, seat_id: UUID) -> tuple[int, None]:
    """Ends their sound now; they can begin again. Refusals: `not_found`, `forbidden`, `engine_unavailable`."""
    now = timezone.now()
    target = access.asker(request, room_id).require_over(Power.MODERATE, seat_id, now)
    engine.mute(str(room_id), target.pk)
    message = actions.mute(target.pk, now)
    relay.at_once(relay.notify, target, "muted")
    return _done(message)


@router.post(ROOM + "/seats/{uuid:seat_id}/silence", response={204: None}, summary="Silence somebody")
def silence(request: HttpRequest, room_id: UUID, seat_id: UUID) -> tuple[int, None]:
    """They may no longer write. Refusals: `not_found`, `forbidden`, `room_ended`."""
    now = timezone.now()
    target = access.asker(request, room_id).require_over(Power.MODERATE, seat_id, now)
    return _seat_changed(actions.silence(target.pk, now), target, "silenced")


@router.post(ROOM + "/seats/{uuid:seat_id}/unsilence", response={204: None}, summary="Let somebody write again")
def unsilence(request: HttpRequest, room_id: UUID, seat_id: UUID) -> tuple[int, None]:
    """Refusals: `not_found`, `forbidden`, `room_ended`."""
    now = timezone.now()
    target = access.asker(request, room_id).require_over(Power.MODERATE, seat_id, now)
    return _seat_changed(actions.unsilence(target.pk, now), target, "unsilenced")


@router.post(ROOM + "/seats/{uuid:seat_id}/remove", response={204: None}, summary="Remove somebody")
def remove(request: HttpRequest, room_id: UUID, seat_id: UUID) -> tuple[int, None]:
    """Out within seconds, until admitted again. Refusals: `not_found`, `forbidden`, `room_ended`."""
    now = timezone.now()
    target = access.asker(request, room_id).require_over(Power.MODERATE, seat_id, now)
    return _out(actions.remove(target.pk, now), target, "removed")


@router.post(ROOM + "/seats/{uuid:seat_id}/ban", response={204: None}, summary="Ban somebody")
def ban(request: HttpRequest, room_id: UUID, seat_id: UUID) -> tuple[int, None]:
    """Out of every room of the event within seconds, on every ticket of theirs; their address buys no more there.

    Refusals: `not_found`, `forbidden`, `room_ended`.
    """
    now = timezone.now()
    target = access.asker(request, room_id).require_over(Power.RUN, seat_id, now)
    done = actions.ban(target.pk, now)
    for seat in done.seats:
        relay.at_once(relay.put_out, seat.pk, seat.room_id, seat.generation, "banned")
    for message in done.messages:
        relay.carry_out(message)
    return 204, None


@router.post(ROOM + "/seats/{uuid:seat_id}/unban", response={204: None}, summary="Lift somebody's ban")
def unban(request: HttpRequest, room_id: UUID, seat_id: UUID) -> tuple[int, None]:
    """They may enter and buy as before the ban. Refusals: `not_found`, `forbidden`, `room_ended`."""
    now = timezone.now()
    target = access.asker(request, room_id).require_over(Power.RUN, seat_id, now)
    actions.unban(target.pk, now)
    return 204, None


@router.post(ROOM + "/backstage", response={204: None}, summary="Let the crew prepare")
def go_backstage(request: HttpRequest, room_id: UUID) -> tuple[int, None]:
    """Refusals: `not_found`, `forbidden`, `conflict` (the doors are open), `room_ended`."""
    now = _required_to_run(request, room_id)
    actions.go_backstage(room_id, now)
    return 204, None


@router.post(ROOM + "/open", response={204: None}, summary="Open the doors")
def open_doors(request: HttpRequest, room_id: UUID) -> tuple[int, None]:
    """Refusals: `not_found`, `forbidden`, `room_ended`."""
    return _done(actions.open_doors(room_id, _required_to_run(request, room_id)))


@router.post(ROOM + "/lock", response={204: None}, summary="Lock the room")
def lock(request: HttpRequest, room_id: UUID) -> tuple[int, None]:
    """Refusals: `not_found`, `forbidden`, `room_ended`."""
    return _done(actions.lock(room_id, _required_to_run(request, room_id)))


@router.post(ROOM + "/unlock", response={204: None}, summary="Unlock the room")
def unlock(request: HttpRequest, room_id: UUID) -> tuple[int, None]:
    """Refusals: `not_found`, `forbidden`, `room_ended`."""
    return _done(actions.unlock(room_id, _required_to_run(request, room_id)))


@router.post(ROOM + "/end", response={204: None}, summary="End the event for all")
def end(request: HttpRequest, room_id: UUID) -> tuple[int, None]:
    """For good. Refusals: `not_found`, `forbidden`, `room_ended`."""
    message = actions.end(room_id, _required_to_run(request, room_id))
    answer = _done(message)
    if message:
        relay.at_once(relay.close_room, room_id)
    return answer


@router.put(ROOM + "/spotlight", response={204: None}, summary="Show one person large")
def set_spotlight(request: HttpRequest, room_id: UUID, body: SpotlightIn) -> tuple[int, None]:
    """To everybody; null shows nobody. Refusals: `not_found`, `forbidden`, `room_ended`."""
    return _done(actions.set_spotlight(room_id, body.seat_id, _required_to_run(request, room_id)))


@invited.get("/events/{uuid:event_id}/crew", response=list[CrewMemberOut], summary="Who is invited to the crew")
def list_crew(request: HttpRequest, event_id: UUID) -> list[dict[str, Any]]:
    """With their links. Refusals: `not_found`, `forbidden`."""
    event = events.event_for(request.viewer, event_id, Permission.ROOM_HOST)  # type: ignore[attr-defined]
    return [_crew_member_out(member) for member in queries.crew(event)]


@invited.post("/events/{uuid:event_id}/crew", response={201: CrewMemberOut}, summary="Invite somebody to the crew")
def invite_crew_member(request: HttpRequest, event_id: UUID, body: CrewMemberIn) -> tuple[int, Any]:
    """The same address again changes name and role. Refusals: `not_found`, `forbidden`, `crew_member_invalid`."""
    event = events.event_for(request.viewer, event_id, Permission.ROOM_HOST)  # type: ignore[attr-defined]

    def work() -> tuple[int, Any]:
        return 201, _crew_member_out(actions.invite(event, body.name, body.email, body.role))

    return written_once(request, f"crew:{event.pk}", body.dict(), timezone.now(), work)


@invited.delete("/events/{uuid:event_id}/crew/{uuid:crew_member_id}", response={204: None}, summary="Remove somebody from the crew")
def remove_crew_member(request: HttpRequest, event_id: UUID, crew_member_id: UUID) -> tuple[int, None]:
    """Their link stops working, and they are put out of the room. Refusals: `not_found`, `forbidden`."""
    event = events.event_for(request.viewer, event_id, Permission.ROOM_HOST)  # type: ignore[attr-defined]
    actions.remove_crew_member(queries.crew_member(event, crew_member_id), timezone.now())
    return 204, None


def _crew_member_out(member: CrewMember) -> dict[str, Any]:
    row = {"id": str(member.pk), "name": member.name, "email": member.email, "role": str(member.role)}
    return row | {"link": queries.crew_url(member)}


def _required_to_run(request: HttpRequest, room_id: UUID) -> datetime:
    now = timezone.now()
    access.asker(request, room_id).require(Power.RUN, now)
    return now


def _check_inside(asker: access.Asker) -> None:
    """Programs read with their scope; people only while they are in the room."""
    if asker.seat:
        queries.check_seated(asker.seat, asker.device, timezone.now())
    elif Power.SEE_EVERYBODY not in asker.powers:
        raise Forbidden


def _done(message: Message | None) -> tuple[int, None]:
    relay.carry_out(message)
    return 204, None


def _seat_changed(message: Message | None, target: Seat, notice: SeatNoticeKind) -> tuple[int, None]:
    if message:
        relay.at_once(relay.notify, target, notice)
    return _done(message)


def _stage_changed(message: Message | None, target: Seat, notice: SeatNoticeKind) -> tuple[int, None]:
    """The engine first: who is told that they are on stage begins to send at once."""
    if message:
        relay.at_once(relay.apply_permission, queries.seat(target.pk))
    return _seat_changed(message, target, notice)


def _out(message: Message | None, target: Seat, notice: SeatNoticeKind) -> tuple[int, None]:
    seat = queries.seat(target.pk)
    relay.at_once(relay.put_out, seat.pk, seat.room_id, seat.generation, notice)
    return _done(message)
