"""Reading on the paths that every sale takes, where the ORM would compose the same statement anew each time.

Composing took a fifth of what a checkout costs a web process, more than the database's own work (decision 0011).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any, Generic, TypeVar
from uuid import UUID, uuid4

from django.db import connection
from django.db.models import Model, QuerySet
from django.db.models.query import get_related_populators
from django.db.transaction import TransactionManagementError

from estrade.base.errors import NotFound

M = TypeVar("M", bound=Model)


def read_one(statement: str, *parameters: Any) -> tuple[Any, ...] | None:
    """The first row that `statement` finds, or nothing."""
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        row: tuple[Any, ...] | None = cursor.fetchone()
    return row


def only(rows: Sequence[M]) -> M:
    """The row that was asked for by its key.

    Raises:
        NotFound: there is none.
    """
    if not rows:
        raise NotFound
    return rows[0]


def composed_once(query: Callable[..., QuerySet[M]]) -> Callable[..., list[M]]:
    """Make a function from keys (UUID or str) to a query into one from keys to its rows, composed when it is first called.

    For `filter`, `order_by`, `select_related` and `select_for_update`; whatever the keys are, the query must be the same but
    for them. Nothing is kept but the text: every call asks the database.
    """
    kept: list[_Statement[M]] = []

    @wraps(query)
    def rows(*keys: UUID | str) -> list[M]:
        if not kept:
            kept.append(_Statement(query, keys))  # composed twice at worst, to the same end
        return kept[0].rows(keys)

    return rows


class _Statement(Generic[M]):
    """A query as text, with what is needed to make models of its rows."""

    def __init__(self, query: Callable[..., QuerySet[M]], keys: Sequence[UUID | str]) -> None:
        probes = [uuid4().hex if isinstance(key, str) else uuid4() for key in keys]
        composed = query(*probes).query
        compiler = composed.get_compiler(connection=connection)
        self.text, parameters = compiler.as_sql()
        # A parameter is the key at this place of the call, or (None) always the same.
        self.parameters = [(probes.index(one), None) if one in probes else (None, one) for one in parameters]
        assert {place for place, _same in self.parameters if place is not None} == set(range(len(probes))), "a key is not used"
        assert not compiler.annotation_col_map, "annotations are not made into attributes here"
        self.is_locking = bool(composed.select_for_update)
        # From here on as Django's own ModelIterable.
        select, kind = compiler.select, compiler.klass_info
        self.converters = compiler.get_converters([part[0] for part in select[: compiler.col_count]])
        self.start, self.end = kind["select_fields"][0], kind["select_fields"][-1] + 1
        self.model, self.names = kind["model"], [part[0].target.attname for part in select[self.start : self.end]]
        self.related = get_related_populators(kind, select, connection.alias)  # type: ignore[call-arg]

    def rows(self, keys: Sequence[UUID | str]) -> list[M]:
        if self.is_locking and not connection.in_atomic_block:
            raise TransactionManagementError("rows are locked inside a transaction only")
        with connection.cursor() as cursor:
            cursor.execute(self.text, [same if place is None else keys[place] for place, same in self.parameters])
            found = cursor.fetchall()
        return [self._model(self._converted(row)) for row in found]

    def _converted(self, row: Sequence[Any]) -> Sequence[Any]:
        if not self.converters:
            return row
        values = list(row)
        for place, (converters, expression) in self.converters.items():
            for convert in converters:
                values[place] = convert(values[place], expression, connection)
        return values

    def _model(self, row: Sequence[Any]) -> M:
        made: M = self.model.from_db(connection.alias, self.names, row[self.start : self.end])
        for populator in self.related:
            populator.populate(row, made)
        return made
