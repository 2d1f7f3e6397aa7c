"""Writing with few round trips: one transaction for an action that is part of another, one statement for rows of many tables."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache, wraps
from typing import Any, ParamSpec, TypeVar

from django.db import connection, transaction
from django.db.models import Field, Model

P = ParamSpec("P")
R = TypeVar("R")

# The rows that the innermost `together` has collected; None outside of one.
_waiting: ContextVar[list[Sequence[Model]] | None] = ContextVar("waiting", default=None)


def whole(action: Callable[P, R]) -> Callable[P, R]:
    """One transaction, as `transaction.atomic`; inside another action's it is a part of that, without a savepoint.

    So a refusal undoes the whole of both. Whoever means to go on after a refusal uses `transaction.atomic` around it.
    """

    @wraps(action)
    def acted(*args: P.args, **kwargs: P.kwargs) -> R:
        blocks = transaction.get_connection().atomic_blocks
        # A test's own transaction is none of ours: a test may look around after a refusal.
        is_part = bool(blocks) and not getattr(blocks[-1], "_from_testcase", False)
        with transaction.atomic(savepoint=not is_part):
            return action(*args, **kwargs)

    return acted


@contextmanager
def together() -> Iterator[None]:
    """All that is given to `insert` in the block is written by one statement at its end; a block inside another joins it."""
    if _waiting.get() is not None:
        yield
        return
    rows: list[Sequence[Model]] = []
    token = _waiting.set(rows)
    try:
        yield
    finally:
        _waiting.reset(token)
    if rows:
        _insert(rows)


def insert(rows: Sequence[Model]) -> None:
    """Write new rows of one model, keys and all: at once, or with everything else in the `together` around."""
    if not rows:
        return
    waiting = _waiting.get()
    if waiting is None:
        _insert([rows])
    else:
        waiting.append(rows)


def _insert(groups: Sequence[Sequence[Model]]) -> None:
    parts, parameters = [], []
    for rows in groups:
        head, row_text, fields = _text(type(rows[0]))
        parts.append(head + ", ".join([row_text] * len(rows)))
        for row in rows:
            parameters += [field.get_db_prep_save(field.pre_save(row, add=True), connection) for field in fields]
            row._state.adding, row._state.db = False, connection.alias  # noqa: SLF001 - as Django leaves rows it saved
    # Foreign keys between these rows hold: they are looked at when all of the statement is done.
    named = [f"part_{number} AS ({part})" for number, part in enumerate(parts[:-1])]
    with connection.cursor() as cursor:
        cursor.execute((f"WITH {', '.join(named)} " if named else "") + parts[-1], parameters)


@cache
def _text(model: type[Model]) -> tuple[str, str, list[Field[Any, Any]]]:
    """The statement up to its rows, the placeholders of one row, and the fields; what only the database knows is left out."""
    fields = [field for field in model._meta.local_concrete_fields if field.has_default() or not field.db_returning]  # noqa: SLF001
    name = connection.ops.quote_name
    columns = ", ".join(name(field.column or field.attname) for field in fields)
    row = f"({', '.join(['%s'] * len(fields))})"
    table = name(model._meta.db_table)  # noqa: SLF001
    return f"INSERT INTO {table} ({columns}) VALUES ", row, fields  # noqa: S608 - names of our own tables
