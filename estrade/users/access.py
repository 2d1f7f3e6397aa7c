"""What host pages and operations share: who asks. Pages of signed-in users are kept by nobody."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, cast

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.views.decorators.cache import cache_control

from estrade.users import queries
from estrade.users.models import User
from estrade.users.permissions import Viewer

P = ParamSpec("P")


class Asked(HttpRequest):
    """A request with who asks: what operations are given."""

    viewer: Viewer


class SignedIn(HttpRequest):
    """A request of a signed-in user, with what they may do."""

    user: User
    viewer: Viewer


def signed_in(
    page: Callable[Concatenate[SignedIn, P], HttpResponseBase],
) -> Callable[Concatenate[HttpRequest, P], HttpResponseBase]:
    """Let `page` be seen by signed-in users alone; others are sent to sign in and come back. Never kept by a cache."""

    @wraps(page)
    def answer(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        request.viewer = queries.viewer(request)  # type: ignore[attr-defined]
        return page(request, *args, **kwargs)  # type: ignore[arg-type]

    guarded = cache_control(private=True, no_store=True)(login_required(answer))
    return cast("Callable[Concatenate[HttpRequest, P], HttpResponseBase]", guarded)
