"""Reports, copies at the provider and WhatsApp's window: whatever the order, a line says the truth and every copy goes."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from hotline.contact import Channel
from hotline.desk import erase
from hotline.desk.deliver import REPORT_SECONDS, WINDOW_SECONDS, NotSent, deliver
from hotline.desk.erase import OVERDUE_SECONDS, WITNESS_SECONDS, overdue
from hotline.desk.office import Office
from hotline.desk.reports import report
from hotline.message import Delivery, Erasure, Report
from hotline.store.boxes import LEASE_SECONDS
from hotline.store.contacts import Contact
from tests.people import BOGDAN, DAY, HOUR, NOW, Caller, Responder, deliver_due, erase_due, hire, lines_of, rows
from tests.test_desk_deliver import SILENT, Postman

CLOSED = NotSent("free text is not carried now (63016)", window=True)


@dataclass
class Shredder:
    """Deletes copies; `faults` are raised one by one first."""

    faults: list[NotSent] = field(default_factory=list)
    deleted: list[str] = field(default_factory=list)

    def erase(self, erasure: Erasure) -> None:
        if self.faults:
            raise self.faults.pop(0)
        self.deleted.append(erasure.id)


@pytest.fixture
def chloe(office: Office) -> Responder:
    return hire(office, "Chloe")


@pytest.fixture
def contact(office: Office, chloe: Responder) -> Contact:
    return chloe.claims(Caller(office).asks_for_a_person())


@pytest.fixture
def on_whatsapp(office: Office, chloe: Responder) -> Contact:
    return chloe.claims(Caller(office, channel=Channel.WHATSAPP).asks_for_a_person())


def answered(chloe: Responder, contact: Contact, text: str = "Hello") -> int:
    one = chloe.answers(contact, text)
    assert one is not None
    return one


def told(office: Office, contact: Contact) -> list[Delivery]:
    return [line.delivery for line in lines_of(office, contact)]


def tells(office: Office, told: Report, now: float = NOW) -> None:
    office.write(lambda tx: report(office.desk, tx, told, now))


def sms(message_id: str, delivery: Delivery, *, final: bool = True) -> Report:
    return Report(Channel.SMS, message_id, delivery, final)


class TestReports:
    @pytest.mark.parametrize(
        ("reports", "known"),
        [
            ([Delivery.SENT], Delivery.SENT),
            ([Delivery.DELIVERED, Delivery.SENT], Delivery.DELIVERED),
            ([Delivery.SENT, Delivery.DELIVERED, Delivery.DELIVERED], Delivery.DELIVERED),
            ([Delivery.READ, Delivery.DELIVERED], Delivery.READ),
            ([Delivery.FAILED, Delivery.SENT], Delivery.FAILED),
        ],
        ids=str,
    )
    def test_a_line_says_the_most_that_was_told_in_whatever_order(
        self, office: Office, chloe: Responder, contact: Contact, reports: list[Delivery], known: Delivery
    ) -> None:
        deliver(office, Postman(), answered(chloe, contact), NOW)
        for delivery in reports:
            tells(office, sms("id 1", delivery))
        assert told(office, contact) == [known]

    @pytest.mark.parametrize("delivery", [Delivery.DELIVERED, Delivery.FAILED, Delivery.OPTED_OUT], ids=str)
    def test_a_report_that_overtakes_the_providers_own_answer_is_not_lost(
        self, office: Office, chloe: Responder, contact: Contact, delivery: Delivery
    ) -> None:
        """Found by thinking of this test: the report came, belonged to nothing, and the line said "sent" for ever."""
        one = answered(chloe, contact)
        tells(office, sms("id 1", delivery))
        deliver(office, Postman(), one, NOW)
        assert told(office, contact) == [delivery]
        assert Caller(office).open_contact().opted_out is (delivery is Delivery.OPTED_OUT)

    def test_a_report_of_somebody_elses_message_or_of_an_ended_contact_changes_nothing(
        self, office: Office, chloe: Responder, contact: Contact
    ) -> None:
        deliver(office, Postman(), answered(chloe, contact), NOW)
        tells(office, sms("another", Delivery.FAILED))
        assert told(office, contact) == [Delivery.SENT]
        Caller(office).writes("delete")
        tells(office, sms("id 1", Delivery.DELIVERED))
        assert "sent" not in rows(office)


class TestCopies:
    def test_a_copy_is_deleted_when_its_message_has_come_to_its_end(
        self, office: Office, chloe: Responder, contact: Contact
    ) -> None:
        erase_due(office, Shredder(), NOW)
        deliver(office, Postman(), answered(chloe, contact), NOW)
        shredder = Shredder()
        assert erase_due(office, shredder, NOW + 60) == 0
        tells(office, sms("id 1", Delivery.DELIVERED), NOW + 60)
        assert erase_due(office, shredder, NOW + 60) == 1
        assert shredder.deleted == ["id 1"]
        assert "erasures" not in rows(office)

    def test_a_copy_of_which_the_provider_never_tells_the_end_is_deleted_all_the_same(
        self, office: Office, chloe: Responder, contact: Contact
    ) -> None:
        erase_due(office, Shredder(), NOW)
        deliver(office, Postman(), answered(chloe, contact), NOW)
        shredder = Shredder()
        assert erase_due(office, shredder, NOW + REPORT_SECONDS) == 1
        assert shredder.deleted == ["id 1"]

    def test_it_is_tried_through_refusals_and_outages_until_it_is_gone(self, office: Office) -> None:
        Caller(office).writes("Hello", id="SM1")
        refused, away = NotSent("20009", wait=60.0), NotSent("no answer", sure=False, down=True)
        shredder, now = Shredder([refused, away] * 40), NOW
        while "erasures" in rows(office):
            erase_due(office, shredder, now)
            now += LEASE_SECONDS
            assert now < NOW + DAY
        assert shredder.deleted == ["SM1"]

    def test_what_can_never_be_deleted_is_not_tried_for_ever(self, office: Office) -> None:
        Caller(office).writes("Hello")
        assert erase_due(office, Shredder([NotSent("gone", permanent=True)]), NOW) == 0
        assert "erasures" not in rows(office)

    def test_what_waits_longer_than_a_day_is_overdue(self, office: Office) -> None:
        Caller(office).writes("Hello")
        assert overdue(office, NOW + OVERDUE_SECONDS) == 0
        assert overdue(office, NOW + OVERDUE_SECONDS + 1) == 1

    def test_a_worker_that_died_while_it_deleted_is_followed_by_one_that_deletes_again(self, office: Office) -> None:
        Caller(office).writes("Hello", id="SM1")

        class Dies:
            def erase(self, erasure: Erasure) -> None:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            erase_due(office, Dies(), NOW)
        shredder = Shredder()
        assert erase_due(office, shredder, NOW + LEASE_SECONDS - 1) == 0
        assert erase_due(office, shredder, NOW + LEASE_SECONDS) == 1

    def test_asked_twice_it_is_done_once_and_at_the_earlier_time(self, office: Office) -> None:
        erasures, copy = office.desk.erasures, Erasure(Channel.SMS, "SM1")
        office.write(lambda tx: erasures.add(tx.connection, copy, NOW, due_at=NOW + HOUR))
        office.write(lambda tx: erasures.add(tx.connection, copy, NOW, due_at=NOW + 60))
        office.write(lambda tx: erasures.add(tx.connection, copy, NOW, due_at=NOW + DAY))
        assert office.read(lambda connection: erasures.due(connection, NOW + 59)) == []
        assert len(office.read(lambda connection: erasures.due(connection, NOW + 60))) == 1


class TestWitness:
    """A message was taken, no answer came, and the report of its end asks for its deletion before we have asked."""

    def doubt(self, office: Office, chloe: Responder, contact: Contact) -> int:
        erase_due(office, Shredder(), NOW)
        one = answered(chloe, contact)
        deliver(office, Postman([SILENT]), one, NOW)
        tells(office, sms("an id", Delivery.DELIVERED), NOW + 1)
        return one

    def test_the_copy_that_proves_it_is_kept_until_it_was_asked_for(
        self, office: Office, chloe: Responder, contact: Contact
    ) -> None:
        one = self.doubt(office, chloe, contact)
        shredder = Shredder()
        assert erase_due(office, shredder, NOW + 2) == 0
        postman = Postman(knows=True)
        assert deliver(office, postman, one, NOW + 600) is Delivery.SENT
        assert (postman.texts, told(office, contact)) == ([], [Delivery.DELIVERED])
        assert erase_due(office, shredder, NOW + 600 + WITNESS_SECONDS) == 1
        assert shredder.deleted == ["an id"]

    def test_with_this_switched_off_it_is_deleted_first(
        self, office: Office, chloe: Responder, contact: Contact, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(erase, "_is_witness", lambda *_: False)
        self.doubt(office, chloe, contact)
        shredder = Shredder()
        assert erase_due(office, shredder, NOW + 2) == 1
        assert shredder.deleted == ["an id"]

    def test_callers_own_messages_and_other_channels_do_not_wait_for_it(
        self, office: Office, chloe: Responder, contact: Contact
    ) -> None:
        self.doubt(office, chloe, contact)
        Caller(office, BOGDAN).writes("Hello", NOW + 1, id="SM of Bogdan")
        tells(office, Report(Channel.WHATSAPP, "on WhatsApp", Delivery.READ, final=True), NOW + 1)
        shredder = Shredder()
        erase_due(office, shredder, NOW + 2)
        assert sorted(shredder.deleted) == ["SM of Bogdan", "on WhatsApp"]


class TestWindow:
    """WhatsApp carries free text for a day after the caller's last message, then only an approved note."""

    def test_after_a_day_of_silence_a_note_goes_once_and_the_answer_when_they_write_again(
        self, office: Office, chloe: Responder, on_whatsapp: Contact
    ) -> None:
        later, postman = NOW + DAY + 1, Postman()
        chloe.answers(on_whatsapp, "Hello", later)
        for minute in range(5):
            deliver_due(office, postman, later + minute * WINDOW_SECONDS)
        assert [(one.text, one.note) for one in postman.taken] == [("Hello", True)]
        assert told(office, on_whatsapp) == [Delivery.WINDOW]
        Caller(office, channel=Channel.WHATSAPP).writes("I am here", later + HOUR)
        deliver_due(office, postman, later + HOUR + WINDOW_SECONDS)
        assert [(one.text, one.note) for one in postman.taken] == [("Hello", True), ("Hello", False)]
        assert told(office, on_whatsapp)[0] is Delivery.SENT

    def test_a_window_that_closed_at_the_provider_first_lets_the_note_out_next(
        self, office: Office, chloe: Responder, on_whatsapp: Contact
    ) -> None:
        """Found by this test: the refusal of free text was taken for a note that had been sent, and none ever was."""
        postman, one = Postman([CLOSED]), answered(chloe, on_whatsapp)
        assert deliver(office, postman, one, NOW) is Delivery.WINDOW
        deliver_due(office, postman, NOW + 1)
        assert [one.note for one in postman.taken] == [True]

    @pytest.mark.parametrize("fault", [CLOSED, NotSent("no such template", permanent=True)], ids=str)
    def test_a_note_that_cannot_go_loses_no_answer(
        self, office: Office, chloe: Responder, on_whatsapp: Contact, fault: NotSent
    ) -> None:
        later, postman = NOW + DAY + 1, Postman([fault])
        chloe.answers(on_whatsapp, "Hello", later)
        deliver_due(office, postman, later)
        assert (postman.taken, told(office, on_whatsapp)) == ([], [Delivery.WINDOW])
        Caller(office, channel=Channel.WHATSAPP).writes("I am here", later + HOUR)
        deliver_due(office, postman, later + HOUR + WINDOW_SECONDS)
        assert [(one.text, one.note) for one in postman.taken] == [("Hello", False)]

    @pytest.mark.parametrize("early", [False, True])
    def test_a_report_that_free_text_was_not_carried_brings_the_answers_back_in_their_order(
        self, office: Office, chloe: Responder, on_whatsapp: Contact, *, early: bool
    ) -> None:
        """WhatsApp takes free text and refuses it only later: then "sent" is not the last word."""
        first, second = answered(chloe, on_whatsapp, "one"), answered(chloe, on_whatsapp, "two")
        postman, closed = Postman(), [Report(Channel.WHATSAPP, f"id {n}", Delivery.WINDOW, final=True) for n in (2, 1)]
        if early:
            tells(office, closed[1])
        deliver(office, postman, first, NOW)
        if not early:
            deliver(office, postman, second, NOW)
            tells(office, closed[0])
            tells(office, closed[1])
            tells(office, Report(Channel.WHATSAPP, "id 1", Delivery.SENT))
        assert told(office, on_whatsapp)[0] is Delivery.WINDOW
        for minute in range(3):
            deliver_due(office, postman, NOW + minute * WINDOW_SECONDS)
        Caller(office, channel=Channel.WHATSAPP).writes("I am here", NOW + HOUR)
        taken = len(postman.taken)
        for minute in (1, 2, 3):
            deliver_due(office, postman, NOW + HOUR + minute * WINDOW_SECONDS)
        assert postman.texts[taken:] == ["one", "two"]
        assert "outbox" not in rows(office)

    def test_a_doubt_from_before_the_window_closed_is_asked_about_as_it_was_raised(
        self, office: Office, chloe: Responder, on_whatsapp: Contact
    ) -> None:
        """Found by this test: the note was asked about instead of the answer, and the answer was sent twice."""
        one, postman = answered(chloe, on_whatsapp), Postman(knows=True)
        deliver(office, Postman([SILENT]), one, NOW)
        assert deliver(office, postman, one, NOW + DAY + HOUR) is Delivery.SENT
        assert (postman.taken, told(office, on_whatsapp)) == ([], [Delivery.SENT])
