"""Whoever watches the board is woken by every commit; and nothing is torn down under a question that still runs."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from hotline.console import news
from hotline.console.news import News
from hotline.store import engine as store


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    one = store.open_engine(f"sqlite:///{tmp_path / 'hotline.db'}")
    yield one
    one.dispose()


class SlowBeat:
    """A database that answers when it is told to, and notes whether its line was cut meanwhile."""

    def __init__(self) -> None:
        self.asked, self.answers = threading.Event(), threading.Event()
        self.cut: list[bool] = []
        self.streams: list[AsyncIterator[News]] = []
        """What nobody closes, so that it is not closed for being forgotten either."""

    def __call__(self, connection: Connection) -> object:
        self.asked.set()
        self.answers.wait(5)
        self.cut.append(connection.closed)
        return 1


@contextmanager
def asked_slowly(monkeypatch: pytest.MonkeyPatch) -> Iterator[SlowBeat]:
    slow = SlowBeat()
    monkeypatch.setattr(news, "beat", slow)
    yield slow
    slow.answers.set()


async def _watches_and_leaves(engine: Engine, slow: SlowBeat) -> None:
    async with News(engine):
        await asyncio.to_thread(slow.asked.wait, 5)
    await asyncio.sleep(0.1)
    slow.answers.set()


async def _ends(engine: Engine, slow: SlowBeat) -> None:
    """The loop is closed with a stream that nobody closed: everything in it is cancelled at once, what waits for a thread
    too, and only then does the watcher leave."""

    async def stream() -> AsyncIterator[News]:
        async with News(engine) as one:
            yield one

    slow.streams.append(stream())
    await anext(slow.streams[0])
    await asyncio.to_thread(slow.asked.wait, 5)
    threading.Timer(0.3, slow.answers.set).start()


def test_the_last_watcher_leaves_while_the_database_is_still_asked(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To close a connection under a statement of another thread ends the process: SQLite does not survive it."""
    with asked_slowly(monkeypatch) as slow:
        asyncio.run(_watches_and_leaves(engine, slow))
    assert slow.cut == [False]


def test_the_server_ends_while_the_database_is_still_asked(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Found by a crash in a full run."""
    with asked_slowly(monkeypatch) as slow:
        asyncio.run(_ends(engine, slow))
    assert slow.cut == [False]


@pytest.mark.parametrize("ends", [_watches_and_leaves, _ends])
def test_closed_by_whoever_leaves_the_line_would_be_cut(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, ends: Callable[[Engine, SlowBeat], Coroutine[Any, Any, None]]
) -> None:
    with asked_slowly(monkeypatch) as slow:
        monkeypatch.setattr(news._Line, "hang_up", news._Line._close)
        asyncio.run(ends(engine, slow))
    assert slow.cut == [True]


def test_what_was_open_is_closed_by_the_thread_that_asked(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[Connection] = []
    connect = engine.connect

    def noted() -> Connection:
        opened.append(connect())
        return opened[-1]

    monkeypatch.setattr(engine, "connect", noted)
    with asked_slowly(monkeypatch) as slow:
        asyncio.run(_ends(engine, slow))
    assert [one.closed for one in opened] == [True]


def test_an_outage_of_the_database_ends_no_watch(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    answers = iter([OSError, 1, 2])

    def beat(connection: Connection) -> object:
        answer = next(answers, 2)
        if answer is OSError:
            raise store_fault()
        return answer

    def store_fault() -> Exception:
        return DBAPIError("PRAGMA data_version", {}, Exception("gone"))

    async def watches() -> int:
        async with News(engine) as one:
            return await one.wait(one.number, 5)

    monkeypatch.setattr(news, "beat", beat)
    assert asyncio.run(watches()) >= 1
