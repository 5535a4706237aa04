"""The practice house: a whole hotline on this machine with a folder of its own that vanishes, and callers who are not real."""

from __future__ import annotations

import asyncio
import os
import secrets
import signal
import socket
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from starlette.types import ASGIApp

from app.asgi import Server
from app.assemble import (
    CannotStart,
    open_database,
    open_office,
    open_shelf,
    open_webhooks,
    prepare_folders,
    with_demo_providers,
)
from app.demo import SHIFT_SECONDS, Phones
from app.drill.caller import Caller
from app.drill.config import harmless
from app.drill.debrief import debrief
from app.drill.kinds import Kinds
from app.drill.scenario import Scenario
from app.drill.watch import Story, Watch
from app.drill.ways import way_of
from app.harden import give_back_memory
from app.serve import PortInUse, WorkerKeeper, bind, run_server
from app.settings import Settings, read_settings
from app.tasks import Bell
from hotline.console.news import News
from hotline.desk.office import Office
from hotline.events import Log
from hotline.store import staff
from hotline.store.phrasebook import Phrasebook
from hotline.store.staff import Role
from hotline.store.writer import Tx

STAFF: Mapping[str, Role] = {
    "practice-chloe": Role.RESPONDER,
    "practice-emil": Role.RESPONDER,
    "practice-sara": Role.SUPERVISOR,
}
"""Who works in a practice house: somebody who learns, a colleague to pass on to, and a supervisor."""

FIRST_PORT = 8010
APART_SECONDS = 20.0
"""Callers begin so long after one another."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is practised. `minutes`: when it ends at the latest, 0: never. `ends`: once every caller is through."""

    scenarios: Sequence[Scenario]
    speed: float = 1.0
    minutes: float = 0.0
    ends: bool = False


@dataclass
class Practice:
    """One drill while it lives. `tell` is given a line for every step of a caller's story."""

    settings: Settings
    office: Office
    server: PracticeServer
    plan: Plan
    tell: Callable[[str], None]
    passwords: Mapping[str, str]
    stories: list[Story] = field(default_factory=list)
    _tasks: list[asyncio.Task[None]] = field(default_factory=list)

    def __post_init__(self) -> None:
        settings = self.settings
        book = Phrasebook(settings.locales, settings.emergency)
        self.kinds = Kinds(settings.content, book, settings.emergency)
        self.stories = [Story(scenario, place) for place, scenario in enumerate(self.plan.scenarios, start=1)]

    def debrief(self, *, over: bool = False) -> dict[str, Any]:
        begun = [story for story in self.stories if story.began_at]
        return debrief([(story, self.server.watch.of(story)) for story in begun], self.kinds, time.time(), over=over)

    def scenario_of(self, contact_id: str) -> Scenario | None:
        return next((story.scenario for story in self.stories if contact_id in story.contacts), None)

    def begin(self, beside: Sequence[Callable[[], Any]] = ()) -> None:
        """Start every caller, each a while after the one before, and what shall run beside them. Inside the server's loop."""
        play = asyncio.create_task(self._play())
        self._tasks = [play, *(asyncio.create_task(one()) for one in beside)]

    async def _play(self) -> None:
        try:
            async with asyncio.timeout(self.plan.minutes * 60 or None):
                await asyncio.gather(*(self._one(place, story) for place, story in enumerate(self.stories)))
            self.tell("Every caller is through.")
        except TimeoutError:
            self.tell("The time is up.")
            end()
        if self.plan.ends:
            end()

    async def _one(self, place: int, story: Story) -> None:
        await asyncio.sleep(place * APART_SECONDS / self.plan.speed)
        scenario, base = story.scenario, self.settings.public_url
        way = way_of(scenario.channel, self.server.phones, base, story.person, scenario.language)
        try:
            await Caller(story, way, self.office, self.kinds, self.plan.speed, self._told).play()
        except Exception as fault:  # noqa: BLE001 - one caller who breaks off must not end the practice of the others
            self.tell(f"{scenario.name}: this caller broke off ({type(fault).__name__}).")

    def _told(self, story: Story, what: str) -> None:
        scenario = story.scenario
        self.tell(f"{scenario.name} ({scenario.language}, {scenario.channel.value}): {TOLD.get(what, what)}")


TOLD: Mapping[str, str] = {
    "begins": "writes the first message",
    "asks": "waits for a person",
    "taken": "is taken",
    "left": "has gone silent",
    "ended": "is through",
}


class PracticeServer(Server):
    """The real server with simulated providers, watched: what staff do about contacts is written down for the debrief."""

    def __init__(self, settings: Settings, office: Office, news: News, ring: Callable[[int], None]) -> None:
        super().__init__(settings, office, news, open_webhooks(settings), ring)
        self.watch = Watch()
        self.phones = Phones(settings, self.pages)
        self.extra = self.phones.routes()

    def application(self) -> ASGIApp:
        return self.watch.before(super().application())


def practise(
    config: Path,
    port: int | None,
    plan: Plan,
    launcher: Callable[[Path], Sequence[str]],
    tell: Callable[[str], None],
    beside: Callable[[Practice], Sequence[Callable[[], Any]]] = lambda practice: (),
) -> dict[str, Any]:
    """Serve until the plan is through or somebody ends it; then everything is deleted. Answers with the debrief."""
    with tempfile.TemporaryDirectory(prefix="hotline-drill-") as folder:
        home = Path(folder)
        settings, listener, environment = _prepared(config, home, port)
        with opened(settings, plan, tell) as practice:  # before the worker: one of them makes the database
            keeper = WorkerKeeper([*launcher(home / "config.toml"), "worker", "--with-parent"], Log(), environment)
            try:
                _announced(practice)
                run_server(practice.server, listener, lambda: _ready(practice, beside(practice)))
                return practice.debrief(over=True)
            finally:
                keeper.stop()


def _prepared(config: Path, home: Path, port: int | None) -> tuple[Settings, socket.socket, dict[str, str]]:
    """The practice house's settings, its socket, and the environment of its worker."""
    (home / "config.toml").write_text(harmless(config), encoding="utf-8")
    chosen = _free_port() if port is None else port
    environment = {name: value for name, value in os.environ.items() if not name.startswith("HOTLINE_")}
    environment |= {"HOTLINE_HOME": str(home / "house"), "PORT": str(chosen)}
    settings = read_settings(environment, home / "config.toml", port=chosen)
    if not settings.demo:
        raise CannotStart("A drill needs the loopback address.")
    prepare_folders(settings)
    try:
        listener = bind(settings)
    except PortInUse:
        raise CannotStart(f"Port {chosen} cannot be used: give another one with --port.") from None
    return replace(with_demo_providers(settings), practice=True), listener, environment


def _free_port() -> int:
    """The first port that can be used: FIRST_PORT, or else whichever the machine gives."""
    for wanted in (FIRST_PORT, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", wanted))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise CannotStart("No port is free on this machine.")


@contextmanager
def opened(settings: Settings, plan: Plan, tell: Callable[[str], None]) -> Iterator[Practice]:
    """A practice house, assembled as the real one is."""
    shelf = open_shelf(settings)
    lacking = sorted({one.language for one in plan.scenarios} - set(shelf.offered))
    if lacking:
        raise CannotStart(f"These callers write {', '.join(lacking)}, which is not offered: choose others (--list).")
    engine = open_database(settings)
    news = News(engine)
    office = open_office(settings, shelf, engine, on_commit=news.bump)
    try:
        server = PracticeServer(settings, office, news, Bell(settings).ring)
        practice = Practice(settings, office, server, plan, tell, _staff(office))
        server.demo_staff, server.drill = practice.passwords, practice.debrief
        yield practice
    finally:
        office.writer.close()
        engine.dispose()


def _staff(office: Office) -> dict[str, str]:
    """Names and passwords, drawn anew for each drill; everybody is on duty."""
    passwords = {name: f"practice-{secrets.token_hex(4)}" for name in STAFF}
    hashes = {name: staff.hash_password(password, drawn=True) for name, password in passwords.items()}

    def prepare(tx: Tx) -> None:
        now = time.time()
        for name, role in STAFF.items():
            member = staff.put(tx.connection, name, role, hashes[name])
            staff.begin_shift(tx.connection, member.id, now, now + SHIFT_SECONDS)

    office.write(prepare)
    return passwords


def _announced(practice: Practice) -> None:
    base = practice.settings.public_url
    practice.tell("PRACTICE: no real callers. Nothing is counted, and everything is deleted at the end.")
    for name, password in practice.passwords.items():
        practice.tell(f"Sign in at {base}/staff/ as {name} with {password} ({STAFF[name].value}).")
    practice.tell(f"The debrief so far is at {base}/staff/drill. Ctrl-C ends the drill.")


def _ready(practice: Practice, beside: Sequence[Callable[[], Any]]) -> None:
    give_back_memory()
    practice.tell(f"Ready {practice.settings.public_url}/")
    practice.begin(beside)


def end() -> None:
    """End the server as Ctrl-C would."""
    signal.raise_signal(signal.SIGINT)
