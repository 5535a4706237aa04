"""What a responder does with a contact: claim, answer, release, close, set aside. Ownership is checked here alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace

from hotline.channels import TRAITS
from hotline.coding import Coding
from hotline.contact import Channel, Level, Move, State, Who, moved
from hotline.desk.forget import count_and_destroy
from hotline.desk.introduce import introduce, say, stored
from hotline.desk.office import Desk
from hotline.desk.wording import words_of
from hotline.message import Line, Speaker
from hotline.roster import Ability
from hotline.store import accounts, lanes, presence, roster, staff, tallies
from hotline.store.contacts import Contact
from hotline.store.keys import day_of
from hotline.store.remains import remains
from hotline.store.staff import Deed
from hotline.store.writer import Tx
from hotline.tally import STAFF_OUTCOMES, Outcome, misuse_cell

AT_ONCE = 50
"""So many contacts are closed in one piece of work: callers' messages must get in between."""


@dataclass(frozen=True, slots=True)
class Destroyed:
    """What stood of a contact when it was closed: how many rows of each table."""

    channel: Channel
    rows: Mapping[str, int]


class NotYours(Exception):
    """The contact is not open, or belongs to somebody else: one and the same answer for both."""

    def __init__(self) -> None:
        super().__init__("This contact is not open, or somebody else has it.")


class Refused(Exception):
    """The deed cannot be done as asked; says what is wrong in one sentence."""


class Full(Refused):
    """They have as many contacts as they take at once. Taking one more is theirs to decide."""


def claim(desk: Desk, tx: Tx, contact_id: str, staff_id: int, now: float, *, even_full: bool = False) -> Contact:
    """Take a waiting contact. Exactly one of those who try at once succeeds; the others get NotYours.

    Full, unless `even_full`, when they have as many as they take at once; never for a contact of the level immediate.
    """
    return take(desk, tx, contact_id, staff_id, now, even_full=even_full)[0]


def take(
    desk: Desk, tx: Tx, contact_id: str, staff_id: int, now: float, *, even_full: bool = False
) -> tuple[Contact, int | None]:
    """As `claim`, with the outbox id to ring for when the caller is told that another person is there now."""
    contact = _open(desk, tx, contact_id)
    if contact.state is State.CLAIMED and contact.owner == staff_id:
        return contact, None
    if contact.state is not State.WAITING:
        raise NotYours
    if not even_full and contact.level is not Level.IMMEDIATE:
        _check_room(tx, staff_id)
    claimed = desk.contacts.claim(tx.connection, contact, staff_id)
    if claimed is None:
        raise NotYours
    # Whoever has a person is never one of many again, and no longer meant for one colleague.
    claimed = replace(claimed, likeness=None, second=None, second_in=False)
    desk.contacts.save(tx.connection, claimed)
    presence.note(tx.connection, {staff_id: now + presence.HERE_SECONDS})
    staff.write_journal(tx.connection, staff_id, Deed.CLAIMED, now)
    return claimed, introduce(desk, tx, claimed, now)


def _check_room(tx: Tx, staff_id: int) -> None:
    most = roster.abilities_of(tx.connection).get(staff_id, Ability()).most
    has = presence.loads(tx.connection)[staff_id]
    if has >= most:
        raise Full(
            f"You have {has} contacts; you take {most} at once. Somebody with fewer may be quicker for this caller."
        )


def release(desk: Desk, tx: Tx, contact_id: str, staff_id: int, now: float) -> None:
    """Give a contact back to the queue, where it keeps its waiting time; to the colleague who has joined, if one has."""
    contact = owned(desk, tx, contact_id, staff_id)
    let_go(desk, tx, contact, now, Who.RESPONDER)
    staff.write_journal(tx.connection, staff_id, Deed.RELEASED, now)


def let_go(desk: Desk, tx: Tx, contact: Contact, now: float, who: Who) -> int | None:
    """The contact goes on without its owner: with the colleague beside them, else in the queue. An outbox id to ring for.

    The fence rises, so that nothing its owner still sends is taken.
    """
    heir = contact.second if contact.second_in else None
    state = moved(contact.state, Move.RELEASE if heir is None else Move.HAND_OVER, who)
    contact = replace(contact, state=state, owner=heir, second=None, second_in=False, fence=contact.fence + 1)
    desk.contacts.save(tx.connection, contact)
    return None if heir is None else introduce(desk, tx, contact, now)


def answer(
    desk: Desk,
    tx: Tx,
    contact_id: str,
    staff_id: int,
    text: str,
    now: float,
    *,
    fence: int | None = None,
    english: str = "",
) -> int | None:
    """Write to the caller. Returns the outbox id to ring for, or None where the caller fetches answers (web chat).

    `english`: what the text says, where it comes from the phrasebook; the responder reads it, the caller never does.
    """
    text = text.strip()
    if not text:
        raise Refused("Please write something first.")
    contact = held(desk, tx, contact_id, staff_id, fence=fence)
    longest = TRAITS[contact.channel].longest
    if len(text) > longest:
        raise Refused(f"That is {len(text)} characters: {longest} is the most that this channel carries at once.")
    if contact.opted_out:
        raise Refused("The caller's phone company blocks us since they sent STOP. They must write START first.")
    if contact.conversation.hushed:
        raise Refused(
            "The caller's phone may be in other hands. Nothing was sent: wait until they write that it is safe."
        )
    introduce(desk, tx, contact, now, staff_id)
    contact = held(desk, tx, contact_id, staff_id)
    member = accounts.active_member(tx.connection, staff_id)
    line = Line(Speaker.RESPONDER, text, now, english=english, by=member.name if member else "")
    met = contact.met if staff_id in contact.met else (*contact.met, staff_id)
    _, outbox_id = say(desk, tx, replace(contact, answered_at=now, met=met), line, now)
    staff.write_journal(tx.connection, staff_id, Deed.ANSWERED, now)
    return outbox_id


def ask_to_describe(
    desk: Desk, tx: Tx, contact_id: str, staff_id: int, now: float, *, fence: int | None = None
) -> int | None:
    """Ask the caller, in their language, to say in words what they sent along: it is never fetched."""
    contact = held(desk, tx, contact_id, staff_id, fence=fence)
    text = words_of(desk, contact.conversation)["desk/describe"]
    return answer(desk, tx, contact_id, staff_id, text, now, fence=fence)


def set_lane(desk: Desk, tx: Tx, contact_id: str, staff_id: int, now: float, *, lower: bool) -> None:
    """Put whoever this is with into the lower lane for two days, or back. They come after the others; nobody is refused."""
    contact = owned(desk, tx, contact_id, staff_id)
    if contact.lower is lower:
        return
    if lower:
        lanes.lower(tx.connection, contact.id, day_of(now))
    else:
        lanes.lift(tx.connection, contact.id)
    desk.contacts.save(tx.connection, replace(contact, lower=lower))
    staff.write_journal(tx.connection, staff_id, Deed.LOWERED if lower else Deed.LIFTED, now)


def close_alike(
    desk: Desk, tx: Tx, likeness: bytes, level: Level, until: float, staff_id: int, now: float, *, lower: bool = False
) -> int:
    """Close as misuse those who wait, are alike and were waiting by then, AT_ONCE at most. Says how many.

    Whoever has a person, or came later than what the responder saw, is left alone.
    """
    ids = lanes.alike(tx.connection, likeness, level.rank, until, AT_ONCE, lower=lower)
    closed: Counter[str] = Counter()
    for contact in desk.contacts.some(tx.connection, ids).values():
        moved(moved(contact.state, Move.CLAIM, Who.RESPONDER), Move.CLOSE, Who.RESPONDER)
        closed[contact.channel.value] += 1
        staff.write_journal(tx.connection, staff_id, Deed.CLOSED_AS_MISUSE, now)
    for contact_id in ids:
        desk.contacts.destroy(tx, contact_id)
    for channel, number in sorted(closed.items()):
        tallies.count(tx.connection, [misuse_cell(now, channel)], number)
    return len(ids)


def close(
    desk: Desk,
    tx: Tx,
    contact_id: str,
    staff_id: int,
    coding: Coding,
    now: float,
    *,
    even_unsent: bool = False,
) -> Destroyed:
    """Count and destroy the contact; says what was destroyed. Refused while something is on its way, unless `even_unsent`."""
    contact = owned(desk, tx, contact_id, staff_id)
    if coding.outcome not in STAFF_OUTCOMES:
        raise Refused("Choose what it was about and how it ended from the lists.")
    there = remains(tx.connection, contact.id)
    if not even_unsent and desk.outbox.pending(tx.connection, contact.id):
        raise Refused(_unsent(contact))
    if not even_unsent and there["parcels"]:
        raise Refused("A packet for a partner is still on its way. Wait until it is sent, or tick “close even so”.")
    count_and_destroy(desk, tx, contact, coding.outcome, now, Move.CLOSE, Who.RESPONDER, coding)
    deed = Deed.CLOSED_AS_MISUSE if coding.outcome is Outcome.MISUSE else Deed.CLOSED
    staff.write_journal(tx.connection, staff_id, deed, now)
    return Destroyed(contact.channel, there)


def _unsent(contact: Contact) -> str:
    """What is not sent, and why: what waits for the caller must not keep a responder waiting who does not know."""
    if contact.conversation.hushed:
        return (
            "An answer is not sent: the caller's phone may be in other hands, and it waits until they write that it is "
            "safe. To end the contact without it, tick “close even so”."
        )
    if contact.nudged:
        return (
            "An answer is not sent: their app takes it only once the caller has written again. To end the contact "
            "without it, tick “close even so”."
        )
    return "An answer is still on its way. Wait until it is sent, or tick “close even so”."


def owned(desk: Desk, tx: Tx, contact_id: str, staff_id: int, *, fence: int | None = None) -> Contact:
    """The contact, if it is this person's and (when a fence is given) was not claimed anew since."""
    contact = _open(desk, tx, contact_id)
    if contact.state is not State.CLAIMED or contact.owner != staff_id or fence not in (None, contact.fence):
        raise NotYours
    return contact


def held(desk: Desk, tx: Tx, contact_id: str, staff_id: int, *, fence: int | None = None) -> Contact:
    """The contact, if this person owns it or has joined its owner, and (when a fence is given) it was not moved since."""
    contact = _open(desk, tx, contact_id)
    if contact.state is not State.CLAIMED or not contact.is_with(staff_id) or fence not in (None, contact.fence):
        raise NotYours
    return contact


def _open(desk: Desk, tx: Tx, contact_id: str) -> Contact:
    contact = stored(desk, tx, contact_id)
    if contact is None:
        raise NotYours
    return contact
