"""Requests to Twilio that end: a total deadline from the first byte of the answer to the last, and an answer of bounded size.

The library's own time-out is for each read, so a provider that sends one byte a second would hold a thread for hours.
"""

from __future__ import annotations

import io
import socket
import threading
import time
from http.client import HTTPResponse
from typing import Any

from requests import PreparedRequest, Response, Session
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

LONGEST_ANSWER = 8 * 1024 * 1024
PIECE = 8 * 1024
"""Small, since a packed piece may unfold to a thousand times its size before it is measured."""

READS = 2.0
"""The whole of a request may take so many times what one read may."""

_now = threading.local()


class _Timely(io.RawIOBase):
    """What comes from a socket until the deadline of this thread's request."""

    def __init__(self, line: socket.socket) -> None:
        self._line, self._raw = line, line.makefile("rb", buffering=0)
        self._end: float = getattr(_now, "end", float("inf"))

    def readable(self) -> bool:
        return True

    def readinto(self, room: Any) -> int | None:
        left = self._end - time.monotonic()
        if left <= 0:
            raise TimeoutError("the answer took too long")
        usual = self._line.gettimeout()
        self._line.settimeout(left if usual is None else min(left, usual))
        return self._raw.readinto(room)

    def close(self) -> None:
        self._raw.close()
        super().close()


class _Ear:
    """The one thing that an answer asks of its socket."""

    def __init__(self, line: socket.socket) -> None:
        self._line = line

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(_Timely(self._line))


class _Answer(HTTPResponse):
    def __init__(self, sock: socket.socket, *args: Any, **how: Any) -> None:
        super().__init__(_Ear(sock), *args, **how)  # type: ignore[arg-type]


class _Http(HTTPConnection):
    response_class = _Answer


class _Https(HTTPSConnection):
    response_class = _Answer


class _HttpPool(HTTPConnectionPool):
    ConnectionCls = _Http


class _HttpsPool(HTTPSConnectionPool):
    ConnectionCls = _Https


class _Adapter(HTTPAdapter):
    def init_poolmanager(self, *args: Any, **how: Any) -> None:
        super().init_poolmanager(*args, **how)
        self.poolmanager.pool_classes_by_scheme = {"http": _HttpPool, "https": _HttpsPool}

    def proxy_manager_for(self, *args: Any, **how: Any) -> Any:
        manager = super().proxy_manager_for(*args, **how)
        manager.pool_classes_by_scheme = {"http": _HttpPool, "https": _HttpsPool}
        return manager


class Timely(Session):
    """A session whose answers are whole, in memory and in time, or an OSError. `seconds` is the time-out of one read."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self.seconds = seconds
        for scheme in ("http://", "https://"):
            self.mount(scheme, _Adapter(pool_maxsize=8))

    def send(self, request: PreparedRequest, **how: Any) -> Response:
        _now.end = time.monotonic() + READS * self.seconds
        answer = super().send(request, **(how | {"stream": True}))
        try:
            body = io.BytesIO()
            for piece in answer.iter_content(PIECE):
                body.write(piece)
                if body.tell() > LONGEST_ANSWER:
                    raise OSError("the answer is too long")
                if time.monotonic() > _now.end:
                    raise TimeoutError("the answer took too long")
        except BaseException:
            answer.close()
            raise
        answer._content = body.getvalue()
        answer.encoding = "utf-8"  # else its letters would be guessed, which takes seconds for a long one
        return answer
