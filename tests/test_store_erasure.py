"""Nothing that a caller said can be found in the files of the database, while a contact is open or after it.

The files are searched by another process: reading a live SQLite file in its own process would break its locks.
Each control has a twin test that switches it off and finds the words, so that a blind search would be noticed.
"""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from hotline.contact import Channel
from hotline.desk.office import Office
from hotline.message import Erasure
from hotline.store import engine
from hotline.store.contacts import Contact
from hotline.store.keys import Sealer
from hotline.store.shelf import Shelf
from hotline.store.writer import Tx
from tests import weakened
from tests.conftest import open_office
from tests.people import AMARA, BOGDAN, NOW, ROOT, Caller, comes_true, hire

TWILIO_ID, SIGNAL_ID = "SM0123456789abcdef0123456789abcdef", "1795262400123"
CANARIES = ("kanariefugl", "канарейка", "นกคีรีบูน", AMARA, AMARA.lstrip("+"), TWILIO_ID, SIGNAL_ID)

SEARCH = """
import pathlib, sys
for path in sorted(pathlib.Path(sys.argv[1]).rglob("*")):
    content = path.read_bytes() if path.is_file() else b""
    for word in sys.argv[2:]:
        for encoding in ("utf-8", "utf-16-le", "unicode_escape"):
            if word.encode(encoding) in content:
                print(path.name, word)
"""


def found_in(folder: Path) -> set[tuple[str, str]]:
    """Which files of the folder hold which canary, in any encoding."""
    searched = subprocess.run(
        [sys.executable, "-c", SEARCH, str(folder), *CANARIES], check=True, capture_output=True, text=True, cwd=ROOT
    )
    return {(file, word) for file, word in (line.split(" ") for line in searched.stdout.splitlines())}


@pytest.fixture(autouse=True)
def as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever a test switches off is on again afterwards."""
    for name in ("seal", "open"):
        monkeypatch.setattr(Sealer, name, getattr(Sealer, name))
    monkeypatch.setattr(engine, "_PRAGMAS", dict(engine._PRAGMAS))


def a_contact_with_canaries(office: Office) -> None:
    """Amara writes to a person, who answers; the contact stays open."""
    amara, chloe = Caller(office), hire(office, "Chloe")
    contact = amara.asks_for_a_person()
    for word in CANARIES[:3]:
        amara.writes(f"they call me {word}")
    chloe.claims(contact)
    chloe.answers(contact, f"hello {CANARIES[0]}")
    office.write(lambda tx: office.desk.inbox.add(tx.connection, amara.message(CANARIES[1]), NOW))
    office.write(lambda tx: ids_are_kept(office, tx, contact))


def ids_are_kept(office: Office, tx: Tx, contact: Contact) -> None:
    """What a message is called at its provider, kept so that it can be deleted there."""
    office.desk.sent.add(tx.connection, office.desk.contacts, contact, 1, SIGNAL_ID, NOW, readable=True)
    office.desk.erasures.add(tx.connection, Erasure(Channel.SMS, TWILIO_ID), NOW)


def everything_is_forgotten(office: Office, log: Path) -> None:
    """Amara deletes everything, the message put aside is done, and the log is emptied while the database is open."""

    def done(tx: Tx) -> None:
        ((inbox_id, *_),) = office.desk.inbox.lease(tx, NOW)
        office.desk.inbox.done(tx, inbox_id)

    office.write(done)
    assert Caller(office).writes("delete") == ["Done. Everything is deleted on our side."]
    for task_id in office.read(lambda connection: office.desk.erasures.due(connection, NOW + 60)):
        office.write(lambda tx, task_id=task_id: office.desk.erasures.done(tx, task_id))  # type: ignore[misc]
    comes_true(lambda: log.stat().st_size == 0)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def log(folder: Path) -> Path:
    """The write-ahead log, into which everything is written first."""
    return folder / "hotline.db-wal"


def test_while_a_contact_is_open_none_of_its_words_stand_in_any_file(
    folder: Path, log: Path, shelf: Shelf, keys: Path
) -> None:
    with open_office(str(folder / "hotline.db"), shelf, keys) as office:
        a_contact_with_canaries(office)
        assert {path.name for path in folder.iterdir()} == {"hotline.db", "hotline.db-wal", "hotline.db-shm"}
        assert found_in(folder) == set()
    assert found_in(folder) == set()


def test_without_sealing_the_same_search_finds_them_all(folder: Path, log: Path, shelf: Shelf, keys: Path) -> None:
    weakened.no_sealing()
    with open_office(str(folder / "hotline.db"), shelf, keys) as office:
        a_contact_with_canaries(office)
        assert {word for _, word in found_in(folder)} == set(CANARIES)


def test_even_without_sealing_nothing_is_left_after_it_was_forgotten(
    folder: Path, log: Path, shelf: Shelf, keys: Path
) -> None:
    weakened.no_sealing()
    with open_office(str(folder / "hotline.db"), shelf, keys) as office:
        a_contact_with_canaries(office)
        assert found_in(folder)
        everything_is_forgotten(office, log)
        assert found_in(folder) == set()


def test_without_sealing_and_secure_delete_the_same_search_finds_what_was_deleted(
    folder: Path, log: Path, shelf: Shelf, keys: Path
) -> None:
    weakened.no_sealing()
    weakened.no_secure_delete()
    with open_office(str(folder / "hotline.db"), shelf, keys) as office:
        a_contact_with_canaries(office)
        everything_is_forgotten(office, log)
        assert found_in(folder)


def test_the_log_is_emptied_as_soon_as_a_reader_that_stood_in_the_way_has_gone(
    folder: Path, log: Path, shelf: Shelf, keys: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "BUSY_MILLISECONDS", 100)
    with open_office(str(folder / "hotline.db"), shelf, keys) as office:
        a_contact_with_canaries(office)
        with office.engine.connect() as reading:
            reading.exec_driver_sql("SELECT count(*) FROM messages").scalar_one()
            Caller(office).writes("delete")
            assert log.stat().st_size > 0
        comes_true(lambda: log.stat().st_size == 0)


def test_a_reader_in_the_way_of_erasing_does_not_keep_other_callers_waiting(
    folder: Path, shelf: Shelf, keys: Path
) -> None:
    """Found by this test: emptying the log waits for readers as long as a write may (4 s), and all writes behind it."""
    with open_office(str(folder / "hotline.db"), shelf, keys) as office:
        a_contact_with_canaries(office)
        with office.engine.connect() as reading:
            reading.exec_driver_sql("SELECT count(*) FROM messages").scalar_one()
            Caller(office).writes("delete", left=False)
            began = time.monotonic()
            Caller(office, BOGDAN).writes("hello", left=False)
            assert time.monotonic() - began < 3.0
