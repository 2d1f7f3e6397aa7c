"""Taking places and giving them back: one statement each, with the rows locked in one order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from uuid import UUID

from django.db import connection

from estrade.base.ids import new_id
from estrade.events.models import Occurrence
from estrade.tickets.errors import BelowWhatIsSold, SoldOut
from estrade.tickets.models import OrderLine, Quota, TicketType

NO_LIMIT = 1_000_000  # the size of a ticket type's quota when only the capacity limits it

# Locked in the order of ids before any is changed: two orders over the same quotas cannot wait for each other.
# All rows change or none. What is written was computed from the locked rows: `taken + places` in the UPDATE itself would be
# tried on the row as it was before we waited first, and the check constraint refuses that although there is room by now.
CHANGE = """
WITH wanted AS (
    SELECT quota.id, quota.taken + change.places AS taken, quota.taken + change.places BETWEEN 0 AND quota.size AS fits
    FROM tickets_quota quota
    JOIN unnest(%s::uuid[], %s::int[]) AS change (ticket_type, places)
        ON quota.ticket_type_id IS NOT DISTINCT FROM change.ticket_type
    WHERE quota.occurrence_id = %s
    ORDER BY quota.id
    FOR UPDATE OF quota
)
UPDATE tickets_quota quota SET taken = wanted.taken
FROM wanted WHERE quota.id = wanted.id AND (SELECT count(*) = %s AND bool_and(fits) FROM wanted)
"""


def take(occurrence: UUID, lines: Iterable[OrderLine]) -> None:
    """Take the places of `lines`, or none of them. Called last in a transaction: the lock is held until its commit.

    Raises:
        SoldOut: there are not that many places left.
    """
    wanted = places(lines)
    if not wanted or _change(occurrence, wanted, 1):
        return
    if not (_open_missing(occurrence) and _change(occurrence, wanted, 1)):
        raise SoldOut


def give_back(occurrence: UUID, lines: Iterable[OrderLine]) -> None:
    """Give the places of `lines` back. The caller makes sure that it happens once, by the order's state."""
    wanted = places(lines)
    if wanted:
        changed = _change(occurrence, wanted, -1)
        assert changed, "places were given back that were not taken"


def places(lines: Iterable[OrderLine]) -> dict[UUID | None, int]:
    """Places by quota: of each ticket type, and (None) of the occurrence in all."""
    wanted: dict[UUID | None, int] = {}
    for line in lines:
        if line.gives_ticket:
            wanted[None] = wanted.get(None, 0) + line.quantity
            wanted[line.ticket_type_id] = wanted.get(line.ticket_type_id, 0) + line.quantity
    return wanted


def _change(occurrence: UUID, wanted: Mapping[UUID | None, int], sign: int) -> bool:
    counts = [sign * count for count in wanted.values()]
    with connection.cursor() as cursor:
        cursor.execute(CHANGE, [list(wanted), counts, occurrence, len(wanted)])
        return int(cursor.rowcount) == len(wanted)


def _open_missing(occurrence: UUID) -> bool:
    """Make the quota rows that are missing, because the date was added after the price list; whether there were any."""
    rows = Quota.objects.filter(occurrence=occurrence)
    before = rows.count()
    event = Occurrence.objects.select_related("event").get(pk=occurrence).event
    open_quotas([occurrence], event.capacity, TicketType.objects.filter(event=event, retired_at=None))
    return rows.count() > before


def open_quotas(occurrences: Iterable[UUID], capacity: int, types: Iterable[TicketType]) -> None:
    """Make the quota rows that `occurrences` and `types` need and do not have yet."""
    sizes = {None: capacity} | {row.pk: NO_LIMIT if row.quota_size is None else row.quota_size for row in types if row.gives_ticket}
    rows = [
        Quota(id=new_id(), occurrence_id=occurrence, ticket_type_id=ticket_type, size=size)
        for occurrence in occurrences
        for ticket_type, size in sizes.items()
    ]
    Quota.objects.bulk_create(rows, ignore_conflicts=True)


def resize(occurrences: Iterable[UUID], ticket_type: UUID | None, size: int) -> None:
    """Give the quota of `ticket_type` (None: the capacity) its new size in each of `occurrences`.

    Raises:
        BelowWhatIsSold: more is taken already; `facts["taken"]` says how much.
    """
    rows = list(Quota.objects.select_for_update().filter(occurrence__in=occurrences, ticket_type=ticket_type).order_by("id"))
    taken = max((row.taken for row in rows), default=0)
    if taken > size:
        raise BelowWhatIsSold(taken=taken)
    Quota.objects.filter(pk__in=[row.pk for row in rows]).update(size=size)
