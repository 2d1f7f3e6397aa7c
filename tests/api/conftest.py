"""A house, its programs, and engines in memory."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.access.world import build, undone


@pytest.fixture(autouse=True)
def _engines_in_memory(monkeypatch):
    from estrade.rooms import engine, engine_fake, messages, messages_fake

    monkeypatch.setattr(engine, "send", engine_fake.Fake().send)
    monkeypatch.setattr(messages, "send", messages_fake.Fake().send)


@pytest.fixture
def token(house, alice):
    """A program that may do everything that a program may."""
    from estrade.users import actions
    from estrade.users.permissions import TOKEN_SCOPES

    return actions.create_token(house, "Till", sorted(TOKEN_SCOPES), alice)[1]


class Program:
    """Asks over the API and reads JSON."""

    def __init__(self, token: str) -> None:
        self.client = Client(headers={"authorization": f"Bearer {token}"})

    def ask(self, method, path, body=None, **headers):
        content = {"data": body, "content_type": "application/json"} if body is not None else {}
        return getattr(self.client, method.lower())(f"/api/v1{path}", headers=headers, **content)


@pytest.fixture
def program(token):
    return Program(token)


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker):
    """Everything that addresses name, for all tests of a module; each undoes what it does."""
    from django.conf import settings as ours

    from estrade.payments.processors import stripe
    from estrade.rooms import engine, engine_fake, messages, messages_fake
    from estrade.site import api

    with pytest.MonkeyPatch.context() as patch, django_db_blocker.unblock(), undone():
        patch.setattr(engine, "send", engine_fake.Fake().send)
        patch.setattr(messages, "send", messages_fake.Fake().send)
        patch.setattr(ours, "STRIPE_API_BASE", "http://127.0.0.1:9")
        patch.setattr(api, "PER_MINUTE", 10**9)
        stripe._client.cache_clear()
        yield build()
