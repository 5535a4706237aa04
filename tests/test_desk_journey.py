"""Journeys, from the first word to a person who answers, and what is stored on the way."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from sqlalchemy import Connection, select

from hotline.contact import Channel, Level, State
from hotline.desk.office import Office
from hotline.desk.receive import Reply
from hotline.message import LONGEST_TEXT, Attachment, Delivery, Line, Speaker
from hotline.store.schema import metadata
from hotline.store.vault import Address
from tests import weakened
from tests.people import AMARA, BOGDAN, DAY, HOUR, LANGUAGES, NOW, OURS, Caller, address, hire, lines_of, rows

HELLO = "Hello. Is it safe for you to write now?\n1 It is safe\n2 Not safe"
DANGER = "Call 112 now if you can.\n1 A person, here\n2 What can I do?"


def test_amara_goes_from_her_first_word_to_a_person(office: Office) -> None:
    amara, chloe = Caller(office), hire(office, "Chloe")
    chloe.begins_shift()
    assert amara.writes("Hello, I need help") == [HELLO]
    assert amara.writes("1") == ["Are you in danger now? If so, call 112.\n1 In danger\n2 No danger"]
    assert amara.writes("2") == [
        "We help people with work and travel. We are not the police and not immigration. It costs nothing.\n"
        "We need no name. When we finish, we delete what you wrote. "
        "Your phone and phone company may keep these messages.\n"
        "You decide what happens. We tell nobody about you unless you agree.",
        "We go on in English.\n1 English is good\n2 Another language",
    ]
    assert amara.writes("ok") == [
        "What is it about?\n1 A job offer\n2 My work\n3 Rights, going home\n4 Someone else\n5 I am under 18\n"
        "6 A person, here"
    ]
    assert amara.writes("my work") == [
        "It is not your fault. You have rights, with or without papers. What is hardest?\n"
        "1 I cannot leave\n2 They have my papers\n3 My pay\n4 A debt\n5 I am forced\n6 A person"
    ]
    assert amara.writes("2.") == [
        "Your passport is yours. No boss may keep it. A lost one can be replaced.\n"
        "What do you want now?\n1 A person, here\n2 How to stay safe\n3 Check my work\n4 My rights\n5 Enough for now"
    ]
    assert amara.writes("a person, here") == [
        "May a person answer you here? Until we finish, we keep your number and your messages locked. "
        "Then we delete it all.\n1 I agree\n2 Not now"
    ]
    assert address(office, amara) is None
    assert amara.writes("1") == [
        "Thank you. To delete everything, write DELETE. If others see this phone, write CODE.\n"
        "A person answers you here soon. You can already write."
    ]
    contact = amara.open_contact()
    assert (contact.state, contact.level, contact.waiting_since) == (State.WAITING, Level.URGENT, NOW)
    assert address(office, amara) == Address(AMARA, OURS)
    assert lines_of(office, contact) == []

    assert amara.writes("They keep my papers") == ["Received. A person will read it."]
    assert amara.writes("and do not pay") == []
    assert chloe.sees_waiting() == [contact.id]
    claimed = chloe.claims(contact)
    assert chloe.sees_waiting() == []
    assert chloe.answers(claimed, "I am Chloe. Where are you?") is not None
    assert lines_of(office, contact) == [
        Line(Speaker.CALLER, "They keep my papers", NOW),
        Line(Speaker.CALLER, "and do not pay", NOW),
        Line(Speaker.RESPONDER, "I am Chloe. Where are you?", NOW, delivery=Delivery.WAITING, by="Chloe"),
    ]


@pytest.mark.parametrize("channel", Channel)
def test_the_way_to_a_person_is_the_same_on_every_channel_and_only_a_web_chat_keeps_no_address(
    office: Office, channel: Channel
) -> None:
    amara = Caller(office, channel=channel)
    contact = amara.asks_for_a_person()
    assert contact.channel is channel
    assert address(office, amara) == (None if channel is Channel.WEBCHAT else Address(AMARA, OURS))


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_way_to_a_person_is_open_in_every_language(sqlite_office: Office, language: str) -> None:
    amara = Caller(sqlite_office, channel=Channel.WEBCHAT)
    words = sqlite_office.desk.shelf.words[language]
    (opening,) = amara.writes("?", language=language)
    assert opening.startswith(words["first_contact/safe_now/say"])
    for text in ("0", "1"):
        (said,) = amara.writes(text)
    assert said.startswith(words.filled("out_of_hours/start/say", emergency="112"))
    amara.writes("1")
    assert amara.open_contact().state is State.WAITING
    assert amara.open_contact().conversation.language == language


def test_nothing_that_is_said_before_the_handoff_is_stored_and_what_is_said_after_it_is(
    sqlite_office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With sealing off, so that a word would be seen wherever it stood. What raised a signal is kept as its evidence:
    the responder must see why."""
    from hotline.store.keys import Sealer

    for name in ("seal", "open"):
        monkeypatch.setattr(Sealer, name, getattr(Sealer, name))
    weakened.no_sealing()
    office = sqlite_office
    amara = Caller(office)
    hire(office, "Chloe").begins_shift()
    for text in ("Hello canary1", "canary2 canary3", "1", "my boss canary4 keeps my passport canary5", "0"):
        amara.writes(text)

    def everything(connection: Connection) -> Sequence[Any]:
        return [tuple(row) for table in metadata.sorted_tables for row in connection.execute(select(table))]

    assert "canary" not in str(office.read(everything))
    assert AMARA not in str(office.read(everything))
    amara.writes("1")
    amara.writes("canary6")
    assert "canary6" in str(office.read(everything))
    assert AMARA in str(office.read(everything))


def test_bogdan_who_is_not_safe_leaves_nothing_behind_but_counts(office: Office) -> None:
    bogdan = Caller(office, BOGDAN)
    bogdan.writes("hello")
    assert bogdan.writes("2") == ["OK. Delete this chat if that is safe. You can write again any time."]
    assert bogdan.contact() is None
    assert set(rows(office)) == {"erasures", "seen", "tallies"}


def test_when_nobody_is_on_duty_the_caller_is_told_so(office: Office) -> None:
    chloe, amara = hire(office, "Chloe"), Caller(office)
    chloe.begins_shift(NOW - 9 * HOUR)
    for text in ("Hello", "0"):
        amara.writes(text)
    assert amara.writes("1") == [
        "No person is here right now. In danger, call 112.\n1 Wait for an answer\n2 Go on without\n3 I write later"
    ]
    assert amara.writes("1") == [
        "Your place is kept. To delete everything, write DELETE.\n"
        "Someone answers when the team is back. You can already write."
    ]


def test_the_most_urgent_is_seen_first_and_then_who_came_first(office: Office) -> None:
    chloe = hire(office, "Chloe")
    first = Caller(office, "+4790000011").asks_for_a_person(NOW)
    second = Caller(office, "+4790000012").asks_for_a_person(NOW + 60)
    amara = Caller(office)
    for text in ("he locked me in", "1", "1", "1"):
        amara.writes(text, NOW + 120)
    assert chloe.sees_waiting(NOW + 180) == [amara.open_contact().id, first.id, second.id]


class TestDanger:
    def test_a_first_word_of_danger_is_answered_with_the_number(self, office: Office) -> None:
        amara = Caller(office)
        assert amara.writes("he locked me in") == [DANGER]
        assert amara.open_contact().level is Level.IMMEDIATE
        assert [signal.code for signal in amara.open_contact().conversation.signals] == ["danger"]

    def test_danger_before_the_language_is_known_is_answered_with_the_number(self, office: Office) -> None:
        """Found by this test: only a first message may settle the language, so danger gets the list of languages."""
        amara = Caller(office)
        assert amara.writes("?")[0].startswith("Language\n")
        assert "112" in "\n".join(amara.writes("he locked me in"))

    def test_danger_is_answered_in_the_language_it_was_written_in(self, office: Office) -> None:
        (said,) = Caller(office).writes("me tiene encerrada")
        assert said.startswith(office.desk.shelf.words["es"].filled("danger/start/say", emergency="112"))

    def test_danger_while_waiting_raises_the_level_and_gives_the_number_each_time(self, office: Office) -> None:
        """The first line is also told that it was received: the number alone would sound as if nobody came."""
        amara = Caller(office)
        amara.asks_for_a_person()
        assert amara.writes("he locked me in") == ["Call 112 now if you can.\nReceived. A person will read it."]
        assert amara.writes("he locked me in") == ["Call 112 now if you can."]
        assert amara.writes("thank you") == []
        assert amara.writes("he locked me in", NOW + 1) == ["Call 112 now if you can."]
        assert amara.open_contact().level is Level.IMMEDIATE

    def test_whoever_is_watched_is_let_go_with_one_neutral_word(self, office: Office) -> None:
        amara = Caller(office)
        amara.writes("Hello")
        assert amara.writes("he is checking my phone") == ["OK."]
        assert amara.contact() is None


class TestLanguages:
    def test_a_first_word_that_tells_no_language_gets_the_list_by_own_names(self, office: Office) -> None:
        amara = Caller(office)
        assert amara.writes("?") == ["Language\n1 English\n2 Español\n3 Română\n4 Русский\n5 العربية\n6 ไทย"]
        (said,) = amara.writes("๖")
        assert said.startswith(office.desk.shelf.words["th"]["first_contact/safe_now/say"])

    def test_the_language_can_be_changed_on_the_way(self, office: Office) -> None:
        amara = Caller(office)
        amara.writes("Hello")
        assert amara.writes("language")[0].startswith("Language\n")
        (said,) = amara.writes("Română")
        assert said.startswith(office.desk.shelf.words["ro"]["first_contact/safe_now/say"])
        (back,) = amara.writes("1")
        assert back.startswith(office.desk.shelf.words["ro"]["first_contact/danger_now/say"].split("{")[0])

    def test_the_apps_language_is_a_hint_and_the_words_win(self, office: Office) -> None:
        words = office.desk.shelf.words
        amara = Caller(office, channel=Channel.TELEGRAM)
        assert amara.writes("привет, мне нужна помощь", language="en")[0].startswith(
            words["ru"]["first_contact/safe_now/say"]
        )
        bogdan = Caller(office, BOGDAN, Channel.TELEGRAM)
        assert bogdan.writes("", language="ru")[0].startswith(words["ru"]["first_contact/safe_now/say"])

    def test_one_word_alone_does_not_outweigh_the_apps_language(self, office: Office) -> None:
        """Words like "ok" and "no" are written alike in many languages."""
        words = office.desk.shelf.words
        for number, (word, tag) in enumerate((("hola", "ro"), ("ok", "es"), ("no", "ru"))):
            caller = Caller(office, f"+479000002{number}", Channel.TELEGRAM)
            assert caller.writes(word, language=tag)[0].startswith(words[tag]["first_contact/safe_now/say"])

    def test_the_language_of_the_page_a_chat_was_opened_on_wins_over_the_words(self, office: Office) -> None:
        amara = Caller(office, channel=Channel.WEBCHAT)
        said = amara.writes("привет", language="es")[0]
        assert said.startswith(office.desk.shelf.words["es"]["first_contact/safe_now/say"])


def test_a_picture_is_not_opened_and_the_caller_is_told(office: Office) -> None:
    amara = Caller(office, channel=Channel.WHATSAPP)
    hire(office, "Chloe").begins_shift()
    amara.writes("Hello")
    (said,) = amara.writes("", attachments=(Attachment.PHOTO,))
    assert said.startswith("I cannot open pictures or files here. Please write in words.\n")
    amara.writes("0")
    amara.writes("1")
    amara.writes("", attachments=(Attachment.PHOTO, Attachment.LOCATION))
    (line,) = lines_of(office, amara.open_contact())
    assert line.attachments == (Attachment.PHOTO, Attachment.LOCATION)


def test_an_endless_message_is_cut_and_kept(office: Office) -> None:
    amara = Caller(office)
    amara.asks_for_a_person()
    amara.writes("x" * (LONGEST_TEXT + 5))
    assert [len(line.text) for line in lines_of(office, amara.open_contact())] == [LONGEST_TEXT]


def test_a_caller_who_writes_again_days_later_is_still_themselves(office: Office) -> None:
    amara = Caller(office)
    contact = amara.asks_for_a_person()
    amara.writes("I am still here", NOW + DAY)
    assert amara.open_contact(NOW + DAY).id == contact.id


def test_amara_and_bogdan_never_meet(office: Office) -> None:
    amara, bogdan = Caller(office), Caller(office, BOGDAN)
    mine, his = amara.asks_for_a_person(), bogdan.asks_for_a_person()
    amara.writes("from Amara")
    bogdan.writes("from Bogdan")
    assert [line.text for line in lines_of(office, mine)] == ["from Amara"]
    assert [line.text for line in lines_of(office, his)] == ["from Bogdan"]


def test_an_empty_reply_is_no_message() -> None:
    assert Reply().messages == ()
