"""One simulated caller, from the first message to the end: writes as the scenario says, and answers what arrives."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

from sqlalchemy import Connection

from app.drill.kinds import Kinds, fits
from app.drill.scenario import CODE, DELETE, PHOTO, SAFE, UNSAFE, Rule, Said, Scenario
from app.drill.watch import Story, Turn
from app.drill.ways import Way
from hotline.contact import Channel, State
from hotline.desk.office import Office
from hotline.message import Line, Speaker
from hotline.store.contacts import Contact
from hotline.store.keys import KeyGone
from hotline.triage.wording import first_of

TICK_SECONDS = 0.3
ASK, AGREE = "0", "1"
ASKS_AT_MOST = 4
SCRIPT_SECONDS = 6.0
CLOSED, DELETED, LEFT, OPEN = "closed", "deleted", "left", "open"
"""How a caller's story ends: a responder closed it, the caller deleted everything, or gave up waiting; or it has not."""

Tell = Callable[[Story, str], None]


@dataclass(frozen=True, slots=True)
class Look:
    """A caller's contact at one moment, and what a responder has written in it."""

    contact: Contact
    answers: Sequence[tuple[int, Line]]


@dataclass
class Caller:
    """Plays one scenario over one way. `speed` divides every wait; `tell` hears how the story goes on."""

    story: Story
    way: Way
    office: Office
    kinds: Kinds
    speed: float
    tell: Tell
    _due: list[tuple[float, Said]] = field(default_factory=list)
    _used: set[int] = field(default_factory=set)
    _others: int = 0
    _read: set[tuple[str, int]] = field(default_factory=set)
    _silent: bool = False
    _taken: bool = False
    _heard_at: float = 0.0

    @property
    def scenario(self) -> Scenario:
        return self.story.scenario

    async def play(self) -> None:
        """Until the contact is gone. A caller who left or fell silent waits for that too, as a real contact would."""
        story = self.story
        story.began_at = time.time()
        self.tell(story, "begins")
        await self._opens()
        story.asked_at = self._heard_at = time.time()
        self.tell(story, "asks")
        self._plan(self.scenario.story)
        while not story.how or story.how == LEFT:
            look = await self._look()
            if look is None:
                break
            await self._lives(look)
            await asyncio.sleep(TICK_SECONDS)
        story.how, story.ended_at = story.how or CLOSED, time.time()
        self.tell(story, "ended")

    async def _opens(self) -> None:
        """Say what the scenario opens with, then ask for a person until the contact waits for one."""
        for said in self.scenario.opening:
            await self._wait(said.after)
            await self._until_answered(partial(self._does, said))
        for _ in range(ASKS_AT_MOST):
            look = await self._look()
            if look is not None and look.contact.state is not State.SCRIPTED:
                return
            for text in (ASK, AGREE):
                look = await self._look()
                if look is None or look.contact.state is State.SCRIPTED:
                    await self._until_answered(partial(self.way.send, text))
                    await self._wait(2.0)

    async def _until_answered(self, write: Callable[[], Awaitable[None]]) -> None:
        """Write to the script and wait for its answer: some channels bring it a moment later."""
        before = len(await self.way.heard()) if self.way.sender else 0
        await write()
        give_up = time.monotonic() + SCRIPT_SECONDS
        while self.scenario.channel is not Channel.WEBCHAT and time.monotonic() < give_up:
            if len(await self.way.heard()) > before:
                return
            await asyncio.sleep(TICK_SECONDS / 3)

    async def _lives(self, look: Look) -> None:
        """One tick: what is due is said, what arrived is answered, and who waited too long gives up."""
        now = time.time()
        if look.contact.state is State.CLAIMED and not self._taken:
            self._taken = True
            self.tell(self.story, "taken")
            self._plan(self.scenario.later, at_once=True)
        for text, line in await self._arrived(look):
            self.story.turns.append(Turn(now, "responder", text, line.english))
            self._heard_at = now
            self._answers(text)
        for due in [one for one in self._due if one[0] <= now]:
            self._due.remove(due)
            await self._does(due[1])
        if not self.story.how and not self._due and now - self._heard_at > self.scenario.patience / self.speed:
            self.story.how = LEFT
            self.tell(self.story, "left")

    async def _arrived(self, look: Look) -> list[tuple[str, Line]]:
        """What responders wrote and the phone or the page now shows."""
        fresh = [(n, line) for n, line in look.answers if (look.contact.id, n) not in self._read]
        if not fresh:
            return []
        heard = [_same(text) for text in await self.way.heard()]
        arrived = [(n, line) for n, line in fresh if _same(line.text) in heard]
        self._read.update((look.contact.id, n) for n, _ in arrived)
        return [(line.text, line) for _, line in arrived]

    def _answers(self, text: str) -> None:
        """Plan what the caller says to this message: the first rule that fits and was not used, else the next sentence."""
        kinds = self.kinds.of(text, self.scenario.language)
        for place, rule in enumerate(self.scenario.answers):
            if place not in self._used and fits(rule, kinds) and (rule.wakes or not self._silent):
                self._used.add(place)
                self._follows(rule)
                return
        if "asks_who" in kinds or self._silent or self._due:
            return  # whoever is asked who they are, unprepared, does not answer
        if self._others < len(self.scenario.otherwise):
            self._plan(self.scenario.otherwise[self._others : self._others + 1])
            self._others += 1

    def _follows(self, rule: Rule) -> None:
        self._silent = rule.then == "silent"
        if rule.then:
            self._due.clear()
        self._plan(rule.says)
        if rule.then == "leaves":
            self.story.how = LEFT

    def _plan(self, said: Sequence[Said], *, at_once: bool = False) -> None:
        """Say these one after another; `at_once`: counted from now, not after what is planned already."""
        at = time.time() if at_once or not self._due else max(at for at, _ in self._due)
        for one in said:
            at += one.after / self.speed
            self._due.append((at, one))

    async def _does(self, said: Said) -> None:
        words = self.office.desk.shelf.words[self.scenario.language]
        agreed = self._agreed
        texts = {
            DELETE: first_of(words, "universal/delete/also"),
            CODE: first_of(words, "universal/code/also"),
            SAFE: first_of(words, f"code/{agreed}/safe"),
            UNSAFE: first_of(words, f"code/{agreed}/unsafe"),
        }
        text = texts.get(said.deed, said.text)
        self.story.turns.append(Turn(time.time(), "caller", text or f"({said.deed})", said.english))
        if said.deed == PHOTO:
            await self.way.photo()
        else:
            await self.way.send(text)
        if said.deed == DELETE:
            self.story.how = DELETED
        await self._look()

    @property
    def _agreed(self) -> str:
        return self.story.code or "sun"

    async def _look(self) -> Look | None:
        """The caller's contact as it stands, and the story told on by it; None when it is gone, or not begun."""
        if not self.way.sender:
            return None
        look = await asyncio.to_thread(self.office.read, self._seen)
        if look is not None:
            _note(self.story, look.contact)
        return look

    def _seen(self, connection: Connection) -> Look | None:
        contacts = self.office.desk.contacts
        try:
            contact = contacts.by_sender(connection, self.scenario.channel, self.way.sender, time.time())
            if contact is None:
                return None
            lines = contacts.lines(connection, contact)
        except KeyGone:
            return None
        return Look(contact, [(number, line) for number, line in lines if line.speaker is Speaker.RESPONDER])

    async def _wait(self, seconds: float) -> None:
        await asyncio.sleep(seconds / self.speed)


def _note(story: Story, contact: Contact) -> None:
    """What the story takes from the contact: it is gone soon, and nothing of it stays but this, in memory."""
    if contact.id not in story.contacts:
        story.contacts.append(contact.id)
    story.level = contact.level if story.level is None else story.level.raised_to(contact.level)
    story.signals |= {str(signal.code) for signal in contact.conversation.signals}
    story.ticks |= frozenset(contact.ticks)
    story.code = contact.conversation.code or story.code
    story.owners |= {one for one in (contact.owner, contact.second) if one is not None}
    hushed, now = contact.conversation.hushed, time.time()
    if hushed and not story.hushed(now):
        story.hushes.append((now, 0.0))
    elif not hushed and story.hushes and story.hushes[-1][1] == 0.0:
        story.hushes[-1] = story.hushes[-1][0], now


def _same(text: str) -> str:
    return " ".join(text.split())
