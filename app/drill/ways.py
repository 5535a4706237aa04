"""The phones and the browser of simulated callers: each writes over its real channel and knows what came back."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from html import unescape
from typing import Protocol

from app.demo import Phones
from app.tools.visitor import Page, Visitor
from hotline.contact import Channel

PHOTO = "photo.jpg"
_LINE = re.compile(r'<li class="line (?:bot|responder)"[^>]*>(.*?)</li>', re.DOTALL)
_WORDS = re.compile(r"<p[^>]*>(.*?)</p>", re.DOTALL)


class Way(Protocol):
    """One caller on one channel. `sender`: by which the desk knows them; empty before they wrote."""

    @property
    def sender(self) -> str: ...

    async def send(self, text: str) -> None: ...

    async def photo(self) -> None:
        """Sends a picture, which the hotline never fetches."""

    async def heard(self) -> Sequence[str]:
        """Every text that came back so far."""


class TwilioWay:
    """SMS, or WhatsApp, on the phone of the simulated Twilio."""

    def __init__(self, phones: Phones, person: int, *, whatsapp: bool) -> None:
        self._twilio, self._whatsapp = phones.twilio, whatsapp
        self.sender = number_of(person)

    async def send(self, text: str) -> None:
        await self._twilio.write(self.sender, text, whatsapp=self._whatsapp)

    async def photo(self) -> None:
        await self._twilio.write(self.sender, "", media=[PHOTO], whatsapp=self._whatsapp)

    async def heard(self) -> Sequence[str]:
        thread = self._twilio.thread(f"whatsapp:{self.sender}" if self._whatsapp else self.sender)
        return [entry.text for entry in thread if entry.who == "hotline"]


class TelegramWay:
    def __init__(self, phones: Phones, person: int, language: str) -> None:
        self._telegram, self._chat, self._language = phones.telegram, 700_000_000 + person, language
        self.sender = str(self._chat)

    async def send(self, text: str) -> None:
        await self._telegram.write(self._chat, text, language_code=self._language)

    async def photo(self) -> None:
        await self._telegram.write(self._chat, "", photo=True, language_code=self._language)

    async def heard(self) -> Sequence[str]:
        return [entry.text for entry in self._telegram.thread(self._chat) if entry.who == "hotline"]


class SignalWay:
    def __init__(self, phones: Phones, person: int) -> None:
        self._signal, self._number = phones.signal, number_of(person)
        self.sender = phones.signal.meet(self._number)

    async def send(self, text: str) -> None:
        self._signal.write(self._number, text)

    async def photo(self) -> None:
        self._signal.write(self._number, "", kinds=["image/jpeg"])

    async def heard(self) -> Sequence[str]:
        return [entry.text for entry in self._signal.thread(self._number) if entry.who == "hotline"]


class WebChatWay:
    """A browser without JavaScript: it knows only what its last page says, and looks again to see what is new."""

    def __init__(self, base: str, language: str) -> None:
        self._visitor, self._language = Visitor(base), language
        self._page: Page | None = None
        self._heard: dict[str, None] = {}
        self.sender = ""

    async def send(self, text: str) -> None:
        await self._posts({"do": "send", "text": text})

    async def photo(self) -> None:
        """The chat takes no pictures: nothing is sent."""

    async def heard(self) -> Sequence[str]:
        if self._page is not None and " data-ended" not in self._page.text:
            await self._posts({"do": "check"})
        return list(self._heard)

    async def _posts(self, form: dict[str, str]) -> None:
        page = self._page
        if page is None:
            await asyncio.to_thread(self._visitor.get, f"/{self._language}/chat")
            page = await self._turned({"do": "begin", "lang": self._language})
            self.sender = page.field("token")
        await self._turned({**{name: page.field(name) for name in ("token", "once", "lang")}, **form})

    async def _turned(self, form: dict[str, str]) -> Page:
        page = await asyncio.to_thread(self._visitor.post, "/", form)
        if page.status == 200:
            self._page = page
            self._heard.update(dict.fromkeys(_said(page.text)))
        return page


def _said(html: str) -> list[str]:
    return [
        unescape("\n".join(re.sub(r"<[^>]+>", "", words) for words in _WORDS.findall(line))).strip()
        for line in _LINE.findall(html)
    ]


def number_of(person: int) -> str:
    return f"+4790000{person:03d}"


def way_of(channel: Channel, phones: Phones, base: str, person: int, language: str) -> Way:
    """How this person writes; the phone is that of /demo/phone?person=N."""
    if channel is Channel.TELEGRAM:
        return TelegramWay(phones, person, language)
    if channel is Channel.SIGNAL:
        return SignalWay(phones, person)
    if channel is Channel.WEBCHAT:
        return WebChatWay(base, language)
    return TwilioWay(phones, person, whatsapp=channel is Channel.WHATSAPP)
