"""Codes of an authenticator app: each is taken once, also when fifty bring it at the same moment."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pyotp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.console.signin import code_at
from hotline.desk.office import Office
from hotline.store import accounts, staff
from hotline.store.accounts import Tried
from hotline.store.staff import StaffError
from hotline.store.staffkey import StaffKey, StaffKeyError
from hotline.totp import LONGEST_WAIT, STEP_SECONDS, step_at, step_of, wait_after
from tests.people import NOW, Responder, hire

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
STEP = step_at(NOW)


def codes(step: int) -> str:
    return code_at(SECRET, step)


@pytest.fixture
def key(tmp_path: Path) -> StaffKey:
    return StaffKey(tmp_path / "staff.key")


@pytest.fixture
def chloe(office: Office, key: StaffKey) -> Responder:
    """Chloe, whose app was set up an hour ago."""
    chloe = hire(office, "Chloe")
    sealed = key.seal(chloe.id, SECRET)
    office.write(lambda tx: accounts.begin_app(tx.connection, chloe.id, sealed))
    assert take(office, chloe, key, codes(STEP - 120), NOW - 3600, confirming=True).taken
    return chloe


def take(
    office: Office,
    chloe: Responder,
    key: StaffKey,
    code: str,
    now: float = NOW,
    *,
    confirming: bool = False,
    known: bool = False,
) -> Tried:
    return office.write(
        lambda tx: accounts.take_code(
            tx.connection, chloe.id, code, now, key, code_at, confirming=confirming, known=known
        )
    )


def test_our_codes_are_those_of_the_standard() -> None:
    """RFC 6238, appendix B, its last six digits."""
    secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
    for at, code in ((59, "287082"), (1_111_111_109, "081804"), (2_000_000_000, "279037"), (20_000_000_000, "353130")):
        assert code_at(secret, step_at(at)) == code == pyotp.TOTP(secret).at(at)


@pytest.mark.parametrize("away", [-1, 0, 1])
def test_a_clock_may_be_one_step_away(away: int) -> None:
    assert step_of(codes(STEP + away), NOW, codes) == STEP + away


@pytest.mark.parametrize("code", ["", "12345", "1234567", "abcdef", "١٢٣٤٥٦", "1" * 10_000, "12 34"])
def test_what_is_no_code_belongs_to_no_step(code: str) -> None:
    assert step_of(code, NOW, codes) is None


def test_a_code_two_steps_away_is_none_of_this_time() -> None:
    assert [step_of(codes(STEP + away), NOW, codes) for away in (-2, 2)] == [None, None]


def test_a_code_may_be_typed_in_groups() -> None:
    code = codes(STEP)
    assert step_of(f" {code[:3]} {code[3:]} ", NOW, codes) == STEP


@given(st.integers(0, 10_000))
def test_nobody_ever_waits_longer_than_half_a_minute(failed: int) -> None:
    assert 0 <= wait_after(failed) <= LONGEST_WAIT
    assert failed >= 3 or wait_after(failed) == 0


def test_a_code_is_taken_once(office: Office, chloe: Responder, key: StaffKey) -> None:
    assert take(office, chloe, key, codes(STEP)).taken
    assert not take(office, chloe, key, codes(STEP)).taken
    assert not take(office, chloe, key, codes(STEP), NOW + STEP_SECONDS).taken
    assert not take(office, chloe, key, codes(STEP - 1)).taken, "older than the last one taken"
    assert take(office, chloe, key, codes(STEP + 1), NOW + STEP_SECONDS).taken


def fifty_at_once(office: Office, chloe: Responder, key: StaffKey) -> int:
    with ThreadPoolExecutor(50) as pool:
        outcomes = list(pool.map(lambda _: take(office, chloe, key, codes(STEP), known=True).taken, range(50)))
    return sum(outcomes)


def test_of_fifty_who_bring_the_same_code_one_gets_in(office: Office, chloe: Responder, key: StaffKey) -> None:
    assert fifty_at_once(office, chloe, key) == 1


def test_the_fifty_would_get_in_without_the_guard(
    sqlite_office: Office, key: StaffKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    chloe = hire(sqlite_office, "Chloe")
    sealed = key.seal(chloe.id, SECRET)
    sqlite_office.write(lambda tx: accounts.begin_app(tx.connection, chloe.id, sealed))
    assert take(sqlite_office, chloe, key, codes(STEP - 1), confirming=True).taken
    monkeypatch.setattr(accounts, "_steps_on", lambda *_: True)
    assert fifty_at_once(sqlite_office, chloe, key) == 50


def test_wrong_codes_make_a_strange_device_wait_and_never_longer_than_half_a_minute(
    office: Office, chloe: Responder, key: StaffKey
) -> None:
    now = NOW
    for _ in range(40):
        tried = take(office, chloe, key, "000000", now)
        assert tried.wait <= LONGEST_WAIT
        now += tried.wait
    right = code_at(SECRET, step_at(now))
    assert take(office, chloe, key, right, now - 1) == Tried(False, take(office, chloe, key, right, now - 1).wait)
    assert take(office, chloe, key, code_at(SECRET, step_at(now + 31)), now + 31).taken


def test_at_her_own_desk_chloe_never_waits(office: Office, chloe: Responder, key: StaffKey) -> None:
    for _ in range(10):
        take(office, chloe, key, "000000")
    assert take(office, chloe, key, codes(STEP)).wait > 0
    assert take(office, chloe, key, codes(STEP), known=True).taken


def test_an_app_counts_only_once_its_first_code_was_typed(office: Office, key: StaffKey) -> None:
    chloe = hire(office, "Chloe")
    sealed = key.seal(chloe.id, SECRET)
    office.write(lambda tx: accounts.begin_app(tx.connection, chloe.id, sealed))
    assert not office.read(lambda c: accounts.factors_of(c, chloe.id)).second
    assert not take(office, chloe, key, codes(STEP)).taken, "nothing to sign in with yet"
    assert take(office, chloe, key, codes(STEP), confirming=True).taken
    assert office.read(lambda c: accounts.factors_of(c, chloe.id)).second
    with pytest.raises(StaffError, match="There is an authenticator app already"):
        office.write(lambda tx: accounts.begin_app(tx.connection, chloe.id, sealed))


def test_the_secret_is_sealed_and_one_members_row_opens_for_nobody_else(key: StaffKey) -> None:
    sealed = key.seal(1, SECRET)
    assert SECRET.encode() not in sealed
    assert key.open(1, sealed) == SECRET
    assert key.open(2, sealed) is None


def test_the_key_is_made_once_for_nobody_else_and_survives(tmp_path: Path) -> None:
    path = tmp_path / "staff.key"
    with ThreadPoolExecutor(16) as pool:
        sealed = list(pool.map(lambda _: StaffKey(path).seal(1, SECRET), range(16)))
    assert {StaffKey(path).open(1, one) for one in sealed} == {SECRET}
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [one.name for one in tmp_path.iterdir()] == ["staff.key"]


def test_a_lost_key_costs_the_codes_and_nothing_else(office: Office, chloe: Responder, tmp_path: Path) -> None:
    (tmp_path / "staff.key").unlink()
    assert take(office, chloe, StaffKey(tmp_path / "staff.key"), codes(STEP)) == Tried(False)
    member, link = office.write(lambda tx: accounts.reset_factors(tx.connection, "Chloe", NOW))
    assert (member, link) == (chloe.member, "")
    assert not office.read(lambda c: accounts.factors_of(c, chloe.id)).second


def test_a_spoilt_key_file_is_told_in_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "staff.key"
    path.write_bytes(b"short")
    with pytest.raises(StaffKeyError) as caught:
        StaffKey(path).seal(1, SECRET)
    assert str(caught.value) == (
        f"{path} does not hold a key: put the right file back, or remove it and run `hotline staff reset`."
    )
    with pytest.raises(StaffKeyError, match="cannot be used"):
        StaffKey(tmp_path).seal(1, SECRET)


def test_recovery_codes_open_once_for_their_owner_and_are_not_stored(office: Office, chloe: Responder) -> None:
    bogus = hire(office, "Dina")
    codes = office.write(lambda tx: accounts.make_recovery(tx.connection, chloe.id, NOW))
    assert len(set(codes)) == 10

    def use(code: str, staff_id: int = chloe.id) -> bool:
        return office.write(lambda tx: accounts.use_recovery(tx.connection, staff_id, code, NOW))

    assert not use(codes[0], bogus.id)
    assert use(f" {codes[0].upper()} ")
    assert not use(codes[0])
    assert use(codes[1].replace("-", ""))
    assert office.read(lambda c: accounts.factors_of(c, chloe.id)).recovery == 8
    newer = office.write(lambda tx: accounts.make_recovery(tx.connection, chloe.id, NOW))
    assert not use(codes[2])
    assert use(newer[2])


def test_of_fifty_who_bring_the_same_recovery_code_one_gets_in(office: Office, chloe: Responder) -> None:
    code = office.write(lambda tx: accounts.make_recovery(tx.connection, chloe.id, NOW))[0]
    with ThreadPoolExecutor(50) as pool:
        used = pool.map(
            lambda _: office.write(lambda tx: accounts.use_recovery(tx.connection, chloe.id, code, NOW)), range(50)
        )
        assert sum(used) == 1


def test_of_many_who_open_an_invitation_one_gets_in(office: Office) -> None:
    member, link = office.write(lambda tx: accounts.invite(tx.connection, "Dina", staff.Role.SUPERVISOR, NOW))
    with ThreadPoolExecutor(20) as pool:
        taken = pool.map(
            lambda _: office.write(lambda tx: accounts.take_invitation(tx.connection, link, NOW)), range(20)
        )
        assert [one for one in taken if one] == [member]


def test_an_invitation_holds_two_days(office: Office) -> None:
    member, link = office.write(lambda tx: accounts.invite(tx.connection, "Dina", staff.Role.SUPERVISOR, NOW))
    two_days = 48 * 3600
    assert office.read(lambda c: accounts.invited(c, link, NOW + two_days - 1)) == member
    assert office.read(lambda c: accounts.invited(c, link, NOW + two_days)) is None
    assert office.write(lambda tx: accounts.take_invitation(tx.connection, link, NOW + two_days)) is None
