"""Amara wishes her chat away by an old message, or while Telegram is away: it is deleted whole, and nothing rings late."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bots import telegram as telegram_module
from bots.loopback.telegram import Telegram as Loopback
from bots.telegram import Telegram
from hotline.contact import Channel
from hotline.desk.receive import receive
from hotline.message import Erasure, Incoming
from hotline.store.contacts import Contact
from tests.channel_people import CHAT, Chat, a_line
from tests.loopback_help import Clock, Server
from tests.people import comes_true
from tests.server_help import BOT_TOKEN, SECRET, House, from_telegram, open_house, pressed, update

AMARA, BOGDAN = 700_000_001, 700_000_002
DELETED = "Done. Messages of the last 48 hours are deleted here"


@pytest.fixture
def line(tmp_path: Path) -> Iterator[Chat]:
    with a_line(Channel.TELEGRAM, tmp_path) as one:
        assert isinstance(one, Chat)
        yield one


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as running:
        yield running


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with open_house(tmp_path) as opened:
        yield opened


def changed(text: str, number: int, name: int) -> dict[str, Any]:
    """Message `number` says something else now."""
    talk = update(text, 1)["message"] | {"message_id": number, "edit_date": 1_795_262_500}
    return {"update_id": name, "edited_message": talk}


def wishes_by_changing_the_first_message(line: Chat, others: int) -> list[str]:
    """Sixty messages, then as many of other people, then the first one becomes the wish. What still stands in the chat."""
    line.street.responder()
    line.says_yes_until_a_person_has_it()
    for number in range(60):
        from_telegram(line.street.house, _next(line, f"secret words {number}"))
    line.loopback._chats.counter += others
    first = line.loopback.thread(CHAT)[0].message_id
    reply = from_telegram(line.street.house, changed("DELETE", first, 99_999)).json()
    line.loopback._methods.call("sendMessage", reply)  # as Telegram does with what the response asks for
    assert line.street.contacts() == []
    line.street.later += 5
    office = line.street.house.office
    comes_true(lambda: _settled(line) and not office.read(office.desk.erasures.waiting), 20)
    return line.still_there()


def _settled(line: Chat) -> bool:
    line.street.settle()
    return True


def _next(line: Chat, text: str) -> dict[str, Any]:
    """A message of hers that takes the next number of the bot."""
    note = line.loopback._chats.add("person", {"id": CHAT}, CHAT, {"text": text})
    return update(text, note.document["message_id"], chat=CHAT) | {"update_id": 50_000 + note.document["message_id"]}


@pytest.mark.parametrize("others", [0, 500])
def test_a_wish_by_changing_an_old_message_deletes_the_newer_ones_too(line: Chat, others: int) -> None:
    (note,) = wishes_by_changing_the_first_message(line, others)
    assert note.startswith(DELETED)


def test_it_is_deleted_whole_when_it_is_too_late_for_a_note(line: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(telegram_module, "NOTE_SECONDS", -1.0)
    assert wishes_by_changing_the_first_message(line, 0) == []


def test_without_the_furthest_place_newer_messages_would_stay(line: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control of the test above, switched off."""

    def only_first(contact: Contact, mark: int | None) -> Contact:
        return replace(contact, first_mark=contact.first_mark or mark)

    monkeypatch.setattr(Contact, "marked", only_first)
    monkeypatch.setattr(telegram_module, "NOTE_SECONDS", -1.0)
    assert any(text.startswith("secret words") for text in wishes_by_changing_the_first_message(line, 0))


def contact_of(house: House) -> Contact:
    desk = house.office.desk
    found = house.office.read(lambda c: desk.contacts.by_sender(c, Channel.TELEGRAM, str(CHAT), time.time()))
    assert found is not None
    return found


@pytest.mark.parametrize("later", [changed("hello again", 4, 70), pressed("safe", 4), update("hello", 3)])
def test_a_contact_knows_how_far_it_reaches_whatever_is_changed_or_tapped_later(
    house: House, later: dict[str, Any]
) -> None:
    from_telegram(house, update("Hello, I need help", 5))
    from_telegram(house, update("hello?", 900))
    from_telegram(house, later | {"update_id": 80_000})
    contact = contact_of(house)
    assert (contact.first_mark, contact.last_mark) == (5, 900)


def test_an_answer_of_a_person_is_part_of_what_is_deleted(line: Chat) -> None:
    chloe = line.street.responder()
    line.says_yes_until_a_person_has_it()
    contact = chloe.claims(line.street.contact(), time.time())
    line.loopback._chats.counter += 5000
    chloe.answers(contact, "I am here with you.", time.time())
    comes_true(lambda: _settled(line) and "I am here with you." in line.reads())
    assert line.street.contact().last_mark == line.loopback.sent[-1].message_id


def test_the_wish_carries_its_time_and_the_furthest_place(house: House) -> None:
    from_telegram(house, update("Hello, I need help", 5))
    from_telegram(house, update("hello?", 900))
    desk, now = house.office.desk, time.time()
    wish = Incoming(Channel.TELEGRAM, str(CHAT), "bot", "999", "DELETE", mark=7, edited=True)
    house.office.write(lambda tx: receive(desk, tx, wish, now))
    (task,) = house.office.read(lambda c: desk.erasures.due(c, now + 60))
    leased = house.office.write(lambda tx: desk.erasures.lease(tx, task, now + 60))
    assert leased is not None
    erasure = leased.erasure
    assert (erasure.first, erasure.last, erasure.asked_at) == (5, 900, now)


def test_a_wish_from_before_it_carried_its_time_is_still_understood() -> None:
    table = Erasure(Channel.TELEGRAM, chat="7", first=1, last=3).as_table()
    del table["asked_at"]
    assert Erasure.from_table(table).asked_at == 0.0


# --- a late note


def erased_after(server: Server, seconds: float) -> list[str]:
    """What stands in the chat when the wish was carried out so much later."""
    clock = Clock()
    telegram = Loopback(BOT_TOKEN, webhook_url=None, webhook_secret=None, clock=clock, pace=0.0)
    telegram.meet(AMARA)
    server.app = telegram.app
    asyncio.run(telegram.write(AMARA, "he hits me"))
    bot = Telegram(BOT_TOKEN, SECRET, server.url, lambda language, key: "note", today=clock)
    wish = Erasure(Channel.TELEGRAM, chat=str(AMARA), first=1, last=1, asked_at=clock.now)
    clock.move(seconds)
    bot.erase(wish)
    return [entry.text for entry in telegram.thread(AMARA) if not entry.deleted]


@pytest.mark.parametrize(("seconds", "left"), [(0, ["note"]), (600, ["note"]), (601, []), (9 * 3600, [])])
def test_what_is_deleted_late_is_deleted_without_a_note_that_rings(
    server: Server, seconds: float, left: list[str]
) -> None:
    assert erased_after(server, seconds) == left


def test_without_that_bound_the_phone_would_ring_hours_later(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control of the test above, switched off."""
    monkeypatch.setattr(telegram_module, "NOTE_SECONDS", float("inf"))
    assert erased_after(server, 9 * 3600) == ["note"]


def test_what_others_wrote_in_between_stays(server: Server) -> None:
    telegram = Loopback(BOT_TOKEN, webhook_url=None, webhook_secret=None, pace=0.0)
    for person in (AMARA, BOGDAN):
        telegram.meet(person)
    server.app = telegram.app
    asyncio.run(telegram.write(AMARA, "he hits me"))
    for number in range(120):
        asyncio.run(telegram.write(BOGDAN, f"words {number}"))
    telegram._methods.call("sendMessage", {"chat_id": AMARA, "text": "Done."})
    say: Callable[[str, str], str] = lambda language, key: key  # noqa: E731
    bot = Telegram(BOT_TOKEN, SECRET, server.url, say, today=lambda: 5.0)
    bot.erase(Erasure(Channel.TELEGRAM, chat=str(AMARA), first=1, last=1, asked_at=1.0))
    assert [one.text for one in telegram.thread(AMARA) if not one.deleted] == ["channel/telegram/deleted"]
    assert not any(one.deleted for one in telegram.thread(BOGDAN))
