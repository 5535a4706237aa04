"""The simulated Telegram's Bot API, asked by python-telegram-bot's own Bot."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
import requests
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup
from telegram.error import BadRequest, Forbidden, InvalidToken, NetworkError, RetryAfter, TelegramError, TimedOut

from bots.loopback.faults import Kind
from bots.loopback.telegram import Button, Delivery, Telegram
from tests.loopback_help import Clock, Server, Webhook
from tests.loopback_telegram_help import AMARA, BOGDAN, TOKEN, a_telegram, ask, texts, write


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with Server() as running:
        yield running


@pytest.fixture(autouse=True)
def _durations_as_the_library_will_give_them(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without it python-telegram-bot warns of every RetryAfter, and a warning is an error here."""
    monkeypatch.setenv("PTB_TIMEDELTA", "true")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def webhook() -> Webhook:
    return Webhook()


@pytest.fixture
def telegram(server: Server, clock: Clock, webhook: Webhook) -> Telegram:
    return a_telegram(server, clock, webhook)


def test_the_bot_knows_itself(server: Server, telegram: Telegram) -> None:
    me = ask(server, lambda bot: bot.get_me())
    assert (me.id, me.is_bot, me.username) == (123456, True, "loopback_bot")


def test_a_message_with_buttons_reaches_the_chat(server: Server, telegram: Telegram, clock: Clock) -> None:
    markup = InlineKeyboardMarkup(
        [[InlineKeyboardButton("Yes", callback_data="yes"), InlineKeyboardButton("Read", url="https://example.org/")]]
    )
    sent = ask(server, lambda bot: bot.send_message(AMARA, "Are you safe? /stop", reply_markup=markup))
    assert (sent.chat.id, sent.text, sent.entities[0].type) == (AMARA, "Are you safe? /stop", "bot_command")
    assert sent.reply_markup == markup
    (entry,) = telegram.thread(AMARA)
    assert entry.buttons == ((Button("Yes", data="yes"), Button("Read", url="https://example.org/")),)
    assert (entry.who, entry.at, entry.message_id, entry.deleted) == ("hotline", clock.now, sent.message_id, False)
    assert telegram.sent == [entry]


@pytest.mark.parametrize(
    ("chat_id", "text", "error"),
    [
        (AMARA, "", "Message text is empty"),
        (AMARA, "x" * 4097, "Message is too long"),
        (BOGDAN, "first!", "Chat not found"),
    ],
)
def test_what_telegram_refuses(server: Server, telegram: Telegram, chat_id: int, text: str, error: str) -> None:
    with pytest.raises(BadRequest, match=f"^{error}$"):
        ask(server, lambda bot: bot.send_message(chat_id, text))
    assert telegram.sent == []


def test_button_data_over_64_bytes_is_refused(server: Server, telegram: Telegram) -> None:
    markup = InlineKeyboardMarkup.from_button(InlineKeyboardButton("Yes", callback_data="ж" * 33))
    with pytest.raises(BadRequest, match=r"^Button_data_invalid$"):
        ask(server, lambda bot: bot.send_message(AMARA, "Hello", reply_markup=markup))


def test_a_blocked_bot_is_forbidden(server: Server, telegram: Telegram) -> None:
    telegram.blocked.add(AMARA)
    with pytest.raises(Forbidden, match=r"^Forbidden: bot was blocked by the user$"):
        ask(server, lambda bot: bot.send_message(AMARA, "Hello"))


def test_a_wrong_token_is_unauthorized(server: Server, telegram: Telegram) -> None:
    with pytest.raises(InvalidToken):
        ask(server, lambda bot: bot.send_message(AMARA, "Hello"), token="123456:other")
    answer = requests.get(f"{server.url}/bot1:x/getMe", timeout=5)
    assert (answer.status_code, answer.json()) == (
        401,
        {"ok": False, "error_code": 401, "description": "Unauthorized"},
    )


@pytest.mark.parametrize("path", [f"/bot{TOKEN}/sendPoll", "/elsewhere"])
def test_an_unknown_method_is_not_found(server: Server, telegram: Telegram, path: str) -> None:
    answer = requests.post(server.url + path, timeout=5)
    assert (answer.status_code, answer.json()) == (404, {"ok": False, "error_code": 404, "description": "Not Found"})


@pytest.mark.parametrize(
    "body",
    [
        {"json": {"chat_id": AMARA, "text": "one"}},
        {"data": {"chat_id": AMARA, "text": "one"}},
        {"params": {"chat_id": AMARA, "text": "one"}},
        {"files": {"chat_id": (None, str(AMARA)), "text": (None, "one")}},
    ],
)
def test_json_form_and_address_are_understood_alike(server: Server, telegram: Telegram, body: dict[str, Any]) -> None:
    answer = requests.post(f"{server.url}/bot{TOKEN}/sendmessage", timeout=5, **body).json()
    assert answer["ok"] is True
    assert texts(telegram, AMARA) == [("hotline", "one")]


def test_broken_json_is_a_bad_request(server: Server, telegram: Telegram) -> None:
    url, kind = f"{server.url}/bot{TOKEN}/sendMessage", {"Content-Type": "application/json"}
    assert requests.post(url, data=b"{", headers=kind, timeout=5).json()["error_code"] == 400
    assert requests.post(url, data={"chat_id": AMARA, "text": "x", "reply_markup": "{"}, timeout=5).status_code == 400


def test_a_burst_passes_then_one_message_a_second(server: Server, telegram: Telegram, clock: Clock) -> None:
    telegram.meet(BOGDAN)

    async def flood(bot: Bot) -> None:
        for number in range(5):
            await bot.send_message(AMARA, f"message {number}")
        with pytest.raises(RetryAfter) as caught:
            await bot.send_message(AMARA, "one too many")
        assert caught.value.retry_after == timedelta(seconds=1)
        await bot.send_message(BOGDAN, "another chat")
        clock.move(1)
        await bot.send_message(AMARA, "again")
        with pytest.raises(RetryAfter):
            await bot.send_message(AMARA, "one too many")
        clock.move(60)
        for number in range(5):
            await bot.send_message(AMARA, f"message {number}")

    ask(server, flood)
    assert len(telegram.sent) == 12


def test_without_pace_nothing_is_held_up(server: Server, clock: Clock) -> None:
    telegram = Telegram(TOKEN, webhook_url=None, webhook_secret=None, clock=clock, pace=0)
    telegram.meet(AMARA)
    server.app = telegram.app

    async def flood(bot: Bot) -> None:
        for number in range(20):
            await bot.send_message(AMARA, f"message {number}")

    ask(server, flood)
    assert len(telegram.sent) == 20


def test_both_sides_of_a_chat_can_be_deleted_for_48_hours(server: Server, telegram: Telegram, clock: Clock) -> None:
    theirs = write(telegram, AMARA, "my name is Amara").message_id
    assert theirs is not None
    ours = ask(server, lambda bot: bot.send_message(AMARA, "Hello")).message_id
    late = ask(server, lambda bot: bot.send_message(AMARA, "Still here")).message_id
    assert ask(server, lambda bot: bot.delete_message(AMARA, theirs))
    assert ask(server, lambda bot: bot.delete_messages(AMARA, [theirs, ours, 999]))
    with pytest.raises(BadRequest, match=r"^Message to delete not found$"):
        ask(server, lambda bot: bot.delete_message(AMARA, ours))
    clock.move(48 * 3600)
    with pytest.raises(BadRequest, match=r"^Message can't be deleted for everyone$"):
        ask(server, lambda bot: bot.delete_message(AMARA, late))
    young = ask(server, lambda bot: bot.send_message(AMARA, "Good morning")).message_id
    with pytest.raises(BadRequest, match=r"^Message can't be deleted for everyone$"):
        ask(server, lambda bot: bot.delete_messages(AMARA, [late, young]))
    assert [entry.deleted for entry in telegram.thread(AMARA)] == [True, True, False, False]
    assert telegram.deleted == [(AMARA, theirs), (AMARA, ours)]


def test_only_the_bots_own_messages_can_be_edited(server: Server, telegram: Telegram) -> None:
    theirs = write(telegram, AMARA, "hello").message_id
    ours = ask(server, lambda bot: bot.send_message(AMARA, "Are you safe?")).message_id
    button = InlineKeyboardMarkup.from_button(InlineKeyboardButton("Yes", callback_data="yes"))
    ask(server, lambda bot: bot.edit_message_text("Are you alone?", AMARA, ours, reply_markup=button))
    assert [(entry.text, len(entry.buttons), entry.edited) for entry in telegram.thread(AMARA)] == [
        ("hello", 0, False),
        ("Are you alone?", 1, True),
    ]
    ask(server, lambda bot: bot.edit_message_reply_markup(AMARA, ours))
    assert telegram.thread(AMARA)[1].buttons == ()
    with pytest.raises(BadRequest, match=r"^Message is not modified: "):
        ask(server, lambda bot: bot.edit_message_text("Are you alone?", AMARA, ours))
    with pytest.raises(BadRequest, match=r"^Message can't be edited$"):
        ask(server, lambda bot: bot.edit_message_text("other words", AMARA, theirs))
    with pytest.raises(BadRequest, match=r"^Message to edit not found$"):
        ask(server, lambda bot: bot.edit_message_text("other words", AMARA, 999))
    assert [entry.text for entry in telegram.sent] == ["Are you safe?"]


def test_a_webhook_is_set_described_and_removed(server: Server, telegram: Telegram, webhook: Webhook) -> None:
    url = "https://hotline.example/new"
    assert ask(server, lambda bot: bot.set_webhook(url, secret_token="other", allowed_updates=["message"]))
    write(telegram, AMARA, "hello")
    assert (webhook.posts[-1].url, webhook.posts[-1].headers["x-telegram-bot-api-secret-token"]) == (url, "other")
    assert asyncio.run(telegram.press(AMARA, 1, "yes")) == Delivery(False, None, 0, (), telegram._update_id, 1)
    about = ask(server, lambda bot: bot.get_webhook_info())
    assert (about.url, about.pending_update_count, about.allowed_updates) == (url, 0, ("message",))
    assert ask(server, lambda bot: bot.delete_webhook())
    assert ask(server, lambda bot: bot.get_webhook_info()).url == ""
    with pytest.raises(BadRequest, match=r"^Secret token contains unallowed characters$"):
        ask(server, lambda bot: bot.set_webhook(url, secret_token="no spaces"))


def test_chat_actions_are_the_known_ones(server: Server, telegram: Telegram) -> None:
    assert ask(server, lambda bot: bot.send_chat_action(AMARA, "typing"))
    with pytest.raises(BadRequest, match=r"^Wrong parameter action in request$"):
        ask(server, lambda bot: bot.send_chat_action(AMARA, "dancing"))


# --- faults of the Bot API


def test_too_many_says_how_long_to_wait_and_sends_nothing(server: Server, telegram: Telegram) -> None:
    telegram.faults.schedule(Kind.TOO_MANY, retry_after=3)
    with pytest.raises(RetryAfter) as caught:
        ask(server, lambda bot: bot.send_message(AMARA, "Hello"))
    assert caught.value.retry_after == timedelta(seconds=3)
    assert telegram.sent == []


@pytest.mark.parametrize("operation", ["send", "delete", "edit", "answer", "other"])
def test_a_server_error_does_nothing(server: Server, telegram: Telegram, operation: str) -> None:
    ours = ask(server, lambda bot: bot.send_message(AMARA, "Hello")).message_id
    telegram.faults.schedule(Kind.SERVER_ERROR, operation=operation)
    questions: dict[str, Callable[[Bot], Awaitable[object]]] = {
        "send": lambda bot: bot.send_message(AMARA, "again"),
        "delete": lambda bot: bot.delete_message(AMARA, ours),
        "edit": lambda bot: bot.edit_message_text("changed", AMARA, ours),
        "answer": lambda bot: bot.answer_callback_query("1"),
        "other": lambda bot: bot.get_me(),
    }
    with pytest.raises(NetworkError, match="Bad Gateway"):
        ask(server, questions[operation])
    assert [(entry.text, entry.deleted) for entry in telegram.thread(AMARA)] == [("Hello", False)]


@pytest.mark.parametrize(("kind", "arrived"), [(Kind.TIMEOUT_AFTER_ACCEPT, 1), (Kind.NO_ANSWER, 0)])
def test_a_timeout_may_or_may_not_have_sent(server: Server, telegram: Telegram, kind: Kind, arrived: int) -> None:
    telegram.faults.schedule(kind)
    with pytest.raises(TimedOut):
        ask(server, lambda bot: bot.send_message(AMARA, "did this arrive?"), timeout=0.15)
    assert len(telegram.sent) == arrived


def test_every_error_of_the_bot_is_the_librarys_own(server: Server, telegram: Telegram) -> None:
    with pytest.raises(TelegramError, match=r"^Too many messages to delete$"):
        ask(server, lambda bot: bot.delete_messages(AMARA, list(range(101))))
