"""What is committed is what the code says, and the document is good enough to program against."""

from __future__ import annotations

import json
import re

import pytest

from tests.api import document


def operations():
    paths = json.loads(document.openapi())["paths"]
    return [(f"{method.upper()} {path}", operation) for path, methods in paths.items() for method, operation in methods.items()]


def test_the_openapi_document_is_the_committed_one():
    assert document.OPENAPI.read_text() == document.openapi(), document.RENEW


def test_the_list_of_refusals_is_the_committed_one():
    assert document.ERRORS.read_text() == document.errors(), document.RENEW


@pytest.mark.parametrize(("name", "operation"), operations(), ids=[name for name, _ in operations()])
def test_every_operation_says_what_it_does_and_speaks_only_of_refusals_that_exist(name, operation):
    described = operation.get("description", "")
    codes = {refusal.code() for refusal in document._all(document.Refusal)}

    assert operation["summary"]
    named = re.findall(r"`(\w+)`", described.split("Refusals", 1)[1]) if "Refusals" in described else []
    assert set(named) <= codes | {"takeover"}, name


def test_no_two_shapes_share_a_name():
    """The document has one place for each name: of two, one operation would tell the other's."""
    from ninja import Schema

    shapes = [each for each in _below(Schema) if each.__module__.startswith("estrade.")]

    names = [each.__name__ for each in shapes]
    assert sorted(name for name in set(names) if names.count(name) > 1) == []


def _below(kind):
    for each in kind.__subclasses__():
        yield each
        yield from _below(each)
