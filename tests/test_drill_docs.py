"""The page for newcomers names only what is there: every word of the console, every phrase, every scenario, every key."""

from __future__ import annotations

import argparse
import re

from app.cli import build_parser
from app.drill.house import STAFF
from app.drill.scenario import DEEDS, KINDS, read_scenarios
from hotline.checklist import KEYS
from hotline.store.phrasebook import Phrasebook
from hotline.store.shelf import read_words
from tests.people import ROOT

PAGE = (ROOT / "docs" / "for-responders.md").read_text(encoding="utf-8")
MANUAL = (ROOT / "docs" / "drill.md").read_text(encoding="utf-8")
WORDS = set(read_words(ROOT / "locales" / "en", "console").by_key.values())
SCENARIOS = read_scenarios(ROOT / "content")
STEPS_OF_THE_PAGE = {"Three rules stand above everything else."}
"""Set in bold because they matter, and no word of the console."""


def test_every_word_of_the_console_that_the_page_names_is_there() -> None:
    keys = (ROOT / "templates" / "staff" / "keys.html").read_text(encoding="utf-8")
    named = [" ".join(word.split()) for word in re.findall(r"\*\*(.+?)\*\*", PAGE, re.DOTALL)]
    assert len(named) > 30
    for word in named:
        if re.fullmatch(r"[?/A-Z]|(?:Ctrl|Alt) \w+", word):
            assert f'"{word}"' in keys, word
        elif word not in STEPS_OF_THE_PAGE:
            plain = word.strip("“”")
            assert any(plain == text or text.startswith(plain) for text in WORDS), word


def test_every_sentence_that_the_page_quotes_stands_in_the_phrasebook_or_the_console() -> None:
    phrases = {phrase.text for phrase in Phrasebook(ROOT / "locales", "112").phrases("en").values()}
    quoted = [" ".join(text.split()) for text in re.findall(r"“([^”]{12,})”", PAGE)]
    assert len(quoted) >= 5
    for text in quoted:
        assert text in phrases or any(text in word for word in WORDS), text


def test_the_page_is_one_page_and_says_how_to_practise() -> None:
    assert len(PAGE) < 6500
    (command,) = re.findall(r"`hotline drill ([a-z_ ]+)`", PAGE)
    assert set(command.split()) <= set(SCENARIOS)


def test_the_times_that_the_page_promises_are_those_of_the_queue() -> None:
    from hotline.contact import Level
    from hotline.queue import TARGET_SECONDS

    assert f"within {TARGET_SECONDS[Level.IMMEDIATE]} seconds" in PAGE
    assert f"within {TARGET_SECONDS[Level.URGENT] // 60} minutes" in PAGE


def test_the_manual_tells_every_option_kind_deed_and_member_of_staff() -> None:
    (commands,) = (one for one in build_parser()._actions if isinstance(one, argparse._SubParsersAction))
    options = {flag for action in commands.choices["drill"]._actions for flag in action.option_strings}
    for flag in options - {"-h", "--help", "--auto-mistakes"}:
        assert flag in MANUAL, flag
    for word in (*KINDS, *STAFF):
        assert f"`{word}`" in MANUAL, word
    for deed in DEEDS:
        assert f'`"{deed}"`' in MANUAL, deed
    for name in re.findall(r"^hotline drill ([a-z_ ]+?) *#", MANUAL, re.MULTILINE):
        assert set(name.split()) <= set(SCENARIOS)


def test_every_step_of_the_checklist_has_its_advice() -> None:
    words = read_words(ROOT / "locales" / "en", "console")
    assert [key for key in sorted(KEYS) if f"console/drill/step/{key}" not in words] == []
    told = {key.rpartition("/")[2] for key in words.by_key if key.startswith("console/drill/step/")}
    assert told == KEYS
