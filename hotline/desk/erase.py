"""Copies at providers are deleted: tried until they are gone, however long the provider is away or refuses."""

from __future__ import annotations

from typing import Protocol

from hotline.desk.deliver import NotSent
from hotline.desk.office import Office
from hotline.message import Erasure
from hotline.store.boxes import pause_after
from hotline.store.erasures import Task

AT_ONCE = 20
OVERDUE_SECONDS = 86_400.0


class Eraser(Protocol):
    """The deleting half of a channel."""

    def erase(self, erasure: Erasure) -> None:
        """Delete it at the provider; what is not there any more is deleted. Raises NotSent with the wait, if it said one."""


def erase_due(office: Office, eraser: Eraser, now: float) -> int:
    """Delete what is due, AT_ONCE at most. Says how many were deleted."""
    deleted = 0
    for _ in range(AT_ONCE):
        task = office.write(lambda tx: office.desk.erasures.lease(tx, now))
        if task is None:
            break
        deleted += _one(office, eraser, task, now)
    return deleted


def overdue(office: Office, now: float) -> int:
    """How many copies have waited for their deletion for more than a day."""
    return office.read(lambda connection: office.desk.erasures.waiting(connection, now - OVERDUE_SECONDS))


def _one(office: Office, eraser: Eraser, task: Task, now: float) -> bool:
    try:
        eraser.erase(task.erasure)
    except NotSent as fault:
        if fault.permanent:
            office.write(lambda tx: office.desk.erasures.done(tx, task.id))
            return False
        at = now + max(fault.wait or 0.0, pause_after(task.tries + 2))
        office.write(lambda tx: office.desk.erasures.again(tx.connection, task, at))
        return False
    office.write(lambda tx: office.desk.erasures.done(tx, task.id))
    return True
