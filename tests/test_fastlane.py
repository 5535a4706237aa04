"""A page comes off the wire the same, whether the protocol writes it or the application; and in its turn."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest
import uvicorn
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from app.fastlane import fast_lane
from campaigns.publish import published
from campaigns.web import PublishedPages
from tests.people import comes_true

PAGE = "<p>Ask first.</p>" * 200
HEADERS = [("Content-Security-Policy", "default-src 'none'"), ("Referrer-Policy", "no-referrer")]


async def inner(scope: Scope, receive: Receive, send: Send) -> None:
    """Everything that is no page; says how much was posted."""
    size = 0
    while scope["type"] == "http":
        message = await receive()
        size += len(message.get("body", b""))
        if not message.get("more_body"):
            break
    if scope["type"] == "http":
        await PlainTextResponse(f"{scope['method']} {scope['path']} {size}")(scope, receive, send)


@dataclass
class Running:
    port: int
    pages: PublishedPages
    counted: list[tuple[str, str]] = field(default_factory=list)

    def raw(self, request: bytes, *, until_closed: bool = False, answers: int = 1) -> bytes:
        """What comes back over one connection."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=5) as line:
            line.sendall(request)
            found = b""
            while until_closed or found.count(b"HTTP/1.1 ") < answers or not _whole(found):
                part = line.recv(65_536)
                if not part:
                    break
                found += part
            return found


def _whole(found: bytes) -> bool:
    head, _, body = found[found.rindex(b"HTTP/1.1 ") :].partition(b"\r\n\r\n")
    length = [row.split(b": ")[1] for row in head.split(b"\r\n") if row.startswith(b"content-length")]
    return bool(head) and len(body) >= int(length[0]) if length else b"\r\n\r\n" in found


@pytest.fixture(scope="module")
def both() -> Iterator[dict[str, Running]]:
    with _run(fast=True) as fast, _run(fast=False) as asgi:
        yield {"fast": fast, "asgi": asgi}


@pytest.fixture(params=["fast", "asgi"])
def running(request: pytest.FixtureRequest, both: dict[str, Running]) -> Running:
    one = both[request.param]
    one.counted.clear()
    return one


@contextmanager
def _run(*, fast: bool) -> Iterator[Running]:
    counted: list[tuple[str, str]] = []
    page = published(PAGE.encode(), "text/html; charset=utf-8", "public", ("care", "en"))
    pages = PublishedPages(inner, {"/en/c/care": page}, HEADERS, counted.append)
    listener = socket.create_server(("127.0.0.1", 0))
    lane: type[asyncio.Protocol] | str = fast_lane(pages, onion=False) if fast else "httptools"
    config = uvicorn.Config(
        pages,
        http=lane,
        ws="none",
        lifespan="off",
        log_config=None,
        server_header=False,
        date_header=False,
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield Running(listener.getsockname()[1], pages, counted)
    server.should_exit = True
    thread.join(timeout=5)
    listener.close()


def ask(path: str = "/en/c/care", method: str = "GET", version: str = "1.1", **headers: str) -> bytes:
    rows = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in {"host": "x", **headers}.items())
    return f"{method} {path} HTTP/{version}\r\n{rows}\r\n".encode()


ZIPPED = {"accept_encoding": "br, gzip"}
QUESTIONS = {
    "plain": ask(),
    "compressed": ask(**ZIPPED),
    "kept alive by name": ask(connection="keep-alive", **ZIPPED),
    "only its head": ask(method="HEAD", connection="close", **ZIPPED),
    "percent in the path": ask("/en/c/c%61re"),
    "a query that nobody reads": ask("/en/c/care?from=a"),
    "another page": ask("/en/c/other"),
    "a post with words": ask(method="POST", content_length="5") + b"words",
    "a get with words": ask(content_length="5") + b"words",
}


@pytest.mark.parametrize("name", list(QUESTIONS))
def test_both_ways_answer_with_the_same_bytes(both: dict[str, Running], name: str) -> None:
    answers, counts = [], []
    for one in both.values():
        one.counted.clear()
        answers.append(one.raw(QUESTIONS[name], until_closed="head" in name))
        counts.append(one.counted)
    comes_true(lambda: counts[0] == counts[1])
    assert answers[0] == answers[1]
    assert answers[0].startswith(b"HTTP/1.1 ")


def test_what_has_not_changed_is_not_sent_again(running: Running) -> None:
    etag = published(PAGE.encode(), "", "").etag
    answer = running.raw(ask(if_none_match=etag))
    assert answer.startswith(b"HTTP/1.1 304 ")
    assert answer.endswith(b"\r\n\r\n")


def test_who_asks_to_close_is_closed_after_the_answer(running: Running) -> None:
    for question in (ask(connection="close"), ask(version="1.0")):
        assert running.raw(question, until_closed=True).endswith(PAGE.encode())


def test_questions_in_one_breath_are_answered_in_their_order(running: Running) -> None:
    line = ask() + ask("/en/c/other") + ask(method="POST", content_length="3") + b"abc" + ask(**ZIPPED) + ask("/last")
    found = running.raw(line, answers=5)
    places = [
        found.index(part) for part in (b"<p>Ask", b"GET /en/c/other 0", b"POST /en/c/care 3", b"gzip", b"GET /last 0")
    ]
    assert places == sorted(places)


def test_each_view_is_counted_once(running: Running) -> None:
    for _ in range(3):
        running.raw(ask())
    running.raw(ask(method="HEAD", connection="close"), until_closed=True)
    comes_true(lambda: len(running.counted) >= 3)
    assert running.counted == [("care", "en")] * 3


def test_half_a_question_is_waited_for(running: Running) -> None:
    with socket.create_connection(("127.0.0.1", running.port), timeout=5) as line:
        for part in (ask()[:9], ask()[9:20], ask()[20:]):
            line.sendall(part)
            time.sleep(0.05)
        assert line.recv(65_536).startswith(b"HTTP/1.1 200 OK")


def test_what_is_no_question_is_refused(running: Running) -> None:
    assert running.raw(b"nonsense\r\n\r\n", until_closed=True).startswith(b"HTTP/1.1 400 ")
