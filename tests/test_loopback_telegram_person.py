"""Amara and Bogdan write to the simulated Telegram, which tells the hotline."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from starlette.responses import JSONResponse, Response
from telegram import InlineKeyboardButton, InlineKeyboardMarkup, Update
from telegram.error import BadRequest

from bots.loopback.faults import Kind
from bots.loopback.telegram import Button, Delivery, Telegram
from tests.loopback_help import WEBHOOK, Clock, Server, Webhook
from tests.loopback_telegram_help import AMARA, BOGDAN, SECRET, TOKEN, a_telegram, ask, says, texts, update_of, write


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


# --- a webhook that fails


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
