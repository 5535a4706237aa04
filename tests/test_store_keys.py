"""The key ring: it only turns forwards, nobody else may read it, and processes that share it stay in step."""

from __future__ import annotations

import hashlib
import json
import os
import stat
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.store import keys as module
from hotline.store.keys import DAY_SECONDS, KeyGone, KeyRing, KeyRingError, Sealer, day_of

TODAY = 20_778
PURPOSE = "sms"


@pytest.fixture
def ring(keys: Path) -> KeyRing:
    return KeyRing(keys, "contacts", 4, today=TODAY)


def another(keys: Path, today: int = TODAY, days: int = 4) -> KeyRing:
    """The same ring as another process has it."""
    return KeyRing(keys, "contacts", days, today=today)


def on_file(keys: Path) -> tuple[int, str]:
    table = json.loads((keys / "contacts.ring").read_text())
    return table["oldest"], table["key"]


class TestRatchet:
    def test_the_file_holds_the_oldest_day_alive_and_nothing_else(self, ring: KeyRing, keys: Path) -> None:
        oldest, key = on_file(keys)
        assert oldest == ring.oldest == TODAY - 3
        assert len(bytes.fromhex(key)) == 32
        assert list(ring.live_days(TODAY)) == [TODAY, TODAY - 1, TODAY - 2, TODAY - 3]

    def test_every_later_day_follows_from_the_file_one_way(self, ring: KeyRing, keys: Path) -> None:
        _, text = on_file(keys)
        key = bytes.fromhex(text)
        for day in range(TODAY - 3, TODAY + 3):
            assert ring.day_key(day) == key
            key = hashlib.blake2b(b"", digest_size=32, key=key, person=b"next day").digest()

    def test_a_day_that_has_fallen_off_cannot_be_had_from_the_ring_or_its_file(self, ring: KeyRing, keys: Path) -> None:
        old = {day: ring.day_key(day) for day in ring.live_days(TODAY)}
        assert ring.advance(TODAY + 2)
        for day in (TODAY - 3, TODAY - 2):
            for one in (ring, another(keys, TODAY + 2)):
                with pytest.raises(KeyGone, match=rf"^The key of day {day} has been destroyed\.$"):
                    one.day_key(day)
            assert old[day].hex() not in (keys / "contacts.ring").read_text()
        assert ring.day_key(TODAY) == old[TODAY]
        assert on_file(keys) == (TODAY - 1, old[TODAY - 1].hex())

    def test_the_old_file_is_overwritten_and_not_only_unlinked(self, ring: KeyRing, keys: Path) -> None:
        with (keys / "contacts.ring").open("rb") as before:
            key = on_file(keys)[1]
            ring.advance(TODAY + 1)
            content = before.read()
        assert content
        assert not content.strip(b"\0")
        assert [path.name for path in keys.iterdir()] == ["contacts.ring"]
        assert key not in (keys / "contacts.ring").read_text()

    def test_a_clock_set_back_changes_nothing(self, ring: KeyRing, keys: Path) -> None:
        before, key = on_file(keys), ring.day_key(TODAY)
        assert not ring.advance(TODAY)
        assert not ring.advance(TODAY - 100)
        assert another(keys, TODAY - 100).day_key(TODAY) == key
        assert on_file(keys) == before

    def test_a_longer_ring_keeps_what_it_has_and_a_shorter_one_forgets_at_once(self, ring: KeyRing, keys: Path) -> None:
        assert another(keys, days=9).oldest == TODAY - 3
        assert another(keys, days=2).oldest == TODAY - 1

    def test_a_day_absurdly_far_ahead_is_refused(self, ring: KeyRing) -> None:
        with pytest.raises(KeyGone, match=rf"^Day {TODAY + 5000} lies too far ahead of this ring\.$"):
            ring.day_key(TODAY + 5000)

    def test_destroying_the_ring_makes_everything_unreadable_in_every_process(
        self, ring: KeyRing, keys: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(module, "LOOK_AGAIN_SECONDS", 0.0)
        other = another(keys)
        before = ring.day_key(TODAY)
        assert other.day_key(TODAY) == before
        ring.destroy()
        assert ring.day_key(TODAY) != before
        assert other.day_key(TODAY) == ring.day_key(TODAY)


class TestSharing:
    def test_two_on_one_folder_agree_today_and_after_either_advanced(
        self, ring: KeyRing, keys: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(module, "LOOK_AGAIN_SECONDS", 0.0)
        other = another(keys)
        for day, first, second in ((TODAY, ring, other), (TODAY + 1, ring, other), (TODAY + 3, other, ring)):
            first.advance(day)
            assert second.day_key(day) == first.day_key(day)
            assert second.digests(day, PURPOSE, "+47") == first.digests(day, PURPOSE, "+47")
            second.advance(day)
            assert second.oldest == first.oldest == day - 3

    def test_many_that_start_at_once_share_one_key(self, keys: Path) -> None:
        started: list[KeyRing] = []
        threads = [threading.Thread(target=lambda: started.append(another(keys))) for _ in range(16)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len({one.day_key(TODAY) for one in started}) == 1
        assert len(started) == 16

    def test_at_midnight_all_may_turn_the_ring_at_once(self, keys: Path) -> None:
        rings = [another(keys) for _ in range(4)]

        def turn(ring: KeyRing) -> None:
            for day in range(TODAY, TODAY + 40):
                ring.advance(day)

        together(*[partial(turn, ring) for ring in rings])
        assert {ring.oldest for ring in rings} == {TODAY + 36}
        assert len({another(keys, TODAY + 39).day_key(TODAY + 39), *(ring.day_key(TODAY + 39) for ring in rings)}) == 1

    def test_the_ring_can_be_read_while_another_turns_it(self, ring: KeyRing, keys: Path) -> None:
        """Found by this test: one reads the old file at the moment in which the other overwrites it with zeros."""
        turned = threading.Event()

        def turn() -> None:
            try:
                for day in range(TODAY, TODAY + 150):
                    ring.advance(day)
            finally:
                turned.set()

        def read() -> None:
            while not turned.is_set():
                another(keys)

        together(turn, read, read)


def together(*deeds: Callable[[], None]) -> None:
    """Do all at once; the first fault of any is raised."""
    with ThreadPoolExecutor(len(deeds)) as pool:
        for done in [pool.submit(deed) for deed in deeds]:
            done.result(timeout=30)


class TestFile:
    def test_folder_and_file_are_readable_by_nobody_else(self, ring: KeyRing, keys: Path) -> None:
        ring.advance(TODAY + 1)
        assert stat.S_IMODE(keys.stat().st_mode) == 0o700
        assert stat.S_IMODE((keys / "contacts.ring").stat().st_mode) == 0o600

    @pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o620])
    def test_a_file_that_others_may_read_or_write_is_refused(self, ring: KeyRing, keys: Path, mode: int) -> None:
        file = keys / "contacts.ring"
        file.chmod(mode)
        with pytest.raises(KeyRingError) as caught:
            another(keys)
        assert str(caught.value) == f"{file} can be read by others: run chmod go-rwx {file}"

    def test_a_folder_that_others_may_read_is_refused(self, keys: Path) -> None:
        keys.mkdir(mode=0o755)
        keys.chmod(0o755)
        with pytest.raises(KeyRingError) as caught:
            another(keys)
        assert str(caught.value) == f"{keys} can be read by others: run chmod go-rwx {keys}"

    def test_a_folder_of_another_user_is_refused(
        self, ring: KeyRing, keys: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        me = os.getuid()
        monkeypatch.setattr(os, "getuid", lambda: me + 1)
        with pytest.raises(KeyRingError) as caught:
            another(keys)
        assert str(caught.value) == (
            f"{keys} belongs to another user: run as its owner, or set HOTLINE_KEYS to your own folder."
        )

    @pytest.mark.parametrize(
        "torn", ["", "{", "{}", '{"oldest": 1}', '{"oldest": 1, "key": "zz"}', "[]", "3", "\x00" * 90]
    )
    def test_a_torn_file_is_told_with_the_remedy(self, ring: KeyRing, keys: Path, torn: str) -> None:
        file = keys / "contacts.ring"
        file.write_text(torn)
        with pytest.raises(KeyRingError) as caught:
            another(keys)
        assert str(caught.value) == (
            f"The key ring {file} cannot be read: put back a whole copy, or move it away to begin a new one "
            f"(then open contacts are lost)."
        )
        assert file.read_text() == torn

    def test_a_key_that_is_too_short_is_a_torn_file_too(self, ring: KeyRing, keys: Path) -> None:
        """Found by this test: half a key, or none, is taken for a key."""
        for key in ("", "00" * 16):
            (keys / "contacts.ring").write_text(json.dumps({"oldest": TODAY, "key": key}))
            with pytest.raises(KeyRingError):
                another(keys)


class TestHandles:
    def test_a_handle_is_for_one_day_one_purpose_and_one_sender(self, ring: KeyRing) -> None:
        handles = {
            ring.digest(day, purpose, sender)
            for day in (TODAY, TODAY - 1)
            for purpose in ("sms", "whatsapp")
            for sender in ("+4790000001", "+4790000002")
        }
        assert len(handles) == 8
        assert {len(handle) for handle in handles} == {16}

    def test_handles_come_todays_first(self, ring: KeyRing) -> None:
        assert ring.digests(TODAY, "sms", "x") == [ring.digest(day, "sms", "x") for day in range(TODAY, TODAY - 4, -1)]

    def test_every_contact_has_its_own_key(self, ring: KeyRing) -> None:
        assert len({ring.contact_key(day, name) for day in (TODAY, TODAY - 1) for name in ("a", "b", "inbox")}) == 6

    def test_a_day_begins_at_midnight_utc(self) -> None:
        assert [day_of(now) for now in (0.0, DAY_SECONDS - 0.001, DAY_SECONDS)] == [0, 0, 1]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


class TestSealer:
    @given(JSON, st.text())
    def test_what_was_sealed_comes_back_and_says_little_of_its_length(self, table: object, purpose: str) -> None:
        sealer = Sealer(bytes(range(32)))
        sealed = sealer.seal(purpose, table)
        assert sealer.open(purpose, sealed) == table
        assert (len(sealed) - 24 - 16) % 64 == 0

    def test_the_same_words_never_look_the_same(self) -> None:
        sealer = Sealer(bytes(32))
        assert len({sealer.seal("line 1", "yes") for _ in range(100)}) == 100

    @pytest.mark.parametrize("purpose", ["line 2", "", "contact"])
    def test_another_purpose_opens_nothing(self, purpose: str) -> None:
        sealer = Sealer(bytes(32))
        with pytest.raises(KeyGone, match=r"^What was sealed here cannot be opened any more\.$"):
            sealer.open(purpose, sealer.seal("line 1", "yes"))

    def test_another_key_or_a_single_changed_bit_opens_nothing(self) -> None:
        sealer = Sealer(bytes(32))
        sealed = sealer.seal("line 1", "yes")
        with pytest.raises(KeyGone):
            Sealer(bytes([1]) + bytes(31)).open("line 1", sealed)
        for place in range(len(sealed)):
            with pytest.raises(KeyGone):
                sealer.open("line 1", sealed[:place] + bytes([sealed[place] ^ 1]) + sealed[place + 1 :])
        for length in (0, 10, 24, 40, len(sealed) - 1):
            with pytest.raises(KeyGone):
                sealer.open("line 1", sealed[:length])
