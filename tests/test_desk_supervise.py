"""A supervisor: sees the load without words, reads along and is seen to, whispers, takes over, gives back, pauses."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hotline.contact import Channel, Level, State
from hotline.desk import supervise
from hotline.desk.load import Load, load
from hotline.desk.office import Office
from hotline.desk.view import Opened, caller_talk, responder_talk
from hotline.desk.work import NotYours, Refused
from hotline.message import Speaker
from hotline.roster import Ability
from hotline.store import pauses, presence, roster, staff
from hotline.store.contacts import Contact
from hotline.store.staff import Deed, Role
from tests.people import AMARA, BOGDAN, HOUR, MINUTE, NOW, Caller, Responder, hire, lines_of, stored

WORDS = "He keeps my passport in the red drawer"


def shift(office: Office, now: float = NOW) -> Load:
    return office.read(lambda connection: load(office.desk, connection, now, Opened()))


def team(office: Office) -> tuple[Responder, Responder, Responder]:
    """Chloe, who answers; Sara, who supervises; Dina, who administers."""
    return hire(office, "Chloe"), hire(office, "Sara", Role.SUPERVISOR), hire(office, "Dina", Role.ADMINISTRATOR)


def in_hands(office: Office, chloe: Responder, channel: Channel = Channel.SMS) -> tuple[Caller, Contact]:
    amara = Caller(office, AMARA, channel)
    contact = chloe.claims(amara.asks_for_a_person())
    amara.writes(WORDS)
    return amara, contact


def reads_along(office: Office, sara: Responder, contact: Contact, now: float = NOW) -> None:
    office.write(lambda tx: supervise.read_along(office.desk, tx, contact.id, sara.member, now))


def whispers(office: Office, sara: Responder, contact: Contact, text: str, now: float = NOW) -> None:
    office.write(lambda tx: supervise.whisper(office.desk, tx, contact.id, sara.member, text, now))


def takes_over(office: Office, sara: Responder, contact: Contact) -> None:
    office.write(lambda tx: supervise.take_over(office.desk, tx, contact.id, sara.member, NOW))


def sees(office: Office, who: Responder, contact: Contact, now: float = NOW) -> list[str] | None:
    talk = office.read(lambda one: supervise.overheard(office.desk, one, contact.id, who.member, now))
    return None if talk is None else [line.text for _, line in talk.lines]


def deeds(office: Office, who: Responder) -> list[str]:
    return [deed for _, staff_id, deed in office.read(staff.read_journal) if staff_id == who.id]


class TestTheLoad:
    def test_it_shows_who_waits_who_has_what_and_who_is_there(self, office: Office) -> None:
        chloe, sara, _ = team(office)
        chloe.begins_shift()
        office.write(lambda tx: roster.put_ability(tx.connection, chloe.id, Ability(("en", "es"), (), 4)))
        office.write(lambda tx: presence.note(tx.connection, {chloe.id: NOW + HOUR}))
        _, contact = in_hands(office, chloe)
        Caller(office, BOGDAN).asks_for_a_person(NOW + MINUTE)
        Caller(office, "+4790000003").writes("Hello", NOW + MINUTE)
        seen = shift(office, NOW + 10 * MINUTE)
        waits = {one.level: one for one in seen.waits}
        assert [one.number for one in seen.waits if one.number] == [1]
        (waiting,) = (one for one in seen.waits if one.number)
        assert waiting.longest == 9 * 60
        assert list(waits) == list(Level)
        (held,) = seen.held
        assert (held.id, held.owner, held.channel, held.language) == (contact.id, "Chloe", Channel.SMS, "en")
        assert held.unanswered == 10 * 60
        first = seen.people[0]
        assert (first.member.name, first.on_duty, first.here, first.open, first.ability.most) == (
            "Chloe", True, True, 1, 4,
        )  # fmt: skip
        assert {one.member.name for one in seen.people} == {"Chloe", "Sara", "Dina"}
        assert seen.scripted == 1
        assert sara.id in {one.member.id for one in seen.people}

    def test_an_answer_stops_the_clock_until_the_caller_writes_again(self, office: Office) -> None:
        chloe, *_ = team(office)
        amara, contact = in_hands(office, chloe)
        chloe.answers(contact, "I am here.", NOW + MINUTE)
        assert shift(office, NOW + 2 * MINUTE).held[0].unanswered is None
        amara.writes("Thank you", NOW + 3 * MINUTE)
        assert shift(office, NOW + 4 * MINUTE).held[0].unanswered == 60

    def test_no_word_of_a_caller_is_in_it(self, office: Office) -> None:
        chloe, *_ = team(office)
        in_hands(office, chloe)
        assert "passport" not in repr(shift(office))
        assert AMARA not in repr(shift(office))

    def test_what_is_closed_or_forgotten_is_nowhere_in_it(self, office: Office) -> None:
        chloe, *_ = team(office)
        amara, contact = in_hands(office, chloe)
        amara.writes("delete")
        assert shift(office).held == []
        assert contact.id not in repr(shift(office))


class TestReadingAlong:
    def test_whoever_has_the_contact_sees_who_reads_along(self, office: Office) -> None:
        chloe, sara, _ = team(office)
        _, contact = in_hands(office, chloe)
        assert sees(office, sara, contact) is None
        reads_along(office, sara, contact)
        assert sees(office, sara, contact) == [WORDS]
        talk = office.read(lambda one: responder_talk(office.desk, one, contact.id, chloe.id))
        assert talk is not None
        assert supervise.reading(talk.contact, NOW) == ["Sara"]
        assert deeds(office, sara)[-1] == Deed.LISTENED

    def test_twin_a_reader_that_nobody_is_told_of_reads_nothing(
        self, office: Office, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The right and the notice are one record: without the record there is no reading."""
        chloe, sara, _ = team(office)
        _, contact = in_hands(office, chloe)
        monkeypatch.setattr(supervise, "_read", lambda *_: None)
        reads_along(office, sara, contact)
        assert sees(office, sara, contact) is None
        monkeypatch.setattr(supervise, "reads", lambda *_: True)
        assert sees(office, sara, contact) == [WORDS], "the check that is switched off here is what holds"

    def test_it_ends_by_itself_by_a_press_and_with_the_contact(self, office: Office) -> None:
        chloe, sara, _ = team(office)
        amara, contact = in_hands(office, chloe)
        reads_along(office, sara, contact)
        assert sees(office, sara, contact, NOW + supervise.READING_SECONDS) is None
        office.write(lambda tx: supervise.stop_reading(office.desk, tx, contact.id, sara.member))
        assert sees(office, sara, contact) is None
        reads_along(office, sara, contact)
        amara.writes("delete")
        assert sees(office, sara, contact) is None
        office.write(lambda tx: supervise.stop_reading(office.desk, tx, contact.id, sara.member))

    @pytest.mark.parametrize("role", [Role.RESPONDER, Role.ADMINISTRATOR, Role.MANAGER])
    def test_nobody_but_a_supervisor_may(self, office: Office, role: Role) -> None:
        chloe = hire(office, "Chloe")
        emil = hire(office, "Emil", role)
        _, contact = in_hands(office, chloe)
        with pytest.raises(NotYours):
            reads_along(office, emil, contact)
        with pytest.raises(NotYours):
            whispers(office, emil, contact, "psst")
        with pytest.raises(NotYours):
            office.write(lambda tx: supervise.take_over(office.desk, tx, contact.id, emil.member, NOW))

    def test_who_is_no_supervisor_any_more_reads_no_longer(self, office: Office) -> None:
        chloe, sara, _ = team(office)
        _, contact = in_hands(office, chloe)
        reads_along(office, sara, contact)
        sara.member = replace(sara.member, role=Role.ADMINISTRATOR)
        assert sees(office, sara, contact) is None

    def test_what_waits_or_is_with_the_script_is_read_by_nobody(self, office: Office) -> None:
        _, sara, _ = team(office)
        waiting = Caller(office).asks_for_a_person()
        with pytest.raises(NotYours):
            reads_along(office, sara, waiting)


class TestAWhisper:
    @pytest.mark.parametrize("channel", [Channel.SMS, Channel.WEBCHAT])
    def test_it_stands_in_the_talk_as_hers_and_the_caller_never_gets_it(self, office: Office, channel: Channel) -> None:
        chloe, sara, _ = team(office)
        amara, contact = in_hands(office, chloe, channel)
        reads_along(office, sara, contact)
        whispers(office, sara, contact, "Ask about the children.")
        note = lines_of(office, contact)[-1]
        assert (note.speaker, note.text, note.by) == (Speaker.NOTE, "Ask about the children.", "Sara, supervisor")
        own = office.read(lambda one: caller_talk(office.desk, one, amara.channel, amara.sender, NOW))
        assert own is not None
        assert [line.text for _, line in own.lines] == [WORDS]
        assert office.read(lambda one: office.desk.outbox.due(one, NOW + HOUR)) == []
        assert deeds(office, sara)[-1] == Deed.WHISPERED

    def test_twin_as_an_answer_it_would_reach_the_caller(self, office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
        chloe, sara, _ = team(office)
        amara, contact = in_hands(office, chloe, Channel.WEBCHAT)
        reads_along(office, sara, contact)
        monkeypatch.setattr("hotline.desk.notes.Speaker", type("S", (), {"NOTE": Speaker.RESPONDER}))
        whispers(office, sara, contact, "Ask about the children.")
        own = office.read(lambda one: caller_talk(office.desk, one, amara.channel, amara.sender, NOW))
        assert own is not None
        assert "Ask about the children." in [line.text for _, line in own.lines]

    def test_it_needs_reading_along_and_words(self, office: Office) -> None:
        chloe, sara, _ = team(office)
        _, contact = in_hands(office, chloe)
        with pytest.raises(Refused, match=r"^Read along first: whoever has the contact must see that you do\.$"):
            whispers(office, sara, contact, "psst")
        reads_along(office, sara, contact)
        with pytest.raises(Refused, match=r"^Please write something first\.$"):
            whispers(office, sara, contact, "  ")
        with pytest.raises(Refused, match=r"^That is 2001 characters: a note has 2000 at most\.$"):
            whispers(office, sara, contact, "x" * 2001)

    def test_who_whispers_goes_on_reading(self, office: Office) -> None:
        chloe, sara, _ = team(office)
        _, contact = in_hands(office, chloe)
        reads_along(office, sara, contact)
        later = NOW + supervise.READING_SECONDS - MINUTE
        whispers(office, sara, contact, "Well done.", later)
        assert sees(office, sara, contact, later + 2 * MINUTE) is not None


class TestTakingOver:
    def test_she_has_it_and_what_the_owner_still_sends_is_refused(self, office: Office) -> None:
        chloe, sara, _ = team(office)
        amara, contact = in_hands(office, chloe)
        chloe.answers(contact, "I am Chloe.")
        before = stored(office, contact.id)
        assert before is not None
        office.write(lambda tx: supervise.take_over(office.desk, tx, contact.id, sara.member, NOW + MINUTE))
        after = stored(office, contact.id)
        assert after is not None
        assert (after.state, after.owner, after.fence > before.fence) == (State.CLAIMED, sara.id, True)
        with pytest.raises(NotYours):
            chloe.answers(contact, "One moment", NOW + MINUTE, fence=before.fence)
        said = [line.text for line in lines_of(office, after)]
        assert office.desk.shelf.words["en"]["desk/new_person"] in said, "the caller is told who writes now"
        assert "One moment" not in said
        sara.answers(after, "I am Sara.", NOW + 2 * MINUTE)
        assert deeds(office, sara)[-2:] == [Deed.TAKEN_OVER, Deed.ANSWERED]
        assert amara.open_contact().owner == sara.id

    def test_she_is_not_taken_to_be_gone_at_once(self, office: Office) -> None:
        """Found while writing this: whoever was never heard of loses what they took within two seconds."""
        chloe, sara, _ = team(office)
        _, contact = in_hands(office, chloe)
        office.write(lambda tx: supervise.take_over(office.desk, tx, contact.id, sara.member, NOW))
        assert office.read(lambda one: presence.left_alone(one, NOW + 1)) == []

    def test_her_own_and_what_waits_cannot_be_taken_over(self, office: Office) -> None:
        chloe, sara, _ = team(office)
        _, contact = in_hands(office, chloe)
        office.write(lambda tx: supervise.take_over(office.desk, tx, contact.id, sara.member, NOW))
        waiting = Caller(office, BOGDAN).asks_for_a_person()
        for one in (contact, waiting):
            with pytest.raises(NotYours):
                takes_over(office, sara, one)


class TestGivingBack:
    @pytest.mark.parametrize("role", [Role.SUPERVISOR, Role.ADMINISTRATOR])
    def test_a_contact_of_a_lost_laptop_waits_again_with_its_time(self, office: Office, role: Role) -> None:
        chloe, lead = hire(office, "Chloe"), hire(office, "Sara", role)
        _, contact = in_hands(office, chloe)
        office.write(lambda tx: supervise.give_back(office.desk, tx, contact.id, lead.member, NOW + HOUR))
        after = stored(office, contact.id)
        assert after is not None
        assert (after.state, after.owner, after.waiting_since) == (State.WAITING, None, contact.waiting_since)
        assert deeds(office, lead)[-1] == Deed.RELEASED

    def test_a_responder_may_not(self, office: Office) -> None:
        chloe, emil = hire(office, "Chloe"), hire(office, "Emil")
        _, contact = in_hands(office, chloe)
        with pytest.raises(Refused, match=r"^Only a supervisor or an administrator can do that\.$"):
            office.write(lambda tx: supervise.give_back(office.desk, tx, contact.id, emil.member, NOW))


class TestAPause:
    def test_it_says_who_and_until_when_and_ends_by_itself(self, office: Office) -> None:
        _, sara, _ = team(office)
        office.write(lambda tx: supervise.pause(tx, Channel.SMS, sara.member, NOW))
        office.write(lambda tx: supervise.pause(tx, Channel.SMS, sara.member, NOW + HOUR))
        (paused,) = shift(office, NOW + HOUR).paused
        assert (paused.channel, paused.name, paused.until) == (Channel.SMS, "Sara", NOW + 4 * HOUR)
        assert office.read(lambda one: pauses.paused(one, NOW + 4 * HOUR)) == {}
        assert deeds(office, sara).count(Deed.PAUSED) == 1
        office.write(lambda tx: supervise.pause(tx, Channel.SMS, sara.member, NOW + 5 * HOUR))
        assert office.read(lambda one: pauses.paused(one, NOW + 6 * HOUR)) == {Channel.SMS: NOW + 9 * HOUR}

    def test_it_is_ended_by_hand_too(self, office: Office) -> None:
        _, sara, dina = team(office)
        office.write(lambda tx: supervise.pause(tx, Channel.SIGNAL, sara.member, NOW))
        office.write(lambda tx: supervise.resume(tx, Channel.SIGNAL, dina.member, NOW))
        office.write(lambda tx: supervise.resume(tx, Channel.SIGNAL, dina.member, NOW))
        assert shift(office).paused == []
        assert deeds(office, dina).count(Deed.RESUMED) == 1

    def test_a_responder_may_not(self, office: Office) -> None:
        chloe, *_ = team(office)
        with pytest.raises(Refused):
            office.write(lambda tx: supervise.pause(tx, Channel.SMS, chloe.member, NOW))
        with pytest.raises(Refused):
            office.write(lambda tx: supervise.resume(tx, Channel.SMS, chloe.member, NOW))
