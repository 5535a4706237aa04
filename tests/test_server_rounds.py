"""One round for each provider: what one of them does to the worker, no other channel feels."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from app import post as posts
from app.post import Post
from app.worker import Worker
from hotline.channels import TRAITS
from hotline.contact import Channel, State
from hotline.desk.deliver import CannotAsk, Dispatch, NotSent
from hotline.desk.office import Office
from hotline.events import Log
from hotline.message import Erasure, Incoming, Outgoing
from hotline.store import heartbeats
from hotline.store.contacts import Contact
from hotline.store.engine import StoreUnavailable
from hotline.store.vault import Address
from tests.loopback_help import Clock, wait_for
from tests.people import AMARA, BOGDAN, HOUR, NOW, OURS, Caller, Responder, hire
from tests.test_outage import DOWN
from tests.test_outage import Provider as Away
from tests.test_server_worker import Provider, claimed, worker_of


@pytest.fixture
def clock() -> Clock:
    return Clock(NOW)


@pytest.fixture
def provider() -> Provider:
    return Provider()


@pytest.fixture
def chloe(office: Office) -> Responder:
    return hire(office, "Chloe")


class Telegram(Provider):
    channels = frozenset({Channel.TELEGRAM})


@contextmanager
def at_work(worker: Worker) -> Iterator[None]:
    """The worker's threads, as the process runs them."""
    stopping = threading.Event()
    threads = [threading.Thread(target=worker.work, args=(one, stopping)) for one in worker.rounds]
    threads.append(threading.Thread(target=worker.live, args=(stopping,)))
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stopping.set()
        worker.ring(0)
        for thread in threads:
            thread.join(10)


def test_a_provider_that_hangs_holds_up_no_other_channel_and_the_worker_still_lives(
    office: Office, chloe: Responder, provider: Provider, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.worker.RECONCILE_SECONDS", 0.05)
    telegram, bogdan = Telegram(), Caller(office, BOGDAN, Channel.TELEGRAM)
    chloe.answers(claimed(office, chloe), "This one hangs.")
    bots: Any = {"twilio": provider, "telegram": telegram}
    worker = Worker(office, bots, Log(lambda _: None), clock, Post(bots, clock))
    provider.slowly.clear()
    with at_work(worker):
        contact = chloe.claims(bogdan.asks_for_a_person(), even_full=True)
        chloe.answers(contact, "I am here.")
        worker.ring(1)
        wait_for(lambda: telegram.took == [(BOGDAN, "I am here.")], seconds=4)
        clock.move(7)
        wait_for(
            lambda: office.read(lambda connection: heartbeats.last_beat(connection, "worker")) == clock(), seconds=4
        )
        assert provider.took == []
        provider.slowly.set()


def test_in_one_thread_the_one_that_hangs_would_hold_up_the_other(
    office: Office, chloe: Responder, provider: Provider, clock: Clock
) -> None:
    telegram, bogdan = Telegram(), Caller(office, BOGDAN, Channel.TELEGRAM)
    chloe.answers(claimed(office, chloe), "This one hangs.")
    chloe.answers(chloe.claims(bogdan.asks_for_a_person()), "I am here.")
    bots: Any = {"twilio": provider, "telegram": telegram}
    worker = Worker(office, bots, Log(lambda _: None), clock, Post(bots, clock))
    provider.slowly.clear()
    alone = threading.Thread(target=worker.reconcile)
    alone.start()
    alone.join(1)
    assert telegram.took == []
    provider.slowly.set()
    alone.join(10)


def test_what_was_fetched_is_held_until_it_is_stored(
    office: Office, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Signal's bridge forgets what it has told, so a database that is away for a moment must lose nothing."""

    class Bridge(Provider):
        channels = frozenset({Channel.SIGNAL})
        fetch_seconds = 1.0

        def fetch(self, since: float) -> list[Incoming]:
            told, self.waiting = self.waiting, []
            return told

    bridge = Bridge()
    bridge.waiting = [Caller(office, channel=Channel.SIGNAL).message("Hello")]
    bots: Any = {"signal": bridge}
    worker = Worker(office, bots, Log(lambda _: None), clock, Post(bots, clock))

    def unavailable(*_: object, **__: object) -> None:
        raise StoreUnavailable("disk full")

    with monkeypatch.context() as full:
        full.setattr("app.rounds.put_by", unavailable)
        worker.reconcile()
    assert (bridge.waiting, bridge.took) == ([], [])
    clock.move(1)
    worker.reconcile()
    assert [text.split("?")[0] for _, text in bridge.took] == ["Hello. Is it safe for you to write now"]


def test_copies_that_wait_longer_than_a_day_are_told_once_an_hour(
    office: Office, provider: Provider, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    Caller(office).writes("Hello")
    events: list[str] = []

    def refuses(*_: object) -> None:
        raise NotSent("20009", wait=60.0)

    monkeypatch.setattr(provider, "erase", refuses)
    worker = worker_of(office, provider, clock, events)
    clock.move(24 * HOUR + 1)
    for _ in range(4):
        worker.reconcile()
        clock.move(1200)
    assert sum("erasure_overdue" in line for line in events) == 2


def test_a_bot_that_is_well_again_is_asked_at_once_for_what_it_holds(
    office: Office, provider: Provider, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[float] = []
    chloe = hire(office, "Chloe")
    chloe.answers(claimed(office, chloe), "I am here.")

    def fetch(since: float) -> list[Incoming]:
        asked.append(clock())
        return []

    monkeypatch.setattr(provider, "fetch", fetch)
    provider.fetch_seconds = 3600.0
    provider.plan = [NotSent("nobody there", down=True) for _ in range(5)]
    worker = worker_of(office, provider, clock)
    for _ in range(60):
        worker.reconcile()
        clock.move(2)
    assert len(provider.took) == 1
    assert len(asked) == 1, "not while it is down, and at once when it is well"
    assert asked[0] < NOW + 60


def test_another_providers_answers_leave_at_once_beside_a_thousand_that_wait(sqlite_office: Office) -> None:
    clock = Clock(DOWN)
    away, well = Away(clock, Channel.SMS), Away(Clock(NOW), Channel.TELEGRAM)
    bots: Any = {"away": away, "well": well}
    worker = Worker(sqlite_office, bots, Log(lambda _: None), clock, Post(bots, clock))
    chloe = hire(sqlite_office, "Chloe")
    contacts: list[Contact] = []
    for number in range(20):
        contact = chloe.claims(Caller(sqlite_office, f"+47900001{number:02d}").asks_for_a_person(DOWN), even_full=True)
        contacts += [contact]
        for line in range(50):
            chloe.answers(contact, f"waiting {line}", DOWN)
    worker.reconcile()
    bogdan = Caller(sqlite_office, "700000002", Channel.TELEGRAM)
    chloe.answers(chloe.claims(bogdan.asks_for_a_person(DOWN), even_full=True), "I am here.", DOWN)
    for second in range(10):
        clock.now = DOWN + second
        worker.reconcile()
    assert well.phones["700000002"] == ["I am here."]
    assert len(away.tries) <= 10
    assert away.tries == sorted(set(away.tries))
    assert all(contact.state is State.CLAIMED for contact in contacts)


class TestPost:
    """What passes to a provider, and what is tried again within one call."""

    @pytest.fixture
    def taps(self, monkeypatch: pytest.MonkeyPatch) -> Clock:
        """stamina waits in real time: here the breaker's clock moves on by itself instead."""
        monkeypatch.setattr(posts, "PACE", 0.0)
        monkeypatch.setattr(posts, "LONGEST_WAIT", 0.01)
        return Clock(NOW)

    def post_of(self, provider: Provider, clock: Clock) -> Post:
        def moves() -> float:
            clock.move(2)
            return clock()

        bots: Any = {"twilio": provider}
        return Post(bots, moves, lambda: 0.0)

    def says(self, post: Post, *texts: str) -> list[str]:
        return post.say(Caller.message(Caller(None), "Hello"), [Outgoing(text) for text in texts])  # type: ignore[arg-type]

    def test_a_reply_that_surely_was_not_taken_is_tried_three_times(self, provider: Provider, taps: Clock) -> None:
        provider.plan = [NotSent("nobody there", down=True)] * 2
        assert self.says(self.post_of(provider, taps), "Hello.") == ["id 1"]
        provider.plan = [NotSent("nobody there", down=True)] * 3
        with pytest.raises(NotSent, match="nobody there"):
            self.says(self.post_of(provider, taps), "Hello.")

    @pytest.mark.parametrize(
        "fault",
        [NotSent("no answer", sure=False, down=True), NotSent("refused", permanent=True), NotSent("refused")],
        ids=str,
    )
    def test_after_any_other_fault_it_is_not(self, provider: Provider, taps: Clock, fault: NotSent) -> None:
        provider.plan = [fault]
        with pytest.raises(NotSent, match=str(fault)):
            self.says(self.post_of(provider, taps), "Hello.")
        assert len(provider.took) == (not fault.sure)

    def test_several_messages_leave_as_one_so_that_no_fault_parts_them(self, provider: Provider, taps: Clock) -> None:
        assert len(self.says(self.post_of(provider, taps), "One.", "Two.")) == 1
        assert provider.took == [(AMARA, "One.\n\nTwo.")]
        assert len(self.says(self.post_of(provider, taps), "One." * 100, "Two." * 100)) == 2

    def test_one_that_cannot_be_asked_says_so_even_while_it_is_down(self, clock: Clock) -> None:
        assert not TRAITS[Channel.TELEGRAM].asks
        telegram = Telegram()
        telegram.plan = [NotSent("nobody there", down=True)] * 9
        bots: Any = {"telegram": telegram}
        post = Post(bots, clock)
        dispatch = Dispatch(Channel.TELEGRAM, Address(BOGDAN, OURS), "Hello")
        with pytest.raises(NotSent, match="nobody there"):
            post.send(dispatch)
        with pytest.raises(NotSent, match="is down") as spared:
            post.send(dispatch)
        assert (spared.value.untried, spared.value.down) == (True, True)
        with pytest.raises(CannotAsk):
            post.was_sent(dispatch, NOW, lambda _: False)
        with pytest.raises(NotSent, match="is down"):
            post.erase(Erasure(Channel.TELEGRAM, "1"))
        with pytest.raises(NotSent, match="is down"):
            post.fetch("telegram", NOW)
        assert len(telegram.plan) == 8
