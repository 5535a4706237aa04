"""An answer leaves for its provider: it is tried, asked about when in doubt, kept in order, and never sent twice."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from sqlalchemy import delete

from hotline.coding import Coding
from hotline.contact import Channel
from hotline.desk.deliver import TRIES_AT_MOST, CannotAsk, Dispatch, NotSent, deliver
from hotline.desk.office import Office
from hotline.desk.work import Refused, close
from hotline.message import Delivery
from hotline.store.boxes import LEASE_SECONDS, LONGEST_PAUSE
from hotline.store.contacts import Contact
from hotline.store.keys import day_of
from hotline.store.schema import vault
from hotline.store.vault import Address
from hotline.tally import Outcome
from tests.people import AMARA, BOGDAN, DAY, NOW, OURS, Caller, Responder, deliver_due, hire, lines_of, stored

PERMANENT = NotSent("no such number", permanent=True)
OPTED_OUT = NotSent("they sent STOP", permanent=True, opted_out=True)
BUSY = NotSent("too many", wait=90.0)
DOWN = NotSent("cannot connect")
SILENT = NotSent("no answer came", sure=False)
APART = LEASE_SECONDS + LONGEST_PAUSE
LATER = NOW + APART


@dataclass
class Postman:
    """A provider that does as it is told: `faults` are raised one by one, then everything is taken."""

    faults: list[NotSent] = field(default_factory=list)
    knows: bool | NotSent | None = None
    taken: list[Dispatch] = field(default_factory=list)
    asked: list[float] = field(default_factory=list)
    earlier: list[str] = field(default_factory=list)

    def send(self, dispatch: Dispatch) -> str | None:
        if self.faults:
            raise self.faults.pop(0)
        self.taken.append(dispatch)
        return f"id {len(self.taken)}"

    def was_sent(self, dispatch: Dispatch, since: float, known: Callable[[str], bool]) -> str | None:
        """`knows` None: it cannot be asked. `earlier`: ids under which it took the same text, to choose from."""
        self.asked.append(since)
        if isinstance(self.knows, NotSent):
            raise self.knows
        if self.knows is None:
            raise CannotAsk
        taken = self.earlier or ["an id"]
        return next((one for one in taken if not known(one)), None) if self.knows else None

    @property
    def texts(self) -> list[str]:
        return [dispatch.text for dispatch in self.taken]


@pytest.fixture
def chloe(office: Office) -> Responder:
    return hire(office, "Chloe")


@pytest.fixture
def contact(office: Office, chloe: Responder) -> Contact:
    return chloe.claims(Caller(office).asks_for_a_person())


def told(office: Office, contact: Contact) -> list[Delivery]:
    return [line.delivery for line in lines_of(office, contact)]


def answered(chloe: Responder, contact: Contact, text: str = "Hello") -> int:
    outbox_id = chloe.answers(contact, text)
    assert outbox_id is not None
    return outbox_id


def test_an_answer_is_sent_once_to_the_address_the_caller_agreed_to(
    office: Office, chloe: Responder, contact: Contact
) -> None:
    postman, one = Postman(), answered(chloe, contact)
    assert deliver(office, postman, one, NOW) is Delivery.SENT
    assert deliver(office, postman, one, LATER) is Delivery.NONE
    assert postman.taken == [Dispatch(Channel.SMS, Address(AMARA, OURS), "Hello", by_staff=True, language="en")]
    assert told(office, contact) == [Delivery.SENT]
    assert postman.asked == []


@pytest.mark.parametrize(
    ("fault", "delivery"), [(PERMANENT, Delivery.FAILED), (OPTED_OUT, Delivery.OPTED_OUT)], ids=str
)
def test_what_can_never_be_delivered_is_told_at_once_and_not_tried_again(
    office: Office, chloe: Responder, contact: Contact, fault: NotSent, delivery: Delivery
) -> None:
    postman, one = Postman([fault]), answered(chloe, contact)
    assert deliver(office, postman, one, NOW) is delivery
    assert told(office, contact) == [delivery]
    assert deliver_due(office, postman, LATER) == 0


def test_after_the_phone_company_refused_for_a_stop_no_further_answer_is_taken(
    office: Office, chloe: Responder, contact: Contact
) -> None:
    deliver(office, Postman([OPTED_OUT]), answered(chloe, contact), NOW)
    with pytest.raises(Refused, match=r"^The caller's phone company blocks us since they sent STOP\."):
        chloe.answers(contact, "Are you there?")


def test_a_provider_that_asks_to_wait_is_left_alone_for_so_long(
    office: Office, chloe: Responder, contact: Contact
) -> None:
    postman, one = Postman([BUSY]), answered(chloe, contact)
    assert deliver(office, postman, one, NOW) is Delivery.WAITING
    assert told(office, contact) == [Delivery.WAITING]
    assert deliver(office, postman, one, NOW + 89) is Delivery.NONE
    assert deliver_due(office, postman, NOW + 89) == 0
    assert deliver_due(office, postman, NOW + 90) == 1
    assert postman.texts == ["Hello"]
    assert told(office, contact) == [Delivery.SENT]


def test_a_provider_that_surely_took_nothing_is_not_asked_and_simply_tried_again(
    office: Office, chloe: Responder, contact: Contact
) -> None:
    postman, one = Postman([DOWN, DOWN]), answered(chloe, contact)
    for now in (NOW, NOW + 300, NOW + 600):
        deliver(office, postman, one, now)
    assert postman.texts == ["Hello"]
    assert postman.asked == []


def test_after_many_tries_it_is_given_up_and_told(office: Office, chloe: Responder, contact: Contact) -> None:
    postman, one = Postman([DOWN] * 50), answered(chloe, contact)
    outcomes = [deliver(office, postman, one, NOW + number * LONGEST_PAUSE) for number in range(TRIES_AT_MOST + 1)]
    assert outcomes == [*[Delivery.WAITING] * (TRIES_AT_MOST - 1), Delivery.FAILED, Delivery.NONE]
    assert told(office, contact) == [Delivery.FAILED]


class TestDoubt:
    def test_what_was_taken_after_all_is_not_sent_again(
        self, office: Office, chloe: Responder, contact: Contact
    ) -> None:
        postman, one = Postman([SILENT], knows=True), answered(chloe, contact)
        assert deliver(office, postman, one, NOW) is Delivery.WAITING
        assert deliver(office, postman, one, LATER) is Delivery.SENT
        assert postman.texts == []
        assert postman.asked == [NOW]
        assert told(office, contact) == [Delivery.SENT]

    def test_what_was_not_taken_is_sent_again(self, office: Office, chloe: Responder, contact: Contact) -> None:
        postman, one = Postman([SILENT], knows=False), answered(chloe, contact)
        deliver(office, postman, one, NOW)
        assert deliver(office, postman, one, LATER) is Delivery.SENT
        assert postman.texts == ["Hello"]

    def test_where_nobody_can_be_asked_it_is_told_as_unsure_and_a_person_decides(
        self, office: Office, chloe: Responder, contact: Contact
    ) -> None:
        postman, one = Postman([SILENT], knows=None), answered(chloe, contact)
        deliver(office, postman, one, NOW)
        assert deliver(office, postman, one, LATER) is Delivery.UNSURE
        assert postman.texts == []
        assert told(office, contact) == [Delivery.UNSURE]
        assert deliver_due(office, postman, LATER) == 0

    @pytest.mark.parametrize("asking", [DOWN, SILENT], ids=str)
    def test_while_the_provider_cannot_even_be_asked_the_doubt_stays_with_its_first_time(
        self, office: Office, chloe: Responder, contact: Contact, asking: NotSent
    ) -> None:
        postman, one = Postman([SILENT], knows=asking), answered(chloe, contact)
        for number in range(4):
            assert deliver(office, postman, one, NOW + number * APART) is Delivery.WAITING
        postman.knows = True
        assert deliver(office, postman, one, NOW + 5 * APART) is Delivery.SENT
        assert set(postman.asked) == {NOW}
        assert postman.texts == []

    def test_a_worker_that_died_in_the_middle_leaves_a_doubt_and_no_second_message(
        self, office: Office, chloe: Responder, contact: Contact
    ) -> None:
        one = answered(chloe, contact)

        class Dies(Postman):
            def send(self, dispatch: Dispatch) -> str | None:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            deliver(office, Dies(), one, NOW)
        postman = Postman(knows=True)
        assert deliver(office, postman, one, NOW + LEASE_SECONDS - 1) is Delivery.NONE
        assert deliver(office, postman, one, NOW + LEASE_SECONDS) is Delivery.SENT
        assert postman.texts == []

    def test_when_it_is_given_up_in_doubt_it_is_told_as_unsure(
        self, office: Office, chloe: Responder, contact: Contact
    ) -> None:
        postman, one = Postman([SILENT] * 50, knows=False), answered(chloe, contact)
        for number in range(TRIES_AT_MOST):
            outcome = deliver(office, postman, one, NOW + number * APART)
        assert outcome is Delivery.UNSURE
        assert told(office, contact) == [Delivery.UNSURE]


class TestOrder:
    def test_a_contacts_answers_are_sent_in_order_even_when_the_first_must_wait(
        self, office: Office, chloe: Responder, contact: Contact
    ) -> None:
        first, second, third = (answered(chloe, contact, text) for text in ("one", "two", "three"))
        postman = Postman([DOWN])
        assert deliver(office, postman, second, NOW) is Delivery.NONE
        assert deliver(office, postman, first, NOW) is Delivery.WAITING
        assert [deliver(office, postman, one, NOW) for one in (third, second)] == [Delivery.NONE, Delivery.NONE]
        for _ in range(3):
            deliver_due(office, postman, LATER)
        assert postman.texts == ["one", "two", "three"]

    def test_what_failed_does_not_hold_up_the_next(self, office: Office, chloe: Responder, contact: Contact) -> None:
        first, second = answered(chloe, contact, "one"), answered(chloe, contact, "two")
        postman = Postman([PERMANENT])
        assert deliver(office, postman, first, NOW) is Delivery.FAILED
        assert deliver(office, postman, second, NOW) is Delivery.SENT
        assert postman.texts == ["two"]

    def test_one_contacts_trouble_does_not_hold_up_another(
        self, office: Office, chloe: Responder, contact: Contact
    ) -> None:
        bogdans = chloe.claims(Caller(office, BOGDAN, Channel.TELEGRAM).asks_for_a_person())
        answered(chloe, contact, "to Amara")
        answered(chloe, bogdans, "to Bogdan")

        class BusyForAmara(Postman):
            def send(self, dispatch: Dispatch) -> str | None:
                if dispatch.address.caller == AMARA:
                    raise BUSY
                return super().send(dispatch)

        postman = BusyForAmara()
        assert deliver_due(office, postman, NOW) == 2
        assert [(one.channel, one.address.caller, one.text) for one in postman.taken] == [
            (Channel.TELEGRAM, BOGDAN, "to Bogdan")
        ]


class TestEndings:
    def test_a_contact_closed_while_its_answer_is_with_the_provider_is_gone_and_no_fault(
        self, office: Office, chloe: Responder, contact: Contact
    ) -> None:
        one = answered(chloe, contact)

        class Slow(Postman):
            def send(self, dispatch: Dispatch) -> str | None:
                office.write(
                    lambda tx: close(
                        office.desk, tx, contact.id, chloe.id, Coding(outcome=Outcome.INFORMED), NOW, even_unsent=True
                    )
                )
                return super().send(dispatch)

        slow = Slow()
        assert deliver(office, slow, one, NOW) is Delivery.SENT
        assert stored(office, contact.id) is None
        assert deliver_due(office, slow, LATER) == 0

    @pytest.mark.parametrize("fault", [DOWN, SILENT, PERMANENT, OPTED_OUT], ids=str)
    def test_a_contact_forgotten_while_its_answer_fails_is_gone_and_no_fault(
        self, office: Office, chloe: Responder, contact: Contact, fault: NotSent
    ) -> None:
        one = answered(chloe, contact)

        class Slow(Postman):
            def send(self, dispatch: Dispatch) -> str | None:
                Caller(office).writes("delete")
                return super().send(dispatch)

        deliver(office, Slow([fault]), one, NOW)
        assert stored(office, contact.id) is None

    def test_an_answer_of_a_closed_contact_is_not_sent(
        self, office: Office, chloe: Responder, contact: Contact
    ) -> None:
        one, postman = answered(chloe, contact), Postman()
        Caller(office).writes("delete")
        assert deliver(office, postman, one, NOW) is Delivery.NONE
        assert postman.texts == []

    def test_without_a_return_address_an_answer_fails(self, office: Office, chloe: Responder, contact: Contact) -> None:
        one = answered(chloe, contact)
        office.write(lambda tx: tx.connection.execute(delete(vault)))
        assert deliver(office, Postman(), one, NOW) is Delivery.FAILED
        assert told(office, contact) == [Delivery.FAILED]

    def test_an_answer_that_nobody_can_open_any_more_is_put_away(
        self, office: Office, chloe: Responder, contact: Contact
    ) -> None:
        one, postman = answered(chloe, contact), Postman()
        office.desk.ring.advance(day_of(NOW) + 4)
        assert deliver(office, postman, one, NOW + 4 * DAY) is Delivery.NONE
        assert deliver_due(office, postman, NOW + 4 * DAY) == 0
        assert postman.texts == []
