"""Reading on the paths that every sale takes: a statement of ours, planned once, where the ORM would write it anew each time."""

from __future__ import annotations

from typing import Any

from django.db import connection


def read_one(statement: str, *parameters: Any) -> tuple[Any, ...] | None:
    """The first row that `statement` finds, or nothing."""
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        row: tuple[Any, ...] | None = cursor.fetchone()
    return row
