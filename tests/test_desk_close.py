"""Closing: counted by closed lists, destroyed, and looked for afterwards."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import insert

from hotline.coding import LISTS, Age, Coding, Exploitation, Need, Region, Sector
from hotline.contact import Channel
from hotline.desk.office import Office
from hotline.desk.work import Destroyed, NotYours, Refused, close
from hotline.directory.model import Need as Referral
from hotline.store import tallies
from hotline.store.contacts import Contact, Contacts
from hotline.store.remains import remains
from hotline.store.schema import codes, metadata, parcels, translations, vault
from hotline.store.writer import Tx
from hotline.tally import Cell, Outcome
from tests.people import BOGDAN, NOW, Caller, Responder, hire, stored

CODING = Coding(
    need=Need.HOUSING,
    exploitation=Exploitation.LABOUR,
    sector=Sector.AGRICULTURE,
    age=Age.FROM_25,
    region=Region.EUROPE_NORTH,
    origin=Region.ASIA_SOUTH,
    outcome=Outcome.REFERRED,
    referrals=frozenset({Referral.HOUSING, Referral.LEGAL}),
)


@pytest.fixture
def chloe(office: Office) -> Responder:
    return hire(office, "Chloe")


@pytest.fixture
def contact(office: Office, chloe: Responder) -> Contact:
    amara = Caller(office)
    held = chloe.claims(amara.asks_for_a_person())
    amara.writes("They keep my papers")
    return held


def closes(who: Responder, contact: Contact, coding: Coding = CODING, *, even_unsent: bool = False) -> Destroyed:
    desk = who.office.desk
    return who.office.write(lambda tx: close(desk, tx, contact.id, who.id, coding, NOW, even_unsent=even_unsent))


def left(office: Office, contact: Contact) -> dict[str, int]:
    return dict(office.read(lambda connection: remains(connection, contact.id)))


def counted(office: Office) -> dict[Cell, int]:
    return dict(office.read(tallies.all_cells))


def a_row_everywhere(office: Office, contact: Contact) -> None:
    """What a return by code, a translation and a packet for a partner leave with the contact."""
    rows: list[tuple[Any, dict[str, Any]]] = [
        (codes, {"digest": b"a code"}),
        (translations, {"number": 1, "back": False, "due_at": NOW}),
        (parcels, {"partner": "A shelter", "sealed": b"sealed", "made_at": NOW, "due_at": NOW}),
    ]

    def put(tx: Tx) -> None:
        for table, values in rows:
            tx.connection.execute(insert(table).values(contact_id=contact.id, **values))

    office.write(put)


class TestWhatIsDestroyed:
    def test_it_is_said_and_a_fresh_look_finds_nothing(
        self, office: Office, chloe: Responder, contact: Contact
    ) -> None:
        chloe.answers(contact, "I am here.")
        a_row_everywhere(office, contact)
        destroyed = closes(chloe, contact, even_unsent=True)
        assert destroyed.channel is Channel.SMS
        assert {name: number for name, number in destroyed.rows.items() if number} == {
            "contacts": 1,
            "messages": 2,
            "vault": 1,
            "outbox": 1,
            "codes": 1,
            "translations": 1,
            "parcels": 1,
        }
        found = left(office, contact)
        assert not any(found.values())
        assert set(found) == set(destroyed.rows)

    def test_every_table_that_names_a_contact_is_looked_at(self, office: Office, contact: Contact) -> None:
        naming = {name for name, table in metadata.tables.items() if "contact_id" in table.c}
        assert set(left(office, contact)) == {"contacts", *naming}

    def test_what_another_caller_has_is_not_touched(self, office: Office, chloe: Responder, contact: Contact) -> None:
        other = chloe.claims(Caller(office, BOGDAN).asks_for_a_person())
        before = left(office, other)
        closes(chloe, contact)
        assert left(office, other) == before
        assert before["vault"] == 1

    def test_the_look_would_notice_what_was_left(
        self, office: Office, chloe: Responder, contact: Contact, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The twin: nothing is deleted, and the look says so."""
        monkeypatch.setattr(Contacts, "destroy", lambda *_: None)
        closes(chloe, contact)
        assert left(office, contact)["vault"] == 1
        assert left(office, contact)["messages"] == 1
        assert vault.name in left(office, contact)


class TestWhatIsCounted:
    def test_each_list_alone_and_every_two_and_never_three(
        self, office: Office, chloe: Responder, contact: Contact
    ) -> None:
        closes(chloe, contact)
        found = counted(office)
        assert set(found.values()) == {1}
        assert len(found) == 11 + 55 + 2 * 3
        assert {cell.kind.count("*") for cell in found} == {0, 1}
        assert found[Cell("2026-W47", "exploitation*region", "labour", "europe_north")] == 1
        assert found[Cell("2026-W47", "channel*origin", "sms", "asia_south")] == 1
        assert found[Cell("2026-W47", "gender", "unknown")] == 1

    def test_each_referral_is_counted_and_crossed_with_kind_and_place_alone(
        self, office: Office, chloe: Responder, contact: Contact
    ) -> None:
        closes(chloe, contact)
        assert sorted((cell.kind, cell.first, cell.second) for cell in counted(office) if "referral" in cell.kind) == [
            ("referral", "housing", ""),
            ("referral", "legal", ""),
            ("referral*exploitation", "housing", "labour"),
            ("referral*exploitation", "legal", "labour"),
            ("referral*region", "housing", "europe_north"),
            ("referral*region", "legal", "europe_north"),
        ]

    def test_ten_of_the_same_are_counted_ten_times(self, office: Office, chloe: Responder) -> None:
        for number in range(10):
            caller = Caller(office, f"+4790000{number:03}")
            closes(chloe, chloe.claims(caller.asks_for_a_person()))
        assert set(counted(office).values()) == {10}

    def test_misuse_stands_in_no_other_count(self, office: Office, chloe: Responder, contact: Contact) -> None:
        closes(chloe, contact, replace(CODING, outcome=Outcome.MISUSE))
        assert counted(office) == {Cell("2026-W47", "misuse", "sms"): 1}

    def test_nobody_was_asked_about_a_contact_that_its_caller_deleted(
        self, office: Office, chloe: Responder, contact: Contact
    ) -> None:
        Caller(office).writes("delete")
        names = {name for cell in counted(office) for name in cell.kind.split("*")}
        assert names == {"channel", "language", "level", "outcome"}
        assert not names & set(LISTS)


class TestWhoMayAndWhen:
    def test_a_packet_that_is_on_its_way_must_be_meant(
        self, office: Office, chloe: Responder, contact: Contact
    ) -> None:
        a_row_everywhere(office, contact)
        with pytest.raises(Refused) as caught:
            closes(chloe, contact)
        assert str(caught.value) == (
            "A packet for a partner is still on its way. Wait until it is sent, or tick “close even so”."
        )
        assert left(office, contact)["parcels"] == 1
        closes(chloe, contact, even_unsent=True)
        assert left(office, contact)["parcels"] == 0

    def test_what_waits_for_a_caller_to_write_again_keeps_nobody_who_is_told_so(
        self, office: Office, chloe: Responder, contact: Contact
    ) -> None:
        chloe.answers(contact, "Are you there?")
        held = stored(office, contact.id)
        assert held is not None
        office.write(lambda tx: office.desk.contacts.save(tx.connection, replace(held, nudged=True)))
        with pytest.raises(Refused) as caught:
            closes(chloe, contact)
        assert str(caught.value) == (
            "An answer is not sent: their app takes it only once the caller has written again. To end the contact "
            "without it, tick “close even so”."
        )
        closes(chloe, contact, even_unsent=True)
        assert left(office, contact)["outbox"] == 0

    def test_a_colleague_who_has_joined_cannot_close(self, office: Office, chloe: Responder, contact: Contact) -> None:
        emil = hire(office, "Emil")
        joined = replace(contact, second=emil.id, second_in=True)
        office.write(lambda tx: office.desk.contacts.save(tx.connection, joined))
        with pytest.raises(NotYours):
            closes(emil, contact)
        assert left(office, contact)["contacts"] == 1
        assert counted(office) == {}

    def test_what_only_a_script_may_say_is_refused_and_nothing_is_lost(
        self, office: Office, chloe: Responder, contact: Contact
    ) -> None:
        with pytest.raises(Refused, match=r"^Choose what it was about and how it ended from the lists\.$"):
            closes(chloe, contact, Coding(outcome=Outcome.SCRIPT_END))
        assert left(office, contact)["messages"] == 1
        assert counted(office) == {}
