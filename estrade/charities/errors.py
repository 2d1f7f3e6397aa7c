"""What charities may refuse."""

from __future__ import annotations

from estrade.base.errors import Conflict


class CharityRetired(Conflict):
    """This charity is no longer on the list. Choose another."""
