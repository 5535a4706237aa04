"""The worker: answers the bell, and looks every few seconds for what a lost bell left. Nothing depends on it alone."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Mapping

from app.assemble import open_bots, open_office, open_shelf, prepare_folders, with_demo_providers
from app.harden import give_back_memory
from app.settings import Settings
from app.tasks import Bell, die_with_parent
from bots.contract import Bot
from hotline.contact import Channel
from hotline.desk.deliver import NotSent, deliver, deliver_due
from hotline.desk.forget import advance_rings, expire
from hotline.desk.office import Office
from hotline.desk.receive import Reply, receive
from hotline.events import Event, Log
from hotline.message import Delivery
from hotline.store import heartbeats, staff
from hotline.store.engine import StoreUnavailable
from hotline.store.keys import KeyGone
from hotline.store.vault import Address
from hotline.store.writer import Tx

RECONCILE_SECONDS = 2.0
CLOCK_SECONDS = 20.0
SESSIONS_KEPT = 86_400.0
ENDING = {signal.SIGTERM, signal.SIGINT}

PROVIDERS: Mapping[Channel, str] = {
    Channel.SMS: "twilio",
    Channel.WHATSAPP: "twilio",
    Channel.TELEGRAM: "telegram",
}


class Post:
    """Carries an answer to the provider of its channel."""

    def __init__(self, bots: Mapping[str, Bot]) -> None:
        self._bots = bots

    def send(self, channel: Channel, address: Address, text: str) -> None:
        self._bot(channel).send(channel, address, text)

    def was_sent(self, channel: Channel, address: Address, text: str, since: float) -> bool | None:
        return self._bot(channel).was_sent(channel, address, text, since)

    def _bot(self, channel: Channel) -> Bot:
        bot = self._bots.get(PROVIDERS.get(channel, ""))
        if bot is None:
            raise NotSent("this channel is not set up", permanent=True)
        return bot


class Worker:
    """One worker's duties. Without a bell it does them all the same, a little later."""

    def __init__(
        self, office: Office, bots: Mapping[str, Bot], log: Log, clock: Callable[[], float] = time.time
    ) -> None:
        self._office = office
        self._post = Post(bots)
        self._log = log
        self._clock = clock
        self._clock_due = 0.0

    def deliver(self, outbox_id: int) -> None:
        """One answer, as the bell asked."""
        self._guarded(lambda: self._noted(deliver(self._office, self._post, outbox_id, self._clock())))

    def reconcile(self) -> None:
        """Everything that waits, whether a bell rang or not."""
        now = self._clock()
        self._guarded(lambda: self._office.write(lambda tx: heartbeats.beat(tx.connection, "worker", now)))
        self._guarded(lambda: deliver_due(self._office, self._post, now))
        self._guarded(self._inbox)
        if now >= self._clock_due:
            self._clock_due = now + CLOCK_SECONDS
            self._guarded(lambda: self._office.write(lambda tx: self._keep_time(tx, now)))

    def _keep_time(self, tx: Tx, now: float) -> None:
        expire(self._office.desk, tx, now)
        advance_rings(self._office.desk, tx, now)
        staff.forget_sessions_before(tx.connection, now - SESSIONS_KEPT)

    def _noted(self, delivery: Delivery) -> None:
        if delivery in (Delivery.FAILED, Delivery.UNSURE):
            self._log.record(Event.NOT_DELIVERED)

    def _inbox(self) -> None:
        """Messages that were put aside: try them as if they had just come, and send the reply ourselves."""
        while self._again_from_inbox():
            pass

    def _again_from_inbox(self) -> bool:
        """One message; whether there was one."""
        desk, now = self._office.desk, self._clock()
        leased = self._office.write(lambda tx: desk.inbox.lease(tx, now))
        if leased is None:
            return False
        inbox_id, _, incoming = leased
        impression = self._office.impression(incoming)

        def again(tx: Tx) -> Reply:
            reply = receive(desk, tx, incoming, now, impression)
            desk.inbox.done(tx, inbox_id)
            return reply

        reply = self._office.write(again)
        address = Address(incoming.sender, incoming.recipient)
        for message in reply.messages:
            if incoming.channel.needs_address:
                self._post.send(incoming.channel, address, message.as_text())
        return True

    def _guarded(self, do: Callable[[], object]) -> None:
        """A fault in one duty is noted and does not keep the worker from the others."""
        try:
            do()
        except (StoreUnavailable, KeyGone) as fault:
            self._log.record(Event.STORE_UNAVAILABLE, fault=fault)
        except Exception as fault:  # noqa: BLE001 - the worker must go on
            self._log.record(Event.FAULT, fault=fault)


def run_worker(settings: Settings, office: Office, log: Log) -> None:
    """Work until SIGTERM or SIGINT, which are waited for and never handled in the middle of something."""
    worker = Worker(office, open_bots(settings), log)
    stopping = threading.Event()
    bell = threading.Thread(target=Bell(settings, worker.deliver).answer, args=(stopping,), daemon=True, name="bell")
    bell.start()
    give_back_memory()
    log.record(Event.WORKER_STARTED)
    worker.reconcile()
    while signal.sigtimedwait(ENDING, RECONCILE_SECONDS) is None:
        worker.reconcile()
    stopping.set()
    bell.join(timeout=3)
    office.writer.close()
    log.record(Event.WORKER_ENDED)


def work(settings: Settings, *, with_parent: bool) -> None:
    """The worker process. `with_parent`: it ends when the server that started it ends."""
    # Before any thread begins: Linux sends one signal for every thread of a server that dies, and a handler that is
    # interrupted by itself can lock up.
    signal.pthread_sigmask(signal.SIG_BLOCK, ENDING)
    if with_parent:
        die_with_parent()
    prepare_folders(settings)
    if settings.demo:
        settings = with_demo_providers(settings)
    office = open_office(settings, open_shelf(settings, ready=False))
    run_worker(settings, office, Log())
