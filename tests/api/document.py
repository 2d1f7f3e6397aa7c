"""The OpenAPI document and the list of refusals as they are committed. `python -m tests.api.document` renews both."""

from __future__ import annotations

import json
from collections.abc import Iterator

from estrade.base.errors import Conflict, Forbidden, Invalid, NotFound, Refusal, TooManyRequests, Unavailable
from tests.instance import REPOSITORY

OPENAPI = REPOSITORY / "docs/build/openapi.json"
ERRORS = REPOSITORY / "docs/build/errors.md"
KINDS = (Invalid, Forbidden, NotFound, Conflict, TooManyRequests, Unavailable)
RENEW = "it is not what the code says any more: `python -m tests.api.document` renews it"
ABOUT = """# Refusals

Every no that is expected, as the API gives it: a problem document (RFC 9457), `application/problem+json`, whose `type` is
`/problems/<code>`. The title is for people, in the language that was asked for; programs read the code. Facts stand beside the
standard members: `retry_after` in seconds, `doors_at`, and `errors` of the invalid ones, each `{"field", "code", "detail"}`.

Pages of the site answer with the same statuses and sentences. This list is made from the code.
"""


def openapi() -> str:
    """What the code says."""
    from estrade.site.api import api

    return json.dumps(api.get_openapi_schema(), indent=1, sort_keys=True, ensure_ascii=False, default=str) + "\n"


def errors() -> str:
    """Every refusal of the code, by kind and code."""
    import estrade.site.api  # noqa: F401 - everything that refuses is loaded

    lines = [ABOUT]
    rows = sorted({(refusal.status, refusal.code(), _title(refusal), _domain(refusal)) for refusal in _all(Refusal)})
    lines += ["| status | code | title | domain |", "| --- | --- | --- | --- |"]
    lines += [f"| {status} | `{code}` | {title} | {domain} |" for status, code, title, domain in rows]
    return "\n".join(lines) + "\n"


def _all(kind: type[Refusal]) -> Iterator[type[Refusal]]:
    for each in kind.__subclasses__():
        yield each
        yield from _all(each)


def _title(refusal: type[Refusal]) -> str:
    return " ".join((refusal.__doc__ or "").split())


def _domain(refusal: type[Refusal]) -> str:
    return refusal.__module__.split(".")[1]


if __name__ == "__main__":
    import os

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "estrade.site.settings")
    import django

    django.setup()
    OPENAPI.write_text(openapi())
    ERRORS.write_text(errors())
