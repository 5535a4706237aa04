"""Published pages are written by the protocol itself, before any task or scope is made for them: see docs/decisions.

Everything else, and whatever is unusual about a request for a page, goes uvicorn's own way to the very same answer.
"""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from campaigns.web import PublishedPages, Wire

_UNUSUAL = frozenset({b"content-length", b"transfer-encoding", b"expect", b"upgrade", b"connection"})


def fast_lane(pages: PublishedPages, *, onion: bool) -> type[asyncio.Protocol]:
    """The protocol of a server that serves these pages. With `onion`, the Host header decides and nothing is short."""

    class FastLane(HttpToolsProtocol):
        _answered = False

        def on_message_begin(self) -> None:
            self._answered = False
            self.url = b""
            self.expect_100_continue = False
            self.headers = []

        def on_headers_complete(self) -> None:
            wire = None if onion else pages.wire(self.url)
            if wire is not None and self._is_usual():
                self._answered = True
                self.transport.write(_chosen(wire, self.headers))
                self.on_response_complete()
                if wire.counts_as is not None:
                    pages.count(wire.counts_as)
                return
            url, headers, expects = self.url, self.headers, self.expect_100_continue
            super().on_message_begin()
            self.url, self.expect_100_continue = url, expects
            self.headers.extend(headers)
            super().on_headers_complete()

        def on_body(self, body: bytes) -> None:
            if not self._answered:
                super().on_body(body)

        def on_message_complete(self) -> None:
            if not self._answered:
                super().on_message_complete()

        def _is_usual(self) -> bool:
            """A GET over HTTP/1.1 that nobody waits before, on a connection that stays open and takes what is written."""
            parser: Any = self.parser
            return (
                parser.get_method() == b"GET"
                and parser.get_http_version() == "1.1"
                and self._is_free()
                and not self.pipeline
                and not self.flow.write_paused
                and all(name not in _UNUSUAL or value.lower() == b"keep-alive" for name, value in self.headers)
                and not self.transport.is_closing()
            )

        def _is_free(self) -> bool:
            cycle: Any = self.cycle  # None before the first request that went the other way
            return cycle is None or bool(cycle.response_complete)

    return FastLane


def _chosen(wire: Wire, headers: list[tuple[bytes, bytes]]) -> bytes:
    body = wire.plain
    for name, value in headers:
        if name == b"accept-encoding":
            if b"gzip" in value:
                body = wire.zipped
        elif name == b"if-none-match" and wire.etag in value:
            return wire.unchanged
    return body
