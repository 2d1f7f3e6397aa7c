"""Every cell of the table is asked for. Each row is a test; what it did is undone."""

from __future__ import annotations

import re
import uuid

import pytest
from django.conf import settings

from tests.access import addresses
from tests.access.asking import ask, parameters
from tests.access.matrix import ROWS
from tests.access.world import VIEWERS, undone

STRANGE = {"slug": "no-such-event", "secret": "no-such-secret", "number": 999_999, "name": "no-such-text", "key": "x", "pk": 99}
INTERNAL = ("GET rooms:admit_engine", "GET rooms:admit_messages", "POST rooms:batch")
WRITES = [row for row in ROWS if not row.what.startswith("GET ")]


def outcome(answer):
    if answer.status_code == 302:
        return "in" if answer["Location"].startswith(settings.LOGIN_URL_PATH) else "302"
    return str(answer.status_code)


@pytest.fixture(autouse=True)
def _sign_in_address(settings):
    from django.urls import reverse

    settings.LOGIN_URL_PATH = reverse("account_login")


def bare(what):
    return what.partition(" @")[0]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.what)
def test_everybody_is_answered_as_the_table_says(row, world):
    found = {}
    for viewer in VIEWERS:
        with undone():
            found[viewer] = outcome(ask(world, row.what, viewer, row.scope))

    assert found == row.expected, f"{row.what:70}" + "".join(f"{cell:>5}" for cell in found.values())


def test_nothing_is_forgotten_and_nothing_is_made_up(look):
    there = {*addresses.pages(look), *addresses.operations()}
    listed = {bare(row.what) for row in ROWS}

    assert there - listed == set(), "without a row in tests/access/matrix.py"
    assert listed - there == set(), "rows of what is not there"
    assert len(ROWS) == len({row.what for row in ROWS}), "two rows for the same"


def test_every_operation_that_answers_is_in_the_document(look):
    assert addresses.unlisted_operations() == []


@pytest.mark.parametrize("row", [row for row in ROWS if parameters(row.what)], ids=lambda row: row.what)
def test_what_is_not_theirs_looks_like_what_does_not_exist(row, world):
    """To Mallory: the same status, and the same page but for the address that she wrote herself."""
    if row.expected["mallory"] != "404":
        return
    strange = {name: STRANGE.get(name, uuid.uuid4()) for name in parameters(row.what)}
    answers = []
    for instead in (None, strange):
        with undone():
            answers.append(ask(world, row.what, "mallory", instead=instead))

    real, unknown = answers
    assert (real.status_code, without_ids(real)) == (unknown.status_code, without_ids(unknown))


def without_ids(answer):
    """A page without what was written in the address, and without the form tokens that are new in every answer."""
    own = r'[0-9a-f]{8}-[0-9a-f-]{27}|no-such-\w+|high-tides|not-yet-announced|999999|name="csrfmiddlewaretoken" value="\w+"'
    return re.sub(own, "OWN", answer.content.decode().replace(answer.wsgi_request.path, "OWN"))


@pytest.mark.parametrize("row", [row for row in ROWS if len(parameters(row.what)) > 1], ids=lambda row: row.what)
def test_a_way_through_ones_own_does_not_lead_to_what_is_anothers(row, world):
    """Mallory names her own organisation, event or room first, and then something of the house."""
    mine = {name: value for name, value in world.hers.items() if name in parameters(row.what)}
    if not mine or set(parameters(row.what)) - mine.keys() <= {"form"}:  # which form of what is hers she may choose
        return
    with undone():
        answer = ask(world, row.what, "mallory", instead=mine)

    assert answer.status_code == 404


@pytest.mark.parametrize("row", WRITES, ids=lambda row: row.what)
def test_no_other_site_makes_a_browser_write(row, world):
    with undone():
        answer = ask(world, row.what, "owner", **{"sec-fetch-site": "cross-site"})

    assert answer.status_code == 403
    assert answer.content == b"This request came from another site."


@pytest.mark.parametrize("what", INTERNAL)
@pytest.mark.parametrize("viewer", VIEWERS)
def test_a_wrong_key_opens_nothing_internal(what, viewer, look):
    answer = ask(look, what, viewer, **{"x-internal-key": settings.INTERNAL_KEY[:-1]})

    assert answer.status_code == 404


@pytest.mark.parametrize(("what", "status"), zip(INTERNAL, (403, 403, 400), strict=True))
def test_with_the_key_what_claims_nothing_is_refused(what, status, look):
    answer = ask(look, what, "owner", **{"x-internal-key": settings.INTERNAL_KEY})

    assert answer.status_code == status


@pytest.mark.parametrize("viewer", VIEWERS)
@pytest.mark.parametrize("path", ["/demo/mail", "/demo/sign-in/x", "/gallery"])
def test_what_only_a_demo_has_is_nowhere_else(path, viewer, look):
    assert look.client(viewer).get(path).status_code == 404


def test_a_token_that_was_revoked_is_nobody(look):
    from django.utils import timezone

    from estrade.users.models import ApiToken

    ApiToken.objects.update(revoked_at=timezone.now())

    for row in (row for row in ROWS if row.what.split(" ")[1].startswith("/")):
        assert ask(look, row.what, "program", row.scope).status_code == 401, row.what
