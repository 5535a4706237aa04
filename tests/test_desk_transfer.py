"""A contact passes from Chloe to Emil: both present and then one leaves, or handed over; the caller is told once."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from hotline.contact import Channel, State
from hotline.desk import introduce, transfer, work
from hotline.desk.office import Office
from hotline.desk.view import Part, board, responder_talk
from hotline.desk.work import NotYours, Refused
from hotline.message import Speaker
from hotline.roster import Ability
from hotline.store import presence, roster, staff
from hotline.store.contacts import Contact
from hotline.store.writer import Tx
from tests.people import BOGDAN, HOUR, NOW, Caller, Responder, hire, lines_of, stored

NEW_PERSON = "Another person from our team writes to you now. They can read what you wrote here."
PAUSE = "pause"


class People:
    """Amara, who has Chloe; Emil is there too, and Sara is not."""

    def __init__(self, office: Office) -> None:
        self.office, self.desk = office, office.desk
        self.chloe, self.emil, self.sara = (hire(office, name) for name in ("Chloe", "Emil", "Sara"))
        for one in (self.chloe, self.emil):
            comes_to_work(office, one)
        self.amara = Caller(office)
        self.contact = self.chloe.claims(self.amara.asks_for_a_person())

    def do(self, deed: Callable[[Tx], object]) -> object:
        return self.office.write(deed)

    def asks(self, colleague: Responder | None = None, who: Responder | None = None) -> None:
        who, colleague = who or self.chloe, colleague or self.emil
        self.do(lambda tx: transfer.ask_to_join(self.desk, tx, self.contact.id, who.id, colleague.id, NOW))

    def joins(self, who: Responder | None = None) -> None:
        self.do(lambda tx: transfer.join(self.desk, tx, self.contact.id, (who or self.emil).id, NOW))

    def declines(self, who: Responder | None = None) -> None:
        self.do(lambda tx: transfer.decline(self.desk, tx, self.contact.id, (who or self.emil).id))

    def leaves(self, who: Responder) -> None:
        self.do(lambda tx: transfer.leave(self.desk, tx, self.contact.id, who.id, NOW))

    def hands_over(self, to: Responder | None, note: str = "") -> None:
        colleague = to.id if to else None
        self.do(lambda tx: transfer.hand_over(self.desk, tx, self.contact.id, self.chloe.id, colleague, note, NOW))

    def now(self) -> Contact:
        found = stored(self.office, self.contact.id)
        assert found is not None
        return found

    def can_read(self, who: Responder) -> bool:
        talk = self.office.read(lambda one: responder_talk(self.desk, one, self.contact.id, who.id))
        return talk is not None

    def parts(self, who: Responder) -> list[Part | None]:
        return [card.part for card in self.office.read(lambda one: board(self.desk, one, who.id, NOW)).mine]

    def told(self) -> list[str]:
        """What the desk itself said to the caller while a person had them."""
        return [line.text for line in lines_of(self.office, self.now()) if line.speaker is Speaker.BOT]


def comes_to_work(office: Office, who: Responder) -> None:
    who.begins_shift()
    office.write(lambda tx: presence.note(tx.connection, {who.id: NOW + HOUR}))


@pytest.fixture
def people(office: Office) -> People:
    return People(office)


def test_a_colleague_who_is_asked_sees_that_and_reads_nothing_until_they_join(people: People) -> None:
    people.asks()
    assert (people.parts(people.emil), people.can_read(people.emil)) == ([Part.ASKED], False)
    people.joins()
    assert (people.parts(people.emil), people.can_read(people.emil)) == ([Part.SECOND], True)
    assert people.now().owner == people.chloe.id


def test_who_asks_stands_on_the_card_of_whoever_is_asked(people: People) -> None:
    people.asks()
    cards = people.office.read(lambda one: board(people.desk, one, people.emil.id, NOW)).mine
    assert [card.asker for card in cards] == ["Chloe"]


def test_whoever_was_asked_cannot_write_before_they_join(people: People) -> None:
    people.asks()
    with pytest.raises(NotYours):
        people.emil.answers(people.contact, "hello")


def test_both_write_and_staff_see_who_wrote(people: People) -> None:
    people.chloe.answers(people.contact, "I am here")
    people.asks()
    people.joins()
    people.emil.answers(people.contact, "so am I", fence=people.contact.fence)
    people.chloe.answers(people.contact, "we both are", fence=people.contact.fence)
    written = [
        (line.by, line.text) for line in lines_of(people.office, people.now()) if line.speaker is Speaker.RESPONDER
    ]
    assert written == [("Chloe", "I am here"), ("Emil", "so am I"), ("Chloe", "we both are")]


def test_the_caller_is_told_once_when_the_second_first_writes(people: People) -> None:
    people.chloe.answers(people.contact, "I am here")
    people.asks()
    people.joins()
    assert people.told() == []
    for _ in range(2):
        people.emil.answers(people.contact, "so am I")
        people.chloe.answers(people.contact, "and I")
    assert people.told() == [NEW_PERSON]


def test_what_tells_of_the_new_person_leaves_before_their_words(people: People) -> None:
    people.chloe.answers(people.contact, "I am here")
    people.asks()
    people.joins()
    people.emil.answers(people.contact, "so am I")
    assert [line.text for line in lines_of(people.office, people.now())][-2:] == [NEW_PERSON, "so am I"]
    assert people.office.read(lambda one: people.desk.outbox.pending(one, people.contact.id)) == 3


def test_nobody_is_introduced_to_a_caller_who_had_no_answer_yet(people: People) -> None:
    people.hands_over(people.emil)
    people.emil.claims(people.now())
    people.emil.answers(people.now(), "hello")
    assert people.told() == []


def test_nobody_is_introduced_while_the_phone_may_be_in_other_hands(people: People) -> None:
    people.chloe.answers(people.contact, "I am here")
    people.amara.writes(PAUSE)
    assert people.now().conversation.hushed
    people.hands_over(people.emil)
    people.emil.claims(people.now())
    assert people.told() == []


def test_the_new_owner_of_a_contact_is_introduced_once(people: People) -> None:
    people.chloe.answers(people.contact, "I am here")
    people.hands_over(people.emil)
    people.emil.claims(people.now())
    people.emil.answers(people.now(), "now it is me")
    assert people.told() == [NEW_PERSON]


def test_a_caller_who_fetches_answers_is_told_in_the_talk(office: Office) -> None:
    chloe, emil = hire(office, "Chloe"), hire(office, "Emil")
    caller = Caller(office, "a token of a page", Channel.WEBCHAT)
    contact = chloe.claims(caller.asks_for_a_person())
    chloe.answers(contact, "hello")
    taken = office.write(lambda tx: work.owned(office.desk, tx, contact.id, chloe.id))
    assert office.write(lambda tx: introduce.introduce(office.desk, tx, taken, NOW, emil.id)) is None
    assert [line.text for line in lines_of(office, taken)][-1] == NEW_PERSON


def test_when_the_owner_leaves_the_second_owns_it(people: People) -> None:
    people.asks()
    people.joins()
    people.leaves(people.chloe)
    now = people.now()
    assert (now.state, now.owner, now.second, now.second_in) == (State.CLAIMED, people.emil.id, None, False)
    assert now.fence == people.contact.fence + 1
    assert not people.can_read(people.chloe)


def test_an_answer_typed_before_leaving_is_not_taken_after_it(people: People) -> None:
    people.asks()
    people.joins()
    people.leaves(people.chloe)
    with pytest.raises(NotYours):
        people.chloe.answers(people.contact, "one more thing", fence=people.contact.fence)


def test_the_second_leaves_and_the_owner_goes_on(people: People) -> None:
    people.asks()
    people.joins()
    people.leaves(people.emil)
    assert (people.now().owner, people.now().second) == (people.chloe.id, None)
    assert not people.can_read(people.emil)


def test_alone_one_cannot_leave(people: People) -> None:
    with pytest.raises(Refused, match="Nobody else is in this contact: hand it over, or give it back to the queue\\."):
        people.leaves(people.chloe)
    people.asks()
    with pytest.raises(Refused):
        people.leaves(people.chloe)


def test_whoever_is_asked_may_say_no_and_the_owner_may_ask_no_longer(people: People) -> None:
    people.asks()
    people.declines()
    assert people.now().second is None
    people.asks()
    people.do(lambda tx: transfer.withdraw(people.desk, tx, people.contact.id, people.chloe.id))
    assert people.now().second is None
    with pytest.raises(NotYours):
        people.joins()


def test_withdrawing_too_late_leaves_the_colleague_in(people: People) -> None:
    people.asks()
    people.joins()
    people.do(lambda tx: transfer.withdraw(people.desk, tx, people.contact.id, people.chloe.id))
    assert people.now().second_in


def test_nobody_else_can_ask_join_decline_or_leave(people: People) -> None:
    comes_to_work(people.office, people.sara)
    with pytest.raises(NotYours):
        people.asks(people.emil, people.sara)
    people.asks()
    for deed in (people.joins, people.declines, people.leaves):
        with pytest.raises(NotYours):
            deed(people.sara)
    with pytest.raises(NotYours):
        people.asks(people.sara, people.emil)


def test_only_one_is_asked_at_a_time(people: People) -> None:
    comes_to_work(people.office, people.sara)
    people.asks()
    people.asks()
    with pytest.raises(Refused, match="Somebody is already asked or with you"):
        people.asks(people.sara)


def test_whoever_is_not_there_cannot_be_asked_or_given_it(people: People) -> None:
    for deed in (people.asks, people.hands_over):
        with pytest.raises(Refused, match="This colleague is not there now: choose somebody from the list\\."):
            deed(people.sara)
    with pytest.raises(Refused):
        people.asks(people.chloe)


def test_a_colleague_switched_off_is_not_in_the_list(people: People) -> None:
    people.do(lambda tx: staff.switch_off(tx.connection, "Emil", NOW))
    assert seen(people) == []


def seen(people: People) -> list[transfer.Colleague]:
    return people.office.read(lambda one: transfer.colleagues(people.desk, one, people.contact, people.chloe.id, NOW))


def test_the_choice_shows_languages_and_load_and_begins_with_who_fits(people: People) -> None:
    comes_to_work(people.office, people.sara)
    people.do(lambda tx: roster.put_ability(tx.connection, people.emil.id, Ability(("ro",), (), 2)))
    people.do(lambda tx: roster.put_ability(tx.connection, people.sara.id, Ability(("en",), (), 4)))
    people.emil.claims(Caller(people.office, BOGDAN).asks_for_a_person())
    shown = [(one.name, one.languages, one.fits, one.has, one.most) for one in seen(people)]
    assert shown == [("Sara", ("en",), True, 0, 4), ("Emil", ("ro",), False, 1, 2)]


def test_handed_over_it_waits_for_one_colleague_with_a_note_that_the_caller_never_gets(people: People) -> None:
    people.hands_over(people.emil, "  she is afraid of the landlord ")
    now = people.now()
    assert (now.state, now.owner, now.second, now.second_in) == (State.WAITING, None, people.emil.id, False)
    assert now.waiting_since == people.contact.waiting_since
    note = lines_of(people.office, now)[-1]
    assert (note.speaker, note.text, note.by) == (Speaker.NOTE, "she is afraid of the landlord", "Chloe")
    assert people.office.read(lambda one: people.desk.outbox.pending(one, now.id)) == 0


def test_whoever_takes_it_owns_it_alone(people: People) -> None:
    people.hands_over(people.emil)
    comes_to_work(people.office, people.sara)
    taken = people.sara.claims(people.now())
    assert (taken.owner, taken.second, taken.second_in) == (people.sara.id, None, False)
    assert people.parts(people.emil) == []


def test_it_goes_to_anybody_with_a_note(people: People) -> None:
    people.hands_over(None, "wants to go on tomorrow")
    assert (people.now().state, people.now().second) == (State.WAITING, None)
    assert lines_of(people.office, people.now())[-1].text == "wants to go on tomorrow"


def test_a_note_too_long_changes_nothing(people: People) -> None:
    with pytest.raises(Refused, match="That is 2001 characters: a note has 2000 at most\\."):
        people.hands_over(people.emil, "x" * 2001)
    assert people.now().state is State.CLAIMED


def test_an_old_page_hands_nothing_over(people: People) -> None:
    with pytest.raises(NotYours):
        people.do(
            lambda tx: transfer.hand_over(
                people.desk, tx, people.contact.id, people.chloe.id, None, "", NOW, fence=people.contact.fence - 1
            )
        )


def test_without_the_check_of_who_joined_anybody_could_write(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    """The twin: with `is_with` switched off, the colleague who is only asked writes to the caller."""
    people.asks()
    monkeypatch.setattr(Contact, "is_with", lambda self, staff_id: True)
    people.emil.answers(people.contact, "hello")
    assert lines_of(people.office, people.now())[-1].by == "Emil"


def test_the_journal_says_what_was_done(people: People) -> None:
    people.asks()
    people.joins()
    people.leaves(people.chloe)
    deeds = [row[2] for row in people.office.read(staff.read_journal)]
    assert deeds[-3:] == ["asked_to_join", "joined", "left"]
