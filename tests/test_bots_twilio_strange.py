"""Twilio answers nonsense, slowly, or without end: nothing is lost by it, nothing held up, nothing believed."""

from __future__ import annotations

import asyncio
import resource
import threading
from collections.abc import Iterator
from pathlib import Path
from time import monotonic, time
from typing import Any

import pytest

from bots import twilio_calls, twilio_line
from bots.sms import Lines
from bots.turns import Bridge
from bots.twilio_calls import Calls
from hotline.contact import Channel
from hotline.desk.deliver import Dispatch, NotSent
from hotline.store.vault import Address
from tests.channel_lines import LONG, SmsLine
from tests.loopback_help import Server
from tests.server_help import ACCOUNT, FORM, TOKEN, TWILIO, House, from_twilio, open_house, signature, whatsapp
from tests.twilio_strange import Strange, answer, dripping

OURS = "+15005550006"
DISPATCH = Dispatch(Channel.SMS, Address("+4790000001", OURS), "We are coming.", by_staff=True)
SID = "SM" + "0" * 32
NONSENSE = [b"[]", b"null", b'"ok"', b"{}", b'{"sid": 5}', b"<html>login</html>", b"[" * 100_000]
SHORT = [body[:20].decode() for body in NONSENSE]


@pytest.fixture
def strange() -> Iterator[Strange]:
    with Strange() as made:
        yield made


@pytest.fixture
def calls(strange: Strange) -> Calls:
    return Calls(ACCOUNT, TOKEN, strange.url, "https://hotline.example/status", Lines((OURS,)), LONG)


DRIP = 0.3
"""Seconds that one read of a dripping answer may take here."""


def fault_of(do: Any, *given: Any) -> NotSent:
    with pytest.raises(NotSent) as caught:
        do(*given)
    return caught.value


# --- shapes


@pytest.mark.parametrize("body", NONSENSE, ids=SHORT)
def test_an_answer_without_an_id_is_no_proof_that_it_was_sent(strange: Strange, calls: Calls, body: bytes) -> None:
    strange.says = answer(201, body)
    fault = fault_of(calls.send, DISPATCH)
    assert (fault.sure, fault.down, fault.permanent) == (False, True, False)


@pytest.mark.parametrize("body", [*NONSENSE, b'{"messages": null}', b'{"messages": [1]}'])
def test_a_list_of_another_shape_is_no_list(strange: Strange, calls: Calls, body: bytes) -> None:
    strange.says = answer(200, body)
    assert fault_of(calls.fetch, 0.0).down
    assert fault_of(calls.left, 0.0, time()).down
    assert fault_of(calls.was_sent, DISPATCH, 0.0, lambda _: False).down


def test_a_record_with_a_moment_that_nobody_can_read_is_a_message_all_the_same(strange: Strange, calls: Calls) -> None:
    record = {
        "sid": SID, "from": "+4790000001", "to": OURS, "status": "received", "direction": "inbound",
        "body": "help \ud83d\0me", "date_sent": "nonsense", "date_created": "never", "num_media": "x",
    }  # fmt: skip
    strange.says = answer(200, {"messages": [record]})
    found, _ = calls.fetch(0.0)  # by SMS and by WhatsApp
    assert (found.text, found.sender) == ("help me", "+4790000001"), "and half a sign is none that can be kept"


@pytest.mark.parametrize("body", NONSENSE, ids=SHORT)
def test_whoever_taps_gets_the_words_though_twilio_talks_nonsense(
    strange: Strange, tmp_path: Path, body: bytes
) -> None:
    strange.says, strange.content = answer(201, body), answer(201, {"sid": "HX" + "1" * 32})
    with open_house(tmp_path, twilio_api_url=strange.url, whatsapp_buttons=True) as house:
        told = from_twilio(house, whatsapp("Hello"))
    assert (told.status_code, "Is it safe" in told.text) == (200, True)


def test_a_reply_that_could_not_be_made_is_made_for_twilios_repeat(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_house(tmp_path) as house:
        with monkeypatch.context() as broken:
            broken.setattr("bots.sms.MessagingResponse", None)
            with pytest.raises(TypeError):
                from_twilio(house, whatsapp("Hello"))
        assert "Is it safe" in from_twilio(house, whatsapp("Hello")).text


# --- who is believed


@pytest.mark.parametrize(
    ("status", "body"),
    [(200, b"<html>"), (200, {}), (202, b""), (302, b""), (404, b"<html>"), (404, {}), (404, {"code": 5}), (404, [])],
)
def test_only_twilios_own_word_means_that_a_record_is_gone(
    strange: Strange, calls: Calls, status: int, body: object
) -> None:
    strange.says = answer(status, body)
    fault = fault_of(calls.erase, SID)
    assert (fault.permanent, fault.wait) == (False, 300.0)


@pytest.mark.parametrize(("status", "body"), [(204, b""), (404, {"code": 20404, "status": 404})])
def test_and_twilios_own_word_does(strange: Strange, calls: Calls, status: int, body: object) -> None:
    strange.says = answer(status, body)
    calls.erase(SID)
    assert strange.asked[0].startswith(f"DELETE /2010-04-01/Accounts/{ACCOUNT}/Messages/{SID}.json ")


@pytest.mark.parametrize(("status", "body"), [(200, b"<html>"), (200, []), (302, b""), (400, {}), (500, {})])
def test_a_portal_in_between_is_not_taken_for_twilio(strange: Strange, calls: Calls, status: int, body: object) -> None:
    strange.says = answer(status, body)
    assert fault_of(calls.look).down


def test_the_next_page_is_asked_of_twilio_and_of_nobody_else(strange: Strange, calls: Calls) -> None:
    with Strange() as thief:
        meta = {"next_page_url": f"{thief.url}/evil", "key": "messages"}
        strange.says = answer(200, {"messages": [], "meta": meta})
        assert fault_of(calls.fetch, 0.0).down
        assert thief.asked == []


@pytest.mark.parametrize(
    ("said", "wait"), [("7", 7.0), ("0", 1.0), ("99999999", 3600.0), ("Wed, 21 Oct", 60.0), ("-5", 60.0)]
)
def test_a_wait_that_is_asked_of_us_has_bounds(strange: Strange, calls: Calls, said: str, wait: float) -> None:
    strange.says = answer(429, {"code": 20429, "status": 429}, f"Retry-After: {said}\r\n")
    assert fault_of(calls.send, DISPATCH).wait == wait
    assert fault_of(calls.erase, SID).wait == wait


# --- time and size

DRIPS = {
    "body": dripping(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n"),
    "chunks": dripping(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1"),
    "headers": dripping(b"HTTP/1.1 200 OK\r\nX-Slow:"),
    "first line": dripping(b"HTTP/1.1 200"),
}


@pytest.mark.parametrize("part", DRIPS)
def test_a_provider_that_answers_a_byte_at_a_time_is_left_after_a_while(
    strange: Strange, calls: Calls, part: str
) -> None:
    strange.says, calls.seconds = DRIPS[part], DRIP
    for do, given in ((calls.send, (DISPATCH,)), (calls.erase, (SID,)), (calls.fetch, (0.0,)), (calls.look, ())):
        began = monotonic()
        assert fault_of(do, *given).down
        assert monotonic() - began < DRIP * twilio_line.READS + 5.0


@pytest.mark.parametrize("part", DRIPS)
def test_without_a_deadline_it_would_hold_its_thread(
    strange: Strange, calls: Calls, part: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(twilio_line, "READS", 1000.0)
    strange.says, calls.seconds = DRIPS[part], DRIP
    asking = threading.Thread(target=lambda: fault_of(calls.send, DISPATCH), daemon=True)
    asking.start()
    asking.join(DRIP * 5)
    assert asking.is_alive()


def test_an_answer_without_end_does_not_fill_the_memory(strange: Strange, calls: Calls) -> None:
    def says(send: Any) -> None:
        send(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 157286400\r\n\r\n")
        for _ in range(150):
            send(b" " * 2**20)

    strange.says = says
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert fault_of(calls.fetch, 0.0).down
    assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024 < 60, "MB"


def test_callers_on_whatsapp_meet_no_console_that_hangs_while_twilio_drips(strange: Strange, tmp_path: Path) -> None:
    """The threads in which the console and the chat read are not those that wait for a provider."""
    strange.says = DRIPS["body"]
    with open_house(tmp_path, twilio_api_url=strange.url, whatsapp_buttons=True) as house:
        assert house.runner.run(_reads_while(house, 12)) < 2.0


def test_in_the_same_threads_the_console_would_hang(
    strange: Strange, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    strange.says = DRIPS["body"]
    with open_house(tmp_path, twilio_api_url=strange.url, whatsapp_buttons=True) as house:
        usual = asyncio.BaseEventLoop.run_in_executor
        monkeypatch.setattr(asyncio.BaseEventLoop, "run_in_executor", lambda loop, _, *do: usual(loop, None, *do))
        assert house.runner.run(_reads_while(house, 40)) > 2.0


async def _reads_while(house: House, callers: int) -> float:
    """How long the console waits for one read at most while these write by WhatsApp."""
    transport: Any = house.browser().client

    async def writes(number: int) -> None:
        form = whatsapp("Hello", number, sender=f"+47900{number:05}")
        headers = {"Content-Type": FORM, "X-Twilio-Signature": signature(form)}
        await transport.post(TWILIO, data=form, headers=headers)

    writing = [asyncio.create_task(writes(number)) for number in range(1, callers + 1)]
    took = 0.0
    for _ in range(6):  # on a busy machine it takes a while until all of them have written
        await asyncio.sleep(0.2)
        began = monotonic()
        await Bridge(house.office).read(lambda connection: 1)
        took = max(took, monotonic() - began)
    await asyncio.gather(*writing)
    return took


# --- what remains


def test_the_library_keeps_neither_words_nor_token_of_its_last_request() -> None:
    with Server() as provider, Server() as ours:
        line = SmsLine(provider, ours)
        line.bot.send(line.dispatch("We are coming."))
        http: Any = line.bot._calls._client.http_client
        assert (http._test_only_last_request, http._test_only_last_response) == (None, None)


def test_only_twilios_own_hosts_are_twilio() -> None:
    for host in ("api.twilio.com", "content.twilio.com", "api.dublin.ie1.twilio.com"):
        assert twilio_calls._HOST.match(f"https://{host}/x")
    for host in ("api.twilio.com.evil.example", "evil.example", "api.twilio.com@evil.example", "api.evil.com"):
        assert not twilio_calls._HOST.match(f"https://{host}/x")
