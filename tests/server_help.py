"""The whole house in one process: the real application on a fresh SQLite, both providers set up, and a browser to ask it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from time import time
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlencode

import httpx
from starlette.types import ASGIApp, Message
from twilio.request_validator import RequestValidator

from app.asgi import Server
from app.assemble import open_database, open_office, open_shelf, open_webhooks, prepare_folders
from app.settings import Settings
from bots.contract import Webhook
from hotline.console.news import News
from hotline.desk.office import Office
from hotline.events import Log
from hotline.message import Incoming
from hotline.store import staff
from hotline.store.contacts import Contact
from hotline.store.engine import open_engine
from hotline.store.shelf import Shelf
from hotline.store.staff import Role
from tests.people import AMARA, LANGUAGES, OURS, Caller, Responder, hire

PUBLIC = "https://hotline.example"
ACCOUNT, TOKEN = "AC" + "a1" * 16, "a token only Twilio and we know"
BOT_TOKEN, SECRET = "100000001:only_Telegram_and_we_know", "a-secret_that-Telegram-sends-back"
NOWHERE = "http://127.0.0.1:9"
"""A provider that is not there: whatever is shown to a caller beside the answer may fail."""
TWILIO, TELEGRAM = "/webhooks/twilio", "/webhooks/telegram"
FORM = "application/x-www-form-urlencoded"
Form = dict[str, str]


def settings_for(home: Path, **changes: Any) -> Settings:
    """Settings of a hotline in production, with both providers, that keeps everything under `home`."""
    values: dict[str, Any] = {
        "home": home / "var",
        "keys": home / "keys",
        "database_url": str(home / "hotline.db"),
        "languages": LANGUAGES,
        "public_url": PUBLIC,
        "twilio_account_sid": ACCOUNT,
        "twilio_auth_token": TOKEN,
        "twilio_api_url": NOWHERE,
        "telegram_token": BOT_TOKEN,
        "telegram_secret": SECRET,
        "telegram_api_url": NOWHERE,
        "keep_free_mb": 0,
    }
    return Settings(**(values | changes))


@cache
def real_shelf() -> Shelf:
    """The content of this repository in all its languages, read once."""
    return open_shelf(settings_for(Path()))


@cache
def _empty_database() -> bytes:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "hotline.db"
        open_database(settings_for(Path(folder))).dispose()
        return path.read_bytes()


class Watched:
    """A bot whose accepted messages are kept, so that a test can ask what came through."""

    def __init__(self, bot: Webhook) -> None:
        self.bot = bot
        self.accepted: list[Incoming] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self.bot, name)

    def receive(self, request: Any) -> Incoming | None:
        incoming = self.bot.receive(request)
        if incoming is not None:
            self.accepted.append(incoming)
        return incoming


class Browser:
    """Asks the application, one request after another; `cookies` says what it was told to keep."""

    def __init__(self, app: ASGIApp, runner: asyncio.Runner, base: str = PUBLIC, **headers: str) -> None:
        self._runner = runner
        transport = httpx.ASGITransport(app=app)
        self.client = httpx.AsyncClient(transport=transport, base_url=base, headers=headers)

    @property
    def cookies(self) -> httpx.Cookies:
        return self.client.cookies

    def request(self, method: str, path: str, **how: Any) -> httpx.Response:
        return self._runner.run(self.client.request(method, path, **how))

    def get(self, path: str, **how: Any) -> httpx.Response:
        return self.request("GET", path, **how)

    def post(self, path: str, form: Mapping[str, str] | None = None, **how: Any) -> httpx.Response:
        return self.request("POST", path, data=dict(form or {}), **how)


@dataclass(repr=False)
class House:
    """One running hotline. `rung` are the outbox ids a bell was rung for, `events` what the log wrote."""

    settings: Settings
    office: Office
    news: News
    server: Server
    app: ASGIApp
    runner: asyncio.Runner
    rung: list[int]
    events: list[str] = field(default_factory=list)

    def browser(self, **headers: str) -> Browser:
        return Browser(self.app, self.runner, **headers)

    @cached_property
    def _provider(self) -> Browser:
        return self.browser()

    def post(self, path: str, body: bytes, headers: Mapping[str, str], *, settled: bool = True) -> httpx.Response:
        """One post; if `settled`, whatever it set in motion has been stored when this comes back."""
        as_sent = {name: value.encode("latin-1") for name, value in headers.items()}
        response = self._provider.request("POST", path, content=body, headers=as_sent)
        if settled:
            self.settle()
        return response

    def settle(self) -> None:
        self.office.write(lambda tx: None)

    def count(self, *tables: str) -> list[int]:
        """How many rows each table has."""
        with self.office.engine.connect() as connection:
            return [
                connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar_one()  # noqa: S608
                for table in tables
            ]

    @property
    def nothing_stored(self) -> bool:
        return not any(self.count("contacts", "messages", "vault", "seen", "inbox", "outbox"))


@contextmanager
def open_house(home: Path, *, with_pages: bool = False, **changes: Any) -> Iterator[House]:
    """Assembled as app/serve.py does it, without the socket and the worker; the public pages only where asked for."""
    settings = settings_for(home, **changes)
    database = Path(settings.database_url)
    if not database.exists():
        database.write_bytes(_empty_database())
    prepare_folders(settings)
    news = News(open_engine(settings.database_url))
    office = open_office(settings, real_shelf(), on_commit=news.bump)
    rung: list[int] = []
    events: list[str] = []
    server = Server(settings, office, news, open_webhooks(settings), rung.append)
    server.log = Log(events.append)
    if not with_pages:
        object.__setattr__(server, "published", dict)
    try:
        with asyncio.Runner() as runner:
            yield House(settings, office, news, server, server.application(), runner, rung, events)
    finally:
        office.writer.close()


def with_watch(house: House, name: str) -> tuple[House, Watched]:
    """The same house with one of its bots watched."""
    watched = Watched(house.server.bots[name])
    house.server.bots = {**house.server.bots, name: watched}
    return replace(house, app=house.server.application()), watched


def sms(text: str, number: int = 1, *, sender: str = AMARA, to: str = OURS, **more: str) -> Form:
    """The form that Twilio posts for an SMS; `number` makes the MessageSid."""
    sid = f"SM{number:032x}"
    about = {"MessageSid": sid, "SmsSid": sid, "SmsMessageSid": sid, "AccountSid": ACCOUNT}
    what = {"From": sender, "To": to, "Body": text, "NumMedia": "0", "NumSegments": "1"}
    rest = {"SmsStatus": "received", "ApiVersion": "2010-04-01", "FromCountry": "NO", "FromCity": "", "ToCountry": "NO"}
    return {**about, **what, **rest, **more}


def whatsapp(text: str, number: int = 1, *, sender: str = AMARA, **more: str) -> Form:
    """The form that Twilio posts for a WhatsApp message."""
    context = {"ProfileName": "Amara", "WaId": sender.removeprefix("+"), "MessageType": "text"}
    return sms(text, number, sender=f"whatsapp:{sender}", to=f"whatsapp:{OURS}", **context, **more)


def signature(form: Mapping[str, str], url: str = PUBLIC + TWILIO, token: str = TOKEN) -> str:
    """The signature that Twilio's own library makes."""
    return str(RequestValidator(token).compute_signature(url, form))


def from_twilio(house: House, form: Form, **headers: str) -> httpx.Response:
    """A genuine post of Twilio; `headers` come on top, with _ for -."""
    own = {"Content-Type": FORM, "X-Twilio-Signature": signature(form)}
    return house.post(TWILIO, urlencode(form).encode(), own | {k.replace("_", "-"): v for k, v in headers.items()})


def update(text: str, number: int = 1, *, chat: int = 700_000_001, language: str = "en", **more: Any) -> dict[str, Any]:
    """The update that Telegram posts for a message in a private chat; `number` makes the update_id."""
    person = {"id": chat, "is_bot": False, "first_name": "Amara", "language_code": language}
    message = {"message_id": number, "from": person, "chat": {"id": chat, "type": "private"}, "date": 1_795_262_400}
    return {"update_id": 100 + number, "message": {**message, "text": text, **more}}


def pressed(data: Any, number: int, *, chat: int = 700_000_001) -> dict[str, Any]:
    """The update that Telegram posts when a button is pressed."""
    message = update("", number, chat=chat)["message"]
    query = {"id": str(number), "from": message["from"], "message": message, "chat_instance": "1", "data": data}
    return {"update_id": 100 + number, "callback_query": query}


def from_telegram(house: House, body: object, secret: str | None = SECRET) -> httpx.Response:
    """A post of Telegram; `body` is an update, or the very bytes."""
    headers = {"Content-Type": "application/json"}
    if secret is not None:
        headers["X-Telegram-Bot-Api-Secret-Token"] = secret
    return house.post(TELEGRAM, body if isinstance(body, bytes) else json.dumps(body).encode(), headers)


@asynccontextmanager
async def lifespan(app: ASGIApp) -> AsyncIterator[None]:
    """The application's beginning and end, as a server would announce them."""
    to_app: asyncio.Queue[Message] = asyncio.Queue()
    from_app: asyncio.Queue[Message] = asyncio.Queue()
    scope = {"type": "lifespan", "asgi": {"version": "3.0"}}

    async def run() -> None:
        await app(scope, to_app.get, from_app.put)

    running = asyncio.create_task(run())
    await to_app.put({"type": "lifespan.startup"})
    assert (await from_app.get())["type"] == "lifespan.startup.complete"
    try:
        yield
    finally:
        await to_app.put({"type": "lifespan.shutdown"})
        assert (await from_app.get())["type"] == "lifespan.shutdown.complete"
        await running


class Swapped:
    """Replaces one attribute for as long as the `with` lasts, on frozen objects too."""

    def __init__(self, owner: object, name: str, value: object) -> None:
        self._owner, self._name, self._value = owner, name, value

    def __enter__(self) -> Self:
        self._before = getattr(self._owner, self._name)
        object.__setattr__(self._owner, self._name, self._value)
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _at: TracebackType | None
    ) -> None:
        object.__setattr__(self._owner, self._name, self._before)


def sign_in(house: House, name: str, role: Role = Role.RESPONDER, **headers: str) -> tuple[Browser, Responder]:
    """Somebody of the staff at a browser of their own, signed in without the slow password."""
    someone = hire(house.office, name, role)
    token = house.office.write(lambda tx: staff.open_session(tx.connection, someone.member, time()))
    browser = house.browser(**headers)
    browser.cookies.set("__Host-staff", token, domain="hotline.example", path="/")
    return browser, someone


def waiting(house: House, sender: str = AMARA) -> Contact:
    """A contact by SMS that waits for a person, now."""
    return Caller(house.office, sender).asks_for_a_person(time())
