"""A flood through the real server: thousands of fakes in a minute on three channels, and twenty callers in danger among them.

Measured: from a caller's yes to a person until their card is on the screen of one responder, from the responder's answer
until it leaves a sender that sends one message a second, and how many were refused. Everything on loopback, in bounds.
"""

from __future__ import annotations

import asyncio
import json
import random
import re
import secrets
import statistics
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import uvicorn

from app.cli import LAUNCHER
from app.tools.house import House, free_port
from app.tools.visitor import Visitor
from bench.crowd import BOT, Caller, Wire, callers
from bots.loopback.twilio import Twilio

ACCOUNT, TOKEN, SECRET = "AC" + "f" * 32, "flood-token", "flood-secret"
ANSWERS_FROM = "+15005550999"
ANSWER = "Estoy aqui."
WIRES = 48
ANSWERING = 0.02
"""The part of the fakes that goes on after the first message, to the end."""

SETTLE_SECONDS = 20.0
CONFIG = """[staff]
second_factor = false
[languages]
offered = ["en", "es"]
default = "en"
[twilio]
numbers = ["+15005550006"]
"""


@dataclass(frozen=True, slots=True)
class Size:
    """How large a flood is. `pace`: seconds between two messages of one sender; `reserved`: answers have their own."""

    fakes: int = 10_000
    seconds: float = 60.0
    real: int = 20
    pace: float = 1.0
    reserved: bool = True


@dataclass(slots=True)
class Seen:
    """What the responder's screen and the callers told."""

    asked: dict[str, tuple[str, float, float]] = field(default_factory=dict)
    shown: dict[str, tuple[str, float, float, int]] = field(default_factory=dict)
    answered: dict[str, float] = field(default_factory=dict)
    statuses: Counter[int] = field(default_factory=Counter)
    most_waiting: int = 0
    alike: int = 0
    surge: bool = False
    late: list[float] = field(default_factory=list)
    said: int = 0


class Flood:
    def __init__(self, size: Size, folder: Path, seed: int = 4) -> None:
        self.size, self.chance, self.seen = size, random.Random(seed), Seen()
        provider, port = free_port(), free_port()
        self.public = f"http://127.0.0.1:{port}"
        config = folder / "config.toml"
        config.write_text(CONFIG + (f'answers_from = "{ANSWERS_FROM}"\n' if size.reserved else ""))
        extra = {
            "HOTLINE_TWILIO_ACCOUNT_SID": ACCOUNT,
            "HOTLINE_TWILIO_AUTH_TOKEN": TOKEN,
            "HOTLINE_TELEGRAM_TOKEN": f"100000001:{BOT}",
            "HOTLINE_TELEGRAM_SECRET": SECRET,
            "HOTLINE_PUBLIC_URL": self.public,
            "HOTLINE_TWILIO_API_URL": f"http://127.0.0.1:{provider}",
            "HOTLINE_TELEGRAM_API_URL": "http://127.0.0.1:9",
        }
        self.house = House([*LAUNCHER, "--config", str(config)], folder, extra, port)
        self.twilio = Twilio(ACCOUNT, TOKEN, webhook_url=None, pace=size.pace, senders=[ANSWERS_FROM])
        served = uvicorn.Config(self.twilio.app, port=provider, log_config=None, access_log=False)
        self.provider = uvicorn.Server(served)
        self.password = secrets.token_hex(8)

    async def run(self) -> dict[str, Any]:
        serving = asyncio.create_task(self.provider.serve())
        await self._hire()
        await asyncio.to_thread(self.house.start)
        watching: asyncio.Task[None] | None = None
        try:
            self.chloe = Visitor(self.house.base)
            await asyncio.to_thread(self._sign_in)
            watching = asyncio.create_task(self._watch())
            began = time.time()
            await asyncio.gather(self._fakes(began), *self._real(began))
            took = time.time() - began
            await self._settled()
            return self._verdict(took)
        finally:
            if watching is not None:
                watching.cancel()
                await asyncio.gather(watching, return_exceptions=True)
            await asyncio.to_thread(self.house.stop)
            self.provider.should_exit = True
            await serving

    async def _hire(self) -> None:
        path = self.house.folder / "password"
        path.write_text(self.password)
        process = await asyncio.create_subprocess_exec(
            *self.house.launcher, "staff", "add", "Chloe", "--password-file", str(path),
            env=self.house.environment(), stdout=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        assert await process.wait() == 0

    def _sign_in(self) -> None:
        assert self.chloe.post("/staff/login", {"name": "Chloe", "password": self.password}).status == 303
        assert self.chloe.post("/staff/shift", {"do": "begin"}).status == 303

    async def _fakes(self, began: float) -> None:
        """Each at its own time, whether the server keeps up or not."""
        jobs: asyncio.Queue[tuple[float, Caller] | None] = asyncio.Queue()
        workers = [asyncio.create_task(self._worker(jobs)) for _ in range(WIRES)]
        for number, fake in enumerate(callers(self, self.size.fakes)):
            due = began + self.size.seconds * number / self.size.fakes
            if (wait := due - time.time()) > 0.005:
                await asyncio.sleep(wait)
            jobs.put_nowait((due, fake))
        for _ in workers:
            jobs.put_nowait(None)
        await asyncio.gather(*workers)

    async def _worker(self, jobs: asyncio.Queue[tuple[float, Caller] | None]) -> None:
        wire = Wire(self.house.port, self.seen.statuses)
        while (job := await jobs.get()) is not None:
            due, fake = job
            self.seen.late.append(time.time() - due)
            await fake.writes(wire, fake.first)
            if self.chance.random() < ANSWERING:
                for _ in range(5):
                    await fake.writes(wire, "1")
        wire.close()

    def _real(self, began: float) -> list[Any]:
        times = [began + self.size.seconds * (0.15 + 0.75 * n / self.size.real) for n in range(self.size.real)]
        people = callers(self, self.size.real, real=True)
        return [self._one(at, person) for at, person in zip(times, people, strict=True)]

    async def _one(self, at: float, person: Caller) -> None:
        """Somebody in danger, who reads for a moment and says 1 until a person is promised."""
        await asyncio.sleep(max(0.0, at - time.time()))
        wire, text = Wire(self.house.port, self.seen.statuses), person.first
        for _ in range(16):
            before = time.time()
            reply = await person.writes(wire, text)
            if person.promised(reply):
                self.seen.asked[person.name] = (person.channel, before, time.time())
                break
            text = "1"
            await asyncio.sleep(0.3)
        wire.close()

    async def _watch(self) -> None:
        """Chloe's screen: notes whom it shows, takes those in danger who write Spanish, and answers them."""
        cookie = "; ".join(f"{name}={value}" for name, value in self.chloe._cookies.items())
        reader, writer = await asyncio.open_connection("127.0.0.1", self.house.port, limit=1 << 24)
        writer.write(f"GET /staff/events HTTP/1.1\r\nHost: x\r\nCookie: {cookie}\r\n\r\n".encode())
        busy: set[asyncio.Task[None]] = set()
        try:
            while line := await reader.readline():
                if not line.startswith(b'data: {"on_duty"'):
                    continue
                board, at = json.loads(line[6:]), time.time()
                self.seen.most_waiting = max(self.seen.most_waiting, board["total"])
                self.seen.surge |= board["surge"]
                for place, card in enumerate(board["waiting"], 1):
                    self.seen.alike = max(self.seen.alike, card["alike"])
                    if card["language"] == "es" and card["id"] not in self.seen.shown:
                        self.seen.shown[card["id"]] = (card["channel"], card["since"], at, place)
                        task = asyncio.create_task(self._answer(card["id"]))
                        busy.add(task)
                        task.add_done_callback(busy.discard)
        finally:
            writer.close()
            await asyncio.gather(*busy, return_exceptions=True)

    async def _answer(self, contact: str) -> None:
        await asyncio.to_thread(self.chloe.post, f"/staff/contacts/{contact}/claim", {"even_full": "1"})
        self.seen.answered[contact] = time.time()
        await asyncio.to_thread(self.chloe.post, f"/staff/contacts/{contact}/answer", {"text": f"{ANSWER} {contact}"})

    async def _settled(self) -> None:
        for _ in range(int(SETTLE_SECONDS / 0.2)):
            if len(self.seen.shown) == self.size.real and self._all_left():
                return
            await asyncio.sleep(0.2)

    def _all_left(self) -> bool:
        by_sms = sum(channel == "sms" for channel, *_ in self.seen.shown.values())
        return len(self._left()) == by_sms

    def _left(self) -> list[float]:
        """Seconds from the press of the button until each answer by SMS left the sender."""
        found = []
        for message in list(self.twilio.sent):
            match = re.fullmatch(rf"{ANSWER} ([0-9a-f]+)", message.body)
            if match and match[1] in self.seen.answered:
                found.append(message.due - self.seen.answered[match[1]])
        return found

    def _verdict(self, took: float) -> dict[str, Any]:
        waits, places = [], []
        for channel, before, after in self.seen.asked.values():
            fits = [one for one in self.seen.shown.values() if one[0] == channel and before <= one[1] <= after]
            waits += [one[2] - before for one in fits[:1]]
            places += [one[3] for one in fits[:1]]
        left = sorted(self._left())
        refused = sum(number for status, number in self.seen.statuses.items() if status >= 400 or status < 200)
        return {
            "fakes": self.size.fakes,
            "seconds": round(took, 1),
            "real_asked": len(self.seen.asked),
            "real_shown": len(waits),
            "shown_p50_s": round(statistics.median(waits), 2) if waits else None,
            "shown_p99_s": round(max(waits), 2) if waits else None,
            "goal_shown_p99_s": 2.0,
            "place_median": statistics.median(places) if places else None,
            "place_worst": max(places, default=None),
            "answers_by_sms": len(left),
            "answer_out_worst_s": round(left[-1], 2) if left else None,
            "goal_answer_out_s": 3.0,
            "reserved_sender": self.size.reserved,
            "refused": refused,
            "requests": sum(self.seen.statuses.values()),
            "surge": self.seen.surge,
            "most_waiting": self.seen.most_waiting,
            "most_alike_on_a_card": self.seen.alike,
            "script_messages_by_sms": self.seen.said,
            "begun_late_p99_s": round(sorted(self.seen.late)[int(len(self.seen.late) * 0.99)], 2),
        }


def flood(size: Size) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="hotline-flood-") as name:
        return asyncio.run(Flood(size, Path(name)).run())


def run() -> dict[str, Any]:
    """The whole flood with a sender kept for answers, and a third of it without one."""
    shared = flood(Size(fakes=3_300, seconds=20.0, real=7, reserved=False))
    told = ("answers_by_sms", "answer_out_worst_s", "shown_p99_s", "refused")
    return {**flood(Size()), **{f"without_reserved_{name}": shared[name] for name in told}}
