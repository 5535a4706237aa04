"""One turn of a bot, whichever channel it came by: the desk answers, or the message is put aside sealed, never lost."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

from sqlalchemy import Connection

from hotline.desk import alarm
from hotline.desk.office import Office
from hotline.desk.receive import Reply, receive, reply_left
from hotline.events import Event, Log
from hotline.message import Incoming
from hotline.store.engine import StoreUnavailable
from hotline.store.writer import Tx

T = TypeVar("T")


class Bridge:
    """The one way from the asynchronous faces to the synchronous desk."""

    def __init__(self, office: Office) -> None:
        self.office = office

    async def write(self, do: Callable[[Tx], T]) -> T:
        if not self.office.room_left():
            raise StoreUnavailable("disk full")
        return await asyncio.wrap_future(self.office.writer.submit(do))

    async def read(self, do: Callable[[Connection], T]) -> T:
        return await asyncio.to_thread(self.office.read, do)


async def turn(bridge: Bridge, log: Log, incoming: Incoming, now: Callable[[], float] = time.time) -> Reply:
    """The reply to one message. After StoreUnavailable nothing is acknowledged; any other fault is ours, so the message
    is kept sealed in the inbox, acknowledged without words, and the worker tries again."""
    desk = bridge.office.desk
    try:
        # Here and not in a thread: it is a millisecond or two of plain Python, which a thread would only pass around.
        if incoming.staff_code and (told := await bridge.write(lambda tx: alarm.connect(desk, tx, incoming, now()))):
            return told
        impression = bridge.office.impression(incoming)
        return await bridge.write(lambda tx: receive(desk, tx, incoming, now(), impression))
    except StoreUnavailable:
        raise
    except Exception as fault:  # noqa: BLE001 - whatever it was, the caller's words must not be lost by it
        log.record(Event.PUT_ASIDE, channel=incoming.channel, fault=fault)
        await bridge.write(lambda tx: desk.inbox.add(tx.connection, incoming, now()))
        return Reply()


async def answered(bridge: Bridge, reply: Reply, send: Callable[[], Awaitable[None]]) -> None:
    """Send a response and note that its words have left; if it could not leave, a repeat will get them."""
    try:
        await send()
    except BaseException:
        if reply.digest is not None:
            bridge.office.desk.in_flight.discard([reply.digest])
        raise
    if reply.digest is not None:
        reply_left(bridge.office, reply.digest)
