"""What staff write for the offer check: lexicons, registers, words. A mistake has a file and a line, and hurts no caller."""

from __future__ import annotations

import datetime
import shutil
import threading
from pathlib import Path

import pytest

from app.assemble import open_shelf
from app.settings import ROOT
from app.tools.check import check
from hotline.impression import Impression
from hotline.offers.check import Checked
from hotline.offers.flags import Flag, Told, Verdict
from hotline.offers.lexicon import read_lexicon
from hotline.offers.questions import questions_of
from hotline.offers.registers import What, read_registers
from hotline.offers.tongues import is_nepali, tongues
from hotline.store import offers
from hotline.store.offers import Checker, Lexicons, read_lexicon_of
from hotline.store.registers import read_registers_of
from hotline.store.shelf import ContentError
from tests.offers_help import RISKY
from tests.server_help import settings_for

TODAY = datetime.date(2026, 11, 22)
LEXICON = """
[words]
fee = ["la mordida"]
[[rule]]
code = "upfront_fee"
any = ["@fee"]
heard = ["Paga la mordida."]
"""


def findings(caught: pytest.ExceptionInfo[ContentError]) -> list[str]:
    return [f"{one.file.name}:{one.line}: {one.what}" for one in caught.value.findings]


# Lexicons


def test_a_lexicon_is_read_when_its_language_first_comes_and_then_never_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "es.toml").write_text(LEXICON)
    read: list[str] = []

    def noted(language: str, *rest: object, **more: object) -> object:
        read.append(language)
        return read_lexicon(language, *rest, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(offers, "read_lexicon", noted)
    lexicons = Lexicons(tmp_path)
    assert read == []
    threads = [threading.Thread(target=lexicons.for_text, args=("Paga la mordida", "es")) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert read == ["es"]
    assert [one.language for one in lexicons.for_text("Paga", "es")] == ["es"], "English has no file here"


def test_an_offer_is_read_in_the_language_of_the_page_those_the_model_sees_and_english(tmp_path: Path) -> None:
    for tag in ("en", "es", "ru", "ne", "tr"):
        (tmp_path / f"{tag}.toml").write_text(LEXICON)

    def model(text: str) -> Impression:
        return Impression({}, {"ru": 0.5, "tr": 0.04} if "слово" in text else {"es": 0.1})

    lexicons = Lexicons(tmp_path)
    mixed = f"{'palabra ' * 80}{'слово ' * 80}{'palabra ' * 80}"
    assert [one.language for one in lexicons.for_text(mixed, "tr", model)] == ["tr", "es", "ru", "en"]
    assert [one.language for one in lexicons.for_text("पैसा", "", None)] == ["ne", "en"]
    assert [one.language for one in lexicons.for_text("no model", "xx", lambda text: None)] == ["en"]


def test_the_model_is_asked_on_three_pieces_at_most_wherever_a_language_begins() -> None:
    asked: list[str] = []

    def likely(piece: str) -> dict[str, float]:
        asked.append(piece)
        return {}

    for text in ("a", "word " * 60, "word " * 2000, "x" * 8000):
        asked.clear()
        assert tongues(text, "", likely) == ["en"]
        assert 1 <= len(asked) <= 3
        assert all(len(piece) <= 400 for piece in asked)
    assert tongues("") == ["en"]
    assert is_nepali("नेपाली ok")
    assert not is_nepali("This is English with one word: नमस्ते")


def test_a_mistake_in_a_lexicon_is_told_with_its_line_and_takes_nothing_else_away(tmp_path: Path) -> None:
    path = tmp_path / "es.toml"
    path.write_text(f'{LEXICON}\n[[rule]]\ncode = "secrecy"\nany = ["@nobody"]\nheard = ["Nadie."]\n')
    with pytest.raises(ContentError) as caught:
        read_lexicon_of(path)
    assert findings(caught) == ["es.toml:9: rule 2: there is no list 'nobody' under [words]."]
    checked = Checker(Lexicons(tmp_path)).check("Paga la mordida.", "es")
    assert checked.codes == (Flag.UPFRONT_FEE,)


def test_a_lexicon_that_cannot_be_read_at_all_keeps_no_offer_from_being_read(tmp_path: Path) -> None:
    (tmp_path / "es.toml").write_text("not = [toml")
    shutil.copy(ROOT / "content" / "offers" / "en.toml", tmp_path / "en.toml")
    assert Checker(Lexicons(tmp_path)).check(RISKY, "es").verdict is Verdict.STOP_AND_CHECK


def test_an_example_that_its_own_rule_does_not_hear_is_told(tmp_path: Path) -> None:
    path = tmp_path / "es.toml"
    path.write_text(LEXICON.replace("Paga la mordida.", "Paga."))
    with pytest.raises(ContentError) as caught:
        read_lexicon_of(path)
    assert findings(caught) == [
        "es.toml:4: rule 1 (upfront_fee): the example 'Paga.' is not heard by its own rule.",
    ]
    path.write_text(LEXICON.replace('["la mordida"]', "3"))
    with pytest.raises(ContentError) as caught:
        read_lexicon_of(path)
    assert findings(caught)[0] == "es.toml:3: words.fee must be a list of phrases in quotes."


# Registers

GOOD = {
    "name": "Arbeidstilsynet", "address": "https://www.arbeidstilsynet.no/", "what": "agencies", "how": "Type the name.",
    "languages": ["nb", "en"], "source": "known to the author, not looked up", "source_date": "2026-11-22",
}  # fmt: skip


def test_a_line_counts_as_checked_for_180_days_and_only_with_a_name() -> None:
    (one,), wrong = read_registers({"register": [{**GOOD, "checked_on": TODAY, "checked_by": "Chloe"}]}, TODAY)
    assert wrong == []
    assert one.what is What.AGENCIES
    day = datetime.timedelta(days=1)
    assert [one.confirmed(TODAY + day * number) for number in (-1, 0, 180, 181)] == [False, True, True, False]
    (bare,), _ = read_registers({"register": [GOOD]})
    assert not bare.confirmed(TODAY)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"address": "http://x.example"}, "Register 1: address must begin with https://"),
        ({"what": "both"}, "Register 1: what must be one of agencies, employers."),
        ({"name": " "}, "Register 1: name is missing."),
        ({"languages": "nb"}, 'Register 1: languages must be a list of tags, such as ["en"].'),
        ({"checked_by": "Chloe"}, "Register 1: checked_on (a date) and checked_by (a name) come together."),
        (
            {"checked_by": "Chloe", "checked_on": TODAY + datetime.timedelta(days=1)},
            "Register 1: checked_on lies in the future.",
        ),
        (
            {"source_date": ""},
            "Register 1: source_date is missing: write the day on which the source was read, or when it was written.",
        ),
    ],
)
def test_a_mistake_in_a_register_is_told_in_a_sentence(change: dict[str, object], sentence: str) -> None:
    assert read_registers({"register": [{**GOOD, **change}]}, TODAY) == ([], [sentence])


def test_files_are_named_after_countries_and_mistakes_have_their_line(tmp_path: Path) -> None:
    (tmp_path / "no.toml").write_text('# Norway\n[[register]]\nname = "x"\n[[register]]\nname = "y"\nhow = 3\n')
    (tmp_path / "norway.toml").write_text("")
    (tmp_path / "se.toml").write_text("= 1")
    with pytest.raises(ContentError) as caught:
        read_registers_of(tmp_path)
    told = findings(caught)
    assert "norway.toml:0: norway.toml is not named after a country (ISO 3166), such as no.toml." in told
    assert "no.toml:4: Register 2: how is missing." in told
    assert any(one.startswith("se.toml:1: Not TOML") for one in told)
    assert read_registers_of(tmp_path / "none") == {}


def test_the_registers_that_come_with_the_hotline_are_right_and_none_claims_to_be_checked() -> None:
    registers = read_registers_of(ROOT / "content" / "registers", TODAY)
    assert not [one for lines in registers.values() for one in lines if one.checked_on or one.checked_by]


def test_hotline_check_reads_lexicons_and_registers(tmp_path: Path) -> None:
    content = tmp_path / "content"
    shutil.copytree(ROOT / "content", content)
    (content / "offers" / "en.toml").write_text(LEXICON.replace("upfront_fee", "fees"))
    (content / "registers").mkdir(exist_ok=True)
    (content / "registers" / "no.toml").write_text('[[register]]\nname = "x"\n')
    _, found = check(settings_for(tmp_path, content=content))
    told = [f"{one.file.name}:{one.line}: {one.what}" for one in found]
    assert any(one.startswith("en.toml:4: rule 1: code = 'fees' is not known") for one in told)
    assert "no.toml:1: Register 1: address is missing." in told


# Words


def test_a_language_that_lacks_a_word_of_the_check_is_offered_without_it(tmp_path: Path) -> None:
    locales = tmp_path / "locales"
    shutil.copytree(ROOT / "locales", locales)
    for path in locales.glob("*/offers.po"):
        if path.parent.name != "en":
            path.unlink()
    lacking = (
        (ROOT / "locales" / "en" / "offers.po").read_text().replace('msgctxt "offer/steps/again"', 'msgctxt "offer/x"')
    )
    (locales / "es" / "offers.po").write_text(lacking)
    shelf = open_shelf(settings_for(tmp_path, locales=locales))
    assert "es" in shelf.offered
    assert set(shelf.offers) == {"en"}


# Which questions


def test_one_question_for_each_flag_then_for_what_is_missing_each_once() -> None:
    found = Checker(Lexicons(ROOT / "content" / "offers")).check(RISKY)
    asked = questions_of(found)
    assert asked[: len(found.codes)] == found.codes
    assert len(set(asked)) == len(asked)
    assert Flag.NO_CONTRACT in asked, "no contract was spoken of"


def test_who_recruits_children_is_asked_nothing() -> None:
    assert questions_of(Checked(Verdict.STOP_AND_CHECK, (), (), (Told.HOURS,))) == (Flag.LONG_HOURS_NOREST,)
    found = Checker(Lexicons(ROOT / "content" / "offers")).check("16 and 17 is fine, we sort the papers.")
    assert Flag.MINOR_RECRUITED in found.codes
    assert Flag.MINOR_RECRUITED not in questions_of(found)
