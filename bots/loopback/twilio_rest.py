"""The REST side of the simulated Twilio: the Messages resource of api.twilio.com."""

from __future__ import annotations

import base64
import binascii
import hmac
import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple
from urllib.parse import urlencode

from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bots.loopback.base import stumble
from bots.loopback.faults import Faults
from bots.loopback.twilio_beside import Beside, failure, pairs
from bots.loopback.twilio_ledger import E164, WHATSAPP, Ledger, fill
from bots.loopback.twilio_messages import API, Button, Message, Refusal, resource
from bots.loopback.twilio_receipts import Receipts

MAGIC_INVALID = "+15005550001"
SERVICE = re.compile(r"MG[0-9a-fA-F]{32}")
PAGE_SIZE, LARGEST_PAGE = 50, 1000


class Rest:
    """Answers for one account; every refusal is a `Refusal`, written as Twilio writes it."""

    def __init__(self, account: str, token: str, ledger: Ledger, faults: Faults, receipts: Receipts) -> None:
        self._account, self._token, self._ledger, self._faults = account, token, ledger, faults
        self._receipts = receipts

    def app(self) -> Starlette:
        """All of Twilio's hosts at one address."""
        beside = Beside(self._account, self._ledger, self._faults, self._authenticate)
        many, one = f"{API}/{{account}}/Messages.json", f"{API}/{{account}}/Messages/{{sid}}.json"
        return Starlette(
            routes=[
                Route(many, self.create, methods=["POST"]),
                Route(many, self.index, methods=["GET"]),
                Route(one, self.fetch, methods=["GET"]),
                Route(one, self.update, methods=["POST"]),
                Route(one, self.delete, methods=["DELETE"]),
                Route("/v1/Content", beside.create_content, methods=["POST"]),
                Route("/v1/Content/{sid}", beside.delete_content, methods=["DELETE"]),
                Route("/v2/Indicators/Typing.json", beside.show_typing, methods=["POST"]),
            ],
            exception_handlers={Refusal: _refused, 404: _not_found, 405: _not_allowed},
        )

    async def create(self, request: Request) -> Response:
        self._authenticate(request)
        form = dict(await pairs(request))
        answer = await stumble(request, self._faults, "send", lambda: self._create(form), failure)
        answer.background = BackgroundTask(self._receipts.tell)
        return answer

    async def index(self, request: Request) -> Response:
        self._authenticate(request)
        query = dict(request.query_params)
        return await stumble(request, self._faults, "list", lambda: self._index(query), failure)

    async def fetch(self, request: Request) -> Response:
        self._authenticate(request)
        return await stumble(request, self._faults, "fetch", lambda: self._one(self._find(request)), failure)

    async def update(self, request: Request) -> Response:
        self._authenticate(request)
        form = dict(await pairs(request))
        return await stumble(request, self._faults, "update", lambda: self._update(request, form), failure)

    async def delete(self, request: Request) -> Response:
        self._authenticate(request)
        return await stumble(request, self._faults, "delete", lambda: self._delete(request), failure)

    def _authenticate(self, request: Request) -> None:
        scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
        try:
            said = base64.b64decode(encoded, validate=True)
        except binascii.Error:
            said = b""
        right = hmac.compare_digest(said, f"{self._account}:{self._token}".encode())
        account = request.path_params.get("account", self._account)
        if scheme.lower() != "basic" or not right or account != self._account:
            raise Refusal(20003)

    def _find(self, request: Request) -> Message:
        return self._ledger.find(request.path_params["sid"], request.url.path)

    def _one(self, message: Message, *, http: int = 200) -> Response:
        return JSONResponse(resource(message, self._account, self._ledger.status(message)), http)

    def _create(self, form: Mapping[str, str]) -> Response:
        to = _recipient(form.get("To", ""))
        service = form.get("MessagingServiceSid")
        sender = self._sender(form.get("From"), service, to)
        media = 1 if form.get("MediaUrl") else 0
        text, template, buttons = self._text(form)
        if not text and not media:
            raise Refusal(21602)
        message = self._ledger.accept(
            to, sender, text, service=service, template=template, media=media, buttons=buttons,
            callback=form.get("StatusCallback", ""),
        )  # fmt: skip
        # The answer is written before the message has moved: the real one says queued (or accepted) as well.
        return JSONResponse(resource(message, self._account, "accepted" if service else "queued"), 201)

    def _sender(self, sender: str | None, service: str | None, to: str) -> str:
        owned = self._ledger.sender_for(to)
        if not sender:
            if not service:
                raise Refusal(21603)
            if not SERVICE.fullmatch(service):
                raise Refusal(21701, service)
            return owned
        if sender.startswith(WHATSAPP) != to.startswith(WHATSAPP):
            raise Refusal(21910)
        number = sender.removeprefix(WHATSAPP)
        if not E164.fullmatch(number) or number == MAGIC_INVALID:
            raise Refusal(21212, sender)
        if sender not in self._ledger.owned:
            raise Refusal(63007) if sender.startswith(WHATSAPP) else Refusal(21606, sender)
        return sender

    def _text(self, form: Mapping[str, str]) -> tuple[str, bool, tuple[Button, ...]]:
        """The text, whether it is an approved template, and its buttons."""
        content = form.get("ContentSid")
        if not content:
            return form.get("Body", ""), False, ()
        if content in self._ledger.contents:
            made = self._ledger.contents[content]
            return made.body, False, made.buttons
        if content not in self._ledger.templates:
            raise Refusal(21655, content)
        try:
            variables = json.loads(form.get("ContentVariables") or "{}")
        except ValueError:
            raise Refusal(21656) from None
        return fill(self._ledger.templates[content], variables), True, ()

    def _update(self, request: Request, form: Mapping[str, str]) -> Response:
        message = self._find(request)
        if form.get("Status") == "canceled":
            raise Refusal(30409)
        if form.get("Body") != "":
            raise Refusal(20001, "Body must be an empty string")
        return self._one(self._ledger.redact(message))

    def _delete(self, request: Request) -> Response:
        self._ledger.delete(self._find(request))
        return Response(status_code=204)

    def _index(self, query: Mapping[str, str]) -> Response:
        size = max(1, min(LARGEST_PAGE, _whole(query, "PageSize", PAGE_SIZE)))
        number, token = _whole(query, "Page", 0), query.get("PageToken", "")
        found = self._matching(query)
        if token:
            rest = [message for message in found if message.serial < self._ledger.serials.get(token[2:], 0)]
        else:
            rest = found[number * size :]
        return JSONResponse(self._page(query, _Page(rest[:size], size, number, more=len(rest) > size)))

    def _page(self, query: Mapping[str, str], page: _Page) -> dict[str, object]:
        asked = {name: value for name, value in query.items() if name not in ("PageSize", "Page", "PageToken")}

        def uri(number: int, **token: str) -> str:
            return f"{API}/{self._account}/Messages.json?" + urlencode(
                {**asked, "PageSize": page.size, "Page": number, **token}
            )

        start = page.number * page.size
        after = uri(page.number + 1, PageToken=f"PA{page.messages[-1].sid}") if page.more else None
        return {
            "first_page_uri": uri(0),
            "next_page_uri": after,
            "previous_page_uri": uri(page.number - 1) if page.number else None,
            "uri": uri(page.number),
            "page": page.number,
            "page_size": page.size,
            "start": start,
            "end": max(start, start + len(page.messages) - 1),
            "messages": [resource(one, self._account, self._ledger.status(one)) for one in page.messages],
        }

    def _matching(self, query: Mapping[str, str]) -> list[Message]:
        """What the filters leave, newest first."""
        spans = [
            _span(name, value)
            for name in ("DateSent", "DateSent<", "DateSent>")
            if (value := query.get(name)) is not None
        ]
        return [
            message
            for message in reversed(list(self._ledger.messages.values()))
            if query.get("To") in (None, message.to)
            and query.get("From") in (None, message.sender)
            and all(self._within(message, span) for span in spans)
        ]

    def _within(self, message: Message, span: tuple[float, float]) -> bool:
        return self._ledger.status(message) not in ("queued", "accepted") and span[0] <= message.due < span[1]


class _Page(NamedTuple):
    messages: Sequence[Message]
    size: int
    number: int
    more: bool


def _recipient(to: str) -> str:
    if not to:
        raise Refusal(21604)
    number = to.removeprefix(WHATSAPP)
    if not E164.fullmatch(number) or number == MAGIC_INVALID:
        raise Refusal(21211, to)
    return to


def _span(name: str, value: str) -> tuple[float, float]:
    """The seconds a date filter lets through: whole days and both ends included, as Twilio reads them."""
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        raise Refusal(20001, f"{name} is not a date") from None
    whole_day = _is_day(value) or name == "DateSent"
    start = moment.replace(tzinfo=moment.tzinfo or UTC)
    if whole_day:
        start = datetime.combine(start.date(), datetime.min.time(), UTC)
    end = start + (timedelta(days=1) if whole_day else timedelta(seconds=1))
    if name == "DateSent<":
        return 0.0, end.timestamp()
    return start.timestamp(), (end.timestamp() if name == "DateSent" else float("inf"))


def _is_day(value: str) -> bool:
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return True


def _whole(query: Mapping[str, str], name: str, default: int) -> int:
    try:
        return max(0, int(query.get(name, default)))
    except ValueError:
        raise Refusal(20001, f"{name} is not a number") from None


async def _refused(_request: Request, error: Exception) -> Response:
    assert isinstance(error, Refusal)
    return JSONResponse(error.document(), error.status)


async def _not_found(request: Request, _error: Exception) -> Response:
    return JSONResponse(Refusal(20404, request.url.path).document(), 404)


async def _not_allowed(_request: Request, _error: Exception) -> Response:
    return JSONResponse(Refusal(20004).document(), 405)
