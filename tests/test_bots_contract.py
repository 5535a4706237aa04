"""One contract for every provider: the same verbs, tried with the real client libraries against the simulated ones."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from time import time
from typing import cast

import pytest

from bots.contract import Webhook
from bots.loopback.faults import Kind
from hotline.desk.deliver import CannotAsk, NotSent
from hotline.message import Button, Erasure, Outgoing
from tests.channel_lines import CHAT, LINES, NUMBER, Answering, Line, TwilioLine, hurry
from tests.loopback_help import Server
from tests.server_help import BOT_TOKEN, TOKEN

Servers = tuple[Server, Server]


@pytest.fixture
def hotline() -> Answering:
    return Answering()


@pytest.fixture(scope="module")
def servers() -> Iterator[Servers]:
    """Where the provider listens, and where we do."""
    with Server() as provider, Server() as ours:
        yield provider, ours


@pytest.fixture(params=list(LINES), ids=str)
def line(request: pytest.FixtureRequest, servers: Servers, hotline: Answering, monkeypatch: pytest.MonkeyPatch) -> Line:
    hurry(monkeypatch)
    provider, ours = servers
    ours.app = hotline
    made = LINES[request.param](provider, ours)
    hotline.bot = cast(Webhook, made.bot)
    return made


def fails(line: Line, text: str = "Are you there?") -> NotSent:
    with pytest.raises(NotSent) as caught:
        line.bot.send(line.dispatch(text))
    return caught.value


def was_sent(line: Line, text: str, since: float | None = None, known: frozenset[str] = frozenset()) -> str | None:
    return line.bot.was_sent(line.dispatch(text), time() if since is None else since, known.__contains__)


def test_what_a_person_writes_is_received(line: Line, hotline: Answering) -> None:
    assert line.writes("Hello, I need help 😀").acknowledged
    (incoming,) = hotline.heard
    assert incoming is not None
    assert (incoming.channel, incoming.text) == (line.channel, "Hello, I need help 😀")
    assert (incoming.sender, incoming.recipient) == (line.address.caller, line.address.ours)


def test_a_repeat_of_the_provider_carries_the_same_id(line: Line, hotline: Answering) -> None:
    line.faults.schedule(Kind.DUPLICATE, operation="webhook")
    line.writes("Hello")
    one, two = (incoming for incoming in hotline.heard if incoming)
    assert one == two


def test_two_messages_have_two_ids(line: Line, hotline: Answering) -> None:
    for _ in range(2):
        line.writes("Hello")
    assert len({incoming.id for incoming in hotline.heard if incoming}) == 2


def test_a_reply_reaches_the_phone_in_the_same_response(line: Line, hotline: Answering) -> None:
    hotline.says = (Outgoing("Is it safe?", (Button(1, "safe", "It is safe"), Button(2, "not", "Not safe"))),)
    line.writes("Hello")
    (text,) = line.reads()
    assert text.startswith("Is it safe?")
    assert line.shown_choices() == ["1 It is safe", "2 Not safe"]


def test_several_messages_all_arrive(line: Line, hotline: Answering) -> None:
    hotline.says = (Outgoing("One."), Outgoing("Two."))
    line.writes("Hello")
    assert "\n\n".join(line.reads()) == "One.\n\nTwo."


def test_no_reply_is_no_message(line: Line) -> None:
    assert (line.writes("Hello").acknowledged, line.reads()) == (True, [])


def test_a_later_answer_is_delivered(line: Line) -> None:
    line.bot.send(line.dispatch("A person has read it. <b>&amp; ä 😀"))
    assert line.reads() == ["A person has read it. <b>&amp; ä 😀"]


def test_the_longest_answer_of_the_channel_is_delivered_whole(line: Line) -> None:
    text = "ж" * line.traits.longest
    line.bot.send(line.dispatch(text))
    assert "".join(line.reads()) == text


def test_two_answers_have_two_ids(line: Line) -> None:
    one, two = (line.bot.send(line.dispatch(text)) for text in ("One.", "Two."))
    assert None not in (one, two)
    assert one != two


def test_whoever_shut_us_out_gets_nothing_and_we_do_not_try_again(line: Line) -> None:
    line.shuts_us_out()
    fault = fails(line)
    assert fault.permanent
    assert fault.opted_out == line.says_opted_out
    assert line.reads() == []


def test_too_many_at_once_means_wait_as_long_as_was_said(line: Line) -> None:
    line.faults.schedule(Kind.TOO_MANY, retry_after=7)
    fault = fails(line)
    assert (fault.permanent, fault.sure, fault.down) == (False, True, True)
    assert fault.wait == line.retry_after
    line.bot.send(line.dispatch("Are you there?"))
    assert line.reads() == ["Are you there?"]


def test_a_fault_of_the_provider_is_no_answer_for_good(line: Line) -> None:
    line.faults.schedule(Kind.SERVER_ERROR)
    fault = fails(line)
    assert (fault.permanent, fault.down) == (False, True)
    assert fault.sure == line.sure_after_fault


def test_an_answer_that_was_taken_and_not_confirmed_is_never_simply_sent_again(line: Line) -> None:
    line.faults.schedule(Kind.TIMEOUT_AFTER_ACCEPT)
    fault = fails(line)
    assert (fault.permanent, fault.sure) == (False, False)
    assert line.reads() == ["Are you there?"]
    if line.traits.asks:
        assert was_sent(line, "Are you there?")


def test_an_answer_that_was_not_taken_and_not_refused_is_unsure(line: Line) -> None:
    line.faults.schedule(Kind.NO_ANSWER)
    fault = fails(line)
    assert (fault.permanent, fault.sure, fault.down) == (False, False, True)
    assert line.reads() == []
    if line.traits.asks:
        assert was_sent(line, "Are you there?") is None


def test_a_provider_that_is_not_there_can_be_tried_again(line: Line) -> None:
    line.nowhere()
    fault = fails(line)
    assert (fault.permanent, fault.down, fault.sure) == (False, True, True)


def test_what_the_provider_refuses_for_good_is_not_tried_again(line: Line) -> None:
    line.address = line.nobody()
    fault = fails(line)
    assert (fault.permanent, fault.sure, fault.opted_out) == (True, True, False)


def test_a_wrong_token_is_not_tried_again(line: Line) -> None:
    line.wrong_token()
    assert fails(line).permanent


def test_a_channel_that_cannot_be_asked_says_so_and_the_others_tell_one_message_from_another(line: Line) -> None:
    sid = line.bot.send(line.dispatch("Are you there?"))
    assert sid
    if not line.traits.asks:
        with pytest.raises(CannotAsk):
            was_sent(line, "Are you there?")
        return
    assert was_sent(line, "Are you there?") == sid
    assert was_sent(line, "Are you still there?") is None
    assert was_sent(line, "Are you there?", time() + 3600) is None
    assert was_sent(line, "Are you there?", known=frozenset({sid})) is None


@pytest.mark.parametrize("kind", [Kind.SERVER_ERROR, Kind.TOO_MANY, Kind.NO_ANSWER], ids=str)
def test_a_provider_that_cannot_be_asked_now_leaves_us_unsure(line: Line, kind: Kind) -> None:
    if not line.traits.asks:
        pytest.skip("this channel can never be asked")
    line.faults.schedule(kind, operation="list")
    with pytest.raises(NotSent) as caught:
        was_sent(line, "Are you there?")
    assert (caught.value.permanent, caught.value.sure) == (False, False)


def test_a_mark_that_a_message_came_never_fails(line: Line, hotline: Answering) -> None:
    line.writes("Hello")
    (incoming,) = hotline.heard
    assert incoming is not None
    for kind in (Kind.TOO_MANY, Kind.SERVER_ERROR, Kind.NO_ANSWER):
        for operation in ("answer", "other"):
            line.faults.schedule(kind, operation=operation)
        line.bot.acknowledge(incoming)
    line.nowhere()
    line.bot.acknowledge(incoming)
    assert line.reads() == []


def test_fetching_from_a_provider_that_is_away_says_so_or_gives_nothing(line: Line) -> None:
    line.nowhere()
    found = []
    with suppress(NotSent):
        found = list(line.bot.fetch(time() - 60))
    assert found == []


def test_a_record_at_the_provider_is_deleted_however_often_it_is_asked(line: Line, hotline: Answering) -> None:
    if not line.erases_records:
        pytest.skip("what this channel deletes stands in the caller's chat, and has tests of its own")
    line.writes("Hello")
    (incoming,) = hotline.heard
    assert incoming is not None
    sid = line.bot.send(line.dispatch("We are here."))
    assert sid
    for one in (incoming.id, sid, sid):
        line.bot.erase(Erasure(line.channel, one))
    assert isinstance(line, TwilioLine)
    assert (line.loopback.messages, line.loopback.deleted) == ({}, [incoming.id, sid])


@pytest.mark.parametrize("kind", [Kind.SERVER_ERROR, Kind.TOO_MANY, Kind.TIMEOUT_AFTER_ACCEPT], ids=str)
def test_no_error_tells_the_number_the_text_or_the_token(line: Line, kind: Kind) -> None:
    line.faults.schedule(kind)
    fault = fails(line, "a secret text")
    assert fault.__suppress_context__, "the library's own error, which holds the address, is not carried along"
    for secret in (NUMBER, str(CHAT), "a secret text", TOKEN, BOT_TOKEN):
        assert secret not in repr(fault)
