"""Posted forms of the console: bounded, each field once."""

from __future__ import annotations

import math
from collections.abc import Mapping
from urllib.parse import parse_qsl

from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException
from starlette.requests import Request
from starlette.types import Message

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


async def read_upload(request: Request, largest: int, too_large: str, missing: str) -> tuple[dict[str, str], bytes]:
    """The fields and the one file of a posted form, bounded; Refused, in the words given, when it is not one."""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > largest + 8192:
            raise Refused(too_large)

    if not body.rstrip().endswith(b"--"):  # broken off on its way
        raise Refused("The form cannot be read: choose the file again.")

    async def again() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    fields: dict[str, str] = {}
    file: bytes | None = None
    try:
        async with Request(request.scope, again).form(max_files=1, max_fields=10, max_part_size=1024) as form:
            for name, value in form.multi_items():
                if isinstance(value, str):
                    fields[name] = value
                else:
                    file = await value.read()
    except (HTTPException, MultiPartException, LookupError, ValueError):
        raise Refused("The form cannot be read: choose the file again.") from None
    if not file:
        raise Refused(missing)
    return fields, file


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
