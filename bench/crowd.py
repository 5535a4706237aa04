"""The people of a flood: fakes made from templates, and callers in danger, on three channels over plain sockets."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import random
import re
import secrets
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from html import unescape
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from app.settings import ROOT
from hotline.store.shelf import read_words

if TYPE_CHECKING:
    from bench.flood import Flood

BOT = "flood_bot_token_that_opens_nothing"
OURS = "+15005550006"
CHANNELS = ("sms", "telegram", "webchat")
TEMPLATES = 200
WORDS = """about after again because before boss brother city come could door every family farm father find food friend
from hand have help here home hotel hour house know last leave letter like little make many money month more morning
mother must need never night office other over paper people phone place please ship sister some street take tell thank
that them there they thing think this time today town train very wait want water week what when where with woman work
would write year your""".split()
DANGER = "he is going to kill me"
REAL = (
    "me va a matar esta noche, estoy encerrada en {} y tengo miedo",
    "por favor ayuda, me va a matar si me voy de {}",
    "me quiere matar, tiene mi pasaporte y estoy en {}",
    "estoy en peligro, me va a matar, me escondo en {}",
)
PLACES = ("un piso", "la cocina", "un barco", "la granja", "el hotel", "un taller", "la calle", "un sotano")


class Wire:
    """One kept-open connection, counting every status it hears."""

    def __init__(self, port: int, statuses: Counter[int]) -> None:
        self._port, self._statuses = port, statuses
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def post(self, path: str, body: str, kind: str, headers: str = "") -> str:
        """The body of the answer; "" when nothing could be had, which counts as status 0."""
        try:
            if self._streams is None:
                self._streams = await asyncio.open_connection("127.0.0.1", self._port, limit=1 << 22)
            reader, writer = self._streams
            data = body.encode()
            head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{self._port}\r\nContent-Type: {kind}\r\n{headers}"
            writer.write(f"{head}Content-Length: {len(data)}\r\n\r\n".encode() + data)
            answer = (await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 30)).decode("latin-1").lower()
            self._statuses[int(answer.split(" ", 2)[1])] += 1
            length = re.search(r"content-length: (\d+)", answer)
            return (await reader.readexactly(int(length[1]) if length else 0)).decode()
        except (OSError, TimeoutError, asyncio.IncompleteReadError):
            self._statuses[0] += 1
            self.close()
            return ""

    def close(self) -> None:
        if self._streams is not None:
            self._streams[1].close()
        self._streams = None


@dataclass(slots=True)
class Caller:
    """Somebody who writes, real or not."""

    flood: Flood
    channel: str
    first: str
    language: str
    name: str = field(default_factory=lambda: secrets.token_hex(4))
    address: int = field(default_factory=lambda: secrets.randbelow(10**8))
    number: int = field(default_factory=lambda: secrets.randbelow(10**9))
    fields: dict[str, str] = field(default_factory=dict)

    async def writes(self, wire: Wire, text: str) -> str:
        """What they read after this."""
        return await {"sms": self._sms, "telegram": self._telegram, "webchat": self._webchat}[self.channel](wire, text)

    def promised(self, reply: str) -> bool:
        """Whether a person was promised."""
        return any(said in reply for said in promises(self.language))

    async def _sms(self, wire: Wire, text: str) -> str:
        from bench.flood import ACCOUNT, TOKEN

        sid, sender = f"SM{secrets.token_hex(16)}", f"+347{self.address:08d}"
        form = {
            "MessageSid": sid, "SmsSid": sid, "SmsMessageSid": sid, "AccountSid": ACCOUNT, "From": sender, "To": OURS,
            "Body": text, "NumMedia": "0", "NumSegments": "1", "SmsStatus": "received", "ApiVersion": "2010-04-01",
        }  # fmt: skip
        signed = f"{self.flood.public}/webhooks/twilio" + "".join(name + form[name] for name in sorted(form))
        made = base64.b64encode(hmac.new(TOKEN.encode(), signed.encode(), hashlib.sha1).digest()).decode()
        header = f"X-Twilio-Signature: {made}\r\n"
        answer = await wire.post("/webhooks/twilio", urlencode(form), "application/x-www-form-urlencoded", header)
        messages = [unescape(one) for one in re.findall(r"<Message[^>]*>(.*?)</Message>", answer, re.DOTALL)]
        for one in messages:
            self.flood.twilio._ledger.reply(sender, one, sender=OURS)
        self.flood.seen.said += len(messages)
        return "\n".join(messages)

    async def _telegram(self, wire: Wire, text: str) -> str:
        from bench.flood import SECRET

        self.number += 1
        person = {"id": 10**9 + self.address, "is_bot": False, "first_name": "x", "language_code": self.language}
        chat = {"id": person["id"], "type": "private"}
        message = {"message_id": self.number, "from": person, "chat": chat, "date": 1_795_262_400, "text": text}
        update = json.dumps({"update_id": secrets.randbelow(10**9), "message": message})
        header = f"X-Telegram-Bot-Api-Secret-Token: {SECRET}\r\n"
        answer = await wire.post("/webhooks/telegram", update, "application/json", header)
        return str(json.loads(answer or "{}").get("text", ""))

    async def _webchat(self, wire: Wire, text: str) -> str:
        if not self.fields:
            await self._form(wire, {"do": "begin"})
        return await self._form(wire, {"do": "send", "text": text})

    async def _form(self, wire: Wire, values: dict[str, str]) -> str:
        form = {"lang": self.language, **self.fields, **values}
        answer = await wire.post("/", urlencode(form), "application/x-www-form-urlencoded")
        found = dict(re.findall(r'name="(token|once)" value="([^"]*)"', answer))
        self.fields = {name: unescape(value) for name, value in found.items()} or self.fields
        return unescape(answer)


@cache
def promises(language: str) -> tuple[str, ...]:
    """How the words begin with which a person is promised."""
    words: Any = read_words(ROOT / "locales" / language, "scripts").by_key
    return tuple(words[key][:24] for key in ("desk/on_duty", "desk/no_one"))


def callers(flood: Flood, number: int, *, real: bool = False) -> Iterator[Caller]:
    """So many people, one channel after the other."""
    chance = random.Random(1 if real else 2)
    templates = [chance.choices(WORDS, k=chance.randint(9, 15)) for _ in range(TEMPLATES)]
    for place in range(number):
        channel = CHANNELS[place % len(CHANNELS)]
        if real:
            text = REAL[place % len(REAL)].format(chance.choice(PLACES))
        else:
            kind = chance.randrange(TEMPLATES)
            said = list(templates[kind])
            said[chance.randrange(len(said))] = chance.choice(WORDS)
            text = " ".join([*said, DANGER] if kind % 3 == 0 else said)
        yield Caller(flood, channel, text, "es" if real else "en")
