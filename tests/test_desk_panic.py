"""The panic button: nothing of a caller can be read again, in any process, whatever ails the database or the disk."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from hotline.contact import Channel, State
from hotline.desk import panic, supervise
from hotline.desk.crowd import Crowd
from hotline.desk.office import Desk, Office
from hotline.desk.view import caller_talk, responder_talk
from hotline.message import Erasure
from hotline.store import codes, keys, lanes, staff, vault
from hotline.store.contacts import new_contact
from hotline.store.engine import StoreUnavailable
from hotline.store.keys import KeyGone, KeyRing, day_of
from hotline.store.schema import contacts, inbox
from hotline.store.shelf import Shelf
from hotline.store.staff import Deed, Role
from hotline.triage.conversation import Conversation
from tests.conftest import make_desk
from tests.people import AMARA, BOGDAN, HOUR, MINUTE, NOW, ROOT, Caller, Responder, erase_due, hire, rows
from tests.server_help import Swapped

OF_CALLERS = {
    "contacts", "messages", "vault", "outbox", "sent", "codes", "translations", "parcels", "packets", "inbox", "lowered",
}  # fmt: skip
LATER = NOW + 10 * MINUTE


def press(office: Office, who: int = panic.COMMAND_LINE, now: float = LATER) -> int:
    kept = panic.destroy_keys(office.desk, now)
    return office.write(lambda tx: panic.remove(office.desk, tx, kept, who, now))


def left_of_callers(office: Office) -> dict[str, int]:
    return {name: number for name, number in rows(office).items() if name in OF_CALLERS}


def readable(office: Office, desk: Desk) -> int:
    """How many contacts this desk can open, of all that stand in the database."""
    return len(office.read(lambda connection: desk.contacts.in_states(connection, State)))


def a_full_desk(office: Office) -> tuple[Caller, Responder]:
    """A contact in hands with an answer on its way, one that waits, one with the script, one put aside, one with a code."""
    amara, chloe = Caller(office), hire(office, "Chloe")
    contact = chloe.claims(amara.asks_for_a_person())
    amara.writes("He keeps my passport")
    chloe.answers(contact, "I am here.")
    office.write(lambda tx: lanes.lower(tx.connection, contact.id, day_of(NOW)))
    office.write(lambda tx: codes.keep(tx.connection, contact.id, b"d" * 16))
    Caller(office, BOGDAN).asks_for_a_person()
    Caller(office, "+4790000003").writes("Hello")
    office.write(lambda tx: office.desk.inbox.add(tx.connection, amara.message("put aside"), NOW))
    return amara, chloe


@pytest.fixture
def other(shelf: Shelf, keys: Path) -> Desk:
    """The desk of another process of the same hotline."""
    return make_desk(shelf, keys, today=day_of(NOW))


def in_time(what: Callable[[], bool], seconds: float = 2.0) -> bool:
    give_up = time.monotonic() + seconds
    while not what():
        if time.monotonic() > give_up:
            return False
        time.sleep(0.01)
    return True


class TestWhatIsLeft:
    def test_nothing_of_any_caller(self, office: Office) -> None:
        a_full_desk(office)
        seen = office.read(panic.losses)
        assert (seen.contacts, seen.claimed, seen.waiting, seen.scripted) == (3, 1, 1, 1)
        assert (seen.answers, seen.aside, seen.returns) == (1, 1, 1)
        assert press(office) == 3
        assert left_of_callers(office) == {}
        assert office.read(panic.losses).contacts == 0

    def test_whoever_pressed_stands_in_the_journal_and_staff_stay_as_they_are(self, office: Office) -> None:
        a_full_desk(office)
        sara = hire(office, "Sara", Role.SUPERVISOR)
        before = rows(office)["staff"]
        press(office, sara.id)
        assert office.read(staff.read_journal)[-1] == (LATER, sara.id, Deed.PANIC)
        assert rows(office)["staff"] == before

    def test_callers_begin_anew_and_are_told_truthfully_in_every_process(self, office: Office, other: Desk) -> None:
        amara, _ = a_full_desk(office)
        press(office)
        assert in_time(lambda: other.has_lost(LATER))
        (said,) = amara.writes("Are you there?", LATER)
        assert said.startswith("I lost my place, sorry. Please answer once more.\n")
        assert amara.open_contact(LATER).state is State.SCRIPTED
        assert amara.writes("1", LATER)[0].startswith("Are you in danger"), "said once"

    def test_after_as_long_as_a_contact_may_be_open_nobody_is_told_any_more(self, office: Office) -> None:
        press(office)
        hours = office.desk.retention.open_hours * HOUR
        assert office.desk.has_lost(LATER + hours - 1)
        assert not office.desk.has_lost(LATER + hours)
        assert not office.desk.has_lost(LATER - 1)

    def test_what_began_afterwards_stays(self, office: Office) -> None:
        a_full_desk(office)
        kept = panic.destroy_keys(office.desk, LATER)
        amara = Caller(office)
        amara.writes("Hello again", LATER + 1)
        office.write(lambda tx: panic.remove(office.desk, tx, kept, panic.COMMAND_LINE, LATER + MINUTE))
        assert amara.contact(LATER + MINUTE) is not None
        assert left_of_callers(office) == {"contacts": 1}

    def test_what_was_sealed_by_a_process_that_did_not_know_yet_goes_too(self, office: Office, other: Desk) -> None:
        press(office)
        late = new_contact(Channel.SMS, LATER + 0.2, Conversation(language="en"), day_of(NOW))
        office.write(lambda tx: other.contacts.add(tx.connection, late, AMARA))
        Caller(office, BOGDAN).writes("Hello", LATER + 0.3)
        assert office.write(lambda tx: panic.sweep(office.desk, tx)) == 1
        assert left_of_callers(office) == {"contacts": 1}

    def test_pressed_twice_is_as_pressed_once(self, office: Office) -> None:
        a_full_desk(office)
        assert press(office) == 3
        assert press(office, now=LATER + 1) == 0
        assert left_of_callers(office) == {}


class TestTheKeys:
    def test_another_process_reads_nothing_within_two_seconds_even_where_every_row_is_left(
        self, office: Office, other: Desk
    ) -> None:
        a_full_desk(office)
        assert (readable(office, office.desk), readable(office, other)) == (3, 3)
        panic.destroy_keys(office.desk, LATER)
        assert readable(office, office.desk) == 0
        assert in_time(lambda: readable(office, other) == 0)
        assert left_of_callers(office)["contacts"] == 3

    def test_twin_without_the_destruction_everything_is_still_readable(
        self, office: Office, other: Desk, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        a_full_desk(office)
        monkeypatch.setattr(KeyRing, "destroy", lambda self, now=None: None)
        panic.destroy_keys(office.desk, LATER)
        time.sleep(keys.LOOK_AGAIN_SECONDS)
        assert (readable(office, office.desk), readable(office, other)) == (3, 3)

    def test_a_full_disk_does_not_save_them(self, office: Office, other: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
        a_full_desk(office)

        def full(path: Path, content: bytes) -> None:
            raise OSError(errno.ENOSPC, "No space left on device", str(path))

        monkeypatch.setattr(keys, "_write", full)
        panic.destroy_keys(office.desk, LATER)
        assert readable(office, office.desk) == 0
        assert in_time(lambda: readable(office, other) == 0)
        assert make_again(office).destroyed_at == LATER, "the file can be read by whoever starts now"

    def test_where_the_folder_cannot_be_written_at_all_it_says_so_and_goes_on_as_before(
        self, office: Office, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        a_full_desk(office)

        def refused(*_: object) -> int:
            raise OSError(errno.EROFS, "Read-only file system")

        monkeypatch.setattr(keys, "_write", refused)
        monkeypatch.setattr(os, "pwrite", refused)
        with pytest.raises(OSError, match="Read-only"):
            panic.destroy_keys(office.desk, LATER)
        monkeypatch.undo()
        assert readable(office, office.desk) == 3

    def test_a_torn_ring_is_no_reason_to_keep_the_keys(self, office: Office, keys: Path) -> None:
        a_full_desk(office)
        (keys / "contacts.ring").write_text("torn")
        time.sleep(0.6)  # so that this process looks at the file again, and finds it torn
        panic.destroy_keys(office.desk, LATER)
        assert readable(office, office.desk) == 0

    def test_twice_in_a_moment_is_noticed_though_the_file_system_gives_the_same_number_again(
        self, office: Office, other: Desk
    ) -> None:
        """Found while writing this: the number of the first file is free again for the third."""
        a_full_desk(office)
        panic.destroy_keys(office.desk, LATER)
        panic.destroy_keys(office.desk, LATER + 1)
        assert in_time(lambda: readable(office, other) == 0)
        assert in_time(lambda: other.ring.destroyed_at == LATER + 1)

    def test_a_process_that_advances_the_ring_does_not_bring_them_back(self, office: Office, other: Desk) -> None:
        a_full_desk(office)
        other.ring.day_key(day_of(NOW))
        panic.destroy_keys(office.desk, LATER)
        other.ring.advance(day_of(NOW) + 1)
        assert in_time(lambda: readable(office, office.desk) == 0)
        assert in_time(lambda: readable(office, other) == 0)
        assert other.ring.destroyed_at == LATER

    def test_whoever_opened_something_is_told_once_to_drop_it(self, office: Office, other: Desk) -> None:
        told: list[str] = []
        office.desk.ring.when_destroyed(lambda: told.append("here"))
        other.ring.when_destroyed(lambda: told.append("there"))
        panic.destroy_keys(office.desk, LATER)
        assert told == ["here"]
        assert in_time(lambda: other.ring.destroyed_at == LATER)
        assert told == ["here", "there"]
        other.ring.advance(day_of(NOW) + 1)
        time.sleep(0.6)
        office.desk.ring.look()
        assert told == ["here", "there"]

    def test_the_crowd_and_the_replies_on_their_way_are_forgotten(self, office: Office) -> None:
        crowd = Crowd()
        crowd._once("came", b"digest", lambda: 1)
        crowd.forget()
        assert not crowd._decided
        office.desk.in_flight.add(b"digest")
        office.desk.in_flight.forget()
        assert not office.desk.in_flight.any([b"digest"])


def make_again(office: Office) -> KeyRing:
    """A ring on the same file, as a process that starts now opens it."""
    ring = office.desk.ring
    return KeyRing(ring._file.parent, "contacts", ring._days, today=day_of(NOW))


def noted(office: Office, erasure: Erasure) -> None:
    office.write(lambda tx: office.desk.erasures.add(tx.connection, erasure, NOW, due_at=NOW + HOUR))


class TestCopiesAtProviders:
    def test_they_go_on_being_deleted_and_at_once(self, office: Office) -> None:
        deleted: list[Erasure] = []

        class Provider:
            def erase(self, erasure: Erasure) -> None:
                deleted.append(erasure)

        first, second = Erasure(Channel.SMS, "SM1"), Erasure(Channel.WHATSAPP, "SM2", ours=True)
        chat = Erasure(Channel.TELEGRAM, chat="700000001", first=1, last=9)
        for one in (first, second, chat):
            noted(office, one)
        # The same record, noted on two days: one is enough.
        day_before = NOW - 86_400
        office.write(lambda tx: office.desk.erasures.add(tx.connection, first, day_before, due_at=NOW + HOUR))
        press(office)
        assert erase_due(office, Provider(), LATER) == 2
        assert sorted(one.id for one in deleted) == ["SM1", "SM2"]
        assert all(not one.chat for one in deleted), "where a caller is reached is gone with the keys"
        assert rows(office).get("erasures") is None

    def test_twin_without_being_sealed_anew_they_would_stay_for_ever(self, office: Office) -> None:
        office.write(lambda tx: office.desk.erasures.add(tx.connection, Erasure(Channel.SMS, "SM1"), NOW))
        panic.destroy_keys(office.desk, LATER)
        office.write(lambda tx: panic.remove(office.desk, tx, {}, panic.COMMAND_LINE, LATER))

        class Provider:
            def erase(self, erasure: Erasure) -> None:
                raise AssertionError("nobody knows any more what was to be deleted")

        assert erase_due(office, Provider(), LATER) == 0

    def test_whoever_destroys_second_leaves_what_the_first_will_seal_anew(self, office: Office, other: Desk) -> None:
        office.write(lambda tx: office.desk.erasures.add(tx.connection, Erasure(Channel.SMS, "SM1"), NOW))
        mine = panic.destroy_keys(office.desk, LATER)
        assert in_time(lambda: other.ring.destroyed_at == LATER)
        theirs = panic.destroy_keys(other, LATER + 1)
        office.write(lambda tx: panic.remove(other, tx, theirs, panic.COMMAND_LINE, LATER + 1))
        assert in_time(lambda: office.desk.ring.destroyed_at == LATER + 1)
        office.write(lambda tx: panic.remove(office.desk, tx, mine, panic.COMMAND_LINE, LATER + 2))
        due = office.read(lambda one: office.desk.erasures.due(one, LATER + 2))
        (task_id,) = due
        assert office.read(lambda one: office.desk.erasures.channel_of(one, task_id)) is Channel.SMS


class TestALockedDatabase:
    def test_the_keys_go_first_and_the_clock_deletes_the_rows_later(self, sqlite_office: Office) -> None:
        office = sqlite_office
        a_full_desk(office)
        with office.engine.connect().execution_options(writing=True) as held:
            held.begin()
            kept = panic.destroy_keys(office.desk, LATER)
            assert readable(office, office.desk) == 0
            with pytest.raises(StoreUnavailable):
                office.write(lambda tx: panic.remove(office.desk, tx, kept, panic.COMMAND_LINE, LATER))
        assert left_of_callers(office)["contacts"] == 3
        assert office.write(lambda tx: panic.sweep(office.desk, tx)) == 3
        assert left_of_callers(office) == {}

    def test_without_a_panic_the_clock_deletes_nothing(self, office: Office) -> None:
        a_full_desk(office)
        before = left_of_callers(office)
        assert office.write(lambda tx: panic.sweep(office.desk, tx)) == 0
        assert left_of_callers(office) == before


CHILD = """
import sys, time
from pathlib import Path
from sqlalchemy import select
from hotline.store.engine import open_engine
from hotline.store.keys import KeyGone, KeyRing, Sealer
from hotline.store.schema import contacts, vault
url, folder, today = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
ring = KeyRing(folder, "contacts", 4, today=today)
with open_engine(url).connect() as connection:
    held = connection.execute(select(contacts.c.day, contacts.c.id, contacts.c.sealed)).all()
def opens():
    number = 0
    for day, contact_id, sealed in held:
        try:
            Sealer(ring.contact_key(day, contact_id)).open("contact", sealed)
            number += 1
        except KeyGone:
            pass
    return number
print("opened", opens(), flush=True)
until = time.time() + 10
while time.time() < until and opens():
    time.sleep(0.01)
print("gone", opens(), time.time(), flush=True)
"""


@pytest.fixture
def a_thousand(office: Office) -> Office:
    """1,000 open contacts, each with a return address."""

    def fill(tx: object) -> None:
        for number in range(1000):
            contact = new_contact(Channel.SMS, NOW, Conversation(language="en"), day_of(NOW))
            office.desk.contacts.add(tx.connection, contact, f"+47{number:08}")  # type: ignore[attr-defined]
            address = vault.Address(f"+47{number:08}", "")
            vault.keep(tx.connection, office.desk.contacts, contact, address)  # type: ignore[attr-defined]

    office.write(fill)
    return office


def test_a_second_real_process_opens_none_of_a_thousand_contacts_two_seconds_after_the_press(
    a_thousand: Office, database_url: str, keys: Path
) -> None:
    """The other process holds all that was sealed in its memory, so that only the keys can fail it."""
    office = a_thousand
    command = [sys.executable, "-c", CHILD, database_url, str(keys), str(day_of(NOW))]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "opened 1000\n"
        pressed = time.time()
        assert press(office) == 1000
        here = time.time() - pressed
        word, number, at = child.stdout.readline().split()
    assert (word, number) == ("gone", "0")
    print(f"keys gone in the other process after {float(at) - pressed:.2f} s, rows deleted after {here:.2f} s")
    assert float(at) - pressed <= 2.0
    assert here <= 2.0
    assert left_of_callers(office) == {}


def test_the_inbox_keeps_what_came_afterwards(office: Office) -> None:
    amara, _ = a_full_desk(office)
    kept = panic.destroy_keys(office.desk, LATER)
    office.write(lambda tx: office.desk.inbox.add(tx.connection, amara.message("after"), LATER))
    office.write(lambda tx: panic.remove(office.desk, tx, kept, panic.COMMAND_LINE, LATER))
    assert len(office.read(lambda one: one.execute(select(inbox.c.id)).all())) == 1
    assert office.read(lambda one: one.execute(select(contacts.c.id)).all()) == []


def test_a_contact_of_before_is_gone_for_whoever_asks_by_its_id(office: Office) -> None:
    amara, _ = a_full_desk(office)
    contact = amara.open_contact()
    panic.destroy_keys(office.desk, LATER)
    with pytest.raises(KeyGone):
        office.read(lambda one: office.desk.contacts.by_id(one, contact.id))


@pytest.mark.parametrize("who", ["owner", "supervisor", "caller"])
def test_pressed_between_two_looks_a_talk_is_simply_not_open(office: Office, who: str) -> None:
    """Found by this test: its contact still opened, its lines no more, and the page answered with a fault."""
    amara, chloe, sara = Caller(office), hire(office, "Chloe"), hire(office, "Sara", Role.SUPERVISOR)
    contact = chloe.claims(amara.asks_for_a_person())
    amara.writes("They keep my papers")
    office.write(lambda tx: supervise.read_along(office.desk, tx, contact.id, sara.member, NOW))
    looks = {
        "owner": lambda one: responder_talk(office.desk, one, contact.id, chloe.id),
        "supervisor": lambda one: supervise.overheard(office.desk, one, contact.id, sara.member, NOW),
        "caller": lambda one: caller_talk(office.desk, one, amara.channel, amara.sender, NOW),
    }
    assert office.read(looks[who]) is not None
    find = office.desk.contacts.lines

    def pressed(*how: Any, **more: Any) -> Any:
        office.desk.ring.destroy(LATER)
        return find(*how, **more)

    with Swapped(office.desk.contacts, "lines", pressed):
        assert office.read(looks[who]) is None
