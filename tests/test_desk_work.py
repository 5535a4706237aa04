"""Chloe answers: what she may do with a contact, and every refusal in its own words."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from hotline.channels import TRAITS
from hotline.coding import Coding, Exploitation
from hotline.contact import Channel, Level, State
from hotline.desk.forget import expire
from hotline.desk.office import Office
from hotline.desk.view import board, caller_talk, responder_talk
from hotline.desk.work import NotYours, Refused, close, release
from hotline.message import Delivery, Line, Speaker
from hotline.store import staff, tallies
from hotline.store.contacts import Contact
from hotline.tally import STAFF_OUTCOMES, Outcome
from tests.people import BOGDAN, HOUR, NOW, Caller, Responder, hire, lines_of, stored

REFERRED = Coding(exploitation=Exploitation.LABOUR, outcome=Outcome.REFERRED)

NOT_YOURS = r"^This contact is not open, or somebody else has it\.$"


@pytest.fixture
def amara(office: Office) -> Caller:
    return Caller(office)


@pytest.fixture
def chloe(office: Office) -> Responder:
    return hire(office, "Chloe")


@pytest.fixture
def other(office: Office) -> Responder:
    return hire(office, "Charlie")


def closes(
    who: Responder,
    contact: Contact,
    coding: Coding = REFERRED,
    *,
    even_unsent: bool = False,
) -> None:
    desk = who.office.desk
    who.office.write(lambda tx: close(desk, tx, contact.id, who.id, coding, NOW, even_unsent=even_unsent))


def releases(who: Responder, contact: Contact) -> None:
    who.office.write(lambda tx: release(who.office.desk, tx, contact.id, who.id, NOW))


def deeds(office: Office) -> list[tuple[int, str]]:
    return [(who, deed) for _, who, deed in office.read(staff.read_journal) if deed != "added"]


class TestClaiming:
    def test_of_all_who_try_at_once_one_succeeds(self, office: Office, amara: Caller) -> None:
        everybody = [hire(office, f"Responder {number}") for number in range(12)]
        contact = amara.asks_for_a_person()

        def tries(one: Responder) -> int | None:
            try:
                return one.claims(contact).owner
            except NotYours:
                return None

        with ThreadPoolExecutor(12) as pool:
            owners = [owner for owner in pool.map(tries, everybody) if owner is not None]
        assert len(owners) == 1
        assert deeds(office) == [(owners[0], "claimed")]

    def test_claiming_twice_is_claiming_once(self, office: Office, amara: Caller, chloe: Responder) -> None:
        contact = amara.asks_for_a_person()
        assert chloe.claims(contact) == chloe.claims(contact)
        assert deeds(office) == [(chloe.id, "claimed")]

    def test_a_contact_that_somebody_has_or_nobody_has_is_refused_alike(
        self, office: Office, amara: Caller, chloe: Responder, other: Responder
    ) -> None:
        contact = amara.asks_for_a_person()
        chloe.claims(contact)
        with pytest.raises(NotYours, match=NOT_YOURS):
            other.claims(contact)
        amara.writes("delete")
        with pytest.raises(NotYours, match=NOT_YOURS):
            other.claims(contact)

    def test_a_contact_still_in_the_script_cannot_be_claimed(self, amara: Caller, chloe: Responder) -> None:
        amara.writes("Hello")
        with pytest.raises(NotYours, match=NOT_YOURS):
            chloe.claims(amara.open_contact())


class TestReleasing:
    def test_a_released_contact_keeps_its_waiting_time_and_another_can_take_it(
        self, office: Office, amara: Caller, chloe: Responder, other: Responder
    ) -> None:
        contact = amara.asks_for_a_person()
        before = chloe.claims(contact)
        releases(chloe, contact)
        back = amara.open_contact()
        assert (back.state, back.owner, back.waiting_since) == (State.WAITING, None, NOW)
        assert back.fence > before.fence
        assert other.claims(contact).owner == other.id
        assert deeds(office) == [(chloe.id, "claimed"), (chloe.id, "released"), (other.id, "claimed")]

    def test_only_whoever_has_it_can_release_it(self, amara: Caller, chloe: Responder, other: Responder) -> None:
        contact = amara.asks_for_a_person()
        for who in (chloe, other):
            with pytest.raises(NotYours, match=NOT_YOURS):
                releases(who, contact)
        chloe.claims(contact)
        with pytest.raises(NotYours, match=NOT_YOURS):
            releases(other, contact)


class TestAnswering:
    def test_an_answer_waits_for_its_provider_and_in_a_web_chat_it_is_there_at_once(
        self, office: Office, amara: Caller, chloe: Responder
    ) -> None:
        bogdan = Caller(office, BOGDAN, Channel.WEBCHAT)
        by_sms, by_web = amara.asks_for_a_person(), bogdan.asks_for_a_person()
        for contact in (by_sms, by_web):
            chloe.claims(contact)
        assert chloe.answers(by_sms, "  Hello, I am Chloe.\n") is not None
        assert chloe.answers(by_web, "Hello") is None
        assert lines_of(office, by_sms) == [
            Line(Speaker.RESPONDER, "Hello, I am Chloe.", NOW, delivery=Delivery.WAITING, by="Chloe")
        ]
        assert lines_of(office, by_web) == [Line(Speaker.RESPONDER, "Hello", NOW, delivery=Delivery.SENT, by="Chloe")]
        assert office.read(lambda c: office.desk.outbox.pending(c, by_web.id)) == 0

    @pytest.mark.parametrize("text", ["", "   ", "\n\t"])
    def test_an_empty_answer_is_refused(self, amara: Caller, chloe: Responder, text: str) -> None:
        contact = chloe.claims(amara.asks_for_a_person())
        with pytest.raises(Refused, match=r"^Please write something first\.$"):
            chloe.answers(contact, text)

    @pytest.mark.parametrize("channel", Channel)
    def test_an_answer_has_the_length_its_channel_carries(
        self, office: Office, chloe: Responder, channel: Channel
    ) -> None:
        contact = chloe.claims(Caller(office, channel=channel).asks_for_a_person())
        longest = TRAITS[channel].longest
        chloe.answers(contact, "x" * longest)
        with pytest.raises(Refused) as caught:
            chloe.answers(contact, "x" * (longest + 1))
        assert str(caught.value) == (
            f"That is {longest + 1} characters: {longest} is the most that this channel carries at once."
        )
        assert len(lines_of(office, contact)) == 1

    def test_a_caller_who_opted_out_cannot_be_answered_until_they_opt_in(self, amara: Caller, chloe: Responder) -> None:
        contact = chloe.claims(amara.asks_for_a_person())
        amara.writes("STOP")
        with pytest.raises(Refused) as caught:
            chloe.answers(contact, "Are you there?")
        assert str(caught.value) == (
            "The caller's phone company blocks us since they sent STOP. They must write START first."
        )
        amara.writes("START")
        assert chloe.answers(contact, "Are you there?") is not None

    def test_nobody_else_can_answer(self, amara: Caller, chloe: Responder, other: Responder) -> None:
        contact = amara.asks_for_a_person()
        with pytest.raises(NotYours, match=NOT_YOURS):
            chloe.answers(contact, "Hello")
        chloe.claims(contact)
        with pytest.raises(NotYours, match=NOT_YOURS):
            other.answers(contact, "Hello")

    def test_an_answer_written_before_the_contact_was_given_away_and_taken_back_is_refused(
        self, amara: Caller, chloe: Responder, other: Responder
    ) -> None:
        contact = amara.asks_for_a_person()
        old = chloe.claims(contact).fence
        releases(chloe, contact)
        other.claims(contact)
        releases(other, contact)
        new = chloe.claims(contact).fence
        with pytest.raises(NotYours, match=NOT_YOURS):
            chloe.answers(contact, "written long ago", fence=old)
        assert chloe.answers(contact, "written now", fence=new) is not None


class TestClosing:
    def test_closing_destroys_everything_and_counts_the_contact_once(
        self, office: Office, amara: Caller, chloe: Responder
    ) -> None:
        contact = chloe.claims(amara.asks_for_a_person())
        amara.writes("they keep my papers")
        closes(chloe, contact)
        assert stored(office, contact.id) is None
        counted = {(cell.kind, cell.first): number for cell, number in office.read(tallies.all_cells)}
        assert counted[("exploitation", "labour")] == 1
        assert counted[("outcome", "referred")] == 1
        assert counted[("channel", "sms")] == 1
        assert deeds(office) == [(chloe.id, "claimed"), (chloe.id, "closed")]
        for deed in (closes, releases):
            with pytest.raises(NotYours, match=NOT_YOURS):
                deed(chloe, contact)
        with pytest.raises(NotYours, match=NOT_YOURS):
            chloe.answers(contact, "one more thing")

    def test_a_contact_with_an_answer_on_its_way_is_closed_only_even_so(
        self, office: Office, amara: Caller, chloe: Responder
    ) -> None:
        contact = chloe.claims(amara.asks_for_a_person())
        chloe.answers(contact, "Hello")
        with pytest.raises(Refused) as caught:
            closes(chloe, contact)
        assert str(caught.value) == ("An answer is still on its way. Wait until it is sent, or tick “close even so”.")
        assert stored(office, contact.id) is not None
        closes(chloe, contact, even_unsent=True)
        assert stored(office, contact.id) is None

    def test_what_only_a_script_may_say_is_refused(self, amara: Caller, chloe: Responder) -> None:
        contact = chloe.claims(amara.asks_for_a_person())
        with pytest.raises(Refused, match=r"^Choose what it was about and how it ended from the lists\.$"):
            closes(chloe, contact, Coding(outcome=Outcome.SCRIPT_END))
        assert Outcome.SCRIPT_END not in STAFF_OUTCOMES

    def test_nobody_else_can_close(self, amara: Caller, chloe: Responder, other: Responder) -> None:
        contact = chloe.claims(amara.asks_for_a_person())
        with pytest.raises(NotYours, match=NOT_YOURS):
            closes(other, contact)


class TestLooking:
    def test_only_whoever_has_a_contact_can_read_it(
        self, office: Office, amara: Caller, chloe: Responder, other: Responder
    ) -> None:
        contact = amara.asks_for_a_person()
        amara.writes("they keep my papers")
        desk = office.desk
        assert office.read(lambda c: responder_talk(desk, c, contact.id, chloe.id)) is None
        chloe.claims(contact)
        talk = office.read(lambda c: responder_talk(desk, c, contact.id, chloe.id))
        assert talk is not None
        assert [line.text for _, line in talk.lines] == ["they keep my papers"]
        assert office.read(lambda c: responder_talk(desk, c, contact.id, other.id)) is None
        assert office.read(lambda c: responder_talk(desk, c, "0" * 32, chloe.id)) is None

    def test_the_board_shows_who_waits_why_and_who_is_here_and_never_what_was_said(
        self, office: Office, chloe: Responder, other: Responder
    ) -> None:
        bogdan = Caller(office, BOGDAN, Channel.TELEGRAM)
        for text in ("me tiene encerrada", "1", "1", "1"):
            bogdan.writes(text)
        chloe.begins_shift()
        seen = office.read(lambda c: board(office.desk, c, chloe.id, NOW + 40))
        (card,) = seen.waiting
        assert (card.channel, card.language) == (Channel.TELEGRAM, "es")
        assert (card.ranked.waiting.level, card.ranked.seconds, card.ranked.late) == (Level.IMMEDIATE, 40, True)
        assert card.ranked.signals == ("danger",)
        assert "encerrada" not in repr(seen)
        assert seen.on_duty == {chloe.id}
        chloe.claims(bogdan.open_contact())
        assert len(office.read(lambda c: board(office.desk, c, chloe.id, NOW)).mine) == 1
        assert office.read(lambda c: board(office.desk, c, other.id, NOW)).mine == []

    def test_a_caller_sees_their_own_talk(self, office: Office, chloe: Responder) -> None:
        amara = Caller(office, channel=Channel.WEBCHAT)
        desk = office.desk
        assert office.write(lambda tx: caller_talk(desk, tx.connection, amara.channel, amara.sender, NOW)) is None
        contact = chloe.claims(amara.asks_for_a_person())
        chloe.answers(contact, "Hello")
        talk = office.write(lambda tx: caller_talk(desk, tx.connection, amara.channel, amara.sender, NOW))
        assert talk is not None
        assert [line.text for _, line in talk.lines] == ["Hello"]

    def test_what_has_expired_is_nobodys(self, office: Office, amara: Caller, chloe: Responder) -> None:
        contact = chloe.claims(amara.asks_for_a_person())
        office.write(lambda tx: expire(office.desk, tx, NOW + 48 * HOUR))
        assert office.read(lambda c: responder_talk(office.desk, c, contact.id, chloe.id)) is None
