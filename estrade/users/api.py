"""Organisations, their members, invitations and tokens, as JSON."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.utils import timezone
from ninja import Field, Router, Schema

from estrade.base.errors import Forbidden
from estrade.base.operations import written_once
from estrade.users import actions, queries
from estrade.users.access import Asked
from estrade.users.models import ApiToken, Invitation, Membership, Organisation, User
from estrade.users.permissions import Permission

router = Router()


class OrganisationIn(Schema):
    """What is said of an organisation."""

    name: str = Field(max_length=120)
    currency: str = Field("EUR", max_length=3)
    about: str = Field("", max_length=4000)
    contact_email: str = Field("", max_length=254)


class OrganisationPatch(Schema):
    """What changes; what is not named stays."""

    name: str = Field("", max_length=120)
    currency: str = Field("", max_length=3)
    about: str = Field("", max_length=4000)
    contact_email: str = Field("", max_length=254)


class OrganisationOut(Schema):
    """An organisation."""

    id: UUID
    name: str
    slug: str
    currency: str
    about: str
    contact_email: str


class WhoOut(Schema):
    """Who asks, and what they may do in each of their organisations."""

    user_id: UUID | None
    token_id: UUID | None
    email: str
    permissions: dict[str, list[str]]


class MemberOut(Schema):
    """A membership."""

    id: UUID
    user_id: UUID
    name: str
    email: str
    role: Membership.Role


class RoleIn(Schema):
    """Another role."""

    role: Membership.Role


class InvitationIn(Schema):
    """Whom to invite as what."""

    email: str = Field(max_length=254)
    role: Membership.Role


class InvitationOut(Schema):
    """An invitation that nobody has accepted yet."""

    id: UUID
    email: str
    role: Membership.Role
    expires_at: datetime


class TokenIn(Schema):
    """What a token is for, and what it may do."""

    name: str = Field(max_length=80)
    scopes: list[str] = Field(max_length=20)


class TokenOut(Schema):
    """A token, without its text."""

    id: UUID
    name: str
    scopes: list[str]
    created_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None


class NewTokenOut(TokenOut):
    """A token with its text, which is given this once."""

    token: str


def _user(request: HttpRequest) -> User:
    """The signed-in user: a program cannot do this."""
    viewer = request.viewer  # type: ignore[attr-defined]
    if viewer.user_id is None:
        raise Forbidden
    return queries.user(viewer.user_id)


def _scope(request: Asked, name: str) -> str:
    """Keys are the viewer's own: nobody gets the answer that was given to somebody else."""
    return f"{name}:{request.viewer.token_id or request.viewer.user_id}"


def _member(row: Membership) -> dict[str, Any]:
    return {"id": row.pk, "user_id": row.user_id, "name": row.user.name, "email": row.user.email, "role": row.role}


@router.get("/me", response=WhoOut, summary="Who am I")
def read_me(request: Asked) -> dict[str, Any]:
    """The user or token that asks."""
    viewer = request.viewer
    permissions = {str(organisation): sorted(permitted) for organisation, permitted in viewer.permissions.items()}
    return {"user_id": viewer.user_id, "token_id": viewer.token_id, "email": viewer.email, "permissions": permissions}


@router.get("/organisations", response=list[OrganisationOut], summary="List organisations")
def list_organisations(request: Asked) -> list[Organisation]:
    """Those that the viewer acts for, by name."""
    return queries.organisations_of(request.viewer)


@router.post("/organisations", response={201: OrganisationOut}, summary="Create an organisation")
def create_organisation(request: Asked, body: OrganisationIn) -> tuple[int, Any]:
    """Its owner is the signed-in user. Refusals: `invalid`, `forbidden` (to a token)."""
    user = _user(request)

    def work() -> tuple[int, Any]:
        row = actions.create_organisation(user, **body.dict())
        return 201, OrganisationOut.from_orm(row).model_dump(mode="json")

    return written_once(request, _scope(request, "organisations"), body.dict(), timezone.now(), work)


@router.get("/organisations/{uuid:organisation_id}", response=OrganisationOut, summary="Read an organisation")
def read_organisation(request: Asked, organisation_id: UUID) -> Organisation:
    """Refusals: `not_found`."""
    return queries.organisation_for(request.viewer, organisation_id)


@router.patch("/organisations/{uuid:organisation_id}", response=OrganisationOut, summary="Change an organisation")
def update_organisation(request: Asked, organisation_id: UUID, body: OrganisationPatch) -> Organisation:
    """What is not named stays. Refusals: `not_found`, `forbidden`, `invalid`."""
    found = queries.organisation_for(request.viewer, organisation_id, Permission.MEMBERS_WRITE)
    return actions.edit_organisation(found, **body.dict(exclude_unset=True))


@router.get("/organisations/{uuid:organisation_id}/members", response=list[MemberOut], summary="List members")
def list_members(request: Asked, organisation_id: UUID) -> list[dict[str, Any]]:
    """Refusals: `not_found`, `forbidden`."""
    found = queries.organisation_for(request.viewer, organisation_id, Permission.MEMBERS_WRITE)
    return [_member(row) for row in queries.members(found)]


@router.put(
    "/organisations/{uuid:organisation_id}/members/{uuid:membership_id}/role", response=MemberOut, summary="Change a member's role"
)
def change_role(request: Asked, organisation_id: UUID, membership_id: UUID, body: RoleIn) -> dict[str, Any]:
    """Refusals: `not_found`, `forbidden`, `last_owner`."""
    found = queries.organisation_for(request.viewer, organisation_id, Permission.MEMBERS_WRITE)
    actions.change_role(queries.membership(found, membership_id), body.role)
    return _member(queries.membership(found, membership_id))


@router.delete(
    "/organisations/{uuid:organisation_id}/members/{uuid:membership_id}", response={204: None}, summary="Remove a member"
)
def remove_member(request: Asked, organisation_id: UUID, membership_id: UUID) -> tuple[int, None]:
    """Refusals: `not_found`, `forbidden`, `last_owner`."""
    found = queries.organisation_for(request.viewer, organisation_id, Permission.MEMBERS_WRITE)
    actions.remove_member(queries.membership(found, membership_id))
    return 204, None


@router.get("/organisations/{uuid:organisation_id}/invitations", response=list[InvitationOut], summary="List invitations")
def list_invitations(request: Asked, organisation_id: UUID) -> list[Invitation]:
    """Those that nobody has accepted yet. Refusals: `not_found`, `forbidden`."""
    found = queries.organisation_for(request.viewer, organisation_id, Permission.MEMBERS_WRITE)
    return list(queries.invitations(found))


@router.post("/organisations/{uuid:organisation_id}/invitations", response={201: InvitationOut}, summary="Invite somebody")
def create_invitation(request: Asked, organisation_id: UUID, body: InvitationIn) -> tuple[int, Any]:
    """They get a mail with a link. Refusals: `not_found`, `forbidden`, `invalid`, `already_member`."""
    found = queries.organisation_for(request.viewer, organisation_id, Permission.MEMBERS_WRITE)
    user = _user(request)

    def work() -> tuple[int, Any]:
        row = actions.invite(found, body.email, body.role, user, timezone.now())
        return 201, InvitationOut.from_orm(row).model_dump(mode="json")

    return written_once(request, f"invitations:{found.pk}", body.dict(), timezone.now(), work)


@router.delete(
    "/organisations/{uuid:organisation_id}/invitations/{uuid:invitation_id}", response={204: None}, summary="Withdraw an invitation"
)
def withdraw_invitation(request: Asked, organisation_id: UUID, invitation_id: UUID) -> tuple[int, None]:
    """Its link is worthless from then on. Refusals: `not_found`, `forbidden`."""
    found = queries.organisation_for(request.viewer, organisation_id, Permission.MEMBERS_WRITE)
    actions.withdraw_invitation(queries.invitation(found, invitation_id))
    return 204, None


@router.get("/organisations/{uuid:organisation_id}/tokens", response=list[TokenOut], summary="List tokens")
def list_tokens(request: Asked, organisation_id: UUID) -> list[ApiToken]:
    """Revoked ones too. Refusals: `not_found`, `forbidden`."""
    found = queries.organisation_for(request.viewer, organisation_id, Permission.TOKENS_WRITE)
    return list(queries.tokens(found))


@router.post("/organisations/{uuid:organisation_id}/tokens", response={201: NewTokenOut}, summary="Create a token")
def create_token(request: Asked, organisation_id: UUID, body: TokenIn) -> tuple[int, Any]:
    """Its text is in this answer and nowhere else, so a repeat with the same key makes another. Refusals: `not_found`,
    `forbidden`, `invalid`.
    """
    found = queries.organisation_for(request.viewer, organisation_id, Permission.TOKENS_WRITE)
    row, text = actions.create_token(found, body.name, body.scopes, _user(request))
    return 201, TokenOut.from_orm(row).model_dump(mode="json") | {"token": text}


@router.delete("/organisations/{uuid:organisation_id}/tokens/{uuid:token_id}", response={204: None}, summary="Revoke a token")
def revoke_token(request: Asked, organisation_id: UUID, token_id: UUID) -> tuple[int, None]:
    """Programs that use it are refused from then on. Refusals: `not_found`, `forbidden`."""
    found = queries.organisation_for(request.viewer, organisation_id, Permission.TOKENS_WRITE)
    actions.revoke_token(queries.token(found, token_id), timezone.now())
    return 204, None
