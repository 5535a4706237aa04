"""A Signal that lives in memory: the bridge signal-cli-rest-api for one number, and the people who write to it."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bots.loopback.base import Clock, stumble
from bots.loopback.faults import Fault, Faults, Kind

Document = dict[str, Any]

UNDOABLE = 24 * 3600.0
"""Seconds for which the apps of Signal carry out that a message is deleted for both sides."""


@dataclass(frozen=True)
class Entry:
    """One message of a chat; `who` is person or hotline. `read`: the hotline said that it was. Deleted ones keep their
    words here."""

    who: str
    text: str
    at: float
    timestamp: int
    kinds: tuple[str, ...] = ()
    deleted: bool = False
    edited: bool = False
    read: bool = False


class Refusal(Exception):
    """An error the bridge answers: nearly always 400, with words."""

    def __init__(self, status: int, words: str) -> None:
        super().__init__(words)
        self.status = status


class Signal:
    """`app` is the bridge; `write`, `edit`, `undo` and `thread` are a person's app.

    A person is a number; to the bridge they are a uuid, as for everybody who hides their number. Whatever was received
    is gone from the bridge: nothing is given twice. `gone` are people who left Signal.
    """

    def __init__(
        self, number: str, *, clock: Clock = time.time, faults: Faults | None = None, mode: str = "native"
    ) -> None:
        self.number, self.mode, self.faults, self.clock = number, mode, faults or Faults(), clock
        self.accounts = [number]
        self.gone: set[str] = set()
        self.typing: list[str] = []
        self.sent: list[Entry] = []
        self.waiting: list[Document] = []
        self._threads: dict[str, list[Entry]] = {}
        self._names: dict[str, str] = {}
        self._last = 0
        self.app = Starlette(
            routes=[
                Route("/v1/about", self._answers("other", self._about), methods=["GET"]),
                Route("/v1/accounts", self._answers("other", lambda _: JSONResponse(self.accounts)), methods=["GET"]),
                Route("/v2/send", self._answers("send", self._send), methods=["POST"]),
                Route("/v1/receive/{number}", self._answers("fetch", self._receive), methods=["GET"]),
                Route("/v1/receipts/{number}", self._answers("other", self._receipt), methods=["POST"]),
                Route("/v1/typing-indicator/{number}", self._answers("other", self._types), methods=["PUT"]),
                Route("/v1/remote-delete/{number}", self._answers("delete", self._undo), methods=["DELETE"]),
            ],
            exception_handlers={Refusal: _refused},
        )

    def name_of(self, person: str) -> str:
        """The uuid under which the bridge knows somebody."""
        name = str(uuid.uuid5(uuid.NAMESPACE_URL, f"signal:{person}"))
        self._names[name] = person
        return name

    def meet(self, person: str) -> str:
        """Makes somebody known, as if they had written long ago; their uuid."""
        self._threads.setdefault(person, [])
        return self.name_of(person)

    def thread(self, person: str) -> list[Entry]:
        """All messages of a chat, oldest first, deleted ones marked."""
        return list(self._threads.get(person, []))

    def write(self, person: str, text: str, *, kinds: Sequence[str] = (), group: bool = False) -> int:
        """A message; its timestamp, which is also its name. `kinds` are the content types of what is sent along."""
        at = self._now()
        sent = [{"contentType": kind, "id": uuid.uuid4().hex, "size": 1000, "filename": None} for kind in kinds]
        message: Document = {"timestamp": at, "message": text or None, "expiresInSeconds": 0, "viewOnce": False}
        if sent:
            message["attachments"] = sent
        if group:
            message["groupInfo"] = {"groupId": "YWxs", "type": "DELIVER"}
        else:
            self._threads.setdefault(person, []).append(Entry("person", text, at / 1000, at, tuple(kinds)))
        self.wait_with(person, at, {"dataMessage": message})
        return at

    def edit(self, person: str, timestamp: int, text: str) -> int:
        """Changes a message of the person's own; ValueError if there is none. The edit has a timestamp of its own."""
        self._change(person, timestamp, "person", text=text, edited=True)
        at = self._now()
        message = {"timestamp": at, "message": text, "expiresInSeconds": 0, "viewOnce": False}
        self.wait_with(person, at, {"editMessage": {"targetSentTimestamp": timestamp, "dataMessage": message}})
        return at

    def undo(self, person: str, timestamp: int) -> None:
        """The person deletes a message of their own for both sides."""
        self._change(person, timestamp, "person", deleted=True)
        self.wait_with(
            person, at := self._now(), {"dataMessage": {"timestamp": at, "remoteDelete": {"timestamp": timestamp}}}
        )

    def wait_with(self, person: str, at: int, content: Document) -> None:
        """Put an envelope of any content where the next receive finds it."""
        name = self.name_of(person)
        about = {"source": name, "sourceNumber": None, "sourceUuid": name, "sourceName": "Caller", "sourceDevice": 1}
        self.waiting.append({"envelope": {**about, "timestamp": at, **content}, "account": self.number})

    def _now(self) -> int:
        self._last = max(self._last + 1, int(self.clock() * 1000))
        return self._last

    def _change(self, person: str, timestamp: int, who: str, **how: Any) -> None:
        thread = self._threads.get(person, [])
        for place, entry in enumerate(thread):
            if (entry.timestamp, entry.who) == (timestamp, who):
                thread[place] = replace(entry, **how)
                return
        raise ValueError(f"{person} has no message {timestamp} of the {who}'s own")

    def _answers(self, operation: str, do: Callable[[Document], Response]) -> Callable[[Request], Any]:
        async def answer(request: Request) -> Response:
            body = await request.body()
            if request.path_params.get("number", self.number) != self.number:
                raise Refusal(400, f"User {request.path_params['number']} is not registered.")
            try:
                asked = json.loads(body or b"{}")
            except (ValueError, RecursionError):
                asked = None
            if not isinstance(asked, dict):
                raise Refusal(400, "Couldn't process request - invalid request")
            asked |= {"query": request.query_params}
            return await stumble(request, self.faults, operation, lambda: do(asked), _failure)

        return answer

    def _about(self, _asked: Document) -> Response:
        about = {"versions": ["v1", "v2"], "build": 2, "mode": self.mode, "version": "0.97", "capabilities": {}}
        return JSONResponse(about)

    def _send(self, asked: Document) -> Response:
        if asked.get("number") != self.number:
            raise Refusal(400, f"User {asked.get('number')} is not registered.")
        people, text = asked.get("recipients"), asked.get("message")
        person = self._person(people[0] if isinstance(people, list) and people else "")
        if not text or not isinstance(text, str):
            raise Refusal(400, "Couldn't process request - please provide a message or attachment")
        at = self._now()
        entry = Entry("hotline", text, at / 1000, at)
        self._threads.setdefault(person, []).append(entry)
        self.sent.append(entry)
        return JSONResponse({"timestamp": str(at)}, 201)

    def _receive(self, asked: Document) -> Response:
        """As many as were asked for; the rest waits. 0 and no number mean all."""
        if self.mode == "json-rpc":
            raise Refusal(400, "websocket: the client is not using the websocket protocol")
        told = asked["query"].get("max_messages", "")
        most = (int(told) if told.isdecimal() else 0) or len(self.waiting)
        taken, self.waiting = self.waiting[:most], self.waiting[most:]
        return JSONResponse(taken)

    def _receipt(self, asked: Document) -> Response:
        self._marked(self._person(asked.get("recipient", "")), asked.get("timestamp", 0), "person", read=True)
        return Response(status_code=204)

    def _types(self, asked: Document) -> Response:
        self.typing.append(self._person(asked.get("recipient", "")))
        return Response(status_code=204)

    def _undo(self, asked: Document) -> Response:
        """The bridge takes any timestamp; the person's app heeds it for a day."""
        person, timestamp = self._person(asked.get("recipient", "")), asked.get("timestamp", 0)
        if self.clock() - timestamp / 1000 <= UNDOABLE:
            self._marked(person, timestamp, "hotline", deleted=True)
        return JSONResponse({"timestamp": str(self._now())}, 201)

    def _marked(self, person: str, timestamp: int, who: str, **how: Any) -> None:
        try:
            self._change(person, timestamp, who, **how)
        except ValueError as fault:
            raise Refusal(400, str(fault)) from None

    def _person(self, recipient: Any) -> str:
        person = self._names.get(str(recipient), str(recipient))
        if person in self.gone or person not in self._threads:
            raise Refusal(400, f'Failed to send (some) messages:\n{recipient}: Unregistered user "{recipient}"')
        return person


async def _refused(_request: Request, error: Exception) -> Response:
    assert isinstance(error, Refusal)
    return JSONResponse({"error": str(error)}, error.status)


def _failure(fault: Fault) -> Response:
    if fault.kind is Kind.TOO_MANY:
        return JSONResponse({"error": "Rate limit exceeded", "challenge_tokens": ["token"]}, 429)
    return JSONResponse({"error": "Internal Server Error"}, 502)
