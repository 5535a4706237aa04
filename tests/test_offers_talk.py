"""A job offer checked in the talk: by digits over SMS, forwarded in Telegram, pasted in WhatsApp and in the web chat."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from hotline import sms
from hotline.contact import Channel, Level
from hotline.desk import hearing
from hotline.desk.office import Office
from hotline.offers.check import Checked
from hotline.store import tallies
from hotline.store.offers import Checker, Lexicons
from hotline.store.shelf import ContentError
from hotline.tally import week
from hotline.triage.conversation import Conversation, Heard
from hotline.triage.noticing import PARTS, SIGNS
from hotline.triage.pasted import with_offer
from hotline.triage.script import Place, Scripts
from tests.channel_people import CHAT, Chat, Line, Phone, a_line
from tests.conftest import MIND
from tests.people import NOW, ROOT, Caller

RISKY = (
    "Is this job real? Waitresses wanted for Rosedune Lounge, Dubai. 1,900 USD a month. You pay 400 USD for visa and medical "
    "before the flight. You enter with a tourist visa, our manager keeps your passport until the contract is over."
)
FAIR = (
    "Cleaner wanted at Brightwater Hotel, Bergen. 21,500 NOK a month, paid on the 12th by bank transfer. 37.5 hours a week, "
    "two days off. The employer pays all costs of recruitment; you get the contract in your language before you travel."
)
COMPOUND = (
    "Online support agents needed, you chat with foreign customers from scripts. Office and dormitory are inside one secured "
    "park near the river, guards at the gate, staff do not leave the park during the six months term."
)
SAFE = "Hello. Is it safe for you to write now?"
STOP = "Stop and check before you pay or travel."
NEXT = "1 Tell me more\n2 A person, here\n3 Check another offer\n4 Enough for now"
TO_OFFERS = ("hello", "1", "2", "1", "1")
"""It is safe, no danger, this language, a job offer."""


@pytest.fixture
def office(sqlite_office: Office) -> Office:
    """One that reads offers, as the server's does."""
    checker = Checker(Lexicons(ROOT / "content" / "offers"), MIND.impression)
    return replace(sqlite_office, desk=replace(sqlite_office.desk, checker=checker))


@pytest.fixture
def amara(office: Office) -> Caller:
    return Caller(office)


def on(office: Office, channel: Channel) -> Caller:
    return Caller(office, channel=channel)


def at(caller: Caller) -> str:
    return str(caller.open_contact().conversation.place)


def writes_all(caller: Caller, *texts: str) -> str:
    """The last answer to these messages, one after another."""
    said = [caller.writes(text) for text in texts]
    return "\n".join(said[-1])


def counted(office: Office) -> dict[tuple[str, str, str], int]:
    cells = office.read(tallies.all_cells)
    assert {cell.period for cell, _ in cells} <= {week(NOW)}
    return {(cell.kind, cell.first, cell.second): many for cell, many in cells if cell.kind.startswith("offer_flag")}


class TestTenQuestionsBySms:
    def test_amara_answers_with_digits_and_is_told_what_to_ask(self, amara: Caller) -> None:
        assert writes_all(amara, *TO_OFFERS).startswith("Is it about an offer, or about a job you already have?\n1 ")
        assert amara.writes("2") == [
            "1 of 10. Must you pay money to get this job?\n1 I must pay\n2 I pay nothing\n3 I do not know"
        ]
        told = writes_all(amara, "1", "2", "1", "2", "1", "1", "2", "1", "1", "1")
        assert told == (
            f"{STOP}\nWe noticed: Others keep your passport; You pay to get the job; They hurry you.\n"
            f"Ask them: Will I keep my passport myself, all the time?\nWhat do you want now?\n{NEXT}"
        )
        assert sms.parts(told) <= PARTS
        assert amara.open_contact().level is Level.SOON

    def test_every_question_fits_one_part(self, amara: Caller) -> None:
        writes_all(amara, *TO_OFFERS)
        questions = [writes_all(amara, digit) for digit in ("2", *["1"] * 9)]
        assert [question.split(" of 10")[0] for question in questions] == [str(number) for number in range(1, 11)]
        assert max(map(sms.parts, questions)) == 1

    def test_whoever_wants_more_is_told_why_flag_by_flag_and_then_asked_what_now(self, amara: Caller) -> None:
        writes_all(amara, *TO_OFFERS, "2", "1", "1", "1", "2", "3", "2", "2", "1", "1", "2")
        answers = [writes_all(amara, "1")]
        while at(amara) == "job_offer:next":
            answers.append(writes_all(amara, "1"))
        assert len(answers) > 1
        assert all(sms.parts(answer) <= PARTS for answer in answers)
        assert answers[-1].endswith("1 A person, here\n2 How to travel safely\n3 Enough for now")
        told = " ".join(answers)
        for flag in ("documents_kept", "debt_advance", "upfront_fee", "no_contract", "vague_job"):
            words = amara.office.desk.shelf.offers["en"]
            assert words[f"offer/flag/{flag}"] in told
            assert words[f"offer/flag/{flag}/fair"] in told

    def test_nothing_marked_is_no_promise(self, amara: Caller) -> None:
        told = writes_all(amara, *TO_OFFERS, "2", "2", "2", "2", "2", "1", "1", "2", "1", "1", "2")
        assert told == (
            f"No warning sign found. That proves nothing yet: check the employer.\nWhat do you want now?\n{NEXT}"
        )
        assert writes_all(amara, "1").startswith("Keep your passport yourself.")

    def test_another_offer_and_a_person_are_one_digit_away(self, amara: Caller) -> None:
        writes_all(amara, *TO_OFFERS, "2", *["1"] * 10)
        assert writes_all(amara, "3").startswith("Is it about an offer")
        writes_all(amara, "2", *["1"] * 10)
        writes_all(amara, "2")
        assert at(amara) == "first_contact:consent"


class TestTheJobIAmIn:
    def test_danger_is_asked_about_at_once_and_the_questions_go_on(self, amara: Caller) -> None:
        writes_all(amara, *TO_OFFERS, "3", "1", "2")
        assert writes_all(amara, "2").startswith("Are you in danger now?")
        assert amara.open_contact().level is Level.URGENT
        assert writes_all(amara, "2").startswith("3 of 11. Do you get your pay")
        told = writes_all(amara, "1", "2", "2", "2", "2", "2", "2", "2", "2")
        assert told.startswith("Some of this should not happen to anyone at work. It is not your fault.")
        assert writes_all(amara, "1").startswith(amara.office.desk.shelf.words["en"]["rights/start/say"])

    def test_no_answer_of_it_is_counted_as_a_flag(self, amara: Caller) -> None:
        writes_all(amara, *TO_OFFERS, "3", "1", "1", "1", "2", "1", "1", "1", "1", "1", "1", "2", "2")
        assert at(amara) == "job_now:next"
        assert counted(amara.office) == {}


class TestAPastedOffer:
    @pytest.mark.parametrize("channel", list(Channel))
    def test_it_is_read_where_it_is_asked_for(self, office: Office, channel: Channel) -> None:
        caller = on(office, channel)
        writes_all(caller, *TO_OFFERS)
        assert writes_all(caller, "1").startswith("Send or forward the offer now")
        told = writes_all(caller, RISKY)
        assert told.startswith(f"{STOP}\nWe noticed: Others keep your passport; ")
        assert told.endswith(NEXT)

    def test_a_fair_one_is_not_called_safe(self, amara: Caller) -> None:
        told = writes_all(amara, *TO_OFFERS, "1", FAIR)
        assert told.startswith("No warning sign found. That proves nothing yet: check the employer.")
        assert "safe" not in told.casefold()

    def test_a_few_words_are_asked_for_again(self, amara: Caller) -> None:
        assert writes_all(amara, *TO_OFFERS, "1", "it is for Dubai").startswith("I read that. Please send a number")
        assert at(amara) == "job_offer:paste"

    def test_the_words_that_always_work_work_here(self, office: Office) -> None:
        for word, place in (
            ("0", "first_contact:consent"),
            ("back", "job_offer:start"),
            ("112", "first_contact:emergency"),
        ):
            caller = Caller(office, sender=f"+47900000{len(word)}{len(place):02d}")
            writes_all(caller, *TO_OFFERS, "1", word)
            assert at(caller) == place
        gone = Caller(office, sender="+4790000999")
        writes_all(gone, *TO_OFFERS, "1", "delete")
        assert gone.contact() is None

    def test_danger_in_words_is_danger_here_too(self, amara: Caller) -> None:
        told = writes_all(amara, *TO_OFFERS, "1", "Please help us, he has a knife and he wants to kill me right now")
        assert told.startswith("Call 112 now if you can.")
        assert amara.open_contact().level is Level.IMMEDIATE

    def test_the_model_alone_makes_no_danger_of_an_offer(self, office: Office) -> None:
        """Its guesses about a guarded compound are about the offer, and rules have the say."""
        caller = on(office, Channel.WEBCHAT)
        told = writes_all(caller, *TO_OFFERS, "1", COMPOUND)
        assert told.startswith(STOP)
        assert caller.open_contact().level is Level.SOON

    def test_it_answers_in_the_language_of_the_talk_whatever_the_offer_is_written_in(self, office: Office) -> None:
        caller = on(office, Channel.TELEGRAM)
        writes_all(caller, *TO_OFFERS)
        told = writes_all(
            caller, "1", "Работа в Дубае. Паспорт останется у менеджера до конца контракта, виза туристическая."
        )
        assert told.startswith(f"{STOP}\nWe noticed: Others keep your passport.")


class TestAnOfferAsTheFirstMessage:
    @pytest.mark.parametrize("channel", [Channel.SMS, Channel.TELEGRAM, Channel.WHATSAPP])
    def test_it_is_remembered_and_not_asked_for_again(self, office: Office, channel: Channel) -> None:
        caller = on(office, channel)
        assert writes_all(caller, RISKY).startswith(SAFE)
        assert caller.open_contact().conversation.pasted
        told = writes_all(caller, "1", "2", "1")
        assert told.startswith(f"{STOP}\nWe noticed: Others keep your passport; ")
        assert caller.open_contact().level is Level.SOON

    def test_a_question_without_an_offer_is_not_mistaken_for_one(self, amara: Caller) -> None:
        writes_all(amara, "Hello, I got a job offer from an agency. Is it real? How can I check it?", "1", "2")
        assert writes_all(amara, "1").startswith("Is it about an offer, or about a job you already have?")

    def test_a_cry_for_help_that_tells_of_an_offer_is_a_cry_for_help(self, amara: Caller) -> None:
        cry = (
            "They offered me a job as waitress in Dubai for 900 euros a month with free housing. Now they took my passport "
            "and they lock me in and I must work to pay my debt to them. I can not leave."
        )
        writes_all(amara, cry)
        assert amara.open_contact().level.rank <= Level.URGENT.rank
        assert not any("job_offer" in text for text in map(str, amara.open_contact().conversation.trail))


class TestWhatIsKept:
    """Codes, and not one word of an offer: neither sealed in the contact nor in a count."""

    def kept(self, office: Office, caller: Caller) -> set[str]:
        """Words of the offer, of four letters and more, that stand in what is stored of this contact or in the tallies."""
        contact = caller.open_contact()
        stored = json.dumps([contact.conversation.as_table(), list(counted(office))], ensure_ascii=False)
        return {word for word in _words(RISKY) - CODES if word in stored.casefold()}

    @pytest.mark.parametrize("texts", [(*TO_OFFERS, "1", RISKY), (RISKY,), (RISKY, "1", "2", "1")])
    def test_nothing_of_an_offer_is(self, office: Office, texts: tuple[str, ...]) -> None:
        caller = on(office, Channel.TELEGRAM)
        writes_all(caller, *texts)
        assert caller.open_contact().conversation.marks
        assert self.kept(office, caller) == set()

    def test_twin_signals_that_stay_beside_an_offer_keep_words_of_it(
        self, office: Office, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def careless(
            heard: Heard, talk: Conversation, scripts: Scripts, text: str, read: Callable[[], Checked | None]
        ) -> Heard:
            return replace(with_offer(heard, talk, scripts, text, read), signals=heard.signals)

        monkeypatch.setattr(hearing, "with_offer", careless)
        caller = on(office, Channel.TELEGRAM)
        writes_all(caller, RISKY)
        assert self.kept(office, caller) != set()

    def test_each_flag_of_an_offer_is_counted_once_with_the_channel_and_with_the_language(self, office: Office) -> None:
        caller = on(office, Channel.TELEGRAM)
        writes_all(caller, *TO_OFFERS, "1", RISKY)
        flags = caller.open_contact().conversation.marks
        assert len(flags) > 2
        once = {(kind, flag, second): 1 for flag in flags for kind, second in KINDS.items()}
        assert counted(office) == once
        writes_all(caller, "1", "back", "language", "1")
        assert counted(office) == once, "to be told again is not to be checked again"
        writes_all(caller, "back")
        assert at(caller) == "job_offer:paste"
        writes_all(caller, RISKY)
        assert set(counted(office).values()) == {2}

    def test_a_repeat_of_the_same_message_is_not_counted_again(self, office: Office) -> None:
        caller = on(office, Channel.TELEGRAM)
        writes_all(caller, *TO_OFFERS, "1")
        for _ in range(2):
            caller.writes(RISKY, id="the same", left=False)
        assert set(counted(office).values()) == {1}

    def test_the_ten_questions_are_counted_like_a_text(self, amara: Caller) -> None:
        writes_all(amara, *TO_OFFERS, "2", "1", "2", "1", "2", "1", "1", "2", "1", "1", "2")
        found = Counter(flag for kind, flag, _ in counted(amara.office) if kind == "offer_flag")
        assert found == {"upfront_fee": 1, "documents_kept": 1}
        assert ("offer_flag*channel", "upfront_fee", "sms") in counted(amara.office)

    def test_an_offer_nobody_was_told_of_is_not_counted(self, office: Office) -> None:
        writes_all(on(office, Channel.TELEGRAM), RISKY)
        assert counted(office) == {}


CODES = {"offer", "visa", "documents", "tourist"}
"""Words of the offer that also stand in codes."""

KINDS = {"offer_flag": "", "offer_flag*channel": "telegram", "offer_flag*language": "en"}


def _words(text: str) -> set[str]:
    return {
        word for word in "".join(sign if sign.isalpha() else " " for sign in text.casefold()).split() if len(word) > 3
    }


class TestWithoutItsMeans:
    def test_where_nobody_reads_offers_the_questions_are_left(self, sqlite_office: Office) -> None:
        assert sqlite_office.desk.checker is None
        caller = Caller(sqlite_office)
        assert writes_all(caller, *TO_OFFERS, "1", RISKY).startswith("I read that. Please send a number")
        assert writes_all(caller, "1").startswith("1 of 10.")

    def test_a_spoiled_lexicon_costs_nobody_their_answer(self, office: Office) -> None:
        class Spoiled(Checker):
            def check(self, text: str, hint: str = "") -> Checked:
                raise ContentError([])

        desk = replace(office.desk, checker=Spoiled(Lexicons(ROOT)))
        caller = Caller(replace(office, desk=desk))
        assert writes_all(caller, *TO_OFFERS, "1", RISKY).startswith("I read that. Please send a number")

    def test_a_language_without_the_words_gets_the_verdict_alone(self, office: Office) -> None:
        shelf = replace(office.desk.shelf, offers={})
        caller = Caller(replace(office, desk=replace(office.desk, shelf=shelf)))
        told = writes_all(caller, *TO_OFFERS, "1", RISKY)
        assert told == f"{STOP}\nWhat do you want now?\n{NEXT}"
        assert writes_all(caller, "1").startswith("What do you want now?\n1 A person, here")

    def test_a_sealed_talk_from_before_goes_on(self, amara: Caller) -> None:
        """It stood at a question of the script that this one has replaced."""
        writes_all(amara, *TO_OFFERS)
        desk, contact = amara.office.desk, amara.open_contact()
        table = replace(contact.conversation, place=Place("job_offer", "papers")).as_table()
        old = {name: value for name, value in table.items() if name not in ("marks", "pasted", "explained", "then")}
        talk = Conversation.from_table(old)
        amara.office.write(lambda tx: desk.contacts.save(tx.connection, replace(contact, conversation=talk)))
        assert writes_all(amara, "1").startswith("4 of 10.")


@pytest.fixture(params=[Channel.SMS, Channel.WHATSAPP, Channel.TELEGRAM, Channel.WEBCHAT, Channel.SIGNAL])
def line(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Line]:
    with a_line(request.param, tmp_path, whatsapp_buttons=True) as opened:
        yield opened


class TestThroughTheRealLibraries:
    """Over the simulated providers, with the application as it is served."""

    def test_amara_sends_an_offer_and_asks_why(self, line: Line) -> None:
        for text in (*TO_OFFERS, "1", RISKY):
            line.writes(text)
        told = "\n".join(line.reads()[-2:])
        assert "We noticed: Others keep your passport; " in told
        line.writes("1")
        why = "\n".join(line.reads()[-2:])
        assert "Your passport is yours. Nobody may keep it (Dhaka Principle 4)." in why
        assert all(len(said) <= SIGNS + 200 for said in line.reads())

    def test_nothing_that_was_found_is_left_at_the_provider_as_a_template(self, tmp_path: Path) -> None:
        with a_line(Channel.WHATSAPP, tmp_path, whatsapp_buttons=True) as line:
            for text in (*TO_OFFERS, "1", RISKY):
                line.writes(text)
            while str(line.street.contact().conversation.place) == "job_offer:next":
                line.writes("1")
            assert isinstance(line, Phone)
            bodies = [str(content) for content in line.loopback.contents.values()]
            assert any("What do you want now?" in body for body in bodies), "its buttons have a template"
            assert not any("passport" in body for body in bodies)


class TestForwarded:
    @pytest.mark.parametrize("photo", [False, True], ids=["text", "picture with a caption"])
    def test_a_forwarded_offer_in_telegram_is_an_offer(self, tmp_path: Path, photo: bool) -> None:
        with a_line(Channel.TELEGRAM, tmp_path) as line:
            assert isinstance(line, Chat)
            forwards(line, RISKY, photo=photo)
            assert line.reads()[-1].startswith(SAFE)
            for text in ("1", "2", "1"):
                line.writes(text)
            assert any("We noticed: Others keep your passport; " in said for said in line.reads()[-2:])

    def test_where_it_is_asked_for_a_forwarded_one_is_read(self, tmp_path: Path) -> None:
        with a_line(Channel.TELEGRAM, tmp_path) as line:
            assert isinstance(line, Chat)
            for text in (*TO_OFFERS, "1"):
                line.writes(text)
            forwards(line, RISKY)
            assert any("We noticed: Others keep your passport; " in said for said in line.reads()[-2:])

    def test_a_picture_without_words_is_asked_for_in_words(self, tmp_path: Path) -> None:
        with a_line(Channel.TELEGRAM, tmp_path) as line:
            for text in (*TO_OFFERS, "1"):
                line.writes(text)
            line.sends_a_photo()
            assert any("I cannot open pictures or files here." in said for said in line.reads()[-2:])


def forwards(line: Chat, text: str, *, photo: bool = False) -> None:
    asyncio.run(line.loopback.write(CHAT, text, forward=True, photo=photo, retries=0))
    line.street.settle()
