"""Staff, sessions, shifts, the journal, tallies and heartbeats: the contract on SQLite and on PostgreSQL."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select

from hotline.desk.office import Office
from hotline.roster import Shift
from hotline.store import heartbeats, schema, staff, tallies
from hotline.store.staff import Deed, Member, Role, StaffError
from hotline.tally import Cell, cells
from tests.people import HOUR, MINUTE, NOW, PASSWORD, Responder, hire

IDLE, LONGEST = 15 * MINUTE, 12 * HOUR


@pytest.fixture
def chloe(office: Office) -> Responder:
    return hire(office, "Chloe")


def journal(office: Office) -> list[tuple[float, int, str]]:
    return list(office.read(staff.read_journal))


def whose(office: Office, token: str, now: float) -> Member | None:
    found = office.read(
        lambda connection: staff.session_member(connection, token, now, idle_seconds=IDLE, longest_seconds=LONGEST)
    )
    return found[0] if found else None


class TestAccounts:
    def test_a_new_account_is_listed_and_written_in_the_journal(self, office: Office) -> None:
        dina = hire(office, " Dina ", Role.ADMINISTRATOR)
        chloe = hire(office, "Chloe")
        assert dina.member == Member(dina.id, "Dina", Role.ADMINISTRATOR, True)
        assert office.read(staff.everybody) == [chloe.member, dina.member]
        assert journal(office) == [(NOW, dina.id, "added"), (NOW, chloe.id, "added")]

    @pytest.mark.parametrize(
        ("name", "password", "told"),
        [
            ("  ", PASSWORD, "A staff name needs 1 to 80 characters."),
            ("C" * 81, PASSWORD, "A staff name needs 1 to 80 characters."),
            ("Dina", "elevenchars", "A password needs at least 12 characters."),
            ("Chloe ", PASSWORD, "There is already somebody called Chloe: choose another name."),
        ],
    )
    def test_an_account_that_cannot_be_made_says_why(
        self, office: Office, chloe: Responder, name: str, password: str, told: str
    ) -> None:
        with pytest.raises(StaffError) as caught:
            office.write(lambda tx: staff.add(tx.connection, name, Role.RESPONDER, password, NOW))
        assert str(caught.value) == told
        assert office.read(staff.everybody) == [chloe.member]

    def test_a_password_is_hashed_and_only_the_right_one_fits(self) -> None:
        hashed = staff.hash_password(PASSWORD, drawn=True)
        assert hashed.startswith("$argon2id$")
        assert PASSWORD not in hashed
        assert staff.password_fits(hashed, PASSWORD)
        assert not staff.password_fits(hashed, PASSWORD + " ")
        assert not staff.password_fits("not a hash", PASSWORD)
        assert not staff.password_fits(staff.NOBODY, PASSWORD)

    def test_a_password_that_a_person_chose_is_hashed_with_the_full_cost(self) -> None:
        """The library's own default, so that it grows with the library."""
        from argon2 import DEFAULT_MEMORY_COST, DEFAULT_TIME_COST, extract_parameters

        cost = extract_parameters(staff.hash_password(PASSWORD))
        assert (cost.memory_cost, cost.time_cost) == (DEFAULT_MEMORY_COST, DEFAULT_TIME_COST)

    def test_nobody_has_a_hash_too_so_that_a_wrong_name_takes_as_long(self, office: Office, chloe: Responder) -> None:
        assert office.read(lambda c: staff.login_row(c, " Chloe ")) == (chloe.member, f"not hashed: {PASSWORD}")
        assert office.read(lambda c: staff.login_row(c, "Mallory")) == (None, staff.NOBODY)

    def test_put_gives_a_new_role_and_password_and_signs_out(self, office: Office, chloe: Responder) -> None:
        token = office.write(lambda tx: staff.open_session(tx.connection, chloe.member, NOW))
        changed = office.write(lambda tx: staff.put(tx.connection, "Chloe", Role.SUPERVISOR, "hash"))
        assert changed == Member(chloe.id, "Chloe", Role.SUPERVISOR, True)
        assert whose(office, token, NOW) is None
        new = office.write(lambda tx: staff.put(tx.connection, "Dina", Role.ADMINISTRATOR, "hash"))
        assert office.read(lambda c: staff.login_row(c, "Dina")) == (new, "hash")


class TestSessions:
    @pytest.fixture
    def token(self, office: Office, chloe: Responder) -> str:
        return office.write(lambda tx: staff.open_session(tx.connection, chloe.member, NOW))

    def test_a_session_lives_while_it_is_used(self, office: Office, chloe: Responder, token: str) -> None:
        now = NOW
        while now < NOW + LONGEST - IDLE:
            now += IDLE - 1
            assert whose(office, token, now) == chloe.member
            office.write(lambda tx, at=now: staff.touch_session(tx.connection, token, at))  # type: ignore[misc]

    def test_an_idle_session_is_over(self, office: Office, chloe: Responder, token: str) -> None:
        assert whose(office, token, NOW + IDLE - 1) == chloe.member
        assert whose(office, token, NOW + IDLE) is None

    def test_a_session_ends_in_any_case_after_its_longest(self, office: Office, token: str) -> None:
        office.write(lambda tx: staff.touch_session(tx.connection, token, NOW + LONGEST - 1))
        assert whose(office, token, NOW + LONGEST - 0.5) is not None
        assert whose(office, token, NOW + LONGEST) is None

    def test_signing_out_ends_this_session_and_no_other(self, office: Office, chloe: Responder, token: str) -> None:
        other = office.write(lambda tx: staff.open_session(tx.connection, chloe.member, NOW))
        office.write(lambda tx: staff.close_session(tx.connection, token))
        assert whose(office, token, NOW) is None
        assert whose(office, other, NOW) == chloe.member

    def test_switching_somebody_off_ends_their_sessions_and_shift_at_once(
        self, office: Office, chloe: Responder, token: str
    ) -> None:
        chloe.begins_shift()
        gone = office.write(lambda tx: staff.switch_off(tx.connection, " Chloe ", NOW + 5))
        assert gone == Member(chloe.id, "Chloe", Role.RESPONDER, False)
        assert whose(office, token, NOW + 5) is None
        assert office.read(lambda c: staff.login_row(c, "Chloe")) == (None, staff.NOBODY)
        assert office.read(lambda c: staff.shifts_after(c, NOW + 5)) == []
        assert [deed for _, _, deed in journal(office)][-2:] == ["shift_ended", "switched_off"]

    def test_nobody_cannot_be_switched_off(self, office: Office) -> None:
        with pytest.raises(StaffError) as caught:
            office.write(lambda tx: staff.switch_off(tx.connection, "Mallory", NOW))
        assert str(caught.value) == "There is nobody called Mallory: see `hotline staff list`."

    def test_the_token_itself_is_not_stored_and_a_made_up_one_opens_nothing(self, office: Office, token: str) -> None:
        (digest,) = office.read(lambda c: list(c.execute(select(schema.sessions.c.digest)).scalars()))
        assert token.encode() not in bytes(digest)
        for wrong in ("", "é", token + "x", token.swapcase()):
            assert whose(office, wrong, NOW) is None

    def test_old_sessions_are_cleared_away(self, office: Office, token: str) -> None:
        office.write(lambda tx: staff.forget_sessions_before(tx.connection, NOW))
        assert whose(office, token, NOW) is not None
        office.write(lambda tx: staff.forget_sessions_before(tx.connection, NOW + 1))
        assert whose(office, token, NOW) is None


class TestShifts:
    def test_a_shift_holds_until_it_ends(self, office: Office, chloe: Responder) -> None:
        chloe.begins_shift()
        shift = Shift(chloe.id, NOW, NOW + 8 * HOUR)
        assert office.read(lambda c: staff.shifts_after(c, NOW)) == [shift]
        assert office.read(lambda c: staff.shifts_after(c, NOW + 8 * HOUR)) == []

    def test_beginning_again_ends_the_shift_that_held(self, office: Office, chloe: Responder) -> None:
        chloe.begins_shift()
        chloe.begins_shift(NOW + HOUR)
        assert office.read(lambda c: staff.shifts_after(c, NOW + HOUR)) == [Shift(chloe.id, NOW + HOUR, NOW + 9 * HOUR)]
        deeds = [deed for _, _, deed in journal(office)]
        assert deeds == ["added", "shift_begun", "shift_ended", "shift_begun"]

    def test_ending_twice_is_written_once(self, office: Office, chloe: Responder) -> None:
        chloe.begins_shift()
        for _ in range(2):
            office.write(lambda tx: staff.end_shift(tx.connection, chloe.id, NOW + 1))
        assert [deed for _, _, deed in journal(office)].count("shift_ended") == 1


def test_the_journal_holds_deeds_from_a_closed_list_and_nothing_that_was_said() -> None:
    assert set(schema.journal.c.keys()) == {"id", "at", "staff_id", "deed"}
    assert max(len(deed) for deed in Deed) <= 24


class TestTallies:
    def test_a_cell_is_counted_up_and_others_stand_alone(self, office: Office) -> None:
        one, two = Cell("2026-W47", "channel", "sms"), Cell("2026-W47", "channel*level", "sms", "soon")
        for _ in range(3):
            office.write(lambda tx: tallies.count(tx.connection, [two, one]))
        office.write(lambda tx: tallies.count(tx.connection, [one], 10))
        assert office.read(tallies.all_cells) == [(one, 13), (two, 3)]

    def test_concurrent_writers_count_to_the_exact_sum_without_locking_each_other_out(self, office: Office) -> None:
        mixed = [
            cells(NOW, {"channel": channel, "language": language, "level": "soon"})
            for channel in ("sms", "telegram")
            for language in ("en", "th", "ar")
        ]

        def count(number: int) -> None:
            some = mixed[number % len(mixed)]
            some = some if number % 2 else list(reversed(some))
            office.write(lambda tx: tallies.count(tx.connection, some))

        with ThreadPoolExecutor(16) as pool:
            list(pool.map(count, range(240)))
        counted = dict(office.read(tallies.all_cells))
        assert counted[Cell("2026-W47", "level", "soon")] == 240
        assert counted[Cell("2026-W47", "channel", "sms")] == 120
        assert counted[Cell("2026-W47", "channel*language", "telegram", "ar")] == 40


def test_a_heartbeat_is_the_last_one(office: Office) -> None:
    assert office.read(lambda c: heartbeats.last_beat(c, "worker")) is None
    for now in (NOW, NOW + 2):
        office.write(lambda tx, at=now: heartbeats.beat(tx.connection, "worker", at))  # type: ignore[misc]
    assert office.read(lambda c: heartbeats.last_beat(c, "worker")) == NOW + 2
    assert office.read(lambda c: heartbeats.last_beat(c, "web")) is None
