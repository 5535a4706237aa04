"""How far every talk has come, in one question for all who watch one."""

from __future__ import annotations

from sqlalchemy import Connection, select

from hotline.contact import State
from hotline.store.schema import contacts

Height = tuple[str, int, bytes]
"""State, number of the next line, and the page it belongs to: whatever changes for a caller without their doing."""


_HEIGHT = select(contacts.c.id, contacts.c.state, contacts.c.next_line, contacts.c.handle)


def heights(connection: Connection) -> dict[str, Height]:
    """Of every contact that a person has or will have; nothing of it is sealed and nothing is opened."""
    handed = contacts.c.state.in_([State.WAITING.value, State.CLAIMED.value])
    return {row[0]: (row[1], row[2], bytes(row[3])) for row in connection.execute(_HEIGHT.where(handed))}


def height(connection: Connection, contact_id: str) -> Height | None:
    """Of one contact."""
    row = connection.execute(_HEIGHT.where(contacts.c.id == contact_id)).first()
    return (row[1], row[2], bytes(row[3])) if row is not None else None
