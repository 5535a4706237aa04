"""WhatsApp's buttons: one tap answers. Whatever goes wrong with them, the caller gets the words, and gets them once."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Iterator
from pathlib import Path
from time import monotonic
from typing import Any

import pytest

from bots import twilio_buttons
from bots.loopback.faults import Kind
from bots.sms import Lines
from bots.twilio_buttons import Buttons, actions
from hotline.contact import Channel
from hotline.desk.office import Office
from hotline.message import Button, Incoming, Outgoing
from hotline.store.contents import Contents
from hotline.store.engine import open_engine
from tests.channel_lines import NUMBER, PATIENCE, Answering, SmsLine, TwilioLine, WhatsappLine
from tests.loopback_help import Server

SAFE = Outgoing(
    "Hello. Is it safe for you to write now?", (Button(1, "safe", "It is safe"), Button(2, "no", "Not safe"))
)
AS_TEXT = "Hello. Is it safe for you to write now?\n1 It is safe\n2 Not safe"
WHATSAPP_NUMBER = f"whatsapp:{NUMBER}"


@pytest.fixture(scope="module")
def servers() -> Iterator[tuple[Server, Server]]:
    with Server() as provider, Server() as ours:
        yield provider, ours


@pytest.fixture
def hotline() -> Answering:
    return Answering()


@pytest.fixture
def contents(tmp_path: Path, ready_file: Path) -> Contents:
    shutil.copy(ready_file, tmp_path / "hotline.db")
    return Contents(lambda: open_engine(str(tmp_path / "hotline.db")))


@pytest.fixture
def line(servers: tuple[Server, Server], hotline: Answering, contents: Contents) -> TwilioLine:
    return with_buttons(WhatsappLine(*_listening(servers, hotline), Lines(buttons=True)), hotline, contents)


def _listening(servers: tuple[Server, Server], hotline: Answering) -> tuple[Server, Server]:
    servers[1].app = hotline
    return servers


def with_buttons(line: TwilioLine, hotline: Answering, contents: Contents) -> TwilioLine:
    line.bot._buttons = Buttons(line.bot._quick, contents, "AC" + "a1" * 16)
    hotline.bot, hotline.says = line.bot, (SAFE,)
    return line


def shown(line: TwilioLine) -> list[tuple[str, list[str]]]:
    """What stands on the phone from us, with the buttons below."""
    entries = [entry for entry in line.loopback.thread(line.caller) if entry.who == "hotline"]
    return [(entry.text, [button.title for button in entry.buttons]) for entry in entries]


WITH_BUTTONS = (SAFE.text, ["1 It is safe", "2 Not safe"])


def test_a_question_has_buttons_and_a_tap_is_its_choice(line: TwilioLine, hotline: Answering) -> None:
    delivery = line.writes("Hello")
    assert (delivery.acknowledged, delivery.replies) == (True, ())
    assert shown(line) == [WITH_BUTTONS]
    hotline.says = ()
    assert asyncio.run(line.loopback.tap(NUMBER, "no")).acknowledged
    tapped = hotline.heard[-1]
    assert tapped is not None
    assert (tapped.choice, tapped.text) == ("no", "2 Not safe")


def test_the_messages_before_the_question_go_first_and_in_order(line: TwilioLine, hotline: Answering) -> None:
    hotline.says = (Outgoing("One."), Outgoing("Two."), SAFE)
    line.writes("Hello")
    assert shown(line) == [("One.", []), ("Two.", []), WITH_BUTTONS]


def test_the_same_question_is_made_at_twilio_once_and_another_process_knows_it(
    line: TwilioLine, hotline: Answering, contents: Contents, tmp_path: Path
) -> None:
    for _ in range(3):
        line.writes("Hello")
    assert len(line.loopback.contents) == 1
    with_buttons(line, hotline, Contents(lambda: open_engine(str(tmp_path / "hotline.db"))))
    line.writes("Hello")
    assert len(line.loopback.contents) == 1
    assert shown(line) == [WITH_BUTTONS] * 4


def test_what_is_kept_at_twilio_are_the_words_of_the_script_and_no_callers(line: TwilioLine) -> None:
    line.writes("My name is Amara and he has my passport")
    (content,) = line.loopback.contents.values()
    assert content.body == SAFE.text
    assert "Amara" not in repr(line.loopback.contents)


@pytest.mark.parametrize(
    "says",
    [
        (Outgoing("No choice."),),
        (Outgoing("Many.", tuple(Button(place, f"k{place}", f"Choice {place}") for place in range(1, 5))),),
        (Outgoing("Long.", (Button(1, "long", "A label of 21 letters"),)),),
        (Outgoing("Twins.", (Button(1, "a", "Same"), Button(2, "b", "Same"))),),
        (Outgoing("x" * 1025, SAFE.buttons),),
        (Outgoing("A place to fill: {{1}}", SAFE.buttons),),
        (SAFE, Outgoing("And a last word.")),
    ],
    ids=["no choice", "four choices", "a long label", "twins", "a long text", "braces", "not at the end"],
)
def test_what_whatsapp_has_no_buttons_for_is_numbered_lines(
    line: TwilioLine, hotline: Answering, says: tuple[Outgoing, ...]
) -> None:
    hotline.says = says
    line.writes("Hello")
    assert shown(line) == [(message.as_text(), []) for message in says]
    assert (line.loopback.sent, line.loopback.contents) == ([], {})


def test_sms_never_has_buttons(servers: tuple[Server, Server], hotline: Answering, contents: Contents) -> None:
    line = with_buttons(SmsLine(*_listening(servers, hotline)), hotline, contents)
    line.writes("Hello")
    assert shown(line) == [(AS_TEXT, [])]
    assert line.loopback.sent == []


def test_numbers_stand_before_the_labels_where_all_of_them_have_room() -> None:
    fits = (Button(1, "a", "x" * 18), Button(2, "b", "y"))
    assert [one["title"] for one in actions(fits)] == [f"1 {'x' * 18}", "2 y"]
    tight = (Button(1, "a", "x" * 19), Button(2, "b", "y"))
    assert [one["title"] for one in actions(tight)] == ["x" * 19, "y"]
    assert [one["id"] for one in actions(tight)] == ["a", "b"]


FAULTS = [
    ("other", Kind.TOO_MANY),
    ("other", Kind.SERVER_ERROR),
    ("other", Kind.NO_ANSWER),
    ("other", Kind.TIMEOUT_AFTER_ACCEPT),
    ("send", Kind.TOO_MANY),
    ("send", Kind.SERVER_ERROR),
    ("send", Kind.NO_ANSWER),
]


@pytest.mark.parametrize(("operation", "kind"), FAULTS, ids=[f"{name} {kind}" for name, kind in FAULTS])
def test_when_buttons_cannot_be_had_the_caller_gets_the_words_once(
    line: TwilioLine, operation: str, kind: Kind
) -> None:
    line.faults.schedule(kind, operation=operation)
    assert line.writes("Hello").acknowledged
    assert shown(line) == [(AS_TEXT, [])]


def test_what_twilio_took_and_did_not_confirm_is_not_said_again(line: TwilioLine) -> None:
    line.faults.schedule(Kind.TIMEOUT_AFTER_ACCEPT)
    line.writes("Hello")
    assert shown(line) == [WITH_BUTTONS]


def test_without_asking_the_list_it_would_be_said_twice(line: TwilioLine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Buttons, "_was_taken", lambda *_: None)
    line.faults.schedule(Kind.TIMEOUT_AFTER_ACCEPT)
    line.writes("Hello")
    assert len(shown(line)) == 2


def test_without_the_words_as_a_fallback_the_caller_would_get_nothing(
    line: TwilioLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = Buttons.say
    monkeypatch.setattr(Buttons, "say", lambda *given: ((), real(*given)[1]))
    line.faults.schedule(Kind.SERVER_ERROR)
    line.writes("Hello")
    assert shown(line) == []


def test_when_the_list_does_not_answer_either_twice_is_better_than_never(line: TwilioLine) -> None:
    line.faults.schedule(Kind.TIMEOUT_AFTER_ACCEPT)
    line.faults.schedule(Kind.NO_ANSWER, operation="list")
    line.writes("Hello")
    assert shown(line) == [WITH_BUTTONS, (AS_TEXT, [])]


def test_a_fault_in_the_middle_leaves_the_order_as_it_was(line: TwilioLine, hotline: Answering) -> None:
    hotline.says = (Outgoing("One."), Outgoing("Two."), SAFE)
    real = line.bot._quick.send

    def second_fails(dispatch: Any) -> str:
        if dispatch.text == "Two.":
            line.faults.schedule(Kind.TOO_MANY)
        return real(dispatch)

    line.bot._quick.send = second_fails  # type: ignore[method-assign]
    line.writes("Hello")
    assert shown(line) == [("One.", []), ("Two.", []), (AS_TEXT, [])]


def test_after_a_fault_there_are_no_buttons_for_a_minute(line: TwilioLine, monkeypatch: pytest.MonkeyPatch) -> None:
    line.faults.schedule(Kind.NO_ANSWER)
    line.writes("Hello")
    line.writes("Hello")
    assert line.loopback.sent == [], "Twilio was not asked again, so the caller did not wait"
    now = monotonic()
    monkeypatch.setattr("time.monotonic", lambda: now + twilio_buttons.PAUSE)
    line.writes("Hello")
    assert shown(line)[-1] == WITH_BUTTONS


def test_a_template_that_somebody_deleted_at_twilio_is_made_anew(line: TwilioLine) -> None:
    line.writes("Hello")
    line.loopback.contents.clear()
    line.writes("Hello")
    assert shown(line) == [WITH_BUTTONS, (AS_TEXT, [])]
    line.writes("Hello")
    assert shown(line)[-1] == WITH_BUTTONS


def test_a_fifth_reply_at_the_same_time_does_not_wait_for_the_others(line: TwilioLine, hotline: Answering) -> None:
    buttons = line.bot._buttons
    assert buttons is not None
    incoming = Incoming(Channel.WHATSAPP, NUMBER, line.address.ours, "SM" + "0" * 32, "Hello")
    for _ in range(twilio_buttons.AT_ONCE):
        buttons._room.acquire()
    assert buttons.say(incoming, (SAFE,)) == ((SAFE,), ())


def test_a_reply_that_takes_long_goes_on_as_text(
    line: TwilioLine, hotline: Answering, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(twilio_buttons, "BUDGET", -1.0)
    line.writes("Hello")
    assert shown(line) == [(AS_TEXT, [])]


def test_the_longest_a_reply_can_take_is_less_than_twilio_waits() -> None:
    """Begun within the budget: making a template, sending, and asking the list, each with its connection and answer."""
    from bots.sms import QUICK_SECONDS

    assert twilio_buttons.BUDGET + 3 * QUICK_SECONDS < 15
    assert PATIENCE < QUICK_SECONDS


def test_a_database_in_trouble_costs_a_template_and_no_reply(line: TwilioLine, hotline: Answering) -> None:
    def nowhere() -> Any:
        raise OSError

    with_buttons(line, hotline, Contents(nowhere))
    line.writes("Hello")
    line.writes("Hello")
    assert shown(line) == [WITH_BUTTONS] * 2
    assert len(line.loopback.contents) == 1


def test_whatsapp_shows_that_a_message_was_read(line: TwilioLine, hotline: Answering) -> None:
    delivery = line.writes("Hello")
    (incoming,) = hotline.heard
    assert incoming is not None
    line.bot.acknowledge(incoming)
    assert line.loopback.typing == [delivery.message_sid]


def test_sms_shows_nothing_and_asks_nobody(servers: tuple[Server, Server], hotline: Answering) -> None:
    line = SmsLine(*_listening(servers, hotline))
    hotline.bot = line.bot
    line.writes("Hello")
    (incoming,) = hotline.heard
    assert incoming is not None
    line.faults.schedule(Kind.SERVER_ERROR, operation="answer")
    line.bot.acknowledge(incoming)
    assert (line.loopback.typing, len(line.faults.left("answer"))) == ([], 1)


def test_names_of_templates_are_kept_and_forgotten(office: Office) -> None:
    kept = Contents(lambda: office.engine)
    assert kept.find("key") is None
    kept.keep("key", "HX1")
    kept.keep("key", "HX2")
    assert Contents(lambda: office.engine).find("key") == "HX1", "who came first is right for everybody"
    kept.forget("key")
    assert (kept.find("key"), Contents(lambda: office.engine).find("key")) == (None, None)
