"""Journeys run against one instance, which they share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.instance import RunningInstance, running_instance


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "journeys" in str(item.path):
            item.add_marker(pytest.mark.journey)


@pytest.fixture(scope="session")
def instance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningInstance]:
    with running_instance(tmp_path_factory.mktemp("journeys") / "var") as running:
        yield running
