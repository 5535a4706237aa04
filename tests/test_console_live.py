"""The live side of the console, over a real server: what changes is shown at once, to those who may see it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from time import time
from typing import Any

import httpx
import pytest

from hotline.console import live
from hotline.console.board import Sheets, board_table
from hotline.console.lookout import Lookout
from hotline.desk import view
from hotline.message import Delivery
from hotline.store import staff
from hotline.store.contacts import Contact
from hotline.store.engine import erase_remains
from tests.loopback_help import Server, wait_for
from tests.people import BOGDAN, Caller, Responder, hire
from tests.server_help import House, open_house, waiting

Event = tuple[str, Any]
EMPTY = {
    "on_duty": False, "people": 0, "total": 0, "more": 0, "surge": False, "capped": False, "overdue": 0,
    "waiting": [], "mine": [], "next": [], "offered": 0,
    "packets": [], "paused": {},
}  # fmt: skip


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    """Served by uvicorn on a free port, with a shorter quiet time."""
    monkeypatch.setattr("hotline.console.live.QUIET_SECONDS", 0.3)
    with Server() as server, open_house(tmp_path, public_url=server.url) as opened:
        server.app = opened.app
        yield opened


@pytest.fixture
def chloe(house: House) -> Responder:
    return hire(house.office, "Chloe")


def token_of(house: House, someone: Responder) -> str:
    return house.office.write(lambda tx: staff.open_session(tx.connection, someone.member, time()))


class Stream:
    """The events of one open page; what only says that nothing changed is left out."""

    def __init__(self, response: httpx.Response) -> None:
        self._lines = response.aiter_lines()
        self.still = 0
        self.beats = 0

    async def next(self) -> Event | None:
        """The next event with its data, beats left out; None at the end."""
        name = ""
        async for line in self._lines:
            if line.startswith("event: "):
                name = line.removeprefix("event: ")
            elif line.startswith("data: ") and name == "beat":
                self.beats += 1
            elif line.startswith("data: "):
                return name, json.loads(line.removeprefix("data: "))
            elif line.startswith(":"):
                self.still += 1
        return None

    async def until(self, name: str, fits: Any = lambda data: True) -> Any:
        """The data of the next event of that name that fits."""
        while (event := await self.next()) is not None:
            if event[0] == name and fits(event[1]):
                return event[1]
        raise AssertionError(f"the stream ended before {name} came")


@asynccontextmanager
async def watching(house: House, token: str, contact: str = "") -> AsyncIterator[Stream]:
    cookies = {"staff": token}
    async with httpx.AsyncClient(base_url=house.settings.public_url, cookies=cookies, timeout=10) as client:
        path = f"/staff/events?contact={contact}" if contact else "/staff/events"
        async with client.stream("GET", path) as response:
            assert response.status_code == 200
            assert response.headers["content-type"] == "text/event-stream; charset=utf-8"
            assert response.headers["cache-control"] == "no-store"
            yield Stream(response)


def run(story: Coroutine[Any, Any, None]) -> None:
    async def bounded() -> None:
        async with asyncio.timeout(15):
            await story

    asyncio.run(bounded())


async def amara_waits(house: House) -> Contact:
    return await asyncio.to_thread(waiting, house)


def test_the_board_comes_at_once_and_again_when_somebody_waits(house: House, chloe: Responder) -> None:
    async def story() -> None:
        async with watching(house, token_of(house, chloe)) as stream:
            assert await stream.until("board") == EMPTY
            contact = await amara_waits(house)
            board = await stream.until("board", lambda data: data["waiting"])
            (card,) = board["waiting"]
            assert (card["id"], card["channel"], card["language"], card["level"]) == (
                contact.id,
                "sms",
                "en",
                "routine",
            )
            told = {"id", "level", "since", "seconds", "late", "signals", "channel", "language", "hushed"}
            assert set(card) == told | {
                "lower",
                "drawn",
                "alike",
                "part",
                "offered",
                "everyone",
                "reasons",
                "unanswered",
                "asker",
            }
            assert (card["hushed"], card["lower"], card["drawn"], card["alike"]) == (False, False, False, 1)

    run(story())


def test_a_conversation_shows_what_amara_writes(house: House, chloe: Responder) -> None:
    contact = waiting(house)
    chloe.claims(contact, time())

    async def story() -> None:
        async with watching(house, token_of(house, chloe), contact.id) as stream:
            assert (await stream.until("talk"))["lines"] == []
            text = "<script>alert(1)</script>\n\nevent: out"
            await asyncio.to_thread(Caller(house.office).writes, text, time(), id="more")
            talk = await stream.until("talk", lambda data: data["lines"])
            assert [(line["speaker"], line["text"]) for line in talk["lines"]] == [("caller", text)]
            await asyncio.to_thread(chloe.answers, contact, "I am here.", time())
            talk = await stream.until("talk", lambda data: len(data["lines"]) == 2)
            assert talk["lines"][1]["delivery"] == "waiting"

    run(story())


def test_a_conversation_of_somebody_else_is_as_one_that_never_was(house: House, chloe: Responder) -> None:
    contact = waiting(house)
    hire(house.office, "Dina").claims(contact, time())

    async def story() -> None:
        for other in (contact.id, "0" * 32, "nonsense"):
            async with watching(house, token_of(house, chloe), other) as stream:
                assert await stream.until("talk") == {"open": False}

    run(story())


def test_a_contact_that_is_deleted_is_shown_as_gone(house: House, chloe: Responder) -> None:
    contact = waiting(house)
    chloe.claims(contact, time())

    async def story() -> None:
        async with watching(house, token_of(house, chloe), contact.id) as stream:
            assert (await stream.until("talk"))["open"] is True
            await asyncio.to_thread(Caller(house.office).writes, "delete", time(), id="gone")
            assert await stream.until("talk", lambda data: not data["open"]) == {"open": False}

    run(story())


@pytest.mark.parametrize("how", ["switched off", "logged out", "idle"])
def test_the_stream_ends_when_the_session_does(house: House, chloe: Responder, how: str) -> None:
    token = token_of(house, chloe)
    waiting(house)

    def end() -> None:
        def work(tx: Any) -> None:
            if how == "switched off":
                staff.switch_off(tx.connection, "Chloe", time())
            elif how == "logged out":
                staff.close_session(tx.connection, token)
            else:
                staff.touch_session(tx.connection, token, time() - 16 * 60)

        house.office.write(work)

    async def story() -> None:
        async with watching(house, token) as stream:
            await stream.until("board")
            await asyncio.to_thread(end)
            assert await stream.until("out") == {}
            assert await stream.next() is None

    run(story())


@pytest.mark.parametrize("token", ["", "a guess"])
def test_without_a_session_the_stream_says_only_that(house: House, token: str) -> None:
    waiting(house)

    async def story() -> None:
        async with watching(house, token) as stream:
            assert await stream.next() == ("out", {})
            assert await stream.next() is None

    run(story())


def test_while_nothing_happens_the_line_is_kept_open_with_next_to_nothing(house: House, chloe: Responder) -> None:
    async def story() -> None:
        async with watching(house, token_of(house, chloe)) as stream:
            await stream.until("board")
            reading = asyncio.create_task(stream.next())
            await asyncio.to_thread(wait_for, lambda: stream.still >= 2, 5)
            assert not reading.done()
            reading.cancel()

    run(story())


def test_an_open_page_is_asked_at_once_and_every_four_seconds_whether_somebody_has_it(
    house: House, chloe: Responder, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert live.BEAT_SECONDS == 4.0
    monkeypatch.setattr(live, "BEAT_SECONDS", 0.2)

    async def story() -> None:
        async with watching(house, token_of(house, chloe)) as stream:
            await stream.until("board")
            reading = asyncio.create_task(stream.next())
            await asyncio.to_thread(wait_for, lambda: stream.beats >= 3, 5)
            reading.cancel()

    run(story())


def test_a_board_that_takes_long_holds_up_no_beat(
    house: House, chloe: Responder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "BEAT_SECONDS", 0.1)

    async def story() -> None:
        async with watching(house, token_of(house, chloe)) as stream:
            await stream.until("board")
            monkeypatch.setattr(live.Live, "_picture", _never)
            reading, before = asyncio.create_task(stream.next()), stream.beats
            await asyncio.to_thread(wait_for, lambda: stream.beats >= before + 3, 5)
            reading.cancel()

    run(story())


async def _never(self: object, request: object, number: int) -> str:
    await asyncio.sleep(60)
    return ""


def test_watching_keeps_no_session_awake(house: House, chloe: Responder) -> None:
    token = token_of(house, chloe)
    then = time() - 600
    house.office.write(lambda tx: staff.touch_session(tx.connection, token, then))

    async def story() -> None:
        async with watching(house, token) as stream:
            await stream.until("board")
            await amara_waits(house)
            await stream.until("board", lambda data: data["waiting"])

    run(story())
    with house.office.engine.connect() as connection:
        assert list(connection.exec_driver_sql("SELECT used_at FROM sessions").scalars()) == [then]


def test_ten_pages_open_at_once_all_see_it_and_leave_nothing_running(house: House, chloe: Responder) -> None:
    async def watch() -> None:
        async with watching(house, token_of(house, chloe)) as stream:
            await stream.until("board", lambda data: len(data["waiting"]) == 2)

    async def story() -> None:
        pages = [asyncio.create_task(watch()) for _ in range(10)]
        await amara_waits(house)
        await asyncio.to_thread(waiting, house, BOGDAN)
        await asyncio.gather(*pages)
        await asyncio.to_thread(wait_for, lambda: house.news._watchers == 0, 5)
        assert house.news._poller is None

    run(story())


def test_a_talk_comes_at_once_while_the_board_takes_its_time(
    house: House, chloe: Responder, monkeypatch: pytest.MonkeyPatch
) -> None:
    contact = waiting(house)
    chloe.claims(contact, time())

    async def story() -> None:
        async with watching(house, token_of(house, chloe), contact.id) as stream:
            await stream.until("talk")
            monkeypatch.setattr(live.Live, "_picture", _never)
            await asyncio.to_thread(Caller(house.office).writes, "Are you there?", time(), id="more")
            await stream.until("talk", lambda data: [line["text"] for line in data["lines"]] == ["Are you there?"])

    run(story())


@pytest.mark.parametrize("what", ["ticked", "delivered", "released"])
def test_whatever_changes_in_a_talk_shows_and_not_only_new_lines(
    house: House, chloe: Responder, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "QUIET_SECONDS", 60.0)
    contact = chloe.claims(waiting(house), time())
    chloe.answers(contact, "I am here.", time())

    def change() -> None:
        def work(tx: Any) -> None:
            contacts = house.office.desk.contacts
            now = contacts.by_id(tx.connection, contact.id, hold=True)
            assert now is not None
            if what == "delivered":
                contacts.mark_line(tx.connection, now, 1, Delivery.DELIVERED)
            elif what == "ticked":
                contacts.save(tx.connection, replace(now, ticks=("safe",)))
            else:
                contacts.destroy(tx, contact.id)

        house.office.write(work)

    fits = {
        "ticked": lambda data: data["ticks"] == ["safe"],
        "delivered": lambda data: data["lines"][0]["delivery"] == "delivered",
        "released": lambda data: data == {"open": False},
    }

    async def story() -> None:
        async with watching(house, token_of(house, chloe), contact.id) as stream:
            await stream.until("talk", lambda data: data["open"])
            await asyncio.to_thread(change)
            await stream.until("talk", fits[what])

    run(story())


def test_once_the_keys_are_gone_a_talk_is_gone_though_its_rows_are_still_there(
    house: House, chloe: Responder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "QUIET_SECONDS", 60.0)
    contact = chloe.claims(waiting(house), time())

    async def story() -> None:
        async with watching(house, token_of(house, chloe), contact.id) as stream:
            await stream.until("talk", lambda data: data["open"])
            await asyncio.to_thread(house.office.desk.ring.destroy)
            await stream.until("talk", lambda data: not data["open"])

    run(story())
    assert house.count("contacts") == [1]


def test_the_board_as_text_is_the_board(house: House, chloe: Responder) -> None:
    emil = hire(house.office, "Emil")
    for one in (chloe, emil):
        one.begins_shift(time())
    waiting(house)
    emil.claims(waiting(house, BOGDAN), time())
    scene = house.office.read(lambda one: view.scene(house.office.desk, one, time(), view.Opened()))
    sheets = Sheets(scene)
    for one in (chloe, emil, chloe):
        table = board_table(scene.board(one.id), one.id, 3)
        assert json.loads(sheets.text(one.id, 3)) == json.loads(json.dumps(table))
        assert list(json.loads(sheets.text(one.id, 3))) == list(table)


@pytest.mark.parametrize("ends", [True, False])
def test_a_lookout_that_rests_holds_back_nothing_that_was_deleted(
    house: House, ends: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The twin leaves its transaction open after a read."""
    waiting(house)

    async def story() -> None:
        async with Lookout(house.office.engine) as lookout:
            if not ends:
                monkeypatch.setattr("sqlalchemy.Connection.rollback", lambda self: None)
            await lookout.read(lambda one: one.exec_driver_sql("SELECT count(*) FROM contacts").scalar_one())
            await asyncio.to_thread(Caller(house.office).writes, "delete", time(), id="gone")
            await asyncio.to_thread(_truncates, house, ends)
            monkeypatch.undo()

    run(story())


def _truncates(house: House, ends: bool) -> None:
    with house.office.engine.connect().execution_options(writing=True) as connection:
        assert erase_remains(connection) is ends
