"""One house with everything in it, and everybody who may look at it."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from http.cookies import SimpleCookie
from typing import Any

from django.conf import settings
from django.contrib.auth import login
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.utils import timezone

VIEWERS = (
    "nobody", "mallory", "attendee", "speaker", "door", "crew", "finance", "manager", "owner", "narrow", "program",
)  # fmt: skip
MEMBERS = ("door", "crew", "finance", "manager", "owner")
SCOPES = (
    "events:read", "events:write", "orders:read", "orders:write", "money:read", "room:host", "room:crew", "check-in",
)  # fmt: skip
EITHER = "room:crew|room:host"
BROWSER = "Mozilla/5.0"


@dataclass
class World:
    """What addresses name, and what each viewer's browser or program carries."""

    names: dict[str, Any] = field(default_factory=dict)
    cookies: dict[str, dict[str, str]] = field(default_factory=dict)
    tokens: dict[tuple[str, ...], str] = field(default_factory=dict)
    seats: dict[str, Any] = field(default_factory=dict)
    hers: dict[str, Any] = field(default_factory=dict)  # the same names for what is Mallory's
    house: Any = None
    owner: Any = None

    def client(self, viewer: str, scope: str = "") -> Client:
        """What `viewer` asks with; a program has exactly `scope`, the first of several; a narrow one every scope but these."""
        headers = {"user-agent": BROWSER}
        if viewer in ("narrow", "program"):
            wanted = scope.split("|")
            scopes = tuple(each for each in SCOPES if (each == wanted[0] if viewer == "program" else each not in wanted))
            headers["authorization"] = f"Bearer {self._token(scopes)}"
        client = Client(headers=headers)
        client.cookies = SimpleCookie(self.cookies.get(viewer, {}))
        return client

    def _token(self, scopes: tuple[str, ...]) -> str:
        """Made while the world is built: what is made later is undone."""
        from estrade.users.models import ApiToken
        from estrade.users.queries import token_hash

        if scopes not in self.tokens:
            text = uuid.uuid4().hex
            ApiToken.objects.create(
                organisation=self.house, name=text, scopes=list(scopes), created_by=self.owner, token_hash=token_hash(text)
            )
            self.tokens[scopes] = text
        return self.tokens[scopes]


@contextmanager
def undone() -> Iterator[None]:
    """What is done in the block is undone at its end; to the product it looks like a test's own transaction."""
    block = transaction.atomic()
    block._from_testcase = True
    with block:
        yield
        transaction.set_rollback(True)


def build() -> World:
    """The world, as it is at this moment: the room has been open for five minutes, and everybody who may sit there sits."""
    world = World()
    people = _organisations(world)
    _event(world)
    _orders(world)
    _room(world, people)
    _what_is_mallorys(world, people["mallory"])
    for scope in ("", EITHER, *SCOPES):
        world.client("narrow", scope)
        world.client("program", scope)
    return world


def _signed_in(user: Any) -> dict[str, str]:
    from django.contrib.sessions.backends.db import SessionStore

    request = HttpRequest()
    request.session = SessionStore()
    login(request, user, backend=settings.AUTHENTICATION_BACKENDS[0])
    request.session.save()
    return {settings.SESSION_COOKIE_NAME: request.session.session_key}


def _organisations(world: World) -> dict[str, Any]:
    from allauth.account.models import EmailAddress

    from estrade.charities.models import Charity, RegisterEntry, RegisterImport
    from estrade.users import actions, queries
    from estrade.users.models import Membership, Organisation, User

    world.house = Organisation.objects.create(name="The House", slug="the-house", currency="EUR")
    other = Organisation.objects.create(name="Mallory's place", slug="mallorys-place", currency="EUR")
    people = {}
    for name in (*MEMBERS, "mallory", "other"):
        people[name] = User.objects.create_user(f"{name}@example.org", name=name.capitalize())
        EmailAddress.objects.create(user=people[name], email=people[name].email, verified=True, primary=True)
        role = "owner" if name == "mallory" else "door" if name == "other" else name
        row = Membership.objects.create(organisation=other if name == "mallory" else world.house, user=people[name], role=role)
        world.cookies[name] = _signed_in(people[name])
    world.owner = people["owner"]
    invitation = actions.invite(world.house, "carol@example.org", "crew", people["owner"], timezone.now())
    line = _bank_line(world.house, people["owner"])
    token, _text = actions.create_token(world.house, "Till", ["events:read"], people["owner"])
    charity = Charity.objects.create(
        name="Port d'attache", slug="port-d-attache", purpose="Houses families.", registration="F1", country="LU",
        verified_at=timezone.now(),
    )  # fmt: skip
    reading = RegisterImport.objects.create(register="plain", files="plain.csv", is_whole=True, started_at=timezone.now())
    RegisterEntry.objects.create(
        register="plain", number="LU F1", name="Port d'attache", country="LU", status="registered", last_import=reading,
        first_seen_at=timezone.now(), last_seen_at=timezone.now(),
    )  # fmt: skip
    world.names |= {
        "organisation_id": world.house.pk, "membership_id": row.pk, "invitation_id": invitation.pk, "token_id": token.pk,
        "invitation_secret": queries.invitation_secret(invitation), "charity": charity.pk, "line_id": line.pk,
        "charity_slug": charity.slug,
    }  # fmt: skip
    return people


def _bank_line(house: Any, owner: Any) -> Any:
    from estrade.payments.models import BankLine, BankStatement

    now = timezone.now()
    statement = BankStatement.objects.create(organisation=house, filename="november.xml", imported_at=now, imported_by=owner.pk)
    return BankLine.objects.create(
        organisation=house, statement=statement, key="1", booked_on=now.date(), amount_minor=25_00, currency="EUR", name="Bob"
    )


def _event(world: World) -> None:
    from estrade.events import actions as events
    from estrade.events.models import Event, Occurrence
    from estrade.rooms import actions as rooms
    from estrade.rooms import queries
    from estrade.tickets import actions as tickets
    from estrade.tickets.actions.price_list import Terms

    now = timezone.now()
    event = Event.objects.create(
        organisation=world.house, slug="high-tides", title="High tides", short_text="A trio plays its new record.",
        description="An evening of new songs.", category="music", kind="stage", capacity=250, status="published",
        created_at=now, published_at=now,
    )  # fmt: skip
    begun = now - timedelta(minutes=5)
    live = Occurrence.objects.create(event=event, starts_at=begun, ends_at=begun + timedelta(hours=2), time_zone="UTC")
    later = Occurrence.objects.create(
        event=event, starts_at=now + timedelta(days=8), ends_at=now + timedelta(days=8, hours=2), time_zone="UTC"
    )
    seat = tickets.add_ticket_type(event, Terms("Seat", "fixed", price_minor=2500))
    free = tickets.add_ticket_type(event, Terms("Solidarity", "free"))
    tickets.open_sale(event)
    words = {"title": "Not yet announced", "short_text": "Soon.", "description": "A surprise."}
    draft = events.create_event(world.house, now, category="music", kind="stage", **words)
    spare = Occurrence.objects.create(event=draft, starts_at=later.starts_at, ends_at=later.ends_at, time_zone="UTC")
    member = rooms.invite(event, "Sam", "sam@example.org", "speaker")
    world.names |= {
        "event_id": event.pk, "slug": event.slug, "occurrence_id": later.pk, "live": live.pk, "spare": spare.pk,
        "ticket_type_id": seat.pk, "free": free.pk, "draft": draft.pk, "draft_slug": draft.slug, "crew_member_id": member.pk,
        "crew_secret": queries.crew_secret(member),
    }  # fmt: skip


def _orders(world: World) -> None:
    """Bob has a paid seat tonight, a free one next week, and an order that he has not paid yet."""
    from estrade.events.models import Occurrence
    from estrade.payments import actions
    from estrade.payments.models import Payment, Refund
    from estrade.tickets import access, queries
    from estrade.tickets.actions import orders
    from estrade.tickets.pricing import Choice

    now, held = timezone.now(), HttpResponse()
    names = world.names
    bob = orders.Buyer("Bob", "bob@example.org", "en")
    paid, tickets = actions.record_external_order(names["live"], [Choice(names["ticket_type_id"], 1)], bob, "till 1", now)
    later, free = actions.record_external_order(names["occurrence_id"], [Choice(names["free"], 1)], bob, "", now)
    moved = Occurrence.objects.get(pk=names["occurrence_id"])
    moved.moved_at, moved.refundable_until = now, now + timedelta(days=14)
    moved.save()
    reserved = orders.reserve(names["occurrence_id"], [Choice(names["ticket_type_id"], 1)], now)
    orders.give_details(reserved.pk, bob, now)
    for order in (paid, later, reserved):
        access.grant_order(held, order)
    for ticket in (*tickets, *free):
        access.grant(held, ticket)
    world.cookies["attendee"] = {name: morsel.value for name, morsel in held.cookies.items()}
    carol = orders.Buyer("Carol", "carol@example.org", "en")
    _order, carols = actions.record_external_order(names["live"], [Choice(names["ticket_type_id"], 1)], carol, "till 2", now)
    refund = Refund.objects.create(
        payment=Payment.objects.get(order=paid), order=paid, amount_minor=2500, currency="EUR", reason="host", state="failed",
        requested_at=now, failed_at=now,
    )  # fmt: skip
    names |= {
        "refund_id": refund.pk,
        "order_id": paid.pk, "reserved": reserved.pk, "free_order": later.pk, "ticket_id": tickets[0].pk,
        "order_secret": queries.order_secret(paid), "ticket_secret": queries.ticket_secret(tickets[0]),
        "free_ticket": free[0].pk, "carols_ticket": carols[0].pk,
    }  # fmt: skip


def _room(world: World, people: dict[str, Any]) -> None:
    from estrade.events.models import Occurrence
    from estrade.rooms import access, actions, queries
    from estrade.rooms.models import CrewMember
    from estrade.tickets.models import Ticket
    from estrade.users.permissions import Permission

    now, names = timezone.now(), world.names
    room = actions.room_of(Occurrence.objects.get(pk=names["live"]))
    sam = CrewMember.objects.get(pk=names["crew_member_id"])
    held = HttpResponse()
    access.grant_crew(held, sam)
    world.cookies["speaker"] = {name: morsel.value for name, morsel in held.cookies.items()}
    seats = {
        "owner": actions.seat_user(room, people["owner"], Permission.ROOM_HOST),
        "manager": actions.seat_user(room, people["manager"], Permission.ROOM_HOST),
        "crew": actions.seat_user(room, people["crew"], Permission.ROOM_CREW),
        "speaker": actions.seat_crew_member(room, sam),
        "attendee": actions.seat_ticket(Ticket.objects.get(pk=names["ticket_id"])),
        "carol": actions.seat_ticket(Ticket.objects.get(pk=names["carols_ticket"])),
    }
    actions.open_doors(room.pk, now)
    for name in (*VIEWERS, "carol"):
        device = f"the-device-of-{name}-0123456789"
        world.cookies.setdefault(name, {})["device"] = device
        if name in seats:
            seats[name] = actions.take_seat(seats[name].pk, access.sha256(device.encode()).hexdigest(), now)
    said = actions.say(queries.seat(seats["carol"].pk), seats["carol"].device, "Good evening", "1", now)
    names |= {
        "room_id": room.pk, "seat_id": seats["carol"].pk, "number": said.number,
    }  # fmt: skip
    world.seats = seats


def _what_is_mallorys(world: World, mallory: Any) -> None:
    """Her own organisation, event and room, which she hosts: ways to things that are not hers."""
    from estrade.events.models import Event, Occurrence
    from estrade.rooms import access, actions
    from estrade.users.models import Membership
    from estrade.users.permissions import Permission

    now = timezone.now()
    organisation = Membership.objects.get(user=mallory).organisation
    event = Event.objects.create(
        organisation=organisation,
        slug="her-event",
        title="Hers",
        category="music",
        kind="stage",
        status="published",
        created_at=now,
    )
    begun = now - timedelta(minutes=5)
    date = Occurrence.objects.create(event=event, starts_at=begun, ends_at=begun + timedelta(hours=2), time_zone="UTC")
    room = actions.room_of(date)
    seat = actions.seat_user(room, mallory, Permission.ROOM_HOST)
    actions.take_seat(seat.pk, access.sha256(world.cookies["mallory"]["device"].encode()).hexdigest(), now)
    world.hers = {"organisation_id": organisation.pk, "event_id": event.pk, "room_id": room.pk}
