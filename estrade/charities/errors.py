"""What charities may refuse."""

from __future__ import annotations

from estrade.base.errors import Conflict


class CharityRetired(Conflict):
    """This charity is no longer on the list. Choose another."""


class RegisterUnreadable(Conflict):
    """This is not a file of that register, or it is damaged."""


class RegisterIsRead(Conflict):
    """This register is being read in already. Let that end first."""


class RegisterShrank(Conflict):
    """More than a tenth of the register is missing from this file, so it may be cut off. Nothing was taken as gone."""


class EntryNotInForce(Conflict):
    """The register no longer has this organisation as registered."""


class TooManyProposals(Conflict):
    """Many charities that you proposed still wait. Please let the operator look at them first."""
