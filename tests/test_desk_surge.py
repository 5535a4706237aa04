"""A flood at the desk: what is held back on channels that cost, that no step is passed unsaid, and that nobody is lost."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import count

import pytest
from sqlalchemy import select

from hotline.contact import Channel, Level, State
from hotline.desk import hold
from hotline.desk.crowd import Crowd, Standing
from hotline.desk.forget import advance_rings
from hotline.desk.office import Office
from hotline.desk.work import NotYours, set_lane
from hotline.events import Event
from hotline.store import lanes
from hotline.store.keys import day_of
from hotline.store.schema import lowered, spending
from hotline.store.staff import read_journal
from hotline.surge import Bounds, Lane
from hotline.triage.script import Place
from tests.people import AMARA, BOGDAN, DAY, MINUTE, NOW, Caller, Responder, comes_true, hire, rows

SURGE = "Many people are writing. Urgent? Call 112. To go on, send 1."
HELLO = "Hello. Is it safe for you to write now?\n1 It is safe\n2 Not safe"
DANGER = "he is going to kill me"
_numbers = count(1)


def crowded(office: Office, bounds: Bounds | None, tell: Callable[[Event], None] = lambda event: None) -> Office:
    return replace(office, desk=replace(office.desk, crowd=Crowd(bounds, tell)))


@pytest.fixture
def told() -> list[Event]:
    return []


@pytest.fixture
def busy(office: Office, told: list[Event]) -> Office:
    """In a surge, begun by twenty who wrote by web chat, with four automatic replies a minute."""
    found = crowded(office, Bounds(arrivals=20, replies=4), told.append)
    flood(found, 20, Channel.WEBCHAT)
    return found


def flood(
    office: Office, number: int, channel: Channel = Channel.SMS, now: float = NOW, text: str = ""
) -> list[Caller]:
    fakes = [Caller(office, f"fake {next(_numbers)}", channel) for _ in range(number)]
    for fake in fakes:
        fake.writes(text or f"hello number {fake.sender} and good day", now, language="en")
    return fakes


def drain(office: Office) -> None:
    """No token is left."""
    gate = office.desk.crowd._gate
    while gate._all.take(NOW) or gate._danger.take(NOW):
        pass


def spent(office: Office, kind: str) -> int:
    return office.read(lambda c: lanes.spent(c, day_of(NOW), kind))


def test_a_surge_begins_and_ends_and_each_is_told_once(busy: Office, told: list[Event]) -> None:
    flood(busy, 5)
    assert busy.desk.crowd.standing(NOW) == Standing(surge=True)
    assert told == [Event.SURGE_BEGAN]
    assert busy.desk.crowd.standing(NOW + 59) == Standing(surge=True)
    assert busy.desk.crowd.standing(NOW + 59 + 5 * MINUTE) == Standing()
    assert told == [Event.SURGE_BEGAN, Event.SURGE_ENDED]


def test_in_a_surge_a_new_caller_gets_the_short_text_and_whoever_answers_goes_on_as_if_nothing_had_been(
    busy: Office,
) -> None:
    amara = Caller(busy)
    assert amara.writes("Hello, I need help") == [SURGE]
    assert amara.open_contact().conversation.place is None
    assert amara.writes("1") == [HELLO]
    assert amara.writes("1") == ["Are you in danger now? If so, call 112.\n1 In danger\n2 No danger"]


def test_what_amara_first_wrote_is_not_lost_by_the_gate(busy: Office, office: Office) -> None:
    plain = Caller(office, BOGDAN)
    amara = Caller(busy)
    assert amara.writes(DANGER) == [SURGE]
    assert amara.open_contact().level is Level.IMMEDIATE
    assert amara.writes("1") == plain.writes(DANGER)
    assert amara.open_contact().conversation == plain.open_contact().conversation


def test_with_nothing_left_the_reply_is_held_back_and_the_next_message_is_answered(busy: Office) -> None:
    flood(busy, 10)
    amara = Caller(busy)
    assert amara.writes("Hello, I need help") == []
    assert amara.open_contact().state is State.SCRIPTED
    assert amara.writes("are you there") == [HELLO]
    assert amara.open_contact().unsaid is None


def test_a_step_that_was_never_said_is_never_passed(busy: Office) -> None:
    amara = Caller(busy)
    amara.writes("Hello, I need help")
    amara.writes("1")
    drain(busy)
    assert amara.writes("1") == []
    assert amara.open_contact().conversation.place == Place("first_contact", "safe_now")
    question = ["Are you in danger now? If so, call 112.\n1 In danger\n2 No danger"]
    assert amara.writes("hello?") == question


def test_the_same_answer_again_counts_once(busy: Office) -> None:
    amara = Caller(busy)
    amara.writes("Hello, I need help")
    amara.writes("1")
    drain(busy)
    assert amara.writes("1") == []
    assert amara.writes("1") == ["Are you in danger now? If so, call 112.\n1 In danger\n2 No danger"]


@pytest.mark.parametrize("channel", [Channel.TELEGRAM, Channel.WEBCHAT, Channel.SIGNAL])
def test_nothing_is_ever_held_back_where_it_costs_nothing(busy: Office, channel: Channel) -> None:
    for fake in flood(busy, 30, channel):
        assert len(fake.replies[0].messages) == 1
        assert fake.replies[0].messages[0].text.startswith("Hello. Is it safe")


def test_nobody_is_refused_and_nothing_is_lost(busy: Office) -> None:
    fakes = flood(busy, 100)
    assert rows(busy)["contacts"] == 120
    assert all(fake.contact() is not None for fake in fakes)


def test_with_the_control_off_every_fake_costs_a_reply(office: Office) -> None:
    """The twin: without bounds each of a hundred is answered at length."""
    fakes = flood(crowded(office, None), 100)
    assert all(fake.replies[0].messages for fake in fakes)


def test_with_the_control_on_a_hundred_cost_next_to_nothing(busy: Office) -> None:
    assert sum(bool(fake.replies[0].messages) for fake in flood(busy, 100)) <= 4


def test_a_wish_to_be_forgotten_and_a_yes_to_a_person_are_never_held_back(busy: Office) -> None:
    amara, bogdan = Caller(busy), Caller(busy, BOGDAN)
    for caller in (amara, bogdan):
        caller.writes("Hello, I need help")
        caller.writes("1")
    flood(busy, 30)
    assert bogdan.writes("delete")[0].startswith("Done. Everything is deleted")
    assert bogdan.contact() is None
    for text in ("person", "person", "1", "1", "1", "1"):
        if amara.open_contact().state is State.SCRIPTED:
            amara.writes(text)
    assert amara.open_contact().state is State.WAITING


def test_a_repeat_of_a_message_that_was_held_back_gets_nothing_more(busy: Office) -> None:
    flood(busy, 10)
    amara = Caller(busy)
    message = amara.message("Hello, I need help")
    assert amara.sends(message, left=False).messages == ()
    busy.desk.in_flight.discard(busy.desk.seen.digests(message.channel, message.id, NOW))
    assert amara.sends(message).messages == ()


def test_work_that_is_run_again_counts_nobody_twice(office: Office) -> None:
    crowd = Crowd(Bounds(arrivals=5, replies=4))
    for _ in range(50):
        crowd.came(b"one", NOW)
    assert crowd.standing(NOW) == Standing()


class TestTheDaysBound:
    @pytest.fixture
    def bounded(self, office: Office, told: list[Event]) -> Office:
        return crowded(office, Bounds(arrivals=1000, replies=4, daily_parts=6), told.append)

    def test_past_it_only_danger_is_answered_and_it_is_told_once(self, bounded: Office, told: list[Event]) -> None:
        flood(bounded, 6)
        comes_true(lambda: told == [Event.COST_CAP_REACHED])
        assert bounded.desk.crowd.standing(NOW) == Standing(capped=True)
        amara, bogdan = Caller(bounded), Caller(bounded, BOGDAN)
        assert amara.writes("Hello, I need help") == []
        assert amara.writes("1") == []
        assert bogdan.writes(DANGER) == [SURGE]
        flood(bounded, 5)
        comes_true(lambda: spent(bounded, lanes.TOLD) == 1)
        assert told == [Event.COST_CAP_REACHED]

    def test_another_process_knows_what_was_spent(self, bounded: Office, told: list[Event]) -> None:
        flood(bounded, 6)
        comes_true(lambda: bool(told))
        other = crowded(bounded, Bounds(arrivals=1000, replies=4, daily_parts=6))
        assert Caller(other).writes("Hello, I need help") == []

    def test_the_next_day_begins_anew(self, bounded: Office, told: list[Event]) -> None:
        flood(bounded, 6)
        comes_true(lambda: bool(told))
        assert Caller(bounded).writes("Hello, I need help", NOW + DAY) == [HELLO]

    def test_what_was_not_said_goes_on_the_next_day(self, bounded: Office, told: list[Event]) -> None:
        flood(bounded, 6)
        comes_true(lambda: bool(told))
        amara = Caller(bounded)
        midnight = (day_of(NOW) + 1) * DAY
        assert amara.writes("Hello, I need help", midnight - 5 * MINUTE) == []
        assert amara.writes("hello?", midnight + MINUTE) == [HELLO]

    def test_web_chat_costs_nothing_and_is_not_counted(self, bounded: Office) -> None:
        flood(bounded, 20, Channel.WEBCHAT)
        assert bounded.desk.crowd.standing(NOW) == Standing()

    def test_a_persons_answers_are_counted_apart_and_never_held_back(self, bounded: Office, told: list[Event]) -> None:
        chloe = hire(bounded, "Chloe")
        contact = chloe.claims(Caller(bounded).asks_for_a_person())
        flood(bounded, 6)
        comes_true(lambda: bool(told))
        for _ in range(10):
            assert chloe.answers(contact, "I am here." * 20) is not None
        assert spent(bounded, lanes.STAFF) == 20


class TestTheLowerLane:
    @pytest.fixture
    def chloe(self, office: Office) -> Responder:
        return hire(office, "Chloe")

    def lowers(self, office: Office, chloe: Responder, caller: Caller, *, lower: bool = True) -> None:
        contact = chloe.claims(caller.asks_for_a_person())
        office.write(lambda tx: set_lane(office.desk, tx, contact.id, chloe.id, NOW, lower=lower))

    def test_who_is_set_back_begins_there_for_two_days_and_then_as_anybody(
        self, office: Office, chloe: Responder
    ) -> None:
        amara = Caller(office)
        self.lowers(office, chloe, amara)
        amara.writes("delete")
        assert amara.writes("hello", NOW + DAY) != []
        assert amara.open_contact(NOW + DAY).lower
        office.write(lambda tx: advance_rings(office.desk, tx, NOW + 3 * DAY))
        assert not office.read(lambda c: c.execute(select(lowered)).all())

    def test_nothing_of_an_address_stands_in_the_table(self, office: Office, chloe: Responder) -> None:
        self.lowers(office, chloe, Caller(office))
        ((tag, day),) = office.read(lambda c: c.execute(select(lowered)).all())
        assert (len(tag), day) == (16, day_of(NOW))
        assert AMARA.encode() not in tag

    def test_chloe_may_lift_it_again(self, office: Office, chloe: Responder) -> None:
        amara = Caller(office)
        self.lowers(office, chloe, amara)
        contact = amara.open_contact()
        office.write(lambda tx: set_lane(office.desk, tx, contact.id, chloe.id, NOW, lower=False))
        assert not amara.open_contact().lower
        amara.writes("delete")
        amara.writes("hello")
        assert not amara.open_contact().lower
        assert [deed for _, _, deed in office.read(read_journal)][-2:] == ["lowered", "lifted"]

    def test_only_whoever_has_the_contact_may(self, office: Office, chloe: Responder) -> None:
        contact = Caller(office).asks_for_a_person()
        with pytest.raises(NotYours):
            office.write(lambda tx: set_lane(office.desk, tx, contact.id, chloe.id, NOW, lower=True))

    def test_in_a_surge_they_hear_the_short_text_and_the_number_and_come_last(
        self, busy: Office, chloe: Responder
    ) -> None:
        amara = Caller(busy)
        amara.writes("hello")
        contact_id = amara.open_contact().id
        busy.write(lambda tx: lanes.lower(tx.connection, contact_id, day_of(NOW)))
        amara.writes("delete")
        assert amara.writes("hello you there", NOW + MINUTE) == [SURGE]
        assert amara.writes("1", NOW + MINUTE) == []
        assert amara.writes(DANGER, NOW + MINUTE) == ["Call 112 now if you can."]
        assert amara.writes("1", NOW + MINUTE) == []

    def test_without_a_surge_they_are_answered_as_anybody(self, office: Office, chloe: Responder) -> None:
        amara = Caller(office)
        self.lowers(office, chloe, amara)
        amara.writes("delete")
        assert amara.writes("hello", NOW) == [HELLO]
        assert amara.writes("1", NOW) == ["Are you in danger now? If so, call 112.\n1 In danger\n2 No danger"]


def test_the_lanes_are_what_the_gate_says(busy: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """The twin of all the above: a gate that is always open answers a flood at length."""
    monkeypatch.setattr(Crowd, "lane", lambda *_: Lane.OPEN)
    assert all(fake.replies[0].messages for fake in flood(busy, 30))
    assert hold.let_through is not None
    assert busy.read(lambda c: c.execute(select(spending)).all()) is not None
