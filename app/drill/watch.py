"""What happened in a drill, as the debrief needs it: what staff did at the console, and each caller's own story."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.drill.scenario import Scenario
from hotline.contact import Level

_ONE = re.compile(r"^/staff/contacts/([^/]+)/([a-z_/-]+)$")
LONGEST_FORM = 64 * 1024


@dataclass(frozen=True, slots=True)
class Deed:
    """One form that staff sent from the page of a contact, and how it was answered."""

    at: float
    contact_id: str
    tool: str
    form: Mapping[str, str]
    status: int

    @property
    def done(self) -> bool:
        return self.status < 400


@dataclass(frozen=True, slots=True)
class Turn:
    """One message of a talk. `who` is caller or responder."""

    at: float
    who: str
    text: str
    english: str = ""


@dataclass(slots=True)
class Story:
    """What one caller went through. Moments are those of the clock, 0.0 for what has not happened."""

    scenario: Scenario
    person: int
    began_at: float = 0.0
    asked_at: float = 0.0
    ended_at: float = 0.0
    how: str = ""
    code: str = ""
    level: Level | None = None
    signals: frozenset[str] = frozenset()
    ticks: frozenset[str] = frozenset()
    contacts: list[str] = field(default_factory=list)
    owners: set[int] = field(default_factory=set)
    hushes: list[tuple[float, float]] = field(default_factory=list)
    turns: list[Turn] = field(default_factory=list)

    def hushed(self, at: float) -> bool:
        return any(begins <= at and (ends == 0.0 or at <= ends) for begins, ends in self.hushes)


class Watch:
    """Stands before the practice server and writes down what staff send about contacts. Only a drill has it."""

    def __init__(self) -> None:
        self.deeds: list[Deed] = []

    def of(self, story: Story) -> list[Deed]:
        return [deed for deed in self.deeds if deed.contact_id in story.contacts]

    def before(self, inner: ASGIApp) -> ASGIApp:
        async def application(scope: Scope, receive: Receive, send: Send) -> None:
            found = _ONE.match(scope["path"]) if scope["type"] == "http" and scope["method"] == "POST" else None
            if found is None:
                await inner(scope, receive, send)
                return
            body, status, at = bytearray(), [0], time.time()

            async def heard() -> Message:
                message = await receive()
                if len(body) < LONGEST_FORM:
                    body.extend(message.get("body", b""))
                return message

            async def noted(message: Message) -> None:
                if message["type"] == "http.response.start":
                    status[0] = message["status"]
                    self.deeds.append(Deed(at, found[1], found[2], _form(bytes(body)), status[0]))
                await send(message)

            await inner(scope, heard, noted)

        return application


def _form(body: bytes) -> dict[str, str]:
    """The fields of a form; those that stand there several times are joined."""
    fields: dict[str, str] = {}
    for name, value in parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True):
        fields[name] = f"{fields[name]},{value}" if name in fields else value
    return fields
