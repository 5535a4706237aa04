"""The hooks by which receiving a message heeds the crowd: who is counted, who is alike, what of a turn is said now."""

from __future__ import annotations

from dataclasses import replace

from hotline.contact import Level, State
from hotline.desk.office import Desk
from hotline.desk.wording import wording_of
from hotline.message import Outgoing
from hotline.store import lanes
from hotline.store.contacts import Contact
from hotline.store.keys import day_of
from hotline.store.writer import Tx
from hotline.surge import Asks, Lane
from hotline.triage.conversation import Conversation, Heard, Word, raise_levels
from hotline.triage.effects import Say
from hotline.triage.signals import LIFE


def begun(desk: Desk, tx: Tx, contact: Contact, sender: str, digest: bytes, now: float) -> Contact:
    """A new contact, counted, and in the lower lane if staff put its sender there."""
    desk.crowd.came(digest, now)
    handles = desk.ring.digests(day_of(now), contact.channel.value, sender)
    return replace(contact, lower=True) if lanes.is_lowered(tx.connection, handles) else contact


def compared(desk: Desk, contact: Contact, heard: Heard, text: str, now: float, *, is_new: bool) -> Contact:
    """The contact with the likeness of its first words of its own; never while a person has it, nor after."""
    answered = heard.choice is not None or heard.word is not None or heard.language is not None
    if contact.likeness is not None or contact.state is State.CLAIMED or contact.fence or (answered and not is_new):
        return contact
    likeness = desk.crowd.likeness(text, now, short=is_new)
    return contact if likeness is None else replace(contact, likeness=likeness)


def taken_up(contact: Contact, heard: Heard, now: float) -> tuple[Conversation, list[Outgoing]] | None:
    """The turn that was not said the last time, if this message asks for nothing else: it goes on as if it had been."""
    steers = heard.word or heard.choice or heard.language or heard.more or any(one.outranks for one in heard.signals)
    if contact.unsaid is None or steers:
        return None
    conversation = Conversation.from_table(contact.unsaid["conversation"])
    conversation, _ = raise_levels(replace(conversation, touched_at=now), heard.signals)
    return conversation, [Outgoing.from_table(one) for one in contact.unsaid["messages"]]


def let_through(
    desk: Desk,
    tx: Tx,
    before: Contact,
    after: Contact,
    heard: Heard,
    messages: list[Outgoing],
    digest: bytes,
    now: float,
    *,
    is_new: bool,
) -> tuple[Contact, list[Outgoing]]:
    """What of this turn is said now. What is not stays with the contact, which stands where its caller knows it to be:
    a step that was never said is never passed."""
    if not messages:
        return after, messages
    asks = Asks(is_new, _in_danger(after, heard), after.lower, before.unsaid is not None)
    lane = desk.crowd.lane(tx.connection, after.channel, digest, asks, now)
    if lane is Lane.OPEN or (lane is Lane.SHORT and after.conversation.language is None):
        return after, messages  # the list of languages is short, and waits for an answer as well
    stands, _ = raise_levels(replace(before.conversation, touched_at=now), heard.signals)
    stands = replace(stands, level=stands.level.raised_to(after.level))
    unsaid = {
        "messages": [one.as_table() for one in messages],
        "conversation": after.conversation.as_table(),
    }
    after = replace(after, conversation=stands, unsaid=unsaid)
    if lane is Lane.HELD:
        return after, []
    short = Say("desk/surge" if is_new else "desk/emergency")
    return after, wording_of(desk, after.channel, stands).messages([short])


def _in_danger(contact: Contact, heard: Heard) -> bool:
    """Of the lower lane only words of danger count, each time anew: a level once reached would open it for good."""
    said = heard.word is Word.EMERGENCY or any(signal.code in LIFE for signal in heard.signals)
    return said or (contact.level is Level.IMMEDIATE and not contact.lower)
