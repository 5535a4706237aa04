"""The simulated Twilio held against Twilio's own description of its interface."""

from __future__ import annotations

import asyncio
import base64
import re
from collections.abc import Callable, Iterator
from email.utils import parsedate_to_datetime
from typing import Any

import httpx
import pytest

from bots.loopback.twilio import Twilio
from tests.loopback_help import WEBHOOK, Clock, Webhook
from tests.loopback_specs_help import Spec, Spy, spec

ACCOUNT, TOKEN = "AC" + "a1" * 16, "secret"
AMARA = "+4790000001"
MESSAGES = "/2010-04-01/Accounts/{AccountSid}/Messages.json"
ONE = "/2010-04-01/Accounts/{AccountSid}/Messages/{Sid}.json"


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
    assert read == {
        "To", "From", "MessagingServiceSid", "Body", "MediaUrl", "ContentSid", "ContentVariables", "StatusCallback",
    }  # fmt: skip
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


def test_the_description_notices_what_is_wrong(oai: Spec, twilio: Twilio) -> None:
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
