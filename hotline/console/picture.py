"""One picture of the board for everybody who watches it in this process, made anew when something was committed."""

from __future__ import annotations

import asyncio
import time

from sqlalchemy import Connection

from hotline.console.board import Sheets
from hotline.console.load import LoadPicture
from hotline.console.lookout import Lookout
from hotline.console.news import News
from hotline.desk.erase import overdue
from hotline.desk.office import Office
from hotline.desk.view import Opened, Scene, scene

PAUSE_SECONDS = 0.2
"""The least time between two pictures, so that a burst of messages costs one."""

SHARE, LONGEST_SECONDS = 2.0, 0.5
"""A picture that took long to make is followed by a pause so many times as long, but by none longer than this."""

OLDEST_SECONDS = 5.0
"""A picture is not shown for longer than this, news or not: waiting times go on."""

OVERDUE_SECONDS = 30.0


class Pictures:
    """The pictures of one process."""

    def __init__(self, office: Office, news: News) -> None:
        self._office = office
        self._news = news
        self._lock = asyncio.Lock()
        self._opened = Opened()
        self._last: tuple[int, float, Sheets] | None = None
        self._pause = PAUSE_SECONDS
        self.lookout = Lookout(office.engine)
        self._overdue: tuple[float, int] | None = None
        self.load = LoadPicture(office, news)
        office.desk.ring.when_destroyed(self.forget)

    def forget(self) -> None:
        """Drop everything that was opened, and have whoever watches look again."""
        self._opened, self._last = Opened(), None
        self.load.forget()
        self._news.bump()

    async def now(self) -> Scene:
        """The board as it stands at this moment."""
        async with self._lock:
            return (await self._made()).scene

    async def since(self, number: int) -> Sheets:
        """The board no older than that number of the news, shared by all who ask for it."""
        async with self._lock:
            if self._last is not None:
                made, at, last = self._last
                age = time.monotonic() - at
                if made >= number and age < OLDEST_SECONDS:
                    return last
                await asyncio.sleep(max(0.0, self._pause - age))
            return await self._made()

    async def overdue(self) -> int:
        """How many copies at providers have waited for their deletion for more than a day; looked up now and then."""
        if self._overdue is None or time.monotonic() - self._overdue[0] > OVERDUE_SECONDS:
            self._overdue = time.monotonic(), await asyncio.to_thread(overdue, self._office, time.time())
        return self._overdue[1]

    async def _made(self) -> Sheets:
        number, began = self._news.number, time.monotonic()
        sheets = Sheets(await self.lookout.read(self._scene))
        self._last = number, time.monotonic(), sheets
        self._pause = min(LONGEST_SECONDS, max(PAUSE_SECONDS, SHARE * (time.monotonic() - began)))
        return sheets

    def _scene(self, connection: Connection) -> Scene:
        return scene(self._office.desk, connection, time.time(), self._opened)
