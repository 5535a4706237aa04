"""Amara comes back to her talk by a code, on any phone, for seven days: longer than any key of the ring lives."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from hashlib import blake2b

import pytest
from sqlalchemy import Connection, select

from hotline.contact import Channel
from hotline.desk import comeback
from hotline.desk.forget import advance_rings, expire
from hotline.desk.office import Office
from hotline.desk.view import caller_talk
from hotline.store import schema, vault
from hotline.store.contacts import Contact
from hotline.store.keys import KeyGone, Sealer, day_of
from hotline.store.schema import contacts, messages, sent
from hotline.store.writer import Tx
from tests.people import DAY, HOUR, NOW, Caller, hire, lines_of, rows, stored
from tests.server_help import Swapped

PAGE, NEXT_PAGE = "the-token-of-her-first-page", "the-token-of-another-phone"
DAYS = 7


def digest_of(code: str) -> bytes:
    """Stands in for Argon2id, which has tests of its own."""
    return blake2b(code.encode(), digest_size=32).digest()


CODE = digest_of("4242 4242 4242 4242")


def waits(office: Office, page: str = PAGE) -> tuple[Caller, Contact]:
    amara = Caller(office, page, Channel.WEBCHAT)
    amara.asks_for_a_person()
    amara.writes("They keep my papers")
    return amara, amara.open_contact()


def is_given(office: Office, code: bytes = CODE, page: str = PAGE, now: float = NOW) -> bool:
    return office.write(lambda tx: comeback.give(office.desk, tx, page, code, now, DAYS))


def comes_back(office: Office, now: float, code: bytes = CODE, page: str = NEXT_PAGE) -> Contact | None:
    return office.write(lambda tx: comeback.come_back(office.desk, tx, code, page, now))


def words_at(office: Office, page: str, now: float) -> list[str] | None:
    """What the page with this token is shown; None when it has no talk."""
    talk = office.read(lambda connection: caller_talk(office.desk, connection, Channel.WEBCHAT, page, now))
    return [line.text for _, line in talk.lines] if talk else None


def a_day_passes(office: Office, now: float) -> None:
    """What the worker does on its round."""

    def work(tx: Tx) -> None:
        expire(office.desk, tx, now)
        comeback.carry(office.desk, tx, now)
        advance_rings(office.desk, tx, now)

    office.write(work)


def days_pass(office: Office, days: int) -> float:
    for day in range(1, days + 1):
        a_day_passes(office, NOW + day * DAY)
    return NOW + days * DAY


class TestTheCode:
    def test_it_opens_the_talk_on_another_page_and_the_first_page_is_dead(self, office: Office) -> None:
        waits(office)
        assert is_given(office)
        back = comes_back(office, NOW + HOUR)
        assert back is not None
        assert words_at(office, NEXT_PAGE, NOW + HOUR) == ["They keep my papers"]
        assert words_at(office, PAGE, NOW + HOUR) is None

    def test_it_opens_the_talk_again_and_again(self, office: Office) -> None:
        waits(office)
        is_given(office)
        for number in range(3):
            page = f"page-number-{number}"
            assert comes_back(office, NOW + number * HOUR, page=page) is not None
            assert words_at(office, page, NOW) == ["They keep my papers"]

    def test_another_code_opens_nothing(self, office: Office) -> None:
        waits(office)
        is_given(office)
        assert comes_back(office, NOW, digest_of("1111 1111 1111 1111")) is None
        assert words_at(office, PAGE, NOW) == ["They keep my papers"]

    def test_a_second_code_takes_the_place_of_the_first(self, office: Office) -> None:
        waits(office)
        is_given(office)
        is_given(office, digest_of("another"))
        assert comes_back(office, NOW) is None
        assert comes_back(office, NOW, digest_of("another")) is not None
        assert rows(office)["codes"] == 1

    def test_nobody_has_one_before_a_person_was_asked_for(self, office: Office) -> None:
        Caller(office, PAGE, Channel.WEBCHAT).writes("Hello")
        assert not is_given(office)
        assert "codes" not in rows(office)

    def test_a_page_that_was_made_up_has_none(self, office: Office) -> None:
        assert not is_given(office)

    def test_where_codes_are_switched_off_there_is_none(self, office: Office) -> None:
        _, contact = waits(office)
        assert not comeback.may_keep(contact, 0)
        assert comeback.may_keep(contact, DAYS)

    def test_who_answers_can_still_answer(self, office: Office) -> None:
        _, contact = waits(office)
        is_given(office)
        chloe = hire(office, "Chloe")
        claimed = chloe.claims(contact)
        comes_back(office, NOW)
        chloe.answers(claimed, "I am Chloe.")
        assert words_at(office, NEXT_PAGE, NOW) == ["They keep my papers", "I am Chloe."]

    def test_delete_takes_the_code_with_it(self, office: Office) -> None:
        amara, _ = waits(office)
        is_given(office)
        amara.writes("DELETE")
        assert not {"codes", "contacts", "vault"} & set(rows(office))
        assert comes_back(office, NOW) is None


class TestSomebodyElseHoldsThePhone:
    def test_a_hushed_talk_offers_no_code(self, office: Office) -> None:
        _, contact = waits(office)
        hushed = replace(contact, conversation=replace(contact.conversation, hushed=True))
        office.write(lambda tx: office.desk.contacts.save(tx.connection, hushed))
        assert not is_given(office)

    def test_a_hushed_talk_comes_back_hushed(self, office: Office) -> None:
        _, contact = waits(office)
        is_given(office)
        contact = stored(office, contact.id) or contact
        hushed = replace(contact, conversation=replace(contact.conversation, hushed=True))
        office.write(lambda tx: office.desk.contacts.save(tx.connection, hushed))
        back = comes_back(office, NOW + DAY)
        assert back is not None
        assert back.conversation.hushed


class TestLeaving:
    def test_leaving_with_a_code_keeps_the_talk_for_the_code_alone(self, office: Office) -> None:
        waits(office)
        is_given(office)
        assert office.write(lambda tx: comeback.part(office.desk, tx, PAGE, NOW))
        assert words_at(office, PAGE, NOW) is None
        assert comes_back(office, NOW) is not None
        assert words_at(office, NEXT_PAGE, NOW) == ["They keep my papers"]

    def test_leaving_without_a_code_is_no_parting(self, office: Office) -> None:
        waits(office)
        assert not office.write(lambda tx: comeback.part(office.desk, tx, PAGE, NOW))
        assert not office.write(lambda tx: comeback.part(office.desk, tx, "made up", NOW))


class TestSevenDays:
    def test_a_talk_with_a_code_outlives_the_days_of_the_ring(self, office: Office) -> None:
        """The ring keeps four days; she comes back on the seventh."""
        _, contact = waits(office)
        is_given(office)
        now = days_pass(office, 6) + 20 * HOUR
        assert office.desk.ring.oldest > contact.day, "the key of her first day is gone"
        assert comes_back(office, now) is not None
        assert words_at(office, NEXT_PAGE, now) == ["They keep my papers"]

    def test_the_page_that_stayed_open_lives_on_too(self, office: Office) -> None:
        waits(office)
        is_given(office)
        assert words_at(office, PAGE, days_pass(office, 6)) == ["They keep my papers"]

    def test_without_a_code_it_ends_when_it_always_ended(self, office: Office) -> None:
        waits(office)
        days_pass(office, 3)
        assert not {"contacts", "messages"} & set(rows(office))

    def test_after_the_seventh_day_everything_is_gone(self, office: Office) -> None:
        waits(office)
        is_given(office)
        now = days_pass(office, 8)
        assert comes_back(office, now) is None
        assert not {"codes", "contacts", "messages", "vault"} & set(rows(office))

    def test_a_code_is_over_on_the_minute_though_nobody_has_cleared_up(self, office: Office) -> None:
        waits(office)
        is_given(office)
        assert comes_back(office, NOW + DAYS * DAY) is None
        assert comes_back(office, NOW + DAYS * DAY - 60) is not None

    def test_every_sealed_thing_is_under_the_key_of_today(self, office: Office) -> None:
        _, contact = waits(office)
        office.write(
            lambda tx: office.desk.sent.add(
                tx.connection, office.desk.contacts, contact, 1, "a provider's id", NOW, readable=True
            )
        )
        is_given(office)
        old = Sealer(office.desk.ring.contact_key(contact.day, contact.id))
        before = sealed(office)
        assert opens(old, before)
        now = days_pass(office, 1)
        carried = stored(office, contact.id)
        assert carried is not None
        assert carried.day == day_of(now)
        after = sealed(office)
        assert set(before) & set(after) == set(), "nothing was left as it was"
        assert not opens(old, after), "the key of yesterday opens nothing any more"
        assert office.read(lambda c: vault.address_of(c, office.desk.contacts, carried)) is not None
        assert office.read(lambda c: office.desk.sent.ids(c, office.desk.contacts, carried)) == ["a provider's id"]
        found = office.read(lambda c: office.desk.sent.find(c, Channel.WEBCHAT, "a provider's id", now))
        assert found == (contact.id, 1)

    def test_it_is_carried_once_a_day_and_nothing_else_is(self, office: Office) -> None:
        waits(office)
        waits(office, "the-token-of-bogdans-page")
        is_given(office)
        later = NOW + DAY
        assert office.write(lambda tx: comeback.carry(office.desk, tx, later)) == 1
        assert office.write(lambda tx: comeback.carry(office.desk, tx, later + HOUR)) == 0

    def test_a_talk_that_nothing_opens_any_more_does_not_stop_the_others(self, office: Office) -> None:
        _, contact = waits(office)
        waits(office, "the-token-of-bogdans-page")
        is_given(office)
        is_given(office, digest_of("Bogdan's"), "the-token-of-bogdans-page")
        with office.engine.begin() as connection:
            connection.execute(contacts.update().where(contacts.c.id == contact.id).values(sealed=b"not ours" * 12))
        assert office.write(lambda tx: comeback.carry(office.desk, tx, NOW + DAY)) == 1


def sealed(office: Office) -> list[bytes]:
    """Every sealed column of every contact."""

    def read(connection: Connection) -> list[bytes]:
        found: list[bytes] = []
        for table in (contacts, messages, schema.vault, sent):
            found += [bytes(one) for one in connection.execute(select(table.c.sealed)).scalars()]
        return found

    return office.read(read)


def opens(sealer: Sealer, things: list[bytes]) -> bool:
    """Whether this key opens any of them, whatever they are."""
    purposes = ("contact", "address", "sent", *(f"line {number}" for number in range(1, 9)))
    for one in things:
        for purpose in purposes:
            try:
                sealer.open(purpose, one)
            except KeyGone:
                continue
            return True
    return False


class TestTwins:
    """With one part switched off, she does not find her talk on the seventh day."""

    def test_if_nobody_carried_it_the_talk_would_be_lost(self, office: Office) -> None:
        def nothing(*_: object) -> int:
            return 0

        assert self.seventh_day_with(office, "carry", nothing) is None

    def test_if_the_handle_were_not_made_anew_her_page_would_be_lost(self, office: Office) -> None:
        waits(office)
        is_given(office)
        with Swapped(comeback, "_set_handle", lambda *_: None):
            now = days_pass(office, 6)
        assert words_at(office, PAGE, now) is None

    def test_if_lines_were_not_sealed_anew_her_words_would_be_lost(self, office: Office) -> None:
        """The old key, were it kept, would have to be kept for all: so the ring goes on, and what it sealed is gone."""
        _, contact = waits(office)
        is_given(office)

        def only_the_contact(desk: object, tx: Tx, one: Contact, today: int) -> None:
            office.desk.contacts.save(tx.connection, replace(one, day=today))

        with Swapped(comeback, "_reseal", only_the_contact):
            days_pass(office, 1)
        carried = stored(office, contact.id)
        assert carried is not None
        with pytest.raises(KeyGone, match="cannot be opened"):
            lines_of(office, carried)

    def test_if_the_ring_kept_every_day_an_old_copy_could_still_be_read(self, office: Office) -> None:
        """What carrying is for: a copy of the first day is unreadable on the seventh, though the talk lives on."""
        _, contact = waits(office)
        is_given(office)
        copy = sealed(office)
        key = office.desk.ring.contact_key(contact.day, contact.id)
        assert opens(Sealer(key), copy)
        days_pass(office, 6)
        with pytest.raises(KeyGone, match="has been destroyed"):
            office.desk.ring.contact_key(contact.day, contact.id)

    def seventh_day_with(self, office: Office, name: str, instead: Callable[..., object]) -> Contact | None:
        waits(office)
        is_given(office)
        with Swapped(comeback, name, instead):
            now = days_pass(office, 6)
        return comes_back(office, now)
