"""One provider's part of the worker: its answers, its messages that must be fetched, its copies to be deleted."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterable, Mapping
from functools import partial

from app.post import Post
from bots.contract import Bot
from hotline.contact import Channel
from hotline.desk import deliver as answers
from hotline.desk import erase as copies
from hotline.desk.deliver import NotSent, deliver
from hotline.desk.gather import put_by, remember_said, take_up
from hotline.desk.office import Office
from hotline.desk.receive import Reply
from hotline.events import Event, Log
from hotline.message import Delivery, Incoming
from hotline.store.engine import StoreUnavailable
from hotline.store.keys import KeyGone

GATHER_BACK = 3 * 86_400.0
"""How far back a provider is asked for what we may have missed: less than `seen_days`, so that nothing is taken twice."""

BY_ITSELF_SECONDS = 30.0
"""A fetched message of a provider that calls us may be on its way by itself: so long the call has precedence."""

LOOK_BACK = 30 * 86_400.0
"""How far back a provider is asked for records of what we sent: longer than an outage of ours may last."""

LOOK_BACK_SECONDS = 600.0
"""How often it is asked."""

LOOKED_AT = 10_000
ERASED_AT_ONCE = 20
SHORTEST_PAUSE = 0.2


class Round:
    """What waits for one provider. `name` None: channels that nobody carries, whose rows must not lie for ever."""

    def __init__(
        self,
        office: Office,
        name: str | None,
        channels: Collection[Channel],
        post: Post,
        clock: Callable[[], float],
        log: Log,
        bot: Bot | None = None,
    ) -> None:
        self.name = name
        self.wake = threading.Event()
        self.pause = max(SHORTEST_PAUSE, bot.fetch_seconds) if bot else 3600.0
        self._office = office
        self._channels = frozenset(channels)
        self._post = post
        self._clock = clock
        self._log = log
        self._bot = bot
        self._calls_us = callable(getattr(bot, "receive", None))
        self._gather_due = 0.0
        self._was_open = False
        self._answers: dict[int, Channel | None] = {}
        self._copies: dict[int, Channel | None] = {}
        self._listed: frozenset[str] = frozenset()
        self._unstored: list[Incoming] = []
        self._look_back_due = 0.0
        self._left: frozenset[str] = frozenset()
        office.desk.ring.when_destroyed(self.forget)

    def forget(self) -> None:
        """Drop what was fetched and not stored, and what is known of rows whose keys are gone."""
        self._answers, self._copies, self._unstored, self._listed = {}, {}, [], frozenset()

    def once(self) -> int:
        """Everything whose turn it is. Says how much has left or was deleted: while there is some, there may be more."""
        sent = sum(self.deliver(one) for one in self._mine(self._due_answers(), self._answers, answers.channels_of))
        self._notice()
        for duty in (self._gather, self._take_up, self._look_back):
            self._guarded(duty)
        return sent + self._erase()

    def deliver(self, outbox_id: int) -> bool:
        """Try one answer. Whether it has left."""
        if self._spared():
            return False
        delivery = self._guarded(partial(deliver, self._office, self._post, outbox_id, self._clock()))
        if delivery in (Delivery.FAILED, Delivery.UNSURE):
            self._log.record(Event.NOT_DELIVERED)
        return delivery is Delivery.SENT

    def _due_answers(self) -> list[int]:
        now = self._clock()
        return self._office.read(lambda connection: self._office.desk.outbox.due(connection, now, LOOKED_AT))

    def _mine(
        self,
        due: Iterable[int],
        known: dict[int, Channel | None],
        channels_of: Callable[[Office, Collection[int]], dict[int, Channel | None]],
    ) -> list[int]:
        """Those of this round. Whose each is stands sealed, so what was once opened is kept in `known` while it is due."""
        due = list(due)
        fresh = [one for one in due if one not in known]
        for start in range(0, len(fresh), 500):
            known.update(channels_of(self._office, fresh[start : start + 500]))
        for gone in known.keys() - set(due):
            del known[gone]
        return [one for one in due if one in known and self._has(known[one])]

    def _has(self, channel: Channel | None) -> bool:
        return channel in self._channels if channel is not None else self.name is None

    def _spared(self) -> bool:
        return self.name is not None and self._post.wait(self.name) > 0

    def _notice(self) -> None:
        """A provider that is well again may hold what it could not tell us."""
        if self.name is None:
            return
        is_open = self._post.is_open(self.name)
        if is_open and not self._was_open:
            self._log.record(Event.PROVIDER_AWAY)
        if self._was_open and not is_open:
            self._gather_due = 0.0
        self._was_open = is_open

    def _gather(self) -> None:
        now = self._clock()
        self._store(now)
        if self._bot is None or self.name is None or now < self._gather_due or self._spared():
            return
        if not self._office.room_left():  # some providers forget what they have told: do not ask without room for it
            return
        self._gather_due = now + self._bot.fetch_seconds
        # What came before the keys were destroyed is gone, and must not come back from its provider.
        found = self._post.fetch(self.name, max(now - GATHER_BACK, self._office.desk.ring.destroyed_at))
        self._unstored = [one for one in found if one.id not in self._listed]
        self._listed = frozenset(one.id for one in found)
        self._store(now)

    def _store(self, now: float) -> None:
        """What was fetched is held here until it is stored: the provider may not tell it again."""
        if not self._unstored:
            return
        wait = BY_ITSELF_SECONDS if self._calls_us else 0.0
        try:
            put_by(self._office, self._unstored, now, wait=wait)
            self._unstored = []
        except (StoreUnavailable, KeyGone):
            raise
        except Exception:  # noqa: BLE001 - one message that cannot be stored must not keep out the others
            self._store_singly(now, wait)

    def _store_singly(self, now: float, wait: float) -> None:
        while self._unstored:
            try:
                put_by(self._office, self._unstored[:1], now, wait=wait)
            except (StoreUnavailable, KeyGone):
                raise
            except Exception as fault:  # noqa: BLE001 - nothing can be done for this one but to say so
                self._log.record(Event.FAULT, fault=fault)
            del self._unstored[0]

    def _look_back(self) -> None:
        """A status callback that was lost must not leave a record of our words at the provider."""
        now = self._clock()
        if self.name is None or now < self._look_back_due or self._spared():
            return
        self._look_back_due = now + LOOK_BACK_SECONDS
        found = self._post.left(self.name, now - LOOK_BACK, now)
        # Noted once: adding it anew would hurry one that the provider refuses to delete.
        fresh = [one for one in found if one.id not in self._left]
        if fresh:
            self._office.write(lambda tx: copies.note(self._office.desk, tx, fresh, now))
        self._left = frozenset(one.id for one in found)

    def _take_up(self) -> None:
        if not self._office.read(self._office.desk.inbox.size):  # nearly always: then nobody need wait for the writer
            return
        while take_up(self._office, self._say, self._clock(), self._put_aside, self._channels):
            pass

    def _put_aside(self, fault: Exception) -> None:
        self._log.record(Event.PUT_ASIDE, fault=fault)

    def _say(self, incoming: Incoming, reply: Reply) -> None:
        if not reply.silent:
            self._post.acknowledge(incoming)
        ids = self._post.say(incoming, reply.messages)
        if ids:
            self._office.write(lambda tx: remember_said(self._office.desk, tx, incoming, ids, self._clock()))

    def _erase(self) -> int:
        if self._spared():
            return 0
        now, erased = self._clock(), 0
        due = self._office.read(lambda connection: self._office.desk.erasures.due(connection, now, LOOKED_AT))
        for one in self._mine(due, self._copies, copies.channels_of)[:ERASED_AT_ONCE]:
            if self._spared() or self.wake.is_set():  # a person's answer waits: copies can wait a little longer
                break
            erased += self._guarded(partial(copies.erase_one, self._office, self._post, one, self._clock())) is True
        return erased

    def _guarded(self, do: Callable[[], object]) -> object:
        """A fault with one thing is noted and does not keep the round from the next."""
        try:
            return do()
        except (StoreUnavailable, KeyGone) as fault:
            self._log.record(Event.STORE_UNAVAILABLE, fault=fault)
        except NotSent:
            return None  # told once, when the breaker opens
        except Exception as fault:  # noqa: BLE001 - the round must go on
            self._log.record(Event.FAULT, fault=fault)
        return None


def rounds_of(
    office: Office, bots: Mapping[str, Bot], post: Post, clock: Callable[[], float], log: Log
) -> tuple[Round, ...]:
    """A round for each provider, and one for the channels that have none."""
    carried = {channel for bot in bots.values() for channel in bot.channels}
    rounds = [Round(office, name, bot.channels, post, clock, log, bot) for name, bot in bots.items()]
    return (*rounds, Round(office, None, set(Channel) - carried, post, clock, log))
