"""Lines of a contact in another language, sealed beside them; and what is still to be translated.

`back` says of an answer that it is translated back into the responder's language, so that they can see what became of it.
"""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, and_, false, select, union_all, update

from hotline.contact import State
from hotline.store.engine import insert_for
from hotline.store.schema import contacts, heartbeats, messages, translations

Pair = tuple[str, str]
"""From which language into which, by tag."""

NEVER = 4_102_444_800.0
"""When what is done is due: 1 January 2100."""

ALIVE_SECONDS = 60.0
"""A pair counts as installed for so long after the worker has last said so."""

_PREFIX = "mt "


class Task(NamedTuple):
    """A line that is to be translated."""

    contact_id: str
    number: int
    back: bool


def undone(connection: Connection, now: float, most: int) -> list[Task]:
    """Lines of contacts that somebody has, and that nobody has looked at; and wishes that are due."""
    done = and_(
        translations.c.contact_id == messages.c.contact_id,
        translations.c.number == messages.c.number,
        translations.c.back.is_(False),
    )
    fresh = (
        select(messages.c.contact_id, messages.c.number, false().label("back"))
        .join(contacts, contacts.c.id == messages.c.contact_id)
        .outerjoin(translations, done)
        .where(contacts.c.state == State.CLAIMED.value, translations.c.id.is_(None))
    )
    due = select(translations.c.contact_id, translations.c.number, translations.c.back).where(
        translations.c.sealed.is_(None), translations.c.due_at <= now
    )
    return [Task(row[0], row[1], bool(row[2])) for row in connection.execute(union_all(due, fresh).limit(most))]


def wish(connection: Connection, task: Task, now: float) -> None:
    """Ask for it; a second time changes nothing."""
    values = {**task._asdict(), "due_at": now, "tries": 0}
    connection.execute(insert_for(connection, translations).values(**values).on_conflict_do_nothing())


def tried(connection: Connection, task: Task, due_at: float) -> int:
    """Note a try before it is made: one that ends the worker must not be made for ever. Says the how-many-eth it is."""
    wish(connection, task, due_at)
    here = _here(task)
    connection.execute(update(translations).where(here).values(tries=translations.c.tries + 1, due_at=due_at))
    return int(connection.execute(select(translations.c.tries).where(here)).scalar_one())


def put(connection: Connection, task: Task, sealed: bytes) -> None:
    connection.execute(update(translations).where(_here(task)).values(sealed=sealed, due_at=NEVER))


def give_up(connection: Connection, task: Task) -> None:
    """It stays untranslated, and is not tried again."""
    wish(connection, task, NEVER)
    connection.execute(update(translations).where(_here(task)).values(due_at=NEVER))


def of(connection: Connection, contact_id: str) -> list[tuple[int, bool, bytes | None, bool]]:
    """Number, back, what stands sealed, and whether it is still waited for."""
    found = connection.execute(
        select(translations.c.number, translations.c.back, translations.c.sealed, translations.c.due_at).where(
            translations.c.contact_id == contact_id
        )
    )
    return [(row[0], bool(row[1]), row[2], row[2] is None and row[3] < NEVER) for row in found]


def tell_installed(connection: Connection, pairs: set[Pair], now: float) -> None:
    """Say what the worker can translate: the console offers nothing else."""
    for source, target in pairs:
        statement = insert_for(connection, heartbeats).values(name=f"{_PREFIX}{source}>{target}"[:24], at=now)
        connection.execute(statement.on_conflict_do_update(index_elements=["name"], set_={"at": now}))


def installed(connection: Connection, now: float) -> frozenset[Pair]:
    """What a worker that lives can translate."""
    names = connection.execute(
        select(heartbeats.c.name).where(heartbeats.c.name.like(f"{_PREFIX}%"), heartbeats.c.at > now - ALIVE_SECONDS)
    ).scalars()
    pairs = (name.removeprefix(_PREFIX).partition(">") for name in names)
    return frozenset((source, target) for source, _, target in pairs)


def _here(task: Task) -> ColumnElement[bool]:
    return and_(
        translations.c.contact_id == task.contact_id,
        translations.c.number == task.number,
        translations.c.back.is_(task.back),
    )
