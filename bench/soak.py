"""`make soak`: kill -9 of web and worker at random under load, and a checker that compares what was acknowledged with what
arrived. Callers write through the simulated Twilio; a responder answers in the console; both keep what they were told.

Ends by itself. Writes a dated record to bench/results/.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import logging
import random
import re
import secrets
import signal
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from html import unescape
from pathlib import Path
from typing import Any

import uvicorn

from app.cli import LAUNCHER
from app.settings import ROOT
from app.tools.house import House, Process, free_port
from app.tools.visitor import Page, Visitor
from bench.__main__ import keep
from bots.loopback.twilio import Twilio

CALLERS = 8
ACCOUNT, TOKEN = "AC" + "7" * 32, "soak-token"
SCRIPT = ("hello", "1", "2", "1", "6", "1", "1")
"""Through the opening to a person; nobody is on duty, so the last 1 chooses to wait. No two replies are alike."""
ANSWERS_A_ROUND = 3
DRAIN_SECONDS = 90.0


@dataclass(slots=True)
class Truth:
    """What everybody was told. `acked`: texts whose webhook was answered; `answered`: answers the console took."""

    acked: Counter[str] = field(default_factory=Counter)
    answered: list[str] = field(default_factory=list)
    kills: Counter[str] = field(default_factory=Counter)
    unsure: set[str] = field(default_factory=set)


class Storm:
    """One run: a house whose parts are killed, callers, a responder."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.random = random.Random(seed)
        self.truth = Truth()
        self.provider_port = free_port()
        port = free_port()
        extra = {
            "HOTLINE_TWILIO_ACCOUNT_SID": ACCOUNT,
            "HOTLINE_TWILIO_AUTH_TOKEN": TOKEN,
            "HOTLINE_PUBLIC_URL": f"http://127.0.0.1:{port}",
            "HOTLINE_TWILIO_API_URL": f"http://127.0.0.1:{self.provider_port}",
        }
        self.launcher = [*LAUNCHER, "--config", str(without_second_factor(folder))]
        self.house = House(self.launcher, folder, extra, port)
        self.twilio = Twilio(ACCOUNT, TOKEN, webhook_url=f"{self.house.base}/webhooks/twilio", pace=0.0)
        self.stopping = asyncio.Event()
        self.password = secrets.token_hex(8)
        self.numbers = itertools.count()

    async def run(self, kills: int) -> dict[str, Any]:
        server = uvicorn.Server(
            uvicorn.Config(self.twilio.app, port=self.provider_port, log_config=None, access_log=False)
        )
        provider = asyncio.create_task(server.serve())
        await self._add_staff()
        parts = {
            "web": self.house.process("serve", "--no-worker", ready="Ready http"),
            "worker": self.house.process("worker", ready="worker_started"),
        }
        try:
            for part in parts.values():
                await asyncio.to_thread(part.start)
            began = time.monotonic()
            people = [asyncio.create_task(self._caller(number)) for number in range(CALLERS)]
            responder = asyncio.create_task(self._responder())
            killers = [self._killer(name, part, kills // 2) for name, part in parts.items()]
            await asyncio.gather(*killers)
            self.stopping.set()
            await asyncio.gather(*people, responder)
            result = await self._verdict()
            return {**result, "seconds": round(time.monotonic() - began)}
        finally:
            for part in parts.values():
                part.end()
            server.should_exit = True
            await provider

    async def _add_staff(self) -> None:
        (self.house.folder / "password").write_text(self.password)
        process = await asyncio.create_subprocess_exec(
            *self.launcher, "staff", "add", "Chloe", "--password-file", str(self.house.folder / "password"),
            env=self.house.environment(), stdout=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        assert await process.wait() == 0

    async def _killer(self, name: str, part: Process, kills: int) -> None:
        for _ in range(kills):
            await asyncio.sleep(self.random.uniform(0.05, 0.6))
            await self._some_work_done()
            await asyncio.to_thread(part.end, signal.SIGKILL)
            self.truth.kills[name] += 1
            await asyncio.to_thread(part.start)

    async def _some_work_done(self) -> None:
        """Until a line and an answer more are taken, five seconds at most: a kill that hits no work shows nothing."""
        lines, answers = self.truth.acked.total(), len(self.truth.answered)
        deadline = time.monotonic() + 5
        while time.monotonic() < deadline:
            if self.truth.acked.total() > lines and len(self.truth.answered) > answers:
                return
            await asyncio.sleep(0.02)

    async def _caller(self, number: int) -> None:
        """Goes through the script, then writes numbered lines; a line is said again, same id, until it is taken."""
        sender = f"+4790100{number:03d}"
        for text in SCRIPT:
            await self._say(sender, text)
        count = 0
        while not self.stopping.is_set():
            count += 1
            text = f"line {number}-{count}."
            await self._say(sender, text)
            self.truth.acked[text] += 1
            await asyncio.sleep(self.random.uniform(0.0, 0.3))

    async def _say(self, sender: str, text: str) -> None:
        sid = f"SM{secrets.token_hex(16)}"
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            delivery = await self.twilio.write(sender, text, message_sid=sid, retries=0)
            if delivery.acknowledged:
                return
            await asyncio.sleep(0.05)
        raise AssertionError("the server did not come back within a minute")

    async def _responder(self) -> None:
        chloe = Visitor(self.house.base)
        while not self.stopping.is_set():
            try:
                await asyncio.to_thread(self._one_round, chloe)
            except (OSError, ValueError, ConnectionError):
                await asyncio.sleep(0.05)
            await asyncio.sleep(0.02)

    def _one_round(self, chloe: Visitor) -> None:
        """Take whoever waits, and answer some of those taken; no text is ever used twice."""
        page = chloe.get("/staff/board.json")
        if page.status == 303:
            chloe.post("/staff/login", {"name": "Chloe", "password": self.password})
            return
        board = json.loads(page.text)
        chloe.get("/staff/here.gif")  # as a browser without scripts says that she is there
        for card in board["waiting"]:
            chloe.post(f"/staff/contacts/{card['id']}/claim", {"even_full": "1"})
        mine = [card["id"] for card in board["mine"]]
        for contact in self.random.sample(mine, min(ANSWERS_A_ROUND, len(mine))):
            text = f"answer {next(self.numbers)}."
            if self._took(chloe, contact, text):
                self.truth.answered.append(text)

    def _took(self, chloe: Visitor, contact: str, text: str) -> bool:
        """Whether the console took an answer; when the connection broke, a look at the talk tells, as it would a person."""
        try:
            return chloe.post(f"/staff/contacts/{contact}/answer", {"text": text}).status == 303
        except OSError:
            deadline = time.monotonic() + 30
            while time.monotonic() < deadline:
                try:
                    return text in _lines(chloe.get(f"/staff/contacts/{contact}"))
                except OSError:
                    time.sleep(0.1)
            raise

    async def _verdict(self) -> dict[str, Any]:
        """Wait until all is quiet, then hold what was acknowledged against what is there."""
        chloe = Visitor(self.house.base)
        await asyncio.to_thread(chloe.post, "/staff/login", {"name": "Chloe", "password": self.password})
        deadline = time.monotonic() + DRAIN_SECONDS
        while time.monotonic() < deadline:
            held, waiting = await asyncio.to_thread(self._held, chloe)
            sent = Counter(message.body for message in self.twilio.sent)
            if not waiting and all(sent[text] for text in self.truth.answered):
                break
            await asyncio.sleep(0.5)
        prompts = Counter(
            (entry.text, number)
            for number in range(CALLERS)
            for entry in self.twilio.thread(f"+4790100{number:03d}")
            if entry.who == "hotline" and not entry.text.startswith("answer")
        )
        return {
            "kills": dict(self.truth.kills),
            "acknowledged": sum(self.truth.acked.values()),
            "lost": sorted(text for text in self.truth.acked if held[text] == 0),
            "ingested_twice": sorted(text for text in self.truth.acked if held[text] > 1),
            "answers": len(self.truth.answered),
            "answers_lost": sorted(text for text in self.truth.answered if sent[text] == 0),
            "answered_twice": sorted(text for text, number in sent.items() if number > 1),
            "prompts_twice": sum(number - 1 for number in prompts.values() if number > 1),
            "prompts": sum(prompts.values()),
        }

    def _held(self, chloe: Visitor) -> tuple[Counter[str], int]:
        """Every caller's line in the open contacts, and how many contacts or answers still wait."""
        board = json.loads(chloe.get("/staff/board.json").text)
        for card in board["waiting"]:
            chloe.post(f"/staff/contacts/{card['id']}/claim", {"even_full": "1"})
        held: Counter[str] = Counter()
        waiting = len(board["waiting"])
        for card in board["mine"]:
            page = chloe.get(f"/staff/contacts/{card['id']}")
            held.update(_lines(page))
            waiting += page.text.count('class="delivery waiting"')
        return held, waiting


def _lines(page: Page) -> list[str]:
    return [unescape(text) for text in re.findall(r'<p class="said" dir="auto">([^<]*)</p>', page.text)]


def without_second_factor(folder: Path) -> Path:
    """The shipped settings for a responder whom nobody gives a passkey."""
    shipped = (ROOT / "config.toml").read_text(encoding="utf-8")
    changed = re.sub(r"(?m)^second_factor = true", "second_factor = false", shipped)
    assert changed != shipped, "config.toml has no second_factor = true"
    path = folder / "config.toml"
    path.write_text(changed, encoding="utf-8")
    return path


def storm(kills: int, seed: int) -> dict[str, Any]:
    logging.disable(logging.CRITICAL)  # a worker killed in mid-request is what we came for, not news
    with tempfile.TemporaryDirectory(prefix="hotline-soak-") as name:
        return asyncio.run(_storm(Path(name), kills, seed))


async def _storm(folder: Path, kills: int, seed: int) -> dict[str, Any]:
    return {"bench": "kill storm", "seed": seed, **await Storm(folder, seed).run(kills)}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.soak", description="kill -9 at random under load")
    parser.add_argument("--kills", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    options = parser.parse_args()
    result = storm(options.kills, options.seed)
    print(json.dumps(result))
    keep("soak", [result])
    bad = [
        name for name in ("lost", "ingested_twice", "answers_lost", "answered_twice", "prompts_twice") if result[name]
    ]
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
