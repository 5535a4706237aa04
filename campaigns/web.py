"""Answers published pages ahead of the router: one look in a table, no middleware, no cookie, no log."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple
from urllib.parse import quote

from starlette.types import ASGIApp, Receive, Scope, Send

from campaigns.publish import Published

_Headers = list[tuple[bytes, bytes]]
_Ready = tuple[Published, _Headers, _Headers, _Headers]


KEPT_WIRES = 256


class Wire(NamedTuple):
    """A page's whole answers as they go over the wire: plain, compressed, and that nothing has changed."""

    plain: bytes
    zipped: bytes
    unchanged: bytes
    etag: bytes
    counts_as: tuple[str, str] | None


class PublishedPages:
    """An ASGI layer. `wire` has the same answers in one piece, for a server that writes them itself.
    `count` is told (campaign, language) after a page's bytes have left.

       `onion`: the origin of the same site inside Tor. Pages tell of it, and what is asked there is not promised https.
    """

    def __init__(
        self,
        inner: ASGIApp,
        pages: Mapping[str, Published],
        headers: Iterable[tuple[str, str]],
        count: Callable[[tuple[str, str]], None],
        onion: str = "",
    ) -> None:
        self._inner = inner
        self.count = count
        self._onion = onion
        self._headers = list(headers)
        self.replace(pages)

    def replace(self, pages: Mapping[str, Published]) -> None:
        """Serve these from now on, and nothing else."""
        onion = self._onion
        fixed = [(name.lower().encode(), value.encode()) for name, value in self._headers]
        self._ready = {path: _ready(page, _told(fixed, page, onion + path)) for path, page in pages.items()}
        self._inside: dict[str, _Ready] = {}
        if onion:
            bare = without_hsts(fixed)
            self._inside = {path: _ready(page, _told(bare, page, onion + path)) for path, page in pages.items()}
        self._wires: dict[bytes, Wire] = {}

    def wire(self, path: bytes) -> Wire | None:
        """The answers for this path in one piece; those asked for lately are kept."""
        found = self._wires.get(path)
        if found is None and (ready := self._ready.get(path.decode("latin-1"))) is not None:
            if len(self._wires) >= KEPT_WIRES:
                self._wires.clear()
            found = self._wires[path] = _wire(ready)
        return found

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        ready = self._ready.get(scope["path"]) if scope["type"] == "http" else None
        if ready is None or scope["method"] not in ("GET", "HEAD"):
            await self._inner(scope, receive, send)
            return
        if self._inside and by_onion(scope):
            ready = self._inside[scope["path"]]
        page, plain, zipped, unchanged = ready
        body, headers, status = page.plain, plain, 200
        for name, value in scope["headers"]:
            if name == b"accept-encoding":
                if b"gzip" in value:
                    body, headers = page.zipped, zipped
            elif name == b"if-none-match" and page.etag.encode() in value:
                status = 304
        if status == 304:
            body, headers = b"", unchanged
        if scope["method"] == "HEAD":
            body = b""
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})
        if page.counts_as is not None and scope["method"] == "GET":
            self.count(page.counts_as)


def by_onion(scope: Scope) -> bool:
    """Whether this was asked inside Tor."""
    return any(name == b"host" and value.split(b":")[0].endswith(b".onion") for name, value in scope["headers"])


def without_hsts(headers: Sequence[tuple[bytes, bytes]]) -> _Headers:
    """An onion address is safe by itself, and has no https that could be promised."""
    return [row for row in headers if row[0] != b"strict-transport-security"]


def onion_address(onion: str, scope: Scope) -> bytes:
    """Where the same page is inside Tor."""
    return (onion + quote(scope["path"])).encode()


def _told(fixed: _Headers, page: Published, address: str) -> _Headers:
    own = {name.lower().encode(): value.encode() for name, value in page.headers}
    found = [row for row in fixed if row[0] not in own] + list(own.items()) if own else fixed
    tells = address.startswith("http") and page.media_type.startswith("text/html") and not own
    return [*found, (b"onion-location", address.encode())] if tells else found


def _wire(ready: _Ready) -> Wire:
    page, plain, zipped, unchanged = ready

    def whole(status: bytes, headers: _Headers, body: bytes) -> bytes:
        return b"HTTP/1.1 " + status + b"\r\n" + b"".join(b"%s: %s\r\n" % row for row in headers) + b"\r\n" + body

    return Wire(
        whole(b"200 OK", plain, page.plain),
        whole(b"200 OK", zipped, page.zipped),
        whole(b"304 Not Modified", unchanged, b""),
        page.etag.encode(),
        page.counts_as,
    )


def _ready(page: Published, fixed: _Headers) -> _Ready:
    common = [
        *fixed,
        (b"etag", page.etag.encode()),
        (b"cache-control", page.cache.encode()),
        (b"vary", b"accept-encoding"),
    ]
    typed = [*common, (b"content-type", page.media_type.encode())]
    plain = [*typed, (b"content-length", str(page.size).encode())]
    zipped = [*typed, (b"content-length", str(len(page.zipped)).encode()), (b"content-encoding", b"gzip")]
    return page, plain, zipped, common
