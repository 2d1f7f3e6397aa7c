"""Everything the simulator knows: in memory, and in a journal when there is one."""

from __future__ import annotations

import heapq
import json
import threading
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

from paysim.errors import missing
from paysim.identifiers import new_id
from paysim.records import KINDS, Answer, Callback, CheckoutSession, PaymentIntent, Record, Refund

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from paysim.journal import Journal

R = TypeVar("R", bound=Record)
T = TypeVar("T")


class Table(Generic[R]):
    """The records of one kind, by id and in order of creation."""

    def __init__(self) -> None:
        """Start empty."""
        self._rows: dict[str, R] = {}
        self._order: list[str] = []
        self._places: dict[str, int] = {}

    def put(self, record: R) -> None:
        """Add the record, or put it where the one with its id was."""
        if record.id not in self._rows:
            self._places[record.id] = len(self._order)
            self._order.append(record.id)
        self._rows[record.id] = record

    def get(self, record_id: str) -> R | None:
        """The record, or None."""
        return self._rows.get(record_id)

    def newest_first(self, after: str | None = None) -> Iterator[R]:
        """Records from the newest to the oldest, only those older than `after` if it is given."""
        last = self._places[after] if after else len(self._order)
        return (self._rows[self._order[place]] for place in range(last - 1, -1, -1))

    def oldest_first(self, after: str | None = None) -> Iterator[R]:
        """Records from the oldest to the newest, only those newer than `after` if it is given."""
        first = self._places[after] + 1 if after else 0
        return (self._rows[self._order[place]] for place in range(first, len(self._order)))


class Draft:
    """A change under way: what it reads includes what it has written; nobody else sees it before it is committed."""

    def __init__(self, store: Store, request_id: str | None, idempotency_key: str | None) -> None:
        """Begin; the request is named in the callbacks that follow from it."""
        self._store = store
        self._request_id = request_id
        self._idempotency_key = idempotency_key
        self.now = store.now()
        self.puts: dict[tuple[type[Record], str], Record] = {}
        self.callbacks: list[Callback] = []

    @property
    def moment(self) -> int:
        """The time of this change in whole seconds."""
        return int(self.now)

    def find(self, kind: type[R], record_id: str | None) -> R | None:
        """The record as this change sees it, or None."""
        if record_id is None:
            return None
        record = self.puts.get((kind, record_id)) or self._store.table(kind).get(record_id)
        return cast("R | None", record)

    def get(self, kind: type[R], record_id: str) -> R:
        """A record that must exist."""
        record = self.find(kind, record_id)
        if record is None:
            raise missing(kind.kind.replace(".", " "), record_id)
        return record

    def put(self, record: R) -> R:
        """Write `record`."""
        self.puts[type(record), record.id] = record
        return record

    def announce(self, type_: str, subject: Record, previous: Mapping[str, Any] | None = None) -> None:
        """Tell the merchant, once this is committed, that `type_` happened to `subject`, as it is now."""
        self.callbacks.append(
            Callback(
                id=new_id("evt_1"),
                created=self.moment,
                type=type_,
                subject=subject,
                session=subject.session,  # type: ignore[attr-defined]
                previous=previous,
                request_id=self._request_id,
                idempotency_key=self._idempotency_key,
            ),
        )


class Store:
    """The records, the clock they are dated by, and what falls due."""

    def __init__(self, journal: Journal | None = None) -> None:
        """Take up what `journal` holds; in memory only without one."""
        self._journal = journal
        self.lock = threading.RLock()
        self.on_callbacks: Callable[[list[Callback]], None] = lambda _: None
        self.on_due: Callable[[Draft, CheckoutSession], None] = lambda _draft, _session: None
        self._clear()
        if journal:
            for line in journal.read():
                self._replay(line)

    def _clear(self) -> None:
        self._tables: dict[type[Record], Table[Any]] = {kind: Table() for kind in KINDS.values()}
        self._due: list[tuple[float, str]] = []
        self.clock_offset = 0.0

    def now(self) -> float:
        """The simulated time, in seconds since the epoch."""
        return time.time() + self.clock_offset

    def table(self, kind: type[R]) -> Table[R]:
        """All records of one kind."""
        return self._tables[kind]

    def change(
        self,
        work: Callable[[Draft], T],
        *,
        request_id: str | None = None,
        idempotency_key: str | None = None,
    ) -> T:
        """Do `work` alone, keep what it wrote, and return when it will survive. Nothing is kept if it raises."""
        with self.lock:
            draft = Draft(self, request_id, idempotency_key)
            result = work(draft)
            written = self._commit(draft)
        self._settle(written)
        if draft.callbacks:
            self.on_callbacks(draft.callbacks)
        return result

    def mark_delivered(self, callback: Callback) -> None:
        """Remember that the merchant has been told. Not waited for: at worst it is told again."""
        with self.lock:
            self.table(Callback).put(replace(callback, is_pending=False))
            if self._journal:
                self._journal.append(json.dumps({"told": callback.id}))

    def set_clock(self, offset_s: float) -> None:
        """Put the simulated clock `offset_s` seconds before or after the real one, and do what falls due by that."""
        with self.lock:
            self.clock_offset = offset_s
            written = self._journal.append(json.dumps({"clock": offset_s})) if self._journal else 0
        self._settle(written)
        self.settle_due()

    def settle_due(self) -> None:
        """Do what has fallen due: slow payments succeed, unpaid sessions expire, refunds come back."""
        while self._due and self._due[0][0] <= self.now():
            self.change(self._settle_one)

    def reset(self) -> None:
        """Forget everything."""
        with self.lock:
            self._clear()
            if self._journal:
                self._journal.empty()

    def _settle_one(self, draft: Draft) -> None:
        if self._due and self._due[0][0] <= draft.now:
            _, session_id = heapq.heappop(self._due)
            session = draft.find(CheckoutSession, session_id)
            if session:
                self.on_due(draft, session)

    def _commit(self, draft: Draft) -> int:
        if not (draft.puts or draft.callbacks):
            return 0
        written = 0
        if self._journal:  # before memory: what cannot be written did not happen
            written = self._journal.append(json.dumps(_line(draft), separators=(",", ":")))
        for record in (*draft.puts.values(), *draft.callbacks):
            self._keep(record)
        return written

    def _settle(self, written: int) -> None:
        if self._journal and written:
            self._journal.sync(written)

    def _keep(self, record: Record) -> None:
        self._tables[type(record)].put(record)
        if isinstance(record, CheckoutSession) and record.status == "open":
            heapq.heappush(self._due, (float(record.expires_at), record.id))
        elif isinstance(record, PaymentIntent) and record.settles_at is not None:
            heapq.heappush(self._due, (record.settles_at, record.session))
        elif isinstance(record, Refund) and record.comes_back_at is not None:
            heapq.heappush(self._due, (record.comes_back_at, record.session))

    def _replay(self, line: dict[str, Any]) -> None:
        for kind, values in line.get("put", ()):
            self._keep(KINDS[kind](**values))
        for values in line.get("callbacks", ()):
            kind, subject_id = values["subject"]
            subject = self._tables[KINDS[kind]].get(subject_id)
            assert subject is not None, "a callback is written with or after its subject"
            self._keep(Callback(**{**values, "subject": subject}))
        if "told" in line:
            told = self.table(Callback).get(line["told"])
            assert told is not None, "only what was announced is told"
            self.table(Callback).put(replace(told, is_pending=False))
        if "clock" in line:
            self.clock_offset = line["clock"]

    def answer_to(self, key: str, now: float, kept_for_s: float) -> Answer | None:
        """What an idempotency key was answered with, if that is not too long ago."""
        answer = self.table(Answer).get(key)
        return answer if answer and answer.created > now - kept_for_s else None


def _line(draft: Draft) -> dict[str, Any]:
    """A change as it is written down; a callback names its subject, which stands in the same line or stands as it is.

    The last state of a record within one change is the one kept, so a callback may only be announced of that state.
    """
    line: dict[str, Any] = {}
    if draft.puts:
        line["put"] = [(record.kind, vars(record)) for record in draft.puts.values()]
    if draft.callbacks:
        line["callbacks"] = [
            {**vars(callback), "subject": (callback.subject.kind, callback.subject.id)} for callback in draft.callbacks
        ]
    return line
