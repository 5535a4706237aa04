"""What every page of the editor has at hand."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection

from campaigns.audience import SLUG
from campaigns.drafts import table_of, writable
from campaigns.editing.deeds import House
from campaigns.editing.kept import Kept, Shelf, read_shelf
from campaigns.publish import Render
from hotline.console.session import Visit

if TYPE_CHECKING:
    from hotline.console.web import Console

LIST = "/staff/campaigns"
ONE = f"{LIST}/{{slug}}"
PAGE = f"{ONE}/{{lang}}"


class NotThere(Exception):
    """What was asked for does not exist; the text is one sentence."""


@dataclass(frozen=True, slots=True)
class Editing:
    """`render` makes public pages in one of `languages`; `ask` has every server publish what has changed."""

    console: Console
    content: Path
    render: Render
    languages: Collection[str]
    house: House
    ask: Callable[[Connection, float], None]

    async def shelf(self) -> Shelf:
        return await asyncio.to_thread(read_shelf, self.content)

    def folder(self, visit: Visit) -> Path:
        """The folder of the campaign that is asked for; NotThere if there is none."""
        slug = str(visit.request.path_params["slug"])
        folder = self.content / "campaigns" / slug
        if not SLUG.match(slug) or not table_of(folder).exists():
            raise NotThere("There is no campaign of this name.")
        return folder

    def one(self, shelf: Shelf, visit: Visit) -> Kept:
        """The campaign that is asked for; NotThere says why it is not there."""
        slug = self.folder(visit).name
        if slug not in shelf.campaigns:
            wrong = [one for one in shelf.wrong if f"campaigns/{slug}/" in one]
            raise NotThere(" ".join(["This campaign's file cannot be read.", *wrong]))
        return shelf.campaigns[slug]

    def locked_files(self) -> bool:
        """Whether this server may only read the content."""
        return not writable(self.content / "campaigns")

    async def shown(self) -> None:
        """Every running server shows the files as they are now, in two seconds or so."""
        await self.console.write(lambda tx: self.ask(tx.connection, time.time()))
