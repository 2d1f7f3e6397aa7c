"""Journeys run against one instance, which they share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.instance import RunningInstance, running_instance


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What looks back on all journeys comes after all journeys."""
    journeys = [item for item in items if "journeys" in item.path.parts]
    for item in journeys:
        item.add_marker(pytest.mark.journey)
    places = [place for place, item in enumerate(items) if "journeys" in item.path.parts]
    for place, item in zip(places, sorted(journeys, key=lambda item: item.get_closest_marker("last") is not None), strict=True):
        items[place] = item


@pytest.fixture(scope="session")
def instance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningInstance]:
    with running_instance(tmp_path_factory.mktemp("journeys") / "var") as running:
        yield running
