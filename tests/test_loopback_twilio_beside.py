# mypy: disable-error-code="import-untyped", allow-subclassing-any
"""Beside the messages of the simulated Twilio: WhatsApp templates with buttons, and the typing indicator."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from twilio.rest import Client

from bots.loopback.twilio import Twilio
from tests.loopback_help import Clock, Server, Webhook
from tests.twilio_help import (
    ACCOUNT,
    AMARA,
    TOKEN,
    WHATSAPP,
    client_of,
    form_of,
    open_twilio,
    write,
)

CONTENT_SPEC = Path(__file__).resolve().parents[1].parent / "shared" / "specs" / "twilio_content_v1.json"


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with Server() as running:
        yield running


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def webhook() -> Webhook:
    return Webhook()


@pytest.fixture
def twilio(server: Server, clock: Clock, webhook: Webhook) -> Twilio:
    return open_twilio(server, clock, webhook, senders=("+15005550010",))


@pytest.fixture
def client(server: Server, twilio: Twilio) -> Iterator[Client]:
    with client_of(server) as made:
        yield made


def content(**changes: Any) -> dict[str, Any]:
    action = {"type": "QUICK_REPLY", "title": "Yes", "id": "yes"}
    reply = {"body": "Is it safe?", "actions": [action], **changes}
    return {"friendly_name": "x", "language": "en", "variables": {}, "types": {"twilio/quick-reply": reply}}


def make(server: Server, document: Any, token: str = TOKEN) -> requests.Response:
    return requests.post(f"{server.url}/v1/Content", json=document, auth=(ACCOUNT, token), timeout=5)


def test_a_template_is_made_as_twilio_describes_it_and_sent_with_its_buttons(
    server: Server, client: Client, twilio: Twilio
) -> None:
    made = make(server, content())
    assert made.status_code == 201
    sid = made.json()["sid"]
    write(twilio, AMARA, "hi", whatsapp=True)
    client.messages.create(to=f"whatsapp:{AMARA}", from_=WHATSAPP, content_sid=sid)
    entry = twilio.thread(f"whatsapp:{AMARA}")[-1]
    assert (entry.text, [(button.title, button.id) for button in entry.buttons]) == ("Is it safe?", [("Yes", "yes")])
    if not CONTENT_SPEC.is_file():
        pytest.skip("the provider's description is not there: shared/specs next to the repository")
    schemas = json.loads(CONTENT_SPEC.read_text("utf-8"))["components"]["schemas"]
    assert set(made.json()) == set(schemas["content.v1.content"]["properties"])
    assert set(content()) <= set(schemas["ContentCreateRequest"]["properties"])
    assert set(schemas["twilioQuickReply"]["required"]) == {"body", "actions"}


def test_a_template_nobody_approved_does_not_open_the_window(server: Server, client: Client, twilio: Twilio) -> None:
    sid = make(server, content()).json()["sid"]
    made = client.messages.create(to=f"whatsapp:{AMARA}", from_=WHATSAPP, content_sid=sid)
    assert client.messages(made.sid).fetch().error_code == 63016


@pytest.mark.parametrize(
    "document",
    [
        [],
        {},
        {"types": {}, "language": "en"},
        content(actions=[]),
        content(actions=[{"title": str(number)} for number in range(11)]),
        content(actions=[{"title": "x" * 21}]),
        content(actions=[{"title": "x"}, {"title": "x"}]),
        content(actions=[{"title": "x", "colour": "red"}]),
        content(body=""),
        content(body="x" * 1025),
    ],
)
def test_a_template_that_whatsapp_would_not_take_is_refused(server: Server, twilio: Twilio, document: object) -> None:
    answer = make(server, document)
    assert (answer.status_code, answer.json()["code"], twilio.contents) == (400, 20001, {})


def test_a_template_can_be_deleted_and_strangers_make_none(server: Server, twilio: Twilio) -> None:
    assert make(server, content(), token="wrong").status_code == 401
    address = f"{server.url}/v1/Content/{make(server, content()).json()['sid']}"
    assert [requests.delete(address, auth=(ACCOUNT, TOKEN), timeout=5).status_code for _ in range(2)] == [204, 404]
    assert requests.post(f"{server.url}/v1/Content", data="{", auth=(ACCOUNT, TOKEN), timeout=5).status_code == 400


def test_typing_is_shown_for_a_whatsapp_message_and_for_nothing_else(server: Server, twilio: Twilio) -> None:
    chat, sms = write(twilio, AMARA, "hi", whatsapp=True), write(twilio, AMARA, "hi")

    def show(**form: str) -> tuple[int, Any]:
        address = f"{server.url}/v2/Indicators/Typing.json"
        answer = requests.post(address, data=form, auth=(ACCOUNT, TOKEN), timeout=5)
        return answer.status_code, answer.json().get("success", answer.json().get("code"))

    assert show(messageId=chat.message_sid, channel="whatsapp") == (200, True)
    assert show(messageId=sms.message_sid, channel="whatsapp") == (400, 20001)
    assert show(messageId=chat.message_sid) == (400, 20001)
    assert show(messageId="SM" + "0" * 32, channel="whatsapp") == (404, 20404)
    assert twilio.typing == [chat.message_sid]


def test_a_button_can_be_tapped_only_where_it_is_shown(
    server: Server, client: Client, twilio: Twilio, webhook: Webhook
) -> None:
    with pytest.raises(ValueError, match=r"^no button 'yes' is shown: $"):
        asyncio.run(twilio.tap(AMARA, "yes"))
    sid = make(server, content()).json()["sid"]
    write(twilio, AMARA, "hi", whatsapp=True)
    client.messages.create(to=f"whatsapp:{AMARA}", from_=WHATSAPP, content_sid=sid)
    asyncio.run(twilio.tap(AMARA, "yes"))
    form = form_of(webhook)
    assert (form["Body"], form["ButtonText"], form["ButtonPayload"], form["MessageType"]) == (
        "Yes",
        "Yes",
        "yes",
        "button",
    )
