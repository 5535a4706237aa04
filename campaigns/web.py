"""Answers published pages ahead of the router: one look in a table, no middleware, no cookie, no log."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from starlette.types import ASGIApp, Receive, Scope, Send

from campaigns.publish import Published

_Headers = list[tuple[bytes, bytes]]


class PublishedPages:
    """An ASGI layer. `count` is told (campaign, language) after a page's bytes have left."""

    def __init__(
        self,
        inner: ASGIApp,
        pages: Mapping[str, Published],
        headers: Iterable[tuple[str, str]],
        count: Callable[[tuple[str, str]], None],
    ) -> None:
        self._inner = inner
        self._count = count
        fixed = [(name.lower().encode(), value.encode()) for name, value in headers]
        self._ready = {path: _ready(page, fixed) for path, page in pages.items()}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        ready = self._ready.get(scope["path"]) if scope["type"] == "http" else None
        if ready is None or scope["method"] not in ("GET", "HEAD"):
            await self._inner(scope, receive, send)
            return
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
            self._count(page.counts_as)


def _ready(page: Published, fixed: _Headers) -> tuple[Published, _Headers, _Headers, _Headers]:
    common = [
        *fixed,
        (b"etag", page.etag.encode()),
        (b"cache-control", page.cache.encode()),
        (b"vary", b"accept-encoding"),
    ]
    typed = [*common, (b"content-type", page.media_type.encode())]
    plain = [*typed, (b"content-length", str(len(page.plain)).encode())]
    zipped = [*typed, (b"content-length", str(len(page.zipped)).encode()), (b"content-encoding", b"gzip")]
    return page, plain, zipped, common
