"""A Twilio that has lost its mind: it answers everything with the same bytes, at the pace it likes."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Self

Pieces = Callable[[Callable[[bytes], None]], None]


def answer(status: int, body: object, headers: str = "") -> bytes:
    """One HTTP answer; what is not bytes is told as JSON."""
    told = body if isinstance(body, bytes) else json.dumps(body).encode()
    head = f"HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nConnection: close\r\n{headers}"
    return f"{head}Content-Length: {len(told)}\r\n\r\n".encode() + told


class Strange:
    """`says` is the answer to everything, or a function that is given the way to say it piece by piece; `asked` holds the
    first lines of what was asked, `content` a sensible answer for whoever asks for a template."""

    def __init__(self) -> None:
        self.says: bytes | Pieces = answer(200, {})
        self.asked: list[str] = []
        self.content: bytes | None = None
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._listen, daemon=True).start()
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _at: TracebackType | None
    ) -> None:
        self._socket.close()

    def _listen(self) -> None:
        while True:
            try:
                line, _ = self._socket.accept()
            except OSError:
                return
            threading.Thread(target=self._speak, args=(line,), daemon=True).start()

    def _speak(self, line: socket.socket) -> None:
        try:
            with line:
                first = line.recv(65536).decode().splitlines()[0]
                self.asked.append(first)
                says = self.content if self.content and "/v1/Content" in first else self.says
                if callable(says):
                    says(line.sendall)
                else:
                    line.sendall(says)
        except OSError:
            return


def dripping(head: bytes) -> Pieces:
    """Says `head` at once, and then a byte now and then for a minute."""

    def says(send: Callable[[bytes], None]) -> None:
        send(head)
        for _ in range(1200):
            send(b" ")
            time.sleep(0.05)

    return says
