"""The worker: answers the bell, and looks every few seconds for what a lost bell left. Nothing depends on it alone."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Mapping

from app.alarms import alarms_of
from app.assemble import open_bots, open_office, open_shelf, prepare_folders, with_demo_providers
from app.harden import give_back_memory
from app.parcels import Rounds
from app.post import Post
from app.rounds import Round, rounds_of
from app.settings import Settings
from app.tasks import Bell, die_with_parent
from bots.contract import Bot
from campaigns.editing.machine import Drafter
from hotline.desk.comeback import carry
from hotline.desk.erase import overdue
from hotline.desk.forget import advance_rings, expire
from hotline.desk.office import Office
from hotline.desk.panic import sweep
from hotline.desk.translate import Interpreter
from hotline.events import Event, Log
from hotline.store import heartbeats, staff
from hotline.store.engine import StoreUnavailable
from hotline.store.keys import LOOK_AGAIN_SECONDS, KeyGone
from hotline.store.writer import Tx
from hotline.translator import open_translator

RECONCILE_SECONDS = 2.0
TRANSLATE_SECONDS = 0.5
CLOCK_SECONDS = 20.0
OVERDUE_PAUSE = 3600.0
SESSIONS_KEPT = 86_400.0

ENDING = {signal.SIGTERM, signal.SIGINT}


class Worker:
    """One worker's duties. Without a bell it does them all the same, a little later."""

    def __init__(
        self,
        office: Office,
        bots: Mapping[str, Bot],
        log: Log,
        clock: Callable[[], float] = time.time,
        post: Post | None = None,
    ) -> None:
        self._office = office
        self._log = log
        self._clock = clock
        self._clock_due = 0.0
        self._overdue_due = 0.0
        self.rounds = rounds_of(office, bots, post or Post(bots), clock, log)
        office.desk.ring.when_destroyed(lambda: log.record(Event.PANIC))

    def reconcile(self) -> None:
        """Everything that waits, one provider after the other."""
        self.beat()
        for one in self.rounds:
            self._guarded(one.once)
        self.keep_time()

    def beat(self) -> None:
        """Say that the worker lives."""
        self._guarded(lambda: self._office.write(lambda tx: heartbeats.beat(tx.connection, "worker", self._clock())))

    def keep_time(self) -> None:
        """What the clock asks for: ends, fallen keys, copies that wait too long."""
        now = self._clock()
        if now < self._clock_due:
            return
        self._clock_due = now + CLOCK_SECONDS
        self._guarded(lambda: self._office.write(lambda tx: self._keep_time(tx, now)))
        self._guarded(lambda: self._tell_overdue(now))

    def _keep_time(self, tx: Tx, now: float) -> None:
        sweep(self._office.desk, tx)
        expire(self._office.desk, tx, now)
        carry(self._office.desk, tx, now)
        advance_rings(self._office.desk, tx, now)
        staff.forget_sessions_before(tx.connection, now - SESSIONS_KEPT)

    def _tell_overdue(self, now: float) -> None:
        if now >= self._overdue_due and overdue(self._office, now):
            self._overdue_due = now + OVERDUE_PAUSE
            self._log.record(Event.ERASURE_OVERDUE)

    def ring(self, _outbox_id: int) -> None:
        """An answer waits: whoever carries it looks now."""
        for one in self.rounds:
            one.wake.set()

    def live(self, stopping: threading.Event) -> None:
        """The heart, on a thread of its own: a provider that hangs must not make the worker seem dead."""
        while not stopping.wait(RECONCILE_SECONDS):
            self.beat()

    def watch_keys(self, stopping: threading.Event) -> None:
        """On a thread of its own: what was opened here goes as soon as the keys are destroyed, whatever hangs."""
        while not stopping.wait(LOOK_AGAIN_SECONDS):
            self._guarded(self._office.desk.ring.look)

    def translate(self, interpreter: Interpreter | Drafter, stopping: threading.Event) -> None:
        """What waits for translation, on a thread of its own: an engine is slow. Nothing is done where none is installed."""
        while not stopping.wait(TRANSLATE_SECONDS):
            while self._guarded(lambda: interpreter.once(self._clock())) and not stopping.is_set():
                pass

    def work(self, one: Round, stopping: threading.Event) -> None:
        """One provider's round, on a thread of its own: one that hangs holds up nobody else."""
        while not stopping.is_set():
            one.wake.clear()
            while self._guarded(one.once) and not stopping.is_set():
                pass
            one.wake.wait(min(RECONCILE_SECONDS, one.pause))

    def _guarded(self, do: Callable[[], object]) -> object:
        """A fault in one duty is noted and does not keep the worker from the others."""
        try:
            return do()
        except (StoreUnavailable, KeyGone) as fault:
            self._log.record(Event.STORE_UNAVAILABLE, fault=fault)
        except Exception as fault:  # noqa: BLE001 - the worker must go on
            self._log.record(Event.FAULT, fault=fault)
        return None


def run_worker(settings: Settings, office: Office, log: Log) -> None:
    """Work until SIGTERM or SIGINT, which are waited for and never handled in the middle of something."""
    bots = open_bots(settings, office.desk.shelf)
    worker = Worker(office, bots, log)
    stopping = threading.Event()

    def thread(name: str, do: Callable[..., None], *arguments: object) -> threading.Thread:
        made = threading.Thread(target=do, args=arguments, daemon=True, name=name)
        made.start()
        return made

    worker.beat()
    helpers = [thread("bell", Bell(settings, worker.ring).answer, stopping), thread("heart", worker.live, stopping)]
    engine = open_translator()
    helpers.append(thread("translator", worker.translate, Interpreter(office, engine), stopping))
    helpers.append(thread("drafter", worker.translate, Drafter(settings.content / "campaigns", engine), stopping))
    helpers.append(thread("keys", worker.watch_keys, stopping))
    helpers.append(thread("parcels", Rounds(office, log).live, stopping))
    helpers.append(thread("alarm", alarms_of(settings, office, bots, log).live, stopping))
    rounds = [thread(f"round {one.name}", worker.work, one, stopping) for one in worker.rounds]
    give_back_memory()
    log.record(Event.WORKER_STARTED)
    worker.keep_time()
    while signal.sigtimedwait(ENDING, RECONCILE_SECONDS) is None:
        worker.keep_time()
        if not all(one.is_alive() for one in rounds):
            break  # better none than one that only seems to work: it is started anew
    stopping.set()
    worker.ring(0)
    for one in (*helpers, *rounds):
        one.join(timeout=3)
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
