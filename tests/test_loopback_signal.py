"""The simulated bridge answers as signal-cli-rest-api does, and keeps the truth of what stands in whose app."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from bots.loopback.faults import Faults, Kind
from bots.loopback.signal import Entry, Signal
from tests.loopback_help import Clock, Server
from tests.people import AMARA, BOGDAN

OURS = "+4780000001"
PATH = "%2B4780000001"


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with Server() as running:
        yield running


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def signal(server: Server, clock: Clock) -> Signal:
    made = Signal(OURS, clock=clock, faults=Faults(patience=0.2))
    server.app = made.app
    return made


def send(server: Server, signal: Signal, person: str = AMARA, **more: Any) -> requests.Response:
    body: dict[str, Any] = {"number": OURS, "recipients": [signal.name_of(person)], "message": "Hello", **more}
    return requests.post(f"{server.url}/v2/send", json=body, timeout=5)


def test_receiving_empties_the_queue(server: Server, signal: Signal) -> None:
    at = signal.write(AMARA, "Hello", kinds=["image/jpeg"])
    (parcel,) = requests.get(f"{server.url}/v1/receive/{PATH}?timeout=1", timeout=5).json()
    assert (parcel["account"], parcel["envelope"]["timestamp"]) == (OURS, at)
    assert parcel["envelope"]["sourceUuid"] == signal.name_of(AMARA)
    assert parcel["envelope"]["dataMessage"]["message"] == "Hello"
    assert parcel["envelope"]["dataMessage"]["attachments"][0]["contentType"] == "image/jpeg"
    assert requests.get(f"{server.url}/v1/receive/{PATH}", timeout=5).json() == []


def test_an_edit_and_a_message_taken_back_have_envelopes_of_their_own(server: Server, signal: Signal) -> None:
    at = signal.write(AMARA, "one")
    edited = signal.edit(AMARA, at, "two")
    signal.undo(AMARA, at)
    parcels = requests.get(f"{server.url}/v1/receive/{PATH}", timeout=5).json()
    assert parcels[1]["envelope"]["editMessage"]["targetSentTimestamp"] == at
    assert parcels[1]["envelope"]["timestamp"] == edited > at
    assert parcels[2]["envelope"]["dataMessage"]["remoteDelete"] == {"timestamp": at}
    (entry,) = signal.thread(AMARA)
    assert (entry.text, entry.edited, entry.deleted) == ("two", True, True)
    with pytest.raises(ValueError, match=r"^\+4790000001 has no message 5 of the person's own$"):
        signal.edit(AMARA, 5, "three")


def test_a_message_of_a_group_stands_in_no_chat_of_ours(server: Server, signal: Signal) -> None:
    signal.write(AMARA, "hi all", group=True)
    assert signal.thread(AMARA) == []
    (parcel,) = requests.get(f"{server.url}/v1/receive/{PATH}", timeout=5).json()
    assert "groupInfo" in parcel["envelope"]["dataMessage"]


def test_what_is_sent_is_named_by_its_time_and_no_two_have_the_same(
    server: Server, signal: Signal, clock: Clock
) -> None:
    signal.write(AMARA, "Hello")
    first, second = send(server, signal), send(server, signal)
    assert (first.status_code, int(first.json()["timestamp"])) == (201, int(clock.now * 1000) + 1)
    assert first.json() != second.json()
    assert [entry.who for entry in signal.thread(AMARA)] == ["person", "hotline", "hotline"]
    assert len(signal.sent) == 2


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"number": "+4700000000"}, "User +4700000000 is not registered."),
        ({"message": ""}, "Couldn't process request - please provide a message or attachment"),
        ({"recipients": ["nobody"]}, 'Failed to send (some) messages:\nnobody: Unregistered user "nobody"'),
    ],
)
def test_what_the_bridge_refuses_is_a_400_with_words(
    server: Server, signal: Signal, more: dict[str, Any], words: str
) -> None:
    signal.write(AMARA, "Hello")
    answer = send(server, signal, **more)
    assert (answer.status_code, answer.json()) == (400, {"error": words})
    assert signal.sent == []


def test_broken_json_and_a_foreign_number_are_refused(server: Server, signal: Signal) -> None:
    assert requests.post(f"{server.url}/v2/send", data=b"{", timeout=5).status_code == 400
    assert requests.get(f"{server.url}/v1/receive/%2B1", timeout=5).status_code == 400
    assert requests.get(f"{server.url}/v1/elsewhere", timeout=5).status_code == 404


def test_only_our_own_messages_of_a_day_can_be_taken_back(server: Server, signal: Signal, clock: Clock) -> None:
    theirs = signal.write(AMARA, "Hello")
    old = int(send(server, signal).json()["timestamp"])
    url = f"{server.url}/v1/remote-delete/{PATH}"
    clock.move(25 * 3600)
    young = int(send(server, signal).json()["timestamp"])
    for timestamp, status in ((old, 201), (young, 201), (young + 99, 400)):
        body: dict[str, Any] = {"recipient": signal.name_of(AMARA), "timestamp": timestamp}
        assert requests.delete(url, json=body, timeout=5).status_code == status
    body = {"recipient": signal.name_of(AMARA), "timestamp": theirs}
    clock.move(-25 * 3600)
    assert requests.delete(url, json=body, timeout=5).status_code == 400
    assert [entry.deleted for entry in signal.thread(AMARA)] == [False, False, True]


def test_marks_are_kept(server: Server, signal: Signal) -> None:
    at = signal.write(AMARA, "Hello")
    read: dict[str, Any] = {"receipt_type": "read", "recipient": signal.name_of(AMARA), "timestamp": at}
    assert requests.post(f"{server.url}/v1/receipts/{PATH}", json=read, timeout=5).status_code == 204
    typing = {"recipient": signal.name_of(AMARA)}
    assert requests.put(f"{server.url}/v1/typing-indicator/{PATH}", json=typing, timeout=5).status_code == 204
    assert signal.thread(AMARA) == [Entry("person", "Hello", at / 1000, at, read=True)]
    assert signal.typing == [AMARA]


@pytest.mark.parametrize(("kind", "status"), [(Kind.TOO_MANY, 429), (Kind.SERVER_ERROR, 502)])
@pytest.mark.parametrize("operation", ["send", "fetch"])
def test_a_fault_does_nothing(server: Server, signal: Signal, kind: Kind, status: int, operation: str) -> None:
    signal.write(AMARA, "Hello")
    signal.faults.schedule(kind, operation=operation)
    answer = send(server, signal) if operation == "send" else _receive(server)
    assert answer.status_code == status
    assert (len(signal.sent), len(signal.waiting)) == (0, 1)


def test_a_lost_answer_has_emptied_the_queue_all_the_same(server: Server, signal: Signal) -> None:
    signal.write(BOGDAN, "Hello")
    signal.faults.schedule(Kind.TIMEOUT_AFTER_ACCEPT, operation="fetch")
    assert _receive(server).status_code == 502
    assert signal.waiting == []


def test_a_bridge_that_only_pushes_cannot_be_asked(server: Server, signal: Signal) -> None:
    signal.mode = "json-rpc"
    signal.write(AMARA, "Hello")
    assert _receive(server).status_code == 400
    about = requests.get(f"{server.url}/v1/about", timeout=5).json()
    assert (about["mode"], about["versions"]) == ("json-rpc", ["v1", "v2"])
    assert requests.get(f"{server.url}/v1/accounts", timeout=5).json() == [OURS]


@pytest.mark.parametrize(("most", "given"), [("", 3), ("0", 3), ("2", 2), ("9", 3), ("many", 3)])
def test_as_many_are_given_as_were_asked_for_and_the_rest_waits(
    server: Server, signal: Signal, most: str, given: int
) -> None:
    for text in ("one", "two", "three"):
        signal.write(AMARA, text)
    first = requests.get(f"{server.url}/v1/receive/{PATH}?max_messages={most}", timeout=5).json()
    assert (len(first), len(signal.waiting)) == (given, 3 - given)
    assert first[0]["envelope"]["dataMessage"]["message"] == "one"


@pytest.mark.parametrize(
    "body", [b"[]", b"null", b"5", b'"hello"', b"{", b"[" * 100_000, b'{"recipients": 5}', b'{"recipients": []}']
)
@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", "/v2/send"), ("POST", f"/v1/receipts/{PATH}"), ("DELETE", f"/v1/remote-delete/{PATH}")],
)
def test_what_is_no_request_is_refused_and_no_reason_to_stumble(
    server: Server, signal: Signal, method: str, path: str, body: bytes
) -> None:
    answer = requests.request(method, f"{server.url}{path}", data=body, timeout=5)
    assert (answer.status_code, list(answer.json())) == (400, ["error"])


def _receive(server: Server) -> requests.Response:
    return requests.get(f"{server.url}/v1/receive/{PATH}", timeout=5)
