"""An answer appears by itself: one talk as events, to the page that has its token and to no other."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import pytest

from bots.webchat import live, web
from bots.webchat.padding import BUCKET
from hotline.desk.watch import heights
from tests.server_help import House, Swapped, open_house
from tests.webchat_help import Stream, Tab, answer_of_chloe, with_a_person


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with open_house(tmp_path) as opened:
        yield opened


@pytest.fixture
def amara(house: House) -> Tab:
    tab = with_a_person(house)
    tab.posts(text="Is somebody there?")
    return tab


def listens(tab: Tab, do: Callable[[Stream], Awaitable[None]], **more: str) -> Stream:
    """Opens the stream of this page, does something with it, and hangs up."""

    async def run() -> Stream:
        form = {"do": "live", "token": tab.hidden("token"), "once": tab.hidden("once"), "lang": "en", **more}
        stream = Stream(tab.house.app, form)
        try:
            await do(stream)
        finally:
            await stream.hangs_up()
        return stream

    return tab.house.runner.run(run())


async def answers(house: House, text: str) -> None:
    await asyncio.to_thread(answer_of_chloe, house, text)


def test_the_first_event_says_at_once_how_it_stands(amara: Tab) -> None:
    async def look(stream: Stream) -> None:
        await stream.until(lambda: bool(stream.events))

    stream = listens(amara, look)
    assert stream.status == 200
    (event,) = stream.events
    assert [line["text"] for line in event["lines"]] == ["Is somebody there?"]
    assert (event["person"], event["ended"]) == (True, False)


def test_an_answer_arrives_by_itself_and_soon(house: House, amara: Tab) -> None:
    took = 0.0

    async def wait(stream: Stream) -> None:
        nonlocal took
        await stream.until(lambda: bool(stream.events))
        await asyncio.sleep(0.6)
        began = time.monotonic()
        await answers(house, "I am here.")
        await stream.until(lambda: len(stream.events) == 2)
        took = time.monotonic() - began

    stream = listens(amara, wait, after="1")
    assert stream.events[0]["lines"] == []
    assert [(line["mine"], line["text"]) for line in stream.events[1]["lines"]] == [(False, "I am here.")]
    assert took < 4.0


def test_a_line_comes_once_and_the_next_after_it(house: House, amara: Tab) -> None:
    async def wait(stream: Stream) -> None:
        for number, text in enumerate(("One.", "Two.", "Three."), 2):
            await stream.until(lambda: len(stream.events) == number - 1)  # noqa: B023
            await answers(house, text)
        await stream.until(lambda: len(stream.events) == 4)

    stream = listens(amara, wait, after="1")
    assert [line["text"] for event in stream.events for line in event["lines"]] == ["One.", "Two.", "Three."]


def test_when_the_talk_is_deleted_the_stream_says_so_and_ends(house: House, amara: Tab) -> None:
    async def wait(stream: Stream) -> None:
        await stream.until(lambda: bool(stream.events))
        desk = house.office.desk
        contact = amara.contact
        await asyncio.to_thread(house.office.write, lambda tx: desk.contacts.destroy(tx, contact.id))
        await stream.until(lambda: stream.task.done())

    stream = listens(amara, wait)
    assert (stream.events[-1]["ended"], stream.events[-1]["fresh"], stream.events[-1]["lines"]) == (True, True, [])


def test_a_page_that_was_superseded_by_a_code_is_told_that_it_is_over(house: House, amara: Tab) -> None:
    given = amara.asks("code")
    elsewhere = house.browser().client

    async def wait(stream: Stream) -> None:
        await stream.until(lambda: bool(stream.events))
        await elsewhere.post("/", data={"do": "return", "code": "".join(given["code"])})
        await stream.until(lambda: stream.task.done())

    assert listens(amara, wait).events[-1]["ended"]


def test_a_made_up_token_hears_nothing(house: House, amara: Tab) -> None:
    response = house.browser().post("/", {"do": "live", "token": "x" * 32, "once": "y" * 22})
    assert response.status_code == 200
    assert "Is somebody there?" not in response.text
    assert " data-ended" in response.text


def test_while_nothing_happens_there_is_a_sign_of_life(house: House, amara: Tab) -> None:
    async def wait(stream: Stream) -> None:
        await stream.until(lambda: len(stream.pieces) >= 4)

    with Swapped(live, "LIFE_SECONDS", 0.05), Swapped(live, "PAUSE_SECONDS", 0.01):
        stream = listens(amara, wait)
    assert len(stream.events) == 1, "a sign of life says nothing twice"


def test_every_event_and_every_sign_of_life_has_the_same_size(house: House, amara: Tab) -> None:
    async def wait(stream: Stream) -> None:
        for number, text in enumerate(("No.", "ж" * 900), 1):
            await stream.until(lambda: len(stream.events) == number)  # noqa: B023
            await answers(house, text)
        await stream.until(lambda: len(stream.events) == 3)

    with Swapped(live, "LIFE_SECONDS", 0.3):
        stream = listens(amara, wait)
    assert {len(piece) for piece in stream.pieces} == {BUCKET}


def test_a_page_that_goes_away_leaves_nothing_running(house: House, amara: Tab) -> None:
    async def wait(stream: Stream) -> None:
        await stream.until(lambda: bool(stream.events))

    listens(amara, wait)

    async def left() -> int:
        await asyncio.sleep(1.5)
        return len([task for task in asyncio.all_tasks() if task is not asyncio.current_task()])

    assert house.runner.run(left()) == 0


def test_when_too_many_listen_the_page_is_told_to_look_for_itself(house: House, amara: Tab) -> None:
    async def wait(stream: Stream) -> None:
        await stream.until(lambda: stream.status != 0)

    with Swapped(web, "STREAMS_AT_MOST", 0):
        stream = listens(amara, wait)
    assert stream.status == 503


def test_many_pages_cost_one_question(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """A hundred pages listen; when one of them gets an answer, the others do not look for theirs."""
    amara = with_a_person(house)
    asked = 0
    real = heights

    def counted(connection: object) -> object:
        nonlocal asked
        asked += 1
        return real(connection)  # type: ignore[arg-type]

    monkeypatch.setattr(live, "heights", counted)

    async def run() -> list[Stream]:
        form = {"do": "live", "token": amara.hidden("token"), "once": amara.hidden("once"), "lang": "en"}
        streams = [Stream(house.app, form) for _ in range(100)]
        for stream in streams:
            await stream.until(lambda: bool(stream.events), 20)  # noqa: B023
        await asyncio.sleep(1.0)
        nonlocal asked
        asked = 0
        await answers(house, "I am here.")
        for stream in streams:
            await stream.until(lambda: len(stream.events) == 2, 20)  # noqa: B023
        for stream in streams:
            await stream.hangs_up()
        return streams

    house.runner.run(run())
    assert asked <= 12
