"""Guessing: it opens nothing, tells nothing of who works here, and keeps nobody out."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from time import monotonic, sleep

import argon2
import pytest

from bench import guessing
from hotline import totp
from hotline.console import session, signin
from hotline.console.session import Lanes
from hotline.desk.office import Office
from hotline.store import accounts, staff
from hotline.store.staff import Role
from hotline.store.staffkey import StaffKey
from hotline.store.writer import Tx
from tests.accounts_help import account, lands, signs_in
from tests.people import PASSWORD, hire
from tests.server_help import House, open_house

ACCOUNT = (303, "/staff/account")


@pytest.fixture(autouse=True)
def _no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signin, "REFUSED_SECONDS", 0.0)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with open_house(tmp_path) as opened:
        yield opened


def test_a_name_that_is_not_there_is_refused_with_the_same_page(house: House) -> None:
    account(house)
    one, two = signs_in(house.browser(), "Chloe", "a guess"), signs_in(house.browser(), "Mallo", "a guess")
    assert one.text.replace("Chloe", "Mallo") == two.text
    assert (one.status_code, sorted(one.headers)) == (two.status_code, sorted(two.headers))


def test_a_name_that_is_not_there_costs_the_same_work() -> None:
    """Nobody's hash has the very cost of a password that a person chose, also after the library raises it."""
    cost = argon2.extract_parameters(staff.NOBODY)
    assert cost == argon2.extract_parameters(staff.hash_password(PASSWORD))


def fastest_refusals(house: House, *names: str) -> list[float]:
    """The quickest of seven tries of each name, in turn, so that a busy machine slows all of them."""
    taken: dict[str, list[float]] = {name: [] for name in names}
    for _ in range(7):
        for name in names:
            begun = monotonic()
            assert signs_in(house.browser(), name, "a guess").status_code == 403
            taken[name].append(monotonic() - begun)
    return [min(taken[name]) for name in names]


def test_a_name_that_is_not_there_takes_as_long(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    hashed = staff.hash_password(PASSWORD)
    house.office.write(lambda tx: staff.put(tx.connection, "Chloe", Role.RESPONDER, hashed))

    def slow(hashed: str, password: str) -> bool:
        sleep(0.05 if hashed.startswith("$argon2id$v=19$m=65536,t=3,p=4$") else 0.0)
        return False

    monkeypatch.setattr(staff, "password_fits", slow)
    monkeypatch.setattr(signin, "REFUSED_SECONDS", 0.1)
    there, not_there = fastest_refusals(house, "Chloe", "Mallory")
    assert abs(there - not_there) < 0.02
    monkeypatch.setattr(staff, "NOBODY", "")
    there, not_there = fastest_refusals(house, "Chloe", "Mallory")
    assert there - not_there > 0.03, "the twin: without nobody's hash it shows"


def test_two_thousand_guesses_open_nothing_and_lock_nobody_out(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    looked_at: list[str] = []

    def quick(hashed: str, given: str) -> bool:
        looked_at.append(given)
        return given == PASSWORD

    monkeypatch.setattr(staff, "password_fits", quick)
    account(house)
    thief = house.browser()

    async def guess(number: int) -> int:
        form = {"name": "Chloe", "password": f"guess {number}"}
        return (await thief.client.post("/staff/login", data=form)).status_code

    async def all_guesses() -> set[int]:
        found: set[int] = set()
        for start in range(0, 2_000, 40):
            found |= set(await asyncio.gather(*(guess(number) for number in range(start, start + 40))))
        return found

    assert house.runner.run(all_guesses()) == {403}
    assert len(looked_at) == 2_000
    assert lands(signs_in(house.browser())) == ACCOUNT


async def served_within(lanes: Lanes, *, known: bool, hashing: float = 0.01) -> float:
    """How long a member waits for their turn while a thousand guesses at once never stop coming."""

    async def guess() -> None:
        while True:
            try:
                async with lanes.turn(known=False):
                    await asyncio.sleep(hashing)
            except session.Busy:
                await asyncio.sleep(0)

    guessing = [asyncio.create_task(guess()) for _ in range(1_000)]
    await asyncio.sleep(0.05)
    begun = monotonic()
    try:
        async with asyncio.timeout(5), lanes.turn(known=known):
            await asyncio.sleep(hashing)
    except (TimeoutError, session.Busy):
        return 5.0
    finally:
        for one in guessing:
            one.cancel()
    return monotonic() - begun


def test_guessing_holds_up_nobody_at_a_browser_we_know() -> None:
    assert asyncio.run(served_within(Lanes(), known=True)) < 1.0


def test_without_a_lane_of_their_own_they_would_be_held_up() -> None:
    class OneLane(Lanes):
        @asynccontextmanager
        async def turn(self, *, known: bool) -> AsyncIterator[None]:
            async with Lanes.turn(self, known=False):
                yield

    assert asyncio.run(served_within(OneLane(), known=True)) == 5.0


def test_the_busy_hour_is_told_and_ends(house: House) -> None:
    account(house)
    console_lanes = Lanes(waiting=session.STRANGERS_WAITING)

    async def busy() -> None:
        async with console_lanes.turn(known=False):
            raise AssertionError("nobody more may wait")

    with pytest.raises(session.Busy):
        asyncio.run(busy())
    assert console_lanes.waiting == session.STRANGERS_WAITING


def test_of_a_million_guesses_in_an_hour_the_rules_look_at_a_hundred_and_thirty() -> None:
    """Threat A2. The waiting depends on the clock alone, so that a hundredth of the guesses shows the same."""
    played = guessing.play(guessing.every(guessing.HOUR / 10_000), 10_000)
    assert played.opened == 0
    assert 120 <= played.looked_at <= 126
    assert played.door.longest_wait <= 30.0
    assert guessing.chance_of(played.looked_at) < 0.0004


def test_without_the_waiting_every_guess_would_be_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(totp, "wait_after", lambda _: 0.0)
    played = guessing.play(guessing.every(guessing.HOUR / 10_000), 10_000)
    assert played.looked_at == 10_000


def test_whoever_has_the_password_and_a_year_is_not_kept_out_by_waiting_alone() -> None:
    """The rules promise no more than this: 0.9 % a day of guessing without a pause, each wrong guess in the journal."""
    a_day, a_year = guessing.DAY / totp.LONGEST_WAIT, 365 * guessing.DAY / totp.LONGEST_WAIT
    assert guessing.CHANCE == 3 / 1_000_000
    assert round(guessing.chance_of(int(a_day)), 4) == 0.0086
    assert round(guessing.chance_of(int(a_year)), 2) == 0.96


def test_the_real_door_looks_at_the_same_guesses_as_the_simulated_one(sqlite_office: Office, tmp_path: Path) -> None:
    key, chloe = StaffKey(tmp_path / "staff.key"), hire(sqlite_office, "Chloe")
    sealed = key.seal(chloe.id, guessing.SECRET)

    def confirmed(tx: Tx) -> None:
        accounts.begin_app(tx.connection, chloe.id, sealed)
        code = signin.code_at(guessing.SECRET, totp.step_at(guessing.BEGIN) - 2)
        before = guessing.BEGIN - 2 * totp.STEP_SECONDS
        assert accounts.take_code(tx.connection, chloe.id, code, before, key, signin.code_at, confirming=True).taken

    sqlite_office.write(confirmed)

    class Real(guessing.Door):
        def tries(self, code: str, now: float) -> bool | None:
            tried = sqlite_office.write(
                lambda tx: accounts.take_code(tx.connection, chloe.id, code, now, key, signin.code_at)
            )
            return None if tried.wait else tried.taken

    simulated, real = guessing.play(guessing.every(9.0), 400), guessing.play(guessing.every(9.0), 400, Real())
    assert (real.looked_at, real.opened) == (simulated.looked_at, simulated.opened)
    assert simulated.opened == 0
    assert simulated.looked_at < 110
