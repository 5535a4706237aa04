"""Who is at a console. The browser answers each beat of its open page; what lost its responder is given back."""

from __future__ import annotations

import asyncio
import base64
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection
from starlette.responses import Response

from hotline.console.session import Visit
from hotline.desk import presence
from hotline.desk.office import Office
from hotline.store.presence import HERE_SECONDS, READING_SECONDS, cut, left_alone, packets_left_alone
from hotline.store.writer import Tx

if TYPE_CHECKING:
    from hotline.console.web import Console

FIRST_SECONDS = 12.0
"""After a start, or when this process or its clock stood still: browsers find their way back before anybody is missed."""

STEP_SECONDS = 2.0
"""A clock that moved so much more or less than time did was set; a round so much later than it should be, held up."""

_GIF = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")
_NO_STORE = {"Cache-Control": "no-store"}


def table(console: Console) -> list[tuple[str, str, Callable[[Any], Awaitable[Response]]]]:
    """The addresses a page tells that somebody has it open. Neither keeps a session awake: see roles.UNATTENDED."""
    return [
        ("/staff/here", "POST", partial(here, console)),
        ("/staff/here.gif", "GET", partial(reading, console)),
    ]


async def here(console: Console, visit: Visit) -> Response:
    console.presence.heard(visit.member.id, time.time() + HERE_SECONDS)
    return Response(status_code=204, headers=_NO_STORE)


async def reading(console: Console, visit: Visit) -> Response:
    """A picture that only browsers without scripts load."""
    console.presence.heard(visit.member.id, time.time() + READING_SECONDS)
    return Response(_GIF, media_type="image/gif", headers=_NO_STORE)


@dataclass(slots=True)
class Steady:
    """Whether somebody may be missed: not just after a start, a standstill, a set clock or a store that was away."""

    since: float
    clock: float
    real: float

    def calm(self, clock: float, real: float) -> bool:
        """Asked at every round with the clock's time and the time that has really passed."""
        late = real - self.real > presence.SWEEP_SECONDS + STEP_SECONDS
        if late or abs(self.moved(clock, real)) > STEP_SECONDS:
            self.since = real
        self.clock, self.real = clock, real
        return real - self.since >= FIRST_SECONDS

    def moved(self, clock: float, real: float) -> float:
        """By how much the clock was set since the last round."""
        return (clock - self.clock) - (real - self.real)

    def disturb(self, real: float) -> None:
        self.since = real


@dataclass(slots=True)
class Presence:
    """Who was heard of in this process and is not written down yet."""

    told: dict[int, float] = field(default_factory=dict)

    def heard(self, staff_id: int, until: float) -> None:
        self.told[staff_id] = max(until, self.told.get(staff_id, 0.0))

    def gone(self, staff_id: int) -> None:
        """They have signed out: what was heard of them before makes nobody be here."""
        self.told.pop(staff_id, None)

    async def keep(self, office: Office, fault: Callable[[Exception], None]) -> None:
        """For as long as this process serves: write down who is there, and give back what lost its responder."""
        real = time.monotonic()
        steady = Steady(real, time.time(), real)
        while True:
            await asyncio.sleep(presence.SWEEP_SECONDS)
            try:
                await self.round(office, steady, time.time(), time.monotonic())
            except Exception as trouble:  # noqa: BLE001 - told; whoever waits for a responder must not wait for a restart
                steady.disturb(time.monotonic())
                fault(trouble)

    async def round(self, office: Office, steady: Steady, clock: float, real: float) -> int:
        """One round. Says how many contacts lost their responder."""
        back = steady.moved(clock, real) < -STEP_SECONDS
        sweeping = steady.calm(clock, real)
        if back:
            self.told = {one: min(until, clock + HERE_SECONDS) for one, until in self.told.items()}
        told, self.told = self.told, {}
        try:
            alone = sweeping and await asyncio.to_thread(office.read, lambda one: _alone(one, clock))
            if not (told or alone or back):
                return 0
            work = partial(_round, office, told, clock, sweeping=sweeping, back=back)
            return await asyncio.wrap_future(office.writer.submit(work))
        except Exception:
            for one, until in told.items():
                self.heard(one, until)
            raise


def _alone(connection: Connection, now: float) -> bool:
    return bool(left_alone(connection, now) or packets_left_alone(connection, now))


def _round(office: Office, told: dict[int, float], now: float, tx: Tx, *, sweeping: bool, back: bool) -> int:
    if back:
        cut(tx.connection, now + HERE_SECONDS)
    return presence.tick(office.desk, tx, told, now, sweeping=sweeping)
