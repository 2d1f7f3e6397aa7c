"""A house, its programs, and engines in memory."""

from __future__ import annotations

import pytest
from django.test import Client


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
