"""Copies at providers are deleted: tried until they are gone, however long the provider is away or refuses."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Protocol

from sqlalchemy import Connection

from hotline.contact import Channel
from hotline.desk.deliver import NotSent
from hotline.desk.office import Desk, Office
from hotline.message import Erasure
from hotline.store.boxes import pause_after
from hotline.store.erasures import Task
from hotline.store.keys import KeyGone
from hotline.store.writer import Tx

OVERDUE_SECONDS = 86_400.0
WITNESS_SECONDS = 15.0


class Eraser(Protocol):
    """The deleting half of a channel."""

    def erase(self, erasure: Erasure) -> None:
        """Delete it at the provider; what is not there any more is deleted. Raises NotSent with the wait, if it said one."""


def erase_one(office: Office, eraser: Eraser, task_id: int, now: float) -> bool | None:
    """Whether it was deleted; None if it was not its turn, or the provider was not even asked."""
    task = office.write(lambda tx: _lease(office, tx, task_id, now))
    if task is None:
        return None
    erasures = office.desk.erasures
    try:
        eraser.erase(task.erasure)
    except NotSent as fault:
        if fault.permanent:
            office.write(lambda tx: erasures.done(tx, task.id))
            return False
        at = now + (fault.wait or 1.0 if fault.untried else max(fault.wait or 0.0, pause_after(task.tries + 2)))
        office.write(lambda tx: erasures.again(tx.connection, task, at))
        return None if fault.untried else False
    office.write(lambda tx: erasures.done(tx, task.id))
    return True


def note(desk: Desk, tx: Tx, found: Iterable[Erasure], now: float) -> None:
    """These are to be deleted; those that wait already are hurried."""
    for one in found:
        desk.erasures.add(tx.connection, one, now)


def overdue(office: Office, now: float) -> int:
    """How many copies have waited for their deletion for more than a day."""
    return office.read(lambda connection: office.desk.erasures.waiting(connection, now - OVERDUE_SECONDS))


def channels_of(office: Office, task_ids: Collection[int]) -> dict[int, Channel | None]:
    """At which channel's provider each of these lies; None for one that nobody can open any more."""
    channel_of = office.desk.erasures.channel_of
    return office.read(lambda connection: {one: channel_of(connection, one) for one in task_ids})


def _lease(office: Office, tx: Tx, task_id: int, now: float) -> Task | None:
    task = office.desk.erasures.lease(tx, task_id, now)
    if task is not None and task.erasure.ours and _is_witness(office, tx.connection, task):
        office.desk.erasures.again(tx.connection, task, now + WITNESS_SECONDS)
        return None
    return task


def _is_witness(office: Office, connection: Connection, task: Task) -> bool:
    """Whether an answer on this channel is in doubt, and this copy may be the proof that it has left.

    A copy whose line is known proves nothing about another line.
    """
    desk, channel = office.desk, task.erasure.channel
    if desk.sent.find(connection, channel, task.erasure.id, task.made_at) is not None:
        return False
    for contact_id in desk.outbox.in_doubt(connection, task.made_at):
        try:
            contact = desk.contacts.by_id(connection, contact_id)
        except KeyGone:
            continue
        if contact is not None and contact.channel is channel:
            return True
    return False
