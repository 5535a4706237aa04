"""Telegram is ill, or something that is not Telegram answers: nothing is believed, nobody is held, the round goes on."""

from __future__ import annotations

import gzip
import json
import threading
from collections.abc import Callable, Iterator
from time import monotonic, time
from typing import Any

import pytest
from telegram.request import HTTPXRequest

from bots import telegram_line
from bots.telegram import Telegram
from hotline.contact import Channel
from hotline.desk.deliver import Dispatch, NotSent
from hotline.message import Erasure
from hotline.store.vault import Address
from tests.ill_provider import Answer, drips, floods, ill_provider, says
from tests.loopback_help import WEBHOOK
from tests.server_help import BOT_TOKEN, SECRET

AWAY = "Telegram does not answer: check that this machine reaches api.telegram.org."
NO_SENSE: dict[str, Answer] = {
    "a list": says(200, b"[]"),
    "null": says(200, b"null"),
    "a word": says(200, b'"ok"'),
    "ok and nothing else": says(200, b'{"ok": true}'),
    "a number for a message": says(200, b'{"ok": true, "result": 5}'),
    "an empty message": says(200, b'{"ok": true, "result": {}}'),
    "a list of messages": says(200, b'{"ok": true, "result": [1]}'),
    "a page": says(200, b"<html>please sign in</html>"),
    "nothing": says(200, b""),
    "another address": says(302, b"", "Location: http://127.0.0.1:9/"),
    "a hundred thousand brackets": says(200, b"[" * 100_000),
    "a list of errors": says(400, b"[]"),
    "a page that refuses": says(400, b"<html>Bad Request</html>"),
    "a page that forbids": says(403, b"<html>Forbidden</html>"),
    "null that forbids": says(403, b"null"),
    "a page that is not there": says(404, b"<html>Not Found</html>"),
    "what is packed": says(200, gzip.compress(b'{"ok": true, "result": true}'), "Content-Encoding: gzip"),
    "what only says that it is packed": says(200, b"xx", "Content-Encoding: gzip"),
}


def bot_at(url: str) -> Telegram:
    return Telegram(BOT_TOKEN, SECRET, url, lambda language, key: "note")


def sends(bot: Telegram) -> object:
    return bot.send(Dispatch(Channel.TELEGRAM, Address("7", "bot"), "Are you there?", by_staff=True))


def erases(bot: Telegram) -> None:
    bot.erase(Erasure(Channel.TELEGRAM, chat="7", first=1, last=3, asked_at=time()))


def fault_of(do: Callable[[Telegram], object], url: str) -> NotSent:
    with pytest.raises(NotSent) as caught:
        do(bot_at(url))
    return caught.value


@pytest.fixture
def over() -> Iterator[threading.Event]:
    event = threading.Event()
    yield event
    event.set()


@pytest.mark.parametrize("do", [sends, erases])
@pytest.mark.parametrize("answer", NO_SENSE.values(), ids=list(NO_SENSE))
def test_nonsense_is_neither_a_yes_nor_a_no(answer: Answer, do: Callable[[Telegram], object]) -> None:
    with ill_provider(answer) as url:
        fault = fault_of(do, url)
    assert (fault.permanent, fault.sure, fault.down) == (False, False, True)


@pytest.mark.parametrize("answer", NO_SENSE.values(), ids=list(NO_SENSE))
def test_nonsense_is_told_as_no_answer_and_nothing_of_it_is_written(
    answer: Answer, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    with ill_provider(answer) as url:
        assert bot_at(url).connected(WEBHOOK) == AWAY
    assert (caplog.text, *capfd.readouterr()) == ("", "", "")


def test_what_says_neither_yes_nor_no_to_deleting_deletes_nothing() -> None:
    for result in (False, None, 1, "true"):
        with ill_provider(says(200, json.dumps({"ok": True, "result": result}).encode())) as url:
            fault = fault_of(erases, url)
        assert (fault.permanent, fault.down) == (False, True)


def test_a_message_whose_number_is_none_is_in_doubt() -> None:
    message = {"message_id": "5", "date": 1, "chat": {"id": 7, "type": "private"}}
    with ill_provider(says(200, json.dumps({"ok": True, "result": message}).encode())) as url:
        assert not fault_of(sends, url).sure


@pytest.mark.parametrize(
    ("asked", "wait"),
    [
        (7, 7.0), (0.2, 1.0), (-5, 1.0), (10**9, 3600.0), (1e300, 3600.0), (10**400, 60.0), ("soon", 60.0),
        ([], 60.0), ({}, 60.0), ("nan", 60.0), ("inf", 3600.0), (True, 1.0),
    ],
)  # fmt: skip
@pytest.mark.parametrize("do", [sends, erases])
def test_telegram_may_ask_us_to_wait_for_an_hour_at_most(
    asked: Any, wait: float, do: Callable[[Telegram], object]
) -> None:
    body = json.dumps({"ok": False, "error_code": 429, "parameters": {"retry_after": asked}})
    with ill_provider(says(429, body.encode())) as url:
        fault = fault_of(do, url)
    assert (fault.wait, fault.down, fault.permanent) == (wait, True, False)


@pytest.mark.parametrize("about", [[], "soon", 5, {"migrate_to_chat_id": 5}, {"retry_after": None}])
def test_an_answer_with_odd_parameters_is_taken_for_what_its_status_says(about: Any) -> None:
    with ill_provider(says(403, json.dumps({"ok": False, "parameters": about}).encode())) as url:
        assert fault_of(sends, url).permanent


@pytest.mark.parametrize("start", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n"], ids=["head", "body"])
@pytest.mark.parametrize("do", [sends, erases])
def test_an_answer_that_comes_byte_by_byte_is_not_waited_for(
    start: bytes, do: Callable[[Telegram], object], over: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(telegram_line, "CALL_SECONDS", 0.5)
    with ill_provider(drips(start, over)) as url:
        before = monotonic()
        fault = fault_of(do, url)
        assert monotonic() - before < 8.0
    assert (fault.sure, fault.down, fault.permanent) == (False, True, False)


def test_without_an_end_for_it_all_a_byte_now_and_then_holds_us(
    over: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control of the test above, switched off."""
    monkeypatch.setattr(telegram_line.Line, "do_request", HTTPXRequest.do_request)
    monkeypatch.setattr(telegram_line, "CALL_SECONDS", 0.5)
    ended: list[NotSent] = []
    with ill_provider(drips(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", over)) as url:
        held = threading.Thread(target=lambda: ended.append(fault_of(sends, url)), daemon=True)
        held.start()
        held.join(2.0)
        assert held.is_alive()
        over.set()
        held.join(5.0)
    assert len(ended) == 1


def test_an_answer_without_bounds_is_cut_off() -> None:
    given: list[int] = []
    with ill_provider(floods(b"HTTP/1.1 200 OK\r\nContent-Length: 157286400\r\n\r\n", 150, given)) as url:
        fault = fault_of(sends, url)
    assert (fault.sure, fault.down) == (False, True)
    assert len(given) < 40


def test_without_a_bound_an_answer_is_taken_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control of the test above, switched off."""
    monkeypatch.setattr(telegram_line, "LONGEST_ANSWER", 2**30)
    given: list[int] = []
    with ill_provider(floods(b"HTTP/1.1 200 OK\r\nContent-Length: 62914560\r\n\r\n", 60, given)) as url:
        fault_of(sends, url)
    assert len(given) == 60
