"""Messages that did not come by themselves: fetched from a provider after an outage, or put aside by a fault of ours."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from hotline.channels import HOUR, TRAITS, Reach
from hotline.contact import Channel, State
from hotline.desk.deliver import NotSent
from hotline.desk.office import Desk, Office
from hotline.desk.receive import Reply, receive, reply_left
from hotline.impression import Impression
from hotline.message import Erasure, Incoming
from hotline.store.boxes import pause_after
from hotline.store.keys import KeyGone
from hotline.store.sent import SCRIPT_LINE
from hotline.store.writer import Tx
from hotline.triage.listen import is_carrier_word, language_of_universal

AT_ONCE = 200
SCRIPT_SECONDS = 2 * HOUR

Say = Callable[[Incoming, Reply], None]
"""Sends a reply of the script, or nothing but a sign that it was received, to whoever wrote the message. Raises NotSent."""


class Overtaken(Exception):
    """A message of a group came by itself in this very moment: nothing of the group was ingested."""


@dataclass(frozen=True, slots=True)
class _Row:
    id: int
    tries: int
    incoming: Incoming


def put_by(office: Office, found: Iterable[Incoming], now: float, *, wait: float = 0.0) -> int:
    """Keep what was not ingested before, sealed in the inbox, in one commit. Says how many there were.

    They are left alone for `wait` seconds, in which a message that comes by itself as well is answered the usual way.
    """
    fetched = list(found)
    if not fetched:
        return 0

    def work(tx: Tx) -> int:
        desk = office.desk
        fresh = [one for one in fetched if not desk.seen.known(tx.connection, one.channel, one.id, now)]
        for one in fresh:
            desk.inbox.add(tx.connection, one, now, due_at=now + wait)
        return len(fresh)

    return office.write(work)


def take_up(
    office: Office,
    say: Say,
    now: float,
    fault: Callable[[Exception], None],
    channels: Collection[Channel] = tuple(Channel),
) -> int:
    """Ingest what waits of these channels as if it had just come; `say` sends the replies. Says how many were looked at.

    The messages of one caller are taken together, since they were written without an answer in between. A row leaves the
    inbox once its reply has left or cannot leave, so a crash in between costs no words. `fault` hears what went wrong with
    one caller, which holds nobody else up. Replies to old messages are safe to send: a contact that has been quiet for long
    has ended, and the first words of a new one ask whether it is safe to write.
    """
    rows = [_Row(*row) for row in office.write(lambda tx: office.desk.inbox.lease(tx, now, AT_ONCE, channels))]
    for group in _by_caller(rows):
        try:
            _take_up_one(office, say, group, now)
        except Exception as trouble:  # noqa: BLE001 - the rows wait in the inbox, and others wait behind them
            fault(trouble)
    return len(rows)


def _by_caller(rows: Sequence[_Row]) -> list[list[_Row]]:
    """Those of one caller together; one that failed before by itself, so that it spoils nothing for the others."""
    groups: dict[tuple[object, ...], list[_Row]] = {}
    for row in rows:
        alone = (row.id,) if row.tries else ()
        groups.setdefault((row.incoming.channel, row.incoming.sender, *alone), []).append(row)
    return list(groups.values())


def _take_up_one(office: Office, say: Say, group: Sequence[_Row], now: float) -> None:
    desk = office.desk
    apart = len(group) == 1 or office.write(lambda tx: _must_stay_apart(desk, tx, group, now))
    said: list[tuple[Incoming, Reply]] = []
    for incoming, others in _as_said(desk, [row.incoming for row in group], apart=apart):
        ingested = partial(_ingested, desk, incoming, others, office.impression(incoming), now)
        said.append((incoming, office.write(ingested)))
    try:
        for incoming, reply in said:
            say(incoming, reply)
    except NotSent as fault:
        if fault.sure and not fault.permanent:  # else nobody can say whether it left, and it must not leave twice
            _later(office, group, said, now, fault)
            return
    for _, reply in said:
        if reply.digest is not None:
            reply_left(office, reply.digest)

    def done(tx: Tx) -> None:
        for row in group:
            desk.inbox.done(tx, row.id)

    office.write(done)


def _must_stay_apart(desk: Desk, tx: Tx, group: Sequence[_Row], now: float) -> bool:
    """Whether a person has this contact, who reads line by line, or one of the messages came by itself meanwhile."""
    first = group[0].incoming
    if any(desk.seen.known(tx.connection, first.channel, row.incoming.id, now) for row in group):
        return True
    try:
        contact = desk.contacts.by_sender(tx.connection, first.channel, first.sender, now)
    except KeyGone:
        return False
    return contact is not None and contact.state is not State.SCRIPTED


def _as_said(desk: Desk, messages: Sequence[Incoming], *, apart: bool) -> list[tuple[Incoming, list[Incoming]]]:
    """Messages as the script is to hear them, each with those it stands for.

    While the script speaks, they are heard as one: a number written after a lost reply answers a question that was never
    seen. What means the same in every state (a tap, a universal word, a word of the phone company) is heard by itself and
    last, so that whoever asks for a person or for deletion is answered with that.
    """
    if apart:
        return [(one, []) for one in messages]
    together = [one for one in messages if not _means_the_same_everywhere(desk, one)]
    commands = [one for one in messages if one not in together]
    heard = [(one, list[Incoming]()) for one in commands]
    if together:
        *others, last = together
        text = "\n".join(one.text for one in together if one.text)
        attachments = tuple(kind for one in together for kind in one.attachments)
        first = together[0]
        whole = replace(last, text=text, attachments=attachments, campaign=first.campaign, mark=first.mark)
        heard.insert(0, (whole, others))
    return heard


def _means_the_same_everywhere(desk: Desk, incoming: Incoming) -> bool:
    if incoming.choice is not None or incoming.opted_out:
        return True
    if incoming.channel.by_carrier and is_carrier_word(incoming.text):
        return True
    return language_of_universal(desk.shelf.words.values(), incoming.text, desk.default_language) is not None


def _ingested(
    desk: Desk, incoming: Incoming, others: Sequence[Incoming], impression: Impression | None, now: float, tx: Tx
) -> Reply:
    """One message and those it stands for. Overtaken, and nothing done, when one of several is known by now."""
    if others and desk.seen.known(tx.connection, incoming.channel, incoming.id, now):
        raise Overtaken
    for other in others:
        if not desk.seen.first_time(tx.connection, desk.seen.digests(other.channel, other.id, now), now):
            raise Overtaken
        if TRAITS[other.channel].reach is Reach.PROVIDER:
            desk.erasures.add(tx.connection, Erasure(other.channel, other.id), now)
    return receive(desk, tx, incoming, now, impression)


def _later(
    office: Office, group: Sequence[_Row], said: Sequence[tuple[Incoming, Reply]], now: float, fault: NotSent
) -> None:
    """The reply surely did not leave: it is said again as to a repeat of the message, once the provider is well."""
    desk = office.desk
    desk.in_flight.discard([reply.digest for _, reply in said if reply.digest is not None])
    at = now + max(fault.wait or 0.0, pause_after(group[0].tries))

    def work(tx: Tx) -> None:
        for row in group:
            desk.inbox.again(tx.connection, row.id, at)

    office.write(work)


def remember_said(desk: Desk, tx: Tx, incoming: Incoming, ids: Iterable[str], now: float) -> None:
    """The script's words went out under these ids: kept while the contact lives, where they can be deleted by them."""
    reach = TRAITS[incoming.channel].reach
    if reach not in (Reach.OUR_WORDS, Reach.PROVIDER):
        return
    try:
        contact = desk.contacts.by_sender(tx.connection, incoming.channel, incoming.sender, now)
    except KeyGone:
        contact = None
    for one in ids:
        if contact is not None:
            readable = reach is Reach.OUR_WORDS
            desk.sent.add(tx.connection, desk.contacts, contact, SCRIPT_LINE, one, now, readable=readable)
        if reach is Reach.PROVIDER:
            desk.erasures.add(
                tx.connection, Erasure(incoming.channel, one, ours=True), now, due_at=now + SCRIPT_SECONDS
            )
