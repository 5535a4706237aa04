"""The demo: staff with fresh passwords, a shift, the simulated providers and the simulated phone. Loopback only."""

from __future__ import annotations

import contextlib
import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route

from app.pages import Pages
from app.settings import Settings
from bots.loopback.push import PushService
from bots.loopback.signal import Signal
from bots.loopback.telegram import Telegram
from bots.loopback.twilio import Twilio
from bots.telegram_updates import TALKS
from hotline.console.forms import read_form
from hotline.desk.office import Office
from hotline.desk.work import Refused
from hotline.plain import number
from hotline.roster import MOST_AT_ONCE, Ability
from hotline.store import roster, staff
from hotline.store.staff import Role
from hotline.store.writer import Tx

STAFF: Mapping[str, Role] = {
    "demo-chloe": Role.RESPONDER,
    "demo-dina": Role.ADMINISTRATOR,
    "demo-emil": Role.RESPONDER,
    "demo-mira": Role.MANAGER,
    "demo-sara": Role.SUPERVISOR,
}
"""No real account may be called so: outside the demo these are switched off at every start."""

EMIL_SPEAKS = ("en", "ro", "ru", "uk", "pl")
"""Chloe answers in every language, so that nobody who tries the demo is left without an answer."""

SHIFT_SECONDS = 30 * 86_400.0
NO_STORE = {"Cache-Control": "no-store"}
PHOTO, GONE = "Photo", "This message was deleted."
"""How a phone shows a picture, and in Signal what its sender took back."""


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
                roster.put_ability(tx.connection, member.id, _ability(name, office.desk.shelf.offered))

    office.write(prepare)
    return passwords


def _ability(name: str, offered: Sequence[str]) -> Ability:
    if name == "demo-emil":
        return Ability(tuple(tag for tag in offered if tag in EMIL_SPEAKS), most=5)
    return Ability(tuple(offered), most=MOST_AT_ONCE)


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
        self.telegram.allowed = TALKS
        self.signal = Signal(settings.signal_number)
        self.push = PushService()

    def routes(self) -> list[BaseRoute]:
        return [
            Route("/demo/phone", self.page, methods=["GET"]),
            Route("/demo/phone", self.write, methods=["POST"]),
            Route("/demo/phone.json", self.threads),
            Mount("/demo/twilio", self.twilio.app),
            Mount("/demo/telegram", self.telegram.app),
            Mount("/demo/signal", self.signal.app),
            Mount("/demo/push", self.push.app),
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
        person, app = _person(form.get("person", "1")), form.get("app", "")
        if form.get("press"):
            await self._press(person, app, form["press"])
        elif form.get("photo") or form.get("text"):
            await self._send(person, app, form.get("text", "")[:4096], photo=bool(form.get("photo")))
        return RedirectResponse(f"/demo/phone?person={person}#{app}", 303)

    async def _send(self, person: int, app: str, text: str, *, photo: bool) -> None:
        if app in ("sms", "whatsapp"):
            await self.twilio.write(
                _number(person), text, media=["photo.jpg"] if photo else [], whatsapp=app == "whatsapp"
            )
        elif app == "telegram":
            await self.telegram.write(_chat(person), text, photo=photo)
        elif app == "signal":
            self.signal.write(_number(person), text, kinds=["image/jpeg"] if photo else [])

    async def _press(self, person: int, app: str, press: str) -> None:
        """A button that is no longer there does nothing, as on a phone."""
        if app == "whatsapp":
            with contextlib.suppress(ValueError):
                await self.twilio.tap(_number(person), press)
        elif app == "telegram":
            message_id, _, data = press.partition(" ")
            if (place := number(message_id)) is not None:
                await self.telegram.press(_chat(person), place, data)

    def _phones(self, person: int) -> list[dict[str, Any]]:
        phone, chat = _number(person), [one for one in self.telegram.thread(_chat(person)) if not one.deleted]
        whatsapp = self.twilio.thread(f"whatsapp:{phone}")
        signal = [replace(one, text=GONE) if one.deleted else one for one in self.signal.thread(phone)]
        pressed = [
            {"text": button.text, "press": f"{chat[-1].message_id} {button.data}"}
            for row in (chat[-1].buttons if chat else ())
            for button in row
        ]
        tapped = [{"text": button.title, "press": button.id} for button in (whatsapp[-1].buttons if whatsapp else ())]
        ours = self.twilio.whatsapp_number.removeprefix("whatsapp:")
        return [
            _phone("sms", "SMS", self.twilio.number, self.twilio.thread(phone)),
            _phone("whatsapp", "WhatsApp", ours, whatsapp, tapped),
            _phone("telegram", "Telegram", "@sample_bot", chat, pressed),
            _phone("signal", "Signal", self.signal.number, signal),
        ]


def _phone(
    app: str, name: str, address: str, entries: Sequence[Any], buttons: Sequence[dict[str, str]] = ()
) -> dict[str, Any]:
    """One app as the page draws it; only the last message has buttons, as nobody presses older ones."""
    lines = [{"who": one.who, "text": one.text or PHOTO, "buttons": []} for one in entries]
    if lines:
        lines[-1]["buttons"] = list(buttons)
    return {"app": app, "name": name, "address": address, "lines": lines}


def _person(text: str) -> int:
    person = number(text)
    return person if person is not None and 1 <= person <= 99 else 1


def _number(person: int) -> str:
    return f"+4790000{person:03d}"


def _chat(person: int) -> int:
    return 700_000_000 + person
