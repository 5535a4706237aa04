"""The simulated providers held against the providers' own descriptions of their interfaces."""

from __future__ import annotations

import asyncio
import base64
import json
import re
from collections.abc import Callable, Iterator
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from bots.loopback.telegram import Telegram
from bots.loopback.telegram_methods import METHODS, Refusal
from bots.loopback.twilio import Twilio
from tests.loopback_help import WEBHOOK, Clock, Webhook

SPECS = Path(__file__).resolve().parents[1].parent / "shared" / "specs"
ACCOUNT, TOKEN = "AC" + "a1" * 16, "secret"
AMARA = "+4790000001"
MESSAGES = "/2010-04-01/Accounts/{AccountSid}/Messages.json"
ONE = "/2010-04-01/Accounts/{AccountSid}/Messages/{Sid}.json"

Spec = dict[str, Any]


def spec(name: str) -> Spec:
    place = SPECS / name
    if not place.is_file():
        pytest.skip(f"the provider's description is not there: shared/specs/{name} next to the repository")
    loaded = json.loads(place.read_text("utf-8"))
    assert isinstance(loaded, dict)
    return loaded


class Spy(dict[str, Any]):
    """Parameters that remember which of them were read."""

    def __init__(self, values: dict[str, Any]) -> None:
        super().__init__(values)
        self.read: set[str] = set()

    def get(self, key: str, default: Any = None) -> Any:
        self.read.add(key)
        return super().get(key, default)

    def __getitem__(self, key: str) -> Any:
        self.read.add(key)
        return super().__getitem__(key)


# --- Twilio


@pytest.fixture(scope="module")
def oai() -> Spec:
    return spec("twilio_messages.json")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def twilio(clock: Clock) -> Twilio:
    return Twilio(ACCOUNT, TOKEN, webhook_url=WEBHOOK, clock=clock, client_factory=Webhook().client, retry_wait=0.001)


def api(twilio: Twilio, method: str, path: str, **more: Any) -> httpx.Response:
    async def ask() -> httpx.Response:
        basic = base64.b64encode(f"{ACCOUNT}:{TOKEN}".encode()).decode()
        headers = {"Authorization": f"Basic {basic}"}
        transport = httpx.ASGITransport(app=twilio.app)
        async with httpx.AsyncClient(transport=transport, base_url="https://api.twilio.com") as client:
            return await client.request(method, path.format(AccountSid=ACCOUNT), headers=headers, **more)

    return asyncio.run(ask())


def create(twilio: Twilio, **form: str) -> Spec:
    answer = api(twilio, "POST", MESSAGES, data={"To": AMARA, "Body": "Hello", **form})
    assert answer.status_code == 201
    document = answer.json()
    assert isinstance(document, dict)
    return document


def is_date(text: str) -> bool:
    return parsedate_to_datetime(text).utcoffset() is not None


FORMATS: dict[str, Callable[[str], object]] = {
    "date-time-rfc-2822": is_date,
    "phone-number": lambda text: re.fullmatch(r"(whatsapp:)?\+\d{7,15}", text),
    "currency": lambda text: re.fullmatch(r"[A-Z]{3}", text),
    "uri": lambda text: text.startswith(("/", "https://")),
}
TYPES: dict[str, type | tuple[type, ...]] = {
    "string": str, "integer": int, "object": dict, "array": list, "boolean": bool, "number": (int, float),
}  # fmt: skip


def faults_of(oai: Spec, schema: Spec, value: object, where: str) -> Iterator[str]:
    """Every way in which a value is not what the schema says."""
    if "$ref" in schema:
        schema = oai["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    if value is None:
        if not schema.get("nullable"):
            yield f"{where} is null"
        return
    if not isinstance(value, TYPES[schema["type"]]):
        yield f"{where} is {type(value).__name__}, not {schema['type']}"
        return
    if "enum" in schema and value not in schema["enum"]:
        yield f"{where} is {value!r}"
    if isinstance(value, str):
        if not re.search(schema.get("pattern", ""), value):
            yield f"{where} is {value!r}"
        if schema.get("format") in FORMATS and not FORMATS[schema["format"]](value):
            yield f"{where} is {value!r}, not a {schema['format']}"
    if isinstance(value, list):
        for place, item in enumerate(value):
            yield from faults_of(oai, schema["items"], item, f"{where}[{place}]")
    if isinstance(value, dict) and "properties" in schema:
        names = set(schema["properties"])
        yield from (f"{where}.{name} is unknown" for name in sorted(set(value) - names))
        yield from (f"{where}.{name} is missing" for name in sorted(names - set(value)))
        for name in names & set(value):
            yield from faults_of(oai, schema["properties"][name], value[name], f"{where}.{name}")


def check_message(oai: Spec, document: object) -> None:
    assert list(faults_of(oai, oai["components"]["schemas"]["api.v2010.account.message"], document, "message")) == []


def test_every_state_of_a_message_is_a_message_resource(oai: Spec, twilio: Twilio, clock: Clock) -> None:
    asyncio.run(twilio.write(AMARA, "hello", media=["a.jpg"]))
    asyncio.run(twilio.write(AMARA, "STOP", message_sid="SM" + "0" * 32))
    twilio._ledger.reply(AMARA, "dropped, for they opted out")
    asyncio.run(twilio.write(AMARA, "START"))
    created = [
        create(twilio, From=twilio.number),
        create(twilio, MessagingServiceSid="MG" + "0" * 32),
        create(twilio, To=f"whatsapp:{AMARA}", From=twilio.whatsapp_number),
    ]
    stages = created + [api(twilio, "GET", one["uri"]).json() for one in created]
    clock.move(10)
    stages += [api(twilio, "GET", f"{MESSAGES[:-5]}/{sid}.json").json() for sid in twilio.messages]
    stages.append(api(twilio, "POST", created[0]["uri"], data={"Body": ""}).json())
    for document in stages:
        check_message(oai, document)
    seen = {document["status"] for document in stages}
    assert seen == {"queued", "accepted", "delivered", "failed", "received"}
    assert {document["error_code"] for document in stages} == {None, 21610, 63016}


def test_a_list_is_the_list_twilio_describes(oai: Spec, twilio: Twilio) -> None:
    for number in range(3):
        asyncio.run(twilio.write(AMARA, f"message {number}"))
    schema = oai["paths"][MESSAGES]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    for query in ("", "?PageSize=1", "?PageSize=1&Page=1", "?To=%2B4799999999"):
        document = api(twilio, "GET", MESSAGES + query).json()
        assert list(faults_of(oai, schema, document, "list")) == []


def test_only_fields_that_twilio_knows_are_read(oai: Spec, twilio: Twilio) -> None:
    described = oai["paths"][MESSAGES]["post"]["requestBody"]["content"]["application/x-www-form-urlencoded"]["schema"]
    twilio.templates["HX1"] = "Hello"
    rest = twilio._rest
    read: set[str] = set()
    for more in ({"From": twilio.number, "Body": "x"}, {"MessagingServiceSid": "MG" + "0" * 32, "ContentSid": "HX1"}):
        form = Spy({"To": AMARA, **more})
        rest._create(form)
        read |= form.read
    assert read == {"To", "From", "MessagingServiceSid", "Body", "MediaUrl", "ContentSid", "ContentVariables"}
    assert read <= set(described["properties"])
    assert described["required"] == ["To"]


def test_only_filters_that_twilio_knows_are_read(oai: Spec, twilio: Twilio) -> None:
    query = Spy({})
    asyncio.run(twilio.write(AMARA, "hello"))
    twilio._rest._index(query)
    described = {one["name"] for one in oai["paths"][MESSAGES]["get"]["parameters"]} - {"AccountSid"}
    assert query.read == described


def test_the_statuses_are_those_twilio_promises(oai: Spec, twilio: Twilio) -> None:
    made = create(twilio, From=twilio.number)
    asked = {
        "get": api(twilio, "GET", made["uri"]),
        "post": api(twilio, "POST", made["uri"], data={"Body": ""}),
        "delete": api(twilio, "DELETE", made["uri"]),
    }
    for method, answer in asked.items():
        assert str(answer.status_code) in oai["paths"][ONE][method]["responses"]


# --- Telegram

PLAIN: dict[str, type] = {"Integer": int, "String": str, "Boolean": bool}


@pytest.fixture(scope="module")
def bot_api() -> Spec:
    return spec("telegram_bot_api.json")


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


def test_the_descriptions_notice_what_is_wrong(oai: Spec, bot_api: Spec, twilio: Twilio) -> None:
    wrong = {**create(twilio, From=twilio.number), "status": "gone", "sid": "x", "surplus": 1, "num_media": 0}
    del wrong["to"]
    schema = oai["components"]["schemas"]["api.v2010.account.message"]
    assert sorted(faults_of(oai, schema, wrong, "m")) == [
        "m.num_media is int, not string",
        "m.sid is 'x'",
        "m.status is 'gone'",
        "m.surplus is unknown",
        "m.to is missing",
    ]
    assert strays_of(bot_api, "Update", {"update_id": "1", "message": {"text": 5}}, "u") != []
