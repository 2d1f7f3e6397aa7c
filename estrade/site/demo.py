"""Fills a demo: a house with a programme, a show that is on now, and the ways in. Twice is once."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from allauth.account.models import EmailAddress
from django.conf import settings
from django.core import signing
from django.urls import reverse
from django.utils import timezone

from estrade.charities import actions as charities
from estrade.charities.models import Charity
from estrade.events import actions as event_actions
from estrade.events import queries as events
from estrade.events.actions import OccurrencePlan
from estrade.events.models import Event, Occurrence
from estrade.rooms import actions as rooms
from estrade.rooms import queries as room_queries
from estrade.rooms.models import CrewMember, Room
from estrade.site.demo_programme import CHARITIES, COMING, LIVE, ZONE, Planned
from estrade.site.supervisor.instance import read_json, write_private
from estrade.tickets import actions as tickets
from estrade.tickets import queries as ticket_queries
from estrade.users import actions as user_actions
from estrade.users import queries as users
from estrade.users.models import ApiToken, Organisation, User
from estrade.users.permissions import TOKEN_SCOPES

HOST = "host@example.org"
OPERATOR = "operator@example.org"
ORGANISATION = "Les Marées"
SIGN_IN_SALT = "demo-sign-in"
TOKEN_NAME = "Demo"  # noqa: S105 - what it is called
BEGAN_BEFORE, LASTS = timedelta(minutes=10), timedelta(hours=12, minutes=25)  # from one high water to the next
LEFT_AT_LEAST = timedelta(minutes=15)  # of the show that is on; otherwise another one begins


def fill() -> dict[str, Any]:
    """Make what is missing, write the facts to var/demo.json for this user alone, and answer them."""
    assert settings.DEMO, "only a demo is filled"
    now = timezone.now()
    _user(OPERATOR, "Operator", is_staff=True)
    host = _user(HOST, "Inês Duarte")
    organisation = _organisation(host)
    listed = {said[0]: charities.list_charity(*said[:4], now, website=said[4]) for said in CHARITIES}
    for planned in COMING:
        _event(organisation, planned, listed, now)
    event = _event(organisation, LIVE, listed, now)
    occurrence = _on_now(event, now)
    room = rooms.room_of(occurrence)  # its doors opened by themselves when it began
    facts = _facts(host, organisation, event, occurrence, room)
    settings.VAR.mkdir(parents=True, exist_ok=True)
    write_private(settings.VAR / "demo.json", json.dumps(facts, indent=2, ensure_ascii=False))
    return facts


def sign_in_link(user: User) -> str:
    """Signs `user` in once, within a day. It names when they last signed in, so that using it makes it worthless."""
    token = signing.dumps({"user": str(user.pk), "after": _moment(user.last_login)}, salt=SIGN_IN_SALT)
    return settings.SITE_URL + reverse("demo:sign_in", args=[token])


def user_of_link(token: str) -> User | None:
    """Whom a sign-in link is for; nobody when it is too old, was used, or is not ours."""
    try:
        said = signing.loads(token, salt=SIGN_IN_SALT, max_age=timedelta(days=1))
    except signing.BadSignature:
        return None
    user = User.objects.filter(pk=said["user"], is_active=True).first()
    if user is None or _moment(user.last_login) != said["after"]:
        return None
    # Of two clicks at once, one finds the moment changed.
    is_first = User.objects.filter(pk=user.pk, last_login=user.last_login).update(last_login=timezone.now())
    return user if is_first else None


def _moment(at: datetime | None) -> str:
    return at.isoformat() if at else ""


def _user(email: str, name: str, *, is_staff: bool = False) -> User:
    user = User.objects.filter(email=email).first() or User.objects.create_user(email, name=name, is_staff=is_staff)
    EmailAddress.objects.update_or_create(user=user, email=email, defaults={"verified": True, "primary": True})
    return user


def _organisation(host: User) -> Organisation:
    mine = users.organisations_of(users.viewer_of(host))
    found = next((each for each in mine if each.name == ORGANISATION), None)
    about = "A house by the water that plays to whoever is listening, wherever that is. Concerts, classes and talks since 2019."
    return found or user_actions.create_organisation(host, name=ORGANISATION, currency="EUR", about=about, contact_email=HOST)


def _event(organisation: Organisation, planned: Planned, listed: dict[str, Charity], now: datetime) -> Event:
    """The event, with dates to come and a price list, published."""
    event = (
        Event.objects.filter(organisation=organisation, title=planned.fields["title"])
        .exclude(status=Event.Status.CANCELLED)
        .first()
    )
    event = event or event_actions.create_event(organisation, now, planned.capacity, **planned.fields)
    if events.next_occurrence(event, now) is None:
        for plan in _plans(planned, now):
            event_actions.add_occurrence(event, plan, now)
    known = {row.name for row in ticket_queries.ticket_types(event.pk)}
    for terms in planned.terms:
        if terms.name not in known:
            charity = listed[planned.charity].pk if terms.name in planned.given_to else None
            tickets.add_ticket_type(event, replace(terms, charity_id=charity))
    tickets.open_sale(event)
    return event_actions.publish(event, now)


def _plans(planned: Planned, now: datetime) -> Sequence[OccurrencePlan]:
    today = now.astimezone(ZoneInfo(ZONE)).date()
    plans = [
        OccurrencePlan(datetime.combine(today + timedelta(days=date.days), date.at), timedelta(minutes=date.minutes), ZONE)
        for date in planned.dates
    ]
    return plans or [_plan_of_now(now)]


def _plan_of_now(now: datetime) -> OccurrencePlan:
    return OccurrencePlan(now.replace(second=0, microsecond=0) - BEGAN_BEFORE, LASTS, ZONE)


def _on_now(event: Event, now: datetime) -> Occurrence:
    """The date that is on and goes on for a while; a new one when there is none, or when its room was ended."""
    for occurrence in events.occurrences_of(event):
        if not occurrence.starts_at <= now < occurrence.ends_at - LEFT_AT_LEAST:
            continue
        if rooms.room_of(occurrence).phase_at(now) != Room.Phase.ENDED:
            return occurrence
        # The show was ended early. Its date ends too, or else the crew link would go on leading to it.
        event_actions.move_occurrence(occurrence, _until(occurrence, now), now)
    occurrence = event_actions.add_occurrence(event, _plan_of_now(now), now)
    tickets.open_sale(event)
    return occurrence


def _until(occurrence: Occurrence, now: datetime) -> OccurrencePlan:
    return OccurrencePlan(occurrence.starts_at, now - occurrence.starts_at, occurrence.time_zone, occurrence.doors_minutes)


def _facts(host: User, organisation: Organisation, event: Event, occurrence: Occurrence, room: Room) -> dict[str, Any]:
    site = settings.SITE_URL
    robot = rooms.invite(event, "Robot", "robot@example.org", CrewMember.Role.SPEAKER)
    return {
        "site": site,
        "sign_in_link": sign_in_link(host),
        "api_token": _token(organisation, host),
        "organisation": str(organisation.pk),
        "event": str(event.pk),
        "event_url": site + reverse("events:event", args=[event.slug]),
        "occurrence": str(occurrence.pk),
        "room": str(room.pk),
        "ticket_types": {row.name: str(row.pk) for row in ticket_queries.ticket_types(event.pk)},
        "mail_page": site + reverse("demo:mails"),
        "robot_crew_link": room_queries.crew_url(robot),
    }


def _token(organisation: Organisation, host: User) -> str:
    """The token of the last time while it works; a text is never stored, so a lost one is replaced."""
    last = str(read_json(settings.VAR / "demo.json").get("api_token", ""))
    mine = ApiToken.objects.filter(organisation=organisation, name=TOKEN_NAME, revoked_at=None)
    if last and mine.filter(token_hash=users.token_hash(last)).exists():
        return last
    for row in mine:
        user_actions.revoke_token(row, timezone.now())
    _, text = user_actions.create_token(organisation, TOKEN_NAME, sorted(TOKEN_SCOPES), host)
    return text
