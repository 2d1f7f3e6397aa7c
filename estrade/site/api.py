"""The API: every domain's operations under /api/v1, one way of signing in, one shape of refusals."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.datastructures import MultiValueDict
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError
from ninja.openapi.schema import OpenAPISchema
from ninja.parser import Parser
from ninja.security.base import AuthBase

from estrade.base.errors import FieldError, Invalid, NotFound, Refusal
from estrade.base.limits import count_attempt, network
from estrade.site.api_document import name_refusals
from estrade.site.refusals import problem_response
from estrade.users import queries as users
from estrade.users.permissions import Viewer

PER_MINUTE = 600  # operations of one token, user or network


class NotSignedIn(Refusal):
    """This needs an API token, or somebody signed in."""

    status = 401


class Somebody(AuthBase):
    """A token of an organisation (Authorization: Bearer), or a signed-in user's session."""

    openapi_type = "http"
    openapi_scheme = "bearer"

    def __call__(self, request: HttpRequest) -> Viewer | None:
        """Who asks; None is refused."""
        viewer = _viewer(request)
        return viewer if viewer.user_id or viewer.token_id else None


class Anybody(AuthBase):
    """Anybody; what they may see depends on who they are."""

    openapi_type = "http"
    openapi_scheme = "bearer"

    def __call__(self, request: HttpRequest) -> Viewer:
        """Who asks, perhaps nobody."""
        return _viewer(request)


def _viewer(request: HttpRequest) -> Viewer:
    viewer = users.viewer(request)
    request.viewer = viewer  # type: ignore[attr-defined]
    who = str(viewer.token_id or viewer.user_id or network(request))
    if viewer.token_id:  # people are limited where it matters, programs everywhere
        count_attempt("api", who, PER_MINUTE, timedelta(minutes=1), timezone.now())
    return viewer


class Readable(Parser):
    """Reads bodies and queries; what no column can keep is refused before anybody looks at it."""

    def parse_body(self, request: HttpRequest) -> Any:
        """The JSON of the body."""
        return _kept(super().parse_body(request))

    def parse_querydict(self, data: MultiValueDict[str, Any], list_fields: list[str], request: HttpRequest) -> dict[str, Any]:
        """The fields of a query or a form."""
        found: dict[str, Any] = _kept(super().parse_querydict(data, list_fields, request))
        return found


def _kept(value: Any) -> Any:
    """`value`, without the one letter that PostgreSQL does not keep.

    Raises:
        Invalid: it is there.
    """
    pieces = [value]
    while pieces:
        piece = pieces.pop()
        if isinstance(piece, str) and "\0" in piece:
            raise Invalid([FieldError("", "unreadable", "The letter U+0000 stands in it.")])
        pieces += [*piece, *piece.values()] if isinstance(piece, dict) else piece if isinstance(piece, list) else []
    return value


class Api(NinjaAPI):
    """With a document that names refusals."""

    def get_openapi_schema(self, **how: Any) -> OpenAPISchema:
        """The OpenAPI document."""
        document = super().get_openapi_schema(**how)
        name_refusals(document)
        return document


api = Api(
    title="Estrade",
    version="1",
    description="Announce, sell, admit, perform. Errors are problem documents (RFC 9457); amounts are whole minor units.",
    openapi_url="/openapi.json",
    docs_url=None,
    auth=Somebody(),
    parser=Readable(),
    urls_namespace="api",
)


@api.exception_handler(Refusal)
def _refused(_request: HttpRequest, refusal: Refusal | type[Refusal]) -> HttpResponse:
    return problem_response(refusal if isinstance(refusal, Refusal) else refusal())


@api.exception_handler(AuthenticationError)
def _unknown(_request: HttpRequest, _error: AuthenticationError | type[AuthenticationError]) -> HttpResponse:
    response = problem_response(NotSignedIn())
    response["WWW-Authenticate"] = "Bearer"
    return response


@api.exception_handler(ValidationError)
def _not_valid(_request: HttpRequest, error: ValidationError | type[ValidationError]) -> HttpResponse:
    errors = [
        FieldError(
            ".".join(str(part) for part in found["loc"][1:] if part not in {"body", "payload", "data"}), found["type"], found["msg"]
        )
        for found in getattr(error, "errors", [])
    ]
    return problem_response(Invalid(errors))


@api.exception_handler(HttpError)
def _plain(_request: HttpRequest, error: HttpError | type[HttpError]) -> HttpResponse:
    if getattr(error, "status_code", 400) == 404:
        return problem_response(NotFound())
    return problem_response(Invalid([FieldError("", "unreadable", str(error))]))


def _mount() -> None:
    from estrade.charities import api as charities
    from estrade.events import api as events
    from estrade.payments.api import router as payments
    from estrade.rooms import api as rooms
    from estrade.tickets.api import router as tickets
    from estrade.users.api import router as users

    api.add_router("", users, tags=["organisations"])
    api.add_router("", events.router, tags=["events"])
    api.add_router("", events.public, tags=["directory"], auth=Anybody())
    api.add_router("", charities.router, tags=["directory"], auth=Anybody())
    api.add_router("", charities.hosts, tags=["charities"])
    api.add_router("", tickets, tags=["tickets"])
    api.add_router("", payments, tags=["orders"])
    api.add_router("", rooms.router, tags=["rooms"], auth=Anybody())
    api.add_router("", rooms.invited, tags=["rooms"])


_mount()
