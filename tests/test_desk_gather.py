"""Messages that did not come by themselves are taken once, answered once, and never taken for answers to unseen questions."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from hotline.contact import Channel, Level, State
from hotline.desk import gather
from hotline.desk.deliver import NotSent
from hotline.desk.gather import put_by, remember_said, take_up
from hotline.desk.office import Office
from hotline.desk.receive import Reply, receive
from hotline.message import Incoming, Speaker
from tests.people import BOGDAN, HOUR, NOW, Caller, hire, lines_of, rows

SAFE = "Hello. Is it safe for you to write now?\n1 It is safe\n2 Not safe"
DANGER = "Are you in danger now? If so, call 112.\n1 In danger\n2 No danger"


@dataclass
class Sayer:
    """Says the script's replies; `faults` are raised one by one first."""

    faults: list[NotSent] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    trouble: list[Exception] = field(default_factory=list)

    def __call__(self, incoming: Incoming, reply: Reply) -> None:
        messages = reply.messages
        if messages and self.faults:
            raise self.faults.pop(0)
        self.said += [message.as_text() for message in messages]

    def takes_up(self, office: Office, now: float = NOW) -> None:
        while take_up(office, self, now, self.trouble.append):
            pass
        assert self.trouble == []


@pytest.fixture
def amara(office: Office) -> Caller:
    return Caller(office, channel=Channel.SIGNAL)


def fetched(office: Office, *messages: Incoming, now: float = NOW) -> Sayer:
    put_by(office, messages, now)
    sayer = Sayer()
    sayer.takes_up(office, now)
    return sayer


def test_a_fetched_message_is_answered_like_any_other_and_once(office: Office, amara: Caller) -> None:
    hello = amara.message("Hello", id="1")
    assert fetched(office, hello).said == [SAFE]
    assert fetched(office, hello).said == []
    assert amara.sends(hello).messages == ()
    assert "inbox" not in rows(office)


def test_what_came_by_itself_is_not_put_by(office: Office, amara: Caller) -> None:
    amara.writes("Hello", id="1")
    assert put_by(office, [amara.message("Hello", id="1")], NOW) == 0


def test_a_message_that_comes_by_itself_while_it_is_put_by_is_taken_and_answered_once(
    office: Office, amara: Caller
) -> None:
    hello = amara.message("Hello", id="1")
    put_by(office, [hello, hello], NOW, wait=30)
    sayer = Sayer()
    sayer.takes_up(office, NOW + 29)
    assert amara.writes("Hello", NOW + 29, id="1") == [SAFE]
    sayer.takes_up(office, NOW + 30)
    assert (sayer.said, rows(office)["contacts"], "inbox" in rows(office)) == ([], 1, False)


def test_several_of_one_caller_are_answered_once_and_each_caller_is(office: Office, amara: Caller) -> None:
    bogdan = Caller(office, BOGDAN, Channel.SIGNAL)
    messages = [amara.message("Hello"), bogdan.message("Hello"), amara.message("is somebody there"), amara.message("?")]
    assert fetched(office, *messages).said == [SAFE, SAFE]


def test_a_number_written_after_a_question_nobody_saw_is_no_answer_to_it(office: Office, amara: Caller) -> None:
    """Fetched one by one, "1" would say that it is safe, and the next "1" that she is in danger, or not."""
    assert fetched(office, amara.message("Hello"), amara.message("1"), amara.message("2")).said == [SAFE]
    assert amara.writes("1") == [DANGER]


def test_with_that_switched_off_it_would_be_taken_for_one(
    office: Office, amara: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gather, "_must_stay_apart", lambda *_: True)
    assert fetched(office, amara.message("Hello"), amara.message("1")).said == [SAFE, DANGER]


def test_danger_in_any_of_them_is_heard(office: Office, amara: Caller) -> None:
    fetched(office, amara.message("Hello"), amara.message("he has a knife"), amara.message("are you there"))
    assert amara.open_contact().level is Level.IMMEDIATE


@pytest.mark.parametrize("command", ["delete", "person"])
def test_a_word_that_means_the_same_everywhere_is_heard_among_others_and_answered_last(
    office: Office, amara: Caller, command: str
) -> None:
    amara.writes("Hello")
    sayer = fetched(office, amara.message("are you there"), amara.message(command), amara.message("1"))
    if command == "delete":
        assert sayer.said[-1] == "Done. Our messages are deleted here. Please delete your own yourself."
        assert amara.contact() is None
    else:
        assert "1" in sayer.said[-1]
        assert amara.open_contact().state is State.SCRIPTED, "the 1 was no yes to being handed over"


def test_whom_a_person_has_is_read_line_by_line_in_order(office: Office, amara: Caller) -> None:
    contact = hire(office, "Chloe").claims(amara.asks_for_a_person())
    fetched(office, *(amara.message(text) for text in ("one", "two", "three")))
    assert [line.text for line in lines_of(office, contact) if line.speaker is Speaker.CALLER][-3:] == [
        "one",
        "two",
        "three",
    ]


def test_after_long_silence_the_first_words_ask_again_whether_it_is_safe(office: Office, amara: Caller) -> None:
    amara.writes("Hello")
    amara.writes("1")
    contact = amara.open_contact()
    office.write(lambda tx: office.desk.contacts.destroy(tx, contact.id))  # as the clock does
    assert fetched(office, amara.message("no danger, thank you"), now=NOW + 6 * HOUR).said == [SAFE]


class TestReplies:
    def test_a_reply_that_surely_did_not_leave_is_said_later_and_once(self, office: Office, amara: Caller) -> None:
        """Found by thinking of this test: the row left the inbox with the words, and the reply was lost."""
        put_by(office, [amara.message("Hello")], NOW)
        sayer = Sayer([NotSent("nobody there", down=True), NotSent("spared", untried=True, wait=9.0)])
        for minute in range(20):
            sayer.takes_up(office, NOW + minute * 60)
        assert (sayer.said, "inbox" in rows(office)) == ([SAFE], False)

    @pytest.mark.parametrize(
        "fault", [NotSent("no answer", sure=False, down=True), NotSent("blocked", permanent=True)], ids=str
    )
    def test_one_that_may_have_left_or_never_can_is_not_said_again(
        self, office: Office, amara: Caller, fault: NotSent
    ) -> None:
        put_by(office, [amara.message("Hello")], NOW)
        sayer = Sayer([fault])
        for minute in range(5):
            sayer.takes_up(office, NOW + minute * 60)
        assert (sayer.said, rows(office)["contacts"], "inbox" in rows(office)) == ([], 1, False)

    def test_a_worker_that_dies_before_it_said_the_reply_is_followed_by_one_that_says_it(
        self, office: Office, amara: Caller
    ) -> None:
        put_by(office, [amara.message("Hello")], NOW)

        def dies(*_: object) -> None:
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            take_up(office, dies, NOW, lambda _: None)
        fresh = replace(office, desk=replace(office.desk, in_flight=type(office.desk.in_flight)()))
        sayer = Sayer()
        sayer.takes_up(fresh, NOW + 120)
        assert (sayer.said, rows(office)["contacts"]) == ([SAFE], 1)

    def test_what_the_script_said_by_signal_is_kept_so_that_it_can_be_deleted_there(
        self, office: Office, amara: Caller
    ) -> None:
        hello = amara.message("Hello")
        fetched(office, hello)
        office.write(lambda tx: remember_said(office.desk, tx, hello, ["1795262400000"], NOW))
        fetched(office, amara.message("delete"))
        due = office.read(lambda connection: office.desk.erasures.due(connection, NOW + HOUR))
        task = office.write(lambda tx: office.desk.erasures.lease(tx, due[0], NOW + HOUR))
        assert task is not None
        assert (task.erasure.id, task.erasure.chat) == ("1795262400000", amara.sender)


def test_one_callers_trouble_holds_nobody_else_up_and_spoils_no_other_message_of_theirs(
    office: Office, amara: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    received = receive

    def breaks(desk: object, tx: object, incoming: Incoming, *rest: object) -> object:
        if "spoiled" in incoming.text:
            raise RuntimeError("a fault that nobody thought of")
        return received(desk, tx, incoming, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(gather, "receive", breaks)
    bogdan = Caller(office, BOGDAN, Channel.SIGNAL)
    put_by(office, [amara.message("Hello"), amara.message("spoiled"), bogdan.message("Hello")], NOW)
    sayer = Sayer()
    take_up(office, sayer, NOW, sayer.trouble.append)
    assert (sayer.said, len(sayer.trouble)) == ([SAFE], 1)
    take_up(office, sayer, NOW + 120, sayer.trouble.append)
    assert sayer.said == [SAFE, SAFE]
    assert rows(office)["inbox"] == 1


def test_a_message_that_overtakes_its_group_in_that_moment_loses_nothing(
    office: Office, amara: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    messages = [amara.message("he has a knife", id="1"), amara.message("Hello", id="2")]
    put_by(office, messages, NOW)

    as_said = gather._as_said

    def late(*how: Any, **more: Any) -> Any:
        heard = as_said(*how, **more)
        amara.writes("Hello", id="2")
        return heard

    sayer = Sayer()
    with monkeypatch.context() as patched:
        patched.setattr(gather, "_as_said", late)
        take_up(office, sayer, NOW, sayer.trouble.append)
    assert [type(one).__name__ for one in sayer.trouble] == ["Overtaken"]
    sayer.trouble.clear()
    sayer.takes_up(office, NOW + 120)
    assert amara.open_contact().level is Level.IMMEDIATE
    assert "inbox" not in rows(office)
