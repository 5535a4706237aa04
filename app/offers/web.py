"""The routes of the offer check. A form is read, answered and forgotten; only which flags there were is counted.

A form from another site's page is answered as one from ours: it changes nothing, and the exported site lies elsewhere.
"""

from __future__ import annotations

import asyncio
import datetime
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

from starlette.background import BackgroundTask
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

from app.offers import guided, plan
from app.offers.answer import Journey
from app.offers.form import LONGEST_FORM, Form, read_form
from app.offers.pages import OfferPages
from app.offers.picture import LONGEST_PICTURE, Busy, NotAPicture, PictureReader
from bots.contract import Refused
from bots.turns import Bridge
from bots.web import RETRY_SECONDS, bounded_body
from bots.webchat.padding import padded_page
from campaigns.publish import PAGE_CACHE
from hotline.events import Event, Log
from hotline.offers.flags import Flag
from hotline.offers.pieces import LONGEST_OFFER
from hotline.plain import number
from hotline.store import tallies
from hotline.store.engine import StoreUnavailable
from hotline.store.offers import Checker
from hotline.tally import offer_cells

NO_STORE = {"Cache-Control": "no-store, no-transform"}
BODY_SECONDS, PICTURE_SECONDS = 20.0, 60.0
"""A slow phone needs some time to send a picture; nobody may hold a place in the queue for ever."""

WAITING = 50
"""So many offers may wait for the thread in which they are read one after the other, beside those who serve callers."""

CHANNEL = "page"
"""What the flags of offers checked here are crossed with, beside the language."""

TEXT, PICTURE = "text", "picture"
_OFFER = (TEXT, "job", "origin", "do")
_PLAN = (*plan.FIELDS, "job", "do")

Answer = Callable[[Request, str], Awaitable[Response]]


class OfferCheck:
    """`checker` reads offers, `pictures` what stands in a picture of one."""

    def __init__(self, pages: OfferPages, checker: Checker, pictures: PictureReader, bridge: Bridge, log: Log) -> None:
        self._pages = pages
        self._checker = checker
        self._pictures = pictures
        self._bridge = bridge
        self._log = log
        self._thread = ThreadPoolExecutor(1, "offers")
        self._waiting = 0

    def routes(self) -> list[Route]:
        answers: Mapping[str, Answer] = {
            "offer": self._offer,
            "offer/questions": self._questions,
            "offer/job": self._job,
            "offer/plan": self._plan,
        }
        return [
            Route(f"/{{lang}}/{path}", self._page(path, answers[path]), methods=["GET", "POST"])
            for path in self._pages.paths
        ]

    def _page(self, path: str, answer: Answer) -> Callable[[Request], Awaitable[Response]]:
        async def page(request: Request) -> Response:
            language = request.path_params["lang"]
            if language not in self._pages.languages:
                raise HTTPException(404)
            if request.method != "POST":
                return HTMLResponse(self._pages.first(language, path), headers={"Cache-Control": PAGE_CACHE})
            try:
                return await answer(request, language)
            except Refused as refusal:
                raise HTTPException(413 if refusal.status == 413 else 400) from None
            except ClientDisconnect:
                return PlainTextResponse("", 400)

        return page

    async def _offer(self, request: Request, language: str) -> Response:
        if not self._may_hold_picture(request):
            return await self._checked(await _form(request, _OFFER, (PICTURE,)), language)
        try:
            with self._pictures.place():
                form = await _form(request, _OFFER, (PICTURE,), LONGEST_PICTURE + LONGEST_FORM, PICTURE_SECONDS)
                if not _is_read(form):
                    return await self._checked(form, language)
                return await self._read(form, language)
        except Busy:
            return _shown(self._pages.form(language, notice="error/503/text"), 503)
        except Refused as refusal:
            if refusal.status != 413:
                raise
            return _shown(self._pages.form(language, notice="offer/photo/wrong"), 413)

    def _may_hold_picture(self, request: Request) -> bool:
        """Whether a form is so long that a picture must be in it, for which a place is needed first."""
        told = number(request.headers.get("content-length", "0"))
        return self._pictures.can_read and told is not None and told > LONGEST_FORM

    async def _checked(self, form: Form, language: str) -> Response:
        if _is_read(form):
            return await self._read_small(form, language)
        journey, text = self._journey(form, language), form.text(TEXT)
        if not any(map(str.isalnum, text)):
            return _shown(self._pages.form(language, journey=journey, notice="offer/text/empty"))
        if self._waiting >= WAITING:
            raise HTTPException(503, headers={"Retry-After": RETRY_SECONDS})
        self._waiting += 1
        try:
            running = asyncio.get_running_loop()
            checked = await running.run_in_executor(self._thread, self._checker.check, text, language)
        finally:
            self._waiting -= 1
        cut = len(text) > LONGEST_OFFER
        html = self._pages.answer(language, checked, journey, _today(), cut=cut)
        return _shown(html, after=self._counting(checked.sure, language))

    async def _read_small(self, form: Form, language: str) -> Response:
        """A picture so small that it came without a place."""
        try:
            with self._pictures.place():
                return await self._read(form, language)
        except Busy:
            journey = self._journey(form, language)
            return _shown(
                self._pages.form(language, text=form.text(TEXT), journey=journey, notice="error/503/text"), 503
            )

    async def _read(self, form: Form, language: str) -> Response:
        """The form again, with what stands in the picture, to be corrected."""
        journey, text, notice = self._journey(form, language), "", "offer/photo/off"
        try:
            if self._pictures.can_read:
                text = await self._pictures.words(form.files[PICTURE], language)
                notice = "offer/photo/shown" if text else "offer/photo/none"
        except NotAPicture:
            notice = "offer/photo/wrong"
        return _shown(self._pages.form(language, text=text or form.text(TEXT), journey=journey, notice=notice))

    async def _questions(self, request: Request, language: str) -> Response:
        asked = self._pages.questions(guided.OFFER)
        form = await _form(request, [*(one.key for one in asked), "job", "origin"])
        answers = _answers(form, asked)
        if not answers:
            return _shown(self._pages.ask(language, notice="offer/questions/intro"))
        checked = guided.offer_of(asked, answers)
        html = self._pages.answer(language, checked, self._journey(form, language), _today())
        return _shown(html, after=self._counting(checked.sure, language))

    async def _job(self, request: Request, language: str) -> Response:
        asked = self._pages.questions(guided.JOB)
        form = await _form(request, [*(one.key for one in asked), "job"])
        signs = guided.job_of(asked, _answers(form, asked))
        return _shown(self._pages.job(language, signs, self._journey(form, language).job))

    async def _plan(self, request: Request, language: str) -> Response:
        form = await _form(request, _PLAN)
        lines, country = plan.filled_in(form), self._journey(form, language).job
        if form.one_of("do", ("make", "change")) == "change":
            return _shown(self._pages.plan(language, lines, country=country))
        return _shown(self._pages.plan_made(language, lines, country, _today()))

    def _journey(self, form: Form, language: str) -> Journey:
        known = self._pages.countries(language)
        return Journey(form.one_of("job", known), form.one_of("origin", known))

    def _counting(self, flags: Sequence[Flag], language: str) -> BackgroundTask:
        return BackgroundTask(self._count, flags, language)

    async def _count(self, flags: Sequence[Flag], language: str) -> None:
        """Each flag once, after the answer has left; never an offer."""
        cells = offer_cells(time.time(), flags, CHANNEL, language)
        try:
            if cells:
                await self._bridge.write(lambda tx: tallies.count(tx.connection, cells))
        except StoreUnavailable as fault:
            self._log.record(Event.STORE_UNAVAILABLE, fault=fault)


def _is_read(form: Form) -> bool:
    """Whether a picture is to be read: asked for, or all that there is."""
    return PICTURE in form.files and (form.fields.get("do") == "read" or not form.text(TEXT))


def _answers(form: Form, asked: Sequence[guided.Question]) -> dict[str, str]:
    """The choice of each question that has one; Refused for a choice that it does not have."""
    chosen = {one.key: form.one_of(one.key, one.labels) for one in asked}
    return {key: choice for key, choice in chosen.items() if choice}


async def _form(
    request: Request,
    names: Sequence[str],
    files: Sequence[str] = (),
    most: int = LONGEST_FORM,
    seconds: float = BODY_SECONDS,
) -> Form:
    try:
        async with asyncio.timeout(seconds):
            body = await bounded_body(request, most)
    except TimeoutError:
        raise Refused(400, f"The form did not come within {seconds:g} seconds.") from None
    return read_form(body, request.headers.get("content-type", ""), names, files)


def _shown(html: str, status: int = 200, after: BackgroundTask | None = None) -> Response:
    """Filled up to whole buckets, so that its size tells nobody on the line what was found."""
    return Response(padded_page(html), status, NO_STORE, "text/html", background=after)


def _today() -> datetime.date:
    return datetime.datetime.now(datetime.UTC).date()
