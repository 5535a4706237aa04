"""Many alike are one card that can be closed as one; the board opens only what it shows; and Amara is asked for words."""

from __future__ import annotations

from dataclasses import replace
from itertools import count

import pytest
from sqlalchemy import Connection, select

from hotline.contact import Channel, State
from hotline.desk.office import Office
from hotline.desk.view import board
from hotline.desk.work import ask_to_describe, close_alike
from hotline.message import Attachment
from hotline.queue import SHOWN
from hotline.store.schema import contacts, tallies
from hotline.store.staff import read_journal
from hotline.surge import Bounds
from tests.people import AMARA, MINUTE, NOW, Caller, Responder, hire, lines_of, rows
from tests.test_desk_surge import crowded

_numbers = count(1)


class TestAlike:
    TEXT = "they hold me in a house near the harbour and I cannot leave"

    def wait(self, office: Office, number: int, text: str = TEXT, now: float = NOW) -> list[Caller]:
        fakes = [Caller(office, f"wait {next(_numbers)}", Channel.TELEGRAM) for _ in range(number)]
        for place, fake in enumerate(fakes):
            fake.writes(f"{text} number {place}", now, language="en")
            for said in ("person", "1", "1"):
                if fake.open_contact(now).state is State.SCRIPTED:
                    fake.writes(said, now)
            assert fake.open_contact(now).state is State.WAITING
        return fakes

    @pytest.fixture
    def calm(self, office: Office) -> Office:
        return crowded(office, Bounds(arrivals=1000))

    @pytest.fixture
    def chloe(self, calm: Office) -> Responder:
        return hire(calm, "Chloe")

    def close(self, office: Office, chloe: Responder, caller: Caller, until: float = NOW) -> int:
        one = caller.open_contact()
        assert one.likeness is not None
        likeness = one.likeness
        return office.write(lambda tx: close_alike(office.desk, tx, likeness, one.level, until, chloe.id, NOW))

    def test_many_alike_are_one_card(self, calm: Office, chloe: Responder) -> None:
        self.wait(calm, 7)
        seen = calm.read(lambda c: board(calm.desk, c, chloe.id, NOW))
        assert [card.ranked.alike for card in seen.waiting] == [7]
        assert seen.total == 7

    def test_closing_them_destroys_them_and_counts_them_as_misuse_and_nothing_else(
        self, calm: Office, chloe: Responder
    ) -> None:
        fakes = self.wait(calm, 7)
        assert self.close(calm, chloe, fakes[0]) == 7
        assert "contacts" not in rows(calm)
        counted = calm.read(lambda c: c.execute(select(tallies.c.kind, tallies.c.first, tallies.c.count)).all())
        assert [tuple(row) for row in counted] == [("misuse", "telegram", 7)]
        assert [deed for _, _, deed in calm.read(read_journal)].count("closed_as_misuse") == 7

    def test_who_has_a_person_or_came_later_or_writes_otherwise_is_left(self, calm: Office, chloe: Responder) -> None:
        fakes = self.wait(calm, 5)
        late = self.wait(calm, 1, now=NOW + MINUTE)
        other = self.wait(calm, 1, "my boss took my passport and I want it back from him")
        claimed = chloe.claims(fakes[1].open_contact())
        assert claimed.likeness is None
        assert self.close(calm, chloe, fakes[0]) == 4
        left = {caller.open_contact(NOW + MINUTE).id for caller in (fakes[1], *late, *other)}
        assert set(calm.read(lambda c: c.execute(select(contacts.c.id)).scalars().all())) == left

    def test_who_was_given_back_stands_alone_again(self, calm: Office, chloe: Responder) -> None:
        fakes = self.wait(calm, 4)
        contact = chloe.claims(fakes[0].open_contact())
        from hotline.desk.work import release

        calm.write(lambda tx: release(calm.desk, tx, contact.id, chloe.id, NOW))
        fakes[0].writes(self.TEXT)
        assert fakes[0].open_contact().likeness is None
        assert calm.read(lambda c: len(board(calm.desk, c, chloe.id, NOW).waiting)) == 2

    def test_an_answer_to_the_script_makes_nobody_alike(self, calm: Office) -> None:
        callers = [Caller(calm, f"{AMARA}{n}") for n in range(3)]
        for number, caller in enumerate(callers):
            caller.writes(f"hola {number}" if number else "ok", language="en")
            caller.writes("It is safe")
        assert {caller.open_contact().likeness for caller in callers[:1]} == {None}

    def test_without_bounds_nobody_is_compared(self, office: Office) -> None:
        Caller(office).writes(self.TEXT)
        assert Caller(office).open_contact().likeness is None


def test_ten_thousand_who_wait_cost_a_board_only_its_own_cards(
    sqlite_office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    office = sqlite_office
    Caller(office).asks_for_a_person()

    def copy(connection: Connection) -> None:
        row = dict(connection.execute(select(contacts)).mappings().one())
        many = [{**row, "id": f"{n:032x}", "handle": n.to_bytes(16, "big"), "reply_to": None} for n in range(1000)]
        connection.execute(contacts.insert(), many)

    office.write(lambda tx: copy(tx.connection))
    opened: list[int] = []
    some = type(office.desk.contacts).some

    def counted(self: object, connection: Connection, ids: list[str]) -> object:
        opened.append(len(ids))
        return {one: replace(amara, id=one) for one in ids}

    amara = Caller(office).open_contact()
    assert some is not None
    monkeypatch.setattr(type(office.desk.contacts), "some", counted)
    seen = office.read(lambda c: board(office.desk, c, 1, NOW))
    assert (len(seen.waiting), seen.total, opened) == (SHOWN, 1001, [SHOWN])


def test_contacts_that_nobody_can_open_any_more_take_nobodys_place(office: Office) -> None:
    dead = [Caller(office, f"dead {n}", Channel.WEBCHAT).asks_for_a_person() for n in range(3)]
    office.write(
        lambda tx: tx.connection.execute(contacts.update().where(contacts.c.id == dead[0].id).values(sealed=b"x" * 64))
    )
    seen = office.read(lambda c: board(office.desk, c, 1, NOW))
    assert {card.ranked.waiting.contact_id for card in seen.waiting} == {one.id for one in dead[1:]}
    assert seen.total == 2


def test_amara_is_asked_in_her_language_to_say_what_a_picture_shows(office: Office) -> None:
    chloe, amara = hire(office, "Chloe"), Caller(office)
    contact = chloe.claims(amara.asks_for_a_person())
    amara.writes("", attachments=(Attachment.PHOTO,))
    assert office.write(lambda tx: ask_to_describe(office.desk, tx, contact.id, chloe.id, NOW)) is not None
    assert lines_of(office, contact)[-1].text == (
        "I cannot open pictures, sound or files. If it is safe, please tell me in words what it is."
    )
