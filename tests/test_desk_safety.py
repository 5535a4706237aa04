"""Trouble that nobody may see: agreed words, a closed night, a doubt, a denial, and what is told before anything is asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import pytest

from hotline import sms
from hotline.contact import Channel, Level, State
from hotline.desk.deliver import HUSHED_SECONDS, TRIES_AT_MOST, deliver
from hotline.desk.office import Office
from hotline.desk.view import board
from hotline.desk.work import Refused
from hotline.impression import Impression
from hotline.message import Delivery
from hotline.store import tallies
from hotline.store.vault import Address
from hotline.tally import Cell, week
from hotline.triage.wording import PARTS, Policy
from tests.people import (
    AMARA,
    BOGDAN,
    HOUR,
    NOW,
    OURS,
    Caller,
    Responder,
    address,
    deliver_due,
    hire,
    lines_of,
    rows,
)
from tests.test_desk_close import closes
from tests.test_desk_deliver import DOWN, Postman

DECOY = "Sorry, wrong number."
CLOSED = "No person is here right now. In danger, call 112.\n1 Wait for an answer\n2 Go on without\n3 I write later"
ASKED = "Are you in danger now? If so, call 112.\n1 In danger\n2 No danger"
SAFE = "Hello. Is it safe for you to write now?\n1 It is safe\n2 Not safe"
MINORS = "If you are under 18 and in danger, we may have to tell those who protect children."
LIFE = "If a life is in danger, we may have to call for help."
TO_THE_QUESTION_ABOUT_HELP = ("Hello", "1", "2", "1", "3", "1", "3")
"""Safe, no danger, this language, rights, pay, enough for now."""


@dataclass(frozen=True)
class Thinks:
    """A model that makes the same of every text."""

    labels: Mapping[str, float]

    def impression(self, text: str) -> Impression:
        return Impression(self.labels, {"en": 0.9})


@pytest.fixture
def amara(office: Office) -> Caller:
    return Caller(office)


@pytest.fixture
def chloe(office: Office) -> Responder:
    on_duty = hire(office, "Chloe")
    on_duty.begins_shift()
    return on_duty


def hushed_on_the_board(office: Office, chloe: Responder) -> list[bool]:
    seen = office.read(lambda connection: board(office.desk, connection, chloe.id, NOW))
    return [card.hushed for card in (*seen.waiting, *seen.mine)]


class TestAgreedWords:
    @pytest.fixture
    def agreed(self, amara: Caller, chloe: Responder) -> Caller:
        """A person has the contact, and the words are sun and rain."""
        chloe.claims(amara.asks_for_a_person())
        (question,) = amara.writes("CODE")
        assert question == (
            "Two words help when others see the phone: one for safe, one for not safe. Choose:\n"
            "1 sun, rain\n2 bread, milk\n3 No words"
        )
        assert amara.writes("1") == [
            "Write SUN when it is safe. Write RAIN when not: then you get a wrong-number answer, and we wait."
        ]
        return amara

    def test_a_stranger_who_asks_gets_a_wrong_number_and_the_safe_word_opens_again(
        self, office: Office, agreed: Caller, chloe: Responder
    ) -> None:
        contact = agreed.open_contact()
        assert chloe.answers(contact, "I am Chloe.") is not None
        assert hushed_on_the_board(office, chloe) == [False]
        assert agreed.writes("Who is this?") == [DECOY]
        assert hushed_on_the_board(office, chloe) == [True]
        with pytest.raises(Refused, match=r"may be in other hands\. Nothing was sent"):
            chloe.answers(contact, "Where are you?")
        assert agreed.writes("hello?") == agreed.writes("1") == agreed.writes("It is safe") == [DECOY]
        with pytest.raises(Refused):
            chloe.answers(contact, "Where are you?")
        assert agreed.writes("sun") == ["OK. We go on."]
        assert hushed_on_the_board(office, chloe) == [False]
        assert chloe.answers(contact, "Where are you?") is not None
        assert agreed.open_contact().state is State.CLAIMED, "she kept her place through all of it"

    def test_an_answer_that_was_on_its_way_waits_until_the_safe_word(
        self, office: Office, agreed: Caller, chloe: Responder
    ) -> None:
        """Found by this test: every look at it while hushed counted as a try, so that one fault was its end."""
        postman, one = Postman([DOWN]), chloe.answers(agreed.open_contact(), "Where are you?")
        assert one is not None
        assert agreed.writes("Rain.") == [DECOY]
        for times in range(TRIES_AT_MOST):
            assert deliver(office, postman, one, NOW + times * HUSHED_SECONDS) is Delivery.NONE
        assert (postman.taken, len(postman.faults)) == ([], 1), "nothing was even tried"
        assert agreed.writes("SUN!") == ["OK. We go on."]
        assert deliver(office, postman, one, NOW + HOUR) is Delivery.WAITING
        assert deliver(office, postman, one, NOW + 2 * HOUR) is Delivery.SENT
        assert postman.texts == ["Where are you?"]

    def test_after_the_safe_word_it_leaves_at_once(self, office: Office, agreed: Caller, chloe: Responder) -> None:
        """Found by this test: it lay there until the next look, half a minute after the caller had the phone again."""
        postman, one = Postman(), chloe.answers(agreed.open_contact(), "Where are you?")
        assert one is not None
        agreed.writes("Rain.")
        assert deliver(office, postman, one, NOW + 1) is Delivery.NONE
        agreed.writes("SUN!", NOW + 2)
        assert deliver_due(office, postman, NOW + 3) == 1
        assert postman.texts == ["Where are you?"]

    def test_it_keeps_nobody_from_closing_who_is_told_what_was_not_sent(
        self, office: Office, agreed: Caller, chloe: Responder
    ) -> None:
        contact = agreed.open_contact()
        one = chloe.answers(contact, "Where are you?")
        assert one is not None
        agreed.writes("Rain.")
        deliver(office, Postman(), one, NOW + 1)
        with pytest.raises(Refused) as refused:
            closes(chloe, contact)
        assert str(refused.value) == (
            "An answer is not sent: the caller's phone may be in other hands, and it waits until they write that it is "
            "safe. To end the contact without it, tick “close even so”."
        )
        closes(chloe, contact, even_unsent=True)
        assert not {"contacts", "messages", "outbox"} & set(rows(office))

    def test_chloe_reads_what_was_written_in_between_and_the_stranger_nothing_of_hers(
        self, office: Office, agreed: Caller, chloe: Responder
    ) -> None:
        chloe.answers(agreed.open_contact(), "I am Chloe.")
        asked = ("who is this", "is that the police", "language", "back", "0")
        said = [text for words in asked for text in agreed.writes(words)]
        assert {text.splitlines()[0] for text in said} <= {DECOY, SAFE.splitlines()[0]}
        assert not any("\n" in text for text in said), "no choice is offered to a stranger"
        assert [line.text for line in lines_of(office, agreed.open_contact())][-5:] == list(asked)

    def test_who_asks_the_person_who_they_are_is_no_stranger(self, agreed: Caller, chloe: Responder) -> None:
        assert DECOY not in agreed.writes("who are you")
        assert chloe.answers(agreed.open_contact(), "I am Chloe.") is not None

    def test_the_words_of_the_other_pair_open_nothing(self, agreed: Caller) -> None:
        assert agreed.writes("RAIN") == [DECOY]
        assert agreed.writes("bread") == agreed.writes("yes it is safe") == [DECOY]
        assert agreed.open_contact().conversation.hushed

    def test_without_agreed_words_only_the_answer_that_it_is_safe_opens_again(
        self, office: Office, amara: Caller, chloe: Responder
    ) -> None:
        chloe.claims(amara.asks_for_a_person())
        amara.writes("CODE")
        assert amara.writes("3") == ["OK. If it is not safe, write STOP FOR NOW: we answer OK and wait."]
        assert amara.writes("stop for now") == ["OK."]
        assert amara.writes("are you there") == [SAFE]
        assert amara.writes("2") == ["OK."]
        with pytest.raises(Refused):
            chloe.answers(amara.open_contact(), "Are you there?")
        assert amara.writes("1") == ["OK. We go on."]
        assert chloe.answers(amara.open_contact(), "I am here.") is not None

    def test_danger_is_answered_with_the_number_and_raised_also_while_hushed(
        self, office: Office, agreed: Caller, chloe: Responder
    ) -> None:
        agreed.writes("rain")
        assert agreed.writes("he locked me in") == ["Call 112 now if you can."]
        assert (agreed.open_contact().level, hushed_on_the_board(office, chloe)) == (Level.IMMEDIATE, [True])

    def test_who_asks_who_we_are_in_the_middle_of_the_script_gets_a_wrong_number_and_nothing_is_left(
        self, office: Office, amara: Caller
    ) -> None:
        for words in ("Hello", "1", "2"):
            amara.writes(words)
        assert amara.writes("whose number is this") == [DECOY]
        assert amara.contact() is None
        assert set(rows(office)) == {"erasures", "seen", "tallies"}

    def test_a_first_message_that_asks_who_we_are_is_answered(self, amara: Caller) -> None:
        assert amara.writes("who is this?") == [SAFE]


class TestOutOfHours:
    @pytest.fixture
    def closed(self, amara: Caller) -> Caller:
        for words in ("Hello", "0"):
            amara.writes(words)
        assert amara.writes("1") == [CLOSED]
        return amara

    def test_nothing_is_kept_before_she_chooses_to_wait(self, office: Office, closed: Caller) -> None:
        assert closed.open_contact().state is State.SCRIPTED
        assert address(office, closed) is None
        assert set(rows(office)) == {"contacts", "erasures", "seen"}
        assert closed.writes("1") == [
            "Your place is kept. To delete everything, write DELETE.\n"
            "Someone answers when the team is back. You can already write."
        ]
        assert closed.open_contact().state is State.WAITING
        assert address(office, closed) == Address(AMARA, OURS)

    def test_whoever_goes_on_without_a_person_is_told_who_we_are_and_nothing_is_kept(
        self, office: Office, closed: Caller
    ) -> None:
        assert closed.writes("2")[0].startswith("We help people with work and travel.")
        assert (closed.open_contact().state, address(office, closed)) == (State.SCRIPTED, None)

    def test_whoever_writes_later_leaves_nothing_but_counts(self, office: Office, closed: Caller) -> None:
        assert closed.writes("3") == ["You did well to ask. You can write again any time."]
        assert set(rows(office)) == {"erasures", "seen", "tallies"}

    def test_when_chloe_comes_on_duty_meanwhile_the_yes_is_enough(self, office: Office, amara: Caller) -> None:
        for words in ("Hello", "0"):
            amara.writes(words)
        hire(office, "Chloe").begins_shift()
        assert amara.writes("1")[0].endswith("A person answers you here soon. You can already write.")
        assert address(office, amara) == Address(AMARA, OURS)


class TestDidThisHelp:
    @pytest.mark.parametrize(("number", "answer"), [("1", "helped"), ("2", "partly"), ("3", "not_helped")])
    def test_the_answer_is_counted_and_nothing_with_it(
        self, office: Office, amara: Caller, number: str, answer: str
    ) -> None:
        for words in TO_THE_QUESTION_ABOUT_HELP:
            asked = amara.writes(words)
        assert asked == ["Did this help you?\n1 It helped\n2 A little\n3 It did not help"]
        assert office.read(tallies.all_cells) == []
        (said,) = amara.writes(number)
        if answer == "not_helped":
            assert said == "I am sorry. Would a person help more?\n1 A person, here\n2 Enough for now"
            amara.writes("2")
        assert amara.contact() is None
        assert set(rows(office)) == {"erasures", "seen", "tallies"}
        counted = [(cell, many) for cell, many in office.read(tallies.all_cells) if "helped" in repr(cell)]
        assert counted == [(Cell(week(NOW), "helped", answer), 1)]


class TestDoubt:
    QUIET = "the dog of the neighbour again"
    """No rule hears anything in this."""

    def test_what_the_model_alone_takes_for_danger_is_asked_with_the_number(self, office: Office) -> None:
        unsure = replace(office, mind=Thinks({"danger": 0.35, "selfharm": 0.1, "info": 0.55}))
        amara, bogdan = Caller(unsure), Caller(unsure, BOGDAN)
        assert amara.writes(self.QUIET) == bogdan.writes(self.QUIET) == [ASKED]
        assert amara.open_contact().level is Level.URGENT
        assert bogdan.writes("2")[0].startswith("We help people with work and travel.")
        assert bogdan.open_contact().level is Level.URGENT, "a level never goes down"
        assert amara.writes("1") == ["Call 112 now if you can.\n1 A person, here\n2 What can I do?"]
        assert amara.open_contact().level is Level.IMMEDIATE

    def test_what_the_model_is_sure_of_is_answered_as_if_a_rule_had_spoken(self, office: Office) -> None:
        amara = Caller(replace(office, mind=Thinks({"danger": 0.95, "info": 0.05})))
        assert amara.writes(self.QUIET)[0].startswith("Call 112 now if you can.\n1 A person, here")
        assert amara.open_contact().level is Level.IMMEDIATE

    def test_a_number_or_a_tap_is_not_asked_of_the_model(self, office: Office) -> None:
        bogdan = Caller(replace(office, mind=Thinks({"danger": 1.0})))
        assert bogdan.writes("1")[0].startswith("Language\n")
        assert bogdan.writes("1") == [SAFE]
        assert bogdan.writes("1") == [ASKED]
        assert bogdan.open_contact().level is Level.ROUTINE

    @pytest.mark.parametrize("mind", [None, Thinks({})])
    def test_without_a_model_the_rules_stand_alone(self, office: Office, mind: Thinks | None) -> None:
        amara = Caller(replace(office, mind=mind))
        amara.writes("english")
        assert amara.writes(self.QUIET)[0].endswith(SAFE)
        assert amara.open_contact().level is Level.ROUTINE

    def test_a_denial_is_not_danger(self, amara: Caller) -> None:
        """With the real model and the real rules, as a first word and as an answer."""
        for words in ("I am not in danger", "1"):
            said = amara.writes(words)
        assert said == [ASKED]
        assert amara.writes("I am not in danger")[0].startswith("We help people with work and travel.")
        assert amara.open_contact().level.rank > Level.URGENT.rank
        assert "danger" not in [signal.code for signal in amara.open_contact().conversation.signals]


def test_the_language_can_be_changed_while_a_person_has_the_contact(
    office: Office, amara: Caller, chloe: Responder
) -> None:
    words = office.desk.shelf.words["es"]
    chloe.claims(amara.asks_for_a_person())
    assert amara.writes("language") == ["Language\n1 English\n2 Español\n3 Română\n4 Русский\n5 العربية\n6 ไทย"]
    assert amara.writes("Español") == [words["desk/received"]]
    contact = amara.open_contact()
    assert (contact.state, contact.owner, contact.conversation.language) == (State.CLAIMED, chloe.id, "es")
    assert amara.writes("2 cosas") == [], "a number is a word to Chloe again"
    assert amara.writes("112") == [words.filled("desk/emergency", emergency="112")]
    assert chloe.answers(contact, "Hola, soy Chloe.") is not None
    assert lines_of(office, contact)[-1].delivery is Delivery.WAITING


class TestDuties:
    @pytest.fixture
    def obliged(self, office: Office) -> Office:
        return replace(office, desk=replace(office.desk, policy=Policy("NO", minors=True, life=True)))

    @pytest.mark.parametrize("channel", Channel)
    def test_what_we_may_have_to_pass_on_is_told_once_and_before_anything_is_asked(
        self, obliged: Office, channel: Channel
    ) -> None:
        amara = Caller(obliged, channel=channel)
        said = [text for words in ("Hello", "1", "2") for text in amara.writes(words)]
        assert sum(text.count(MINORS) for text in said) == sum(text.count(LIFE) for text in said) == 1
        assert said[-1].endswith("We go on in English.\n1 English is good\n2 Another language")
        (need,) = amara.writes("1")
        assert need.startswith("What is it about?\n")
        (child,) = amara.writes("5")
        assert child.endswith("Is it about you?\n1 About me\n2 Another child\n3 A person, here")
        assert MINORS not in child
        if channel is Channel.SMS:
            assert max(sms.parts(text) for text in (*said, need, child)) <= PARTS

    def test_who_writes_first_of_their_age_is_told_in_the_same_reply_before_the_question(self, obliged: Office) -> None:
        text = "\n".join(Caller(obliged).writes("I am fifteen and my uncle sells me"))
        assert -1 < text.index(MINORS) < text.index(LIFE) < text.index("Is it about you?")
