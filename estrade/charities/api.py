"""The operator's list of charities, as JSON. Anybody may read it."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Schema

from estrade.charities import queries
from estrade.charities.models import Charity

router = Router()


class CharityOut(Schema):
    """A charity that a share can be promised to."""

    id: UUID
    name: str
    purpose: str
    website: str
    registration: str
    country: str
    verified_at: datetime


@router.get("/charities", response=list[CharityOut], summary="List charities")
def list_charities(request: HttpRequest) -> list[Charity]:  # noqa: ARG001 - the same for everybody
    """Those that the operator has checked and listed, by name."""
    return queries.listed()
