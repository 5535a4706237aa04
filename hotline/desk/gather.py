"""Messages that did not come by themselves: fetched from a provider after an outage, or put aside by a fault of ours."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from hotline.desk.office import Desk, Office
from hotline.desk.receive import receive, reply_left
from hotline.message import Incoming, Outgoing
from hotline.store.keys import KeyGone
from hotline.store.sent import SCRIPT_LINE
from hotline.store.writer import Tx


def put_by(office: Office, found: Iterable[Incoming], now: float) -> int:
    """Keep what was not ingested before, sealed in the inbox, in one commit. Says how many there were."""
    fetched = list(found)
    if not fetched:
        return 0

    def work(tx: Tx) -> int:
        desk = office.desk
        fresh = [one for one in fetched if not desk.seen.known(tx.connection, one.channel, one.id, now)]
        for one in fresh:
            desk.inbox.add(tx.connection, one, now)
        return len(fresh)

    return office.write(work)


def take_up(office: Office, say: Callable[[Incoming, list[Outgoing]], None], now: float) -> bool:
    """Ingest one message of the inbox as if it had just come; `say` sends its reply. Whether there was one.

    A message is gone from the inbox with the commit that ingests it, so a reply that cannot leave loses no words.
    """
    desk = office.desk
    leased = office.write(lambda tx: desk.inbox.lease(tx, now))
    if leased is None:
        return False
    inbox_id, _, incoming = leased
    impression = office.impression(incoming)

    def work(tx: Tx) -> tuple[tuple[Outgoing, ...], bytes | None]:
        reply = receive(desk, tx, incoming, now, impression)
        desk.inbox.done(tx, inbox_id)
        return reply.messages, reply.digest

    messages, digest = office.write(work)
    try:
        say(incoming, list(messages))
    finally:
        if digest is not None:
            reply_left(office, digest)
    return True


def remember_said(desk: Desk, tx: Tx, incoming: Incoming, ids: Iterable[str], now: float) -> None:
    """The script's words went out under these ids: kept sealed while the contact lives, so that they can be deleted."""
    try:
        contact = desk.contacts.by_sender(tx.connection, incoming.channel, incoming.sender, now)
    except KeyGone:
        return
    if contact is None:
        return
    for one in ids:
        desk.sent.add(tx.connection, desk.contacts, contact, SCRIPT_LINE, one, now, readable=True)
