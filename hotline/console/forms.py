"""Posted forms of the console: bounded, each field once."""

from __future__ import annotations

import math
from collections.abc import Mapping
from urllib.parse import parse_qsl

from starlette.requests import Request

from hotline.desk.work import Refused

LONGEST_FORM = 64 * 1024


async def read_form(request: Request) -> dict[str, str]:
    """A posted form of bounded size; Refused when it is not one."""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > LONGEST_FORM:
            raise Refused("The form is too long.")
    try:
        pairs = parse_qsl(body.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=50)
    except ValueError:
        raise Refused("The form is not in UTF-8.") from None
    if len(dict(pairs)) != len(pairs):
        raise Refused("A field of the form stands there twice.")
    return dict(pairs)


def moment(form: Mapping[str, str], name: str) -> float | None:
    """A time in seconds since the epoch, or None for anything else."""
    try:
        found = float(form.get(name, ""))
    except ValueError:
        return None
    return found if math.isfinite(found) else None


def digest(form: Mapping[str, str], name: str) -> bytes | None:
    """A short name in hexadecimal, or None for anything else."""
    text = form.get(name, "")
    try:
        return bytes.fromhex(text) if 0 < len(text) <= 64 and text.isalnum() else None
    except ValueError:
        return None
