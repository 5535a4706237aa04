"""Texts do not frighten, shame or promise, and do not tell anybody to stay at home; and a false alarm can be answered."""

from __future__ import annotations

import tomllib

import pytest

from campaigns.audience import Reading
from campaigns.blocks import Prose, read_blocks
from campaigns.tone import Ear, Remark, Tone, hardness, read_tone, remarks, too_hard
from tests.people import ROOT

ENGLISH = ROOT / "content" / "tone" / "en.toml"


@pytest.fixture(scope="module")
def ear() -> Ear:
    found, mistakes = read_tone(tomllib.loads(ENGLISH.read_text()))
    assert mistakes == []
    return found


@pytest.mark.parametrize(
    ("line", "tones"),
    [
        ("Girls, stay at home: going abroad is dangerous!", {Tone.AGAINST_GOING}),
        ("We will rescue you. It was your own fault.", {Tone.PROMISE, Tone.SHAMING}),
        ("She was tortured in chains.", {Tone.GRAPHIC}),
        ("You could be next.", {Tone.FRIGHTENING}),
        ("Studies show that most women who go are lied to.", {Tone.UNREVIEWED}),
        ("Many people work abroad safely. These checks help you.", set()),
        ("It is not your fault. You decide what happens.", set()),
    ],
)
def test_each_tone_is_heard_and_calm_words_are_not(ear: Ear, line: str, tones: set[Tone]) -> None:
    assert {tone for tone, _ in ear.hear(line)} == tones


def test_a_remark_names_its_line_its_words_and_what_to_write(ear: Ear) -> None:
    found, idle = remarks("# Title\n\nAsk first.\n\nWe will rescue you.\n", ear)
    assert (found, idle) == ([Remark(5, "promise", "we will rescue you")], [])
    assert found[0].told() == (
        "“we will rescue you” promises what nobody can keep: say what you do (“we listen”, “you decide”), "
        "not how it will end."
    )


def test_a_false_alarm_is_answered_with_a_reason_and_nobody_sees_it_on_the_page(ear: Ear) -> None:
    text = "Some say:\n\n<!-- fine: against_going: a quotation that the next line answers -->\n“Stay at home.” Many do not.\n"
    assert remarks(text, ear) == ([], [])
    blocks, mistakes = read_blocks(text)
    assert mistakes == []
    assert [block.markdown for block in blocks if isinstance(block, Prose)] == [
        "Some say:\n\n\n“Stay at home.” Many do not."
    ]


def test_an_answer_that_answers_nothing_is_told(ear: Ear) -> None:
    text = "<!-- fine: promise: because -->\nAsk first.\n\n<!-- fine: graphic: x -->\n"
    assert remarks(text, ear) == ([], [(1, "promise"), (4, "graphic")])
    assert remarks("<!-- fine: promise -->\nTrust us.\n", ear)[0] == [Remark(2, "promise", "trust us")]


def test_a_rule_is_tried_on_its_own_examples() -> None:
    rule = {"code": "promise", "any": ["trust us"], "heard": ["trust me"], "quiet": ["you can trust us"]}
    _, mistakes = read_tone({"rule": [rule]})
    assert mistakes == [
        "promise: does not hear 'trust me', which stands in `heard`.",
        "promise: hears 'you can trust us', which stands in `quiet`.",
    ]
    wrong: list[dict[str, list[dict[str, object]]]] = [
        {"rule": []},
        {"rules": []},
        {"rule": [{**rule, "code": "loud"}]},
        {"rule": [{**rule, "any": "x"}]},
    ]
    for table in wrong:
        assert read_tone(table)[1]


EASY = "You get a contract. You read it first. You keep your passport. Nobody may take it."
HARD = (
    "Notwithstanding contractual stipulations concerning accommodation arrangements, employees retain unconditional "
    "entitlement to possession of identification documentation throughout employment."
)


def test_an_official_sentence_is_harder_than_a_plain_one() -> None:
    assert hardness(EASY, "en") < 30 < 62 < hardness(HARD, "en")
    assert too_hard(EASY, "en", Reading.EASY) is None
    assert too_hard(HARD, "en", Reading.TRADE) is not None
    assert hardness("", "en") == hardness("123 !", "th") == 0


def test_unspaced_languages_are_measured_by_letters() -> None:
    assert hardness("你好。请看合同。", "zh-Hans") == 3
    assert too_hard("请" * 50 + "。", "zh-Hans", Reading.EASY) == 50
