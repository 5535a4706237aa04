"""Carries what leaves to the provider of its channel: answers, and what is to be deleted there. Spares those that are down.

The breaker lives in memory, one for each provider: the durable outbox keeps its own clock, so a crash loses no pause that
matters. stamina tries again where a call lives in one process and nothing durable stands behind it.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import TypeVar

from bots.contract import Bot, Keeper
from hotline.breaker import PACE, Breaker
from hotline.channels import TRAITS
from hotline.contact import Channel
from hotline.desk.deliver import CannotAsk, Dispatch, NotSent
from hotline.message import Erasure, Incoming, Outgoing
from hotline.store.vault import Address

T = TypeVar("T")

TRIES = 3
LONGEST_WAIT = 4.0


class Post:
    """The desk's carrier and eraser, for every channel that is set up."""

    def __init__(
        self,
        bots: Mapping[str, Bot],
        clock: Callable[[], float] = time.monotonic,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._bots = bots
        self._names = {channel: name for name, bot in bots.items() for channel in bot.channels}
        self._breakers = dict.fromkeys(bots, Breaker())
        self._clock = clock
        self._chance = chance
        self._lock = threading.Lock()

    def name_of(self, channel: Channel) -> str | None:
        """The provider that carries this channel, if one is set up."""
        return self._names.get(channel)

    def wait(self, name: str) -> float:
        """Seconds until this provider may be tried; 0 when it may now."""
        with self._lock:
            return self._breakers[name].wait(self._clock())

    def is_open(self, name: str) -> bool:
        """Whether this provider counts as down."""
        with self._lock:
            return self._breakers[name].is_open

    def send(self, dispatch: Dispatch) -> str | None:
        with self._try(dispatch.channel) as bot:
            return bot.send(dispatch)

    def was_sent(self, dispatch: Dispatch, since: float, known: Callable[[str], bool]) -> str | None:
        if not TRAITS[dispatch.channel].asks:
            raise CannotAsk
        with self._try(dispatch.channel) as bot:
            return bot.was_sent(dispatch, since, known)

    def erase(self, erasure: Erasure) -> None:
        with self._try(erasure.channel) as bot:
            bot.erase(erasure)

    def fetch(self, name: str, since: float) -> list[Incoming]:
        """What this provider holds for us since that time. NotSent when it cannot be asked."""

        def ask() -> list[Incoming]:
            with self._guard(name):
                return list(self._bots[name].fetch(since))

        return tried(ask)

    def left(self, name: str, since: float, now: float) -> list[Erasure]:
        """What this provider keeps of our messages since that time though it should be deleted. NotSent when it cannot be
        asked."""
        bot = self._bots[name]
        if not isinstance(bot, Keeper):
            return []
        with self._guard(name):
            return list(bot.left(since, now))

    def say(self, incoming: Incoming, messages: Sequence[Outgoing]) -> list[str]:
        """The script's reply to a message that no response can carry any more, at once. The ids it has at the provider."""
        if not messages or not incoming.channel.needs_address:
            return []
        address = Address(incoming.sender, incoming.recipient)
        texts = [message.as_text() for message in messages]
        whole = "\n\n".join(texts)
        # As one it is there or it is not: two could be parted by a fault, and the first would be said again.
        parts = [whole] if len(whole) <= TRAITS[incoming.channel].longest else texts
        sent = [tried(partial(self.send, Dispatch(incoming.channel, address, text))) for text in parts]
        return [one for one in sent if one]

    def acknowledge(self, incoming: Incoming) -> None:
        """Show the caller that it was received, unless the provider is down."""
        name = self.name_of(incoming.channel)
        if name is not None and not self.wait(name):
            self._bots[name].acknowledge(incoming)

    @contextmanager
    def _try(self, channel: Channel) -> Iterator[Bot]:
        name = self.name_of(channel)
        if name is None:
            raise NotSent("this channel is not set up", permanent=True)
        with self._guard(name):
            yield self._bots[name]

    @contextmanager
    def _guard(self, name: str) -> Iterator[None]:
        """One try of this provider, or NotSent(untried) if it is to be spared."""
        with self._lock:
            now, breaker = self._clock(), self._breakers[name]
            if wait := breaker.wait(now):
                raise NotSent("the provider is down", down=True, untried=True, wait=max(PACE, wait))
            self._breakers[name] = breaker.trying(now)
        down = False
        try:
            yield
        except NotSent as fault:
            down = fault.down
            raise
        finally:
            with self._lock:
                now = self._clock()
                breaker = self._breakers[name]
                self._breakers[name] = breaker.failed(now, self._chance()) if down else breaker.answered()


def tried(call: Callable[[], T]) -> T:
    """The outcome of a call, tried up to TRIES times with back-off and jitter: only after faults that surely did nothing."""
    import stamina

    stamina.instrumentation.set_on_retry_hooks([])  # they would write to a log of their own
    again = stamina.retry_context(
        on=_worth_again, attempts=TRIES, timeout=None, wait_initial=PACE, wait_max=LONGEST_WAIT, wait_jitter=PACE
    )
    for attempt in again:
        with attempt:
            return call()
    raise AssertionError("stamina returns or raises")


def _worth_again(fault: Exception) -> bool:
    return isinstance(fault, NotSent) and fault.sure and fault.down and not (fault.untried or fault.permanent)
