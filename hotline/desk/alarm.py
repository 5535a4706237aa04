"""Staff are alerted until somebody takes what waits, and say how they want to be. Rights are checked here."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

from sqlalchemy import Connection

from hotline import alert
from hotline.alert import Crew, Due, Pace, Unclaimed, Way
from hotline.contact import Channel, Level
from hotline.desk.deliver import NotSent
from hotline.desk.office import Desk, Office
from hotline.desk.receive import Reply
from hotline.desk.work import Refused
from hotline.message import Incoming, Outgoing
from hotline.roster import on_call, on_duty
from hotline.store import alarms, pauses, presence, reaches, roster, staff
from hotline.store.alarms import Waits
from hotline.store.reaches import Reach
from hotline.store.staff import Deed, Member
from hotline.store.writer import Tx

TEST_SECONDS = 60.0

OFF = "Alerts outside the console are not set up on this server."


class Gone(NotSent):
    """This browser is not alerted any more: its push service does not know it."""

    def __init__(self) -> None:
        super().__init__("gone", permanent=True)


class Sender(Protocol):
    """What carries an alert. `ways`: those that are set up. `bot`: the bot's name on Telegram, if it is known."""

    ways: frozenset[Way]
    bot: str

    def script(self) -> bytes:
        """What a browser runs when it is alerted."""

    def public_key(self) -> str:
        """What a browser is told, so that nobody but this server can alert it."""

    def send(self, reach: Reach, words: str) -> None:
        """Carry the words of alert.WORDS under this key there. Raises NotSent, and Gone."""


@dataclass(frozen=True, slots=True)
class Alert:
    """One alert to one member, ours to send. `again_at`: what it counts as if no way takes it."""

    staff_id: int
    reaches: tuple[Reach, ...]
    taken_at: float
    again_at: float


class Watch:
    """Looks at the queue. On which channel somebody wrote stands sealed, so it is opened once, and only while one is paused."""

    def __init__(self) -> None:
        self._channels: dict[str, Channel] = {}

    def alerts(self, office: Office, ways: Collection[Way], now: float) -> list[Alert]:
        """The alerts that this process is to send now; whoever else looks at the same time gets none of them."""
        found = office.read(lambda connection: self._look(office.desk, connection, ways, now))
        if not found.calm and not found.ready:
            return []
        return office.write(lambda tx: _take(tx, found, now))

    def _look(self, desk: Desk, connection: Connection, ways: Collection[Way], now: float) -> _Seen:
        paces = alarms.paces(connection)
        waits = alarms.unclaimed(connection, desk.ring.oldest)
        woken: dict[int, Due] = {}
        if waits and desk.reaches is not None:
            crew = _crew(desk, connection, now)
            woken = alert.due(self._unclaimed(desk, connection, waits, now), crew, now, desk.alerts.climbs)
        calm = [member for member, pace in paces.items() if pace.times and member not in woken]
        ready = {one: why for one, why in woken.items() if paces.get(one, Pace()).again(why, now)}
        by_member: dict[int, list[Reach]] = {}
        if ready and desk.reaches is not None:
            for reach in desk.reaches.of(connection, ready):
                if reach.way in ways:
                    by_member.setdefault(reach.staff_id, []).append(reach)
        chosen = {one: (why, paces.get(one, Pace()), by_member[one]) for one, why in ready.items() if one in by_member}
        return _Seen(calm, chosen)

    def _unclaimed(self, desk: Desk, connection: Connection, waits: Sequence[Waits], now: float) -> list[Unclaimed]:
        paused = pauses.paused(connection, now)
        doubtful = [one.id for one in waits if one.level is not Level.IMMEDIATE] if paused else []
        fresh = [one for one in doubtful if one not in self._channels]
        known = desk.contacts.some(connection, fresh) if fresh else {}
        self._channels = {one: self._channels[one] for one in doubtful if one in self._channels}
        self._channels |= {one: contact.channel for one, contact in known.items()}
        return [Unclaimed(one.level, one.since, paused=self._channels.get(one.id) in paused) for one in waits]


@dataclass(frozen=True, slots=True)
class _Seen:
    """Those for whom nothing waits any more, and those to be alerted: why, how often before, and where."""

    calm: list[int]
    ready: dict[int, tuple[Due, Pace, list[Reach]]]


def _crew(desk: Desk, connection: Connection, now: float) -> Crew:
    shifts = roster.planned(connection, now, now + 1.0)
    lately = on_duty(roster.present(connection, now, desk.idle_seconds), now)
    there = lately & presence.here(connection, now)
    return Crew(on_duty(shifts, now), on_call(shifts, now), bool(lately), bool(there))


def _take(tx: Tx, seen: _Seen, now: float) -> list[Alert]:
    if seen.calm:
        alarms.calm(tx.connection, seen.calm)
    taken = []
    for member, (why, pace, ways) in sorted(seen.ready.items()):
        if not alarms.take(tx.connection, member, pace, now):
            continue
        if pace.times == 0:
            staff.write_journal(tx.connection, member, Deed.ALERTED, now)
        rests = Pace(now, pace.times + 1).rests(why.level)
        taken.append(Alert(member, tuple(ways), now, now - rests + alert.SOON_AGAIN))
    return taken


def settle(office: Office, one: Alert, gone: Collection[Reach], now: float, *, sent: bool) -> None:
    """What became of it: browsers that are gone are forgotten; one that no way took is tried again soon."""

    def write(tx: Tx) -> None:
        for reach in gone:
            reaches.remove(tx.connection, reach.staff_id, reach.id, now)
        if not sent:
            alarms.put_off(tx.connection, one.staff_id, one.taken_at, one.again_at)

    if gone or not sent:
        office.write(write)


# How I am alerted


def mine(desk: Desk, connection: Connection, member: Member) -> list[Reach]:
    return desk.reaches.of(connection, [member.id]) if desk.reaches is not None else []


def add_browser(desk: Desk, tx: Tx, member: Member, endpoint: str, now: float) -> None:
    """Alert this browser. Only push services that are known are ever called."""
    if not desk.alerts.serves(endpoint):
        raise Refused(
            "This browser's push service is not one that this server calls: use another browser or another way."
        )
    _add(desk, tx, member, Way.PUSH, endpoint, now)


def add_phone(desk: Desk, tx: Tx, member: Member, typed: str, now: float) -> None:
    """Alert this phone by SMS."""
    phone = "".join(sign for sign in typed if sign not in " ()-./\u00a0")
    if not alert.is_phone(phone):
        raise Refused("Write your number with + and the country's code, such as +47 123 45 678.")
    _add(desk, tx, member, Way.SMS, phone, now)


def begin_telegram(tx: Tx, member: Member, now: float) -> str:
    """The code that this member's Telegram brings; the one before is worth nothing any more."""
    return reaches.new_code(tx.connection, member.id, now)


def connect(desk: Desk, tx: Tx, incoming: Incoming, now: float) -> Reply | None:
    """A member's Telegram brings its code: it is alerted from now on, and no contact begins.

    None for everything else, also for a code that is wrong, old or used: it is answered as anybody's message.
    """
    if incoming.channel is not Channel.TELEGRAM or not incoming.staff_code or desk.reaches is None:
        return None
    staff_id = reaches.take_code(tx.connection, incoming.staff_code, now)
    if staff_id is None:
        return None
    # Telegram may repeat it after the code is used up: what is known as seen begins no contact either.
    desk.seen.first_time(tx.connection, desk.seen.digests(incoming.channel, incoming.id, now), now)
    desk.reaches.add(tx.connection, staff_id, Way.TELEGRAM, incoming.sender, now)
    return Reply((Outgoing(alert.WORDS["connected"]),))


def remove(tx: Tx, member: Member, reach_id: int, now: float) -> None:
    if not reaches.remove(tx.connection, member.id, reach_id, now):
        raise Refused("This way of alerting you is gone already.")


def begin_test(desk: Desk, tx: Tx, member: Member, now: float) -> list[Reach]:
    """The ways on which a test alert may go out now: once a minute, for each message costs."""
    ways = mine(desk, tx.connection, member)
    if not ways:
        raise Refused("There is no way to alert you yet: add one first.")
    pace = alarms.paces(tx.connection).get(member.id, Pace())
    if now - pace.at < TEST_SECONDS or not alarms.take(tx.connection, member.id, pace, now):
        raise Refused("You were alerted less than a minute ago: wait a little before you test.")
    return ways


def _add(desk: Desk, tx: Tx, member: Member, way: Way, address: str, now: float) -> None:
    if desk.reaches is None:
        raise Refused(OFF)
    desk.reaches.add(tx.connection, member.id, way, address, now)
