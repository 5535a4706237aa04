"""The desk under load: responders who watch live, a thousand open contacts, and messages that come in steadily.

Measured on a real server on loopback: from the arrival of a signed SMS until its line is on the screen of whoever has the
contact, and until the card of a new contact in danger is on everybody's board. The same with one watcher, and the server's
share of a core while nothing comes in.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import os
import random
import re
import secrets
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import Engine, select

from app.cli import LAUNCHER
from app.tools.house import House
from bench.__main__ import keep
from bench.crowd import OURS, WORDS, Wire
from hotline.store import staff
from hotline.store.engine import open_engine
from hotline.store.schema import contacts
from hotline.store.staff import Member, Role

ACCOUNT, TOKEN = "AC" + "d" * 32, "desk-token"
FORM = "application/x-www-form-urlencoded"
DANGER = "he is going to kill me"
WIRES, TICKS = 16, os.sysconf("SC_CLK_TCK")
CONFIG = """[surge]
arrivals = 100000
[staff]
second_factor = false
[languages]
offered = ["en", "es"]
default = "en"
[twilio]
numbers = ["+15005550006"]
"""
BEAT_SECONDS, SETTLE_SECONDS = 4.0, 3.0
KEPT_SECONDS = 2.0
"""A connection unused for longer is opened anew: the server closes those that rest for some seconds."""
NEW, GONE_AFTER = 50_000, 8
"""Numbers of those who begin to wait while it is measured; and after so many seconds they delete everything."""

CARD = re.compile(rb'"id": "([0-9a-f]{32})", "level": "immediate"')
LINE = re.compile(rb'"text": "line (\d+)"')


@dataclass(frozen=True, slots=True)
class Size:
    """`in_hands`: how many of the open contacts have a responder; `a_second`: messages, every fourth a new contact."""

    responders: int = 50
    contacts: int = 1_000
    in_hands: int = 500
    a_second: int = 20
    seconds: float = 40.0
    idle_seconds: float = 10.0


@dataclass(slots=True)
class Watcher:
    """One responder's screen: the cards and lines it has shown, each with the moment it first did."""

    cookie: str
    port: int
    contact: str = ""
    caller: str = ""
    known: set[bytes] = field(default_factory=set)
    cards: dict[bytes, float] = field(default_factory=dict)
    lines: dict[int, float] = field(default_factory=dict)
    bytes_read: int = 0
    beating: asyncio.Task[None] | None = None

    async def watch(self) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port, limit=1 << 24)
        path = f"/staff/events?contact={self.contact}"
        writer.write(f"GET {path} HTTP/1.1\r\nHost: x\r\nCookie: {self.cookie}\r\n\r\n".encode())
        try:
            while data := await reader.readline():
                self.bytes_read += len(data)
                if data.startswith(b'data: {"open"'):
                    at = time.time()
                    for number in map(int, LINE.findall(data)):
                        self.lines.setdefault(number, at)
                elif data.startswith(b'data: {"on_duty"'):
                    at = time.time()
                    for card in set(CARD.findall(data, 0, data.find(b'"mine"'))) - self.known:
                        self.known.add(card)
                        self.cards[card] = at
        finally:
            writer.close()

    def begin(self) -> None:
        """Their page is open from now on, whatever is measured: who does not answer is gone, and what they have with them."""
        self.beating = asyncio.create_task(self.beats())

    async def beats(self) -> None:
        """What the page's own script answers to the server's beat."""
        wire = Wire(self.port, Counter())
        while True:
            await wire.post("/staff/here", "", FORM, f"Cookie: {self.cookie}\r\n")
            await asyncio.sleep(BEAT_SECONDS)


class DeskBench:
    def __init__(self, size: Size, folder: Path) -> None:
        self.size, self.chance = size, random.Random(5)
        config = folder / "config.toml"
        config.write_text(CONFIG)
        extra = {
            "HOTLINE_TWILIO_ACCOUNT_SID": ACCOUNT,
            "HOTLINE_TWILIO_AUTH_TOKEN": TOKEN,
            "HOTLINE_TWILIO_API_URL": "http://127.0.0.1:9",
        }
        self.house = House([*LAUNCHER, "--config", str(config)], folder, extra)
        self.public = self.house.base
        self.house.extra = {**extra, "HOTLINE_PUBLIC_URL": self.public}
        self.statuses: Counter[int] = Counter()
        self.sent_lines: dict[int, float] = {}
        self.sent_cards: dict[bytes, float] = {}
        self.ids: dict[str, bytes] = {}
        self.free: list[tuple[float, Wire]] = []
        self.engine: Engine

    # Callers

    async def writes(self, wire: Wire, sender: str, text: str) -> None:
        sid = f"SM{secrets.token_hex(16)}"
        form = {
            "MessageSid": sid, "SmsSid": sid, "SmsMessageSid": sid, "AccountSid": ACCOUNT, "From": sender, "To": OURS,
            "Body": text, "NumMedia": "0", "NumSegments": "1", "SmsStatus": "received", "ApiVersion": "2010-04-01",
        }  # fmt: skip
        signed = f"{self.public}/webhooks/twilio" + "".join(name + form[name] for name in sorted(form))
        made = base64.b64encode(hmac.new(TOKEN.encode(), signed.encode(), hashlib.sha1).digest()).decode()
        await wire.post("/webhooks/twilio", urlencode(form), FORM, f"X-Twilio-Signature: {made}\r\n")

    def _words(self) -> str:
        return " ".join(self.chance.sample(WORDS, 24))

    async def _all(self, jobs: list[tuple[str, list[str]]]) -> None:
        """Each caller's messages in their order, several callers at a time."""
        waiting = iter(jobs)

        async def worker() -> None:
            wire = Wire(self.house.port, self.statuses)
            for sender, texts in waiting:
                for text in texts:
                    await self.writes(wire, sender, text)
            wire.close()

        await asyncio.gather(*(worker() for _ in range(WIRES)))

    async def _begin(self, senders: list[str]) -> None:
        """They are in danger and about to ask for a person. One after the other: the newest contact is theirs."""
        wire, newest = Wire(self.house.port, self.statuses), select(contacts.c.id).order_by(contacts.c.opened_at.desc())
        for sender in senders:
            for text in (f"{DANGER}. {self._words()}", "person"):
                await self.writes(wire, sender, text)
            with self.engine.connect() as connection:
                self.ids[sender] = connection.execute(newest.limit(1)).scalar_one().encode()
        assert len(set(self.ids.values())) == len(self.ids), "two callers, one contact"
        wire.close()

    # Staff

    def _hire(self) -> list[str]:
        now = time.time()

        def one(name: str) -> str:
            with self.engine.begin() as connection:
                member: Member = staff.insert_member(connection, name, Role.RESPONDER, "no password fits this")
                staff.begin_shift(connection, member.id, now, now + 8 * 3600)
                return f"staff={staff.open_session(connection, member, now)}"

        return [one(f"Responder {number}") for number in range(self.size.responders)]

    async def _get(self, path: str, cookie: str) -> str:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.house.port, limit=1 << 24)
        writer.write(f"GET {path} HTTP/1.1\r\nHost: x\r\nCookie: {cookie}\r\nConnection: close\r\n\r\n".encode())
        answer = await reader.read()
        writer.close()
        return answer.decode("utf-8", "replace").split("\r\n\r\n", 1)[-1]

    async def _takes(self, watchers: list[Watcher]) -> None:
        """Each responder takes as many as the others; the first of each that is theirs is the one on their screen."""
        wire, taken = Wire(self.house.port, self.statuses), 0
        theirs: list[list[str]] = [[] for _ in watchers]
        while taken < self.size.in_hands:
            cards = json.loads(await self._get("/staff/board.json", watchers[0].cookie))["waiting"]
            before = taken
            for card in cards[: self.size.in_hands - taken]:
                one = watchers[taken % len(watchers)]
                await wire.post(f"/staff/contacts/{card['id']}/claim", "even_full=1", FORM, f"Cookie: {one.cookie}\r\n")
                theirs[taken % len(watchers)].append(card["id"])
                taken += 1
            assert taken > before, "nobody waits any more"
        for one, ids in zip(watchers, theirs, strict=True):
            for contact in ids:
                page = await self._get(f"/staff/contacts/{contact}", one.cookie)
                if named := re.search(r"I am caller (\d+)", page):
                    one.contact, one.caller = contact, _number(int(named[1]))
                    break
            assert one.contact, "a responder has none of the contacts that they took"
        wire.close()

    # The load

    async def _load(self, watchers: list[Watcher], seconds: float, first: int) -> None:
        """Each message at its own time, whether the server keeps up or not."""
        began, many, rate = time.time(), int(seconds * self.size.a_second), self.size.a_second
        going: set[asyncio.Task[None]] = set()

        def go(sender: str, text: str) -> None:
            task = asyncio.create_task(self._once(sender, text))
            going.add(task)
            task.add_done_callback(going.discard)

        for number in range(many):
            if (wait := began + number / rate - time.time()) > 0:
                await asyncio.sleep(wait)
            if number % 4 == 0:
                caller = _number(NEW + first + number)
                self.sent_cards[self.ids[caller]] = time.time()
                go(caller, "1")
            else:
                self.sent_lines[first + number] = time.time()
                go(watchers[number % len(watchers)].caller, f"line {first + number}")
            gone = number - 1 - GONE_AFTER * rate
            if number % 4 == 1 and gone >= 0:  # they go again, so that the newest are on the board
                go(_number(NEW + first + gone), "delete")
        await asyncio.sleep(SETTLE_SECONDS)
        await asyncio.gather(*going)

    async def _once(self, sender: str, text: str) -> None:
        """One message over a connection that nobody else uses at that moment."""
        used, wire = self.free.pop() if self.free else (time.time(), Wire(self.house.port, self.statuses))
        if time.time() - used > KEPT_SECONDS:
            wire.close()
        await self.writes(wire, sender, text)
        self.free.append((time.time(), wire))

    async def _measured(self, watchers: list[Watcher], seconds: float, first: int) -> dict[str, Any]:
        """How long each line and card took to each screen that was to show it."""
        self.sent_lines.clear()
        self.sent_cards.clear()
        many = int(seconds * self.size.a_second)
        await self._begin([_number(NEW + first + n) for n in range(0, many, 4)])
        watching = [asyncio.create_task(one.watch()) for one in watchers]
        await asyncio.sleep(3.0)
        for one in watchers:
            one.cards.clear()
            one.lines.clear()
        cpu, at, read = self._cpu(), time.time(), sum(one.bytes_read for one in watchers)
        await self._load(watchers, seconds, first)
        share = (self._cpu() - cpu) / (time.time() - at)
        read = sum(one.bytes_read for one in watchers) - read
        for task in watching:
            task.cancel()
        await asyncio.gather(*watching, return_exceptions=True)
        sent = self.sent_lines
        lines = [one.lines[number] - sent[number] for one in watchers for number in one.lines if number in sent]
        cards, missed = self._cards(watchers)
        return {
            "lines": len(self.sent_lines),
            "lines_shown": len(lines),
            "line_p50_ms": _share(lines, 0.5),
            "line_p99_ms": _share(lines, 0.99),
            "cards": len(self.sent_cards),
            "cards_missed": missed,
            "card_p50_ms": _share(cards, 0.5),
            "card_p99_ms": _share(cards, 0.99),
            "cpu_of_a_core": round(share, 2),
            "kib_a_second_and_watcher": round(read / 1024 / (seconds + SETTLE_SECONDS) / len(watchers), 1),
        }

    def _cards(self, watchers: list[Watcher]) -> tuple[list[float], int]:
        """How long each card took to each screen, and how many never came to one."""
        sent = self.sent_cards
        waits = [at - sent[card] for one in watchers for card, at in one.cards.items() if card in sent]
        return waits, len(sent) * len(watchers) - len(waits)

    async def _idle(self, watchers: list[Watcher]) -> float:
        watching = [asyncio.create_task(one.watch()) for one in watchers]
        await asyncio.sleep(3.0)
        cpu, at = self._cpu(), time.time()
        await asyncio.sleep(self.size.idle_seconds)
        share = (self._cpu() - cpu) / (time.time() - at)
        for task in watching:
            task.cancel()
        await asyncio.gather(*watching, return_exceptions=True)
        return round(share, 3)

    def _cpu(self) -> float:
        """Seconds of a core that the web process has used so far."""
        assert self.house.server is not None
        assert self.house.server.process is not None
        stat = Path(f"/proc/{self.house.server.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(stat[11]) + int(stat[12])) / TICKS

    async def run(self) -> dict[str, Any]:
        await asyncio.to_thread(self.house.start)
        self.engine = open_engine(str(self.house.folder / "home" / "hotline.db"))
        watchers: list[Watcher] = []
        try:
            watchers += [Watcher(cookie, self.house.port) for cookie in self._hire()]
            for one in watchers:
                one.begin()
            ask = [self._words() for _ in range(self.size.contacts)]
            await self._all([(_number(n), [words, "person", "1", f"I am caller {n}"]) for n, words in enumerate(ask)])
            await self._takes(watchers)
            board = json.loads(await self._get("/staff/board.json", watchers[0].cookie))
            idle = await self._idle(watchers)
            many = await self._measured(watchers, self.size.seconds, 1_000_000)
            alone = await self._measured(watchers[:1], self.size.seconds / 2, 2_000_000)
        finally:
            for one in watchers:
                if one.beating is not None:
                    one.beating.cancel()
            self.engine.dispose()
            await asyncio.to_thread(self.house.stop)
        refused = sum(number for status, number in self.statuses.items() if not 200 <= status < 400)
        return {
            "responders": self.size.responders,
            "contacts": self.size.contacts,
            "waiting": board["total"],
            "surge": board["surge"],
            "a_second": self.size.a_second,
            **many,
            "goal_p99_ms": 500,
            **{f"one_watcher_{name}": alone[name] for name in ("line_p99_ms", "card_p99_ms", "cpu_of_a_core")},
            "idle_cpu_of_a_core": idle,
            "busy_to_idle": round(many["cpu_of_a_core"] / idle, 1) if idle else None,
            "refused": refused,
            "load_average_before_and_now": f"{LOAD:.1f} {os.getloadavg()[0]:.1f}",
        }


LOAD = os.getloadavg()[0]


def _number(number: int) -> str:
    return f"+34{600_000_000 + number:09d}"


def _share(waits: list[float], part: float) -> int | None:
    return round(1000 * sorted(waits)[min(len(waits) - 1, int(len(waits) * part))]) if waits else None


def desk(size: Size) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="hotline-desk-") as name:
        return asyncio.run(DeskBench(size, Path(name)).run())


def run() -> dict[str, Any]:
    return desk(Size())


if __name__ == "__main__":
    small = Size(responders=5, contacts=60, in_hands=30, seconds=8.0, idle_seconds=3.0)
    row = {"bench": "desk", **desk(small if "--small" in sys.argv else Size())}
    print(json.dumps(row), flush=True)
    if "--keep" in sys.argv:
        keep("desk", [row])
