"""Whatever is thrown at an operation, it answers: nothing breaks. Each operation gets generated requests, good and bad ones."""

from __future__ import annotations

import os
import random

import pytest
import schemathesis
from django.core.wsgi import get_wsgi_application
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as seeded
from schemathesis.specs.openapi.checks import content_type_conformance, response_schema_conformance, status_code_conformance

from tests.access.asking import arguments
from tests.access.world import undone
from tests.api import document

EXAMPLES = int(os.environ.get("ESTRADE_EXAMPLES", "12"))
AS_DOCUMENTED = [status_code_conformance, content_type_conformance, response_schema_conformance]
OPERATIONS = [each.ok() for each in schemathesis.openapi.from_file(document.OPENAPI.read_text()).get_all_operations()]


@pytest.fixture(scope="module")
def application():
    from django.core.signals import request_finished, request_started
    from django.db import close_old_connections

    # One connection for all, so that what is written can be undone.
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield get_wsgi_application()
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.mark.parametrize("viewer", ["owner", "attendee"])
@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda each: each.label)
def test_nothing_breaks(operation, viewer, world, application):
    what = operation.label.replace("/api/v1", "")
    chance, answered = random.Random(what), set()

    @seeded(what)
    @settings(
        max_examples=EXAMPLES, deadline=None, database=None, phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(case=operation.as_strategy())
    def throw(case):
        known = arguments(world, what, case.path_parameters or {})
        if chance.random() < 0.8:  # things that exist, so that what lies behind is reached
            case.path_parameters = {name: str(value) for name, value in known.items()}
        # The generated tokens are nobody's; we ask as somebody.
        case.headers = {name: value for name, value in (case.headers or {}).items() if name.lower() != "authorization"}
        with undone():
            answer = case.call(app=application, base_url="http://localhost", cookies=world.cookies[viewer])
        answered.add(answer.status_code)
        is_refused = answer.status_code == 503 and answer.headers["content-type"][0] == "application/problem+json"
        assert answer.status_code < 500 or is_refused, f"{case.as_curl_command()}: {answer.status_code} {answer.text[:500]}"
        if answer.status_code >= 400 and answer.status_code != 405:
            assert answer.headers["content-type"][0] == "application/problem+json", f"{answer.status_code} {answer.text[:200]}"
        if answer.status_code != 405:
            case.validate_response(answer, checks=AS_DOCUMENTED)

    throw()
    assert viewer == "attendee" or 401 not in answered, "nobody asked"
