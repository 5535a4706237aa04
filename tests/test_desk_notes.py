"""What responders write for each other stays with them: notes and ticks are sealed, end with the contact, reach no caller."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from time import time

import pytest
from sqlalchemy import select

from hotline.contact import Channel
from hotline.desk import notes, view, work
from hotline.desk.office import Office
from hotline.desk.view import responder_talk
from hotline.message import Speaker
from hotline.store import staff
from hotline.store.contacts import Contact
from hotline.store.schema import contacts, messages
from tests.people import NOW, Caller, Responder, hire, lines_of, rows, stored
from tests.server_help import House, open_house
from tests.webchat_help import Stream, Tab, answer_of_chloe, with_a_person

SECRET = "she is at the blue house"
NOT_YOURS = r"^This contact is not open, or somebody else has it\.$"


@pytest.fixture
def chloe(office: Office) -> Responder:
    return hire(office, "Chloe")


@pytest.fixture
def contact(office: Office, chloe: Responder) -> Contact:
    return chloe.claims(Caller(office).asks_for_a_person())


def notes_down(who: Responder, contact: Contact, text: str) -> None:
    who.office.write(lambda tx: notes.note(who.office.desk, tx, contact.id, who.member, text, NOW))


def ticks(who: Responder, contact: Contact, key: str, *, done: bool = True) -> None:
    who.office.write(lambda tx: notes.tick(who.office.desk, tx, contact.id, who.id, key, done=done))


def test_a_note_is_a_line_with_its_writer_and_stands_in_the_journal_without_its_words(
    office: Office, chloe: Responder, contact: Contact
) -> None:
    notes_down(chloe, contact, f"  {SECRET} ")
    (line,) = lines_of(office, contact)
    assert (line.speaker, line.text, line.by, line.at) == (Speaker.NOTE, SECRET, "Chloe", NOW)
    assert office.read(staff.read_journal)[-1][1:] == (chloe.id, "noted")


def test_a_note_does_not_count_as_an_answer(office: Office, chloe: Responder, contact: Contact) -> None:
    notes_down(chloe, contact, SECRET)
    now = stored(office, contact.id)
    assert now is not None
    assert (now.answered_at, now.touched_at) == (0.0, contact.touched_at)
    assert "outbox" not in rows(office)
    board = office.read(lambda connection: view.board(office.desk, connection, chloe.id, NOW))
    assert [card.unanswered for card in board.mine] == [True]
    chloe.answers(contact, "I am here.", NOW + 1)
    board = office.read(lambda connection: view.board(office.desk, connection, chloe.id, NOW + 1))
    assert [card.unanswered for card in board.mine] == [False]
    Caller(office).writes("Are you there?", NOW + 2)
    board = office.read(lambda connection: view.board(office.desk, connection, chloe.id, NOW + 2))
    assert [card.unanswered for card in board.mine] == [True]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "Please write something first."),
        (" \n", "Please write something first."),
        ("x" * 2001, "That is 2001 characters: a note has 2000 at most."),
    ],
    ids=["nothing", "only spaces", "too much"],
)
def test_a_note_that_cannot_be_kept_is_refused(
    office: Office, chloe: Responder, contact: Contact, text: str, sentence: str
) -> None:
    with pytest.raises(work.Refused, match=f"^{sentence}$"):
        notes_down(chloe, contact, text)
    assert lines_of(office, contact) == []


def test_nobody_else_notes_or_ticks(office: Office, chloe: Responder, contact: Contact) -> None:
    emil = hire(office, "Emil")
    with pytest.raises(work.NotYours, match=NOT_YOURS):
        notes_down(emil, contact, SECRET)
    with pytest.raises(work.NotYours, match=NOT_YOURS):
        ticks(emil, contact, "safe_now")
    assert lines_of(office, contact) == []


def test_ticks_are_kept_with_the_contact_for_whoever_joins(office: Office, chloe: Responder, contact: Contact) -> None:
    ticks(chloe, contact, "safe_now")
    ticks(chloe, contact, "back")
    ticks(chloe, contact, "safe_now")
    emil = hire(office, "Emil")
    joined = replace(stored(office, contact.id) or contact, second=emil.id, second_in=True)
    office.write(lambda tx: office.desk.contacts.save(tx.connection, joined))
    talk = office.read(lambda connection: responder_talk(office.desk, connection, contact.id, emil.id))
    assert talk is not None
    assert talk.contact.ticks == ("back", "safe_now")
    ticks(emil, contact, "back", done=False)
    now = stored(office, contact.id)
    assert now is not None
    assert now.ticks == ("safe_now",)


def test_only_what_is_on_the_list_can_be_ticked(chloe: Responder, contact: Contact) -> None:
    with pytest.raises(work.Refused, match=r"^That is not on the checklist\.$"):
        ticks(chloe, contact, "<b>")


def test_on_the_disk_stands_only_ciphertext_and_all_of_it_goes(
    office: Office, chloe: Responder, contact: Contact
) -> None:
    notes_down(chloe, contact, SECRET)
    ticks(chloe, contact, "selfharm")
    with office.engine.connect() as connection:
        sealed = [*connection.scalars(select(messages.c.sealed)), *connection.scalars(select(contacts.c.sealed))]
    assert not any(word in bytes(one) for one in sealed for word in (b"blue house", b"selfharm", b"Chloe"))
    office.write(lambda tx: office.desk.contacts.destroy(tx, contact.id))
    assert {"contacts", "messages"}.isdisjoint(rows(office))


# A real caller over web chat


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with open_house(tmp_path) as opened:
        yield opened


@pytest.fixture
def amara(house: House) -> Tab:
    """Amara over web chat, with an answer of Chloe's and a note that Chloe keeps."""
    tab = with_a_person(house)
    tab.posts(text="Is somebody there?")
    answer_of_chloe(house, "I am here.")
    with house.office.engine.connect() as connection:
        chloe = connection.exec_driver_sql("SELECT id FROM staff WHERE name = 'Chloe'").scalar_one()
    member = staff.Member(chloe, "Chloe", staff.Role.RESPONDER, True)
    house.office.write(lambda tx: notes.note(house.office.desk, tx, tab.contact.id, member, SECRET, time()))
    return tab


def everything_amara_gets(tab: Tab) -> str:
    """Her page, what its script is told, and what its stream brings."""
    tab.posts(do="check")
    told = str(tab.asks("check"))

    async def listen() -> str:
        form = {"do": "live", "token": tab.hidden("token"), "once": tab.hidden("once"), "lang": "en"}
        stream = Stream(tab.house.app, form)
        try:
            await stream.until(lambda: bool(stream.events))
        finally:
            await stream.hangs_up()
        return str(stream.events)

    return tab.html + told + tab.house.runner.run(listen())


def test_a_caller_of_web_chat_never_gets_a_note(amara: Tab) -> None:
    got = everything_amara_gets(amara)
    assert "I am here." in got
    assert "blue house" not in got


def test_without_the_filter_the_note_would_reach_the_caller(amara: Tab) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(view, "Speaker", type("Nobody", (), {"NOTE": None}))
        assert "blue house" in everything_amara_gets(amara)


@pytest.mark.parametrize("channel", [Channel.SMS, Channel.WHATSAPP, Channel.TELEGRAM, Channel.SIGNAL])
def test_on_no_channel_a_note_is_sent(office: Office, chloe: Responder, channel: Channel) -> None:
    contact = chloe.claims(Caller(office, channel=channel).asks_for_a_person())
    notes_down(chloe, contact, SECRET)
    assert "outbox" not in rows(office)
