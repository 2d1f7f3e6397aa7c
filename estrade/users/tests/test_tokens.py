from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.test import RequestFactory
from django.utils import timezone

from estrade.base.errors import Invalid, NotFound
from estrade.users import actions, queries
from estrade.users.errors import TokenInvalid
from estrade.users.models import ApiToken
from estrade.users.permissions import NOBODY, Permission


def request_with(token: str):
    return RequestFactory().get("/", headers={"Authorization": f"Bearer {token}"})


def test_a_program_may_do_what_its_scopes_say_in_its_one_organisation(house, alice, mallory):
    token, text = actions.create_token(house, "Till", ["events:read", "orders:read"], alice)

    viewer = queries.viewer(request_with(text))

    assert viewer.token_id == token.pk
    assert viewer.permissions == {house.pk: frozenset({Permission.EVENTS_READ, Permission.ORDERS_READ})}


def test_the_text_of_a_token_is_kept_nowhere(house, alice):
    token, text = actions.create_token(house, "Till", ["events:read"], alice)

    assert text not in str(ApiToken.objects.filter(pk=token.pk).values())


@pytest.mark.parametrize("scopes", [[], ["members:write"], ["tokens:write"], ["everything"]])
def test_no_program_is_given_the_keys_of_the_house(house, alice, scopes):
    with pytest.raises(Invalid) as refusal:
        actions.create_token(house, "Till", scopes, alice)

    assert [error.field for error in refusal.value.errors] == ["scopes"]


def test_a_revoked_token_is_worth_nothing(house, alice, noon):
    token, text = actions.create_token(house, "Till", ["events:read"], alice)

    actions.revoke_token(token, now=noon)

    with pytest.raises(TokenInvalid):
        queries.viewer(request_with(text))


@pytest.mark.parametrize("text", ["", "estrade_no", "\udcff", "x" * 5000])
def test_a_token_that_does_not_exist_is_refused(db, text):
    request = RequestFactory().get("/")
    request.META["HTTP_AUTHORIZATION"] = f"Bearer {text}"

    with pytest.raises(TokenInvalid):
        queries.viewer(request)


def test_the_last_use_is_noted_at_most_once_a_minute(house, alice):
    token, text = actions.create_token(house, "Till", ["events:read"], alice)
    just_now = timezone.now() - timedelta(seconds=30)
    ApiToken.objects.filter(pk=token.pk).update(last_used_at=just_now)

    queries.viewer(request_with(text))
    first = queries.token(house, token.pk).last_used_at
    ApiToken.objects.filter(pk=token.pk).update(last_used_at=datetime(2026, 1, 1, tzinfo=UTC))
    queries.viewer(request_with(text))

    assert first == just_now
    assert queries.token(house, token.pk).last_used_at > just_now


def test_a_request_without_token_and_session_is_nobodys(db):
    assert queries.viewer(RequestFactory().get("/")) == NOBODY


def test_another_organisations_token_is_not_found(house, alice, mallory):
    token, _ = actions.create_token(house, "Till", ["events:read"], alice)
    other = queries.organisations_of(queries.viewer_of(mallory))[0]

    with pytest.raises(NotFound):
        queries.token(other, token.pk)
