"""A contact ends: it is counted by closed codes, and everything of it is destroyed."""

from __future__ import annotations

from dataclasses import replace

from hotline.channels import HOUR, TRAITS, Reach
from hotline.coding import REFERRAL, REFERRAL_CROSSED, Coding
from hotline.contact import Move, Who, moved
from hotline.desk.office import Desk
from hotline.message import Erasure, Incoming
from hotline.store import lanes, tallies
from hotline.store.contacts import Contact
from hotline.store.keys import KeyGone, day_of
from hotline.store.writer import Tx
from hotline.tally import Cell, Outcome, cells, cells_of_one, misuse_cell


def count_and_destroy(
    desk: Desk,
    tx: Tx,
    contact: Contact,
    outcome: Outcome,
    now: float,
    move: Move,
    who: Who,
    coding: Coding | None = None,
) -> None:
    """Count the contact and delete every trace of it. NotAllowed if the table does not let `who` make this move.

    `coding`: what a person said of it; nobody is asked about a talk that the script, the caller or the clock ended.
    """
    moved(contact.state, move, who)
    tallies.count(tx.connection, _counted(contact, outcome, now, coding))
    desk.contacts.destroy(tx, contact.id)


def _counted(contact: Contact, outcome: Outcome, now: float, coding: Coding | None) -> list[Cell]:
    if outcome is Outcome.MISUSE:
        return [misuse_cell(now, contact.channel.value)]
    attributes = {
        "channel": contact.channel.value,
        "language": contact.conversation.language or "unknown",
        "level": contact.level.value,
        "outcome": outcome.value,
        **(coding.attributes() if coding else {}),
    }
    counted = cells(now, attributes)
    if coding:
        crossed = {name: attributes[name] for name in REFERRAL_CROSSED}
        for referral in sorted(coding.referrals):
            counted += cells_of_one(now, REFERRAL, referral.value, crossed)
    return counted


def chat_erasures(desk: Desk, tx: Tx, contact: Contact, incoming: Incoming, now: float) -> list[Erasure]:
    """What stands in the caller's own chat and can be deleted there, when they ask us to delete everything."""
    reach, language = TRAITS[contact.channel].reach, contact.conversation.language or ""
    if reach is Reach.BOTH_SIDES and incoming.mark is not None:
        first = min(contact.first_mark or incoming.mark, incoming.mark)
        last = max(contact.last_mark or incoming.mark, incoming.mark)
        erasure = Erasure(contact.channel, chat=incoming.sender, first=first, last=last, language=language)
        return [replace(erasure, asked_at=now)]
    if reach is Reach.OUR_WORDS:
        ids = desk.sent.ids(tx.connection, desk.contacts, contact)
        erasure = Erasure(contact.channel, chat=incoming.sender, language=language, asked_at=now)
        return [replace(erasure, id=one) for one in ids]
    return []


def forgotten_key(contact: Contact, now: float) -> str:
    """Which words answer the wish to delete everything. Where only our words can be taken back, the caller is told to delete
    their own; where some of ours are too old for that, to delete the chat."""
    traits = TRAITS[contact.channel]
    if traits.reach is not Reach.OUR_WORDS:
        return "desk/forgotten"
    young = traits.erase_hours is None or now - contact.opened_at < traits.erase_hours * HOUR
    return f"channel/{contact.channel.value}/{'deleted' if young else 'undeleted'}"


def destroy_uncounted(desk: Desk, tx: Tx, incoming: Incoming, now: float) -> None:
    """Remove a contact of this sender that can no longer be opened."""
    desk.contacts.destroy_sender(tx, incoming.channel, incoming.sender, now)


def expire(desk: Desk, tx: Tx, now: float) -> int:
    """End every contact that has outlived its period; those whose key is gone are removed. Says how many."""
    ended = 0
    for times in desk.contacts.times(tx.connection):
        dead = times.day < desk.ring.oldest
        if not dead and not desk.retention.expired(
            times.state, times.opened_at, times.touched_at, now, kept_until=times.kept_until
        ):
            continue
        ended += 1
        try:
            contact = None if dead else desk.contacts.by_id(tx.connection, times.id)
        except KeyGone:
            contact = None
        if contact is None:
            desk.contacts.destroy(tx, times.id)
        else:
            count_and_destroy(desk, tx, contact, Outcome.NO_ANSWER, now, Move.EXPIRE, Who.CLOCK)
    desk.packets.forget(tx, came_before=now - desk.retention.open_hours * HOUR)
    return ended


def advance_rings(desk: Desk, tx: Tx, now: float) -> None:
    """Destroy the day keys that are over, and the rows that nothing can open any more."""
    today = day_of(now)
    desk.ring.advance(today)
    desk.seen_ring.advance(today)
    desk.seen.forget_before(tx.connection, desk.seen_ring.oldest)
    desk.inbox.forget_before(tx, desk.ring.oldest)
    desk.erasures.forget_before(tx, desk.ring.oldest)
    lanes.forget_before(tx.connection, today - lanes.DAYS)
