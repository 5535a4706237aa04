"""The worker: answers the bell, and looks every few seconds for what a lost bell left. Nothing depends on it alone."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Mapping
from functools import partial

from app.assemble import open_bots, open_office, open_shelf, prepare_folders, with_demo_providers
from app.harden import give_back_memory
from app.post import Post
from app.settings import Settings
from app.tasks import Bell, die_with_parent
from bots.contract import Bot
from hotline.channels import TRAITS, Reach
from hotline.desk.deliver import NotSent, deliver, deliver_due
from hotline.desk.erase import erase_due
from hotline.desk.forget import advance_rings, expire
from hotline.desk.gather import put_by, remember_said, take_up
from hotline.desk.office import Office
from hotline.events import Event, Log
from hotline.message import Delivery, Incoming, Outgoing
from hotline.store import heartbeats, staff
from hotline.store.engine import StoreUnavailable
from hotline.store.keys import KeyGone
from hotline.store.writer import Tx

RECONCILE_SECONDS = 2.0
CLOCK_SECONDS = 20.0
SESSIONS_KEPT = 86_400.0
GATHER_BACK = 3 * 86_400.0
"""How far back a provider is asked for what we may have missed: less than `seen_days`, so that nothing is taken twice."""

ENDING = {signal.SIGTERM, signal.SIGINT}


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
        self._bots = bots
        self._gather_due: dict[str, float] = {}

    def deliver(self, outbox_id: int) -> None:
        """One answer, as the bell asked."""
        self._guarded(lambda: self._noted(deliver(self._office, self._post, outbox_id, self._clock())))

    def reconcile(self) -> None:
        """Everything that waits, whether a bell rang or not."""
        now = self._clock()
        self._guarded(lambda: self._office.write(lambda tx: heartbeats.beat(tx.connection, "worker", now)))
        self._guarded(lambda: deliver_due(self._office, self._post, now))
        for name, bot in self._bots.items():
            self._guarded(partial(self._gather, name, bot, now))
        self._guarded(self._inbox)
        self._guarded(lambda: erase_due(self._office, self._post, now))
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
        """Messages that were put aside or fetched: try them as if they had just come, and send the reply ourselves."""
        while take_up(self._office, self._say, self._clock()):
            pass

    def _say(self, incoming: Incoming, messages: list[Outgoing]) -> None:
        ids = self._post.say(incoming, messages)
        if ids and TRAITS[incoming.channel].reach is Reach.OUR_WORDS:
            self._office.write(lambda tx: remember_said(self._office.desk, tx, incoming, ids, self._clock()))

    def _gather(self, name: str, bot: Bot, now: float) -> None:
        """What this provider holds for us and has not told: after an outage, or because it waits to be asked."""
        if now < self._gather_due.get(name, 0.0):
            return
        self._gather_due[name] = now + bot.fetch_seconds
        put_by(self._office, bot.fetch(now - GATHER_BACK), now)

    def _guarded(self, do: Callable[[], object]) -> None:
        """A fault in one duty is noted and does not keep the worker from the others."""
        try:
            do()
        except (StoreUnavailable, KeyGone) as fault:
            self._log.record(Event.STORE_UNAVAILABLE, fault=fault)
        except NotSent as fault:
            self._log.record(Event.PROVIDER_AWAY, fault=fault)
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
