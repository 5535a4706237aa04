"""Marks in a script: what a choice may mark, where the marks may lead, and every mistake told with its line and the remedy."""

from __future__ import annotations

import tomllib
from itertools import pairwise
from pathlib import Path

import pytest

from hotline.contact import Level
from hotline.offers.flags import Flag
from hotline.offers.indicators import Indicator
from hotline.offers.marks import CODES
from hotline.store.shelf import ContentError, Shelf, read_scripts
from hotline.triage.script import Choice, Place, Step
from hotline.triage.scriptfile import read_script
from tests.people import ROOT

SOUND = """
start = "ask"
[steps.ask]
choices = [
  { key = "yes", go = "told", mark = "upfront_fee", level = "urgent", then = "paste" },
  { key = "no", go = "paste" },
]
[steps.paste]
paste = true
verdict = { stop_and_check = "told", check_first = "told", no_flags_found = "more" }
choices = [{ key = "ask", go = "ask" }]
[steps.told]
verdict = { stop_and_check = "end", check_first = "end", no_flags_found = "end" }
[steps.now]
marked = { many = "end", some = "end", none = "wait" }
[steps.wait]
choices = [{ key = "more", go = "more" }]
[steps.more]
explain = { rest = "wait", nothing = "end" }
choices = [{ key = "enough", go = "end" }]
[steps.end]
end = true
"""

VERDICT = 'verdict must look like { stop_and_check = "STEP", check_first = "STEP", no_flags_found = "STEP" }.'
MARKED = 'marked must look like { many = "STEP", some = "STEP", none = "STEP" }.'
EXPLAIN = 'explain must look like { rest = "STEP" }, and it may have nothing.'
CIRCLE = "It goes round in a circle without ever asking anything."
ALL = '{ stop_and_check = "end", check_first = "end", no_flags_found = "end" }'
ROUND = ALL.replace('check_first = "end"', 'check_first = "two"')
ELSEWHERE = ALL.replace('"end"', '"other:three"')
HEAD = 'start = "one"\n'
END = '\n[steps.end]\nend = true\n[steps.q]\nchoices = [{ key = "a", go = "end", mark = "secrecy" }]\n'


def there(step: str) -> Place:
    return Place("talk", step)


def mistakes(text: str) -> list[tuple[str, str]]:
    _, found = read_script("talk", tomllib.loads(text))
    return [(mistake.where, mistake.what) for mistake in found]


def test_a_sound_script_is_read_as_it_was_written() -> None:
    script, found = read_script("talk", tomllib.loads(SOUND))
    assert found == []
    yes = Choice("yes", there("told"), mark="upfront_fee", level=Level.URGENT, then=there("paste"))
    assert script.steps["ask"].choices == (yes, Choice("no", there("paste")))
    leads = {"stop_and_check": there("told"), "check_first": there("told"), "no_flags_found": there("more")}
    ask = (Choice("ask", there("ask")),)
    assert script.steps["paste"] == Step(there("paste"), ask, paste=True, verdict=leads)
    assert script.steps["now"].marked == {"many": there("end"), "some": there("end"), "none": there("wait")}
    assert script.steps["more"].explain == {"rest": there("wait"), "nothing": there("end")}
    assert script.paste == there("paste")


def test_a_step_that_only_decides_needs_no_words() -> None:
    script, _ = read_script("talk", tomllib.loads(SOUND))
    assert [list(script.steps[name].word_keys()) for name in ("told", "now")] == [[], []]
    assert list(script.steps["paste"].word_keys()) == ["talk/paste/say", "talk/paste/choice/ask"]
    assert next(iter(script.steps["more"].word_keys())) == "talk/more/say"


MISTAKES = {
    "a mark that nobody knows": (
        '[steps.one]\nchoices = [{ key = "a", go = "end", mark = "upfront_fees" }]\n',
        [("steps.one", f"mark = 'upfront_fees' is not known: use one of {', '.join(CODES)}.")],
    ),
    "a level that there is not": (
        '[steps.one]\nchoices = [{ key = "a", go = "end", level = "high" }]\n',
        [("steps.one", "level = 'high' is not known: use one of immediate, urgent, soon, routine.")],
    ),
    "the same mark twice": (
        '[steps.one]\nchoices = [{ key = "a", go = "end", mark = "secrecy" }]\n',
        [("steps.q", "mark = 'secrecy' stands in steps.one too: one question is enough.")],
    ),
    "a way on from there that leads nowhere": (
        '[steps.one]\nchoices = [{ key = "a", go = "end", then = "nowhere" }]\n',
        [("steps.one", "It goes to 'nowhere', which is not a step here.")],
    ),
    "an offer taken without another way": (
        f"[steps.one]\npaste = true\nverdict = {ALL}\n",
        [
            (
                "steps.one",
                "paste = true needs choices, for whoever has no text, and verdict, which says where an offer leads.",
            )
        ],
    ),
    "an offer taken that leads nowhere": (
        '[steps.one]\npaste = true\nchoices = [{ key = "a", go = "end" }]\n',
        [
            (
                "steps.one",
                "paste = true needs choices, for whoever has no text, and verdict, which says where an offer leads.",
            )
        ],
    ),
    "paste that is neither true nor false": (
        '[steps.one]\nend = true\npaste = "yes"\n',
        [("steps.one", "paste must be true or false.")],
    ),
    "a verdict beside choices": (
        f'[steps.one]\nverdict = {ALL}\nchoices = [{{ key = "a", go = "end" }}]\n',
        [("steps.one", "Only a step without choices, or one with paste = true, leads where the marks do.")],
    ),
    "a verdict and an end": (
        f"[steps.one]\nverdict = {ALL}\nend = true\n",
        [
            (
                "steps.one",
                'It must lead on in exactly one way: choices, go, end = true, resume = true, do = ["hand_off"], '
                "or verdict = {...} or marked = {...} without choices.",
            )
        ],
    ),
    "a verdict left out": (
        '[steps.one]\nend = true\nverdict = { stop_and_check = "end", check_first = "end" }\n',
        [("steps.one", VERDICT)],
    ),
    "a verdict too many": (
        f"[steps.one]\nend = true\nverdict = {ALL[:-2]}, safe = 'end' }}\n",
        [("steps.one", VERDICT)],
    ),
    "a verdict that names no step": ("[steps.one]\nend = true\nverdict = 3\n", [("steps.one", VERDICT)]),
    "how much is left out": (
        '[steps.one]\nend = true\nmarked = { many = "end", some = "end" }\n',
        [("steps.one", MARKED)],
    ),
    "a verdict of an offer and of a job": (
        f"[steps.one]\nverdict = {ALL}\nmarked = {{ many = 'end', some = 'end', none = 'end' }}\n",
        [("steps.one", "It has both verdict and marked: an offer has a verdict, a job one is in is marked.")],
    ),
    "explained without a rest": (
        '[steps.one]\nexplain = { nothing = "end" }\nchoices = [{ key = "a", go = "end" }]\n',
        [("steps.one", EXPLAIN)],
    ),
    "explained without choices": (
        '[steps.one]\nexplain = { rest = "q" }\ngo = "end"\n',
        [
            ("steps.one", "explain needs choices: what the caller can do when everything is explained."),
            ("steps.one", "Nothing leads back here from steps.q: give it a choice that asks for the rest."),
        ],
    ),
    "a rest that nobody can ask for": (
        '[steps.one]\nexplain = { rest = "q" }\nchoices = [{ key = "a", go = "end" }]\n',
        [("steps.one", "Nothing leads back here from steps.q: give it a choice that asks for the rest.")],
    ),
    "a rest that is itself": (
        '[steps.one]\nexplain = { rest = "one" }\nchoices = [{ key = "a", go = "one" }]\n',
        [("steps.one", CIRCLE)],
    ),
    "a verdict that leads back to itself": (
        f"[steps.one]\nverdict = {ROUND}\n[steps.two]\ngo = 'one'\n",
        [("steps.one", CIRCLE), ("steps.two", CIRCLE)],
    ),
}


@pytest.mark.parametrize(("text", "told"), MISTAKES.values(), ids=list(MISTAKES))
def test_a_mistake_says_where_it_is_and_what_to_do(text: str, told: list[tuple[str, str]]) -> None:
    assert mistakes(HEAD + text + END) == told


def test_a_script_that_marks_nothing_cannot_decide() -> None:
    text = f"{HEAD}[steps.one]\nverdict = {ALL}\n[steps.end]\nend = true\n"
    assert mistakes(text) == [
        ("steps.one", 'Nothing is marked in this script: write mark = "…" into choices.'),
    ]


def test_a_script_takes_offers_in_one_step() -> None:
    taking = f'paste = true\nverdict = {ALL}\nchoices = [{{ key = "a", go = "end" }}]\n'
    assert mistakes(f"{HEAD}[steps.one]\n{taking}[steps.two]\n{taking}{END}") == [
        ("steps.two", "paste = true stands in steps.one too: a script has one such step.")
    ]


def test_a_mistake_is_told_with_its_file_and_line(tmp_path: Path) -> None:
    (tmp_path / "first_contact.toml").write_text(
        'start = "one"\n\n[steps.one]\nchoices = [{ key = "a", go = "one", mark = "fee" }]\n', encoding="utf-8"
    )
    with pytest.raises(ContentError) as fault:
        read_scripts(tmp_path)
    assert str(fault.value).startswith(
        f"{tmp_path}/first_contact.toml:3: mark = 'fee' is not known: use one of upfront_fee,"
    )


def test_a_circle_through_two_scripts_is_found(tmp_path: Path) -> None:
    (tmp_path / "first_contact.toml").write_text(
        'start = "one"\n[steps.one]\nchoices = [{ key = "a", go = "two", mark = "secrecy" }]\n'
        f"[steps.two]\nverdict = {ELSEWHERE}\n",
        encoding="utf-8",
    )
    (tmp_path / "other.toml").write_text('start = "three"\n[steps.three]\ngo = "first_contact:two"\n', encoding="utf-8")
    with pytest.raises(ContentError) as fault:
        read_scripts(tmp_path)
    assert [finding.what for finding in fault.value.findings] == [CIRCLE, CIRCLE]


class TestTheScriptsWeShip:
    """What the questions mark is what they ask."""

    def test_ten_questions_mark_ten_flags(self, shelf: Shelf) -> None:
        assert marked(shelf, "job_offer") == {
            "pays": {"yes": Flag.UPFRONT_FEE},
            "debt": {"yes": Flag.DEBT_ADVANCE},
            "papers": {"kept": Flag.DOCUMENTS_KEPT},
            "visa": {"tourist": Flag.TOURIST_VISA},
            "contract": {"none": Flag.NO_CONTRACT},
            "employer": {"unknown": Flag.VAGUE_JOB},
            "secret": {"yes": Flag.SECRECY},
            "live": {"tied": Flag.HOUSING_TIED},
            "wage": {"later": Flag.WAGE_WITHHELD},
            "hurry": {"yes": Flag.URGENT_PRESSURE},
        }

    def test_eleven_questions_mark_the_eleven_indicators_each_under_its_own_name(self, shelf: Shelf) -> None:
        found = marked(shelf, "job_now")
        assert list(found) == [str(one) for one in Indicator]
        turned = {"move", "wages"}
        assert all(marks == {("no" if name in turned else "yes"): name} for name, marks in found.items())

    def test_questions_follow_one_another_in_the_order_of_the_file(self, shelf: Shelf) -> None:
        for name in ("job_offer", "job_now"):
            asked = list(marked(shelf, name))
            steps = shelf.scripts.by_name[name].steps
            for here, following in pairwise(asked):
                leads = {str(choice.then or choice.go) for choice in steps[here].choices}
                assert leads == {f"{name}:{following}"}

    def test_whoever_is_threatened_hurt_or_held_is_asked_about_danger_and_comes_back(self, shelf: Shelf) -> None:
        steps = shelf.scripts.by_name["job_now"].steps.values()
        grave = {choice.mark: choice for step in steps for choice in step.choices if choice.level is not None}
        assert set(grave) == {"move", "threat", "harm"}
        for choice in grave.values():
            assert (choice.go, choice.level) == (Place("first_contact", "danger_now"), Level.URGENT)
        assert [str(choice.then) for choice in grave.values()] == ["job_now:wages", "job_now:harm", "job_now:answered"]

    def test_no_code_is_both_a_flag_and_an_indicator(self) -> None:
        assert {str(one) for one in Flag}.isdisjoint(str(one) for one in Indicator)

    def test_nothing_says_that_an_offer_is_safe(self) -> None:
        words = (ROOT / "locales" / "en" / "scripts.po").read_text(encoding="utf-8")
        for key in ("stop", "check", "fine", "next", "more"):
            said = words.split(f'msgctxt "job_offer/{key}/say"')[1].split("msgctxt")[0]
            assert "safe" not in said.casefold()


def marked(shelf: Shelf, name: str) -> dict[str, dict[str, str]]:
    """What each question of a script marks, by its choices."""
    steps = shelf.scripts.by_name[name].steps.items()
    found = {step: {choice.key: choice.mark for choice in one.choices if choice.mark} for step, one in steps}
    return {step: marks for step, marks in found.items() if marks}
