"""The demo: staff with fresh passwords, a shift, the simulated providers and the simulated phone. Loopback only."""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route

from app.pages import Pages
from app.settings import Settings
from bots.loopback.telegram import Telegram
from bots.loopback.twilio import Twilio
from hotline.console.web import read_form
from hotline.desk.office import Office
from hotline.desk.work import Refused
from hotline.plain import number
from hotline.store import staff
from hotline.store.staff import Role
from hotline.store.writer import Tx

STAFF: Mapping[str, Role] = {"demo-chloe": Role.RESPONDER, "demo-dina": Role.ADMINISTRATOR}
"""No real account may be called so: outside the demo these are switched off at every start."""

SHIFT_SECONDS = 30 * 86_400.0
NO_STORE = {"Cache-Control": "no-store"}


def staff_for_demo(office: Office) -> dict[str, str]:
    """Names and passwords of the demo staff, drawn anew at each start; the responders are on duty."""
    passwords = {name: f"demo-{secrets.token_hex(4)}" for name in STAFF}
    hashes = {name: staff.hash_password(password, drawn=True) for name, password in passwords.items()}

    def prepare(tx: Tx) -> None:
        now = time.time()
        for name, role in STAFF.items():
            member = staff.put(tx.connection, name, role, hashes[name])
            if role is Role.RESPONDER:
                staff.begin_shift(tx.connection, member.id, now, now + SHIFT_SECONDS)

    office.write(prepare)
    return passwords


def no_demo_staff(office: Office) -> None:
    """Outside the demo, its accounts are switched off: their passwords were shown on a screen."""

    def switch_off(tx: Tx) -> None:
        for member in staff.everybody(tx.connection):
            if member.name in STAFF and member.active:
                staff.switch_off(tx.connection, member.name, time.time())

    office.write(switch_off)


class Phones:
    """The simulated phone. What it shows is what the simulated providers hold: the phone's memory, not ours."""

    def __init__(self, settings: Settings, pages: Pages) -> None:
        self._pages = pages
        base = settings.public_url
        self.twilio = Twilio(
            settings.twilio_account_sid,
            settings.twilio_auth_token,
            webhook_url=f"{base}/webhooks/twilio",
            pace=0.0,
        )
        self.telegram = Telegram(
            settings.telegram_token,
            webhook_url=f"{base}/webhooks/telegram",
            webhook_secret=settings.telegram_secret,
            pace=0.0,
        )

    def routes(self) -> list[BaseRoute]:
        return [
            Route("/demo/phone", self.page, methods=["GET"]),
            Route("/demo/phone", self.write, methods=["POST"]),
            Route("/demo/phone.json", self.threads),
            Mount("/demo/twilio", self.twilio.app),
            Mount("/demo/telegram", self.telegram.app),
        ]

    async def page(self, request: Request) -> Response:
        person = _person(request.query_params.get("person", "1"))
        values = {"person": person, "phones": self._phones(person)}
        return HTMLResponse(self._pages.page("demo/phone.html", "en", values), headers=NO_STORE)

    async def threads(self, request: Request) -> Response:
        person = _person(request.query_params.get("person", "1"))
        return JSONResponse(self._phones(person), headers=NO_STORE)

    async def write(self, request: Request) -> Response:
        try:
            form = await read_form(request)
        except Refused as refusal:
            return HTMLResponse(str(refusal), 400)
        person, app, text = _person(form.get("person", "1")), form.get("app", ""), form.get("text", "")[:4096]
        phone, chat_id = _number(person), _chat(person)
        if app in ("sms", "whatsapp") and text:
            await self.twilio.write(phone, text, whatsapp=app == "whatsapp")
        elif app == "telegram" and form.get("press"):
            message_id, _, data = form["press"].partition(" ")
            if (place := number(message_id)) is not None:
                await self.telegram.press(chat_id, place, data)
        elif app == "telegram" and text:
            await self.telegram.write(chat_id, text)
        return RedirectResponse(f"/demo/phone?person={person}#{app}", 303)

    def _phones(self, person: int) -> list[dict[str, Any]]:
        number, chat_id = _number(person), _chat(person)
        phones: list[dict[str, Any]] = [
            {"app": "sms", "name": "SMS", "address": self.twilio.number, "lines": _lines(self.twilio.thread(number))},
            {
                "app": "whatsapp",
                "name": "WhatsApp",
                "address": self.twilio.whatsapp_number.removeprefix("whatsapp:"),
                "lines": _lines(self.twilio.thread(f"whatsapp:{number}")),
            },
        ]
        talk = [entry for entry in self.telegram.thread(chat_id) if not entry.deleted]
        lines = _lines(talk)
        if talk and talk[-1].buttons:
            last = talk[-1]
            lines[-1]["buttons"] = [
                {"text": button.text, "press": f"{last.message_id} {button.data}"}
                for row in last.buttons
                for button in row
            ]
        return [*phones, {"app": "telegram", "name": "Telegram", "address": "@sample_bot", "lines": lines}]


def _lines(entries: Any) -> list[dict[str, Any]]:
    return [{"who": entry.who, "text": entry.text, "buttons": []} for entry in entries]


def _person(text: str) -> int:
    person = number(text)
    return person if person is not None and 1 <= person <= 99 else 1


def _number(person: int) -> str:
    return f"+4790000{person:03d}"


def _chat(person: int) -> int:
    return 700_000_000 + person
