"""A clock that stands still, a server in a thread and a webhook that remembers, for the tests of the loopback."""

from __future__ import annotations

import socket
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

import httpx
import uvicorn
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

WEBHOOK = "https://hotline.example/webhooks/here?from=loopback"


@dataclass
class Clock:
    """Moves only when told."""

    now: float = 1_790_000_000.0

    def __call__(self) -> float:
        return self.now

    def move(self, seconds: float) -> None:
        self.now += seconds


class Server:
    """Serves whatever `app` is set to on a free loopback port, until the `with` ends."""

    def __init__(self) -> None:
        self.app: ASGIApp = Response("nothing is set")
        self._socket = socket.socket()
        self._socket.bind(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        settings = uvicorn.Config(self._serve, log_level="critical", lifespan="off", interface="asgi3")
        self._server = uvicorn.Server(settings)
        self._thread = threading.Thread(target=self._server.run, kwargs={"sockets": [self._socket]}, daemon=True)

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.app(scope, receive, send)

    def __enter__(self) -> Self:
        self._thread.start()
        give_up = time.monotonic() + 5
        while not self._server.started:
            assert time.monotonic() < give_up, "the loopback server did not start within 5 seconds"
            time.sleep(0.005)
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _at: TracebackType | None
    ) -> None:
        self._server.should_exit = True
        self._thread.join(5)
        self._socket.close()


@dataclass(frozen=True)
class Post:
    url: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Webhook:
    """A bot that remembers every post; answers what was queued, then 200 with nothing."""

    posts: list[Post] = field(default_factory=list)
    answers: deque[Response | Exception] = field(default_factory=deque)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        self.posts.append(Post(str(request.url), dict(request.headers), await request.body()))
        answer = self.answers.popleft() if self.answers else Response()
        if isinstance(answer, Exception):
            raise answer
        await answer(scope, receive, send)

    def client(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(transport=httpx.ASGITransport(app=self))

    def fail(self, times: int, status: int = 500) -> None:
        self.answers.extend(Response(status_code=status) for _ in range(times))

    def break_off(self, times: int = 1) -> None:
        self.answers.extend(httpx.ConnectError("refused") for _ in range(times))


def wait_for(condition: Callable[[], object], seconds: float = 2.0) -> None:
    """Returns once the condition holds; AssertionError when it does not within `seconds`."""
    give_up = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < give_up, f"nothing happened within {seconds} seconds"
        time.sleep(0.005)
