"""What comes from Signal: the bridge is asked for it, gives it once, and holds much that is not for us."""

from __future__ import annotations

from collections.abc import Iterator
from time import monotonic, time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots import signal as signal_module
from bots.ask import ask
from bots.loopback.faults import Faults, Kind
from bots.loopback.signal import Signal as Loopback
from bots.signal import Signal, _incoming
from hotline.contact import Channel
from hotline.desk.deliver import NotSent
from hotline.message import Attachment, Incoming
from tests.ill_provider import floods, ill_provider, says
from tests.loopback_help import Clock, Server
from tests.people import AMARA, BOGDAN
from tests.server_help import NOWHERE

OURS = "+4780000001"
DAY = 86_400.0


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with Server() as running:
        yield running


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def bridge(server: Server, clock: Clock) -> Loopback:
    made = Loopback(OURS, clock=clock, faults=Faults(patience=20))
    server.app = made.app
    return made


@pytest.fixture
def bot(server: Server, clock: Clock) -> Signal:
    return Signal(OURS, server.url, clock)


def fetched(bot: Signal) -> list[Incoming]:
    return list(bot.fetch(time() - DAY))


def test_a_message_comes_with_its_name_and_its_place(bridge: Loopback, bot: Signal) -> None:
    at = bridge.write(AMARA, "Hello, I need help")
    (said,) = fetched(bot)
    assert said == Incoming(
        Channel.SIGNAL, bridge.name_of(AMARA), OURS, f"{bridge.name_of(AMARA)} {at}", "Hello, I need help", mark=at
    )


def test_messages_come_in_their_order_and_people_are_told_apart(bridge: Loopback, bot: Signal) -> None:
    for person, text in ((AMARA, "one"), (BOGDAN, "two"), (AMARA, "three")):
        bridge.write(person, text)
    said = fetched(bot)
    assert [one.text for one in said] == ["one", "two", "three"]
    assert said[0].sender == said[2].sender != said[1].sender
    assert len({one.id for one in said}) == 3


def test_what_was_given_is_given_once(bridge: Loopback, bot: Signal) -> None:
    bridge.write(AMARA, "Hello")
    assert len(fetched(bot)) == 1
    assert fetched(bot) == []


def test_a_changed_message_is_words_said_anew(bridge: Loopback, bot: Signal) -> None:
    at = bridge.write(AMARA, "he hits me")
    bridge.edit(AMARA, at, "he hits us")
    first, second = fetched(bot)
    assert [(one.text, one.edited) for one in (first, second)] == [("he hits me", False), ("he hits us", True)]
    assert first.id != second.id


@pytest.mark.parametrize(
    ("kind", "named"),
    [
        ("image/jpeg", Attachment.PHOTO), ("audio/aac", Attachment.AUDIO), ("video/mp4", Attachment.VIDEO),
        ("text/vcard", Attachment.CARD), ("application/pdf", Attachment.FILE), ("", Attachment.FILE),
    ],
)  # fmt: skip
def test_a_file_is_named_and_never_fetched(bridge: Loopback, bot: Signal, kind: str, named: Attachment) -> None:
    bridge.write(AMARA, "", kinds=[kind])
    (said,) = fetched(bot)
    assert (said.text, said.attachments) == ("", (named,))


def test_stickers_and_contact_cards_are_named(bridge: Loopback, bot: Signal) -> None:
    bridge.wait_with(AMARA, 5, {"dataMessage": {"message": None, "sticker": {"packId": "x", "stickerId": 1}}})
    bridge.wait_with(AMARA, 6, {"dataMessage": {"message": None, "contacts": [{"name": {"display": "Bogdan"}}]}})
    assert [one.attachments for one in fetched(bot)] == [(Attachment.STICKER,), (Attachment.CARD,)]


NOT_FOR_US: dict[str, dict[str, Any]] = {
    "a group": {"dataMessage": {"message": "hi", "groupInfo": {"groupId": "x"}}},
    "a new kind of group": {"dataMessage": {"message": "hi", "groupV2": {"id": "x"}}},
    "a changed message in a group": {"editMessage": {"dataMessage": {"message": "hi", "groupInfo": {"groupId": "x"}}}},
    "a reaction": {"dataMessage": {"message": None, "reaction": {"emoji": "👍"}}},
    "words taken back": {"dataMessage": {"message": None, "remoteDelete": {"timestamp": 1}}},
    "a timer": {"dataMessage": {"message": None, "expiresInSeconds": 60}},
    "a receipt": {"receiptMessage": {"isRead": True, "timestamps": [1]}},
    "typing": {"typingMessage": {"action": "STARTED"}},
    "what another device of ours sent": {"syncMessage": {"sentMessage": {"message": "hi"}}},
    "a call": {"callMessage": {"offerMessage": {"id": 1}}},
    "a story": {"storyMessage": {"textAttachment": {"text": "hi"}}},
    "nothing": {},
}


@pytest.mark.parametrize("content", NOT_FOR_US.values(), ids=list(NOT_FOR_US))
def test_what_is_no_persons_message_to_us_is_left_alone(bridge: Loopback, bot: Signal, content: dict[str, Any]) -> None:
    bridge.wait_with(AMARA, 5, content)
    assert fetched(bot) == []


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda some: st.lists(some, max_size=3) | st.dictionaries(st.sampled_from(
        ["envelope", "dataMessage", "editMessage", "message", "attachments", "contentType", "sourceUuid", "timestamp"]
    ), some, max_size=5),
    max_leaves=20,
)  # fmt: skip


@given(anything)
def test_no_envelope_makes_the_worker_stumble(parcel: Any) -> None:
    said = _incoming(parcel, OURS)
    assert said is None or said.channel is Channel.SIGNAL


@pytest.mark.parametrize("number", [None, "+4790000001"])
def test_somebody_is_known_by_their_uuid_or_else_by_their_number(number: str | None) -> None:
    envelope = {"sourceUuid": None, "sourceNumber": number, "source": "abc", "timestamp": 7}
    said = _incoming({"envelope": {**envelope, "dataMessage": {"message": "hi"}}}, OURS)
    assert said is not None
    assert said.sender == (number or "abc")


@pytest.mark.parametrize("kind", [Kind.SERVER_ERROR, Kind.TOO_MANY])
def test_a_bridge_that_cannot_be_asked_says_so_and_keeps_what_came(bridge: Loopback, bot: Signal, kind: Kind) -> None:
    bridge.write(AMARA, "Hello")
    bridge.faults.schedule(kind, operation="fetch")
    with pytest.raises(NotSent) as caught:
        fetched(bot)
    assert caught.value.down
    assert [one.text for one in fetched(bot)] == ["Hello"]


def test_a_bridge_that_is_not_there_is_noticed_at_once() -> None:
    before = monotonic()
    with pytest.raises(NotSent) as caught:
        fetched(Signal(OURS, NOWHERE))
    assert caught.value.down
    assert monotonic() - before < 8.0


# --- the bridge gives every message once


def test_a_flood_is_taken_in_parts_and_nothing_of_it_is_lost(bridge: Loopback, bot: Signal) -> None:
    bridge.write(AMARA, "help, I am locked in")
    for number in range(5000):
        bridge.write(BOGDAN, f"{number} " + "x" * 2000)
    texts: list[str] = []
    while some := fetched(bot):
        assert len(some) <= signal_module.FETCHED_AT_ONCE
        texts += [one.text for one in some]
    assert len(texts) == 5001
    assert texts[0] == "help, I am locked in"


def test_without_parts_a_flood_is_longer_than_any_answer_may_be(
    bridge: Loopback, bot: Signal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control of the test above, switched off: what does not fit is gone, and at least it is said."""
    monkeypatch.setattr(signal_module, "FETCHED_AT_ONCE", 0)
    for number in range(5000):
        bridge.write(BOGDAN, f"{number} " + "x" * 2000)
    with pytest.raises(NotSent) as caught:
        fetched(bot)
    assert (caught.value.sure, caught.value.down) == (False, True)
    assert bridge.waiting == []


def test_the_bridge_has_more_time_to_collect_than_it_takes_at_most(monkeypatch: pytest.MonkeyPatch) -> None:
    """It waits one second for the next message, so that many seconds at most; after 120 it would be stopped."""
    assert signal_module.FETCHED_AT_ONCE < 120 < signal_module.FETCH_SECONDS
    asked: list[float] = []

    def watched(*what: Any, **how: Any) -> Any:
        asked.append(how["read"])
        return ask(*what, **how)

    monkeypatch.setattr(signal_module, "ask", watched)
    with ill_provider(says(200, b"[]")) as url:
        assert fetched(Signal(OURS, url)) == []
    assert asked == [signal_module.FETCH_SECONDS]


@pytest.mark.parametrize(
    "body", [b"{}", b"null", b'"[]"', b"", b"<html>", b'[{"envelope": ', b"[" * 100_000],
    ids=["an object", "null", "a word", "nothing", "a page", "half a list", "a hundred thousand brackets"],
)  # fmt: skip
def test_what_is_no_list_is_told_and_not_taken_for_silence(body: bytes) -> None:
    with ill_provider(says(200, body)) as url, pytest.raises(NotSent) as caught:
        fetched(Signal(OURS, url))
    assert (caught.value.sure, caught.value.down, caught.value.permanent) == (False, True, False)


def test_an_answer_without_bounds_is_told() -> None:
    given: list[int] = []
    start = b"HTTP/1.1 200 OK\r\nContent-Length: 157286400\r\n\r\n"
    with ill_provider(floods(start, 150, given)) as url, pytest.raises(NotSent) as caught:
        fetched(Signal(OURS, url))
    assert caught.value.down
    assert len(given) < 40
