"""Providers repeat themselves, phone companies own some words: each message is taken once and answered as it should be."""

from __future__ import annotations

from pathlib import Path

import pytest

from hotline.contact import Channel, State
from hotline.desk.office import InFlight, Office
from hotline.desk.receive import Reply
from hotline.store.shelf import Shelf
from hotline.triage.listen import CARRIER_WORDS, OPT_OUT_WORDS
from tests.conftest import open_office
from tests.people import BOGDAN, DAY, NOW, Caller, lines_of

MIDNIGHT = NOW - NOW % DAY + DAY
HELLO = ["Hello. Is it safe for you to write now?\n1 It is safe\n2 Not safe"]


def lost(office: Office, reply: Reply) -> None:
    """The reply could not be sent, as the face that sent it says."""
    assert reply.digest is not None
    office.desk.in_flight.discard([reply.digest])


class TestRepeats:
    def test_a_repeat_before_the_reply_has_left_gets_the_same_reply(self, office: Office) -> None:
        amara = Caller(office)
        first = amara.sends(amara.message("Hello", id="SM1"), left=False)
        lost(office, first)
        again = amara.sends(amara.message("Hello", id="SM1"), NOW + 60, left=False)
        assert again == first
        assert again.messages[0].buttons

    def test_a_repeat_after_the_reply_has_left_gets_nothing(self, office: Office) -> None:
        amara = Caller(office)
        assert amara.writes("Hello", id="SM1") == HELLO
        for days in range(8):
            assert amara.writes("Hello", NOW + days * DAY, id="SM1") == []

    def test_a_repeat_while_the_reply_is_being_sent_gets_nothing(self, office: Office) -> None:
        amara = Caller(office)
        assert amara.writes("Hello", id="SM1", left=False) == HELLO
        assert amara.writes("Hello", id="SM1", left=False) == []

    def test_a_repeat_that_another_process_gets_is_answered_with_the_same_reply(
        self, office: Office, database_url: str, shelf: Shelf, keys: Path
    ) -> None:
        assert Caller(office).writes("Hello", id="SM1", left=False) == HELLO
        with open_office(database_url, shelf, keys) as second:
            assert Caller(second).writes("Hello", id="SM1") == HELLO
            assert Caller(second).writes("Hello", id="SM1") == []

    def test_a_repeat_changes_nothing(self, office: Office) -> None:
        amara = Caller(office)
        amara.writes("Hello")
        amara.writes("1", id="SM1")
        before = amara.open_contact()
        amara.writes("1", id="SM1")
        assert amara.open_contact() == before

    def test_a_repeat_across_midnight_is_answered_once_more_and_then_not(self, office: Office) -> None:
        """Found by this test: the reply is noted under yesterday's digest and ticked off under today's, so it never is."""
        amara = Caller(office)
        lost(office, amara.sends(amara.message("Hello", id="SM1"), MIDNIGHT - 5, left=False))
        assert amara.writes("Hello", MIDNIGHT + 65, id="SM1") == HELLO
        assert amara.writes("Hello", MIDNIGHT + 70, id="SM1") == []

    def test_a_repeat_of_the_last_word_finds_nobody_any_more(self, office: Office) -> None:
        amara = Caller(office)
        amara.writes("Hello")
        assert amara.writes("2", id="SM1", left=False) != []
        assert amara.writes("2", id="SM1") == []
        assert amara.contact() is None

    def test_the_same_id_on_another_channel_is_another_message(self, office: Office) -> None:
        assert Caller(office).writes("Hello", id="7") == HELLO
        assert Caller(office, channel=Channel.TELEGRAM).writes("Hello", id="7") == HELLO

    def test_a_repeated_line_is_held_once_for_the_person(self, office: Office) -> None:
        amara = Caller(office)
        contact = amara.asks_for_a_person()
        for _ in range(3):
            amara.writes("They keep my papers", id="SM9")
        assert [line.text for line in lines_of(office, contact)] == ["They keep my papers"]

    def test_replies_that_left_while_others_were_noted_are_noted_too(self) -> None:
        in_flight = InFlight()
        for digest in (b"1", b"2"):
            in_flight.add(digest)
        assert in_flight.note_left([b"1"])
        assert not in_flight.note_left([b"2"])
        assert in_flight.noted([b"1"])
        assert in_flight.take_left() == [b"2"]
        assert not in_flight.noted([b"2"])
        assert not in_flight.any([b"1", b"2"])
        assert in_flight.note_left([b"3"])
        assert not in_flight.noted([])
        assert in_flight.note_left([b"4"])
        assert in_flight.take_left() == [b"3", b"4"]


class TestOptingOut:
    @pytest.mark.parametrize("word", sorted(OPT_OUT_WORDS))
    def test_a_word_that_opts_out_is_not_answered_and_noted(self, sqlite_office: Office, word: str) -> None:
        amara = Caller(sqlite_office)
        contact = amara.asks_for_a_person()
        assert amara.writes(word.upper()) == []
        assert amara.open_contact().opted_out
        assert amara.open_contact().id == contact.id

    def test_the_first_word_of_a_stranger_may_be_stop_and_nothing_is_kept(self, office: Office) -> None:
        bogdan = Caller(office, BOGDAN)
        assert bogdan.writes("STOP") == []
        assert bogdan.contact() is None

    def test_stop_in_the_middle_of_the_script_is_silence_and_the_next_word_goes_on(self, office: Office) -> None:
        amara = Caller(office)
        amara.writes("Hello")
        assert amara.writes("Stop") == []
        assert amara.open_contact().opted_out
        assert amara.writes("1")[0].startswith("Are you in danger now?")
        assert amara.open_contact().state is State.SCRIPTED

    def test_what_the_provider_itself_calls_an_opt_out_counts_on_any_channel(self, office: Office) -> None:
        amara = Caller(office, channel=Channel.WHATSAPP)
        amara.asks_for_a_person()
        assert amara.writes("baja", opted_out=True) == []
        assert amara.open_contact().opted_out

    @pytest.mark.parametrize("channel", [Channel.WHATSAPP, Channel.TELEGRAM, Channel.WEBCHAT])
    def test_stop_is_an_ordinary_word_where_no_phone_company_owns_it(self, office: Office, channel: Channel) -> None:
        amara = Caller(office, channel=channel)
        amara.asks_for_a_person()
        amara.writes("STOP")
        assert not amara.open_contact().opted_out

    @pytest.mark.parametrize("word", ["START", "yes", "UNSTOP"])
    def test_the_words_that_opt_in_again_do(self, office: Office, word: str) -> None:
        amara = Caller(office)
        amara.asks_for_a_person()
        amara.writes("STOP")
        amara.writes(word)
        assert not amara.open_contact().opted_out

    @pytest.mark.parametrize("word", ["HELP", "info", "I need you", "QUIT"])
    def test_no_other_word_does(self, sqlite_office: Office, word: str) -> None:
        """Found by this test: HELP and INFO, too, were taken for a wish to hear from us again."""
        amara = Caller(sqlite_office)
        amara.asks_for_a_person()
        amara.writes("STOP")
        amara.writes(word)
        assert amara.open_contact().opted_out

    @pytest.mark.parametrize("word", sorted(CARRIER_WORDS - OPT_OUT_WORDS))
    def test_no_word_of_the_phone_company_gives_consent_by_sms(self, sqlite_office: Office, word: str) -> None:
        amara = Caller(sqlite_office)
        for text in ("Hello", "person", word.upper()):
            amara.writes(text)
        assert amara.open_contact().state is State.SCRIPTED
