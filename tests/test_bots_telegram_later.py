"""What we do at Telegram beside answering: delete a chat, show that something came, keep to its pace, be connected."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from bots import telegram_line
from bots.loopback.faults import Faults, Kind
from bots.loopback.telegram import Telegram as Loopback
from bots.telegram import Telegram
from hotline.contact import Channel
from hotline.desk.deliver import Dispatch, NotSent
from hotline.message import Erasure, Incoming
from hotline.store.vault import Address
from tests.loopback_help import WEBHOOK, Clock, Server
from tests.server_help import BOT_TOKEN, NOWHERE, SECRET

AMARA, BOGDAN = 700_000_001, 700_000_002
HOUR = 3600.0
NOW = 1_790_000_000.0
NOTES = {"channel/telegram/deleted": "It is deleted.", "channel/telegram/undeleted": "It is not deleted."}


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with Server() as running:
        yield running


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def telegram(server: Server, clock: Clock) -> Loopback:
    made = Loopback(BOT_TOKEN, webhook_url=None, webhook_secret=None, clock=clock, pace=0.0, faults=Faults(patience=20))
    made.meet(AMARA)
    made.meet(BOGDAN)
    server.app = made.app
    return made


def a_bot(server: Server, **how: Any) -> Telegram:
    """To this bot, now is the very moment of the wish."""
    how = {"today": lambda: NOW, **how}
    return Telegram(BOT_TOKEN, SECRET, server.url, lambda language, key: f"{language}: {NOTES[key]}", **how)


def talk(telegram: Loopback, messages: int, person: int = AMARA) -> int:
    """Both sides say something, this often; the number of the last message."""
    for number in range(messages):
        asyncio.run(telegram.write(person, f"words {number}"))
        telegram._methods.call("sendMessage", {"chat_id": person, "text": f"answer {number}"})
    return telegram.thread(person)[-1].message_id


def wish(first: int, last: int, person: int = AMARA) -> Erasure:
    return Erasure(Channel.TELEGRAM, chat=str(person), first=first, last=last, language="ro", asked_at=NOW)


def left(telegram: Loopback, person: int = AMARA) -> list[str]:
    """What still stands in the chat."""
    return [entry.text for entry in telegram.thread(person) if not entry.deleted]


# --- deleting


def test_both_sides_of_the_chat_are_deleted_and_the_caller_is_told(server: Server, telegram: Loopback) -> None:
    last = talk(telegram, 3)
    telegram._methods.call("sendMessage", {"chat_id": AMARA, "text": "the reply to the wish itself"})
    a_bot(server).erase(wish(1, last))
    assert left(telegram) == ["ro: It is deleted."]


def test_chats_of_others_are_left_alone(server: Server, telegram: Loopback) -> None:
    talk(telegram, 2, BOGDAN)
    last = talk(telegram, 2)
    talk(telegram, 2, BOGDAN)
    a_bot(server).erase(wish(1, last))
    assert len(left(telegram, BOGDAN)) == 8
    assert {chat for chat, _ in telegram.deleted} == {AMARA}


def test_a_talk_among_many_is_deleted_whole(server: Server, telegram: Loopback) -> None:
    first = talk(telegram, 1) - 1
    telegram._chats.counter += 1700
    last = talk(telegram, 1)
    a_bot(server).erase(wish(first, last))
    assert left(telegram) == ["ro: It is deleted."]


def test_what_is_older_than_48_hours_stays_and_does_not_keep_the_rest(
    server: Server, telegram: Loopback, clock: Clock
) -> None:
    talk(telegram, 4)
    clock.move(48 * HOUR)
    last = talk(telegram, 4)
    a_bot(server).erase(wish(1, last))
    assert left(telegram) == [f"{who} {number}" for number in range(4) for who in ("words", "answer")] + [
        "ro: It is deleted."
    ]


def test_an_old_message_in_the_middle_costs_few_calls(
    server: Server, telegram: Loopback, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = counted(telegram, monkeypatch)
    talk(telegram, 150)
    clock.move(48 * HOUR)
    last = talk(telegram, 150)
    a_bot(server).erase(wish(1, last))
    assert len(left(telegram)) == 301
    assert len(calls) <= 11 + 2 * 8 * telegram_line.REFUSALS


def counted(telegram: Loopback, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the calls that delete, as they come."""
    calls: list[str] = []
    real = telegram._methods.call

    def call(method: str, params: Any) -> object:
        calls.extend([method] if method == "deletemessages" else [])
        return real(method, params)

    monkeypatch.setattr(telegram._methods, "call", call)
    return calls


def test_a_chat_that_telegram_will_not_touch_is_said_to_be_the_callers_to_delete(
    server: Server, telegram: Loopback, clock: Clock
) -> None:
    last = talk(telegram, 3)
    clock.move(48 * HOUR)
    a_bot(server).erase(wish(1, last))
    assert left(telegram)[-1] == "ro: It is not deleted."
    assert len(left(telegram)) == 7


def test_without_halving_one_old_message_would_keep_a_hundred(
    server: Server, telegram: Loopback, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control of the tests above, switched off."""

    async def as_one(bot: Any, chat_id: int, numbers: range, must: int) -> bool:
        from telegram.error import BadRequest

        try:
            return bool(await bot.delete_messages(chat_id, list(numbers)[-100:]))
        except BadRequest:
            return False

    monkeypatch.setattr(telegram_line, "wipe", as_one)
    talk(telegram, 2)
    clock.move(48 * HOUR)
    last = talk(telegram, 2)
    a_bot(server).erase(wish(1, last))
    assert len(left(telegram)) == 9


def test_too_many_at_once_means_wait_and_then_begin_again(server: Server, telegram: Loopback) -> None:
    last = talk(telegram, 3)
    telegram.faults.schedule(Kind.TOO_MANY, operation="delete", retry_after=7)
    with pytest.raises(NotSent) as caught:
        a_bot(server).erase(wish(1, last))
    assert (caught.value.permanent, caught.value.wait) == (False, 7.0)
    a_bot(server).erase(wish(1, last))
    assert left(telegram) == ["ro: It is deleted."]


def test_done_twice_it_leaves_one_note(server: Server, telegram: Loopback) -> None:
    last = talk(telegram, 3)
    for _ in range(2):
        a_bot(server).erase(wish(1, last))
    assert left(telegram) == ["ro: It is deleted."]


def test_a_note_that_could_not_be_sent_is_tried_again(server: Server, telegram: Loopback) -> None:
    last = talk(telegram, 1)
    telegram.faults.schedule(Kind.SERVER_ERROR, operation="send")
    with pytest.raises(NotSent) as caught:
        a_bot(server).erase(wish(1, last))
    assert not caught.value.permanent
    assert left(telegram) == []
    a_bot(server).erase(wish(1, last))
    assert left(telegram) == ["ro: It is deleted."]


def test_whoever_blocked_the_bot_is_not_tried_again(server: Server, telegram: Loopback) -> None:
    last = talk(telegram, 1)
    telegram.blocked.add(AMARA)
    with pytest.raises(NotSent) as caught:
        a_bot(server).erase(wish(1, last))
    assert caught.value.permanent


def test_a_telegram_that_is_away_is_tried_again(telegram: Loopback) -> None:
    with pytest.raises(NotSent) as caught:
        Telegram(BOT_TOKEN, SECRET, NOWHERE).erase(wish(1, 5))
    assert (caught.value.permanent, caught.value.down) == (False, True)


# --- the marks of receipt


def message(**how: Any) -> Incoming:
    return Incoming(Channel.TELEGRAM, str(AMARA), "bot", "1", "Hello", **how)


def test_whoever_writes_sees_that_something_is_being_written(server: Server, telegram: Loopback) -> None:
    a_bot(server).acknowledge(message())
    assert telegram.actions == [(AMARA, "typing")]


def test_a_pressed_button_stops_turning(server: Server, telegram: Loopback) -> None:
    telegram._methods.queries["77"] = None
    a_bot(server).acknowledge(message(tap="77"))
    assert telegram.answered == {"77": ""}
    assert telegram.actions == []


@pytest.mark.parametrize("kind", [Kind.SERVER_ERROR, Kind.TOO_MANY])
def test_a_mark_that_cannot_be_shown_is_no_reason_to_fail(server: Server, telegram: Loopback, kind: Kind) -> None:
    telegram.faults.schedule(kind, operation="other")
    a_bot(server).acknowledge(message())
    Telegram(BOT_TOKEN, SECRET, NOWHERE).acknowledge(message())
    Telegram(BOT_TOKEN, SECRET, "http://[broken").acknowledge(message())


# --- the pace


def dispatch(person: int = AMARA, *, by_staff: bool = True) -> Dispatch:
    return Dispatch(Channel.TELEGRAM, Address(str(person), "bot"), "Are you there?", by_staff)


def test_one_message_a_second_goes_into_a_chat(server: Server, telegram: Loopback, clock: Clock) -> None:
    bot = a_bot(server, clock=clock)
    assert bot.send(dispatch()) == str(telegram.sent[-1].message_id)
    clock.move(0.25)
    with pytest.raises(NotSent) as caught:
        bot.send(dispatch())
    assert (caught.value.untried, caught.value.wait) == (True, 0.75)
    bot.send(dispatch(BOGDAN))
    clock.move(0.75)
    bot.send(dispatch())
    assert len(telegram.sent) == 3


def test_the_scripts_words_wait_for_their_turn(server: Server, telegram: Loopback, clock: Clock) -> None:
    bot = a_bot(server, clock=clock, rest=clock.move)
    for _ in range(3):
        bot.send(dispatch(by_staff=False))
    assert [entry.at - telegram.sent[0].at for entry in telegram.sent] == [0, 1, 2]


def test_a_refused_message_does_not_use_up_the_turn(server: Server, telegram: Loopback, clock: Clock) -> None:
    bot = a_bot(server, clock=clock)
    telegram.faults.schedule(Kind.TOO_MANY, retry_after=3)
    with pytest.raises(NotSent) as caught:
        bot.send(dispatch())
    assert (caught.value.untried, caught.value.wait) == (False, 3.0)
    bot.send(dispatch())


# --- being connected


def test_telegram_is_told_where_we_are_and_shows_no_commands(server: Server, telegram: Loopback) -> None:
    bot = a_bot(server)
    assert bot.connected(WEBHOOK) == f"Telegram calls nobody and not {WEBHOOK}: run `hotline channels --connect`."
    asyncio.run(telegram.write(AMARA, "written while nobody was called"))
    bot.connect(WEBHOOK)
    assert (telegram._hook.url, telegram._hook.secret, telegram.commands) == (WEBHOOK, SECRET, [])
    assert set(telegram._hook.allowed) == {"message", "edited_message", "callback_query"}
    assert len(telegram.undelivered) == 1, "what waited is not dropped"
    assert bot.connected(WEBHOOK) is None


def test_a_connection_that_is_not_as_it_should_be_is_told(server: Server, telegram: Loopback) -> None:
    bot = a_bot(server)
    bot.connect("https://elsewhere.example/")
    told = bot.connected(WEBHOOK)
    assert told is not None
    assert told.startswith("Telegram calls https://elsewhere.example/ and not")
    bot.connect(WEBHOOK)
    telegram._hook.allowed = ["message", "channel_post"]
    told = bot.connected(WEBHOOK)
    assert told is not None
    assert told.startswith("Telegram does not call for message, edited_message, callback_query")


def test_a_wrong_token_and_a_telegram_that_is_away_are_told_apart(server: Server, telegram: Loopback) -> None:
    stranger = Telegram("100000001:wrong", SECRET, server.url)
    assert stranger.connected(WEBHOOK) == (
        "Telegram does not know this token: copy HOTLINE_TELEGRAM_TOKEN from @BotFather again."
    )
    away = Telegram(BOT_TOKEN, SECRET, NOWHERE)
    assert away.connected(WEBHOOK) == ("Telegram does not answer: check that this machine reaches api.telegram.org.")
