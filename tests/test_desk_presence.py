"""A responder who is gone keeps nobody waiting: what was theirs goes to the colleague beside them, or back to the queue."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from hotline.contact import Channel, Level, State
from hotline.desk import introduce
from hotline.desk import presence as desk_presence
from hotline.desk.office import Desk, Office
from hotline.desk.presence import SWEEP_SECONDS, gone, sweep, tick
from hotline.desk.view import Board, board
from hotline.desk.work import Full, NotYours, claim, release
from hotline.queue import Why
from hotline.roster import Ability
from hotline.store import accounts, pauses, presence, roster, staff
from hotline.store.contacts import Contact
from hotline.store.presence import HERE_SECONDS
from hotline.store.staff import Deed
from hotline.store.writer import Tx
from tests.people import AMARA, BOGDAN, NOW, Caller, Responder, hire, lines_of, stored

LATER = NOW + 11.0


@pytest.fixture
def amara(office: Office) -> Caller:
    return Caller(office)


@pytest.fixture
def chloe(office: Office) -> Responder:
    return hire(office, "Chloe")


@pytest.fixture
def emil(office: Office) -> Responder:
    return hire(office, "Emil")


def heard(office: Office, *who: Responder, now: float = NOW) -> int:
    until = {one.id: now + HERE_SECONDS for one in who}
    return office.write(lambda tx: tick(office.desk, tx, until, now))


def swept(office: Office, now: float) -> int:
    return office.write(lambda tx: sweep(office.desk, tx, now))


def beside(office: Office, contact: Contact, who: Responder, *, joined: bool) -> None:
    def join(one: Contact) -> Contact:
        return replace(one, second=who.id, second_in=joined)

    changed(office, contact, join)


def changed(office: Office, contact: Contact, change: Callable[[Contact], Contact]) -> None:
    found = stored(office, contact.id)
    assert found is not None
    office.write(lambda tx: office.desk.contacts.save(tx.connection, change(found)))


def now_stored(office: Office, contact: Contact) -> Contact:
    found = stored(office, contact.id)
    assert found is not None
    return found


def deeds(office: Office, *kinds: Deed) -> list[tuple[int, str]]:
    return [(who, deed) for _, who, deed in office.read(staff.read_journal) if deed in kinds]


def seen_by(office: Office, who: Responder, now: float) -> Board:
    return office.read(lambda connection: board(office.desk, connection, who.id, now))


class TestLost:
    def test_the_contact_of_one_who_is_gone_waits_again_in_its_place(
        self, office: Office, amara: Caller, chloe: Responder
    ) -> None:
        contact = chloe.claims(amara.asks_for_a_person())
        assert swept(office, NOW + HERE_SECONDS - 0.1) == 0
        assert swept(office, LATER) == 1
        back = now_stored(office, contact)
        assert (back.state, back.owner, back.fence) == (State.WAITING, None, contact.fence + 1)
        assert back.waiting_since == contact.waiting_since == NOW
        assert deeds(office, Deed.LOST) == [(chloe.id, "lost")]

    def test_while_the_browser_answers_nothing_is_lost(self, office: Office, amara: Caller, chloe: Responder) -> None:
        contact = chloe.claims(amara.asks_for_a_person())
        for second in range(0, 60, 4):
            assert heard(office, chloe, now=NOW + second) == 0
        assert now_stored(office, contact).owner == chloe.id

    def test_a_beat_that_was_heard_counts_before_anybody_is_missed(
        self, office: Office, amara: Caller, chloe: Responder
    ) -> None:
        chloe.claims(amara.asks_for_a_person())
        assert heard(office, chloe, now=NOW + 10.5) == 0

    def test_an_older_word_of_a_browser_takes_back_no_newer_one(self, office: Office, chloe: Responder) -> None:
        office.write(lambda tx: presence.note(tx.connection, {chloe.id: NOW + 300.0}))
        heard(office, chloe)
        assert office.read(lambda connection: presence.here(connection, NOW + 200.0)) == {chloe.id}

    def test_an_answer_from_before_is_not_taken(self, office: Office, amara: Caller, chloe: Responder) -> None:
        contact = chloe.claims(amara.asks_for_a_person())
        swept(office, LATER)
        with pytest.raises(NotYours):
            chloe.answers(contact, "I am back.", LATER, fence=contact.fence)
        again = chloe.claims(contact, LATER)
        with pytest.raises(NotYours):
            chloe.answers(contact, "I am back.", LATER, fence=contact.fence)
        assert chloe.answers(contact, "I am back.", LATER, fence=again.fence) is not None

    def test_her_colleague_sees_that_it_came_back_and_is_offered_it(
        self, office: Office, amara: Caller, chloe: Responder, emil: Responder
    ) -> None:
        emil.begins_shift()
        contact = chloe.claims(amara.asks_for_a_person())
        heard(office, emil, now=LATER)
        seen = seen_by(office, emil, LATER)
        (card,) = seen.waiting
        assert card.id == contact.id in seen.offered
        assert Why.BACK in {reason.why for reason in seen.reasons(card)}

    def test_the_caller_of_one_who_was_answered_is_told_that_another_person_writes(
        self, office: Office, amara: Caller, chloe: Responder, emil: Responder
    ) -> None:
        contact = chloe.claims(amara.asks_for_a_person())
        chloe.answers(contact, "I am Chloe.", fence=contact.fence)
        swept(office, LATER)
        chloe.claims(contact, LATER)
        assert len(lines_of(office, contact)) == 1
        swept(office, LATER + 11)
        emil.claims(contact, LATER + 11)
        assert len(lines_of(office, contact)) == 2

    def test_who_took_it_while_the_lost_ones_were_looked_up_keeps_it(
        self, office: Office, amara: Caller, chloe: Responder, emil: Responder, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Found by this test: who was there had been asked before another process let somebody take the contact."""
        contact = chloe.claims(amara.asks_for_a_person())
        find = introduce.stored

        def takes_it_first(desk: Desk, tx: Tx, contact_id: str) -> Contact | None:
            found = find(desk, tx, contact_id)
            assert found is not None
            desk.contacts.save(tx.connection, replace(found, owner=emil.id, fence=found.fence + 1))
            presence.note(tx.connection, {emil.id: LATER + HERE_SECONDS})
            return find(desk, tx, contact_id)

        monkeypatch.setattr(desk_presence, "stored", takes_it_first)
        assert swept(office, LATER) == 0
        assert now_stored(office, contact).owner == emil.id

    def test_a_contact_that_cannot_be_opened_stops_nothing(
        self, office: Office, amara: Caller, chloe: Responder
    ) -> None:
        dead = chloe.claims(amara.asks_for_a_person())
        alive = chloe.claims(Caller(office, BOGDAN).asks_for_a_person())
        from hotline.store.schema import contacts

        spoiled = contacts.update().where(contacts.c.id == dead.id).values(sealed=b"x" * 64)
        office.write(lambda tx: tx.connection.execute(spoiled))
        assert swept(office, LATER) == 1
        assert now_stored(office, alive).state is State.WAITING


class TestBesideSomebody:
    def test_the_colleague_who_joined_goes_on(
        self, office: Office, amara: Caller, chloe: Responder, emil: Responder
    ) -> None:
        contact = chloe.claims(amara.asks_for_a_person())
        beside(office, contact, emil, joined=True)
        assert heard(office, emil, now=LATER) == 1
        after = now_stored(office, contact)
        assert (after.state, after.owner, after.second, after.second_in) == (State.CLAIMED, emil.id, None, False)
        assert after.fence == contact.fence + 1
        assert deeds(office, Deed.LOST) == [(chloe.id, "lost")]

    @pytest.mark.parametrize("joined", [True, False])
    def test_a_second_who_is_gone_is_no_second(
        self, office: Office, amara: Caller, chloe: Responder, emil: Responder, joined: bool
    ) -> None:
        contact = chloe.claims(amara.asks_for_a_person())
        beside(office, contact, emil, joined=joined)
        assert heard(office, chloe, now=LATER) == 0
        after = now_stored(office, contact)
        assert (after.owner, after.second, after.second_in, after.fence) == (chloe.id, None, False, contact.fence)
        assert deeds(office, Deed.LOST) == ([(emil.id, "lost")] if joined else [])

    def test_one_who_was_only_asked_inherits_nothing(
        self, office: Office, amara: Caller, chloe: Responder, emil: Responder
    ) -> None:
        contact = chloe.claims(amara.asks_for_a_person())
        beside(office, contact, emil, joined=False)
        heard(office, emil, now=LATER)
        after = now_stored(office, contact)
        assert (after.state, after.owner, after.second) == (State.WAITING, None, None)

    def test_when_both_are_gone_it_waits(
        self, office: Office, amara: Caller, chloe: Responder, emil: Responder
    ) -> None:
        contact = chloe.claims(amara.asks_for_a_person())
        beside(office, contact, emil, joined=True)
        assert swept(office, LATER) == 1
        assert now_stored(office, contact).state is State.WAITING

    def test_given_back_it_stays_with_the_colleague_who_joined(
        self, office: Office, amara: Caller, chloe: Responder, emil: Responder
    ) -> None:
        contact = chloe.claims(amara.asks_for_a_person())
        beside(office, contact, emil, joined=True)
        office.write(lambda tx: release(office.desk, tx, contact.id, chloe.id, NOW))
        assert now_stored(office, contact).owner == emil.id


class TestGone:
    def test_who_signs_out_leaves_nobody_waiting(
        self, office: Office, amara: Caller, chloe: Responder, emil: Responder
    ) -> None:
        hers, his = (one.claims(caller.asks_for_a_person()) for one, caller in _pairs(office, amara, chloe, emil))
        beside(office, his, chloe, joined=True)
        office.write(lambda tx: gone(office.desk, tx, chloe.id, NOW))
        assert now_stored(office, hers).state is State.WAITING
        assert (now_stored(office, his).owner, now_stored(office, his).second) == (emil.id, None)
        assert not office.read(lambda connection: presence.here(connection, NOW) & {chloe.id})

    def test_an_account_switched_off_from_the_command_line_loses_its_contacts_in_the_next_round(
        self, office: Office, amara: Caller, chloe: Responder
    ) -> None:
        contact = chloe.claims(amara.asks_for_a_person())
        office.write(lambda tx: staff.switch_off(tx.connection, "Chloe", NOW))
        assert heard(office, chloe) == 1  # what its browser says is not listened to any more
        assert now_stored(office, contact).state is State.WAITING

    def test_a_reset_of_what_they_sign_in_with_does_the_same(
        self, office: Office, amara: Caller, chloe: Responder
    ) -> None:
        chloe.claims(amara.asks_for_a_person())
        office.write(lambda tx: accounts.reset_factors(tx.connection, "Chloe", NOW))
        assert swept(office, NOW) == 1


def _pairs(office: Office, amara: Caller, chloe: Responder, emil: Responder) -> list[tuple[Responder, Caller]]:
    return [(chloe, amara), (emil, Caller(office, BOGDAN))]


class TestFull:
    def claims(self, office: Office, chloe: Responder, most: int) -> list[Contact]:
        office.write(lambda tx: roster.put_ability(tx.connection, chloe.id, Ability(("en",), (), most)))
        callers = [Caller(office, f"{AMARA}{number}") for number in range(most + 1)]
        waiting = [caller.asks_for_a_person() for caller in callers]
        for contact in waiting[:-1]:
            chloe.claims(contact)
        return waiting

    def test_one_more_than_they_take_at_once_must_be_meant(self, office: Office, chloe: Responder) -> None:
        *_, last = self.claims(office, chloe, 2)
        with pytest.raises(Full, match=r"^You have 2 contacts; you take 2 at once\. "):
            office.write(lambda tx: claim(office.desk, tx, last.id, chloe.id, NOW))
        taken = office.write(lambda tx: claim(office.desk, tx, last.id, chloe.id, NOW, even_full=True))
        assert taken.owner == chloe.id

    def test_whoever_is_in_danger_now_is_never_refused(self, office: Office, chloe: Responder) -> None:
        *_, last = self.claims(office, chloe, 1)

        def in_danger(one: Contact) -> Contact:
            return replace(one, conversation=replace(one.conversation, level=Level.IMMEDIATE))

        changed(office, last, in_danger)
        assert office.write(lambda tx: claim(office.desk, tx, last.id, chloe.id, NOW)).owner == chloe.id


class TestTheBoard:
    def test_what_nobody_on_duty_speaks_and_what_i_speak_stand_on_the_card(
        self, office: Office, amara: Caller, chloe: Responder, emil: Responder
    ) -> None:
        for one, language in ((chloe, "en"), (emil, "ro")):
            one.begins_shift()
            self.speaks(office, one, language)
        amara.asks_for_a_person()
        heard(office, chloe, emil)
        assert Why.SPOKEN in self.whys(office, chloe)
        assert not {Why.SPOKEN, Why.UNSPOKEN} & self.whys(office, emil)
        assert seen_by(office, chloe, NOW).offered
        assert not seen_by(office, emil, NOW).offered
        assert seen_by(office, emil, NOW + 3600).waiting
        office.write(lambda tx: presence.end(tx.connection, chloe.id))
        assert Why.UNSPOKEN in self.whys(office, emil)

    def test_with_nobody_on_duty_it_is_shown_marked_and_everybodys(
        self, office: Office, amara: Caller, chloe: Responder
    ) -> None:
        contact = amara.asks_for_a_person()
        assert Why.NOBODY in self.whys(office, chloe)
        assert seen_by(office, chloe, NOW).next == (contact.id,)

    def test_a_paused_channel_is_shown_as_paused_and_offered_to_nobody(
        self, office: Office, amara: Caller, chloe: Responder
    ) -> None:
        chloe.begins_shift()
        amara.asks_for_a_person()
        heard(office, chloe)
        office.write(lambda tx: pauses.pause(tx.connection, Channel.SMS, chloe.id, NOW))
        assert Why.PAUSED in self.whys(office, chloe)
        assert not seen_by(office, chloe, NOW + 7000).offered

    @staticmethod
    def speaks(office: Office, one: Responder, language: str) -> None:
        office.write(lambda tx: roster.put_ability(tx.connection, one.id, Ability((language,))))

    @staticmethod
    def whys(office: Office, who: Responder) -> set[Why]:
        seen = seen_by(office, who, NOW)
        return {reason.why for card in seen.waiting for reason in seen.reasons(card)}


def test_without_the_sweep_a_caller_would_wait_for_one_who_is_gone(
    office: Office, amara: Caller, chloe: Responder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk_presence, "sweep", lambda desk, tx, now: 0)
    contact = chloe.claims(amara.asks_for_a_person())
    assert heard(office, now=LATER) == 0
    assert now_stored(office, contact).owner == chloe.id


def test_from_a_pulled_plug_to_the_offer_it_takes_less_than_fifteen_seconds() -> None:
    assert HERE_SECONDS + SWEEP_SECONDS <= 12.0  # and three for the round's commit and the board's next picture
