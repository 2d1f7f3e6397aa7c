"""What the tests that span domains share."""

from __future__ import annotations

import pytest

from tests import oracle

# Once for all folders: a second Playwright beside the first is refused.
from tests.browsers import accessible, browser, playwright, red_picture, stage_browser, tone, visit, visit_with_camera

__all__ = ["accessible", "browser", "playwright", "red_picture", "stage_browser", "tone", "visit", "visit_with_camera"]


@pytest.fixture
def discrepancies(request):
    """Ask the oracle what is wrong with the database, and with the simulator's list where the test uses it."""
    from django.db import connection

    simulator = request.getfixturevalue("paysim") if "paysim" in request.fixturenames else None

    def ask(*, at_rest=True):
        connection.ensure_connection()
        raw = connection.connection
        return oracle.check(raw.info.dsn + _password(raw), simulator and simulator.ledger(), at_rest=at_rest)

    return ask


def _password(raw):
    return f" password={raw.info.password}" if raw.info.password else ""
