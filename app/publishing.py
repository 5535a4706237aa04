"""What is published: rendered at the start, and again when an editor, a command or a new day asks for it."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence

from sqlalchemy import Connection

from app.calendar import Calendar
from app.listening import listener
from app.offers.pages import OfferPages
from app.settings import Settings
from campaigns.editing.kept import shown_pages
from campaigns.library import read_audiences, read_library, read_papers_of
from campaigns.press import Press
from campaigns.publish import Assets, Published, Render, Sources
from campaigns.web import PublishedPages
from hotline.events import Event, Log
from hotline.store import heartbeats
from hotline.store.guide import read_guide
from hotline.store.shelf import ContentError

ASKED = "published"
"""The sign by which a command or an editor tells every server that the content has changed."""


def ask_to_publish(connection: Connection, now: float) -> None:
    """Every server renders what has changed, two seconds from now or so."""
    heartbeats.beat(connection, ASKED, now)


class Publishing:
    """The public pages of one server. `render` renders, `offers` has the pages of the offer check."""

    def __init__(
        self,
        settings: Settings,
        languages: Sequence[str],
        render: Render,
        assets: Assets,
        log: Log,
        offers: OfferPages | None = None,
    ) -> None:
        self._settings = settings
        self._languages = languages
        self._press = Press(render)
        self._calendar = Calendar(render, settings.organisation, settings.public_url)
        self._assets = assets
        self._offers = offers
        self._log = log
        self._asked: float | None = None
        self._day = datetime.date.min
        self.shown: PublishedPages | None = None

    def pages(self, today: datetime.date | None = None) -> Mapping[str, Published]:
        """Every page that is the same for everybody; ContentError when the content has mistakes."""
        self._day = today or datetime.datetime.now(datetime.UTC).date()
        content = self._settings.content
        audiences = read_audiences(content / "audiences")
        campaigns = shown_pages(read_library(content / "campaigns", audiences), machine=self._settings.machine_unread)
        guide, papers = read_guide(content / "directory"), read_papers_of(content / "papers")
        sources = Sources(guide, papers, self._day, listener(self._settings))
        return {
            **self._press.pages(campaigns, self._languages, sources, audiences),
            **self._calendar.pages(campaigns, self._languages, self._day),
            **(self._offers.published() if self._offers is not None else {}),
            **self._assets.files,
        }

    def is_due(self, connection: Connection, now: float) -> bool:
        """Whether somebody has asked since the last time, or a new day has begun. The first look asks for nothing."""
        asked, before = heartbeats.last_beat(connection, ASKED) or 0.0, self._asked
        self._asked = asked
        return (before is not None and asked > before) or datetime.datetime.fromtimestamp(
            now, datetime.UTC
        ).date() != self._day

    def again(self) -> bool:
        """Show the content as it is now. With a mistake in it everything stays as it was, and the log says so."""
        assert self.shown is not None
        try:
            self.shown.replace(self.pages())
        except ContentError as fault:
            self._log.record(Event.NOT_PUBLISHED, fault=fault)
            return False
        self._log.record(Event.PUBLISHED)
        return True
