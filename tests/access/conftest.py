"""The world that the access tests look at. Every look is undone."""

from __future__ import annotations

import pytest

from tests.access.world import build, undone


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker, tmp_path_factory):
    """Built once; engines and processors in memory."""
    from django.conf import settings

    from estrade.payments.processors import stripe
    from estrade.rooms import engine, engine_fake, messages, messages_fake

    with pytest.MonkeyPatch.context() as patch, django_db_blocker.unblock(), undone():
        patch.setattr(engine, "send", engine_fake.Fake().send)
        patch.setattr(messages, "send", messages_fake.Fake().send)
        patch.setattr(settings, "MEDIA_ROOT", tmp_path_factory.mktemp("media"))
        for name in ("STRIPE_API_BASE", "LIVEKIT_URL", "MESSAGES_URL"):
            patch.setattr(settings, name, "http://127.0.0.1:9")  # nobody listens there
        stripe._client.cache_clear()
        yield build()
    stripe._client.cache_clear()


@pytest.fixture
def look(world):
    """What a test does is undone at its end."""

    with undone():
        yield world
