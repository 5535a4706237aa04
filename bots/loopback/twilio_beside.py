"""Beside the Messages resource: content.twilio.com's templates and messaging.twilio.com's typing indicator."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from math import ceil
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from bots.loopback.base import stumble
from bots.loopback.faults import Fault, Faults, Kind
from bots.loopback.twilio_ledger import WHATSAPP, Content, Ledger
from bots.loopback.twilio_messages import Button, Refusal

QUICK_REPLY = "twilio/quick-reply"
MOST_BUTTONS, LONGEST_TITLE, LONGEST_BODY = 10, 20, 1024


class Beside:
    """Planned faults: `other` for templates, `answer` for the typing indicator."""

    def __init__(
        self, account: str, ledger: Ledger, faults: Faults, authenticate: Callable[[Request], None]
    ) -> None:  # fmt: skip
        self._account, self._ledger, self._faults, self._authenticate = account, ledger, faults, authenticate

    async def create_content(self, request: Request) -> Response:
        self._authenticate(request)
        try:
            table = json.loads(await request.body())
        except ValueError:
            raise Refusal(20001, "the body is not JSON") from None
        return await stumble(request, self._faults, "other", lambda: self._create(table), failure)

    async def delete_content(self, request: Request) -> Response:
        self._authenticate(request)
        if self._ledger.contents.pop(request.path_params["sid"], None) is None:
            raise Refusal(20404, request.url.path)
        return Response(status_code=204)

    async def show_typing(self, request: Request) -> Response:
        self._authenticate(request)
        form = dict(await pairs(request))
        return await stumble(request, self._faults, "answer", lambda: self._typing(form), failure)

    def _create(self, table: Any) -> Response:
        if not isinstance(table, dict) or not isinstance(table.get("types"), dict) or not table.get("language"):
            raise Refusal(20001, "types and language are required")
        content = _content(table["types"].get(QUICK_REPLY))
        sid = "HX" + uuid.uuid4().hex
        self._ledger.contents[sid] = content
        return JSONResponse(self._document(sid, table), 201)

    def _document(self, sid: str, table: Mapping[str, Any]) -> dict[str, object]:
        here = f"https://content.twilio.com/v1/Content/{sid}"
        now = datetime.fromtimestamp(self._ledger.clock(), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        return {
            "sid": sid,
            "account_sid": self._account,
            "friendly_name": table.get("friendly_name", ""),
            "language": table["language"],
            "variables": table.get("variables") or {},
            "types": table["types"],
            "url": here,
            "date_created": now,
            "date_updated": now,
            "links": {
                "approval_create": f"{here}/ApprovalRequests/whatsapp",
                "approval_fetch": f"{here}/ApprovalRequests",
            },
        }

    def _typing(self, form: Mapping[str, str]) -> Response:
        message = self._ledger.find(form.get("messageId", ""), "/v2/Indicators/Typing.json")
        if form.get("channel") != "whatsapp" or not message.sender.startswith(WHATSAPP):
            raise Refusal(20001, "channel must be whatsapp")
        self._ledger.typing.append(message.sid)
        return JSONResponse({"success": True})


def _content(reply: Any) -> Content:
    """What a person will see of a twilio/quick-reply. Refusal 20001 for one that WhatsApp would not take."""
    actions = reply.get("actions") if isinstance(reply, dict) else None
    if not isinstance(actions, list) or not 1 <= len(actions) <= MOST_BUTTONS:
        raise Refusal(20001, f"{QUICK_REPLY} needs 1 to {MOST_BUTTONS} actions")
    if not isinstance(reply.get("body"), str) or not 1 <= len(reply["body"]) <= LONGEST_BODY:
        raise Refusal(20001, f"body must have 1 to {LONGEST_BODY} characters")
    if set(reply) - {"body", "actions"} or any(set(one) - {"type", "title", "id"} for one in actions):
        raise Refusal(20001, f"{QUICK_REPLY} has a property it does not know")
    titles = [str(one.get("title", "")) for one in actions]
    if len(set(titles)) < len(titles) or not all(1 <= len(title) <= LONGEST_TITLE for title in titles):
        raise Refusal(20001, f"titles must differ and have 1 to {LONGEST_TITLE} characters")
    buttons = (Button(title, str(one.get("id") or title)) for title, one in zip(titles, actions, strict=True))
    return Content(reply["body"], tuple(buttons))


async def pairs(request: Request) -> list[tuple[str, str]]:
    return parse_qsl((await request.body()).decode(), keep_blank_values=True)


def failure(fault: Fault) -> Response:
    if fault.kind is Kind.TOO_MANY:
        return JSONResponse(Refusal(20429).document(), 429, headers={"Retry-After": str(ceil(fault.retry_after))})
    return JSONResponse(Refusal(20500).document(), 500)
