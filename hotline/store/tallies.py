"""Counts, and nothing else, that outlive a contact: at most two attributes crossed with a week."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, select

from hotline.store.engine import insert_for
from hotline.store.schema import tallies
from hotline.tally import Cell


def count(connection: Connection, cells: Iterable[Cell], by: int = 1) -> None:
    """Add `by` to each cell. Cells are taken in order, so that two writers cannot lock each other out."""
    rows = [
        {"period": cell.period, "kind": cell.kind, "first": cell.first, "second": cell.second, "count": by}
        for cell in sorted(cells)
    ]
    if not rows:
        return
    statement = insert_for(connection, tallies)
    added = {"count": tallies.c.count + statement.excluded.count}
    keys = ["period", "kind", "first", "second"]
    # One statement and many rows, not one with many VALUES: the driver prepares it once, SQLAlchemy compiles it once.
    connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=added), rows)


def all_cells(connection: Connection) -> Sequence[tuple[Cell, int]]:
    rows = connection.execute(select(tallies).order_by(*tallies.primary_key.columns)).mappings()
    return [(Cell(row["period"], row["kind"], row["first"], row["second"]), row["count"]) for row in rows]
