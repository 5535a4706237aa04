"""Starts the web process and, beside it, a worker; stops with one sentence when anything is not as it must be."""

from __future__ import annotations

import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence

from sqlalchemy import Engine

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
from app.demo import Phones, no_demo_staff, staff_for_demo
from app.harden import give_back_memory
from app.settings import Settings
from app.tasks import Bell
from hotline.console.news import News
from hotline.events import Event, Log
from hotline.store.shelf import Shelf

RESTART_SECONDS = 1.0
LONGEST_PAUSE = 30.0
SOON = 20.0
"""A worker that gives up by itself within this time will very likely do so again: the pause before the next one doubles."""


class PortInUse(CannotStart):
    """Somebody else listens there."""


def bind(settings: Settings) -> socket.socket:
    """The listening socket, or PortInUse."""
    family = socket.AF_INET6 if ":" in settings.listen else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.listen, settings.port))
    except OSError as fault:
        listener.close()
        raise PortInUse(
            f"Port {settings.port} on {settings.listen} cannot be used ({fault.strerror}): "
            f"set PORT to a free one, such as PORT={settings.port + 1 if settings.port < 65535 else 8000}."
        ) from None
    return listener


def serve(settings: Settings, *, with_worker: bool, launcher: Sequence[str]) -> None:
    """Serve until SIGTERM or SIGINT. `launcher` is the command that starts another process of this program."""
    prepare_folders(settings)
    if settings.demo:
        settings = with_demo_providers(settings)
    listener = bind(settings)
    shelf = open_shelf(settings)
    engine = open_database(settings)
    keeper = WorkerKeeper([*launcher, "worker", "--with-parent"], Log()) if with_worker else None
    try:
        _serve(settings, listener, shelf, engine)
    finally:
        if keeper is not None:
            keeper.stop()


def _serve(settings: Settings, listener: socket.socket, shelf: Shelf, engine: Engine) -> None:
    news = News(engine)
    office = open_office(settings, shelf, engine, on_commit=news.bump)
    server = Server(settings, office, news, open_webhooks(settings), Bell(settings).ring)
    if settings.demo:
        server.extra = Phones(settings, server.pages).routes()
        server.demo_staff = staff_for_demo(office)
    else:
        no_demo_staff(office)
    try:
        run_server(server, listener, lambda: announce(settings, server))
    finally:
        office.writer.close()


def announce(settings: Settings, server: Server) -> None:
    for warning in settings.warnings:
        print(f"Note: {warning}")
    if settings.demo:
        print("Demo mode: simulated phones, sample campaigns, nothing leaves this machine.")
        for name, password in server.demo_staff.items():
            print(f"Demo staff: {name} / {password}")
    base = settings.public_url if settings.demo else f"http://{settings.listen}:{settings.port}"
    print(f"Ready {base}/", flush=True)
    server.log.record(Event.STARTED)


def run_server(server: Server, listener: socket.socket, ready: Callable[[], None]) -> None:
    """uvicorn, with its logs off and its name not told."""
    import uvicorn

    class Announcing(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            give_back_memory()
            ready()

    from app.fastlane import fast_lane

    application = server.application()
    pages = server.publishing.shown
    assert pages is not None
    config = uvicorn.Config(
        application,
        loop="uvloop",
        http=fast_lane(pages, onion=bool(server.settings.onion)),
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,  # no header may say who or where we are
        date_header=False,
        timeout_keep_alive=20,
        timeout_graceful_shutdown=3,
        limit_concurrency=4000,
        h11_max_incomplete_event_size=16 * 1024,
    )
    # uvicorn sends itself the signal again when it is done; what comes after it must still be done.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: None)
    Announcing(config).run([listener])


class WorkerKeeper:
    """Keeps one worker process alive; a worker that dies is started again. `environment`: its own, in place of ours."""

    def __init__(self, command: Sequence[str], log: Log, environment: Mapping[str, str] | None = None) -> None:
        self._command, self._environment = list(command), environment
        self._log = log
        self._stopping = threading.Event()
        self._process = subprocess.Popen(self._command, env=self._environment)
        self._thread = threading.Thread(target=self._watch, name="worker-keeper", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        self._process.terminate()
        try:
            self._process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._thread.join(timeout=2)

    def _watch(self) -> None:
        pause = RESTART_SECONDS
        while not self._stopping.is_set():
            began = time.monotonic()
            gave_up = self._process.wait() > 0  # less than 0: it was killed, which says nothing about the next
            if self._stopping.is_set():
                return
            self._log.record(Event.WORKER_ENDED)
            again = gave_up and time.monotonic() - began < SOON
            pause = min(LONGEST_PAUSE, 2 * pause) if again else RESTART_SECONDS
            self._stopping.wait(pause)
            if not self._stopping.is_set():
                self._process = subprocess.Popen(self._command, env=self._environment)
