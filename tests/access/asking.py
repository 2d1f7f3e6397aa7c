"""How each thing is asked for: what stands in its address and in its body."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any

from django.core.cache import cache
from django.http import HttpResponse
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart
from django.urls import get_resolver, reverse

from tests.access.world import World

JSON = "application/json"
# Where the name in the address does not say which thing is meant: page or operation, what stands in its address.
ADDRESSES: dict[str, dict[str, str]] = {
    "users:invitation": {"secret": "invitation_secret"},
    "charities:charity": {"slug": "charity_slug"},
    "tickets:open_order": {"secret": "order_secret"},
    "tickets:open_ticket": {"secret": "ticket_secret"},
    "rooms:open_crew": {"secret": "crew_secret"},
    "rooms:of_occurrence": {"occurrence_id": "live"},
    "tickets:checkout": {"order_id": "reserved"},
    "tickets:release": {"order_id": "reserved"},
    "payments:pay": {"order_id": "reserved"},
    "payments:cancel": {"order_id": "free_order"},
    "tickets:cancel_ticket": {"ticket_id": "free_ticket"},
    "events:publish": {"event_id": "draft"},
    "POST /events/{event_id}/publish": {"event_id": "draft"},
    "events:event @draft": {"slug": "draft_slug"},
    "events:preview @draft": {"slug": "draft_slug"},
    "tickets:reserve @draft": {"slug": "draft_slug"},
    "events:remove_date": {"event_id": "draft", "occurrence_id": "spare"},
    "DELETE /occurrences/{occurrence_id}": {"occurrence_id": "spare"},
}
DATE = {"date": "2027-05-01", "begins": "20:00", "ends": "21:30", "time_zone": "UTC", "doors_minutes": "15"}
EVENT = {"title": "Low tides", "category": "music", "kind": "stage", "language": "en", "visibility": "public"}
PRICE = {"name": "Seat", "price_kind": "fixed", "price": "25", "price_minor": "25.00", "per_order_max": "6"}
FORMS: dict[str, dict[str, Any]] = {
    "users:profile": {"name": "Somebody"},
    "charities:propose": {"register": "plain", "number": "LU F1", "purpose": "Shelter."},
    "users:create_organisation": {"name": "Another house", "currency": "EUR"},
    "users:organisation": {"name": "The House", "currency": "EUR"},
    "users:members": {"email": "dave@example.org", "role": "door"},
    "users:change_role": {"role": "crew"},
    "users:tokens": {"name": "Till", "scopes": ["events:read"]},
    "events:edit": EVENT | {"title": "High tides", "short_text": "A trio.", "description": "New songs."},
    "events:picture": {"remove": "1"},
    "events:dates": DATE,
    "events:move": DATE,
    "events:guests": {"guests": "carol@example.org"},
    "tickets:prices": {"capacity": "260"},
    "tickets:add_price": PRICE,
    "tickets:edit_price": PRICE,
    "tickets:checkout": {"name": "Bob", "email": "bob@example.org"},
    "tickets:hand_over": {"name": "Carol", "email": "carol@example.org"},
    "tickets:find_order": {"email": "bob@example.org"},
    "payments:decide": {"what": "aside"},
    "payments:bank_account": {"holder": "The House", "iban": "LU28 0019 4006 4475 0000", "days": "7"},
    "rooms:crew": {"name": "Tess", "email": "tess@example.org", "role": "moderator"},
    "set_language": {"language": "fr", "next": "/"},
}
TERMS = {"name": "Balcony", "price_kind": "fixed", "price_minor": 3000}
SOLD = {"name": "Seat", "price_kind": "fixed", "price_minor": 2500}
WHEN = {"starts_at": "2027-05-01T20:00:00Z", "minutes": 90, "time_zone": "UTC"}
BODIES: dict[str, Any] = {
    "POST /organisations": {"name": "Another house"},
    "PATCH /organisations/{organisation_id}": {"about": "By the sea."},
    "PUT /organisations/{organisation_id}/members/{membership_id}/role": {"role": "crew"},
    "POST /organisations/{organisation_id}/invitations": {"email": "dave@example.org", "role": "door"},
    "POST /organisations/{organisation_id}/tokens": {"name": "Till", "scopes": ["events:read"]},
    "POST /organisations/{organisation_id}/charity-proposals": {"register_code": "plain", "number": "LU F1", "purpose": "Shelter."},
    "POST /organisations/{organisation_id}/events": {"title": "Low tides", "category": "music", "kind": "stage"},
    "PATCH /events/{event_id}": {"short_text": "A trio."},
    "POST /events/{event_id}/occurrences": WHEN,
    "PUT /occurrences/{occurrence_id}": WHEN,
    "PUT /events/{event_id}/guests": {"emails": ["carol@example.org"]},
    "POST /events/{event_id}/ticket-types": TERMS,
    "PUT /ticket-types/{ticket_type_id}": SOLD,
    "PUT /events/{event_id}/capacity": {"capacity": 260},
    "POST /refunds/{refund_id}/given-elsewhere": {"reference": "transfer"},
    "POST /orders/{order_id}/give-back": {"amount_minor": 100},
    "POST /rooms/{room_id}/seat": {"takeover": False},
    "POST /rooms/{room_id}/messages": {"text": "Good evening", "key": "2"},
    "PUT /rooms/{room_id}/hand": {"raised": True},
    "PUT /rooms/{room_id}/spotlight": {"seat_id": None},
    "POST /events/{event_id}/crew": {"name": "Tess", "email": "tess@example.org", "role": "moderator"},
}
UPLOADS = {"POST /events/{event_id}/picture"}


def arguments(world: World, what: str, names: Iterable[str], instead: dict[str, Any] | None = None) -> dict[str, Any]:
    """What stands in the address of a page or an operation: what the table means by it, or something `instead`."""
    chosen = ADDRESSES.get(what, {})
    found = {name: world.names.get(chosen.get(name, name), OTHERS.get(name)) for name in names}
    found |= {name: value for name, value in (instead or {}).items() if name in found}
    assert None not in found.values(), f"{what}: what stands in the address? {found}"
    return found


OTHERS = {"form": "csv", "name": "terms", "key": "set-password", "uidb36": "1", "pk": 1}


def parameters(what: str) -> list[str]:
    """What stands in the address of a page or an operation, in its order."""
    place = what.split(" ")[1]
    return re.findall(r"{(\w+)}", place) if place.startswith("/") else _parameters(place)


def ask(
    world: World, what: str, viewer: str, scope: str = "", instead: dict[str, Any] | None = None, **headers: str
) -> HttpResponse:
    """The answer to `viewer` who asks for `what`: `GET events:manage`, or `POST /events/{event_id}/publish`.

    Behind an @ stands which of several things is meant.
    """
    cache.clear()  # so that nobody's attempts count for the next
    method, place = what.split(" ", 1)
    client = world.client(viewer, scope)
    if place.startswith("/"):
        path = "/api/v1" + place.format(**arguments(world, what, parameters(what), instead))
        return client.generic(method, path, **_body(world, what), headers=headers)
    name = place.partition(" @")[0]
    path = reverse(name, kwargs=arguments(world, place, _parameters(name), instead))
    if method == "POST":
        return client.post(path, _form(world, name), headers=headers)
    return client.generic(method, path, headers=headers)


def _body(world: World, what: str) -> dict[str, Any]:
    if what in UPLOADS:
        return {
            "data": encode_multipart(BOUNDARY, {"picture": _picture(), "picture_alt": "A trio"}),
            "content_type": MULTIPART_CONTENT,
        }
    body = BODIES.get(what)
    if what == "POST /orders":
        choices = [{"ticket_type": str(world.names["free"]), "quantity": 1}]
        body = {"occurrence": str(world.names["occurrence_id"]), "choices": choices, "name": "Bob", "email": "bob@example.org"}
    if what == "POST /rooms/{room_id}/tokens":
        body = {"generation": 1}
    return {"data": json.dumps(body), "content_type": JSON} if body is not None else {}


def _form(world: World, place: str) -> dict[str, Any]:
    if place == "tickets:reserve":
        return {"occurrence": str(world.names["occurrence_id"]), f"quantity-{world.names['ticket_type_id']}": "1"}
    if place == "events:create":
        return EVENT | {"organisation": str(world.names["organisation_id"])}
    return FORMS.get(place, {})


def _picture() -> Any:
    from io import BytesIO

    from django.core.files.uploadedfile import SimpleUploadedFile
    from PIL import Image

    data = BytesIO()
    Image.new("RGB", (1280, 720), "teal").save(data, "PNG")
    return SimpleUploadedFile("picture.png", data.getvalue(), "image/png")


def _parameters(place: str) -> list[str]:
    *namespaces, name = place.split(":")
    resolver = get_resolver()
    for namespace in namespaces:
        resolver = resolver.namespace_dict[namespace][1]
    [(_template, parameters)] = resolver.reverse_dict.getlist(name)[0][0][:1]
    return parameters
