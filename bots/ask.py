"""One question to a provider over HTTP, with the standard library: a client for it all would cost an idle worker 20 MB."""

from __future__ import annotations

import io
import json
import socket
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from time import monotonic
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer, WriteableBuffer

LONGEST_ANSWER = 8 * 1024 * 1024
"""Bytes. Longer than that nobody has anything to tell us, so it counts as no answer."""


class NoAnswer(Exception):
    """Nobody answered. `sure`: nothing was handed over, for the connection never came about."""

    def __init__(self, *, sure: bool) -> None:
        super().__init__("no answer")
        self.sure = sure


@dataclass(frozen=True, slots=True)
class Answer:
    """`document` is what the JSON says, None where there is none; `retry_after` what that header says."""

    status: int
    document: Any
    retry_after: str | None = None

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300


def ask(
    method: str,
    url: str,
    document: object = None,
    *,
    connect: float = 2.0,
    read: float = 10.0,
    headers: Mapping[str, str] | None = None,
) -> Answer:
    """The answer, whatever its status; redirects are not followed. Raises NoAnswer.

    `read` seconds are all there are from the first byte of the question to the last one of the answer, however slowly it comes.
    """
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port
    secure = parts.scheme == "https"
    line: HTTPConnection = (
        HTTPSConnection(host, port, timeout=connect, context=_trust())
        if secure
        else HTTPConnection(host, port, timeout=connect)
    )
    wire: socket.socket | None = None
    try:
        try:
            line.connect()
            wire = line.sock
            line.sock = cast(socket.socket, _Hurried(wire, monotonic() + read))
        except OSError:
            raise NoAnswer(sure=True) from None
        try:
            path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
            body = None if document is None else json.dumps(document).encode()
            kind = {} if body is None else {"Content-Type": "application/json"}
            line.request(method, path, body, {**kind, **(headers or {})})
            heard = line.getresponse()
            told = heard.read(LONGEST_ANSWER + 1)
            if len(told) > LONGEST_ANSWER:
                raise NoAnswer(sure=False)
            return Answer(heard.status, _parsed(told), heard.getheader("Retry-After"))
        except (OSError, HTTPException):
            raise NoAnswer(sure=False) from None
    finally:
        line.close()
        if wire is not None:
            wire.close()


class _Hurried:
    """What http.client wants of a socket, all of it done by `end`: a socket's own time-out begins anew with every byte."""

    def __init__(self, wire: socket.socket, end: float) -> None:
        self._wire, self._end = wire, end

    def sendall(self, data: ReadableBuffer) -> None:
        self._hurry()
        self._wire.sendall(data)

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(_Heard(self.receive))

    def receive(self, into: WriteableBuffer) -> int:
        self._hurry()
        return self._wire.recv_into(into)

    def close(self) -> None:
        """http.client closes the connection before the answer is read: the wire is closed by whoever opened it."""

    def _hurry(self) -> None:
        left = self._end - monotonic()
        if left <= 0:
            raise TimeoutError
        self._wire.settimeout(left)


class _Heard(io.RawIOBase):
    def __init__(self, receive: Callable[[WriteableBuffer], int]) -> None:
        self._receive = receive

    def readable(self) -> bool:
        return True

    def readinto(self, into: WriteableBuffer) -> int:
        return self._receive(into)


def _parsed(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


@cache
def _trust() -> ssl.SSLContext:
    return ssl.create_default_context()
