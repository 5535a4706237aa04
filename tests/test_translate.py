"""Machine translation beside a talk: it assists the responder, is sealed, dies with the contact, and never reaches a caller."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from time import time

import pytest
from sqlalchemy import select

from app.worker import Worker
from hotline.desk import comeback, translate, work
from hotline.desk.office import Office
from hotline.desk.translate import Interpreter, Translation
from hotline.desk.view import caller_talk, responder_talk
from hotline.events import Log
from hotline.store import translations
from hotline.store.contacts import Contact
from hotline.store.schema import translations as rows_of
from hotline.translator import NoTranslator, open_translator
from tests.people import DAY, NOW, Caller, Responder, hire, rows, stored
from tests.server_help import open_house, sign_in
from tests.translator_help import Broken, Silent, Words

NOT_YOURS = r"^This contact is not open, or somebody else has it\.$"


@pytest.fixture
def amara(office: Office) -> Caller:
    """Amara writes in Spanish, and waits for a person."""
    amara = Caller(office)
    amara.writes("Hola, necesito ayuda por favor con mi trabajo", language="es")
    for text in ("0", "1", "1"):
        if amara.open_contact().state.value == "scripted":
            amara.writes(text)
    assert amara.open_contact().conversation.language == "es"
    return amara


@pytest.fixture
def chloe(office: Office) -> Responder:
    return hire(office, "Chloe")


@pytest.fixture
def contact(amara: Caller, chloe: Responder) -> Contact:
    contact = chloe.claims(amara.open_contact())
    amara.writes("Hola necesito ayuda", NOW + 1)
    return contact


def seen(office: Office, contact: Contact, who: Responder) -> translate.Translations:
    talk = office.read(lambda connection: responder_talk(office.desk, connection, contact.id, who.id))
    assert talk is not None
    return talk.translated


def wants_back(who: Responder, contact: Contact, number: int | None, now: float = NOW) -> None:
    who.office.write(lambda tx: translate.ask_back(who.office.desk, tx, contact.id, who.id, number, now))


def test_what_the_caller_wrote_is_read_in_english(office: Office, contact: Contact, chloe: Responder) -> None:
    engine = Words()
    assert Interpreter(office, engine).once(NOW) > 0
    assert engine.asked == ["Hola necesito ayuda"]
    assert seen(office, contact, chloe) == {(1, False): Translation("hello need help")}


def test_each_line_is_translated_once(office: Office, amara: Caller, contact: Contact, chloe: Responder) -> None:
    engine = Words()
    interpreter = Interpreter(office, engine)
    for second in range(3):
        interpreter.once(NOW + second)
    amara.writes("dónde estoy", NOW + 5)
    chloe.answers(contact, "I am here.", NOW + 6)
    for second in range(10, 13):
        interpreter.once(NOW + second)
    assert engine.asked == ["Hola necesito ayuda", "dónde estoy"]
    assert interpreter.once(NOW + 20) == 0


def kept_over_midnight(office: Office, contact: Contact) -> None:
    """Amara has a code for her talk: it is sealed anew under the next day's key."""
    kept = replace(stored(office, contact.id) or contact, kept_until=NOW + 7 * DAY)
    office.write(lambda tx: office.desk.contacts.save(tx.connection, kept))
    assert office.write(lambda tx: comeback.carry(office.desk, tx, NOW + DAY)) == 1


def test_a_talk_kept_for_a_code_keeps_its_translations_and_opens_the_next_day(
    office: Office, contact: Contact, chloe: Responder
) -> None:
    """Found by this test: what was translated stayed sealed under the day before, and the whole talk opened no more."""
    Interpreter(office, Words()).once(NOW)
    kept_over_midnight(office, contact)
    assert seen(office, contact, chloe) == {(1, False): Translation("hello need help")}


class AtMidnight(Words):
    """The talk is sealed anew while the engine thinks."""

    def __init__(self, office: Office, contact: Contact) -> None:
        super().__init__()
        self._office, self._contact = office, contact

    def translate(self, text: str, source: str, target: str) -> str | None:
        kept_over_midnight(self._office, self._contact)
        return super().translate(text, source, target)


def test_a_translation_made_over_midnight_is_sealed_as_its_talk_is_now(
    office: Office, contact: Contact, chloe: Responder
) -> None:
    Interpreter(office, AtMidnight(office, contact)).once(NOW)
    assert seen(office, contact, chloe) == {(1, False): Translation("hello need help")}


class DuringPanic(Words):
    """The keys are destroyed while the engine thinks."""

    def __init__(self, office: Office) -> None:
        super().__init__()
        self._office = office

    def translate(self, text: str, source: str, target: str) -> str | None:
        self._office.desk.ring.destroy(NOW)
        return super().translate(text, source, target)


def test_a_translation_of_what_panic_has_closed_is_dropped_without_a_fault(office: Office, contact: Contact) -> None:
    assert Interpreter(office, DuringPanic(office)).once(NOW) > 0
    assert office.read(lambda one: translations.of(one, contact.id))[0][2] is None


def test_nothing_is_translated_before_somebody_has_the_contact(office: Office, amara: Caller) -> None:
    amara.writes("Hola necesito ayuda", NOW + 1)
    engine = Words()
    assert Interpreter(office, engine).once(NOW + 2) == 0
    assert engine.asked == []


def test_a_language_the_engine_does_not_know_is_left_alone(office: Office, contact: Contact, chloe: Responder) -> None:
    engine = Words(pairs=(("ro", "en"),))
    interpreter = Interpreter(office, engine)
    assert interpreter.once(NOW) > 0
    assert interpreter.once(NOW) == 0
    assert engine.asked == []
    assert seen(office, contact, chloe) == {}


def test_an_answer_is_translated_back_only_when_asked(office: Office, contact: Contact, chloe: Responder) -> None:
    engine = Words()
    interpreter = Interpreter(office, engine)
    chloe.answers(contact, "estoy aquí", NOW + 2)
    interpreter.once(NOW + 3)
    assert (2, True) not in seen(office, contact, chloe)
    wants_back(chloe, contact, 2, NOW + 4)
    assert seen(office, contact, chloe)[2, True] == Translation("", waited=True)
    interpreter.once(NOW + 5)
    assert seen(office, contact, chloe)[2, True] == Translation("am here")


@pytest.mark.parametrize("number", [None, 0, 1, 99])
def test_only_an_answer_is_translated_back(
    office: Office, contact: Contact, chloe: Responder, number: int | None
) -> None:
    Interpreter(office, Words()).once(NOW)
    with pytest.raises(work.Refused, match=r"^Only an answer can be translated back\.$"):
        wants_back(chloe, contact, number)


def test_without_an_engine_that_lives_nothing_can_be_asked(office: Office, contact: Contact, chloe: Responder) -> None:
    chloe.answers(contact, "estoy aquí", NOW + 2)
    with pytest.raises(work.Refused, match=r"^No translator for this language is installed\.$"):
        wants_back(chloe, contact, 2, NOW + 3)
    Interpreter(office, Words()).once(NOW + 4)
    wants_back(chloe, contact, 2, NOW + 5)
    with pytest.raises(work.Refused):
        wants_back(chloe, contact, 2, NOW + 5 + translations.ALIVE_SECONDS)


def test_nobody_else_asks_for_it(office: Office, contact: Contact, chloe: Responder) -> None:
    chloe.answers(contact, "estoy aquí", NOW + 2)
    Interpreter(office, Words()).once(NOW + 3)
    with pytest.raises(work.NotYours, match=NOT_YOURS):
        wants_back(hire(office, "Emil"), contact, 2, NOW + 4)


@pytest.mark.parametrize("kind", [Broken, Silent], ids=["fails", "says nothing"])
def test_an_engine_that_fails_is_asked_three_times_and_harms_nothing(
    office: Office, contact: Contact, chloe: Responder, kind: type[Words]
) -> None:
    engine = kind()
    interpreter = Interpreter(office, engine)
    for minute in range(10):
        interpreter.once(NOW + 60 * minute)
    assert engine.asked == ["Hola necesito ayuda"] * translate.MOST_TRIES
    assert seen(office, contact, chloe) == {}


def test_a_text_that_ends_the_worker_is_not_tried_for_ever(office: Office, contact: Contact) -> None:
    class Deadly(Words):
        def translate(self, text: str, source: str, target: str) -> str | None:
            super().translate(text, source, target)
            raise KeyboardInterrupt

    engine = Deadly()
    for minute in range(10):
        try:
            Interpreter(office, engine).once(NOW + 60 * minute)
        except KeyboardInterrupt:
            continue
    assert len(engine.asked) == translate.MOST_TRIES


def test_on_the_disk_it_is_sealed_and_goes_with_the_contact(office: Office, contact: Contact) -> None:
    Interpreter(office, Words()).once(NOW)
    with office.engine.connect() as connection:
        sealed = list(connection.scalars(select(rows_of.c.sealed)))
    assert sealed
    assert not any(b"hello" in bytes(one) for one in sealed)
    office.write(lambda tx: office.desk.contacts.destroy(tx, contact.id))
    assert "translations" not in rows(office)


def test_a_contact_that_ends_while_the_engine_thinks_leaves_nothing(office: Office, contact: Contact) -> None:
    class Slow(Words):
        def translate(self, text: str, source: str, target: str) -> str | None:
            office.write(lambda tx: office.desk.contacts.destroy(tx, contact.id))
            return "hello"

    Interpreter(office, Slow()).once(NOW)
    assert "translations" not in rows(office)


def test_after_the_keys_are_gone_it_comes_to_rest(office: Office, contact: Contact) -> None:
    office.desk.ring.destroy()
    interpreter = Interpreter(office, Words())
    interpreter.once(NOW)
    assert interpreter.once(NOW + 1) == 0


def test_the_caller_never_gets_it(office: Office, amara: Caller, contact: Contact) -> None:
    Interpreter(office, Words()).once(NOW)
    talk = office.read(lambda one: caller_talk(office.desk, one, amara.channel, amara.sender, NOW))
    assert talk is not None
    assert talk.translated == {}


def test_where_nothing_is_installed_nothing_is_done_or_told(office: Office, contact: Contact) -> None:
    assert isinstance(open_translator(), NoTranslator)
    assert Interpreter(office, open_translator()).once(NOW) == 0
    assert {"translations", "heartbeats"}.isdisjoint(rows(office))


def test_the_worker_does_it_on_a_thread_of_its_own(office: Office, contact: Contact, chloe: Responder) -> None:
    class Stopping:
        rounds = 0

        def wait(self, seconds: float) -> bool:
            self.rounds += 1
            return self.rounds > 2

        def is_set(self) -> bool:
            return False

    worker = Worker(office, {}, Log(lambda line: None), clock=lambda: NOW + 3)
    worker.translate(Interpreter(office, Words()), Stopping())  # type: ignore[arg-type]
    assert seen(office, contact, chloe) == {(1, False): Translation("hello need help")}


def test_the_page_marks_it_or_says_quietly_that_there_is_none(tmp_path: Path) -> None:
    with open_house(tmp_path) as house:
        amara = Caller(house.office)
        amara.writes("Hola, necesito ayuda por favor con mi trabajo", time(), language="es")
        for text in ("0", "1", "1"):
            if amara.open_contact(time()).state.value == "scripted":
                amara.writes(text, time())
        browser, chloe = sign_in(house, "Chloe")
        contact = chloe.claims(amara.open_contact(time()), time())
        amara.writes("Hola necesito ayuda", time())
        chloe.answers(contact, "estoy aquí", time())
        page = f"/staff/contacts/{contact.id}"
        text = browser.get(page).text
        assert "No translator is installed: use the phrasebook." in text
        assert "Machine translation" not in text.split("<template")[0]
        assert f"{page}/back" not in text
        interpreter = Interpreter(house.office, Words())
        interpreter.once(time())
        text = browser.get(page).text
        assert "No translator is installed" not in text
        assert "<small>Machine translation, may be wrong:</small> hello need help</p>" in text
        assert browser.post(f"{page}/back", {"number": "2"}).status_code == 303
        assert "Is being translated back" in browser.get(page).text.split("<template")[0]
        interpreter.once(time())
        assert "<small>Translated back by machine, may be wrong:</small> am here</p>" in browser.get(page).text
        assert browser.post(f"{page}/back", {"number": "x"}).status_code == 400


def test_an_english_talk_has_no_hint(tmp_path: Path) -> None:
    with open_house(tmp_path) as house:
        browser, chloe = sign_in(house, "Chloe")
        contact = chloe.claims(Caller(house.office).asks_for_a_person(time()), time())
        assert "No translator" not in browser.get(f"/staff/contacts/{contact.id}").text
