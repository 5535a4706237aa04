"""Copies at Twilio are deleted, however long it refuses or is away."""

from __future__ import annotations

from collections.abc import Iterator
from time import time

import pytest

from bots.loopback.faults import Kind
from hotline.desk.deliver import NotSent
from hotline.message import Erasure
from tests.channel_lines import SmsLine, TwilioLine
from tests.loopback_help import Server


@pytest.fixture(scope="module")
def servers() -> Iterator[tuple[Server, Server]]:
    with Server() as provider, Server() as ours:
        yield provider, ours


@pytest.fixture
def line(servers: tuple[Server, Server]) -> TwilioLine:
    return SmsLine(*servers)


def refusal(line: TwilioLine, sid: str) -> NotSent:
    with pytest.raises(NotSent) as caught:
        line.bot.erase(Erasure(line.channel, sid))
    return caught.value


def test_a_record_that_is_on_its_way_is_deleted_a_minute_later(line: TwilioLine) -> None:
    line.loopback._ledger.pace = 1000.0
    line.bot.send(line.dispatch("First."))
    sid = str(line.bot.send(line.dispatch("Second.")))
    fault = refusal(line, sid)
    assert (fault.wait, fault.permanent, fault.down) == (60.0, False, False)
    line.loopback._ledger.clock = lambda: time() + 2000
    line.bot.erase(Erasure(line.channel, sid))
    assert line.loopback.deleted == [sid]


@pytest.mark.parametrize(
    ("kind", "wait"), [(Kind.TOO_MANY, 9.0), (Kind.SERVER_ERROR, 1.0), (Kind.NO_ANSWER, None)], ids=str
)
def test_a_provider_that_is_ill_is_asked_again_until_the_record_is_gone(
    line: TwilioLine, kind: Kind, wait: float | None
) -> None:
    sid = str(line.bot.send(line.dispatch("First.")))
    line.faults.schedule(kind, operation="delete", retry_after=9)
    fault = refusal(line, sid)
    assert (fault.wait, fault.permanent, fault.down) == (wait, False, True)
    line.bot.erase(Erasure(line.channel, sid))
    assert line.loopback.messages == {}


def test_a_deletion_whose_answer_was_lost_is_found_to_be_done(line: TwilioLine) -> None:
    sid = str(line.bot.send(line.dispatch("First.")))
    line.faults.schedule(Kind.TIMEOUT_AFTER_ACCEPT, operation="delete")
    assert refusal(line, sid).down
    line.bot.erase(Erasure(line.channel, sid))
    assert line.loopback.deleted == [sid]


def test_a_wrong_token_does_not_let_a_copy_stay_for_ever(line: TwilioLine) -> None:
    sid = str(line.bot.send(line.dispatch("First.")))
    line.wrong_token()
    fault = refusal(line, sid)
    assert (fault.wait, fault.permanent) == (300.0, False)


def test_an_id_that_is_none_of_twilios_never_gets_into_an_address(line: TwilioLine) -> None:
    for sid in ("", "../Recordings", "SM1", "SM" + "0" * 32 + "/Media"):
        assert refusal(line, sid).permanent
