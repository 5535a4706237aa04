"""What a message says to the core: its words understood, a job offer read, and what only the desk knows added."""

from __future__ import annotations

from dataclasses import replace

from hotline.contact import State
from hotline.desk.handoff import anybody
from hotline.desk.office import Desk
from hotline.desk.wording import wording_of, words_of
from hotline.impression import Impression
from hotline.message import Incoming
from hotline.offers.check import Checked
from hotline.store.contacts import Contact
from hotline.store.shelf import ContentError
from hotline.store.writer import Tx
from hotline.triage.conversation import Conversation, Heard
from hotline.triage.listen import understand
from hotline.triage.pasted import with_offer
from hotline.triage.steps import explained_from


def heard_of(
    desk: Desk, tx: Tx, contact: Contact, incoming: Incoming, now: float, impression: Impression | None
) -> Heard:
    """What this message says where its contact stands."""
    conversation, scripts = contact.conversation, desk.shelf.scripts
    words = words_of(desk, conversation) if conversation.language else None
    asks_for_staff = contact.state is not State.SCRIPTED or scripts.hands_over(conversation.place)
    heard = understand(
        conversation,
        scripts,
        words,
        desk.shelf.offered,
        desk.shelf.rules,
        incoming.text,
        tapped=incoming.choice,
        by_carrier=incoming.channel.by_carrier,
        impression=impression,
        staffed=not asks_for_staff or anybody(desk, tx.connection, now, contact),
    )
    if contact.state is not State.SCRIPTED:
        return heard
    heard = with_offer(heard, conversation, scripts, incoming.text, lambda: _checked(desk, conversation, incoming.text))
    return replace(heard, pages=_pages(desk, contact))


def _checked(desk: Desk, conversation: Conversation, text: str) -> Checked | None:
    """The offer, checked; None where nothing can read it. Nothing of it stays anywhere."""
    if desk.checker is None:
        return None
    try:
        return desk.checker.check(text, conversation.language or "")
    except ContentError:
        # A lexicon was spoiled while we run: `hotline check` names it, and the caller still has the questions.
        return None


def _pages(desk: Desk, contact: Contact) -> int:
    """How many answers it takes to explain what was found, where that can be asked for."""
    explained = explained_from(contact.conversation, desk.shelf.scripts)
    return len(wording_of(desk, contact.channel, contact.conversation).pages(explained)) if explained else 0
