"""The debrief of a drill. Only a practice hotline has one; elsewhere the page says so and nothing more."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from starlette.responses import Response

from hotline.console.session import Visit

if TYPE_CHECKING:
    from hotline.console.web import Console


async def page(console: Console, visit: Visit) -> Response:
    if console.drill is None:
        return console.trouble(visit, "This is the real hotline: a drill has a practice hotline of its own.", 404)
    values = {"member": visit.member, "drill": await asyncio.to_thread(console.drill)}
    return console.page("staff/drill.html", values)
