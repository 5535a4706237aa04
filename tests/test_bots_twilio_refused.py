"""What is not Twilio's, or not as Twilio sends it, is refused in one sentence, and nothing of it is kept."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from urllib.parse import urlencode

import pytest

from tests.people import AMARA, BOGDAN
from tests.server_help import FORM, PUBLIC, SECRET, TELEGRAM, TOKEN, TWILIO, Form, House, open_house, signature, sms

FORGED = "X-Twilio-Signature does not fit this request and HOTLINE_PUBLIC_URL."
UNSIGNED = "The X-Twilio-Signature header is missing."
NOT_A_FORM = "The body must be a form (application/x-www-form-urlencoded)."
NOT_UTF8 = "The body is not a form in UTF-8."
TWICE = "A field of the form stands there twice."
UNKNOWN = "The form holds a field that Twilio does not send."
STRANGER = "AccountSid is not the account of this hotline."
TOO_LONG = "The body is longer than 262144 bytes."

GENUINE = sms("Hello, I need help")
BODY = urlencode(GENUINE).encode()


def without(form: Form, name: str) -> Form:
    return {key: value for key, value in form.items() if key != name}


@dataclass(frozen=True)
class Case:
    """A post that must be refused: what is sent, and the whole answer."""

    status: int
    sentence: str
    body: bytes = BODY
    signature: str | None = signature(GENUINE)
    kind: str | None = FORM
    path: str = TWILIO
    headers: dict[str, str] = field(default_factory=dict)


def signed(status: int, sentence: str, form: Form) -> Case:
    """A form that Twilio itself would have signed, and that is still not to be taken."""
    return Case(status, sentence, urlencode(form).encode(), signature(form))


MOVED = without({**GENUINE, "Body": f"{GENUINE['Body']}From{AMARA}"}, "From")
LEFT = without({**GENUINE, "ApiVersion": f"2010-04-01Body{GENUINE['Body']}"}, "Body")
CUT = without({**GENUINE, "BodyHello": ", I need help"}, "Body")

CASES = {
    "no signature": Case(403, UNSIGNED, signature=None),
    "an empty signature": Case(403, UNSIGNED, signature=""),
    "a forged signature": Case(403, FORGED, signature=signature(GENUINE, token="a guess")),
    "a truncated signature": Case(403, FORGED, signature=signature(GENUINE)[:-4]),
    "half a signature": Case(403, FORGED, signature=signature(GENUINE)[:14]),
    "a signature with a tail": Case(403, FORGED, signature=signature(GENUINE) + "AA=="),
    "a signature in small letters": Case(403, FORGED, signature=signature(GENUINE).lower()),
    "a signature that is no base64": Case(403, FORGED, signature="\N{LATIN SMALL LETTER E WITH ACUTE}" * 28),
    "the signature of another address": Case(403, FORGED, signature=signature(GENUINE, f"{PUBLIC}/webhooks/other")),
    "the signature of another host": Case(403, FORGED, signature=signature(GENUINE, f"https://evil.example{TWILIO}")),
    "the signature of another scheme": Case(
        403, FORGED, signature=signature(GENUINE, f"http://hotline.example{TWILIO}")
    ),
    "a host that says so itself": Case(
        403,
        FORGED,
        signature=signature(GENUINE, f"https://evil.example{TWILIO}"),
        headers={"Host": "evil.example", "X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https"},
    ),
    "a query that was not signed": Case(403, FORGED, path=f"{TWILIO}?more=1"),
    "the signature of an empty form": Case(403, FORGED, signature=signature({})),
    "the signature of another message": Case(403, FORGED, signature=signature(sms("I am fine"))),
    "another text": Case(403, FORGED, urlencode({**GENUINE, "Body": "I am fine"}).encode()),
    "another sender": Case(403, FORGED, urlencode({**GENUINE, "From": BOGDAN}).encode()),
    "another recipient": Case(403, FORGED, urlencode({**GENUINE, "To": BOGDAN}).encode()),
    "another message id": Case(403, FORGED, urlencode({**GENUINE, "MessageSid": "SM" + "9" * 32}).encode()),
    "a field left out": Case(403, FORGED, urlencode(without(GENUINE, "FromCountry")).encode()),
    "a field added": Case(403, FORGED, urlencode({**GENUINE, "OptOutType": "STOP"}).encode()),
    "a form said to be JSON": Case(415, NOT_A_FORM, kind="application/json"),
    "JSON": Case(415, NOT_A_FORM, json.dumps(GENUINE).encode(), kind="application/json"),
    "a form in parts": Case(415, NOT_A_FORM, kind="multipart/form-data; boundary=x"),
    "no kind of body": Case(415, NOT_A_FORM, kind=None),
    "JSON said to be a form": Case(400, NOT_UTF8, json.dumps(GENUINE).encode()),
    "bytes that are not UTF-8": Case(400, NOT_UTF8, b"Body=\xff\xfe"),
    "escapes that are not UTF-8": Case(400, NOT_UTF8, b"Body=%E2%28%A1&From=x"),
    "a surrogate in escapes": Case(400, NOT_UTF8, b"Body=%ED%A0%BD"),
    "letters that were not escaped": Case(400, NOT_UTF8, "Body=\N{CYRILLIC SMALL LETTER ZHE}".encode()),
    "more fields than there are": Case(400, NOT_UTF8, b"&".join(b"f%d=1" % number for number in range(101))),
    "a field twice": Case(400, TWICE, BODY + b"&Body=again"),
    "a field twice and the same": Case(400, TWICE, BODY + b"&AccountSid=" + GENUINE["AccountSid"].encode()),
    "an unknown field": signed(400, UNKNOWN, {**GENUINE, "Extra": "1"}),
    "a field in another spelling": signed(400, UNKNOWN, {**without(GENUINE, "Body"), "body": "hello"}),
    "a media field too many": signed(400, UNKNOWN, {**GENUINE, "MediaUrl10": "https://x"}),
    "nothing, unsigned": Case(403, UNSIGNED, b"", None),
    "nothing, with another's signature": Case(403, FORGED, b""),
    "nothing, signed": signed(403, STRANGER, {}),
    "another account": signed(403, STRANGER, {**GENUINE, "AccountSid": "AC" + "b2" * 16}),
    "no account": signed(403, STRANGER, without(GENUINE, "AccountSid")),
    "a boundary moved to the right": Case(
        400, "From is missing or is not what Twilio sends.", urlencode(MOVED).encode()
    ),
    "a boundary moved to the left": Case(
        400, "Body is missing: Twilio sends it with every message, empty or not.", urlencode(LEFT).encode()
    ),
    "a boundary moved into the name": Case(400, UNKNOWN, urlencode(CUT).encode()),
    "no sender": signed(400, "From is missing or is not what Twilio sends.", without(GENUINE, "From")),
    "a sender that is none": signed(
        400, "From is missing or is not what Twilio sends.", {**GENUINE, "From": "<script>"}
    ),
    "no recipient": signed(400, "To is missing or is not what Twilio sends.", without(GENUINE, "To")),
    "no message id": signed(400, "MessageSid is missing or is not what Twilio sends.", without(GENUINE, "MessageSid")),
    "a message id that is none": signed(
        400, "MessageSid is missing or is not what Twilio sends.", {**GENUINE, "MessageSid": "SM1"}
    ),
    "no text at all": signed(
        400, "Body is missing: Twilio sends it with every message, empty or not.", without(GENUINE, "Body")
    ),
    "two megabytes": Case(413, TOO_LONG, b"Body=" + b"a" * 2_000_000),
    "a length that is no number": Case(413, TOO_LONG, headers={"Content-Length": "many"}),
    "a length below nothing": Case(413, TOO_LONG, headers={"Content-Length": "-1"}),
}


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with open_house(tmp_path_factory.mktemp("house")) as opened:
        yield opened


def headers_of(case: Case) -> dict[str, str]:
    given = {"Content-Type": case.kind, "X-Twilio-Signature": case.signature, **case.headers}
    return {name: value for name, value in given.items() if value is not None}


@pytest.mark.parametrize("case", CASES.values(), ids=list(CASES))
def test_it_is_refused_in_one_sentence_and_nothing_is_kept(house: House, case: Case) -> None:
    house.events.clear()
    response = house.post(case.path, case.body, headers_of(case))
    assert (response.status_code, response.text) == (case.status, f"{case.sentence}\n")
    assert response.headers["content-type"] == "text/plain; charset=utf-8"
    assert house.nothing_stored
    (event,) = [json.loads(line) for line in house.events]
    assert event == {"at": event["at"], "event": "webhook_refused", "status": case.status}


def test_the_moved_boundaries_are_ones_that_the_signature_alone_would_let_pass() -> None:
    assert signature(MOVED) == signature(LEFT) == signature(CUT) == signature(GENUINE)


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS"])
def test_a_webhook_is_called_with_post_only(house: House, method: str) -> None:
    response = house.browser().request(method, TWILIO)
    assert response.status_code == 405
    assert response.text in ("Webhooks are called with POST.\n", "")
    assert house.nothing_stored


def test_a_stream_without_a_length_is_cut_off(house: House) -> None:
    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield b"Body=" + b"a" * 65_536

    headers = {"Content-Type": FORM, "X-Twilio-Signature": "a"}
    response = house.browser().request("POST", TWILIO, content=endless(), headers=headers)
    assert (response.status_code, response.text) == (413, f"{TOO_LONG}\n")
    assert house.nothing_stored


@pytest.mark.parametrize("path", [TWILIO, f"{TWILIO}/status", TELEGRAM])
def test_the_body_of_a_post_that_nobody_signed_is_never_read(house: House, path: str) -> None:
    read: list[int] = []

    async def body() -> AsyncIterator[bytes]:
        read.append(1)
        yield b"{}"

    response = house.browser().request("POST", path, content=body(), headers={"Content-Type": FORM})
    assert (response.status_code, read, response.headers["connection"]) == (403, [], "close")


@pytest.mark.parametrize("path", [TWILIO, f"{TWILIO}/status", TELEGRAM])
def test_a_body_that_does_not_come_is_not_waited_for(house: House, path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bots.web.BODY_SECONDS", 0.05)

    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield b"a"
            await asyncio.sleep(0.01)

    headers = {"Content-Type": FORM, "X-Twilio-Signature": "a", "X-Telegram-Bot-Api-Secret-Token": SECRET}
    response = house.browser().request("POST", path, content=endless(), headers=headers)
    assert (response.status_code, response.text) == (408, "The body did not come within 0.05 seconds.\n")
    assert house.nothing_stored


def test_a_refusal_says_nothing_of_the_token_or_of_what_was_sent(house: House) -> None:
    for case in CASES.values():
        text = house.post(case.path, case.body, headers_of(case)).text
        assert TOKEN not in text
        assert AMARA not in text
    assert not any(AMARA in event or "Hello" in event for event in house.events)


def test_a_provider_that_is_not_set_up_has_no_webhook(tmp_path_factory: pytest.TempPathFactory) -> None:
    with open_house(tmp_path_factory.mktemp("bare"), twilio_account_sid="", twilio_auth_token="") as bare:
        response = bare.post(TWILIO, BODY, {"Content-Type": FORM, "X-Twilio-Signature": signature(GENUINE)})
        assert response.status_code in (404, 405)
        assert bare.nothing_stored
