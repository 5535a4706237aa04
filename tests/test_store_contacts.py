"""The contract of the contact store, on SQLite and on PostgreSQL: found by handle, claimed once, destroyed whole."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Connection, func, insert, select

from hotline.contact import Channel, Level, State
from hotline.desk.office import Office
from hotline.message import Attachment, Delivery, Line, Speaker
from hotline.store import schema, vault
from hotline.store.contacts import Contact, new_contact
from hotline.store.keys import KeyGone, day_of
from hotline.store.vault import Address
from hotline.store.writer import Tx
from hotline.triage.conversation import Conversation
from hotline.triage.script import Place
from hotline.triage.signals import Signal
from tests.people import AMARA, BOGDAN, DAY, NOW, OURS

TALK = Conversation(
    "th", Place("first_contact", "consent"), Level.URGENT, (Signal("minor", Level.URGENT, "ฉันอายุ 15"),), misheard=1
)


def opened(
    office: Office, sender: str = AMARA, now: float = NOW, *, channel: Channel = Channel.SMS, **more: Any
) -> Contact:
    """A stored contact of this sender."""
    contact = replace(new_contact(channel, now, TALK, day_of(now)), **more)
    office.write(lambda tx: office.desk.contacts.add(tx.connection, contact, sender))
    return contact


def found(office: Office, sender: str = AMARA, now: float = NOW, channel: Channel = Channel.SMS) -> Contact | None:
    return office.write(lambda tx: office.desk.contacts.by_sender(tx.connection, channel, sender, now))


def rows(office: Office, table: str) -> int:
    def count(connection: Connection) -> int:
        return connection.execute(select(func.count()).select_from(schema.metadata.tables[table])).scalar_one()

    return office.read(count)


def test_a_contact_comes_back_as_it_was_saved(office: Office) -> None:
    contact = opened(office, waiting_since=NOW, last_reply=({"text": "สวัสดี", "buttons": []},), opted_out=True)
    assert found(office) == contact
    changed = replace(contact, state=State.WAITING, touched_at=NOW + 5, next_line=4, conversation=Conversation("en"))
    office.write(lambda tx: office.desk.contacts.save(tx.connection, changed))
    assert found(office) == changed
    assert office.read(lambda connection: office.desk.contacts.by_id(connection, contact.id)) == changed
    assert changed.level is Level.ROUTINE


def test_a_contact_belongs_to_its_sender_and_its_channel(office: Office) -> None:
    mine = opened(office)
    opened(office, BOGDAN)
    assert found(office) == mine
    assert found(office, "+4790000003") is None
    assert found(office, channel=Channel.WHATSAPP) is None


def test_a_caller_is_recognised_across_midnight_and_on_every_day_of_the_ring(office: Office) -> None:
    contact = opened(office)
    for days in range(office.desk.retention.ring_days):
        assert found(office, now=NOW + days * DAY) == contact
    before_midnight = NOW - NOW % DAY + DAY - 1
    late = opened(office, BOGDAN, before_midnight)
    assert found(office, BOGDAN, before_midnight + 2) == late


def test_when_the_ring_has_forgotten_the_day_nobody_is_recognised_and_nothing_can_be_read(office: Office) -> None:
    contact = opened(office)
    later = NOW + office.desk.retention.ring_days * DAY
    office.desk.ring.advance(day_of(later))
    assert found(office, now=later) is None
    with pytest.raises(KeyGone):
        office.read(lambda connection: office.desk.contacts.by_id(connection, contact.id))
    assert office.read(lambda connection: office.desk.contacts.in_states(connection, State)) == []
    assert office.read(office.desk.contacts.times) == [(contact.id, contact.day, State.SCRIPTED, NOW, NOW, None)]


def test_the_handle_is_not_the_number_and_not_the_same_on_two_days_or_channels(office: Office) -> None:
    opened(office)
    opened(office, now=NOW + DAY)
    opened(office, channel=Channel.WHATSAPP)

    def everything(connection: Connection) -> list[Any]:
        return [tuple(row) for row in connection.execute(select(schema.contacts))]

    stored = office.read(everything)
    assert len({bytes(row[2]) for row in stored}) == 3
    for row in stored:
        for value in row:
            assert AMARA.lstrip("+") not in str(value)
            assert not isinstance(value, bytes | memoryview) or AMARA.lstrip("+").encode() not in bytes(value)


def test_one_sender_cannot_have_two_contacts_on_one_day(office: Office) -> None:
    opened(office)
    with pytest.raises(Exception, match=r"(?i)unique"):
        opened(office)
    assert rows(office, "contacts") == 1


def test_of_32_who_claim_at_once_exactly_one_owns_the_contact(office: Office) -> None:
    contact = opened(office, state=State.WAITING)

    def claim(staff_id: int) -> Contact | None:
        return office.write(lambda tx: office.desk.contacts.claim(tx.connection, contact, staff_id))

    with ThreadPoolExecutor(32) as pool:
        claimed = [one for one in pool.map(claim, range(1, 33)) if one is not None]
    (winner,) = claimed
    assert winner == found(office)
    assert (winner.state, winner.fence) == (State.CLAIMED, 1)
    assert winner.owner in range(1, 33)


def test_the_fence_rises_with_every_claim(office: Office) -> None:
    contact = opened(office, state=State.WAITING)
    for expected in (1, 2, 3):
        claimed = office.write(lambda tx: office.desk.contacts.claim(tx.connection, contact, 7))
        assert claimed is not None
        assert claimed.fence == expected
        waiting = replace(claimed, state=State.WAITING, owner=None)
        office.write(lambda tx, back=waiting: office.desk.contacts.save(tx.connection, back))  # type: ignore[misc]


def test_a_contact_that_is_not_waiting_cannot_be_claimed(office: Office) -> None:
    for sender, state in ((AMARA, State.SCRIPTED), (BOGDAN, State.CLAIMED)):
        contact = opened(office, sender, state=state)
        assert office.write(lambda tx, it=contact: office.desk.contacts.claim(tx.connection, it, 1)) is None  # type: ignore[misc]


def test_lines_come_back_in_order_and_from_where_one_left_off(office: Office) -> None:
    contact = opened(office)
    said = [
        Line(Speaker.CALLER, "מה \u0000 😀", NOW, (Attachment.PHOTO, Attachment.CARD)),
        Line(Speaker.BOT, "", NOW + 1),
        Line(Speaker.RESPONDER, "x" * 4096, NOW + 2, delivery=Delivery.WAITING),
    ]

    def work(tx: Tx) -> Contact:
        kept = contact
        for line in said:
            kept = office.desk.contacts.add_line(tx.connection, kept, line)
        office.desk.contacts.save(tx.connection, kept)
        return kept

    kept = office.write(work)
    assert kept.next_line == 4
    read = office.read(lambda connection: office.desk.contacts.lines(connection, kept))
    assert read == list(enumerate(said, start=1))
    assert office.read(lambda connection: office.desk.contacts.lines(connection, kept, after=2)) == read[2:]


def test_how_far_an_answer_has_come_is_noted_on_its_line_and_a_line_that_is_gone_is_no_fault(office: Office) -> None:
    contact = opened(office)
    line = Line(Speaker.RESPONDER, "hello", NOW, delivery=Delivery.WAITING)
    kept = office.write(lambda tx: office.desk.contacts.add_line(tx.connection, contact, line))
    office.write(lambda tx: office.desk.contacts.mark_line(tx.connection, kept, 1, Delivery.SENT))
    office.write(lambda tx: office.desk.contacts.mark_line(tx.connection, kept, 9, Delivery.SENT))
    read = office.read(lambda connection: office.desk.contacts.lines(connection, kept))
    assert read == [(1, replace(line, delivery=Delivery.SENT))]


def test_a_return_address_is_kept_once_and_can_be_changed(office: Office) -> None:
    contact = opened(office)
    desk = office.desk
    assert office.read(lambda connection: vault.address_of(connection, desk.contacts, contact)) is None
    for address in (Address(AMARA, OURS), Address(AMARA, "+4780000009")):
        office.write(lambda tx, new=address: vault.keep(tx.connection, desk.contacts, contact, new))  # type: ignore[misc]
        assert office.read(lambda connection: vault.address_of(connection, desk.contacts, contact)) == address
    assert rows(office, "vault") == 1


def everything_of(office: Office, contact: Contact) -> None:
    """Give a contact a row in every table that can hold one."""
    desk = office.desk

    def work(tx: Tx) -> None:
        desk.contacts.add_line(tx.connection, contact, Line(Speaker.CALLER, "words", NOW))
        desk.outbox.add(tx.connection, contact, 1, NOW)
        vault.keep(tx.connection, desk.contacts, contact, Address(AMARA, OURS))
        desk.sent.add(tx.connection, desk.contacts, contact, 1, f"id of {contact.id}", NOW, readable=True)
        tx.connection.execute(insert(schema.codes).values(digest=contact.id.encode(), contact_id=contact.id))
        own = {"contact_id": contact.id, "sealed": b"sealed", "due_at": NOW}
        tx.connection.execute(insert(schema.translations).values(**own, number=1, back=False))
        tx.connection.execute(insert(schema.parcels).values(**own, partner="Safe house", made_at=NOW))

    office.write(work)


def test_destroying_removes_every_row_of_the_contact_and_no_other(office: Office) -> None:
    amara, bogdan = opened(office), opened(office, BOGDAN)
    everything_of(office, amara)
    everything_of(office, bogdan)
    holding = [name for name, table in schema.metadata.tables.items() if "contact_id" in table.c] + ["contacts"]
    assert {name: rows(office, name) for name in holding} == dict.fromkeys(holding, 2)
    office.write(lambda tx: office.desk.contacts.destroy(tx, amara.id))
    assert {name: rows(office, name) for name in holding} == dict.fromkeys(holding, 1)
    assert found(office) is None
    assert found(office, BOGDAN) == bogdan


def test_destroying_by_address_finds_the_contact_on_any_day_of_the_ring(office: Office) -> None:
    opened(office)
    desk = office.desk
    assert office.write(lambda tx: desk.contacts.destroy_sender(tx, Channel.SMS, BOGDAN, NOW)) == 0
    assert office.write(lambda tx: desk.contacts.destroy_sender(tx, Channel.SMS, AMARA, NOW + 2 * DAY)) == 1
    assert rows(office, "contacts") == 0


def test_a_row_that_was_moved_to_another_contact_cannot_be_opened(office: Office) -> None:
    amara, bogdan = opened(office), opened(office, BOGDAN)
    line = Line(Speaker.CALLER, "words", NOW)
    office.write(lambda tx: office.desk.contacts.add_line(tx.connection, amara, line))

    def steal(tx: Tx) -> None:
        sealed = tx.connection.execute(select(schema.messages.c.sealed)).scalar_one()
        tx.connection.execute(insert(schema.messages).values(contact_id=bogdan.id, number=1, sealed=sealed))

    office.write(steal)
    with pytest.raises(KeyGone):
        office.read(lambda connection: office.desk.contacts.lines(connection, bogdan))


def test_a_reply_awaits_until_it_is_known_to_have_left(office: Office) -> None:
    contact = opened(office)
    desk = office.desk
    digests = desk.seen.digests(Channel.SMS, "SM1", NOW)
    office.write(lambda tx: desk.contacts.save(tx.connection, contact, reply_to=digests[0]))
    office.write(lambda tx: desk.contacts.save(tx.connection, replace(contact, touched_at=NOW + 1)))
    awaiting = office.read(lambda connection: desk.contacts.awaiting_reply(connection, digests))
    assert awaiting == (replace(contact, touched_at=NOW + 1), digests[0])
    office.write(lambda tx: desk.contacts.replies_left(tx.connection, digests[:1]))
    assert office.read(lambda connection: desk.contacts.awaiting_reply(connection, digests)) is None


def test_a_foreign_key_keeps_words_from_outliving_their_contact(office: Office) -> None:
    contact = replace(opened(office), id="0" * 32)
    with pytest.raises(Exception, match=r"(?i)foreign key"):
        office.write(
            lambda tx: office.desk.contacts.add_line(tx.connection, contact, Line(Speaker.CALLER, "words", NOW))
        )
