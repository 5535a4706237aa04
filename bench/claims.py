"""`python -m bench.claims`: staff race for contacts in two processes' worth of offices, on SQLite and on PostgreSQL.

Each interleaving lets two to four deeds go at the same moment: claims, answers with fences, joining and leaving, taking
over, giving back, closing, callers who write or delete everything, pulled plugs, set clocks, rounds of two web processes.
After each, what stands in the store must fit what everybody was told: never two owners, no answer taken from anybody but
the owner or who joined them, with the present fence; and nobody with a responder who has been gone for 15 seconds.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from sqlalchemy import delete, select

from bench.__main__ import keep
from hotline.coding import Coding
from hotline.console.presence import FIRST_SECONDS, Presence, Steady
from hotline.contact import State
from hotline.desk import supervise, transfer, work
from hotline.desk.office import Office
from hotline.desk.presence import SWEEP_SECONDS
from hotline.desk.view import Opened, scene
from hotline.store.presence import HERE_SECONDS
from hotline.store.schema import contacts, metadata
from hotline.store.shelf import read_shelf
from hotline.store.staff import Role
from hotline.store.writer import Tx
from hotline.tally import Outcome
from tests.conftest import open_office
from tests.conftest import postgres as postgres_fixture
from tests.people import AMARA, BOGDAN, LANGUAGES, NOW, ROOT, Caller, Responder, hire

LONGEST_GONE = 15.0
BEAT_SECONDS = 4.0
KEPT = ("staff", "alembic_version")


class Broken(AssertionError):
    """A promise about claims does not hold; says which."""


Row = tuple[str, str, int | None, int, int | None, bool]


@dataclass
class World:
    """Two callers, three of the staff, and what each was told. `offices` stand on one database, each with a round of its own.

    `real` is time as it passes; the clock, which may be set, is `clock`. Under `lock`: what deeds were told.
    """

    offices: Sequence[Office]
    people: list[Responder] = field(default_factory=list)
    real: float = 0.0
    clock: float = NOW
    plugged: set[int] = field(default_factory=set)
    heard_at: dict[int, float] = field(default_factory=dict)
    set_at: float = -1e9
    owners: dict[tuple[str, int], int] = field(default_factory=dict)
    joined: set[tuple[str, int]] = field(default_factory=set)
    fences: dict[str, int] = field(default_factory=dict)
    told: Counter[str] = field(default_factory=Counter)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self.clear()
        if not self.people:
            roles = {"Chloe": Role.RESPONDER, "Emil": Role.RESPONDER, "Sara": Role.SUPERVISOR}
            self.people = [hire(self.offices[0], name, role) for name, role in roles.items()]
        self.callers = [Caller(self.offices[0], AMARA), Caller(self.offices[0], BOGDAN)]
        self.rounds = [(office, Presence(), Steady(0.0, self.clock, 0.0)) for office in self.offices]
        self.plugged = {one.id for one in self.people}
        for one in self.people:
            one.begins_shift(NOW)

    def clear(self) -> None:
        def empty(tx: Tx) -> None:
            for table in reversed(metadata.sorted_tables):
                if table.name not in KEPT:
                    tx.connection.execute(delete(table))

        self.offices[0].write(empty)

    # Time

    async def passes(self, seconds: float) -> None:
        """Time passes, in steps of a round: who is plugged in answers the beats, and each process does its round."""
        for _ in range(max(1, round(seconds / SWEEP_SECONDS))):
            self.real += SWEEP_SECONDS
            self.clock += SWEEP_SECONDS
            for one in self.plugged:
                if self.real - self.heard_at.get(one, -1e9) >= BEAT_SECONDS:
                    self.heard_at[one] = self.real
                    self.rounds[one % len(self.rounds)][1].heard(one, self.clock + HERE_SECONDS)
            for office, heard, steady in self.rounds:
                await heard.round(office, steady, self.clock, self.real)

    def clock_is_set(self, seconds: float) -> None:
        self.clock += seconds
        self.set_at = self.real

    # Deeds: each says what it was told, or nothing

    def claim(self, contact_id: str, one: Responder, office: Office) -> None:
        taken = office.write(lambda tx: work.claim(office.desk, tx, contact_id, one.id, self.clock, even_full=True))
        with self.lock:
            self.heard_at[one.id] = max(self.real, self.heard_at.get(one.id, -1e9))
            self._owns(contact_id, taken.fence, one.id)

    def answer(self, contact_id: str, one: Responder, office: Office, fence: int) -> None:
        office.write(lambda tx: work.answer(office.desk, tx, contact_id, one.id, "I am here.", self.clock, fence=fence))
        with self.lock:
            if self.owners.get((contact_id, fence)) != one.id and (contact_id, one.id) not in self.joined:
                raise Broken(f"an answer of {one.member.name} was taken with a fence that is not theirs")
            if self.fences.get(contact_id, 0) > fence + 4:
                raise Broken("an answer was taken with a fence from long ago")

    def join(self, contact_id: str, one: Responder, office: Office) -> None:
        with self.lock:
            self.joined.add((contact_id, one.id))
        office.write(lambda tx: transfer.join(office.desk, tx, contact_id, one.id, self.clock))

    def ask(self, contact_id: str, one: Responder, office: Office, other: Responder) -> None:
        office.write(lambda tx: transfer.ask_to_join(office.desk, tx, contact_id, one.id, other.id, self.clock))

    def leave(self, contact_id: str, one: Responder, office: Office) -> None:
        office.write(lambda tx: transfer.leave(office.desk, tx, contact_id, one.id, self.clock))

    def release(self, contact_id: str, one: Responder, office: Office) -> None:
        office.write(lambda tx: work.release(office.desk, tx, contact_id, one.id, self.clock))

    def hand_over(self, contact_id: str, one: Responder, office: Office, other: Responder) -> None:
        office.write(lambda tx: transfer.hand_over(office.desk, tx, contact_id, one.id, other.id, "", self.clock))

    def take_over(self, contact_id: str, office: Office) -> None:
        sara = self.people[-1]
        office.write(lambda tx: supervise.take_over(office.desk, tx, contact_id, sara.member, self.clock))
        with self.lock:
            self.heard_at[sara.id] = max(self.real, self.heard_at.get(sara.id, -1e9))

    def close(self, contact_id: str, one: Responder, office: Office) -> None:
        coding = Coding(outcome=Outcome.UNKNOWN)
        office.write(lambda tx: work.close(office.desk, tx, contact_id, one.id, coding, self.clock, even_unsent=True))

    def comes(self, caller: Caller) -> None:
        """The caller asks for a person, or, with one or in the queue, writes again. Others may do something in between."""
        for text in ("Hello, I need help", "person", "1", "1"):
            contact = caller.contact(self.clock)
            if contact is not None and contact.state is not State.SCRIPTED:
                break
            caller.writes(text, self.clock)
        caller.writes("Are you there?", self.clock)

    def deletes(self, caller: Caller) -> None:
        caller.writes("delete", self.clock)

    # What must hold

    def rows(self) -> list[Row]:
        c = contacts.c
        query = select(c.id, c.state, c.owner, c.fence, c.second, c.second_in).order_by(c.id)
        return self.offices[0].read(lambda connection: [tuple(row) for row in connection.execute(query)])

    def _owns(self, contact_id: str, fence: int, owner: int) -> None:
        if self.owners.setdefault((contact_id, fence), owner) != owner:
            raise Broken("two owners were told that the same contact is theirs")
        self.fences[contact_id] = max(fence, self.fences.get(contact_id, 0))

    def check(self) -> list[Row]:
        """What stands in the store; Broken, if it does not fit what everybody was told."""
        rows = self.rows()
        for contact_id, state, owner, fence, second, second_in in rows:
            if fence < self.fences.get(contact_id, 0):
                raise Broken("a fence fell")
            if (state == State.CLAIMED.value) != (owner is not None) or (second is not None and second == owner):
                raise Broken(f"a contact that is {state} has the owner {owner} and the second {second}")
            if state != State.CLAIMED.value and second_in:
                raise Broken("somebody is beside nobody")
            if owner is not None:
                self._owns(contact_id, fence, owner)
                gone = self.real - max(self.heard_at.get(owner, 0.0) + HERE_SECONDS, self.set_at)
                if gone > LONGEST_GONE:
                    raise Broken(f"a caller has been with somebody who is gone for {gone:.0f} seconds")
        return rows

    def check_offered(self) -> None:
        """Whoever waits is offered to somebody; to everybody who looks, if nobody is there."""
        office = self.offices[0]
        seen = office.read(lambda connection: scene(office.desk, connection, self.clock, Opened()))
        waiting = [row[0] for row in self.rows() if row[1] == State.WAITING.value]
        if {card.id for card in seen.waiting} != set(waiting):
            raise Broken("somebody waits and is not shown")
        if any(not card.offer.to and not card.offer.everyone for card in seen.waiting):
            raise Broken("somebody waits and is offered to nobody")


Deed = Callable[[], None]


def drawn(world: World, rng: random.Random, rows: Sequence[Row]) -> tuple[str, Deed]:
    """One deed by a random hand, in a random office, with a fence that may be old."""
    one, other = rng.sample(world.people, 2)
    office = rng.choice(world.offices)
    if not rows or rng.random() < 0.1:
        caller = rng.choice(world.callers)
        return "comes", lambda: world.comes(caller)
    contact_id, _, owner, fence, second, _ = rng.choice(rows)
    by_owner = _likely(world, rng, owner, one)
    by_second = _likely(world, rng, second, other)
    fence -= rng.choice((0, 0, 0, 1, 2))
    deeds: dict[str, tuple[int, Deed]] = {
        "claim": (6, lambda: world.claim(contact_id, one, office)),
        "answer": (4, lambda: world.answer(contact_id, by_owner, office, fence)),
        "answer beside": (2, lambda: world.answer(contact_id, by_second, office, fence)),
        "ask": (3, lambda: world.ask(contact_id, by_owner, office, other)),
        "join": (4, lambda: world.join(contact_id, by_second, office)),
        "leave": (2, lambda: world.leave(contact_id, by_owner, office)),
        "release": (2, lambda: world.release(contact_id, by_owner, office)),
        "hand_over": (1, lambda: world.hand_over(contact_id, by_owner, office, other)),
        "take_over": (1, lambda: world.take_over(contact_id, office)),
        "close": (1, lambda: world.close(contact_id, by_owner, office)),
        "deletes": (1, lambda: world.deletes(rng.choice(world.callers))),
        "plug": (3, lambda: world.plugged.symmetric_difference_update({one.id})),
    }
    name = rng.choices(list(deeds), [weight for weight, _ in deeds.values()])[0]
    return name, deeds[name][1]


def _likely(world: World, rng: random.Random, staff_id: int | None, else_: Responder) -> Responder:
    """Mostly that member, so that deeds succeed; sometimes somebody whose it is not."""
    return next((one for one in world.people if one.id == staff_id and rng.random() < 0.8), else_)


def raced(world: World, deeds: Sequence[tuple[str, Deed]], pool: ThreadPoolExecutor) -> None:
    """All of these at the same moment, each in a thread of its own. What a deed may be refused with is counted."""
    start = threading.Barrier(len(deeds))

    def run(name: str, deed: Deed) -> None:
        start.wait()
        try:
            deed()
        except (work.NotYours, work.Refused) as refusal:
            name = f"{name}: {type(refusal).__name__}"
        with world.lock:
            world.told[name] += 1

    for done in [pool.submit(run, *deed) for deed in deeds]:
        done.result(timeout=30)


async def interleaved(
    world: World, rng: random.Random, count: int, tell: Callable[[int], None] = lambda number: None
) -> list[str]:
    """That many interleavings; what broke, which should be nothing."""
    broken, rows = list[str](), world.rows()
    await world.passes(FIRST_SECONDS)
    with ThreadPoolExecutor(8) as pool:
        for number in range(count):
            deeds = [drawn(world, rng, rows) for _ in range(rng.randint(2, 4))]
            if rng.random() < 0.02:
                world.clock_is_set(rng.choice((-40.0, -5.0, 5.0, 40.0)))
            try:
                round_too = world.passes(SWEEP_SECONDS) if rng.random() < 0.5 else asyncio.sleep(0)
                await asyncio.gather(asyncio.to_thread(raced, world, deeds, pool), round_too)
                rows = world.check()
                if number % 20 == 0:
                    world.check_offered()
            except Broken as fault:
                broken.append(f"{number}: {fault}")
            if number % 500 == 499:
                tell(number + 1)
    return broken


@contextmanager
def databases(which: str, folder: Path) -> Iterator[str]:
    """The address of an empty database of that kind."""
    if which == "sqlite":
        yield str(folder / "hotline.db")
        return
    with contextmanager(postgres_fixture.__wrapped__)() as server, server.fresh() as url:  # type: ignore[attr-defined]
        yield url


def run(which: str, count: int, seed: int) -> dict[str, Any]:
    began = time.monotonic()

    def tell(number: int) -> None:
        print(f"{which}: {number:,} of {count:,}", file=sys.stderr, flush=True)

    with tempfile.TemporaryDirectory() as home, ExitStack() as stack:
        folder = Path(home)
        url = stack.enter_context(databases(which, folder))
        shelf = read_shelf(ROOT / "content", ROOT / "locales", LANGUAGES, offer_unread=True)
        offices = [stack.enter_context(open_office(url, shelf, folder / "keys")) for _ in range(2)]
        world = World(offices)
        broken = asyncio.run(interleaved(world, random.Random(seed), count, tell))
    return {
        "bench": "claims", "database": which, "seed": seed, "interleavings": count, "broken": broken[:20],
        "broken_count": len(broken), "told": dict(sorted(world.told.items())), "claims": len(world.owners),
        "seconds": round(time.monotonic() - began, 1),
    }  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.claims", description="staff race for contacts")
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    options = parser.parse_args()
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        results = list(pool.map(run, ("sqlite", "postgresql"), [options.count] * 2, [options.seed] * 2))
    for result in results:
        print(json.dumps(result))
    keep("claims", results)
    return 1 if any(result["broken_count"] for result in results) else 0


if __name__ == "__main__":
    sys.exit(main())
