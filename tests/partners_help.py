"""Two organisations that know each other: ours, and the refuge that callers may be passed on to."""

from __future__ import annotations

import base64
from dataclasses import replace
from pathlib import Path
from typing import Any

from hotline.contact import Channel
from hotline.desk import partners
from hotline.desk.office import Office
from hotline.desk.packets import open_parcel, take_in
from hotline.desk.partners import GRACE_SECONDS, NotTaken, carry
from hotline.message import Delivery, Speaker
from hotline.store import parcels
from hotline.store.contacts import Contact
from hotline.store.packets import Packet
from hotline.store.partnerkey import Partner, PartnerKey, Partners
from tests.people import NOW, Caller, Responder, hire, lines_of, stored

REFUGE, HOTLINE = "Refuge North", "Hotline South"
URL = "http://127.0.0.1:9"


def keys_in(folder: Path) -> tuple[PartnerKey, PartnerKey]:
    """Ours and the refuge's."""
    return PartnerKey(folder / "ours" / "partner.key"), PartnerKey(folder / "theirs" / "partner.key")


def with_partners(office: Office, folder: Path) -> Office:
    """The same office; it knows the refuge."""
    ours, theirs = keys_in(folder)
    partners = Partners(HOTLINE, ours, {REFUGE: Partner(REFUGE, URL, theirs.public)})
    return replace(office, desk=replace(office.desk, partners=partners))


def as_refuge(office: Office, folder: Path, *, ours: dict[Channel, str] | None = None) -> Office:
    """The same office, as the refuge: it knows the hotline."""
    own, theirs = keys_in(folder)
    partners = Partners(REFUGE, theirs, {HOTLINE: Partner(HOTLINE, URL, own.public)}, ours or {})
    return replace(office, desk=replace(office.desk, partners=partners))


class Handed:
    """A courier that keeps what it was given; `refused` and `down` say how the partner answers."""

    def __init__(self, refused: str = "", *, down: bool = False) -> None:
        self.documents: list[dict[str, str]] = []
        self.refused, self.down = refused, down

    def hand(self, partner: Partner, document: dict[str, str]) -> None:
        self.documents.append(document)
        if self.refused or self.down:
            raise NotTaken(self.refused)


class Into:
    """A courier that brings everything straight into the partner's office."""

    def __init__(self, office: Office, now: float) -> None:
        self._office, self._now = office, now

    def hand(self, partner: Partner, document: dict[str, str]) -> None:
        receives(self._office, document, self._now)


def receives(office: Office, document: object, now: float) -> None:
    opened = open_parcel(office.desk.partners, document, now)
    impression = office.mind.impression(opened.words.text) if office.mind else None
    office.write(lambda tx: take_in(office.desk, tx, opened, now, impression))


def opened_by(key: PartnerKey, document: dict[str, str]) -> dict[str, Any]:
    return key.open(base64.b64decode(document["sealed"]))


TEXT = "Amara needs a bed tonight, in Oslo.\n{She} has   two children; “safe” to write after 18:00."
SENT = f"OK. We send it to {REFUGE}."
NOT_SENT = f"OK. We send nothing to {REFUGE}."
LATER = NOW + GRACE_SECONDS


class Story:
    """Amara writes by SMS and Chloe has her; both organisations stand on one database, which changes nothing."""

    def __init__(self, office: Office, folder: Path) -> None:
        self.office, self.refuge = with_partners(office, folder), as_refuge(office, folder)
        self.desk, self.folder = self.office.desk, folder
        self.chloe = hire(self.office, "Chloe")
        self.amara = Caller(self.office)
        self.contact = self.chloe.claims(self.amara.asks_for_a_person())

    def asks(self, text: str = TEXT, *, with_number: bool = False, who: Responder | None = None) -> int | None:
        staff_id = (who or self.chloe).id
        return self.office.write(
            lambda tx: partners.ask(
                self.desk, tx, self.contact.id, staff_id, REFUGE, text, NOW, with_number=with_number
            )
        )

    def question_leaves(self, delivery: Delivery = Delivery.SENT) -> None:
        """The provider has taken everything that was waiting."""
        contact = self.now()
        for number, line in self.office.read(lambda one: self.desk.contacts.lines(one, contact)):
            if line.delivery is Delivery.WAITING:
                self._mark(contact, number, delivery)

    def _mark(self, contact: Contact, number: int, delivery: Delivery) -> None:
        self.office.write(lambda tx: self.desk.contacts.mark_line(tx.connection, contact, number, delivery))

    def asked(self, text: str = TEXT, *, with_number: bool = False) -> None:
        self.asks(text, with_number=with_number)
        self.question_leaves()

    def agreed(self, *, with_number: bool = False) -> int:
        self.asked(with_number=with_number)
        assert self.amara.writes("1") == [SENT]
        (parcel,) = self.under_way()
        return parcel.id

    def under_way(self) -> list[parcels.Parcel]:
        return self.office.read(lambda one: parcels.of_contact(one, self.contact.id))

    def now(self) -> Contact:
        found = stored(self.office, self.contact.id)
        assert found is not None
        return found

    def notes(self) -> list[str]:
        return [line.text for line in lines_of(self.office, self.now()) if line.speaker is Speaker.NOTE]

    def arrives(self, *, with_number: bool = False) -> Packet:
        """From the question to the packet on the refuge's board."""
        parcel = self.agreed(with_number=with_number)
        assert carry(self.office, Into(self.refuge, LATER), parcel, LATER)
        (packet,) = self.refuge.read(self.refuge.desk.packets.shown)
        return packet
