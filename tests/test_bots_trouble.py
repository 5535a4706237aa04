"""When something of ours breaks, Amara's words are kept, or she is told truthfully that they are not."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from pathlib import Path
from time import time
from typing import Any
from urllib.parse import urlencode

import pytest

from app.worker import Worker
from bots.web import MARKS_AT_ONCE
from hotline.contact import Channel
from hotline.desk.deliver import Dispatch
from hotline.desk.receive import Reply, reply_left
from hotline.events import Log
from hotline.message import Erasure, Incoming
from hotline.store.engine import StoreUnavailable
from hotline.store.vault import Address
from tests.people import AMARA, BOGDAN, OURS, Caller
from tests.server_help import (
    FORM,
    TWILIO,
    House,
    Swapped,
    from_telegram,
    from_twilio,
    open_house,
    signature,
    sms,
    update,
)

SECRET_WORDS = "I want to talk about my passport"
SAFE = "Hello. Is it safe for you to write now?"
EMPTY = '<?xml version="1.0" encoding="UTF-8"?><Response />'
NOT_STORED = "Messages cannot be stored at the moment: try again.\n"


class Provider:
    """Takes whatever it is given, and remembers it."""

    fetch_seconds = 3600.0

    def __init__(self, *channels: Channel) -> None:
        self.channels = frozenset(channels)
        self.sent: list[tuple[Channel, Address, str]] = []

    def send(self, dispatch: Dispatch) -> str | None:
        self.sent.append((dispatch.channel, dispatch.address, dispatch.text))
        return f"id {len(self.sent)}"

    def fetch(self, since: float) -> list[Incoming]:
        return []

    def erase(self, erasure: Erasure) -> None:
        return

    def acknowledge(self, incoming: Incoming) -> None:
        return


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with open_house(tmp_path) as opened:
        yield opened


@pytest.fixture
def provider() -> Provider:
    return Provider(*Channel)


def worker_of(house: House, provider: Provider, *, later: float = 0.0) -> Worker:
    bots: Any = {"provider": provider}
    return Worker(house.office, bots, Log(house.events.append), lambda: time() + later)


def breaks(*_: object) -> Reply:
    raise RuntimeError(SECRET_WORDS)


def events(house: House) -> list[str]:
    return [json.loads(line)["event"] for line in house.events]


@pytest.fixture
def put_aside(house: House, monkeypatch: pytest.MonkeyPatch) -> House:
    """A message came while the desk was broken."""
    with monkeypatch.context() as broken:
        broken.setattr("bots.turns.receive", breaks)
        response = from_twilio(house, sms(SECRET_WORDS))
    assert (response.status_code, response.text) == (200, EMPTY)
    return house


def test_a_message_that_met_a_fault_is_acknowledged_and_kept_sealed(put_aside: House) -> None:
    assert put_aside.count("inbox", "contacts") == [1, 0]
    home = Path(put_aside.settings.database_url).parent
    for path in (path for path in home.rglob("*") if path.is_file()):
        content = path.read_bytes()
        assert SECRET_WORDS.encode() not in content
        assert AMARA.encode() not in content


def test_the_log_says_that_it_was_put_aside_and_not_what_it_said(put_aside: House) -> None:
    (event,) = [json.loads(line) for line in put_aside.events]
    assert (event["event"], event["channel"], event["fault"]) == ("put_aside", "sms", "RuntimeError")
    assert SECRET_WORDS not in str(put_aside.events)


def test_the_worker_answers_it_later(put_aside: House, provider: Provider) -> None:
    worker_of(put_aside, provider).reconcile()
    assert provider.sent == [(Channel.SMS, Address(AMARA, OURS), f"{SAFE}\n1 It is safe\n2 Not safe")]
    assert put_aside.count("inbox", "contacts") == [0, 1]


def test_the_worker_answers_it_once(put_aside: House, provider: Provider) -> None:
    for _ in range(3):
        worker_of(put_aside, provider).reconcile()
    assert len(provider.sent) == 1


def test_the_talk_goes_on_where_the_worker_left_it(put_aside: House, provider: Provider) -> None:
    worker_of(put_aside, provider).reconcile()
    assert "Are you in danger now?" in from_twilio(put_aside, sms("1", 2)).text


def test_a_telegram_message_is_put_aside_and_answered_the_same_way(
    house: House, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr("bots.turns.receive", breaks)
        response = from_telegram(house, update("Hello, I need help"))
    assert (response.status_code, response.text) == (200, "{}")
    worker_of(house, provider).reconcile()
    ((channel, address, text),) = provider.sent
    assert (channel, address.caller) == (Channel.TELEGRAM, "700000001")
    assert text.startswith(SAFE)


def test_a_message_that_keeps_failing_is_kept_and_holds_nobody_else_up(
    put_aside: House, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr("hotline.desk.gather.receive", breaks)
        worker_of(put_aside, provider).reconcile()
        broken.setattr("bots.turns.receive", breaks)
        from_twilio(put_aside, sms("Hello, I need help", 2, sender=BOGDAN))
    assert (put_aside.count("inbox"), provider.sent) == ([2], [])
    worker_of(put_aside, provider).reconcile()
    assert [address.caller for _, address, _ in provider.sent] == [BOGDAN]
    worker_of(put_aside, provider, later=120).reconcile()
    assert [address.caller for _, address, _ in provider.sent] == [BOGDAN, AMARA]
    assert put_aside.count("inbox") == [0]


def test_a_message_whose_key_is_gone_holds_nobody_else_up(
    put_aside: House, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_aside.office.desk.ring.destroy()
    with monkeypatch.context() as broken:
        broken.setattr("bots.turns.receive", breaks)
        from_twilio(put_aside, sms("Hello, I need help", 2, sender=BOGDAN))
    for _ in range(3):
        worker_of(put_aside, provider).reconcile()
    assert [address.caller for _, address, _ in provider.sent] == [BOGDAN]


def no_writer(*_: object) -> Future[Any]:
    done: Future[Any] = Future()
    done.set_exception(StoreUnavailable("OperationalError"))
    return done


Break = Callable[[House], Swapped]
BREAKS: dict[str, Break] = {
    "the database does not take it": lambda house: Swapped(house.office.writer, "submit", no_writer),
    "the disk is nearly full": lambda house: Swapped(house.office, "room_left", lambda: False),
}


@pytest.mark.parametrize("break_it", BREAKS.values(), ids=list(BREAKS))
def test_nothing_is_acknowledged_that_cannot_be_stored(house: House, break_it: Break) -> None:
    form, body = sms("Hello, I need help"), update("Hello, I need help")
    with break_it(house):
        headers = {"Content-Type": FORM, "X-Twilio-Signature": signature(form)}
        by_sms = house.browser().request("POST", TWILIO, content=urlencode(form).encode(), headers=headers)
        house._provider.request("GET", "/healthz")
        by_telegram = house.browser().request(
            "POST",
            "/webhooks/telegram",
            json=body,
            headers={"X-Telegram-Bot-Api-Secret-Token": house.settings.telegram_secret},
        )
    for response in (by_sms, by_telegram):
        assert (response.status_code, response.text) == (503, NOT_STORED)
        assert response.headers["retry-after"] == "5"
    assert house.nothing_stored
    assert events(house) == ["store_unavailable"] * 2


@pytest.mark.parametrize("break_it", BREAKS.values(), ids=list(BREAKS))
def test_the_web_chat_says_so_on_its_page(house: House, break_it: Break) -> None:
    with break_it(house):
        response = house.browser().post("/en/chat", {"do": "begin"})
    assert response.status_code == 503
    assert response.headers["retry-after"] == "5"
    assert "<h1>We cannot take messages right now</h1>" in response.text
    assert "Please try again in a few minutes. In danger, call 112." in response.text
    assert house.nothing_stored


@pytest.mark.parametrize("break_it", BREAKS.values(), ids=list(BREAKS))
def test_the_providers_repeat_is_answered_once_the_store_is_back(house: House, break_it: Break) -> None:
    form = sms("Hello, I need help")
    with break_it(house):
        body, headers = urlencode(form).encode(), {"Content-Type": FORM, "X-Twilio-Signature": signature(form)}
        assert house.browser().request("POST", TWILIO, content=body, headers=headers).status_code == 503
    assert SAFE in from_twilio(house, form).text


def test_if_not_even_the_inbox_takes_it_nothing_is_acknowledged(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    def unavailable(*_: object) -> None:
        raise StoreUnavailable("disk full")

    monkeypatch.setattr("bots.turns.receive", breaks)
    monkeypatch.setattr("hotline.store.boxes.Inbox.add", unavailable)
    response = from_twilio(house, sms("Hello"))
    assert (response.status_code, response.text) == (503, NOT_STORED)
    assert house.nothing_stored


def post_to_a_dead_line(house: House) -> None:
    """A genuine post whose answer cannot be sent any more."""
    form = sms("Hello, I need help")
    body = urlencode(form).encode()
    headers = [(b"content-type", FORM.encode()), (b"x-twilio-signature", signature(form).encode())]
    scope = {"type": "http", "method": "POST", "path": TWILIO, "query_string": b"", "headers": headers}

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body}

    async def send(_: object) -> None:
        raise OSError("gone")

    with pytest.raises(OSError, match="gone"):
        house.runner.run(house.app({**scope, "server": ("hotline.example", 443), "scheme": "https"}, receive, send))  # type: ignore[arg-type]


def test_an_answer_that_could_not_leave_is_given_to_the_repeat(house: House) -> None:
    post_to_a_dead_line(house)
    assert SAFE in from_twilio(house, sms("Hello, I need help")).text
    assert from_twilio(house, sms("Hello, I need help")).text == EMPTY


def test_two_posts_of_one_message_at_once_are_answered_once(house: House) -> None:
    form = sms("Hello, I need help")
    headers = {"Content-Type": FORM, "X-Twilio-Signature": signature(form)}
    client = house.browser().client

    async def both() -> list[str]:
        posts = (client.post(TWILIO, content=urlencode(form).encode(), headers=headers) for _ in range(8))
        return [response.text for response in await asyncio.gather(*posts)]

    answers = house.runner.run(both())
    assert sorted(answers, key=len)[:-1] == [EMPTY] * 7
    assert SAFE in max(answers, key=len)


def test_after_one_failure_to_note_that_a_reply_left_the_next_ones_are_noted(house: House) -> None:
    with Swapped(house.office.writer, "submit", no_writer):
        reply_left(house.office, b"first")
    from_twilio(house, sms("Hello, I need help"))
    contact = Caller(house.office).open_contact(time())
    with house.office.engine.connect() as connection:
        left = connection.exec_driver_sql("SELECT reply_to FROM contacts WHERE id = ?", (contact.id,)).scalar_one()
    assert left is None


def test_marks_never_hold_more_threads_than_two_and_every_message_is_answered(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    began, over = [], threading.Event()

    def hangs(_bot: object, incoming: Incoming) -> None:
        began.append(incoming.id)
        over.wait(10)

    monkeypatch.setattr("bots.telegram.Telegram.acknowledge", hangs)
    try:
        for number in range(1, 7):
            answered = from_telegram(house, update("Hello", number, chat=700_000_000 + number))
            assert "Is it safe" in answered.text
        assert len(began) == MARKS_AT_ONCE == 2
    finally:
        over.set()
