"""The PostgreSQL that tests run on, started before Django reads its settings: `-p tests.database` in pyproject.toml.

A DATABASE_URL in the environment is used instead; ESTRADE_POSTGRES_BIN chooses other binaries, such as Debian's.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from estrade.site.supervisor.postgres import PostgresCluster

for _name in ("ESTRADE_SECRET_KEY", "INTERNAL_KEY", "LIVEKIT_API_SECRET", "MESSAGES_TOKEN_SECRET", "MESSAGES_API_KEY"):
    os.environ.setdefault(_name, f"a-{_name.lower()}-that-only-tests-know-0123456789")
os.environ.setdefault("STRIPE_SECRET_KEY", "sk_test_estrade")
os.environ.setdefault("STRIPE_WEBHOOK_SECRET", "whsec_estrade")


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Iterator[None]:
    """Run before every other plugin of this kind, pytest-django's included, which reads the settings."""
    if "DATABASE_URL" not in os.environ:
        folder = tempfile.TemporaryDirectory(prefix="estrade-tests-")
        early_config.add_cleanup(folder.cleanup)
        cluster = PostgresCluster(Path(folder.name) / "postgres", is_durable=False)
        early_config.add_cleanup(cluster.stop)
        cluster.start()
        # The tests make databases and roles, and then act as a role that owns nothing.
        os.environ["DATABASE_URL"] = cluster.superuser_url("estrade")
    return (yield)
