"""The people and things any test may ask for, and the database that tests run on.

Alice hosts, Bob and Carol buy, Mallory has no business here.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest

pytest_plugins = ["tests.paysim_fixture"]


@pytest.fixture(scope="session")
def django_db_modify_db_settings() -> None:
    """Each run has a database of its own, and connects without the pool, which tests would starve."""
    from django.db import connection

    connection.settings_dict["OPTIONS"].pop("pool", None)
    connection.settings_dict["TEST"]["NAME"] = f"test_estrade_{os.getpid()}"


@pytest.fixture(scope="session")
def django_db_setup(django_db_modify_db_settings: None, django_test_environment: None, django_db_blocker) -> Iterator[None]:
    """A fresh database; once it stands, tests act as the application's role, which owns nothing."""
    from django.db import connection
    from django.db.backends.signals import connection_created
    from django.test.utils import setup_databases, teardown_databases

    from estrade.base.database import grant_to_application

    with django_db_blocker.unblock():
        databases = setup_databases(verbosity=0, interactive=False)
        grant_to_application(connection, "estrade_tests")

        def act_as_application(connection, **_: object) -> None:
            with connection.cursor() as cursor:
                cursor.execute("SET ROLE estrade_tests")

        connection_created.connect(act_as_application)
        connection.close()
    with _as_the_owner_where_tables_are_emptied():
        yield
    with django_db_blocker.unblock():
        connection_created.disconnect(act_as_application)
        connection.close()
        teardown_databases(databases, verbosity=0)


@contextmanager
def _as_the_owner_where_tables_are_emptied() -> Iterator[None]:
    """Transactional tests empty tables at their end: that is the owner's right, not the application's."""
    from django.core.management.commands import flush
    from django.db import connection

    emptied = flush.Command.handle

    def as_owner(self, **options):
        with connection.cursor() as cursor:
            cursor.execute("RESET ROLE")
        emptied(self, **options)
        with connection.cursor() as cursor:
            cursor.execute("TRUNCATE procrastinate_jobs, procrastinate_events RESTART IDENTITY CASCADE")
            cursor.execute("SET ROLE estrade_tests")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(flush.Command, "handle", as_owner)
        yield


@pytest.fixture
def noon() -> datetime:
    """The moment that tests call now."""
    return datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def _user(name: str):
    from estrade.users.models import User

    return User.objects.create_user(f"{name.lower()}@example.org", name=name)


@pytest.fixture
def alice(db):
    """Alice hosts: she owns `house`."""
    return _user("Alice")


@pytest.fixture
def bob(db):
    return _user("Bob")


@pytest.fixture
def carol(db):
    return _user("Carol")


@pytest.fixture
def mallory(db):
    """Mallory owns another organisation, and has no business here."""
    from estrade.users.models import Membership, Organisation

    user = _user("Mallory")
    other = Organisation.objects.create(name="Mallory's place", slug="mallorys-place")
    Membership.objects.create(organisation=other, user=user, role="owner")
    return user


@pytest.fixture
def house(alice):
    """The organisation that Alice owns."""
    from estrade.users.models import Membership, Organisation

    organisation = Organisation.objects.create(name="The House", slug="the-house", currency="EUR")
    Membership.objects.create(organisation=organisation, user=alice, role="owner")
    return organisation


@pytest.fixture
def charity(db, noon):
    from estrade.charities.models import Charity

    return Charity.objects.create(
        name="Port d'attache",
        slug="port-d-attache",
        purpose="Houses families.",
        registration="F1234",
        country="LU",
        verified_at=noon,
    )


@pytest.fixture
def concert(house, noon):
    """A published stage event of `house`, eight days from noon, 250 places."""
    from estrade.events.models import Event, Occurrence

    event = Event.objects.create(
        organisation=house, slug="high-tides", title="High tides", short_text="A trio plays its new record.",
        category="music", kind="stage", capacity=250, status="published", created_at=noon, published_at=noon,
    )  # fmt: skip
    start = noon + timedelta(days=8)
    Occurrence.objects.create(event=event, starts_at=start, ends_at=start + timedelta(hours=2), time_zone="Europe/Luxembourg")
    return event


@pytest.fixture
def evening(concert):
    """The one occurrence of `concert`."""
    from estrade.events.models import Occurrence

    return Occurrence.objects.get(event=concert)


@pytest.fixture
def seat_type(concert, charity):
    """25.00 EUR, of which 8 % go to the charity."""
    from estrade.tickets.models import TicketType

    return TicketType.objects.create(
        event=concert, name="Seat", price_kind="fixed", price_minor=2500, share_basis_points=800, charity=charity
    )


@pytest.fixture
def free_type(concert):
    from estrade.tickets.models import TicketType

    return TicketType.objects.create(event=concert, name="Solidarity", price_kind="free", quota_size=10)


@pytest.fixture(autouse=True)
def _nothing_is_remembered() -> None:
    """Each test begins with empty caches."""
    from django.core.cache import cache

    from estrade.ledger import actions

    cache.clear()
    actions._known.clear()  # noqa: SLF001 - accounts of a rolled back test
