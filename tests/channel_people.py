"""Amara on each channel: the same verbs for a phone with SMS, WhatsApp, Telegram or Signal, and for a browser.

Providers are the simulated ones behind real sockets, reached by the real client libraries; the hotline is the real application.
"""

from __future__ import annotations

import asyncio
import re
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from html import unescape
from pathlib import Path
from typing import Any

import httpx
from starlette.types import ASGIApp, Receive, Scope, Send

from app.assemble import open_bots
from app.worker import Worker
from bots.loopback.faults import Faults
from bots.loopback.signal import Signal
from bots.loopback.telegram import Telegram
from bots.loopback.twilio import Twilio
from hotline.contact import Channel, State
from hotline.events import Log
from hotline.store.contacts import Contact
from tests.loopback_help import Server
from tests.people import Responder, hire
from tests.server_help import ACCOUNT, BOT_TOKEN, SECRET, TOKEN, House, open_house

NUMBER, CHAT = "+4790000001", 700_000_001
SIGNAL_NUMBER = "+4780000009"


@dataclass
class Street:
    """One hotline with its worker, and one channel whose provider listens on loopback."""

    house: House
    worker: Worker
    faults: Faults
    url: str
    asked: list[str] = field(default_factory=list)
    later: float = 0.0

    def settle(self) -> None:
        """Everything that waits is tried, as the worker does every two seconds: for it a moment has passed."""
        self.later += 1.5
        self.worker.reconcile()
        time.sleep(0.03)
        self.house.settle()

    def contacts(self) -> list[Contact]:
        desk = self.house.office.desk
        return self.house.office.read(lambda connection: desk.contacts.in_states(connection, State))

    def contact(self) -> Contact:
        (one,) = self.contacts()
        return one

    def responder(self, name: str = "Chloe") -> Responder:
        someone = hire(self.house.office, name)
        someone.begins_shift(time.time() - 60)
        return someone


class Line(ABC):
    """One caller on one channel. `reads` is what stands on their side from us, oldest first."""

    channel: Channel

    def __init__(self, street: Street) -> None:
        self.street = street

    @abstractmethod
    def writes(self, text: str) -> None: ...

    @abstractmethod
    def sends_a_photo(self) -> None: ...

    @abstractmethod
    def repeats(self, text: str) -> None:
        """The same message comes to us twice, as the channel's own kind of repeat."""

    @abstractmethod
    def reads(self) -> list[str]: ...

    @abstractmethod
    def still_there(self) -> list[str]:
        """Our words that still stand at the provider, or in the caller's own chat where deleting reaches that."""

    @abstractmethod
    def was_shown_that_it_came(self) -> bool: ...

    def says_yes_until_a_person_has_it(self) -> None:
        """Safe, no danger, this language, a person, agreed, and wait even if nobody is there."""
        for text in ("hello", "1", "2", "1", "person", "1"):
            self.writes(text)
        assert self.street.contact().state.value == "waiting", self.reads()[-1]


class Phone(Line):
    """SMS or WhatsApp."""

    def __init__(self, street: Street, loopback: Twilio, channel: Channel) -> None:
        super().__init__(street)
        self.loopback, self.channel = loopback, channel
        self.on_whatsapp = channel is Channel.WHATSAPP

    @property
    def _name(self) -> str:
        return f"whatsapp:{NUMBER}" if self.on_whatsapp else NUMBER

    def writes(self, text: str) -> None:
        asyncio.run(self.loopback.write(NUMBER, text, whatsapp=self.on_whatsapp, retries=0))
        self.street.settle()

    def sends_a_photo(self) -> None:
        media = [f"{self.street.url}/canary.jpg"]
        asyncio.run(self.loopback.write(NUMBER, "", media=media, whatsapp=self.on_whatsapp, retries=0))
        self.street.settle()

    def repeats(self, text: str) -> None:
        self.loopback.faults.schedule("duplicate", operation="webhook")
        self.writes(text)

    def reads(self) -> list[str]:
        return [entry.text for entry in self.loopback.thread(self._name) if entry.who == "hotline"]

    def still_there(self) -> list[str]:
        return [message.body for message in self.loopback.messages.values()]

    def was_shown_that_it_came(self) -> bool:
        return bool(self.loopback.typing)


class Chat(Line):
    """Telegram."""

    channel = Channel.TELEGRAM

    def __init__(self, street: Street, loopback: Telegram) -> None:
        super().__init__(street)
        self.loopback = loopback

    def writes(self, text: str) -> None:
        asyncio.run(self.loopback.write(CHAT, text, retries=0))
        self.street.settle()

    def sends_a_photo(self) -> None:
        asyncio.run(self.loopback.write(CHAT, "", photo=True, retries=0))
        self.street.settle()

    def repeats(self, text: str) -> None:
        self.loopback.faults.schedule("duplicate", operation="webhook")
        self.writes(text)

    def reads(self) -> list[str]:
        return [entry.text for entry in self.loopback.thread(CHAT) if entry.who != "person"]

    def still_there(self) -> list[str]:
        return [entry.text for entry in self.loopback.thread(CHAT) if not entry.deleted]

    def was_shown_that_it_came(self) -> bool:
        return bool(self.loopback.actions)


class Messenger(Line):
    """Signal."""

    channel = Channel.SIGNAL

    def __init__(self, street: Street, loopback: Signal) -> None:
        super().__init__(street)
        self.loopback = loopback

    def writes(self, text: str) -> None:
        self.loopback.write(NUMBER, text)
        self._is_asked()

    def sends_a_photo(self) -> None:
        self.loopback.write(NUMBER, "", kinds=["image/jpeg"])
        self._is_asked()

    def repeats(self, text: str) -> None:
        self.loopback.write(NUMBER, text)
        self.loopback.waiting *= 2
        self._is_asked()

    def _is_asked(self) -> None:
        self.street.settle()
        self.street.settle()

    def reads(self) -> list[str]:
        return [entry.text for entry in self.loopback.thread(NUMBER) if entry.who == "hotline"]

    def still_there(self) -> list[str]:
        return [one.text for one in self.loopback.thread(NUMBER) if one.who == "hotline" and not one.deleted]

    def was_shown_that_it_came(self) -> bool:
        return bool(self.loopback.typing) and all(
            one.read for one in self.loopback.thread(NUMBER) if one.who == "person"
        )


class Tab(Line):
    """The web chat, without JavaScript."""

    channel = Channel.WEBCHAT

    def __init__(self, street: Street) -> None:
        super().__init__(street)
        self.page = self._post({"do": "begin"})

    def _post(self, form: dict[str, str]) -> str:
        answer = httpx.post(f"{self.street.url}/en/chat", data=form, timeout=20)
        assert answer.status_code == 200, answer.text[:500]
        self.street.settle()
        return answer.text

    def _fields(self) -> dict[str, str]:
        return {name: self._field(name) for name in ("token", "once")}

    def _field(self, name: str) -> str:
        match = re.search(rf'name="{name}" value="([^"]*)"', self.page)
        assert match, f"the page has no field {name}"
        return unescape(match[1])

    def writes(self, text: str) -> None:
        if self.street.contacts() or text != "hello":
            self.page = self._post({**self._fields(), "do": "send", "text": text})

    def sends_a_photo(self) -> None:
        raise NotImplementedError("the web chat takes no files")

    def repeats(self, text: str) -> None:
        form = {**self._fields(), "do": "send", "text": text}
        self._post(form)
        self.page = self._post(form)

    def reads(self) -> list[str]:
        self.page = self._post({**self._fields(), "do": "check"}) if 'name="token"' in self.page else self.page
        found = re.findall(r'<li class="line (?:bot|responder)[^"]*".*?</li>', self.page, re.DOTALL)
        return [unescape(re.sub(r"<[^>]+>", "\n", one)).strip() for one in found]

    def still_there(self) -> list[str]:
        return []

    def was_shown_that_it_came(self) -> bool:
        return 'class="line caller' in self.page


@contextmanager
def a_line(channel: Channel, home: Path, **changes: Any) -> Iterator[Line]:
    """Amara on this channel, with everything around her running."""
    faults = Faults(patience=5)
    with (
        Server() as provider,
        Server() as ours,
        open_house(home, **{**_only(channel, provider.url, ours.url), **changes}) as house,
    ):
        ours.app = house.app
        bots = open_bots(house.settings, house.office.desk.shelf)
        worker = Worker(house.office, bots, Log(house.events.append), lambda: time.time() + street.later)
        street = Street(house, worker, faults, ours.url)
        line, loopback = _on(channel, street, faults)
        provider.app, ours.app = noting(loopback, street.asked), noting(house.app, street.asked)
        yield line


def _only(channel: Channel, url: str, ours: str) -> dict[str, Any]:
    """Settings under which this channel's provider is the only one that is set up."""
    mine = {Channel.SMS: "twilio", Channel.WHATSAPP: "twilio", Channel.TELEGRAM: "telegram"}.get(channel)
    off = {name: "" for name in ("twilio_account_sid", "twilio_auth_token") if mine != "twilio"}
    off |= {name: "" for name in ("telegram_token", "telegram_secret") if mine != "telegram"}
    on = {"signal_number": SIGNAL_NUMBER} if channel is Channel.SIGNAL else {}
    return {**off, **on, "public_url": ours, "twilio_api_url": url, "telegram_api_url": url, "signal_api_url": url}


def noting(app: ASGIApp, asked: list[str]) -> ASGIApp:
    """The same application; the path of every request to it is written down."""

    async def noted(scope: Scope, receive: Receive, send: Send) -> None:
        asked.append(scope.get("path", ""))
        await app(scope, receive, send)

    return noted


def _on(channel: Channel, street: Street, faults: Faults) -> tuple[Line, Any]:
    if channel is Channel.TELEGRAM:
        telegram = Telegram(
            BOT_TOKEN, webhook_url=f"{street.url}/webhooks/telegram", webhook_secret=SECRET, faults=faults, pace=0.0
        )
        return Chat(street, telegram), telegram.app
    if channel is Channel.SIGNAL:
        signal = Signal(SIGNAL_NUMBER, faults=faults)
        return Messenger(street, signal), signal.app
    twilio = Twilio(ACCOUNT, TOKEN, webhook_url=f"{street.url}/webhooks/twilio", faults=faults, pace=0.0)
    return (Tab(street) if channel is Channel.WEBCHAT else Phone(street, twilio, channel)), twilio.app
