"""`make soak` and the suite: genuine webhooks, spoiled by a seeded hand, thrown at what reads them.

Counts requests that were taken although a field the hotline uses differs from what was signed or sent, and faults that
nobody handled: both must be 0. The same seed spoils the same way.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping
from copy import deepcopy
from functools import cache
from typing import Any
from urllib.parse import parse_qsl, urlencode

from twilio.request_validator import RequestValidator

from bench.__main__ import keep
from bots.contract import Refused, Request
from bots.signal import _incoming as signal_incoming
from bots.sms import Twilio
from bots.telegram import Telegram
from bots.webchat.form import FIELDS as CHAT_FIELDS
from bots.webchat.form import read_post
from hotline.message import Incoming, Report

PUBLIC, ACCOUNT, TOKEN = "https://hotline.example", "AC" + "a1" * 16, "a token only Twilio and we know"
BOT_TOKEN, SECRET = "100000001:only_Telegram_and_we_know", "a-secret_that-Telegram-sends-back"
FORM = "application/x-www-form-urlencoded"
MESSAGES, STATUSES = f"{PUBLIC}/webhooks/twilio", f"{PUBLIC}/webhooks/twilio/status"
TEXTS = (
    "Hello, I need help",
    "1",
    "2",
    "person",
    "delete",
    "STOP",
    "",
    "he has a knife",
    "ключ señal ไทย 😀",
    "a+b&c=d",
)
NUMBERS = ("+4790000001", "+4790000002", "+4780000000", "whatsapp:+4790000001", "12345", "Hotline")
JUNK: tuple[Any, ...] = (
    None, True, -1, 0, 2**70, 1.5, "", "x" * 5000, "\0", "\ud800", [], {}, [[]], {"id": {}}, "../..", "%00", "1e9",
)  # fmt: skip

Spoiled = tuple[Callable[[], object], object]
"""What is to be tried, and what may come of it at most: None where nothing may be taken."""


def spoil_form(rng: random.Random, form: dict[str, str]) -> bytes:
    """Another body: a field changed, dropped, added, swapped or swallowed by its neighbour, and sometimes broken bytes."""
    other = dict(form)
    for _ in range(rng.randint(1, 3)):
        name = rng.choice(sorted(other) or ["Body"])
        match rng.randrange(7):
            case 0:
                other[name] = rng.choice((*TEXTS, *NUMBERS, other.get(name, "") + " ", other.get(name, "")[:-1]))
            case 1:
                other.pop(name, None)
            case 2:
                other[rng.choice(("Body", "From", "ButtonPayload", "OptOutType", "ErrorCode", "evil", ""))] = "1"
            case 3:
                second = rng.choice(sorted(other) or ["Body"])
                other[name], other[second] = other.get(second, ""), other.get(name, "")
            case 4 | 5:
                other = swallowed(other, name)
            case _:
                other[name] = other.get(name, "").swapcase()
    body = urlencode(other).encode()
    return broken(rng, body) if rng.random() < 0.3 else body


def swallowed(form: Mapping[str, str], name: str) -> dict[str, str]:
    """The form with the field after `name` made part of it, which leaves Twilio's signature as it was."""
    order = sorted(form)
    after = order[order.index(name) + 1 : order.index(name) + 2] if name in form else []
    rest = {key: value for key, value in form.items() if key not in after}
    return {**rest, name: form.get(name, "") + "".join(key + form[key] for key in after)}


def broken(rng: random.Random, body: bytes) -> bytes:
    place = rng.randrange(len(body) + 1)
    cut = rng.choice((0, 0, 1, 3, len(body)))
    return (
        body[:place]
        + rng.choice((b"", b"&", b"%", b"\xff\xfe", b"\0", b"=", b"{", bytes([rng.randrange(256)])))
        + body[place + cut :]
    )


def spoil_table(rng: random.Random, table: dict[str, Any]) -> dict[str, Any]:
    """Another document: something somewhere in it replaced, dropped or added."""
    for _ in range(rng.randint(0, 3)):
        here = table
        while (inner := [value for value in here.values() if isinstance(value, dict) and value]) and rng.random() < 0.6:
            here = rng.choice(inner)
        key = rng.choice([*here, "text", "data", "photo", "caption", "type", "chat", "attachments"])
        if rng.random() < 0.3:
            here.pop(key, None)
        else:
            here[key] = deepcopy(rng.choice((*JUNK, *TEXTS)))
    return table


@cache
def _twilio() -> Twilio:
    return Twilio(ACCOUNT, TOKEN, PUBLIC, "http://127.0.0.1:9")


@cache
def _telegram() -> Telegram:
    return Telegram(BOT_TOKEN, SECRET, "http://127.0.0.1:9")


def used(incoming: Incoming) -> tuple[object, ...]:
    return incoming.sender, incoming.recipient, incoming.id, incoming.text, incoming.choice, incoming.opted_out


def signed(form: Mapping[str, str], url: str) -> str:
    return str(RequestValidator(TOKEN).compute_signature(url, form))


def _headers(rng: random.Random, signature: str) -> dict[str, str]:
    headers = {"content-type": FORM, "x-twilio-signature": signature}
    match rng.randrange(20):
        case 0:
            headers.pop("x-twilio-signature")
        case 1:
            headers["x-twilio-signature"] = signature[:-2] + rng.choice(("==", "A=", "é", ""))
        case 2:
            headers["content-type"] = rng.choice(("application/json", "", FORM + "; charset=latin-1", "text/plain"))
        case 3:
            headers |= {"x-forwarded-host": "evil.example", "host": "evil.example"}
    return headers


def a_message(rng: random.Random) -> Spoiled:
    """An SMS or WhatsApp message of Twilio."""
    sid, whatsapp = f"SM{rng.getrandbits(128):032x}", rng.random() < 0.5
    prefix = "whatsapp:" if whatsapp else ""
    form = {
        "MessageSid": sid, "SmsSid": sid, "SmsMessageSid": sid, "AccountSid": ACCOUNT, "Body": rng.choice(TEXTS),
        "From": prefix + rng.choice(NUMBERS[:3]), "To": prefix + NUMBERS[2], "NumMedia": "0", "NumSegments": "1",
        "SmsStatus": "received", "ApiVersion": "2010-04-01", "FromCountry": "NO",
    }  # fmt: skip
    if whatsapp:
        form |= {"ProfileName": "Amara", "WaId": "4790000001"}
        if rng.random() < 0.3:
            form |= {"ButtonPayload": "safe", "ButtonText": "It is safe"}
    elif rng.random() < 0.2:
        form |= {"OptOutType": "STOP", "Body": "STOP"}
    genuine = _twilio().receive(Request(_genuine(form, MESSAGES), urlencode(form).encode()))
    assert genuine is not None
    request = Request(_headers(rng, signed(form, MESSAGES)), spoil_form(rng, form), rng.choice(("", "", "", "a=b")))
    return lambda: _told(_twilio().receive(request)), used(genuine)


def _genuine(form: Mapping[str, str], url: str) -> dict[str, str]:
    return {"content-type": FORM, "x-twilio-signature": signed(form, url)}


def _told(incoming: Incoming | None) -> object:
    return None if incoming is None else used(incoming)


def a_status(rng: random.Random) -> Spoiled:
    """What Twilio tells of a message of ours."""
    sid = f"SM{rng.getrandbits(128):032x}"
    status = rng.choice(("queued", "sent", "delivered", "undelivered", "failed", "read"))
    form = {
        "MessageSid": sid, "SmsSid": sid, "AccountSid": ACCOUNT, "MessageStatus": status, "SmsStatus": status,
        "To": rng.choice(NUMBERS[:4]), "From": NUMBERS[2], "ApiVersion": "2010-04-01",
    }  # fmt: skip
    if status in ("failed", "undelivered"):
        form["ErrorCode"] = rng.choice(("21610", "63016", "30003"))
    genuine: Report | None = _twilio().report(Request(_genuine(form, STATUSES), urlencode(form).encode()))
    request = Request(_headers(rng, signed(form, STATUSES)), spoil_form(rng, form))
    return lambda: _twilio().report(request), genuine


def an_update(rng: random.Random) -> Spoiled:
    """An update of Telegram. Its secret stands for the whole, so what it says may be anything, but never without it."""
    person = {"id": 700_000_001, "is_bot": False, "first_name": "Amara", "language_code": "en"}
    message = {"message_id": rng.randrange(2**31), "from": person, "chat": {"id": 700_000_001, "type": "private"}}
    message |= {"date": 1_795_262_400, "text": rng.choice((*TEXTS, "/start", "/start women_es", "/start x" * 40))}
    kind = rng.choice(("message", "message", "edited_message", "callback_query", "channel_post", "my_chat_member"))
    talk = {"id": "1", "from": person, "message": message, "data": "safe"} if kind == "callback_query" else message
    table = spoil_table(rng, {"update_id": rng.randrange(2**31), kind: talk})
    body = json.dumps(table).encode()
    body = broken(rng, body) if rng.random() < 0.2 else body
    secret = SECRET if rng.random() < 0.8 else rng.choice((SECRET[1:], "", "é", SECRET.upper(), SECRET + " "))
    request = Request({"content-type": "application/json", "x-telegram-bot-api-secret-token": secret}, body)
    return lambda: _update_told(_telegram().receive(request)), _said_by(body) if secret == SECRET else None


def _update_told(incoming: Incoming | None) -> object:
    return None if incoming is None else (incoming.id, incoming.sender)


def _said_by(body: bytes) -> object:
    """The update's id and its chat, read from the very bytes by other means."""
    try:
        table = json.loads(body)
        kinds = ("message", "edited_message", "callback_query")
        kind = next(kind for kind in kinds if type(table.get(kind)) is dict)
        chat = (table[kind]["message"] if kind == "callback_query" else table[kind])["chat"]
        return str(table["update_id"]), str(chat["id"])
    except (ValueError, RecursionError, StopIteration, KeyError, TypeError, AttributeError):
        return None


def a_page(rng: random.Random) -> Spoiled:
    """A form of the chat page. Nobody signs it: its token is all, and must be shaped as we draw them."""
    token, once = f"{rng.getrandbits(190):032x}", f"{rng.getrandbits(120):030x}"
    form = {
        "do": rng.choice(("send", "check", "leave", "delete")),
        "token": token,
        "once": once,
        "text": rng.choice(TEXTS),
    }
    form |= (
        {rng.choice(sorted(CHAT_FIELDS)): rng.choice(("", "1", "all", "x" * 100, "\0"))} if rng.random() < 0.5 else {}
    )
    body = spoil_form(rng, form)
    kind = FORM if rng.random() < 0.95 else rng.choice(("", "multipart/form-data", "text/plain"))

    def read() -> object:
        post = read_post(body, kind)
        return (post.token, post.once, post.text)

    return read, _form_said(body)


def _form_said(body: bytes) -> object:
    try:
        pairs = dict(parse_qsl(body.decode("ascii"), keep_blank_values=True))
    except ValueError:
        return None
    return pairs.get("token", ""), pairs.get("once", ""), pairs.get("text", "").replace("\0", "")


def an_envelope(rng: random.Random) -> Spoiled:
    """What Signal's bridge hands over. It cannot be refused, so it must be read or passed over."""
    message = {"timestamp": 1_795_262_400_000, "message": rng.choice(TEXTS), "groupInfo": None, "attachments": []}
    envelope: dict[str, Any] = {"sourceUuid": "a-uuid", "source": NUMBERS[0], "timestamp": 1_795_262_400_000}
    envelope |= {"dataMessage": message} if rng.random() < 0.8 else {"editMessage": {"dataMessage": message}}
    parcel = spoil_table(rng, {"envelope": envelope, "account": NUMBERS[2]})

    def read() -> object:
        incoming = signal_incoming(parcel, NUMBERS[2])
        return None if incoming is None else (incoming.recipient, type(incoming.sender), type(incoming.text))

    return read, (NUMBERS[2], str, str)


KINDS: Mapping[str, Callable[[random.Random], Spoiled]] = {
    "message": a_message,
    "status": a_status,
    "update": an_update,
    "page": a_page,
    "envelope": an_envelope,
}


def throw(
    count: int, seed: int, *, seconds: float = 1e9, tell: Callable[[int], None] = lambda _: None
) -> dict[str, Any]:
    """Throw `count` spoiled requests, or as many as fit into `seconds`. Says what came of them."""
    rng, began = random.Random(seed), time.monotonic()
    thrown, taken, refused = Counter[str](), Counter[str](), Counter[str]()
    differing: list[str] = []
    faults: list[str] = []
    names = list(KINDS)
    for number in range(count):
        if number % 10_000 == 0 and number:
            tell(number)
            if time.monotonic() - began > seconds:
                break
        name = names[number % len(names)]
        act, most = KINDS[name](rng)
        thrown[name] += 1
        try:
            told = act()
        except Refused:
            refused[name] += 1
            continue
        except Exception as fault:  # noqa: BLE001 - just what is looked for
            faults.append(f"{name} {number}: {type(fault).__name__}")
            continue
        taken[name] += told is not None
        if told is not None and told != most:
            differing.append(f"{name} {number}: {told!r} instead of {most!r}")
    return {
        "seed": seed, "thrown": sum(thrown.values()), "taken": dict(taken), "refused": dict(refused),
        "differing": differing[:20], "differing_count": len(differing), "faults": faults[:20],
        "faults_count": len(faults), "seconds": round(time.monotonic() - began, 1),
    }  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m bench.fuzz", description="spoiled webhooks, thrown by a seeded hand"
    )
    parser.add_argument("--count", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--seconds", type=float, default=3600.0, help="give up after so long")
    options = parser.parse_args()

    def tell(number: int) -> None:
        if number % 100_000 == 0:
            print(f"{number:,} thrown", file=sys.stderr, flush=True)

    result = {"bench": "fuzz", **throw(options.count, options.seed, seconds=options.seconds, tell=tell)}
    print(json.dumps(result))
    keep("fuzz", [result])
    return 1 if result["differing_count"] or result["faults_count"] or result["thrown"] < options.count else 0


if __name__ == "__main__":
    sys.exit(main())
