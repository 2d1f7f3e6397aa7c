"""What users, organisations and tokens may refuse."""

from __future__ import annotations

from estrade.base.errors import Conflict, NotFound, Refusal


class SignInNeeded(Refusal):
    """Please sign in first."""

    status = 401


class TokenInvalid(Refusal):
    """This token does not exist or has been revoked."""

    status = 401


class LastOwner(Conflict):
    """An organisation needs at least one owner. Make somebody else an owner first."""


class AlreadyMember(Conflict):
    """This person is already a member."""


class InvitationGone(NotFound):
    """This invitation has been used, withdrawn or has expired. Ask for a new one."""


class InvitationForAnother(Conflict):
    """This invitation was sent to another e-mail address. Sign in with that address to accept it."""
