"""The writer: nothing is told before it is durable, a fault stays with its own work, and trouble passes."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import event, func, insert, select
from sqlalchemy.exc import IntegrityError

from hotline.contact import Channel
from hotline.desk.office import Office
from hotline.store import engine as engines
from hotline.store.contacts import new_contact
from hotline.store.engine import StoreError, StoreUnavailable, open_engine
from hotline.store.keys import day_of
from hotline.store.migrations import bring_up
from hotline.store.schema import heartbeats
from hotline.store.writer import GROUP_AT_MOST, Tx, Writer
from hotline.triage.conversation import Conversation
from tests.people import AMARA, NOW

PATIENCE = 5
"""Seconds after which a writer that does not answer is taken for dead."""


def note(name: str) -> Callable[[Tx], str]:
    def work(tx: Tx) -> str:
        tx.connection.execute(insert(heartbeats).values(name=name, at=NOW))
        return name

    return work


def noted(office: Office) -> set[str]:
    return set(office.read(lambda connection: list(connection.execute(select(heartbeats.c.name)).scalars())))


def fails(tx: Tx) -> None:
    note("half done")(tx)
    raise ValueError("my own fault")


@contextmanager
def gathered(office: Office) -> Iterator[None]:
    """While this is open the writer's threads wait, so that what is submitted meanwhile gathers into groups."""
    go, ready = threading.Event(), threading.Barrier(len(office.writer._threads) + 1)

    def wait(tx: Tx) -> None:
        ready.wait(PATIENCE)
        go.wait(PATIENCE)

    waiting = [office.writer.submit(wait) for _ in office.writer._threads]
    ready.wait(PATIENCE)
    yield
    go.set()
    for one in waiting:
        one.result(PATIENCE)


class TestGroups:
    def test_a_failing_piece_of_work_keeps_nothing_and_hurts_nobody(self, office: Office) -> None:
        with gathered(office):
            before = [office.writer.submit(note(f"before {number}")) for number in range(5)]
            bad = office.writer.submit(fails)
            after = [office.writer.submit(note(f"after {number}")) for number in range(5)]
        kept = {one.result(PATIENCE) for one in [*before, *after]}
        with pytest.raises(ValueError, match="my own fault"):
            bad.result(PATIENCE)
        assert noted(office) == kept
        assert len(kept) == 10

    def test_of_two_that_write_the_same_row_one_is_told_so_and_the_others_are_kept(self, office: Office) -> None:
        with gathered(office):
            asked = [office.writer.submit(note(name)) for name in ("one", "same", "two", "same", "three")]
        told = [one.exception(PATIENCE) for one in asked]
        assert sorted(type(fault) is IntegrityError for fault in told) == [False] * 4 + [True]
        assert noted(office) == {"one", "same", "two", "three"}

    def test_more_work_than_a_group_holds_is_all_done_in_order(self, sqlite_office: Office) -> None:
        order: list[int] = []
        with gathered(sqlite_office):
            asked = [
                sqlite_office.writer.submit(lambda tx, number=number: order.append(number))  # type: ignore[misc]
                for number in range(3 * GROUP_AT_MOST)
            ]
        for one in asked:
            one.result(PATIENCE)
        assert order == list(range(3 * GROUP_AT_MOST))

    def test_a_group_is_one_commit(self, sqlite_office: Office) -> None:
        commits: list[object] = []
        event.listen(sqlite_office.engine, "commit", commits.append)
        with gathered(sqlite_office):
            asked = [sqlite_office.writer.submit(note(str(number))) for number in range(GROUP_AT_MOST)]
        for one in asked:
            one.result(PATIENCE)
        assert len(commits) == 2

    def test_two_that_insert_the_same_sender_at_once_end_with_one_contact(self, office: Office) -> None:
        contacts = office.desk.contacts

        def find_or_add(tx: Tx) -> str:
            found = contacts.by_sender(tx.connection, Channel.SMS, AMARA, NOW)
            if found is None:
                found = new_contact(Channel.SMS, NOW, Conversation("en"), day_of(NOW))
                contacts.add(tx.connection, found, AMARA)
            return found.id

        asked = [office.writer.submit(find_or_add) for _ in range(60)]
        assert len({one.result(PATIENCE) for one in asked}) == 1

    def test_somebody_is_told_of_every_commit_and_of_nothing_that_failed(self, tmp_path: Path) -> None:
        engine = open_engine(str(tmp_path / "hotline.db"))
        bring_up(engine)
        told: list[int] = []
        writer = Writer(engine, on_commit=lambda: told.append(1))
        writer.run(note("one"))
        with pytest.raises(ValueError, match="my own fault"):
            writer.run(fails)
        writer.run(note("two"))
        writer.close()
        assert len(told) == 2


class TestTrouble:
    def test_a_database_that_another_program_holds_is_unavailable_and_recovers(
        self, sqlite_office: Office, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(engines, "BUSY_MILLISECONDS", 50)
        with (
            sqlite_office.engine.connect().execution_options(writing=True) as other,
            other.begin(),
            pytest.raises(StoreUnavailable, match=r"^OperationalError$"),
        ):
            sqlite_office.write(note("refused"))
        assert noted(sqlite_office) == set()
        assert sqlite_office.write(note("kept")) == "kept"
        assert noted(sqlite_office) == {"kept"}

    def test_when_the_disk_is_full_nothing_is_acknowledged_and_it_recovers(self, sqlite_office: Office) -> None:
        def no_more_room(tx: Tx) -> None:
            pages = tx.connection.exec_driver_sql("PRAGMA page_count").scalar_one()
            tx.connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")

        def fill(tx: Tx) -> None:
            for number in range(2000):
                note(f"filling {number}")(tx)

        sqlite_office.write(no_more_room)
        with gathered(sqlite_office):
            asked = [sqlite_office.writer.submit(work) for work in (note("innocent"), fill)]
        assert [type(one.exception(PATIENCE)) for one in asked] == [StoreUnavailable, StoreUnavailable]
        assert noted(sqlite_office) == set()
        assert sqlite_office.write(note("kept")) == "kept"
        assert noted(sqlite_office) == {"kept"}

    def test_a_reader_is_told_too(self, office: Office) -> None:
        with pytest.raises(StoreUnavailable):
            office.read(lambda connection: connection.exec_driver_sql("SELECT * FROM nowhere"))

    def test_a_connection_that_was_cut_is_made_anew(self, office: Office) -> None:
        if office.engine.dialect.name == "sqlite":
            return
        asked = [office.writer.submit(note(str(number))) for number in range(30)]
        for one in asked:
            one.result(PATIENCE)
        cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
        office.read(lambda c: c.exec_driver_sql(cut + " AND datname = current_database()").all())
        for number in range(40):
            try:
                office.write(note(f"later {number}"))
            except StoreUnavailable:
                continue
        assert office.write(note("kept")) == "kept"

    def test_a_writer_outlives_a_database_that_refuses_to_open(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Found by this test: a fault that is no DBAPIError ends the writer's thread, and everybody waits for ever."""
        engine = open_engine(str(tmp_path / "hotline.db"))
        bring_up(engine)
        writer = Writer(engine)
        with monkeypatch.context() as patched:
            patched.setitem(engines._PRAGMAS, "secure_delete", 7)
            with pytest.raises((StoreUnavailable, StoreError)):
                writer.submit(note("refused")).result(PATIENCE)
        assert writer.submit(note("kept")).result(PATIENCE) == "kept"
        writer.close()

    def test_a_writer_outlives_whoever_stopped_waiting(self, sqlite_office: Office) -> None:
        """Found by this test: asyncio cancels the future when its task is cancelled, and the answer then ends the
        writer's thread (InvalidStateError)."""
        with gathered(sqlite_office):
            given_up: Future[str] = sqlite_office.writer.submit(note("given up"))
            given_up.cancel()
        assert sqlite_office.writer.submit(note("kept")).result(PATIENCE) == "kept"

    def test_a_writer_outlives_a_listener_that_fails(self, tmp_path: Path) -> None:
        """Found by this test: `on_commit` runs unguarded in the writer's thread."""
        engine = open_engine(str(tmp_path / "hotline.db"))
        bring_up(engine)
        trouble = [RuntimeError("a listener's own fault")]

        def listener() -> None:
            if trouble:
                raise trouble.pop()

        writer = Writer(engine, on_commit=listener)
        assert writer.submit(note("one")).result(PATIENCE) == "one"
        assert writer.submit(note("two")).result(PATIENCE) == "two"
        writer.close()


def test_closing_finishes_what_was_asked(tmp_path: Path) -> None:
    engine = open_engine(str(tmp_path / "hotline.db"))
    bring_up(engine)
    writer = Writer(engine)
    asked = [writer.submit(note(str(number))) for number in range(100)]
    writer.close()
    assert all(one.done() for one in asked)
    with engine.connect() as connection:
        assert connection.execute(select(func.count()).select_from(heartbeats)).scalar_one() == 100
