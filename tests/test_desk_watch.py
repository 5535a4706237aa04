"""What tells a console that a talk has changed: the same on both databases."""

from __future__ import annotations

from hotline.desk.office import Office
from hotline.desk.watch import marks
from tests.people import Caller, hire


def test_the_mark_of_a_talk_changes_with_every_line_and_with_nothing_else(office: Office) -> None:
    amara, chloe = Caller(office), hire(office, "Chloe")
    contact = chloe.claims(amara.asks_for_a_person())

    def mark() -> object:
        return office.read(lambda connection: marks(connection, [contact.id]))[contact.id]

    first = mark()
    assert mark() == first
    amara.writes("They keep my papers")
    second = mark()
    assert second != first
    chloe.answers(contact, "I am here.")
    assert mark() not in (first, second)
    assert office.read(lambda connection: marks(connection, [contact.id, "0" * 32])).keys() == {contact.id}
    assert office.read(lambda connection: marks(connection, [])) == {}
