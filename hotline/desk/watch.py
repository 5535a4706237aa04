"""How far every talk has come, in one question for all who watch one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Select, Table, func, literal_column, select

from hotline.contact import State
from hotline.store.prepared import Prepared, among
from hotline.store.schema import contacts, messages, translations

Height = tuple[str, int, bytes]
"""State, number of the next line, and the page it belongs to: whatever changes for a caller without their doing."""

Mark = tuple[Any, ...]
"""Changes with whatever staff see of a talk."""

_HEIGHT = select(contacts.c.id, contacts.c.state, contacts.c.next_line, contacts.c.handle)


def heights(connection: Connection) -> dict[str, Height]:
    """Of every contact that a person has or will have; nothing of it is sealed and nothing is opened."""
    handed = contacts.c.state.in_([State.WAITING.value, State.CLAIMED.value])
    return {row[0]: (row[1], row[2], bytes(row[3])) for row in connection.execute(_HEIGHT.where(handed))}


def height(connection: Connection, contact_id: str) -> Height | None:
    """Of one contact."""
    row = connection.execute(_HEIGHT.where(contacts.c.id == contact_id)).first()
    return (row[1], row[2], bytes(row[3])) if row is not None else None


def _nonce(dialect: str, table: Table) -> Any:
    """What is sealed begins with bytes that are never used twice."""
    first = func.substr(table.c.sealed, literal_column("1"), literal_column("8"))
    return func.encode(first, literal_column("'hex'")) if dialect == "postgresql" else func.hex(first)


def _nonces(dialect: str, table: Table) -> Any:
    nonce = func.coalesce(_nonce(dialect, table), literal_column("'-'"))
    joined = func.string_agg(nonce, literal_column("','")) if dialect == "postgresql" else func.group_concat(nonce)
    return select(joined).where(table.c.contact_id == contacts.c.id).scalar_subquery()


def _marks(dialect: str, count: int) -> Select[Any]:
    c = contacts.c
    sealed = (_nonce(dialect, contacts), _nonces(dialect, messages), _nonces(dialect, translations))
    clear = (c.state, c.level, c.owner, c.fence, c.next_line, c.lower, c.second, c.second_in)
    columns = [column.label(f"c{place}") for place, column in enumerate((*clear, *sealed))]
    return select(c.id, *columns).where(c.id.in_(among(count)))


_MARKS = Prepared(_marks)


def marks(connection: Connection, ids: Sequence[str]) -> dict[str, Mark]:
    """Of those of these contacts that are there; nothing is opened."""
    rows = _MARKS.run(connection, {}, ids) if ids else []  # type: ignore[arg-type]
    return {row["id"]: tuple(row.values()) for row in rows}
