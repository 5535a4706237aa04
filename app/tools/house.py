"""A hotline of one's own for audits, benchmarks and soaks: real processes, in a folder of their own, ended by their id."""

from __future__ import annotations

import base64
import http.client
import json
import os
import re
import signal
import socket
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

START_SECONDS = 30.0
DEMO_TWILIO_SID = "AC" + "0" * 31 + "1"
_KEPT = ("PATH", "HOME", "LANG", "PYTHONPATH", "VIRTUAL_ENV", "LD_LIBRARY_PATH")


class NotStarted(Exception):
    """A process did not come up; says its last words."""


@dataclass(slots=True)
class Process:
    """One process of the hotline, in a process group of its own together with what it starts."""

    command: Sequence[str]
    environment: Mapping[str, str]
    log: Path
    ready: str
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> str:
        """Start it and wait for its word of readiness; the text printed so far comes back."""
        with self.log.open("ab") as out:
            at = out.tell()
            self.process = subprocess.Popen(
                list(self.command), env=dict(self.environment), stdout=out, stderr=out, start_new_session=True
            )
        deadline = time.monotonic() + START_SECONDS
        while True:
            text = self.log.read_bytes()[at:].decode("utf-8", "replace")
            if self.ready in text:
                return text
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise NotStarted((text.strip().splitlines() or ["no word"])[-1])
            time.sleep(0.02)

    def end(self, how: signal.Signals = signal.SIGTERM) -> None:
        if self.process is not None and self.process.poll() is None:
            os.killpg(self.process.pid, how)
            self.process.wait(timeout=20)
        self.process = None


@dataclass(slots=True)
class House:
    """A server with its worker. `folder` gets home, log and tmp; `extra` adds to the environment (secrets, addresses)."""

    launcher: Sequence[str]
    folder: Path
    extra: Mapping[str, str] = field(default_factory=dict)
    port: int = 0
    staff: dict[str, str] = field(default_factory=dict)
    server: Process | None = None

    def __post_init__(self) -> None:
        self.port = self.port or free_port()
        for part in ("home", "log", "tmp"):
            (self.folder / part).mkdir(mode=0o700, parents=True, exist_ok=True)

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def environment(self) -> dict[str, str]:
        kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
        own = {"HOTLINE_HOME": str(self.folder / "home"), "TMPDIR": str(self.folder / "tmp"), "PORT": str(self.port)}
        return {**kept, **own, **self.extra}

    def message_ids(self) -> list[str]:
        """The ids of the messages that the simulated Twilio of a demo holds now, before they are deleted there."""
        token = (self.folder / "home" / "demo-secrets").read_text().split()[0]
        address = f"/demo/twilio/2010-04-01/Accounts/{DEMO_TWILIO_SID}/Messages.json?PageSize=100"
        login = base64.b64encode(f"{DEMO_TWILIO_SID}:{token}".encode()).decode()
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("GET", address, headers={"Authorization": f"Basic {login}"})
            return [one["sid"] for one in json.load(connection.getresponse())["messages"]]
        finally:
            connection.close()

    def process(self, *arguments: str, ready: str) -> Process:
        """Another process of this house, not started yet."""
        log = self.folder / "log" / f"{arguments[0]}.log"
        return Process([*self.launcher, *arguments], self.environment(), log, ready)

    def start(self, *arguments: str) -> None:
        self.server = self.process("serve", *arguments, ready="Ready http")
        self.staff = dict(re.findall(r"Demo staff: (\S+) / (\S+)", self.server.start()))

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        """End the server and its worker, and nothing else."""
        if self.server is not None:
            self.server.end(how)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
