"""The callers of a drill: their files are whole, and the desk hears in each what the scenario says it should."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.assemble import open_shelf
from app.drill.caller import AGREE, ASK
from app.drill.kinds import Kinds
from app.drill.scenario import CODE, DELETE, KINDS, PHOTO, Said, Scenario, read_scenarios
from app.tools.talk import throwaway_office
from hotline.contact import Channel, Level, State
from hotline.desk.office import Office
from hotline.desk.receive import receive
from hotline.message import Attachment, Incoming
from hotline.store import staff
from hotline.store.contacts import Contact
from hotline.store.phrasebook import Phrasebook
from hotline.store.shelf import ContentError
from hotline.triage.wording import first_of
from tests.people import ROOT, Caller
from tests.server_help import settings_for

SCENARIOS = read_scenarios(ROOT / "content")
ALL = tuple(sorted({scenario.language for scenario in SCENARIOS.values()} | {"en"}))


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    settings = settings_for(tmp_path_factory.mktemp("drill"), languages=ALL)
    with throwaway_office(settings, open_shelf(settings), "first_contact") as opened:
        now = time.time()
        hashed = secrets.token_hex(16)
        chloe = opened.write(lambda tx: staff.put(tx.connection, "Chloe", staff.Role.RESPONDER, hashed))
        opened.write(lambda tx: staff.begin_shift(tx.connection, chloe.id, now, now + 3600))
        yield opened


def say(office: Office, caller: Caller, said: Said, language: str) -> None:
    words = office.desk.shelf.words[language]
    contact = caller.contact(time.time())
    code = contact.conversation.code if contact is not None else None
    deeds = {DELETE: "universal/delete/also", CODE: "universal/code/also"}
    deeds |= {"safe word": f"code/{code or 'sun'}/safe", "unsafe word": f"code/{code or 'sun'}/unsafe"}
    text = first_of(words, deeds[said.deed]) if said.deed in deeds else said.text
    sent = (Attachment.PHOTO,) if said.deed == PHOTO else ()
    incoming = Incoming(caller.channel, caller.sender, "ours", secrets.token_hex(8), text, sent, language=language)
    impression = office.impression(incoming)
    office.write(lambda tx: receive(office.desk, tx, incoming, time.time(), impression))


def played(office: Office, scenario: Scenario) -> list[Contact | None]:
    """The contact after each message: the opening, the wish for a person, and the story."""
    caller = Caller(office, f"sender of {scenario.name}", scenario.channel)
    if scenario.channel is Channel.WEBCHAT:
        say(office, caller, Said(""), scenario.language)
    seen = []
    for said in (*scenario.opening, Said(ASK), Said(AGREE), *scenario.story):
        say(office, caller, said, scenario.language)
        seen.append(caller.contact(time.time()))
    return seen


@pytest.mark.parametrize("name", SCENARIOS)
def test_every_caller_comes_to_a_person_in_their_language_and_on_the_level_that_is_told(
    office: Office, name: str
) -> None:
    scenario = SCENARIOS[name]
    contact = played(office, scenario)[-1]
    assert contact is not None, "the talk ended before a person came"
    assert contact.state is State.WAITING
    assert contact.level is scenario.level, [signal.as_row() for signal in contact.conversation.signals]
    assert contact.conversation.language == scenario.language
    assert contact.next_line > len(scenario.story), "the story is not what a responder reads"


def test_there_are_callers_of_many_languages_over_all_channels_on_all_levels() -> None:
    assert len(SCENARIOS) >= 14
    assert len(ALL) >= 11
    assert {scenario.channel for scenario in SCENARIOS.values()} == set(Channel)
    assert {scenario.level for scenario in SCENARIOS.values()} == set(Level)


@pytest.mark.parametrize("name", SCENARIOS)
def test_what_a_caller_answers_to_is_a_kind_or_a_phrase_that_exists(name: str) -> None:
    phrases = Phrasebook(ROOT / "locales", "112").phrases("en")
    groups = {f"{key.split('/')[0]}/*" for key in phrases}
    for rule in SCENARIOS[name].answers:
        assert rule.to <= KINDS | set(phrases) | groups, rule.to
        assert rule.says or rule.then, "a rule that does nothing"


@pytest.mark.parametrize("name", SCENARIOS)
def test_nobody_has_signed_a_scenario_as_read_and_every_message_has_its_english(name: str) -> None:
    scenario = SCENARIOS[name]
    assert scenario.read_by == ""
    said = (*scenario.opening, *scenario.story, *scenario.otherwise, *scenario.later)
    assert all(one.english for one in said if one.text)
    assert scenario.steps
    assert scenario.close


@pytest.mark.parametrize(
    ("text", "language", "kinds"),
    [
        ("Is it safe for you to write now?", "en", {"safe/now", "safe/*", "asks_safe"}),
        ("Are you safe to write?", "ro", {"asks_safe"}),
        ("What is your name?", "ro", {"asks_who"}),
        ("Як вас звати?", "uk", {"asks"}),
        ("Mi-ați putea spune care este adresa?", "ro", {"asks_who"}),
        ("We will rescue you.", "th", {"promises"}),
        ("Обещаю, все будет хорошо.", "ru", {"promises"}),
        ("你必须走", "zh-Hans", {"presses"}),
        ("Please call 112.", "en", {"gives_number"}),
        ("Take 1123 with you.", "en", {"says"}),
        ("Look at www.example.org", "en", {"link"}),
        ("Nobody may keep your passport. It belongs to you.", "vi", {"tell/passport", "tell/*"}),
        ("I am looking for an answer. It takes about 10 minutes. Please stay if you can.", "en", {"pass/wait"}),
    ],
)
def test_a_caller_understands_what_kind_of_message_it_is(text: str, language: str, kinds: set[str]) -> None:
    content, locales = ROOT / "content", ROOT / "locales"
    assert kinds <= Kinds(content, Phrasebook(locales, "112"), "112").of(text, language)


def test_no_phrase_of_the_phrasebook_is_ever_taken_for_a_slip() -> None:
    book = Phrasebook(ROOT / "locales", "112")
    kinds = Kinds(ROOT / "content", book, "112")
    for language in ALL:
        for phrase in book.phrases(language).values():
            assert not {"asks_who", "promises", "presses", "link"} & kinds.of(phrase.text, language), phrase.key


def test_every_mistake_of_a_file_is_told_at_once(tmp_path: Path) -> None:
    folder = tmp_path / "drills"
    folder.mkdir()
    (folder / "wrong.toml").write_text(
        'title = ""\nabout = "x"\nlanguage = "xx"\nchannel = "fax"\nlevel = "high"\nsteps = ["dance"]\nwhy = 1\n'
        'opening = [["only one"]]\n[[answers]]\nto = ["love"]\nthen = "sings"\n[close]\nneed = "a car"\n'
    )
    with pytest.raises(ContentError) as wrong:
        read_scenarios(tmp_path)
    told = "\n".join(str(finding) for finding in wrong.value.findings)
    for part in (
        "title must be text", "language must be one of", "channel must be one of sms", "level must be one of immediate",
        "dance is not on the safety checklist", "why is not known", "'only one' is no deed", "answers.to must be a list",
        "answers.then must be", "close.need = a car is not on the closing lists",
    ):  # fmt: skip
        assert part in told, part
