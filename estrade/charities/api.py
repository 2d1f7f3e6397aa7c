"""The operator's list of charities, which anybody may read, and public registers, which hosts may search, as JSON."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from django.http import HttpRequest
from django.utils import timezone
from ninja import Field, Query, Router, Schema

from estrade.base.errors import Forbidden
from estrade.base.operations import LIMIT_MAX, page_of
from estrade.charities import actions, queries
from estrade.charities.models import CharityProposal, RegisterEntry
from estrade.users.access import Asked
from estrade.users.permissions import Permission
from estrade.users.queries import organisation_for

router = Router()
hosts = Router()  # what hosts may search, and propose
Limit = Annotated[int, Query(ge=1, le=LIMIT_MAX)]
Text = Annotated[str, Query(max_length=200)]
Country = Annotated[str, Query(max_length=2)]


class CharityOut(Schema):
    """A charity that a share can be promised to."""

    id: UUID
    name: str
    slug: str
    purpose: str
    website: str
    registration: str
    country: str
    verified_at: datetime


class CharitiesOut(Schema):
    """A page of charities; `next_cursor` asks for the next."""

    items: list[CharityOut]
    next_cursor: str | None


class EntryOut(Schema):
    """What a public register says. Only who is `registered` can be proposed for the list."""

    register_code: str = Field(validation_alias="register")
    number: str
    name: str
    place: str
    country: str
    status: RegisterEntry.Status
    status_since: date | None
    recognition: str
    last_seen_at: datetime


class EntriesOut(Schema):
    """A page of entries; `next_cursor` asks for the next."""

    items: list[EntryOut]
    next_cursor: str | None


class ProposalIn(Schema):
    """An organisation of a register, and what it does."""

    register_code: str = Field(max_length=12)
    number: str = Field(max_length=40)
    purpose: str = Field(max_length=280)
    website: str = Field("", max_length=200)


class ProposalOut(Schema):
    """What was proposed; decided without a charity, it was declined."""

    id: UUID
    proposed_at: datetime
    decided_at: datetime | None
    charity_id: UUID | None


@router.get("/charities", response=CharitiesOut, summary="List and search charities")
def list_charities(
    request: HttpRequest,  # noqa: ARG001 - the same for everybody
    search: Text = "",
    country: Country = "",
    cursor: Annotated[str, Query(max_length=40)] = "",
    limit: Limit = LIMIT_MAX,
) -> dict[str, object]:
    """Those that the operator has checked and listed, by name. `search`: words of name, place or number, a slip forgiven."""
    rows = queries.found(search, country.upper())
    begins = next((place for place, row in enumerate(rows, 1) if str(row.pk) == cursor), 0)
    items, following = page_of(rows[begins : begins + limit + 1], limit, lambda row: row.pk)
    return {"items": items, "next_cursor": following}


@hosts.get("/register-entries", response=EntriesOut, summary="Search public registers")
def search_registers(
    request: Asked,
    search: Text = "",
    country: Country = "",
    cursor: Annotated[int, Query(ge=0, le=2**63 - 1)] = 0,
    limit: Limit = 20,
) -> dict[str, object]:
    """For hosts. `search`: words of name and place; where none has them all, those most like it, without a further page.

    Refusals: `forbidden`.
    """
    if not any(Permission.EVENTS_WRITE in each for each in request.viewer.permissions.values()):
        raise Forbidden
    rows = queries.found_entries(search, country.upper(), cursor or None, limit + 1)
    return {"items": rows[:limit], "next_cursor": str(rows[limit - 1].pk) if len(rows) > limit else None}


@hosts.post("/organisations/{organisation_id}/charity-proposals", response={201: ProposalOut}, summary="Propose a charity")
def propose_charity(request: Asked, organisation_id: UUID, body: ProposalIn) -> tuple[int, CharityProposal]:
    """Ask the operator to put an organisation of a register on the list; asked again, it is one proposal.

    Refusals: `not_found`, `forbidden`, `entry_not_in_force`, `too_many_proposals`, `invalid`.
    """
    organisation = organisation_for(request.viewer, organisation_id, Permission.EVENTS_WRITE)
    return 201, actions.propose(organisation, body.register_code, body.number, body.purpose, timezone.now(), body.website)
