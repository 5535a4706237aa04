"""The worker: a lost bell costs seconds, and nothing is sent twice, whoever looks and however often."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from app.post import Post
from app.serve import WorkerKeeper
from app.tasks import Bell
from app.worker import Worker
from hotline.contact import Channel
from hotline.desk.deliver import CannotAsk, Dispatch, NotSent
from hotline.desk.office import Office
from hotline.events import Log
from hotline.message import Delivery, Erasure, Incoming
from hotline.store import heartbeats
from hotline.store.boxes import LEASE_SECONDS
from hotline.store.contacts import Contact
from tests.loopback_help import Clock, wait_for
from tests.people import AMARA, BOGDAN, HOUR, NOW, Caller, Responder, comes_true, hire, lines_of
from tests.server_help import settings_for


class Provider:
    """Takes answers, or fails as planned; `took` is what was taken even where it then failed."""

    channels = frozenset({Channel.SMS, Channel.WHATSAPP})
    fetch_seconds = 60.0

    def __init__(self, knows: bool | None = True) -> None:
        self.erased: list[str] = []
        self.waiting: list[Incoming] = []
        self.took: list[tuple[str, str]] = []
        self.plan: list[BaseException] = []
        self.knows = knows
        self.slowly = threading.Event()
        self.slowly.set()

    def send(self, dispatch: Dispatch) -> str | None:
        self.slowly.wait(5)
        fault = self.plan.pop(0) if self.plan else None
        if not isinstance(fault, NotSent) or not fault.sure:
            self.took.append((dispatch.address.caller, dispatch.text))
        if fault is not None:
            raise fault
        return f"id {len(self.took)}"

    def was_sent(self, dispatch: Dispatch, since: float, known: Callable[[str], bool]) -> str | None:
        if self.knows is None:
            raise CannotAsk
        told = (dispatch.address.caller, dispatch.text)
        return next((f"id {place}" for place, one in enumerate(self.took, 1) if one == told), None)

    def fetch(self, since: float) -> list[Incoming]:
        return []

    def erase(self, erasure: Erasure) -> None:
        self.erased.append(erasure.id)

    def acknowledge(self, incoming: Incoming) -> None:
        return


@pytest.fixture
def clock() -> Clock:
    return Clock(NOW)


@pytest.fixture
def provider() -> Provider:
    return Provider()


@pytest.fixture
def chloe(office: Office) -> Responder:
    return hire(office, "Chloe")


def worker_of(office: Office, provider: Provider, clock: Clock, events: list[str] | None = None) -> Worker:
    bots: Any = {"twilio": provider}
    return Worker(office, bots, Log((events if events is not None else []).append), clock, Post(bots, clock))


def rings(worker: Worker, outbox_id: int) -> None:
    """The round of the provider looks at one answer, as it does when a bell was rung."""
    worker.rounds[0].deliver(outbox_id)


def claimed(office: Office, chloe: Responder, sender: str = AMARA) -> Contact:
    return chloe.claims(Caller(office, sender).asks_for_a_person())


def deliveries(office: Office, contact: Contact) -> list[Delivery]:
    return [line.delivery for line in lines_of(office, contact)]


def test_a_lost_bell_is_made_good(office: Office, chloe: Responder, provider: Provider, clock: Clock) -> None:
    contact = claimed(office, chloe)
    chloe.answers(contact, "I am here.")
    worker_of(office, provider, clock).reconcile()
    assert provider.took == [(AMARA, "I am here.")]
    assert deliveries(office, contact) == [Delivery.SENT]


def test_the_bell_and_the_worker_together_send_once(
    office: Office, chloe: Responder, provider: Provider, clock: Clock
) -> None:
    contact = claimed(office, chloe)
    waiting = [chloe.answers(contact, f"Line {number}") for number in range(5)]
    provider.slowly.clear()
    workers = [worker_of(office, provider, clock) for _ in range(4)]
    threads = [threading.Thread(target=worker.reconcile) for worker in workers]
    threads += [threading.Thread(target=rings, args=(workers[0], number)) for number in waiting * 2]
    for thread in threads:
        thread.start()
    provider.slowly.set()
    for thread in threads:
        thread.join(20)
    for _ in waiting:
        workers[0].reconcile()
    assert provider.took == [(AMARA, f"Line {number}") for number in range(5)]


def test_a_bell_for_what_is_long_done_or_never_was_does_nothing(
    office: Office, chloe: Responder, provider: Provider, clock: Clock
) -> None:
    waiting = chloe.answers(claimed(office, chloe), "I am here.")
    worker = worker_of(office, provider, clock)
    assert waiting is not None
    for number in (waiting, waiting, waiting + 1000, -1):
        rings(worker, number)
    assert len(provider.took) == 1


def test_a_worker_that_dies_while_it_sends_is_followed_by_one_that_asks_first(
    office: Office, chloe: Responder, provider: Provider, clock: Clock
) -> None:
    contact = claimed(office, chloe)
    chloe.answers(contact, "I am here.")
    provider.plan = [SystemExit()]
    with pytest.raises(SystemExit):
        worker_of(office, provider, clock).reconcile()
    next_worker = worker_of(office, provider, clock)
    next_worker.reconcile()
    assert deliveries(office, contact) == [Delivery.WAITING], "the dead worker's lease still runs"
    clock.move(LEASE_SECONDS + 1)
    next_worker.reconcile()
    assert (len(provider.took), deliveries(office, contact)) == (1, [Delivery.SENT])


def test_if_the_provider_cannot_be_asked_chloe_is_told_that_nobody_knows(
    office: Office, chloe: Responder, clock: Clock
) -> None:
    provider = Provider(knows=None)
    contact = claimed(office, chloe)
    chloe.answers(contact, "I am here.")
    provider.plan = [NotSent("no answer", sure=False)]
    events: list[str] = []
    worker = worker_of(office, provider, clock, events)
    waiting = office.read(lambda connection: office.desk.outbox.due(connection, clock()))
    rings(worker, waiting[0])
    clock.move(400)
    rings(worker, waiting[0])
    assert (len(provider.took), deliveries(office, contact)) == (1, [Delivery.UNSURE])
    assert [line for line in events if "not_delivered" in line] == events != []


def test_a_provider_that_is_busy_is_asked_again_after_it_said(
    office: Office, chloe: Responder, provider: Provider, clock: Clock
) -> None:
    contact = claimed(office, chloe)
    chloe.answers(contact, "I am here.")
    provider.plan = [NotSent("too many", wait=60)]
    worker = worker_of(office, provider, clock)
    worker.reconcile()
    clock.move(59)
    worker.reconcile()
    assert provider.took == []
    clock.move(2)
    worker.reconcile()
    assert deliveries(office, contact) == [Delivery.SENT]


def test_answers_arrive_in_their_order(office: Office, chloe: Responder, provider: Provider, clock: Clock) -> None:
    contact = claimed(office, chloe)
    _, two, three = (chloe.answers(contact, text) for text in ("One.", "Two.", "Three."))
    worker = worker_of(office, provider, clock)
    for number in (three, two):
        assert number is not None
        rings(worker, number)
    assert provider.took == []
    for _ in range(3):
        worker.reconcile()
    assert [text for _, text in provider.took] == ["One.", "Two.", "Three."]


def test_one_answer_that_breaks_the_worker_does_not_keep_the_others_waiting(
    office: Office, chloe: Responder, provider: Provider, clock: Clock
) -> None:
    amara, bogdan = claimed(office, chloe), claimed(office, chloe, BOGDAN)
    chloe.answers(amara, "I am here, Amara.")
    chloe.answers(bogdan, "I am here, Bogdan.")
    provider.plan = [RuntimeError("a fault that nobody thought of")]
    events: list[str] = []
    worker = worker_of(office, provider, clock, events)
    for _ in range(2):
        worker.reconcile()
    assert {*deliveries(office, amara), *deliveries(office, bogdan)} == {Delivery.SENT, Delivery.WAITING}
    clock.move(LEASE_SECONDS + 1)
    worker.reconcile()
    assert deliveries(office, amara) == deliveries(office, bogdan) == [Delivery.SENT]
    assert len(provider.took) == 2
    assert "a fault that nobody thought of" not in "".join(events)


def test_a_channel_that_is_no_longer_set_up_is_told_to_chloe(
    office: Office, chloe: Responder, provider: Provider, clock: Clock
) -> None:
    contact = claimed(office, chloe)
    chloe.answers(contact, "I am here.")
    Worker(office, {}, Log(lambda _: None), clock).reconcile()
    assert deliveries(office, contact) == [Delivery.FAILED]


def test_the_worker_says_that_it_lives(office: Office, provider: Provider, clock: Clock) -> None:
    worker_of(office, provider, clock).reconcile()
    assert office.read(lambda connection: heartbeats.last_beat(connection, "worker")) == NOW


def test_the_worker_keeps_the_periods(office: Office, provider: Provider, clock: Clock) -> None:
    Caller(office).asks_for_a_person()
    worker = worker_of(office, provider, clock)
    clock.move(47 * HOUR)
    worker.reconcile()
    assert Caller(office).contact(clock()) is not None
    clock.move(2 * HOUR)
    worker.reconcile()
    assert Caller(office).contact(clock()) is None


@pytest.fixture
def answered(tmp_path: Path) -> Iterator[tuple[Bell, list[int]]]:
    """A bell that a worker answers, through a real queue on disk."""
    settings = settings_for(tmp_path)
    settings.home.mkdir()
    rung: list[int] = []
    stopping = threading.Event()
    consumer = threading.Thread(target=Bell(settings, rung.append).answer, args=(stopping,))
    consumer.start()
    yield Bell(settings), rung
    stopping.set()
    consumer.join(10)
    assert not consumer.is_alive()


def test_a_bell_that_is_rung_is_heard_in_the_other_process(answered: tuple[Bell, list[int]]) -> None:
    bell, rung = answered
    for number in (7, 8):
        bell.ring(number)
    wait_for(lambda: sorted(rung) == [7, 8], seconds=10)


def test_a_broken_bell_is_nobodys_trouble(tmp_path: Path) -> None:
    (tmp_path / "var").write_text("a file where the folder should be")
    Bell(settings_for(tmp_path)).ring(7)


def test_a_worker_that_gives_up_is_started_again_ever_more_seldom_and_one_that_was_killed_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.serve.RESTART_SECONDS", 0.05)
    for ends, most in (("sys.exit(1)", 6), ("os.kill(os.getpid(), 9)", 99)):
        noted = tmp_path / f"starts-{most}"
        script = f"import os, sys; open({str(noted)!r}, 'a').write('x'); {ends}"
        keeper = WorkerKeeper([sys.executable, "-S", "-c", script], Log(lambda _: None))
        comes_true(lambda seen=noted: seen.exists() and len(seen.read_text()) >= 3, 20)  # type: ignore[misc]
        time.sleep(1.0)
        keeper.stop()
        starts = len(noted.read_text())
        assert 3 <= starts <= most
    assert starts > 5
