"""Every answer of the chat is filled up to whole buckets, so that its size tells nobody on the line what was said."""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Mapping
from typing import Any

BUCKET = 4096


def padded_page(html: str) -> bytes:
    """A page with a comment of chance at its end."""
    return _filled(html.encode(), b"<!--", b"-->")


def padded_table(table: Mapping[str, Any]) -> bytes:
    """JSON with a field of chance at its end."""
    body = json.dumps(table, ensure_ascii=False, separators=(",", ":")).encode()
    return _filled(body[:-1], b',"pad":"', b'"}')


def padded_event(table: Mapping[str, Any] | None) -> bytes:
    """A server-sent event with a comment of chance before it; None is the sign that we are still here."""
    data = b"" if table is None else b"data: " + json.dumps(table, ensure_ascii=False).encode() + b"\n"
    return _filled(b"", b": ", b"\n" + data + b"\n")


def _filled(body: bytes, opens: bytes, closes: bytes) -> bytes:
    size = len(body) + len(opens) + len(closes)
    return body + opens + _chance(-size % BUCKET) + closes


def _chance(size: int) -> bytes:
    """So many signs that no compression of a proxy can take away again."""
    return base64.urlsafe_b64encode(secrets.token_bytes(size * 3 // 4 + 3))[:size].replace(b"-", b"_")
