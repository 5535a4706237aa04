"""A tab of a browser with the chat in it, for tests: it knows only what its last page says."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from html import unescape
from time import time
from typing import Any
from urllib.parse import urlencode

import httpx
from starlette.types import ASGIApp, Message

from bots.webchat.padding import BUCKET
from hotline.desk import work
from hotline.store.contacts import Contact
from tests.people import hire
from tests.server_help import FORM, Browser, House


@dataclass
class Tab:
    """A tab with the chat: it knows only what its last page says."""

    house: House
    language: str = "en"
    html: str = ""
    browser: Browser = field(init=False)

    def __post_init__(self) -> None:
        self.browser = self.house.browser()

    def posts(self, **form: str) -> httpx.Response:
        """A form of this page, with its hidden fields."""
        names = ("token", "once", "lang", "after", "shown") if self.html else ()
        hidden = {name: value for name in names if (value := self.hidden(name))}
        response = self.browser.post("/" if self.html else f"/{self.language}/chat", {**hidden, **form})
        self.house.settle()
        assert response.headers["cache-control"] == "no-store, no-transform"
        assert len(response.content) % BUCKET == 0
        assert "set-cookie" not in response.headers
        if response.status_code == 200:
            self.html = response.text
        return response

    def begins(self) -> Tab:
        self.posts(do="begin")
        return self

    def hidden(self, name: str) -> str:
        found = re.search(rf'name="{name}" value="([^"]*)"', self.html)
        return found[1] if found else ""

    @property
    def says(self) -> str:
        """The text of the last message of the bot, each of its statements a line."""
        last = re.findall(r'<li class="line bot"[^>]*>(.*?)</li>', self.html, re.DOTALL)[-1]
        return "\n".join(unescape(part) for part in re.findall(r"<p>(.*?)</p>", last, re.DOTALL))

    @property
    def choices(self) -> list[str]:
        return re.findall(r'name="choice" value="([^"]*)"', self.html)

    @property
    def notice(self) -> str:
        found = re.search(r'<p class="notice" role="alert"[^>]*>(.*?)</p>', self.html)
        return unescape(found[1]) if found else ""

    @property
    def ended(self) -> bool:
        return " data-ended" in self.html

    def asks(self, do: str, **form: str) -> dict[str, Any]:
        """What the script of the page would be told."""
        hidden = {name: value for name in ("token", "once", "lang", "shown") if (value := self.hidden(name))}
        answer = self.browser.post("/", {**hidden, "do": do, **form}, headers={"Accept": "application/json"})
        self.house.settle()
        assert answer.headers["content-type"] == "application/json"
        assert len(answer.content) % BUCKET == 0
        table: dict[str, Any] = answer.json()
        return table

    @property
    def code(self) -> list[str]:
        """The groups of the code that this page shows."""
        found = re.search(r'<p class="digits"[^>]*>(.*?)</p>', self.html, re.DOTALL)
        return re.findall(r"<span>(\d+)</span>", found[1]) if found else []

    @property
    def lines(self) -> list[str]:
        return [unescape(said) for said in re.findall(r'<p dir="auto">(.*?)</p>', self.html)]

    @property
    def contact(self) -> Contact:
        with self.house.office.engine.connect() as connection:
            (contact_id,) = connection.exec_driver_sql("SELECT id FROM contacts").scalars()
            contact = self.house.office.desk.contacts.by_id(connection, contact_id)
        assert contact is not None
        return contact


def with_a_person(house: House, language: str = "en") -> Tab:
    """A talk that waits for a person."""
    tab = Tab(house, language).begins()
    tab.posts(text="0")
    tab.posts(choice="agree")
    tab.posts(choice="wait")
    return tab


def answer_of_chloe(house: House, text: str) -> None:
    """Chloe takes the one waiting contact, if nobody has, and writes to it."""
    desk, now = house.office.desk, time()
    with house.office.engine.connect() as connection:
        ((contact_id, state),) = connection.exec_driver_sql("SELECT id, state FROM contacts").all()
        found = connection.exec_driver_sql("SELECT id FROM staff WHERE name = 'Chloe'").scalar()
    chloe = found or hire(house.office, "Chloe").id
    if state == "waiting":
        house.office.write(lambda tx: work.claim(desk, tx, contact_id, chloe, now))
    house.office.write(lambda tx: work.answer(desk, tx, contact_id, chloe, text, now))


class Stream:
    """An open answer of the chat: what has come of it so far. For use inside the house's event loop."""

    def __init__(self, app: ASGIApp, form: Mapping[str, str]) -> None:
        self.status = 0
        self.pieces: list[bytes] = []
        self._to_app: asyncio.Queue[Message] = asyncio.Queue()
        self._came = asyncio.Event()
        body = urlencode(form).encode()
        headers = {"content-type": FORM, "content-length": str(len(body)), "accept": "text/event-stream"}
        scope = {
            "type": "http",
            "http_version": "1.1",
            "method": "POST",
            "path": "/",
            "raw_path": b"/",
            "query_string": b"",
            "headers": [
                (name.encode(), value.encode()) for name, value in {"host": "hotline.example", **headers}.items()
            ],
        }
        self._to_app.put_nowait({"type": "http.request", "body": body, "more_body": False})

        async def run() -> None:
            await app(scope, self._to_app.get, self._take)

        self.task: asyncio.Task[None] = asyncio.create_task(run())

    async def _take(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
        elif message.get("body"):
            self.pieces.append(message["body"])
        self._came.set()

    @property
    def events(self) -> list[dict[str, Any]]:
        text = b"".join(self.pieces).decode()
        return [json.loads(found) for found in re.findall(r"^data: (.*)$", text, re.MULTILINE)]

    async def until(self, what: Callable[[], bool], seconds: float = 5.0) -> None:
        """Wait until enough has come."""
        async with asyncio.timeout(seconds):
            while not what():
                self._came.clear()
                await asyncio.wait({asyncio.ensure_future(self._came.wait())}, timeout=0.05)

    async def hangs_up(self) -> None:
        self._to_app.put_nowait({"type": "http.disconnect"})
        async with asyncio.timeout(5):
            await self.task
