"""Signals: every rule is held to its own examples, and ordinary words raise nothing in any language."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.contact import Level
from hotline.store.shelf import Shelf, read_rules_of
from hotline.triage.signals import LEVELS, OUTRANKING, Code, Rule, Rulebook, judge, language_of, read_rules
from tests.people import ROOT

FILES = sorted((ROOT / "content" / "signals").glob("*.toml"))
RULES = {path.stem: read_rules_of(path) for path in FILES}
EVERY = Rulebook(rule for rules in RULES.values() for rule in rules)

GREETINGS = {
    "en": ["Hello", "hi there", "good morning", "how are you", "thank you very much", "see you tomorrow", "ok", "yes"],
    "es": ["Hola", "buenos días", "¿cómo está?", "muchas gracias", "hasta mañana", "sí", "de acuerdo"],
    "ro": ["Bună ziua", "salut", "ce mai faceți", "mulțumesc mult", "pe mâine", "da", "bine"],
    "ru": ["Здравствуйте", "привет", "доброе утро", "как дела", "большое спасибо", "до завтра", "да", "хорошо"],
    "ar": ["مرحبا", "السلام عليكم", "صباح الخير", "كيف حالك", "شكرا جزيلا", "الى اللقاء", "نعم"],
    "th": ["สวัสดีค่ะ", "สวัสดีครับ", "สบายดีไหม", "ขอบคุณมากค่ะ", "พรุ่งนี้เจอกัน", "ใช่", "ตกลง"],
}
HARMLESS = ["1", "2", "٣", "๔", "", "👍", "...", "0", "112"]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_rule_on_disk_hears_its_own_examples_and_no_quiet_one(path: Path) -> None:
    rules, mistakes = read_rules(tomllib.loads(path.read_text(encoding="utf-8")), path.stem)
    assert mistakes == []
    assert rules
    for rule in rules:
        for example in rule.heard:
            assert rule.code in {signal.code for signal in judge(example, [rule])}, example
        for example in rule.quiet:
            assert judge(example, [rule]) == (), example


@pytest.mark.parametrize("language", RULES)
def test_an_example_is_still_heard_when_every_language_listens(language: str) -> None:
    for rule in RULES[language]:
        for example in rule.heard:
            assert rule.code in {signal.code for signal in judge(example, EVERY)}, example


@pytest.mark.parametrize("language", RULES)
def test_the_gravest_rules_speak_every_language_on_disk(language: str) -> None:
    assert {Code.DANGER, Code.STOP, Code.SELFHARM, Code.MINOR, Code.EXPLOITED} <= {
        rule.code for rule in RULES[language]
    }


@pytest.mark.parametrize("language", GREETINGS)
def test_ordinary_greetings_raise_nothing_in_any_language(language: str) -> None:
    assert {text: judge(text, EVERY) for text in GREETINGS[language]} == dict.fromkeys(GREETINGS[language], ())


@pytest.mark.parametrize("text", HARMLESS)
def test_numbers_and_signs_raise_nothing(text: str) -> None:
    assert judge(text, EVERY) == ()


@pytest.mark.parametrize("language", GREETINGS)
def test_no_answer_that_the_script_itself_offers_sounds_like_a_wish_to_stop(shelf: Shelf, language: str) -> None:
    """A label tapped at the wrong step must not end the talk, unless to end it is what the label says."""
    words = shelf.words[language]
    offered = [(step, choice) for step in shelf.scripts.reachable() for choice in step.choices]
    assert len(offered) > 50
    for step, choice in offered:
        if not shelf.scripts.step(choice.go).end:
            assert "stop" not in {signal.code for signal in judge(words[step.label(choice)], EVERY)}, step.label(choice)


@given(st.text(max_size=300))
def test_no_text_whatever_breaks_a_rule(text: str) -> None:
    found = judge(text, EVERY)
    codes = [Code(signal.code) for signal in found]
    assert codes == sorted(set(codes), key=list(Code).index)


def rules_of(text: str) -> tuple[Rule, ...]:
    rules, mistakes = read_rules(tomllib.loads(text), "en")
    assert mistakes == []
    return rules


LOCKED = """
[[rule]]
code = "danger"
any = ["lock~ * me in", "call * police", "ช่วย ด้วย"]
unless = ["not locked me in"]
heard = ["he locked me in"]
quiet = ["he has not locked me in"]
"""


class TestPhrases:
    @pytest.mark.parametrize(
        ("text", "evidence"),
        [
            ("He locked me in!", "locked me in"),
            ("they LOCK all of us me in", "lock all of us me in"),
            ("Please call the nearest police now", "call the nearest police"),
            ("call police", "call police"),
            ("ช่วยด้วยค่ะ", "ช่วยด้วย"),
            ("ช่วย  ด้วย", "ช่วย ด้วย"),
        ],
    )
    def test_the_evidence_is_the_words_that_were_heard(self, text: str, evidence: str) -> None:
        (signal,) = judge(text, rules_of(LOCKED))
        assert (signal.code, signal.level, signal.evidence) == ("danger", Level.IMMEDIATE, evidence)

    @pytest.mark.parametrize(
        "text",
        [
            "unlocked me in",
            "he locked me inside",
            "locked one two three four me in",
            "recall police",
            "police call",
            "he has not locked me in",
        ],
    )
    def test_a_phrase_is_whole_words_with_at_most_three_between(self, text: str) -> None:
        assert judge(text, rules_of(LOCKED)) == ()

    def test_unless_takes_out_its_own_words_and_not_the_rest_of_the_message(self) -> None:
        (signal,) = judge("last week he has not locked me in but today he locked me in", rules_of(LOCKED))
        assert signal.evidence == "locked me in"

    def test_unless_does_not_join_what_stood_around_it(self) -> None:
        rules = rules_of('[[rule]]\ncode = "danger"\nany = ["kill me"]\nunless = ["you"]\nheard = ["kill me"]\n')
        assert judge("kill you me", rules) == ()

    def test_who_cries_for_help_is_answered_in_the_language_of_the_rule_that_heard_it(self) -> None:
        assert language_of("me tiene encerrada", EVERY) == "es"
        assert language_of("hello", EVERY) is None


@pytest.mark.parametrize(
    ("row", "told"),
    [
        (
            'code = "dangre"\nany = ["x"]\nheard = ["x"]',
            "rule 1: code = 'dangre' is not known: use one of danger, selfharm, minor, exploited, witness, joboffer, "
            "rights, info, stop.",
        ),
        ('any = ["x"]', "rule 1: code = None is not known: use one of " + ", ".join(Code) + "."),
        (
            'code = "danger"\nlevel = "high"\nany = ["x"]\nheard = ["x"]',
            "rule 1: level = 'high' is not known: use one of immediate, urgent, soon, routine.",
        ),
        ('code = "danger"\nall = []\nany = ["x"]\nheard = ["x"]', "rule 1: all is not known here."),
        (
            'code = "danger"\nany = ["x"]',
            "rule 1 (danger): it needs phrases under any = [...] and examples under heard = [...].",
        ),
        (
            'code = "danger"\nany = ["x"]\nheard = ["y"]',
            "rule 1 (danger): the example 'y' is not heard by its own rule.",
        ),
        (
            'code = "danger"\nany = ["x"]\nheard = ["x"]\nquiet = ["x y"]',
            "rule 1 (danger): the example 'x y' should stay quiet, but the rule hears it.",
        ),
    ],
)
def test_a_mistake_in_a_table_is_told_as_a_sentence(row: str, told: str) -> None:
    _, mistakes = read_rules(tomllib.loads(f"[[rule]]\n{row}\n"))
    assert mistakes == [told]


def test_a_rule_may_have_its_own_level_and_else_has_its_codes() -> None:
    text = '[[rule]]\ncode = "rights"\nlevel = "soon"\nany = ["x"]\nheard = ["x"]\n'
    assert [rule.level for rule in rules_of(text)] == [Level.SOON]
    assert set(LEVELS) == set(Code)
    assert set(Code) > OUTRANKING
