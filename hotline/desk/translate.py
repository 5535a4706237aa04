"""Machine translation beside a talk: what the caller wrote in the responder's language, and an answer back, on demand.

It assists the responder and nobody else: no translation is ever sent. All of it is done by the worker; where no engine is
installed, nothing is.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Protocol

from sqlalchemy import Connection

from hotline.desk import work
from hotline.desk.introduce import stored
from hotline.desk.office import Desk, Office
from hotline.message import Line, Speaker
from hotline.store import translations
from hotline.store.contacts import Contact
from hotline.store.keys import KeyGone
from hotline.store.translations import Pair, Task
from hotline.store.writer import Tx

STAFF_LANGUAGE = "en"
"""What the console, and so whoever works at it, is taken to read."""

MOST_TRIES = 3
RETRY_SECONDS = 30.0
AT_ONCE = 20
_TOLD_SECONDS = 20.0


class Translator(Protocol):
    """An engine on this machine. It may be slow and it may be wrong; it never sends a text anywhere."""

    def languages(self) -> Collection[Pair]:
        """What it can translate; empty where nothing is installed."""

    def translate(self, text: str, source: str, target: str) -> str | None:
        """The text in the other language; None when it cannot say."""


@dataclass(frozen=True, slots=True)
class Translation:
    """What a machine made of a line; empty while it is `waited` for."""

    text: str
    waited: bool = False


Translations = Mapping[tuple[int, bool], Translation]
"""By the number of the line, and whether it is an answer translated back."""


def of(desk: Desk, connection: Connection, contact: Contact) -> Translations:
    """Everything that is translated of a contact, or asked for."""
    sealer = desk.contacts.sealer(contact.day, contact.id)
    found: dict[tuple[int, bool], Translation] = {}
    for number, back, sealed, waited in translations.of(connection, contact.id):
        if sealed is None:
            if waited and back:
                found[number, back] = Translation("", waited=True)
            continue
        text = sealer.open(purpose(number, back), sealed)
        if isinstance(text, str) and text:
            found[number, back] = Translation(text)
    return found


def ask_back(desk: Desk, tx: Tx, contact_id: str, staff_id: int, number: int | None, now: float) -> None:
    """Have one's own answer translated back. Refused where no engine can do it, or the line is no answer."""
    contact = work.held(desk, tx, contact_id, staff_id)
    lines = dict(desk.contacts.lines(tx.connection, contact, (number or 0) - 1)) if number else {}
    line = lines.get(number or 0)
    if line is None or line.speaker is not Speaker.RESPONDER:
        raise work.Refused("Only an answer can be translated back.")
    if (_language(desk, contact), STAFF_LANGUAGE) not in translations.installed(tx.connection, now):
        raise work.Refused("No translator for this language is installed.")
    translations.wish(tx.connection, Task(contact_id, number or 0, True), now)


def can(connection: Connection, contact: Contact, default: str, now: float) -> tuple[bool, bool]:
    """Whether any engine is installed, and whether it reads this caller's language."""
    pairs = translations.installed(connection, now)
    return bool(pairs), (contact.conversation.language or default, STAFF_LANGUAGE) in pairs


class Interpreter:
    """The worker's duty: tells what is installed, and translates what waits."""

    def __init__(self, office: Office, translator: Translator) -> None:
        self._office = office
        self._translator = translator
        self._pairs: frozenset[Pair] = frozenset(translator.languages())
        self._told_until = 0.0

    def once(self, now: float) -> int:
        """Translate what waits, a few lines at most. Says how many were looked at."""
        if not self._pairs:
            return 0
        if now >= self._told_until:
            self._told_until = now + _TOLD_SECONDS
            self._office.write(lambda tx: translations.tell_installed(tx.connection, set(self._pairs), now))
        waiting = self._office.read(lambda connection: translations.undone(connection, now, AT_ONCE))
        for task in waiting:
            self._one(task, now)
        return len(waiting)

    def _one(self, task: Task, now: float) -> None:
        """Read it in one transaction, think outside of any, write in another: a slow engine holds up nobody."""
        found = self._office.write(lambda tx: self._begun(tx, task, now))
        if found is None:
            return
        contact, text, source, last = found
        try:
            made = self._translator.translate(text, source, STAFF_LANGUAGE) if text else ""
        except Exception:  # noqa: BLE001 - whatever an engine does, the line stays readable as it was written
            made = None
        self._office.write(lambda tx: self._done(tx, task, contact.id, made, last=last))

    def _begun(self, tx: Tx, task: Task, now: float) -> tuple[Contact, str, str, bool] | None:
        """The contact, what is to be translated (empty if nothing is) from which language, and whether it is the last try."""
        desk = self._office.desk
        try:
            contact = desk.contacts.by_id(tx.connection, task.contact_id, hold=True)
            lines = dict(desk.contacts.lines(tx.connection, contact, task.number - 1)) if contact else {}
        except KeyGone:
            translations.give_up(tx.connection, task)
            return None
        if contact is None or task.number not in lines:
            return None
        tries = translations.tried(tx.connection, task, now + RETRY_SECONDS)
        if tries > MOST_TRIES:
            translations.give_up(tx.connection, task)
            return None
        source = _language(desk, contact)
        wanted = _wanted(lines[task.number], back=task.back) and (source, STAFF_LANGUAGE) in self._pairs
        return contact, lines[task.number].text if wanted else "", source, tries == MOST_TRIES

    def _done(self, tx: Tx, task: Task, contact_id: str, made: str | None, *, last: bool) -> None:
        """The contact as it is by now: it may have ended, or be sealed under another day's key."""
        desk = self._office.desk
        contact = stored(desk, tx, contact_id)
        if contact is None:
            return
        if made is not None:
            sealer = desk.contacts.sealer(contact.day, contact.id)
            translations.put(tx.connection, task, sealer.seal(purpose(task.number, task.back), made))
        elif last:
            translations.give_up(tx.connection, task)


def _wanted(line: Line, *, back: bool) -> bool:
    if back:
        return line.speaker is Speaker.RESPONDER
    return line.speaker is Speaker.CALLER and not line.english and bool(line.text)


def _language(desk: Desk, contact: Contact) -> str:
    return contact.conversation.language or desk.default_language


def purpose(number: int, back: bool) -> str:
    """What a translation is sealed for."""
    return f"translation {number} {'back' if back else 'there'}"
