"""Whatever staff, callers and clocks do, in any order: never two owners, no answer from one who has not the contact, and
nobody left with a responder who is gone. Hypothesis draws the order; `python -m bench.claims` lets threads race."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from bench.claims import Broken, World, interleaved
from hotline.console.presence import FIRST_SECONDS
from hotline.contact import State
from hotline.desk import presence as desk_presence
from hotline.desk import work
from hotline.desk.office import Office
from hotline.store import staff
from tests.people import Caller, Responder

EXAMPLES, STEPS = 100, 20

people = st.integers(0, 2)
parts = st.sampled_from(["owner", "owner", "second", "nobody"])
which = st.integers(0, 1)


class Claims(RuleBasedStateMachine):
    """Two callers, three of the staff, one deed after another."""

    office: Office
    staff: list[Responder]

    def __init__(self) -> None:
        super().__init__()
        self.world = World([self.office], self.staff)
        self.staff[:] = self.world.people
        self.order = list[str]()
        self.passing(FIRST_SECONDS)
        self.world.comes(self.world.callers[0])
        self.world.claim(self.world.rows()[0][0], self.staff[0], self.office)
        self.nothing_is_broken()

    def by(self, part: str, row: Any) -> Responder:
        """Whoever has this part in the contact; somebody who has none, where nobody does."""
        wanted = {"owner": row[2], "second": row[4]}.get(part)
        strangers = [one for one in self.staff if one.id not in (row[2], row[4])]
        return next((one for one in self.staff if one.id == wanted), strangers[0])

    def passing(self, seconds: float) -> None:
        runner.run(self.world.passes(seconds))

    def row(self, number: int) -> Any:
        """One of the contacts there are, by the order in which they came: ids are drawn, and a story must play again."""
        rows = sorted(self.world.rows(), key=lambda row: self.order.index(row[0]))
        return rows[number % len(rows)]

    def tried(self, deed: Callable[[], None]) -> bool:
        try:
            deed()
        except (work.NotYours, work.Refused):
            return False
        return True

    def somebody_there(self) -> bool:
        return bool(self.world.rows())

    @rule(number=which)
    def a_caller_writes(self, number: int) -> None:
        self.world.comes(self.world.callers[number])

    @precondition(somebody_there)
    @rule(number=which)
    def a_caller_deletes_everything(self, number: int) -> None:
        caller: Caller = self.world.callers[number]
        self.world.deletes(caller)
        assert caller.contact(self.world.clock) is None

    @precondition(somebody_there)
    @rule(number=which, who=people)
    def claim(self, number: int, who: int) -> None:
        contact_id, state, owner, fence, *_ = self.row(number)
        one = self.staff[who]
        done = self.tried(lambda: self.world.claim(contact_id, one, self.office))
        assert done is (state == State.WAITING.value or owner == one.id)
        after = next(row for row in self.world.rows() if row[0] == contact_id)
        assert after[3] == fence + (state == State.WAITING.value)

    @precondition(somebody_there)
    @rule(number=which, part=parts, older=st.sampled_from([0, 1, 2]))
    def answer(self, number: int, part: str, older: int) -> None:
        """Taken exactly from the owner or who has joined them, with the fence of now."""
        contact_id, state, owner, fence, second, second_in = row = self.row(number)
        one = self.by(part, row)
        theirs = state == State.CLAIMED.value and (owner == one.id or (second_in and second == one.id))
        done = self.tried(lambda: self.world.answer(contact_id, one, self.office, fence - older))
        assert done is (theirs and older == 0)

    @precondition(somebody_there)
    @rule(number=which, part=parts, other=people)
    def ask_to_join(self, number: int, part: str, other: int) -> None:
        contact_id, _, owner, *_ = row = self.row(number)
        one = self.by(part, row)
        done = self.tried(lambda: self.world.ask(contact_id, one, self.office, self.staff[other]))
        assert not done or owner == one.id

    @precondition(somebody_there)
    @rule(number=which)
    def join(self, number: int) -> None:
        contact_id, state, _, _, second, _ = self.row(number)
        for one in self.staff:
            done = self.tried(lambda one=one: self.world.join(contact_id, one, self.office))  # type: ignore[misc]
            assert done is (state == State.CLAIMED.value and second == one.id)

    @precondition(somebody_there)
    @rule(number=which, part=parts)
    def leave(self, number: int, part: str) -> None:
        """Whoever of two goes, the other one has the contact."""
        contact_id, _, owner, _, second, second_in = row = self.row(number)
        one = self.by(part, row)
        if self.tried(lambda: self.world.leave(contact_id, one, self.office)):
            assert second_in
            left = owner if second == one.id else second
            assert next(row for row in self.world.rows() if row[0] == contact_id)[2] == left

    @precondition(somebody_there)
    @rule(number=which, part=parts)
    def release(self, number: int, part: str) -> None:
        contact_id, _, owner, *_ = row = self.row(number)
        one = self.by(part, row)
        done = self.tried(lambda: self.world.release(contact_id, one, self.office))
        assert done is (owner == one.id)

    @precondition(somebody_there)
    @rule(number=which, part=parts, other=people)
    def hand_over(self, number: int, part: str, other: int) -> None:
        contact_id, _, owner, *_ = row = self.row(number)
        one = self.by(part, row)
        done = self.tried(lambda: self.world.hand_over(contact_id, one, self.office, self.staff[other]))
        assert not done or owner == one.id

    @precondition(somebody_there)
    @rule(number=which)
    def take_over(self, number: int) -> None:
        self.tried(lambda: self.world.take_over(self.row(number)[0], self.office))

    @precondition(somebody_there)
    @rule(number=which, part=parts)
    def close(self, number: int, part: str) -> None:
        contact_id, _, owner, *_ = row = self.row(number)
        one = self.by(part, row)
        done = self.tried(lambda: self.world.close(contact_id, one, self.office))
        assert done is (owner == one.id)

    @rule(who=people)
    def the_plug_is_pulled_or_put_in(self, who: int) -> None:
        self.world.plugged.symmetric_difference_update({self.staff[who].id})

    @precondition(somebody_there)
    @rule(number=which)
    def a_laptop_is_lost(self, number: int) -> None:
        owner = self.row(number)[2]
        self.world.plugged.discard(owner)
        self.passing(28.0)
        self.world.check_offered()

    @rule(who=people)
    def a_shift_begins(self, who: int) -> None:
        self.staff[who].begins_shift(self.world.clock)

    @rule(who=people)
    def a_shift_ends(self, who: int) -> None:
        self.office.write(lambda tx: staff.end_shift(tx.connection, self.staff[who].id, self.world.clock))

    @rule(seconds=st.sampled_from([2.0, 6.0, 14.0, 30.0]))
    def time_passes(self, seconds: float) -> None:
        self.passing(seconds)
        self.world.check_offered()

    @rule(seconds=st.sampled_from([-3600.0, -20.0, -3.0, 3.0, 20.0, 3600.0]))
    def the_clock_is_set(self, seconds: float) -> None:
        self.world.clock_is_set(seconds)

    @invariant()
    def nothing_is_broken(self) -> None:
        self.order += [row[0] for row in self.world.check() if row[0] not in self.order]


runner: asyncio.Runner


@pytest.fixture(autouse=True)
def one_runner() -> Any:
    global runner
    with asyncio.Runner() as runner:
        yield


def play(office: Office, examples: int = EXAMPLES) -> None:
    machine = type("Claims", (Claims,), {"office": office, "staff": []})
    once = settings(
        max_examples=examples,
        stateful_step_count=STEPS,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(machine, settings=once)


@pytest.mark.slow
def test_in_whatever_order_things_are_done_every_caller_has_one_owner_or_is_offered(office: Office) -> None:
    play(office)


@pytest.mark.slow
def test_of_those_who_race_each_is_told_the_truth(office: Office) -> None:
    world = World([office])
    assert runner.run(interleaved(world, random.Random(2026), 40)) == []
    assert {"claim", "claim: NotYours", "answer", "answer: NotYours"} <= set(world.told)


def test_without_the_fence_the_machine_finds_an_old_answer_taken(
    sqlite_office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = work.held
    monkeypatch.setattr(
        work, "held", lambda desk, tx, contact_id, staff_id, fence=None: held(desk, tx, contact_id, staff_id)
    )
    with pytest.raises(AssertionError):
        play(sqlite_office)


def test_without_the_sweep_the_machine_finds_a_caller_left_with_somebody_gone(
    sqlite_office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk_presence, "sweep", lambda desk, tx, now: 0)
    with pytest.raises(Broken, match=r"^a caller has been with somebody who is gone for"):
        play(sqlite_office)
