"""A signed, sealed, fully durable SMS turn through the real server: rate and tail at 20 callers, web and worker on 2 cores.

Beside it, in the same run, the same client against /healthz: what the server and this client can do when nothing is stored.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import secrets
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from app.cli import LAUNCHER
from app.tools.house import House, free_port

CLIENTS, SECONDS, ROUNDS = 20, 5.0, 3
ACCOUNT, TOKEN = "AC" + "5" * 32, "bench-token"
WORDS = ("hello", "1", "2", "1", "6", "1", "1", "I want to talk about my work", "they keep my passport", "thank you")
"""Through the opening to a person, nobody being on duty (so the last 1 chooses to wait), and then free words."""


def run() -> dict[str, Any]:
    port = free_port()
    public = f"http://127.0.0.1:{port}"
    extra = {
        "HOTLINE_TWILIO_ACCOUNT_SID": ACCOUNT,
        "HOTLINE_TWILIO_AUTH_TOKEN": TOKEN,
        "HOTLINE_PUBLIC_URL": public,
        "HOTLINE_TWILIO_API_URL": "http://127.0.0.1:9",
    }
    with tempfile.TemporaryDirectory(prefix="hotline-bench-") as name:
        house = House(LAUNCHER, Path(name), extra, port)
        house.start()
        try:
            asyncio.run(_load(port, public, 1.0, stored=True))
            rounds = []
            for _ in range(ROUNDS):
                nothing = asyncio.run(_load(port, public, SECONDS / 2, stored=False))
                rounds.append((asyncio.run(_load(port, public, SECONDS, stored=True)), nothing))
        finally:
            house.stop()
    stored = [one for one, _ in rounds]
    return {
        "per_s": round(statistics.median(_rate(one, SECONDS) for one in stored)),
        "goal_per_s": 300,
        "p50_ms": round(statistics.median(_at(one, 0.50) for one in stored), 1),
        "p99_ms": round(statistics.median(_at(one, 0.99) for one in stored), 1),
        "goal_p99_ms": 50,
        "ratio_to_nothing_stored": round(
            statistics.median(_rate(one, SECONDS) / _rate(two, SECONDS / 2) for one, two in rounds), 3
        ),
        "clients": CLIENTS,
        "rounds": ROUNDS,
    }


def _rate(times: list[float], seconds: float) -> float:
    return len(times) / seconds


def _at(times: list[float], part: float) -> float:
    return sorted(times)[int(len(times) * part)] * 1000


async def _load(port: int, public: str, seconds: float, *, stored: bool) -> list[float]:
    until = time.perf_counter() + seconds
    results = await asyncio.gather(*(_caller(port, public, until, stored) for _ in range(CLIENTS)))
    return [took for one in results for took in one]


async def _caller(port: int, public: str, until: float, stored: bool) -> list[float]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    times: list[float] = []
    turn, sender = 0, _sender()
    while time.perf_counter() < until:
        if turn == len(WORDS):
            turn, sender = 0, _sender()
        request = _request(public, sender, WORDS[turn]) if stored else b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
        began = time.perf_counter()
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200"), head[:200]
        length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
        await reader.readexactly(length)
        times.append(time.perf_counter() - began)
        turn += 1
    writer.close()
    return times


def _sender() -> str:
    return f"+47{secrets.randbelow(10**8):08d}"


def _request(public: str, sender: str, text: str) -> bytes:
    sid = f"SM{secrets.token_hex(16)}"
    form = {
        "ToCountry": "NO", "ToState": "", "SmsMessageSid": sid, "NumMedia": "0", "ToCity": "", "FromZip": "",
        "SmsSid": sid, "FromState": "", "SmsStatus": "received", "FromCity": "", "Body": text, "FromCountry": "NO",
        "To": "+15005550006", "ToZip": "", "NumSegments": "1", "MessageSid": sid, "AccountSid": ACCOUNT,
        "From": sender, "ApiVersion": "2010-04-01",
    }  # fmt: skip
    url = f"{public}/webhooks/twilio"
    signed = url + "".join(name + form[name] for name in sorted(form))
    signature = base64.b64encode(hmac.new(TOKEN.encode(), signed.encode(), hashlib.sha1).digest()).decode()
    body = urlencode(form)
    return (
        f"POST /webhooks/twilio HTTP/1.1\r\nHost: x\r\nX-Twilio-Signature: {signature}\r\n"
        f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n\r\n{body}"
    ).encode()
