"""A provider is away for a day: nothing is lost, nothing leaves twice, order is kept, and it is hardly troubled.

Time is passed in: a day takes seconds. The provider is a double that keeps the truth: what reached which phone, what
records it holds, and when it was tried.
"""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import pytest

from app import post as posts
from app.post import Post
from app.worker import Worker
from hotline.breaker import Breaker
from hotline.channels import TRAITS, Reach
from hotline.contact import Channel
from hotline.desk.deliver import CannotAsk, Dispatch, NotSent
from hotline.desk.office import Office
from hotline.desk.reports import report
from hotline.events import Log
from hotline.message import Delivery, Erasure, Incoming, Report, Speaker
from tests.loopback_help import Clock
from tests.people import DAY, HOUR, MINUTE, NOW, OURS, Caller, Responder, hire, lines_of, rows

DOWN, UP = NOW + 5 * MINUTE, NOW + 5 * MINUTE + DAY
CLOCKS_APART = 5.0
"""A provider's clock is not ours, so it is asked about a little before as well."""

WEATHER = ("an error", "taken, then silence", "nobody there", "too many")
"""What a try meets while the provider is away, by turns."""


@dataclass
class Provider:
    """One that is away from DOWN to UP. `tries`: when it was called; `phones`: what arrived; `records`: what it keeps."""

    clock: Clock
    channel: Channel
    tries: list[float] = field(default_factory=list)
    phones: defaultdict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    records: dict[str, tuple[str, str, float]] = field(default_factory=dict)
    inbound: list[Incoming] = field(default_factory=list)
    refused: set[str] = field(default_factory=set)
    reported: list[str] = field(default_factory=list)
    asked_of_known: bool = True
    fetch_seconds: float = 60.0
    _ids: Iterator[int] = field(default_factory=lambda: count(1))

    @property
    def channels(self) -> frozenset[Channel]:
        return frozenset({self.channel})

    @property
    def is_down(self) -> bool:
        return DOWN <= self.clock() < UP

    def send(self, dispatch: Dispatch) -> str | None:
        if self.is_down:
            self._fails(dispatch)
        self.tries.append(self.clock())
        return self._takes(dispatch)

    def was_sent(self, dispatch: Dispatch, since: float, known: Callable[[str], bool]) -> str | None:
        if not TRAITS[self.channel].asks:
            raise CannotAsk
        self._answers()
        known = known if self.asked_of_known else lambda _: False
        taken = [
            one
            for one, (phone, text, at) in self.records.items()
            if (phone, text) == (dispatch.address.caller, dispatch.text)
            and at >= since - CLOCKS_APART
            and not known(one)
        ]
        return next(iter(taken), None)

    def acknowledge(self, incoming: Incoming) -> None:
        return

    def fetch(self, since: float) -> list[Incoming]:
        self._answers()
        if self.channel is Channel.TELEGRAM:
            return []
        found = list(self.inbound)
        if self.channel is Channel.SIGNAL:
            self.inbound.clear()  # it forgets what it has told
        return found

    def erase(self, erasure: Erasure) -> None:
        self._answers()
        if erasure.id not in self.refused:
            self.refused.add(erasure.id)
            raise NotSent("the message is still on its way (20009)", wait=60.0)
        self.records.pop(erasure.id, None)
        self.inbound = [one for one in self.inbound if one.id != erasure.id]

    def hears(self, sender: str, text: str) -> Incoming:
        """A caller writes; the provider keeps it, and cannot tell us while it is away."""
        one = Incoming(self.channel, sender, OURS, f"in {next(self._ids)}", text)
        self.inbound.append(one)
        return one

    def _answers(self) -> None:
        self.tries.append(self.clock())
        if self.is_down:
            raise NotSent("no answer", sure=True, down=True)

    def _takes(self, dispatch: Dispatch) -> str:
        message_id = f"out {next(self._ids)}"
        self.phones[dispatch.address.caller].append(dispatch.text)
        self.records[message_id] = (dispatch.address.caller, dispatch.text, self.clock())
        return message_id

    def _fails(self, dispatch: Dispatch) -> None:
        weather = WEATHER[len(self.tries) % len(WEATHER)]
        self.tries.append(self.clock())
        if weather == "taken, then silence":
            self.reported.append(self._takes(dispatch))
            raise NotSent("no answer", sure=False, down=True)
        if weather == "too many":
            raise NotSent("too many", wait=1.0, down=True)
        raise NotSent(weather, sure=weather == "nobody there", down=True)


@dataclass
class Story:
    """Eight callers with a person each, a day without their provider, and what everybody wrote."""

    office: Office
    channel: Channel
    clock: Clock = field(default_factory=lambda: Clock(NOW))
    written: list[tuple[str, str]] = field(default_factory=list)
    heard: list[tuple[str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.provider = Provider(self.clock, self.channel)
        self.events: list[str] = []
        bots: Any = {"it": self.provider}
        chance = random.Random(4).random
        self.worker = Worker(self.office, bots, Log(self.events.append), self.clock, Post(bots, self.clock, chance))
        self.chloe: Responder = hire(self.office, "Chloe")
        self.chloe.begins_shift()
        self.callers = [Caller(self.office, f"+47900000{number:02d}", self.channel) for number in range(8)]
        self.contacts = [self.chloe.claims(caller.asks_for_a_person(), even_full=True) for caller in self.callers]
        self.provider.tries.clear()

    def answers(self, number: int, text: str) -> None:
        self.chloe.answers(self.contacts[number], text, self.clock())
        self.written.append((self.callers[number].sender, text))

    def hears(self, number: int, text: str) -> None:
        self.provider.hears(self.callers[number].sender, text)
        self.heard.append((self.callers[number].sender, text))

    def passes(self, until: float, step: float) -> None:
        while self.clock() < until:
            self.clock.now = min(until, self.clock() + step)
            self.worker.reconcile()
            self.is_told()

    def is_told(self) -> None:
        """What the provider can still call us for: how its messages ended."""
        if TRAITS[self.channel].reports:
            for one in self.provider.reported:
                told = Report(self.channel, one, Delivery.DELIVERED, final=True)
                self.office.write(lambda tx, told=told: report(self.office.desk, tx, told, self.clock()))  # type: ignore[misc]
        self.provider.reported.clear()

    def repeats(self) -> None:
        """Telegram tells by itself, again and again until it is heard."""
        for incoming in [*self.provider.inbound, *self.provider.inbound]:
            Caller(self.office, incoming.sender, self.channel).sends(incoming, self.clock())

    def happens(self) -> None:
        self.worker.reconcile()
        self.clock.now = DOWN
        for number in range(8):
            self.answers(number, f"first to {number}")
            self.answers(number, "OK")
        self.passes(DOWN + 4 * MINUTE, 1.0)
        for hour in range(1, 24):
            self.passes(DOWN + hour * HOUR, 240.0)
            self.answers(hour % 8, "OK" if hour % 3 == 0 else f"answer of hour {hour}")
            self.hears(hour % 5, f"words of hour {hour}")
        self.passes(UP - 90, 240.0)
        self.passes(UP, 1.0)
        self.passes(UP + 2 * MINUTE, 1.0)
        if self.channel is Channel.TELEGRAM:
            self.repeats()
        self.passes(UP + 10 * MINUTE, 10.0)
        self.passes(UP + 3 * HOUR, 600.0)

    def passes_the_night(self) -> None:
        """The provider goes, and is back: only the two ends of the day."""
        self.clock.now = DOWN - 1
        self.passes(DOWN + 20, 1.0)
        self.clock.now = UP
        self.passes(UP + 5 * MINUTE, 5.0)

    def lines(self, speaker: Speaker) -> list[tuple[str, str, Delivery]]:
        return [
            (caller.sender, line.text, line.delivery)
            for caller, contact in zip(self.callers, self.contacts, strict=True)
            for line in lines_of(self.office, contact)
            if line.speaker is speaker
        ]

    def of(self, sender: str) -> list[str]:
        return [text for who, text in self.written if who == sender]

    @property
    def busiest(self) -> int:
        """The most tries in any one second of the outage."""
        down = [at for at in self.provider.tries if DOWN <= at < UP]
        return max((sum(start <= at < start + 1 for at in down) for start in down), default=0)


PROVIDERS = (Channel.SMS, Channel.TELEGRAM, Channel.SIGNAL)


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """stamina waits in real time, and there is none here."""
    monkeypatch.setattr(posts, "TRIES", 1)


@pytest.fixture(params=PROVIDERS)
def story(request: pytest.FixtureRequest, sqlite_office: Office) -> Story:
    told = Story(sqlite_office, request.param)
    told.happens()
    return told


def test_after_a_day_without_its_provider_all_is_as_it_should_be(story: Story) -> None:
    nothing_is_lost_and_nothing_came_twice(story)
    every_message_of_the_callers_was_taken_once(story)
    order_was_kept(story)
    assert story.busiest == 1, "the provider was tried more than once a second while it was down"
    nothing_is_left_at_the_provider(story)
    assert sum("provider_away" in line for line in story.events) == 1
    assert [line for line in story.events if "fault" in line] == []


def nothing_is_lost_and_nothing_came_twice(story: Story) -> None:
    """Where the provider can be asked all have arrived; where it cannot, Chloe is told of which nobody knows."""
    unsure: Counter[tuple[str, str]] = Counter()
    for sender, text, delivery in story.lines(Speaker.RESPONDER):
        assert delivery in (Delivery.SENT, Delivery.DELIVERED, Delivery.UNSURE), (sender, text, delivery)
        unsure[sender, text] += delivery is Delivery.UNSURE
    if TRAITS[story.channel].asks:
        assert not +unsure
    written, arrived = Counter(story.written), arrived_of(story)
    assert arrived - written == Counter(), "something came twice"
    assert written - arrived - unsure == Counter(), "something was lost, and nobody told"
    assert "outbox" not in rows(story.office)


def arrived_of(story: Story) -> Counter[tuple[str, str]]:
    return Counter((sender, text) for sender, texts in story.provider.phones.items() for text in texts)


def every_message_of_the_callers_was_taken_once(story: Story) -> None:
    taken = Counter((sender, text) for sender, text, _ in story.lines(Speaker.CALLER) if text.startswith("words"))
    assert taken == Counter(story.heard)
    assert "inbox" not in rows(story.office)


def order_was_kept(story: Story) -> None:
    for caller in story.callers:
        arrived, written = story.provider.phones[caller.sender], story.of(caller.sender)
        left = iter(written)
        assert all(any(text == one for one in left) for text in arrived), (arrived, written)
        heard = [text for sender, text, _ in story.lines(Speaker.CALLER) if sender == caller.sender]
        assert [text for text in heard if text.startswith("words")] == [
            text for sender, text in story.heard if sender == caller.sender
        ]


def nothing_is_left_at_the_provider(story: Story) -> None:
    assert "erasures" not in rows(story.office)
    if TRAITS[story.channel].reach is Reach.PROVIDER:
        assert story.provider.records == {}
        assert story.provider.inbound == []


class TestTwins:
    """The same day with one protection switched off: the same look at it must notice."""

    def test_without_the_breaker_the_provider_is_troubled(
        self, sqlite_office: Office, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(Breaker, "wait", lambda self, now: 0.0)
        story = Story(sqlite_office, Channel.SMS)
        story.clock.now = DOWN
        for number in range(8):
            story.answers(number, "Hello")
        story.passes(DOWN + 20, 1.0)
        assert story.busiest > 1

    def test_without_asking_before_it_is_sent_again_it_comes_twice(
        self, sqlite_office: Office, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(Provider, "was_sent", lambda *_: None)
        story = Story(sqlite_office, Channel.SMS)
        for number in range(8):
            story.answers(number, "Hello")
        story.passes_the_night()
        with pytest.raises(AssertionError, match="something came twice"):
            nothing_is_lost_and_nothing_came_twice(story)

    def test_without_knowing_which_messages_are_others_of_ours_the_second_of_two_alike_is_lost(
        self, sqlite_office: Office
    ) -> None:
        story = Story(sqlite_office, Channel.SMS)
        story.provider.asked_of_known = False
        story.clock.now = DOWN - 3
        story.answers(0, "OK")
        story.passes(DOWN - 2, 1.0)
        story.answers(0, "OK")
        story.provider.tries.clear()  # the first weather: an error, and nothing was taken
        story.passes_the_night()
        with pytest.raises(AssertionError, match="something was lost"):
            nothing_is_lost_and_nothing_came_twice(story)
