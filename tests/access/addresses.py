"""What can be asked of the site: read from its own addresses and its own OpenAPI document, so that nothing is forgotten."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.urls import URLPattern, get_resolver, reverse

from estrade.site.api import api
from tests.access.world import World

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
# Django's form views take a PUT for a POST; that is one and the same.
SAME_AS_POST = {"PUT"}


def operations() -> list[str]:
    """Every operation of the OpenAPI document: `POST /events/{event_id}/publish`."""
    return [
        f"{method.upper()} {path.removeprefix('/api/v1')}"
        for path, methods in api.get_openapi_schema()["paths"].items()
        for method in methods
    ]


def unlisted_operations() -> list[str]:
    """Operations that answer and that the document does not speak of."""
    spoken = {f"/api/v1{each.split()[1]}" for each in operations()}
    routes = ("/" + prefix.replace("<uuid:", "{").replace("<", "{") for prefix, pattern in _patterns() if _is_operation(pattern))
    return [route for route in routes if _plain(route) not in {_plain(each) for each in spoken}]


def _plain(path: str) -> str:
    return "/".join("{}" if part.startswith("{") else part for part in path.split("/"))


def pages(world: World) -> list[str]:
    """Every page with each method that it takes: `GET events:manage`."""
    found = []
    for route, pattern in _patterns():
        if not _is_operation(pattern):
            found += [f"{method} {name_of(route, pattern)}" for method in _methods(world, pattern, name_of(route, pattern))]
    return found


def name_of(route: str, pattern: URLPattern) -> str:
    """By which the table calls a page: its name with its domain's."""
    return NAMES.get(pattern, "") or route


NAMES: dict[URLPattern, str] = {}


def _patterns(resolver: Any = None, prefix: str = "", namespace: str = "") -> Iterator[tuple[str, URLPattern]]:
    for each in (resolver or get_resolver()).url_patterns:
        route = prefix + str(each.pattern)
        if isinstance(each, URLPattern):
            NAMES[each] = ":".join(part for part in (namespace, each.name or "") if part)
            yield route, each
        else:
            yield from _patterns(each, route, ":".join(part for part in (namespace, each.namespace or "") if part))


def _is_operation(pattern: URLPattern) -> bool:
    return "PathView" in getattr(pattern.callback, "__qualname__", "")


def _methods(world: World, pattern: URLPattern, name: str) -> list[str]:
    """The methods that a page takes: what it answers with when asked by one that no page takes."""
    view = getattr(pattern.callback, "view_class", None)
    if view is not None:
        allowed = set(view(**pattern.callback.view_initkwargs)._allowed_methods()) - SAME_AS_POST
    elif pattern.callback.__module__.startswith(("ninja", "functools")):
        allowed = {"GET"}
    elif pattern.callback.__module__.startswith("allauth"):
        allowed = {"GET", "POST"}
    else:
        from tests.access.asking import arguments

        address = reverse(name, kwargs=arguments(world, name, pattern.pattern.converters))
        answer = world.client("owner").generic("TRACE", address, headers={"x-internal-key": settings.INTERNAL_KEY})
        assert answer.status_code == 405, f"{name} does not say which methods it takes: {answer.status_code}"
        allowed = set(answer["Allow"].split(", "))
    return [method for method in METHODS if method in allowed]
