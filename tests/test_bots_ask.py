"""One question to a provider ends in time, whatever the provider does, and takes no more memory than an answer may need."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from time import monotonic

import pytest

from bots import ask as ask_module
from bots.ask import LONGEST_ANSWER, NoAnswer, ask
from tests.ill_provider import drips, floods, ill_provider, says

OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


@pytest.fixture
def over() -> Iterator[threading.Event]:
    event = threading.Event()
    yield event
    event.set()


def unsure(url: str, *, read: float = 10.0, connect: float = 2.0) -> None:
    with pytest.raises(NoAnswer) as caught:
        ask("GET", f"{url}/x", read=read, connect=connect)
    assert not caught.value.sure


@pytest.mark.parametrize(
    ("start", "rest"),
    [
        (OK + b"Content-Length: 2\r\n\r\n", b"[]"),
        (OK + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n[\r\n1\r\n]\r\n0\r\n\r\n"),
        (OK + b"Connection: close\r\n\r\n", b"[]"),
        (b"HTTP/1.0 200 OK\r\n\r\n", b"[]"),
    ],
    ids=["counted", "in chunks", "until it closes", "an old server"],
)
def test_an_answer_is_read_however_its_end_is_told(start: bytes, rest: bytes) -> None:
    with ill_provider(lambda line: (line.sendall(start), line.sendall(rest))[0]) as url:  # type: ignore[func-returns-value]
        assert ask("GET", f"{url}/x").document == []


@pytest.mark.parametrize(
    "start",
    [b"", b"HTTP/1.1 200 OK\r\nX: ", OK + b"Content-Length: 100000\r\n\r\n", OK + b"\r\n"],
    ids=["no first line", "a header without end", "a body", "a body without end"],
)
def test_an_answer_that_comes_byte_by_byte_is_not_waited_for(start: bytes, over: threading.Event) -> None:
    with ill_provider(drips(start, over)) as url:
        before = monotonic()
        unsure(url, read=0.5)
        assert 0.4 < monotonic() - before < 8.0


def test_without_an_end_for_it_all_a_byte_now_and_then_holds_us_for_ever(
    over: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control of the test above, switched off: the time-out of a socket begins anew with every byte."""
    monkeypatch.setattr(ask_module._Hurried, "_hurry", lambda line: line._wire.settimeout(0.5))
    with ill_provider(drips(OK + b"\r\n", over)) as url:

        def asks() -> None:
            with suppress(NoAnswer):
                ask("GET", url)

        held = threading.Thread(target=asks, daemon=True)
        held.start()
        held.join(2.0)
        assert held.is_alive()


def test_an_answer_without_bounds_is_cut_off_and_counts_as_none() -> None:
    given: list[int] = []
    with ill_provider(floods(OK + b"Content-Length: 157286400\r\n\r\n", 150, given)) as url:
        unsure(url)
    assert len(given) < 40


@pytest.mark.parametrize(("more", "taken"), [(0, True), (1, False)])
def test_an_answer_may_be_as_long_as_its_bound_and_not_a_byte_longer(more: int, taken: bool) -> None:
    with ill_provider(says(200, b"[]" + b" " * (LONGEST_ANSWER - 2 + more))) as url:
        if taken:
            assert ask("GET", f"{url}/x").document == []
        else:
            unsure(url)


def test_a_connection_is_closed_when_the_question_is_over() -> None:
    closed = threading.Event()

    def answer(line: socket.socket) -> None:
        line.sendall(OK + b"Content-Length: 2\r\n\r\n[]")
        if line.recv(1) == b"":
            closed.set()

    with ill_provider(answer) as url:
        ask("GET", f"{url}/x")
        assert closed.wait(2)
