"""`hotline serve` and `hotline worker` as processes: what they say, and that they end when they should."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from tests.loopback_help import wait_for
from tests.people import ROOT
from tests.test_server_command import environment


@dataclass
class Serving:
    """`hotline serve`, as an organisation would start it for a look: the demo, with its worker."""

    process: subprocess.Popen[bytes]
    base: str
    folder: Path

    def said(self, where: str = "out") -> list[str]:
        return (self.folder / where).read_text().splitlines()

    def is_ready(self) -> bool:
        assert self.process.poll() is None, self.said("err")
        return any(line.startswith("Ready ") for line in self.said())


@contextlib.contextmanager
def serve(tmp_path: Path) -> Iterator[Serving]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        free_port = probe.getsockname()[1]
    command = [sys.executable, "-m", "app", "serve", "--port", str(free_port)]
    with (tmp_path / "out").open("wb") as out, (tmp_path / "err").open("wb") as err:
        given = environment(tmp_path, HOTLINE_COLOUR="red")
        process = subprocess.Popen(command, cwd=ROOT, env=given, stdout=out, stderr=err, start_new_session=True)
    found = Serving(process, f"http://127.0.0.1:{free_port}", tmp_path)
    try:
        wait_for(found.is_ready, seconds=20)
        with httpx.Client(base_url=found.base) as client:
            wait_for(lambda: client.get("/readyz").status_code == 200, seconds=20)
        yield found
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(10)


@pytest.fixture(scope="module")
def serving(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    with serve(tmp_path_factory.mktemp("serving")) as found:
        yield found


def test_serve_says_all_that_one_needs_for_a_look(serving: Serving) -> None:
    note, demo, chloe, dina, emil, mira, sara, ready = serving.said()
    assert note.startswith("Note: HOTLINE_COLOUR is not known and was not used: the names are HOTLINE_DATABASE_URL, ")
    assert demo == "Demo mode: simulated phones, sample campaigns, nothing leaves this machine."
    assert chloe.startswith("Demo staff: demo-chloe / demo-")
    assert dina.startswith("Demo staff: demo-dina / demo-")
    assert emil.startswith("Demo staff: demo-emil / demo-")
    assert mira.startswith("Demo staff: demo-mira / demo-")
    assert sara.startswith("Demo staff: demo-sara / demo-")
    assert ready == f"Ready {serving.base}/"
    form = {"name": "demo-chloe", "password": chloe.rsplit(" ", 1)[1]}
    signed_in = httpx.post(f"{serving.base}/staff/login", data=form)
    assert (signed_in.status_code, signed_in.headers["location"]) == (303, "/staff/")


def test_serve_does_not_tell_what_it_is_made_of(serving: Serving) -> None:
    headers = httpx.get(f"{serving.base}/en/").headers
    assert not {"server", "date", "x-powered-by"} & set(headers)


def test_serve_stops_cleanly_and_its_worker_with_it(tmp_path: Path) -> None:
    with serve(tmp_path) as serving:
        serving.process.send_signal(signal.SIGTERM)
        assert serving.process.wait(20) == 0
        ended = [json.loads(line)["event"] for line in serving.said("err")]
        *begun, last = ended
        assert (sorted(begun), last) == (["started", "worker_started"], "worker_ended")


def test_a_worker_that_is_told_to_stop_many_times_stops(tmp_path: Path) -> None:
    """Linux signals the worker once for every thread of a server that dies."""
    with (tmp_path / "err").open("wb") as err:
        command = [sys.executable, "-m", "app", "worker"]
        process = subprocess.Popen(command, cwd=ROOT, env=environment(tmp_path), stderr=err)
    try:
        wait_for(lambda: "worker_started" in (tmp_path / "err").read_text(), seconds=20)
        for _ in range(5000):
            os.kill(process.pid, signal.SIGTERM)
            os.kill(process.pid, signal.SIGINT)
        assert process.wait(8) == 0
    finally:
        process.kill()
        process.wait(10)
