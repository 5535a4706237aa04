"""The server's application: published pages first, then the router. Plain ASGI all the way, one visible list of routes."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.alarms import Ways
from app.assemble import open_checker
from app.editing import editor_rows
from app.figures import figures_routes
from app.helping import HelpPages, help_routes
from app.listening import listen_routes
from app.offers.pages import OfferPages
from app.offers.picture import PictureReader, found
from app.offers.web import OfferCheck
from app.pages import Pages
from app.parcels import partner_routes
from app.post import Post
from app.printing import poster_rows
from app.publishing import Publishing
from app.settings import Settings
from bots import web
from bots.contract import Webhook
from bots.turns import Bridge
from bots.webchat import web as webchat
from campaigns import coordinate
from campaigns.publish import PAGE_CACHE, Assets, Published
from campaigns.web import PublishedPages, by_onion, onion_address, without_hsts
from hotline.console import web as console_web
from hotline.console.news import News
from hotline.console.picture import Pictures
from hotline.console.presence import Presence
from hotline.console.session import AccountRules, SessionRules
from hotline.console.webauthn import site_of
from hotline.contact import Channel
from hotline.desk.office import Office
from hotline.events import Event, Log
from hotline.language import from_accept_language, matching
from hotline.store import heartbeats, tallies
from hotline.store.codes import Codes
from hotline.store.engine import StoreUnavailable
from hotline.store.guide import read_guide
from hotline.store.keys import LOOK_AGAIN_SECONDS, KeyRingError
from hotline.store.phrasebook import Phrasebook
from hotline.store.shelf import read_words
from hotline.store.staffkey import StaffKey
from hotline.tally import visit_cell

HEADERS: tuple[tuple[str, str], ...] = (
    (
        "Content-Security-Policy",
        "default-src 'none'; style-src 'self'; img-src 'self'; media-src 'self'; script-src 'self'; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'",
    ),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "no-referrer"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Permissions-Policy", "camera=(), microphone=(), geolocation=(), browsing-topics=()"),
)
HSTS = ("Strict-Transport-Security", "max-age=63072000; includeSubDomains")

CHAT_SCRIPTS = ("chat.js", "leave.js")
"""Their names in a browser's cache would tell that somebody opened the chat."""

WORKER_QUIET_SECONDS = 15.0
FLUSH_SECONDS = 2.0


@dataclass(slots=True)
class Visits:
    """Page views not yet written: a view adds one here after its bytes have left, and the tally gets them together."""

    waiting: Counter[tuple[str, str]] = field(default_factory=Counter)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, page: tuple[str, str]) -> None:
        with self.lock:
            self.waiting[page] += 1

    def taken(self) -> Counter[tuple[str, str]]:
        with self.lock:
            waiting, self.waiting = self.waiting, Counter()
        return waiting


class Server:
    """Everything one web process needs, assembled."""

    def __init__(
        self, settings: Settings, office: Office, news: News, bots: Mapping[str, Webhook], ring: Callable[[int], None]
    ) -> None:
        self.settings, self.office, self.news = settings, office, news
        self.log = Log()
        self.bridge = Bridge(office)
        self.visits = Visits()
        self.assets = Assets(settings.static, CHAT_SCRIPTS)
        shelf = office.desk.shelf
        self.pages = Pages(settings, shelf, self.assets, read_words(settings.locales / "en", "console"))
        self.pictures = PictureReader(found(settings.offer_pictures))
        self.offers = OfferPages(settings, shelf, self.pages.page, pictures=self.pictures.can_read)
        self.publishing = Publishing(settings, shelf.offered, self.pages.page, self.assets, self.log, self.offers)
        self.bots = bots
        self.ring = ring
        self.extra: list[BaseRoute] = []
        self.demo_staff: Mapping[str, str] = {}
        self.drill: Callable[[], Mapping[str, Any]] | None = None
        self.presence = Presence()
        office.desk.ring.when_destroyed(lambda: self.log.record(Event.PANIC))

    def published(self) -> Mapping[str, Published]:
        """Every page that is the same for everybody."""
        return self.publishing.pages()

    def application(self) -> ASGIApp:
        headers = [*HEADERS, *([HSTS] if self.settings.secure else [])]
        router = Starlette(
            routes=self.routes(),
            lifespan=self._lifespan,
            exception_handlers={
                HTTPException: self._http_error,
                StoreUnavailable: self._unavailable,
                Exception: self._fault,
            },
        )
        router.router.redirect_slashes = False  # it would answer with an address made of the Host header
        onion = self.settings.onion
        inner = Headers(router, headers, onion)
        self.publishing.shown = PublishedPages(inner, self.published(), headers, self.visits.add, onion)
        return self.publishing.shown

    def routes(self) -> list[BaseRoute]:
        settings = self.settings
        manner = webchat.Manner(settings.exit_url, urlsplit(settings.public_url).netloc, settings.return_days)
        chat = webchat.WebChat(self.bridge, self.log, self.pages.page, manner, Codes(settings.keys), self.news)
        rules = SessionRules(
            self.settings.idle_minutes * 60.0, self.settings.session_hours * 3600.0, self.settings.secure
        )
        console = console_web.Console(
            self.office,
            self.news,
            rules,
            self.pages.console,
            self.ring,
            self.settings.shift_hours * 3600.0,
            self.demo_staff,
            self._account_rules(),
            Pictures(self.office, self.news),
            Phrasebook(self.settings.locales, self.settings.emergency),
            (Channel.WEBCHAT.value, *self.settings.ways),
            alerts=self._ways(),
            drill=self.drill,
            presence=self.presence,
        )
        return [
            Route("/", self.front),
            Route("/healthz", self.healthz),
            Route("/readyz", self.readyz),
            *web.routes(list(self.bots.items()), self.bridge, self.log),
            *figures_routes(self.office, self.pages, self.language_of),
            *help_routes(self._help_pages()),
            *listen_routes(settings),
            *self._offer_check().routes(),
            *console_web.routes(console, self._campaign_rows(console)),
            *partner_routes(self.bridge, self.office, self.log),
            Route("/staff", lambda request: RedirectResponse("/staff/", 303)),
            *self.extra,
            Route("/{lang}", self.with_slash),
            *webchat.routes(chat),
        ]

    def _campaign_rows(self, console: console_web.Console) -> list[console_web.Row]:
        """What campaign managers open in the console."""
        settings = self.settings
        desk = coordinate.Desk(console, settings.content, settings.organisation, settings.public_url)
        shelf = self.office.desk.shelf
        return [
            *editor_rows(settings, shelf, self.pages, console),
            *coordinate.table(desk),
            *poster_rows(settings, shelf, console),
        ]

    def _offer_check(self) -> OfferCheck:
        checker = self.office.desk.checker or open_checker(self.settings, self.office.mind)
        return OfferCheck(self.offers, checker, self.pictures, self.bridge, self.log)

    def _help_pages(self) -> HelpPages:
        return HelpPages(read_guide(self.settings.content / "directory"), self.office.desk.shelf.pages, self.pages.page)

    def _ways(self) -> Ways:
        """For test alerts; what is real is sent by the worker."""
        return Ways(self.settings, Post(self.bots), self.office.desk.alerts)

    def _account_rules(self) -> AccountRules:
        """Demo accounts come in with what is printed for them, and no browser is remembered for them."""
        settings = self.settings
        site = site_of(settings.public_url, settings.organisation)
        second = settings.second_factor and not settings.demo
        key = StaffKey(settings.home / "staff.key")
        return AccountRules(key, site, settings.public_url, second, remember=not settings.demo)

    def language_of(self, request: Request) -> str:
        """The page's language: what the browser asks for, if we have it, else the default."""
        desk = self.office.desk
        header = request.headers.get("accept-language", "")
        return from_accept_language(header, desk.shelf.offered) or desk.default_language

    async def front(self, request: Request) -> Response:
        """The browser's language if we have it, else a choice."""
        desk = self.office.desk
        wished = from_accept_language(request.headers.get("accept-language", ""), desk.shelf.offered)
        vary = {"Vary": "Accept-Language", "Cache-Control": PAGE_CACHE}
        if wished:
            return RedirectResponse(f"/{wished}/", 302, vary)
        return HTMLResponse(self.pages.page("choose.html", desk.default_language, {}), headers=vary)

    async def with_slash(self, request: Request) -> Response:
        """`/en` is `/en/`; a tag in another spelling goes to ours; anything else is not here."""
        tag = matching(request.path_params["lang"], self.office.desk.shelf.offered)
        if tag is None:
            raise HTTPException(404)
        return RedirectResponse(f"/{tag}/", 308)

    async def healthz(self, request: Request) -> Response:
        return JSONResponse({"ok": True})

    async def readyz(self, request: Request) -> Response:
        """200 only when storage can be written, the disk has room, the queue moves, and a worker has been heard of."""
        now = time.time()
        parts = {"storage": False, "disk": self.office.room_left(), "queue": False, "worker": False}
        try:
            await self.bridge.write(lambda tx: heartbeats.beat(tx.connection, "web", now))
            parts["storage"] = True
            last = await self.bridge.read(lambda connection: heartbeats.last_beat(connection, "worker"))
            parts["worker"] = last is not None and now - last < WORKER_QUIET_SECONDS
            overdue = await self.bridge.read(lambda connection: self.office.desk.outbox.overdue(connection, now - 60))
            parts["queue"] = overdue == 0
        except StoreUnavailable:
            pass
        return JSONResponse({"ok": all(parts.values()), **parts}, 200 if all(parts.values()) else 503)

    async def _http_error(self, request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 500
        return self._error_page(request, status)

    async def _unavailable(self, request: Request, error: Exception) -> Response:
        self.log.record(Event.STORE_UNAVAILABLE, status=503, fault=error)
        return self._error_page(request, 503)

    async def _fault(self, request: Request, error: Exception) -> Response:
        self.log.record(Event.FAULT, status=500, fault=error)
        return self._error_page(request, 500)

    def _error_page(self, request: Request, status: int) -> Response:
        known = status if status in (400, 404, 405, 413, 503) else 500
        first = request.url.path.split("/")[1]
        language = first if first in self.office.desk.shelf.offered else self.language_of(request)
        html = self.pages.page("error.html", language, {"status": known, "detail": ""})
        return HTMLResponse(html, status, {"Cache-Control": "no-store"})

    @asynccontextmanager
    async def _lifespan(self, app: Starlette) -> AsyncIterator[None]:
        beside = [asyncio.create_task(one) for one in (self._tend(), self._watch_keys(), self._keep_presence())]
        try:
            yield
        finally:
            for one in beside:
                one.cancel()
            await self._write_visits()

    async def _keep_presence(self) -> None:
        def told(fault: Exception) -> None:
            event = Event.STORE_UNAVAILABLE if isinstance(fault, StoreUnavailable) else Event.FAULT
            self.log.record(event, fault=fault)

        await self.presence.keep(self.office, told)

    async def _watch_keys(self) -> None:
        """What was opened here goes as soon as another process has destroyed the keys."""
        while True:
            await asyncio.sleep(LOOK_AGAIN_SECONDS)
            with contextlib.suppress(OSError, KeyRingError):  # whoever needs a key next is told
                self.office.desk.ring.look()

    async def _tend(self) -> None:
        """Every two seconds: write down the views, and publish what has changed."""
        while True:
            await asyncio.sleep(FLUSH_SECONDS)
            await self._write_visits()
            try:
                if await self.bridge.read(lambda connection: self.publishing.is_due(connection, time.time())):
                    await asyncio.to_thread(self.publishing.again)
            except StoreUnavailable as fault:
                self.log.record(Event.STORE_UNAVAILABLE, fault=fault)

    async def _write_visits(self) -> None:
        taken = self.visits.taken()
        if not taken:
            return
        now = time.time()

        def write(tx: Any) -> None:
            for (campaign, language), number in taken.items():
                tallies.count(tx.connection, [visit_cell(now, campaign, language)], number)

        try:
            await self.bridge.write(write)
        except StoreUnavailable as fault:
            self.log.record(Event.STORE_UNAVAILABLE, fault=fault)
            for page, number in taken.items():
                with self.visits.lock:
                    self.visits.waiting[page] += number


class Headers:
    """Puts the same safety headers on every answer of the router; pages also tell of the onion address, if there is one."""

    def __init__(self, inner: ASGIApp, headers: list[tuple[str, str]], onion: str = "") -> None:
        self._inner = inner
        self._headers = [(name.lower().encode(), value.encode()) for name, value in headers]
        self._onion = onion

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._inner(scope, receive, send)
            return
        safe = self._headers
        if self._onion and by_onion(scope):
            safe = without_hsts(safe)

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                own = dict(message["headers"])
                more = [row for row in safe if row[0] not in own]
                if self._onion and own.get(b"content-type", b"").startswith(b"text/html"):
                    more.append((b"onion-location", onion_address(self._onion, scope)))
                message["headers"] = [*message["headers"], *more]
            await send(message)

        await self._inner(scope, receive, with_headers)
