"""Pages read aloud: which files there are, and how a browser gets them, in parts if it asks for parts."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from app.settings import Settings
from campaigns.aloud import VOICES, name_of, said
from campaigns.campaign import Page
from campaigns.publish import PAGE_CACHE
from hotline.language import Words
from hotline.store.shelf import read_words

_NAME = re.compile(r"^[0-9a-f]{24}$")


def folder_of(settings: Settings) -> Path:
    return settings.home / "aloud"


def spoken(settings: Settings) -> frozenset[str]:
    """The names of the files that have been made."""
    return frozenset(path.stem for path in folder_of(settings).glob("*.mp3"))


def listener(settings: Settings) -> Callable[[Page], str]:
    """Names the file in which a page is read aloud, where `hotline aloud` has made one for exactly these words."""
    made, words = spoken(settings), dict[str, Words]()

    def name(page: Page) -> str:
        language = page.language
        if not made or language not in VOICES:
            return ""
        if language not in words:
            words[language] = read_words(settings.locales / language, "pages")
        found = name_of(language, said(page, words[language], settings.ways, settings.emergency))
        return found if found in made else ""

    return name


def listen_routes(settings: Settings) -> list[Route]:
    """`/listen/NAME.mp3`: an address that does not tell which page it belongs to. Nothing is counted."""

    async def listen(request: Request) -> Response:
        name = request.path_params["name"]
        path = folder_of(settings) / f"{name}.mp3"
        if not _NAME.match(name) or not path.is_file():
            raise HTTPException(404)
        return FileResponse(path, media_type="audio/mpeg", headers={"Cache-Control": PAGE_CACHE})

    return [Route("/listen/{name}.mp3", listen)]
