from __future__ import annotations

import pytest

from estrade.users.actions import create_token
from estrade.users.models import Membership
from estrade.users.permissions import TOKEN_SCOPES


@pytest.fixture
def as_alice(client, alice, house):
    client.force_login(alice)
    return client


def call(client, method, path, body=None, **headers):
    return getattr(client, method)(f"/api/v1{path}", body, content_type="application/json", headers=headers)


def test_alice_creates_an_organisation_and_changes_it(as_alice):
    created = call(as_alice, "post", "/organisations", {"name": "Second house"})

    changed = call(as_alice, "patch", f"/organisations/{created.json()['id']}", {"about": "We sing."})

    assert (created.status_code, created.json()["slug"]) == (201, "second-house")
    assert (changed.json()["name"], changed.json()["about"]) == ("Second house", "We sing.")


def test_alice_makes_a_token_that_works_until_she_revokes_it(as_alice, house):
    made = call(as_alice, "post", f"/organisations/{house.pk}/tokens", {"name": "Till", "scopes": ["events:read"]}).json()
    as_alice.logout()
    said = {"Authorization": f"Bearer {made['token']}"}

    before = call(as_alice, "get", "/me", **said)
    Membership.objects.get(organisation=house)
    as_alice.force_login(Membership.objects.get(organisation=house).user)
    call(as_alice, "delete", f"/organisations/{house.pk}/tokens/{made['id']}")
    after = call(as_alice, "get", "/me", **said)

    assert before.json()["permissions"] == {str(house.pk): ["events:read"]}
    assert (after.status_code, after.json()["type"]) == (401, "/problems/token_invalid")


def test_no_token_however_wide_touches_members_or_tokens(client, house, alice):
    _, text = create_token(house, "All", [str(scope) for scope in TOKEN_SCOPES], alice)
    said = {"Authorization": f"Bearer {text}"}

    for path in ("members", "invitations", "tokens"):
        assert call(client, "get", f"/organisations/{house.pk}/{path}", **said).status_code == 403
    assert call(client, "post", "/organisations", {"name": "Mine"}, **said).status_code == 403


def test_mallory_finds_nothing_of_the_house(client, house, mallory):
    client.force_login(mallory)

    for method, path in (("get", ""), ("patch", ""), ("get", "/members"), ("get", "/tokens"), ("get", "/invitations")):
        assert call(client, method, f"/organisations/{house.pk}{path}", {"name": "x"}).status_code == 404


def test_alice_invites_bob_and_cannot_leave_last(as_alice, house):
    invited = call(as_alice, "post", f"/organisations/{house.pk}/invitations", {"email": "bob@example.org", "role": "crew"})
    (member,) = call(as_alice, "get", f"/organisations/{house.pk}/members").json()
    left = call(as_alice, "delete", f"/organisations/{house.pk}/members/{member['id']}")

    assert (invited.status_code, invited.json()["role"]) == (201, "crew")
    assert (left.status_code, left.json()["type"]) == (409, "/problems/last_owner")
