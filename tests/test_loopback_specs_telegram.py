"""The simulated Telegram held against Telegram's own description of the Bot API."""

from __future__ import annotations

import asyncio
import json

import pytest

from bots.loopback.telegram import Telegram
from bots.loopback.telegram_methods import METHODS, Refusal
from tests.loopback_help import WEBHOOK, Clock, Webhook
from tests.loopback_specs_help import Spec, Spy, spec

PLAIN: dict[str, type] = {"Integer": int, "String": str, "Boolean": bool}


@pytest.fixture(scope="module")
def bot_api() -> Spec:
    return spec("telegram_bot_api.json")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def webhook() -> Webhook:
    return Webhook()


@pytest.fixture
def telegram(clock: Clock, webhook: Webhook) -> Telegram:
    return Telegram(
        "123456:token", webhook_url=WEBHOOK, webhook_secret="secret", clock=clock, client_factory=webhook.client,
        retry_wait=0.001, pace=0,
    )  # fmt: skip


def closest(tries: list[list[str]]) -> list[str]:
    """The complaints of the alternative that fits best."""
    return sorted(tries, key=lambda strays: len(strays))[0]


def strays_of(bot_api: Spec, kind: str, value: object, where: str) -> list[str]:
    """Every way in which a value is not what the Bot API calls `kind`."""
    if kind.startswith("Array of "):
        if not isinstance(value, list):
            return [f"{where} is not a list"]
        inner = kind.removeprefix("Array of ")
        return [one for place, item in enumerate(value) for one in strays_of(bot_api, inner, item, f"{where}[{place}]")]
    if kind in PLAIN:
        return [] if type(value) is PLAIN[kind] else [f"{where} is {type(value).__name__}, not {kind}"]
    described = bot_api["types"][kind]
    if "fields" not in described:
        tries = [strays_of(bot_api, one, value, where) for one in described["subtypes"]]
        return closest(tries)
    if not isinstance(value, dict):
        return [f"{where} is not a {kind}"]
    fields = {field["name"]: field for field in described["fields"]}
    strays = [f"{where}.{name} is unknown to {kind}" for name in value if name not in fields]
    strays += [
        f"{where}.{name} is missing" for name, field in fields.items() if field["required"] and name not in value
    ]
    for name in set(fields) & set(value):
        tries = [strays_of(bot_api, one, value[name], f"{where}.{name}") for one in fields[name]["types"]]
        strays += closest(tries)
    return strays


def everything_a_person_does(telegram: Telegram) -> None:
    async def talk() -> None:
        first = await telegram.write(7, "hello /help", language_code="ro")
        await telegram.write(7, "", start="payload")
        await telegram.write(7, "", sticker=True)
        await telegram.write(7, "mine", photo=True)
        await telegram.write(7, "an offer", forward=True)
        await telegram.write(7, "hello again", edit_of=first.message_id)
        await telegram.write(-100, "all of you", chat_type="supergroup")
        markup = {
            "inline_keyboard": [[{"text": "Yes", "callback_data": "yes"}, {"text": "Go", "url": "https://x.org"}]]
        }
        telegram._methods.call("sendMessage", {"chat_id": 7, "text": "Safe?", "reply_markup": markup})
        place = telegram.thread(7)[-1].message_id
        await telegram.press(7, place, "yes")
        telegram._methods.call("editMessageText", {"chat_id": 7, "message_id": place, "text": "Safe now? /no"})
        await telegram.press(7, place, "yes")
        await telegram.press(7, 999, "yes")

    asyncio.run(talk())


def test_every_update_is_an_update(bot_api: Spec, telegram: Telegram, webhook: Webhook) -> None:
    everything_a_person_does(telegram)
    updates = [json.loads(post.body) for post in webhook.posts]
    assert len(updates) == 10
    for update in updates:
        assert len(update) == 2
        assert strays_of(bot_api, "Update", update, "update") == []


def test_every_result_is_what_the_method_promises(bot_api: Spec, telegram: Telegram) -> None:
    telegram.meet(7)
    telegram._methods.queries["1"] = None
    message = {"chat_id": 7, "message_id": 1}
    asked: list[tuple[str, Spec]] = [
        ("getMe", {}),
        ("setWebhook", {"url": WEBHOOK, "allowed_updates": ["message"], "secret_token": "x"}),
        ("getWebhookInfo", {}),
        ("deleteWebhook", {}),
        ("setMyCommands", {"commands": "[]"}),
        ("sendMessage", {"chat_id": 7, "text": "Hello"}),
        ("editMessageText", {**message, "text": "Hello, you"}),
        ("editMessageReplyMarkup", {**message, "reply_markup": '{"inline_keyboard": [[{"text": "A", "url": "x"}]]}'}),
        ("sendChatAction", {"chat_id": 7, "action": "typing"}),
        ("answerCallbackQuery", {"callback_query_id": "1"}),
        ("deleteMessages", {"chat_id": 7, "message_ids": "[5]"}),
        ("deleteMessage", message),
    ]
    assert {name.lower() for name, _ in asked} == set(METHODS)
    telegram._hook.last_error = (1, "Wrong response from the webhook: 500")
    for name, params in asked:
        spied = Spy(params)
        result = telegram._methods.call(name, spied)
        described = bot_api["methods"][name]
        tries = [strays_of(bot_api, kind, result, name) for kind in described["returns"]]
        assert closest(tries) == []
        assert spied.read <= {field["name"] for field in described.get("fields", [])}


def test_an_error_carries_response_parameters(bot_api: Spec) -> None:
    document = Refusal(429, "Too Many Requests: retry after 1", retry_after=0.2).document()
    assert document["parameters"] == {"retry_after": 1}
    assert strays_of(bot_api, "ResponseParameters", document["parameters"], "parameters") == []


def test_the_description_notices_what_is_wrong(bot_api: Spec) -> None:
    assert strays_of(bot_api, "Update", {"update_id": "1", "message": {"text": 5}}, "u") != []
