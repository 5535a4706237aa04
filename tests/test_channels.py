"""One suite for every channel: whatever a caller writes on, the same things hold."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from hotline.channels import TRAITS, Reach
from hotline.contact import Channel, State
from hotline.desk.work import Refused
from hotline.message import LONGEST_TEXT, Attachment, Delivery
from tests.channel_people import Line, Tab, a_line
from tests.people import comes_true, lines_of

TRACES = {
    Channel.SMS: "Your phone and phone company may keep these messages.",
    Channel.WHATSAPP: "Your phone and WhatsApp may keep these messages.",
    Channel.TELEGRAM: "Your phone and Telegram may keep these messages.",
    Channel.WEBCHAT: "Your browser may remember the name of this website.",
    Channel.SIGNAL: "Your phone may keep these messages.",
}
"""The honesty label of each channel, as locales/en/scripts.po has it."""

SECRET = "the blue door beside the bakery"


@pytest.fixture(params=list(Channel), ids=str)
def line(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Line]:
    with a_line(request.param, tmp_path) as one:
        yield one


def test_every_channel_has_a_row_and_a_label() -> None:
    assert set(TRAITS) == set(Channel) == set(TRACES)


def test_the_first_words_ask_whether_it_is_safe(line: Line) -> None:
    line.writes("hello")
    assert "Is it safe for you to write now?" in " ".join(line.reads())


def test_what_the_channel_leaves_is_said_before_anything_is_asked_of_the_caller(line: Line) -> None:
    for text in ("hello", "1", "2", "1"):
        line.writes(text)
        if TRACES[line.channel] in " ".join(line.reads()):
            break
    said = " ".join(line.reads())
    assert TRACES[line.channel] in said
    assert "What do you need" not in said.split(TRACES[line.channel])[0]


def test_a_person_answers_and_the_answer_arrives_once(line: Line) -> None:
    chloe = line.street.responder()
    line.says_yes_until_a_person_has_it()
    line.writes(SECRET)
    contact = chloe.claims(line.street.contact(), time.time())
    assert SECRET in [one.text for one in lines_of(line.street.house.office, contact)]
    chloe.answers(contact, "I am here with you.", time.time())
    comes_true(lambda: _settled(line) and " ".join(line.reads()).count("I am here with you.") == 1)
    line.street.settle()
    assert " ".join(line.reads()).count("I am here with you.") == 1


def test_a_message_that_comes_twice_is_one(line: Line) -> None:
    chloe = line.street.responder()
    line.says_yes_until_a_person_has_it()
    contact = chloe.claims(line.street.contact(), time.time())
    line.repeats(SECRET)
    line.street.settle()
    texts = [one.text for one in lines_of(line.street.house.office, contact)]
    assert texts.count(SECRET) == 1


def test_a_photo_is_named_to_staff_and_never_fetched(line: Line) -> None:
    if isinstance(line, Tab):
        with pytest.raises(NotImplementedError):
            line.sends_a_photo()
        assert 'type="file"' not in line.page
        return
    chloe = line.street.responder()
    line.says_yes_until_a_person_has_it()
    contact = chloe.claims(line.street.contact(), time.time())
    before = len(line.street.asked)
    line.sends_a_photo()
    (kinds,) = [one.attachments for one in lines_of(line.street.house.office, contact) if one.attachments]
    assert kinds == (Attachment.PHOTO,)
    assert not [path for path in line.street.asked[before:] if _is_a_file(path)]


def test_a_long_message_is_kept_up_to_its_bound(line: Line) -> None:
    chloe = line.street.responder()
    line.says_yes_until_a_person_has_it()
    contact = chloe.claims(line.street.contact(), time.time())
    most = {Channel.SMS: 1600, Channel.WHATSAPP: 1600, Channel.WEBCHAT: 2000}.get(line.channel, LONGEST_TEXT)
    line.writes("ä" * most)
    assert "ä" * most in [one.text for one in lines_of(line.street.house.office, contact)]


def test_an_answer_longer_than_the_channel_carries_is_refused_in_a_sentence(line: Line) -> None:
    chloe = line.street.responder()
    line.says_yes_until_a_person_has_it()
    contact = chloe.claims(line.street.contact(), time.time())
    longest = TRAITS[line.channel].longest
    with pytest.raises(Refused) as caught:
        chloe.answers(contact, "a" * (longest + 1), time.time())
    told = f"That is {longest + 1} characters: {longest} is the most that this channel carries at once."
    assert str(caught.value) == told


def test_the_caller_sees_that_a_message_came_where_the_channel_can_show_it(line: Line) -> None:
    line.street.responder()
    line.says_yes_until_a_person_has_it()
    line.writes(SECRET)
    if TRAITS[line.channel].marks:
        comes_true(line.was_shown_that_it_came)
    else:
        assert not line.was_shown_that_it_came()


def test_while_the_provider_is_away_an_answer_waits_and_then_leaves_once(line: Line) -> None:
    if not line.channel.needs_address:
        return  # a page fetches its answers: there is no provider
    chloe = line.street.responder()
    line.says_yes_until_a_person_has_it()
    contact = chloe.claims(line.street.contact(), time.time())
    # A Signal bridge that fails in the middle cannot be asked what it did: there it says by itself that it did nothing.
    kind = "too_many" if line.channel is Channel.SIGNAL else "server_error"
    line.street.faults.schedule(kind, 1, operation="send")
    chloe.answers(contact, "I am here with you.", time.time())
    line.street.settle()
    assert "I am here with you." not in line.reads()
    comes_true(lambda: _settled(line) and "I am here with you." in line.reads(), 20)
    line.street.settle()
    assert line.reads().count("I am here with you.") == 1


def test_delete_everything_reaches_as_far_as_the_channel_lets_it(line: Line) -> None:
    chloe = line.street.responder()
    line.says_yes_until_a_person_has_it()
    contact = chloe.claims(line.street.contact(), time.time())
    chloe.answers(contact, SECRET, time.time())
    comes_true(lambda: _settled(line) and SECRET in " ".join(line.reads()))
    line.writes("delete")
    assert line.street.contacts() == []
    if TRAITS[line.channel].reach is not Reach.HERE:
        comes_true(lambda: _settled(line) and not any(SECRET in text for text in line.still_there()), 20)


def test_what_came_is_deleted_at_twilio_without_being_asked(tmp_path: Path) -> None:
    with a_line(Channel.SMS, tmp_path) as line:
        line.writes(SECRET)
        comes_true(lambda: _settled(line) and not line.still_there(), 20)


def test_a_channel_that_reports_tells_the_responder_how_far_an_answer_came(line: Line) -> None:
    if not TRAITS[line.channel].reports:
        return
    chloe = line.street.responder()
    line.says_yes_until_a_person_has_it()
    contact = chloe.claims(line.street.contact(), time.time())
    chloe.answers(contact, "I am here with you.", time.time())
    office = line.street.house.office

    def arrived() -> bool:
        return _settled(line) and any(
            one.delivery in (Delivery.DELIVERED, Delivery.READ) for one in lines_of(office, contact)
        )

    comes_true(arrived, 20)


def test_stop_for_now_and_coming_back_work_everywhere(line: Line) -> None:
    line.street.responder()
    line.says_yes_until_a_person_has_it()
    line.writes("pause")
    assert line.street.contact().state is State.WAITING
    line.writes("hello")
    assert line.street.contact().state is State.WAITING


def _settled(line: Line) -> bool:
    line.street.settle()
    return True


def _is_a_file(path: str) -> bool:
    return "canary" in path or "/Media" in path or "getFile" in path or "attachments" in path
