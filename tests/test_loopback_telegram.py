"""The simulated Telegram, asked by python-telegram-bot's own Bot: Amara and Bogdan write, the hotline answers."""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import Awaitable, Callable, Iterator
from datetime import timedelta
from typing import Any, TypeVar

import pytest
import requests
from starlette.responses import JSONResponse, Response
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup, Update
from telegram.error import BadRequest, Forbidden, InvalidToken, NetworkError, RetryAfter, TelegramError, TimedOut
from telegram.request import HTTPXRequest

from bots.loopback.faults import Faults, Kind
from bots.loopback.telegram import Button, Delivery, Telegram
from tests.loopback_help import WEBHOOK, Clock, Server, Webhook

TOKEN, SECRET = "123456:a-token", "a_secret-Word"
AMARA, BOGDAN = 7001, 7002
TRUST = ssl.create_default_context()  # once: it is what a new client spends its time on


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
    made = Telegram(
        TOKEN, webhook_url=WEBHOOK, webhook_secret=SECRET, clock=clock, client_factory=webhook.client,
        faults=Faults(patience=5.0), retry_wait=0.001,
    )  # fmt: skip
    made.meet(AMARA)
    server.app = made.app
    return made


T = TypeVar("T")


def ask(server: Server, question: Callable[[Bot], Awaitable[T]], *, token: str = TOKEN, timeout: float = 5.0) -> T:
    """What the real Bot makes of the answer."""

    async def run() -> T:
        transport = HTTPXRequest(read_timeout=timeout, httpx_kwargs={"verify": TRUST})
        async with transport:
            bot = Bot(token, base_url=f"{server.url}/bot", request=transport, get_updates_request=transport)
            return await question(bot)

    return asyncio.run(run())


def write(telegram: Telegram, chat_id: int, text: str, **more: Any) -> Delivery:
    return asyncio.run(telegram.write(chat_id, text, **more))


def update_of(webhook: Webhook, place: int = -1) -> dict[str, Any]:
    update = json.loads(webhook.posts[place].body)
    assert isinstance(update, dict)
    return update


def texts(telegram: Telegram, chat_id: int) -> list[tuple[str, str]]:
    return [(entry.who, entry.text) for entry in telegram.thread(chat_id)]


def says(method: str, **params: Any) -> JSONResponse:
    return JSONResponse({"method": method, **params})


# --- the Bot API


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
    assert ask(server, lambda bot: bot.delete_messages(AMARA, [late]))
    assert [entry.deleted for entry in telegram.thread(AMARA)] == [True, True, False]
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


# --- the person's side


def test_a_message_is_posted_with_the_secret_and_read_by_the_real_library(
    telegram: Telegram, webhook: Webhook, clock: Clock
) -> None:
    delivery = write(telegram, AMARA, "Salut 👋 /help", language_code="ro")
    assert webhook.posts[0].url == WEBHOOK
    assert webhook.posts[0].headers["x-telegram-bot-api-secret-token"] == SECRET
    update = Update.de_json(update_of(webhook), None)
    assert update.message is not None
    assert update.message.from_user is not None
    assert (update.message.chat.id, update.message.chat.type) == (AMARA, "private")
    assert update.message.text == "Salut 👋 /help"
    assert (update.message.from_user.id, update.message.from_user.language_code) == (AMARA, "ro")
    assert update.message.date.timestamp() == int(clock.now)
    assert update.message.parse_entities() == {update.message.entities[0]: "/help"}
    assert delivery == Delivery(True, 200, 1, (), update.update_id, update.message.message_id)


def test_updates_are_numbered_upwards(telegram: Telegram, webhook: Webhook) -> None:
    for text in ("one", "two", "three"):
        write(telegram, AMARA, text)
    first = update_of(webhook, 0)["update_id"]
    assert [update_of(webhook, place)["update_id"] for place in range(3)] == [first, first + 1, first + 2]


def test_a_link_with_a_payload_starts_the_bot(telegram: Telegram, webhook: Webhook) -> None:
    write(telegram, AMARA, "", start="job-offers")
    message = update_of(webhook)["message"]
    assert message["text"] == "/start job-offers"
    assert message["entities"] == [{"type": "bot_command", "offset": 0, "length": 6}]
    write(telegram, AMARA, "", start="")
    assert update_of(webhook)["message"]["text"] == "/start"


def test_stickers_pictures_forwards_groups_and_edits(telegram: Telegram, webhook: Webhook, clock: Clock) -> None:
    write(telegram, AMARA, "", sticker=True)
    write(telegram, AMARA, "my contract", photo=True)
    write(telegram, AMARA, "Earn 5000 a week!", forward=True)
    write(telegram, -100200, "hello all", chat_type="supergroup")
    messages = [update_of(webhook, place)["message"] for place in range(4)]
    assert "text" not in messages[0]
    assert "sticker" in messages[0]
    assert (messages[1]["caption"], len(messages[1]["photo"])) == ("my contract", 2)
    assert messages[2]["forward_origin"]["type"] == "hidden_user"
    assert messages[3]["chat"] == {"id": -100200, "type": "supergroup", "title": "Group"}
    assert messages[3]["from"]["id"] == 100200
    clock.move(5)
    write(telegram, AMARA, "Earn 50 a week", edit_of=messages[2]["message_id"])
    edited = update_of(webhook)["edited_message"]
    assert (edited["text"], edited["edit_date"] - edited["date"]) == ("Earn 50 a week", 5)
    assert texts(telegram, AMARA)[-1] == ("person", "Earn 50 a week")
    with pytest.raises(ValueError, match=r"^chat 7001 has no message 999 of the person's own$"):
        write(telegram, AMARA, "x", edit_of=999)


def test_a_pressed_button_is_answered_once(server: Server, telegram: Telegram, webhook: Webhook) -> None:
    button = InlineKeyboardMarkup.from_button(InlineKeyboardButton("Yes", callback_data="yes"))
    sent = ask(server, lambda bot: bot.send_message(AMARA, "Safe?", reply_markup=button))
    delivery = asyncio.run(telegram.press(AMARA, sent.message_id, "yes"))
    update = Update.de_json(update_of(webhook), None)
    query = update.callback_query
    assert query is not None
    assert query.message is not None
    assert (query.data, query.message.message_id, delivery.acknowledged) == ("yes", sent.message_id, True)
    assert query.message.is_accessible
    assert ask(server, lambda bot: bot.answer_callback_query(query.id, "Thank you"))
    assert telegram.answered == {query.id: "Thank you"}
    for name in (query.id, "1"):
        with pytest.raises(BadRequest, match=r"^Query is too old "):
            ask(server, lambda bot, name=name: bot.answer_callback_query(name))  # type: ignore[misc]


def test_a_button_of_a_deleted_message_comes_from_an_inaccessible_one(telegram: Telegram, webhook: Webhook) -> None:
    asyncio.run(telegram.press(AMARA, 55, "yes"))
    assert update_of(webhook)["callback_query"]["message"]["date"] == 0


def test_a_webhook_answer_is_done(telegram: Telegram, webhook: Webhook) -> None:
    markup = {"inline_keyboard": [[{"text": "Yes", "callback_data": "yes"}]]}
    webhook.answers.append(says("sendMessage", chat_id=AMARA, text="Are you safe?", reply_markup=markup))
    assert write(telegram, AMARA, "hello").replies == ("Are you safe?",)
    assert telegram.thread(AMARA)[-1].buttons == ((Button("Yes", data="yes"),),)
    webhook.answers.append(says("deleteMessage", chat_id=AMARA, message_id=1))
    assert write(telegram, AMARA, "delete what I wrote").replies == ()
    assert telegram.deleted == [(AMARA, 1)]


def test_a_webhook_answer_to_a_press_shows_a_notice(telegram: Telegram, webhook: Webhook) -> None:
    class Echo(Response):
        async def __call__(self, *args: Any) -> None:
            name = update_of(webhook)["callback_query"]["id"]
            await says("answerCallbackQuery", callback_query_id=name, text="Thank you")(*args)

    webhook.answers.append(Echo())
    asyncio.run(telegram.press(AMARA, 1, "yes"))
    assert list(telegram.answered.values()) == ["Thank you"]


def test_a_failing_webhook_answer_is_not_reported_to_the_bot(telegram: Telegram, webhook: Webhook) -> None:
    webhook.answers.append(says("sendMessage", chat_id=AMARA, text=""))
    delivery = write(telegram, AMARA, "hello")
    assert (delivery.acknowledged, delivery.replies) == (True, ())
    assert telegram.refused == [("sendMessage", "Bad Request: message text is empty")]
    for answer in (Response("ok"), JSONResponse([1]), JSONResponse({"method": 5}), JSONResponse({"text": "x"})):
        webhook.answers.append(answer)
        assert write(telegram, AMARA, "hello").replies == ()


def test_a_failing_webhook_gets_the_same_update_again(telegram: Telegram, webhook: Webhook) -> None:
    webhook.fail(1, 404)
    webhook.break_off()
    delivery = write(telegram, AMARA, "hello")
    assert (delivery.acknowledged, delivery.attempts) == (True, 3)
    assert len({post.body for post in webhook.posts}) == 1


def test_nothing_newer_overtakes_an_undelivered_update(server: Server, telegram: Telegram, webhook: Webhook) -> None:
    webhook.fail(3)
    first = write(telegram, AMARA, "first", retries=1)
    second = write(telegram, BOGDAN, "second", retries=0)
    assert (first.acknowledged, first.status, first.attempts) == (False, 500, 2)
    assert (second.acknowledged, second.status, second.attempts) == (False, None, 0)
    assert [update["message"]["text"] for update in telegram.undelivered] == ["first", "second"]
    about = ask(server, lambda bot: bot.get_webhook_info())
    assert (about.pending_update_count, about.last_error_message) == (2, "Wrong response from the webhook: 500")
    assert [delivery.acknowledged for delivery in asyncio.run(telegram.redeliver())] == [True, True]
    assert telegram.undelivered == []
    assert [update_of(webhook, place)["message"]["text"] for place in range(-2, 0)] == ["first", "second"]


def test_pending_updates_can_be_dropped(server: Server, telegram: Telegram, webhook: Webhook) -> None:
    webhook.fail(1)
    write(telegram, AMARA, "lost", retries=0)
    assert ask(server, lambda bot: bot.delete_webhook(drop_pending_updates=True))
    assert telegram.undelivered == []


def test_updates_wait_until_a_webhook_is_set(telegram: Telegram, webhook: Webhook) -> None:
    telegram.webhook_url = None
    assert write(telegram, AMARA, "first").attempts == 0
    telegram.webhook_url = WEBHOOK
    write(telegram, AMARA, "second")
    assert [update_of(webhook, place)["message"]["text"] for place in (0, 1)] == ["first", "second"]


def test_people_who_write_at_once_are_delivered_in_order(telegram: Telegram, webhook: Webhook) -> None:
    async def everybody() -> list[Delivery]:
        return await asyncio.gather(*(telegram.write(8000 + number, "hello") for number in range(5)))

    webhook.fail(1)
    deliveries = asyncio.run(everybody())
    assert all(delivery.acknowledged for delivery in deliveries)
    numbers = [update_of(webhook, place)["update_id"] for place in range(6)]
    assert numbers == sorted(numbers)


def test_a_duplicate_delivers_twice(telegram: Telegram, webhook: Webhook) -> None:
    telegram.faults.schedule(Kind.DUPLICATE, operation="webhook")
    assert write(telegram, AMARA, "hello").attempts == 2
    assert webhook.posts[0].body == webhook.posts[1].body


def test_a_reorder_swaps_two_updates(telegram: Telegram, webhook: Webhook) -> None:
    telegram.faults.schedule(Kind.REORDER, operation="webhook", times=1)
    assert not write(telegram, AMARA, "first").acknowledged
    assert [update["message"]["text"] for update in telegram.undelivered] == ["first"]
    write(telegram, AMARA, "second")
    assert [update_of(webhook, place)["message"]["text"] for place in (0, 1)] == ["second", "first"]
    telegram.faults.schedule(Kind.REORDER, operation="webhook")
    write(telegram, AMARA, "third")
    assert [delivery.acknowledged for delivery in asyncio.run(telegram.redeliver())] == [True]


def test_a_lost_acknowledgement_brings_the_update_again(telegram: Telegram, webhook: Webhook) -> None:
    telegram.faults.schedule(Kind.TIMEOUT_AFTER_ACCEPT, operation="webhook")
    delivery = write(telegram, AMARA, "hello")
    assert (delivery.acknowledged, delivery.attempts, len(webhook.posts)) == (True, 2, 2)


def test_a_webhook_over_the_network_is_heard(server: Server, webhook: Webhook) -> None:
    server.app = webhook
    real = Telegram(TOKEN, webhook_url=f"{server.url}/webhooks/telegram", webhook_secret=None, retry_wait=0.001)
    webhook.answers.append(says("sendMessage", chat_id=AMARA, text="hello yourself"))
    assert write(real, AMARA, "hello").replies == ("hello yourself",)
    assert "x-telegram-bot-api-secret-token" not in webhook.posts[0].headers
    real.webhook_url = "http://127.0.0.1:9/"
    assert write(real, AMARA, "hello", retries=0).status is None


def test_every_error_of_the_bot_is_the_librarys_own(server: Server, telegram: Telegram) -> None:
    with pytest.raises(TelegramError, match=r"^Too many messages to delete$"):
        ask(server, lambda bot: bot.delete_messages(AMARA, list(range(101))))
