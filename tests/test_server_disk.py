"""A disk that is full: nothing is acknowledged, nothing crashes, and all goes on by itself when there is room again."""

from __future__ import annotations

import json
import resource
import time
from pathlib import Path

from app.cli import LAUNCHER
from app.tools.house import House
from app.tools.visitor import Visitor


def allow_files_of(house: House, size: int) -> None:
    """Let the running server write files no longer than this: its next write fails as on a full disk."""
    assert house.server is not None
    assert house.server.process is not None
    resource.prlimit(house.server.process.pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


def test_a_full_disk_is_told_with_503_and_the_server_lives_on(tmp_path: Path) -> None:
    house = House(LAUNCHER, tmp_path)
    house.start()
    try:
        amara, phones = Visitor(house.base), Visitor(house.base)
        assert amara.post("/en/chat", {"do": "begin"}).status == 200
        allow_files_of(house, 4096)
        refused = amara.post("/en/chat", {"do": "begin"})
        assert refused.status == 503
        assert "We cannot take messages right now" in refused.text
        phones.post("/demo/phone", {"person": "1", "app": "sms", "text": "hello"})
        sms = json.loads(phones.get("/demo/phone.json?person=1").text)[0]
        assert [line["who"] for line in sms["lines"]] == ["person"], "an unacknowledged message got a reply"
        assert amara.get("/healthz").status == 200
        assert amara.get("/readyz").status == 503
        allow_files_of(house, resource.RLIM_INFINITY)
        assert amara.post("/en/chat", {"do": "begin"}).status == 200
        deadline = time.monotonic() + 15
        while amara.get("/readyz").status != 200 and time.monotonic() < deadline:
            time.sleep(0.2)
        assert amara.get("/readyz").status == 200
    finally:
        house.stop()


def test_a_start_on_a_full_disk_says_so_and_does_not_crash(tmp_path: Path) -> None:
    import subprocess

    house = House(LAUNCHER, tmp_path)
    limited = ["bash", "-c", 'ulimit -f 64; exec "$@"', "limited", *LAUNCHER, "serve"]
    run = subprocess.run(limited, env=house.environment(), capture_output=True, text=True, timeout=30)
    assert run.returncode == 2
    home = tmp_path / "home"
    assert run.stderr.strip() == (
        f"hotline: The data folder {home} cannot be written (File too large): set HOTLINE_HOME to one that can."
    )
