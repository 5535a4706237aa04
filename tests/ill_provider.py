"""A provider that is ill: it hears a question to its end and then does with the connection what a test says."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

Answer = Callable[[socket.socket], None]


def says(status: int, body: bytes, *headers: str) -> Answer:
    """One whole answer."""
    lines = [f"HTTP/1.1 {status} It", f"Content-Length: {len(body)}", "Connection: close", *headers]
    return lambda line: line.sendall("\r\n".join(lines).encode() + b"\r\n\r\n" + body)


def drips(start: bytes, over: threading.Event) -> Answer:
    """`start` at once, and then a byte every twentieth of a second for as long as the test lasts."""

    def answer(line: socket.socket) -> None:
        line.sendall(start)
        while not over.wait(0.05):
            line.sendall(b" ")

    return answer


def floods(start: bytes, mebibytes: int, given: list[int]) -> Answer:
    """`start`, and then so much; `given` grows by one with every mebibyte that somebody took."""

    def answer(line: socket.socket) -> None:
        line.sendall(start)
        for _ in range(mebibytes):
            line.sendall(b" " * 2**20)
            given.append(1)

    return answer


@contextmanager
def ill_provider(answer: Answer) -> Iterator[str]:
    """Its address."""
    with socket.create_server(("127.0.0.1", 0)) as door:

        def serve(line: socket.socket) -> None:
            with line, suppress(OSError):
                heard = b""
                while b"\r\n\r\n" not in heard:
                    heard += line.recv(65536)
                answer(line)

        def open_up() -> None:
            with suppress(OSError):
                while True:
                    threading.Thread(target=serve, args=(door.accept()[0],), daemon=True).start()

        threading.Thread(target=open_up, daemon=True).start()
        yield f"http://127.0.0.1:{door.getsockname()[1]}"
        door.shutdown(socket.SHUT_RDWR)
