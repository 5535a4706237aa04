"""Parcels between partners over HTTP: where they come in, and how the worker hands them over."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Callable

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from bots.ask import NoAnswer, ask
from bots.turns import Bridge
from bots.web import BODY_SECONDS
from hotline.desk.office import Office
from hotline.desk.packets import WHY, Declined, open_parcel, take_in
from hotline.desk.partners import NotTaken, carry
from hotline.events import Event, Log
from hotline.store import parcels
from hotline.store.engine import StoreUnavailable
from hotline.store.keys import KeyGone, KeyRingError
from hotline.store.partnerkey import Partner

PATH = "/partners/parcel"
LONGEST_BODY = 64 * 1024
"""Bytes. The longest text in the widest script, sealed and written as JSON, has half of that."""

LOOK_SECONDS = 2.0
NO_STORE = {"Cache-Control": "no-store"}


def partner_routes(bridge: Bridge, office: Office, log: Log, clock: Callable[[], float] = time.time) -> list[BaseRoute]:
    """The one address that partners' servers post to. Whoever is not a known partner is told so, and nothing else."""

    async def parcel(request: Request) -> Response:
        now = clock()
        try:
            document = await _document(request)
            opened = open_parcel(office.desk.partners, document, now)
            impression = None if office.mind is None else office.mind.impression(opened.words.text)
            await bridge.write(lambda tx: take_in(office.desk, tx, opened, now, impression))
        except ClientDisconnect:
            return _told("not_a_parcel", 400)
        except Declined as refusal:
            log.record(Event.PARCEL_DECLINED, status=refusal.status)
            return _told(refusal.code, refusal.status)
        except (StoreUnavailable, KeyGone, KeyRingError) as fault:
            log.record(Event.STORE_UNAVAILABLE, status=503, fault=fault)
            return _told("later", 503)
        return JSONResponse({"taken": True}, headers=NO_STORE)

    return [Route(PATH, parcel, methods=["POST"])]


def _told(why: str, status: int) -> Response:
    return JSONResponse({"taken": False, "why": why}, status, headers=NO_STORE)


async def _document(request: Request) -> object:
    body = b""
    try:
        async with asyncio.timeout(BODY_SECONDS):
            async for part in request.stream():
                body += part
                if len(body) > LONGEST_BODY:
                    raise Declined("not_a_parcel", 413)
    except TimeoutError:
        raise Declined("later", 408) from None
    try:
        document: object = json.loads(body)
    except (ValueError, RecursionError):
        raise Declined("not_a_parcel") from None
    return document


class Courier:
    """Posts parcels to partners' servers."""

    def hand(self, partner: Partner, document: dict[str, str]) -> None:
        try:
            answer = ask("POST", f"{partner.url}{PATH}", document)
        except NoAnswer:
            raise NotTaken from None
        told = answer.document if isinstance(answer.document, dict) else {}
        if answer.ok and told.get("taken") is True:
            return
        why = told.get("why")
        raise NotTaken(WHY.get(why, "") if 400 <= answer.status < 500 and isinstance(why, str) else "")


class Rounds:
    """The worker's duty to partners, on a thread of its own: one that hangs holds up nobody's answer."""

    def __init__(
        self, office: Office, log: Log, courier: Courier | None = None, clock: Callable[[], float] = time.time
    ) -> None:
        self._office, self._log, self._courier, self._clock = office, log, courier or Courier(), clock

    def once(self) -> int:
        """Every parcel whose turn it is, tried once. Says how many were taken."""
        due = self._office.read(lambda connection: parcels.due(connection, self._clock()))
        return sum(carry(self._office, self._courier, one, self._clock()) for one in due)

    def live(self, stopping: threading.Event) -> None:
        while not stopping.wait(LOOK_SECONDS):
            try:
                self.once()
            except (StoreUnavailable, KeyGone, KeyRingError) as fault:
                self._log.record(Event.STORE_UNAVAILABLE, fault=fault)
            except Exception as fault:  # noqa: BLE001 - the duty must go on
                self._log.record(Event.FAULT, fault=fault)
