"""Who asks, and what of users and organisations they may see."""

from __future__ import annotations

import json
from datetime import timedelta
from hashlib import sha256
from uuid import UUID

from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from estrade.base.errors import NotFound
from estrade.base.reading import read_one
from estrade.base.secrets import derive, matches
from estrade.users.errors import InvitationGone, TokenInvalid
from estrade.users.models import ApiToken, Invitation, Membership, Organisation, User
from estrade.users.permissions import NOBODY, ROLE_PERMISSIONS, Permission, Viewer

TOUCHED_EVERY = timedelta(minutes=1)
BY_HASH = "SELECT id, organisation_id, scopes, last_used_at FROM users_apitoken WHERE token_hash = %s AND revoked_at IS NULL"


def viewer(request: HttpRequest) -> Viewer:
    """Who makes `request`: the program whose token it carries, or else the user signed in, or nobody.

    Raises:
        TokenInvalid: there is a token, and it does not exist or has been revoked.
    """
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() == "bearer":
        return _viewer_of_token(token.strip())
    user = getattr(request, "user", None)
    return viewer_of(user) if isinstance(user, User) else NOBODY


def viewer_of(user: User) -> Viewer:
    """`user` with what their roles permit in each of their organisations."""
    roles = Membership.objects.filter(user=user).values_list("organisation_id", "role")
    return Viewer(
        user_id=user.pk,
        email=user.email,
        permissions={organisation_id: ROLE_PERMISSIONS[role] for organisation_id, role in roles},
    )


def token_hash(token: str) -> str:
    """What is kept of a token. Its 256 random bits need no slow hash."""
    return sha256(token.encode("utf-8", "replace")).hexdigest()


def _viewer_of_token(token: str) -> Viewer:
    row = read_one(BY_HASH, token_hash(token))
    if row is None:
        raise TokenInvalid
    token_id, organisation_id, scopes, last_used_at = row
    now = timezone.now()
    # At most one write a minute however busy the program is, and never a wait for another request's.
    if last_used_at is None or last_used_at < now - TOUCHED_EVERY:
        old = Q(last_used_at=None) | Q(last_used_at__lt=now - TOUCHED_EVERY)
        ApiToken.objects.filter(old, pk=token_id).update(last_used_at=now)
    permissions = frozenset(Permission(scope) for scope in json.loads(scopes))
    return Viewer(token_id=token_id, permissions={organisation_id: permissions})


def user(user_id: UUID) -> User:
    """The user with this id."""
    found = User.objects.filter(pk=user_id, is_active=True).first()
    if found is None:
        raise NotFound
    return found


def organisations_of(viewer: Viewer) -> list[Organisation]:
    """The organisations that the viewer acts for, by name."""
    return list(Organisation.objects.filter(pk__in=viewer.permissions).order_by("name", "pk"))


def organisation_for(viewer: Viewer, organisation_id: UUID, permission: Permission | None = None) -> Organisation:
    """The organisation, if the viewer belongs to it and, when `permission` is named, has it there.

    Raises:
        NotFound: there is none, or the viewer has nothing to do with it.
        Forbidden: the viewer's role may not do this.
    """
    if organisation_id not in viewer.permissions:
        raise NotFound
    if permission is not None:
        viewer.require(permission, organisation_id)
    return Organisation.objects.get(pk=organisation_id)


def members(organisation: Organisation) -> QuerySet[Membership]:
    """The organisation's memberships, the longest-standing first, with their users."""
    return Membership.objects.filter(organisation=organisation).select_related("user").order_by("created_at", "pk")


def who_sees_to_money(organisation_id: UUID) -> list[UUID]:
    """The users of an organisation who are told when its money needs a person: its owners and its finance."""
    roles = [Membership.Role.OWNER, Membership.Role.FINANCE]
    rows = Membership.objects.filter(organisation=organisation_id, role__in=roles, user__is_active=True)
    return list(rows.order_by("user").values_list("user", flat=True))


def owners(organisation_id: UUID) -> list[UUID]:
    """The users who own an organisation, and are told when somebody touches where its money goes."""
    rows = Membership.objects.filter(organisation=organisation_id, role=Membership.Role.OWNER, user__is_active=True)
    return list(rows.order_by("user").values_list("user", flat=True))


def has_second_factor(user: User) -> bool:
    """Whether the user shows more than their mailbox to get in: a passkey, or an app's codes."""
    return bool(is_mfa_enabled(user, [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]))


def membership(organisation: Organisation, membership_id: UUID) -> Membership:
    """One membership of the organisation."""
    found = members(organisation).filter(pk=membership_id).first()
    if found is None:
        raise NotFound
    return found


def invitations(organisation: Organisation) -> QuerySet[Invitation]:
    """Invitations that nobody has accepted yet, the newest first."""
    return Invitation.objects.filter(organisation=organisation).order_by("-created_at", "-pk")


def invitation(organisation: Organisation, invitation_id: UUID) -> Invitation:
    """One invitation of the organisation."""
    found = invitations(organisation).filter(pk=invitation_id).first()
    if found is None:
        raise NotFound
    return found


def invitation_secret(invitation: Invitation) -> str:
    """The key in the invitation's link. A new invitation of the same address has another."""
    return derive("invitation", invitation.pk, invitation.created_at.isoformat())


def invitation_by_secret(invitation_id: UUID, secret: str) -> Invitation:
    """The invitation that this link belongs to.

    Raises:
        InvitationGone: there is none, or the secret is not its own.
    """
    found = Invitation.objects.select_related("organisation", "invited_by").filter(pk=invitation_id).first()
    if found is None or not matches(secret, "invitation", found.pk, found.created_at.isoformat()):
        raise InvitationGone
    return found


def tokens(organisation: Organisation) -> QuerySet[ApiToken]:
    """The organisation's tokens, the newest first; revoked ones stay listed."""
    return ApiToken.objects.filter(organisation=organisation).order_by("-created_at", "-pk")


def token(organisation: Organisation, token_id: UUID) -> ApiToken:
    """One token of the organisation."""
    found = tokens(organisation).filter(pk=token_id).first()
    if found is None:
        raise NotFound
    return found
