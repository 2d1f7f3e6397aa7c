"""Who may do what: one table from roles and scopes to permissions, asked by every domain."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID

from estrade.base.errors import Forbidden, NotFound


class Permission(StrEnum):
    """What one may do in an organisation. A program's token carries some of these as its scopes."""

    EVENTS_READ = "events:read"  # drafts too
    EVENTS_WRITE = "events:write"
    ORDERS_READ = "orders:read"  # buyers and attendees with their addresses
    ORDERS_WRITE = "orders:write"  # sell, cancel, refund
    MONEY_READ = "money:read"
    MONEY_WRITE = "money:write"  # where the organisation's money goes
    ROOM_HOST = "room:host"  # backstage, doors, promote, remove, end
    ROOM_CREW = "room:crew"  # enter as crew
    CHECK_IN = "check-in"
    MEMBERS_WRITE = "members:write"
    TOKENS_WRITE = "tokens:write"


_P = Permission
ROLE_PERMISSIONS: dict[str, frozenset[Permission]] = {
    "owner": frozenset(Permission),
    "manager": frozenset(Permission) - {_P.MEMBERS_WRITE, _P.TOKENS_WRITE, _P.MONEY_READ, _P.MONEY_WRITE},
    "crew": frozenset({_P.EVENTS_READ, _P.ROOM_CREW}),
    "finance": frozenset({_P.EVENTS_READ, _P.ORDERS_READ, _P.ORDERS_WRITE, _P.MONEY_READ}),
    "door": frozenset({_P.EVENTS_READ, _P.CHECK_IN}),
}
# What a program can never be given: the keys of the house.
TOKEN_SCOPES = frozenset(Permission) - {_P.MEMBERS_WRITE, _P.TOKENS_WRITE, _P.MONEY_WRITE}


@dataclass(frozen=True)
class Viewer:
    """Who asks: a user with their organisations, a program with its one organisation, or nobody."""

    user_id: UUID | None = None
    token_id: UUID | None = None
    email: str = ""
    permissions: dict[UUID, frozenset[Permission]] = field(default_factory=dict)

    def may(self, permission: Permission, organisation_id: UUID) -> bool:
        """Whether the viewer has `permission` in the organisation."""
        return permission in self.permissions.get(organisation_id, ())

    def require(self, permission: Permission, organisation_id: UUID) -> None:
        """Let only those on who have `permission`.

        Raises:
            NotFound: the viewer has nothing to do with the organisation; it looks as if it did not exist.
            Forbidden: the viewer is in it, with a role that may not do this.
        """
        if organisation_id not in self.permissions:
            raise NotFound
        if permission not in self.permissions[organisation_id]:
            raise Forbidden


NOBODY = Viewer()
