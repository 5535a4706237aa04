"""A message comes in: match it to its contact, judge it, follow the script or hold it for a person, and reply."""

from __future__ import annotations

from concurrent.futures import Future
from dataclasses import dataclass, replace

from hotline.channels import TRAITS, Reach
from hotline.contact import Move, State, Who
from hotline.desk import hold
from hotline.desk.deliver import HUSHED_SECONDS
from hotline.desk.forget import chat_erasures, count_and_destroy, destroy_uncounted, forgotten_key
from hotline.desk.handoff import dated, hand_off
from hotline.desk.hearing import heard_of
from hotline.desk.office import Desk, Office
from hotline.desk.partners import answered
from hotline.desk.wording import wording_of
from hotline.impression import Impression
from hotline.language import guess, matching, script_tells
from hotline.message import LONGEST_TEXT, Erasure, Incoming, Line, Outgoing, Speaker
from hotline.offers.marks import sure_in
from hotline.store import tallies, vault
from hotline.store.contacts import Contact, new_contact
from hotline.store.keys import KeyGone
from hotline.store.writer import Tx
from hotline.tally import Outcome, came_cell, helped_cell, offer_cells
from hotline.triage.advance import advance
from hotline.triage.conversation import Conversation, Heard, still_there
from hotline.triage.effects import Effect, End, Forget, HandOff, Helped, KeepAddress, Noticed, OfferLanguages, Say
from hotline.triage.listen import is_opt_in, is_opt_out, language_of_universal
from hotline.triage.signals import language_of

REPLY_SECONDS = 2.0
"""So long a reply may take to reach the chat that is to be deleted: it must be there first, or it would stay."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What goes back in the same response. `digest` names the message, to be told when the reply has left.

    `silent`: the phone may be in other hands, so not even that the message came may show on it.
    """

    messages: tuple[Outgoing, ...] = ()
    digest: bytes | None = None
    silent: bool = False


def receive(desk: Desk, tx: Tx, incoming: Incoming, now: float, impression: Impression | None = None) -> Reply:
    """Ingest one message, once. A repeat is answered only if the first answer is not known to have left.

    `impression` is what the model made of it before this transaction began (office.impression), or None.
    """
    digests = desk.seen.digests(incoming.channel, incoming.id, now)
    if not desk.seen.first_time(tx.connection, digests, now):
        return _repeat(desk, tx, digests)
    desk.in_flight.add(digests[0])
    if TRAITS[incoming.channel].reach is Reach.PROVIDER:
        desk.erasures.add(tx.connection, Erasure(incoming.channel, incoming.id), now)
    contact, is_new = _contact(desk, tx, incoming, now, impression)
    if not is_new:
        contact = _speaking(desk, contact, incoming, impression)
        contact = replace(contact.marked(incoming.mark), heard_at=now, nudged=False)
    else:
        contact = hold.begun(desk, tx, contact, incoming.sender, digests[0], now)
    heard = heard_of(desk, tx, contact, incoming, now, impression)
    contact = hold.compared(desk, contact, heard, incoming.text, now, is_new=is_new)
    if contact.state is State.SCRIPTED:
        messages = _scripted(desk, tx, contact, incoming, heard, now, digests[0], is_new)
    else:
        messages = _handed(desk, tx, contact, incoming, heard, now, digests[0])
    desk.crowd.said(incoming.channel, digests[0], messages, now)
    return Reply(tuple(messages), digests[0], silent=contact.conversation.hushed and not messages)


def reply_left(office: Office, digest: bytes) -> None:
    """The reply to this message has been sent: a later repeat gets nothing. Written down in batches, not waited for."""
    if office.desk.in_flight.note_left([digest]):
        _note_replies(office)


def _note_replies(office: Office) -> None:
    in_flight, taken = office.desk.in_flight, list[bytes]()

    def work(tx: Tx) -> None:
        taken[:] = in_flight.take_left()
        office.desk.contacts.replies_left(tx.connection, taken)
        office.desk.crowd.write_down(tx.connection)

    def done(future: Future[None]) -> None:
        kept = future.exception() is None
        office.desk.crowd.written(kept=kept)
        if in_flight.noted(taken if kept else ()):
            _note_replies(office)

    office.writer.submit(work).add_done_callback(done)


def _repeat(desk: Desk, tx: Tx, digests: list[bytes]) -> Reply:
    if desk.in_flight.any(digests):
        return Reply()
    try:
        found = desk.contacts.awaiting_reply(tx.connection, digests)
    except KeyGone:
        return Reply()
    if found is None:
        return Reply()
    contact, digest = found
    desk.in_flight.add(digest)
    return Reply(tuple(Outgoing.from_table(said) for said in contact.last_reply), digest)


def _contact(desk: Desk, tx: Tx, incoming: Incoming, now: float, impression: Impression | None) -> tuple[Contact, bool]:
    try:
        contact = desk.contacts.by_sender(tx.connection, incoming.channel, incoming.sender, now)
    except KeyGone:
        destroy_uncounted(desk, tx, incoming, now)
        contact = None
    if contact is not None:
        handed = contact.state is not State.SCRIPTED
        conversation = still_there(contact.conversation, desk.shelf.scripts, handed=handed)
        return replace(contact, conversation=conversation), False
    language = _first_language(desk, incoming, impression)
    contact = new_contact(incoming.channel, now, Conversation(language=language), desk.ring.today(now))
    if incoming.campaign in desk.campaigns:
        tallies.count(tx.connection, [came_cell(now, incoming.campaign, language or "unknown")])
    return contact.marked(incoming.mark), True


def _first_language(desk: Desk, incoming: Incoming, impression: Impression | None) -> str | None:
    """The language of a first message: chosen by its page, or its words, or a cry for help, or the app's setting."""
    offered = desk.shelf.offered
    hint = matching(incoming.language, offered) if incoming.language else None
    if hint and not incoming.channel.needs_address:
        return hint
    if hint and len(incoming.text.split()) < 2 and not script_tells(incoming.text):
        return hint  # one word is written alike in many languages
    return spoken(desk, incoming.text, impression) or hint


def spoken(desk: Desk, text: str, impression: Impression | None) -> str | None:
    """The language of these words: by letters, by the model, by a rule that speaks, or by a universal word."""
    offered = desk.shelf.offered
    return (
        guess(text, offered, impression.languages if impression else {})
        or language_of(text, desk.shelf.rules)
        or language_of_universal(desk.shelf.words.values(), text, desk.default_language)
    )


def _speaking(desk: Desk, contact: Contact, incoming: Incoming, impression: Impression | None) -> Contact:
    """While the language is open, words may settle it as well as a number: danger must not wait for a list."""
    if contact.conversation.language is not None:
        return contact
    language = spoken(desk, incoming.text, impression)
    return replace(contact, conversation=replace(contact.conversation, language=language))


def _scripted(
    desk: Desk, tx: Tx, contact: Contact, incoming: Incoming, heard: Heard, now: float, digest: bytes, is_new: bool
) -> list[Outgoing]:
    opted_out = incoming.opted_out or (incoming.channel.by_carrier and is_opt_out(incoming.text))
    if opted_out and is_new:
        return []
    if opted_out:
        desk.contacts.save(tx.connection, replace(contact, touched_at=now, opted_out=True))
        return []
    known = contact
    contact, effects, messages = _turn(desk, contact, incoming, heard, now, is_new)
    deeds = any(isinstance(effect, _DEEDS) for effect in effects)
    if not deeds:
        contact, messages = hold.let_through(desk, tx, known, contact, heard, messages, digest, now, is_new=is_new)
    if is_new:
        contact = _with_reply(contact, messages)
        desk.contacts.add(tx.connection, contact, incoming.sender, reply_to=digest)
        if not deeds:
            return messages
    return _carried_out(desk, tx, contact, incoming, effects, messages, now, digest)


def _turn(
    desk: Desk, contact: Contact, incoming: Incoming, heard: Heard, now: float, is_new: bool
) -> tuple[Contact, tuple[Effect, ...], list[Outgoing]]:
    """The contact one turn on, what is to be done, and what is to be said."""
    still_out = contact.opted_out and not is_opt_in(incoming.text)
    unsaid = hold.taken_up(contact, heard, now)
    contact = replace(contact, touched_at=now, opted_out=still_out, unsaid=None)
    before = _before(desk, incoming, now, is_new)
    if unsaid is not None:
        contact = replace(contact, conversation=unsaid[0])
        wording = wording_of(desk, contact.channel, contact.conversation)
        return contact, (), [*wording.messages(before), *unsaid[1]]
    conversation, effects = advance(contact.conversation, desk.shelf.scripts, heard, now)
    wording = wording_of(desk, contact.channel, conversation)
    return replace(contact, conversation=conversation), effects, wording.messages((*before, *effects))


_DEEDS = (Forget, End, KeepAddress, HandOff, Helped)


def _before(desk: Desk, incoming: Incoming, now: float, is_new: bool) -> list[Effect]:
    said: list[Effect] = []
    if is_new and desk.has_lost(now):
        said.append(Say("desk/lost"))
    if incoming.attachments and not incoming.text:
        said.append(Say("desk/attachment"))
    return said


def _carried_out(
    desk: Desk,
    tx: Tx,
    contact: Contact,
    incoming: Incoming,
    effects: tuple[Effect, ...],
    messages: list[Outgoing],
    now: float,
    digest: bytes,
) -> list[Outgoing]:
    for effect in effects:
        if isinstance(effect, Forget):
            return _forgotten(desk, tx, contact, incoming, now)
        if isinstance(effect, End):
            count_and_destroy(desk, tx, contact, Outcome.SCRIPT_END, now, Move.END, Who.SCRIPT)
            return messages
        if isinstance(effect, Helped):
            tallies.count(tx.connection, [helped_cell(now, effect.answer)])
        if isinstance(effect, Noticed):
            language = contact.conversation.language or "unknown"
            tallies.count(tx.connection, offer_cells(now, sure_in(effect.marks), contact.channel.value, language))
        if isinstance(effect, KeepAddress) and contact.channel.needs_address:
            vault.keep(tx.connection, desk.contacts, contact, vault.Address(incoming.sender, incoming.recipient))
        if isinstance(effect, HandOff):
            contact, told = hand_off(desk, tx, contact, now)
            messages = wording_of(desk, contact.channel, contact.conversation).messages((*effects, *told))
    _remember(desk, tx, contact, messages, digest)
    return messages


def _handed(
    desk: Desk, tx: Tx, contact: Contact, incoming: Incoming, heard: Heard, now: float, digest: bytes
) -> list[Outgoing]:
    """A person has it, or will: the words are held for them, and what keeps a caller safe still works."""
    conversation, effects = advance(contact.conversation, desk.shelf.scripts, heard, now)
    if any(isinstance(effect, Forget) for effect in effects):
        return _forgotten(desk, tx, contact, incoming, now)
    if contact.conversation.hushed and not conversation.hushed:
        desk.outbox.hurry(tx.connection, contact.id, now, within=HUSHED_SECONDS)
    opted_out = incoming.opted_out or (incoming.channel.by_carrier and is_opt_out(incoming.text))
    first_line = contact.next_line == 1
    if incoming.text or incoming.attachments:  # a tapped button is an answer to the script, not words for a person
        text = incoming.text[:LONGEST_TEXT]
        line = Line(Speaker.CALLER, text, now, incoming.attachments, edited=incoming.edited)
        contact = desk.contacts.add_line(tx.connection, contact, line)
        if not (effects or opted_out or contact.opted_out or conversation.hushed or incoming.attachments):
            contact, told = answered(desk, tx, contact, text, now, incoming.seen)
            effects = (told,) if told else ()
    contact = replace(
        contact,
        conversation=conversation,
        touched_at=now,
        opted_out=opted_out or (contact.opted_out and not is_opt_in(incoming.text)),
    )
    spoken = [effect for effect in effects if isinstance(effect, (Say, OfferLanguages))]
    said_enough = spoken not in ([], [Say("desk/emergency")])
    if first_line and not (conversation.hushed or said_enough) and desk.crowd.spares(contact.channel, digest, now):
        effects = (*effects, Say("desk/received"))
    wording = wording_of(desk, contact.channel, conversation)
    messages = [] if opted_out else wording.messages(dated(desk, tx, contact, effects, now))
    _remember(desk, tx, contact, messages, digest)
    return messages


def _forgotten(desk: Desk, tx: Tx, contact: Contact, incoming: Incoming, now: float) -> list[Outgoing]:
    """The caller asked us to delete everything: here at once, and in their chat as far as the channel lets us."""
    for erasure in chat_erasures(desk, tx, contact, incoming, now):
        desk.erasures.add(tx.connection, erasure, now, due_at=now + REPLY_SECONDS)
    count_and_destroy(desk, tx, contact, Outcome.UNKNOWN, now, Move.FORGET, Who.CALLER)
    return [Outgoing(wording_of(desk, contact.channel, contact.conversation).say(forgotten_key(contact, now)))]


def _remember(desk: Desk, tx: Tx, contact: Contact, messages: list[Outgoing], digest: bytes) -> None:
    """Keep the reply, sealed, until it is known to have left."""
    desk.contacts.save(tx.connection, _with_reply(contact, messages), reply_to=digest)


def _with_reply(contact: Contact, messages: list[Outgoing]) -> Contact:
    return replace(contact, last_reply=tuple(message.as_table() for message in messages))
