"""What goes to Signal has a name, by which it can be deleted again; whatever is wrong with the bridge is told."""

from __future__ import annotations

from collections.abc import Iterator
from time import time
from typing import Any

import pytest

from app.settings import is_near
from bots.ask import ask
from bots.loopback.faults import Faults, Kind
from bots.loopback.signal import Signal as Loopback
from bots.signal import Signal
from hotline.contact import Channel
from hotline.desk.deliver import CannotAsk, Dispatch, NotSent
from hotline.message import Erasure, Incoming
from hotline.store.vault import Address
from tests.ill_provider import ill_provider, says
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


def dispatch(bridge: Loopback, person: str = AMARA, text: str = "Are you there?") -> Dispatch:
    return Dispatch(Channel.SIGNAL, Address(bridge.name_of(person), OURS), text, by_staff=True)


def fails(bot: Signal, what: Dispatch) -> NotSent:
    with pytest.raises(NotSent) as caught:
        bot.send(what)
    return caught.value


# --- what goes


def test_an_answer_reaches_the_app_and_has_a_name(bridge: Loopback, bot: Signal) -> None:
    bridge.write(AMARA, "Hello")
    name = bot.send(dispatch(bridge, text="A person has read it. <b>&amp; ä 😀"))
    entry = bridge.thread(AMARA)[-1]
    assert (entry.who, entry.text, str(entry.timestamp)) == ("hotline", "A person has read it. <b>&amp; ä 😀", name)


def test_whether_it_was_taken_cannot_be_asked(bridge: Loopback, bot: Signal) -> None:
    with pytest.raises(CannotAsk):
        bot.was_sent(dispatch(bridge), time(), lambda one: False)


@pytest.mark.parametrize(
    "told", ["{}", "[]", "null", '{"timestamp": null}', '{"timestamp": true}', '{"timestamp": "soon"}', ""]
)
def test_an_answer_without_a_name_is_in_doubt_for_it_could_never_be_deleted(told: str) -> None:
    with ill_provider(says(201, told.encode())) as url:
        what = Dispatch(Channel.SIGNAL, Address("abc", OURS), "Are you there?", by_staff=True)
        fault = fails(Signal(OURS, url), what)
    assert (fault.sure, fault.permanent, fault.down) == (False, False, False)


@pytest.mark.parametrize("told", ["1790000000000", '"1790000000000"'])
def test_a_name_may_come_as_a_number_or_as_words(told: str) -> None:
    with ill_provider(says(201, f'{{"timestamp": {told}}}'.encode())) as url:
        what = Dispatch(Channel.SIGNAL, Address("abc", OURS), "Are you there?", by_staff=True)
        assert Signal(OURS, url).send(what) == "1790000000000"


def test_whoever_left_signal_is_not_tried_again(bridge: Loopback, bot: Signal) -> None:
    bridge.write(AMARA, "Hello")
    bridge.gone.add(AMARA)
    assert fails(bot, dispatch(bridge)).permanent


def test_a_number_that_the_bridge_has_lost_is_told_at_once(server: Server, bridge: Loopback) -> None:
    bridge.write(AMARA, "Hello")
    fault = fails(Signal("+4780000009", server.url), dispatch(bridge))
    assert (fault.permanent, fault.sure) == (True, True)


@pytest.mark.parametrize(
    ("kind", "sure", "arrived"),
    [
        (Kind.TOO_MANY, True, 0),
        (Kind.SERVER_ERROR, False, 0),
        (Kind.TIMEOUT_AFTER_ACCEPT, False, 1),
        (Kind.NO_ANSWER, False, 0),
    ],
)
def test_trouble_at_the_bridge_is_told_as_it_is(
    bridge: Loopback, bot: Signal, monkeypatch: pytest.MonkeyPatch, kind: Kind, sure: bool, arrived: int
) -> None:
    _impatient(monkeypatch)
    bridge.write(AMARA, "Hello")
    bridge.faults.schedule(kind)
    fault = fails(bot, dispatch(bridge))
    assert (fault.permanent, fault.down, fault.sure) == (False, True, sure)
    assert len(bridge.sent) == arrived


def test_a_bridge_that_is_not_there_took_nothing(bridge: Loopback) -> None:
    fault = fails(Signal(OURS, NOWHERE), dispatch(bridge))
    assert (fault.permanent, fault.down, fault.sure) == (False, True, True)


def test_no_error_tells_the_person_or_the_text(bridge: Loopback, bot: Signal) -> None:
    fault = fails(bot, dispatch(bridge, BOGDAN, "a secret text"))
    assert fault.__suppress_context__ or fault.__context__ is None
    for secret in (BOGDAN, bridge.name_of(BOGDAN), "a secret text"):
        assert secret not in repr(fault)


def test_the_caller_sees_that_it_was_read_and_that_somebody_writes(bridge: Loopback, bot: Signal) -> None:
    bridge.write(AMARA, "Hello")
    (said,) = fetched(bot)
    bot.acknowledge(said)
    assert (bridge.thread(AMARA)[0].read, bridge.typing) == (True, [AMARA])


def test_a_mark_that_cannot_be_shown_is_no_reason_to_fail(bridge: Loopback, bot: Signal) -> None:
    bridge.write(AMARA, "Hello")
    (said,) = fetched(bot)
    bridge.faults.schedule(Kind.SERVER_ERROR, operation="other")
    bot.acknowledge(said)
    Signal(OURS, NOWHERE).acknowledge(said)


# --- deleting


def wish(bridge: Loopback, name: str | None, person: str = AMARA) -> Erasure:
    return Erasure(Channel.SIGNAL, id=name or "", chat=bridge.name_of(person), language="ro")


def test_our_message_is_deleted_on_both_sides_and_theirs_stays(bridge: Loopback, bot: Signal) -> None:
    bridge.write(AMARA, "my name is Amara")
    bot.erase(wish(bridge, bot.send(dispatch(bridge))))
    assert [(entry.who, entry.deleted) for entry in bridge.thread(AMARA)] == [("person", False), ("hotline", True)]


def test_after_a_day_it_cannot_be_deleted_and_nobody_is_asked(bridge: Loopback, bot: Signal, clock: Clock) -> None:
    bridge.write(AMARA, "Hello")
    name = bot.send(dispatch(bridge))
    clock.move(DAY + 1)
    bridge.faults.schedule(Kind.SERVER_ERROR, operation="delete")
    with pytest.raises(NotSent) as caught:
        bot.erase(wish(bridge, name))
    assert caught.value.permanent
    assert bridge.faults.left("delete"), "the bridge was not asked"
    assert not bridge.thread(AMARA)[-1].deleted


@pytest.mark.parametrize("name", [None, "", "SM123", "-5"])
def test_what_has_no_name_cannot_be_deleted(bridge: Loopback, bot: Signal, name: str | None) -> None:
    with pytest.raises(NotSent) as caught:
        bot.erase(wish(bridge, name))
    assert caught.value.permanent


@pytest.mark.parametrize("kind", [Kind.TOO_MANY, Kind.SERVER_ERROR])
def test_a_deletion_is_tried_until_the_bridge_is_back(bridge: Loopback, bot: Signal, kind: Kind) -> None:
    bridge.write(AMARA, "Hello")
    name = bot.send(dispatch(bridge))
    bridge.faults.schedule(kind, operation="delete")
    with pytest.raises(NotSent) as caught:
        bot.erase(wish(bridge, name))
    assert not caught.value.permanent
    bot.erase(wish(bridge, name))
    assert bridge.thread(AMARA)[-1].deleted


def test_a_message_that_the_bridge_refuses_to_delete_is_given_up(bridge: Loopback, bot: Signal, clock: Clock) -> None:
    bridge.write(AMARA, "Hello")
    with pytest.raises(NotSent) as caught:
        bot.erase(wish(bridge, str(int(clock.now * 1000))))
    assert caught.value.permanent


# --- being connected


def test_a_bridge_that_is_well_has_nothing_to_mend(bridge: Loopback, bot: Signal) -> None:
    assert bot.connected() is None


def test_whatever_is_wrong_with_the_bridge_is_told_with_what_to_do(bridge: Loopback, bot: Signal) -> None:
    bridge.accounts = ["+4780000099"]
    assert bot.connected() == f"The Signal bridge does not know {OURS}: register or link this number there."
    bridge.mode = "json-rpc"
    assert bot.connected() == "The Signal bridge runs in mode json-rpc: start it with MODE=native."
    assert Signal(OURS, NOWHERE).connected() == (
        f"The Signal bridge does not answer at {NOWHERE}: start it, or set HOTLINE_SIGNAL_API_URL."
    )


@pytest.mark.parametrize(
    ("url", "near"),
    [
        ("http://127.0.0.1:8080", True), ("http://[::1]:8080", True), ("http://localhost:8080", True),
        ("http://10.1.2.3", True), ("http://192.168.1.5:8080", True), ("http://signal-api:8080", True),
        ("http://bridge.internal", True), ("http://8.8.8.8:8080", False), ("http://bridge.example.org", False),
        ("http://", False),
    ],
)  # fmt: skip
def test_only_a_bridge_nearby_may_be_spoken_to_in_clear(url: str, near: bool) -> None:
    assert is_near(url) is near


def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    def quick(*what: Any, **how: Any) -> Any:
        return ask(*what, **{**how, "read": 0.3})

    monkeypatch.setattr("bots.signal.ask", quick)
