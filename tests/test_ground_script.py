"""Reading a script: what it may say, and every mistake told whole."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from typing import Any

import pytest

from hotline.contact import Level
from hotline.store.shelf import Shelf
from hotline.triage.script import UNIVERSAL, UNSURE, Choice, Do, Place, Scripts, Step
from hotline.triage.scriptfile import Mistake, cross_mistakes, read_script
from hotline.triage.signals import OUTRANKING

SOUND = """
start = "ask"
on_misheard = "ask"
on_closed = "told"
[on_signal]
danger = "help"
person = "help"
pause = "help"
emergency = "help"
stranger = "help"
code = "help"
unsure = "ask"
[on_need]
rights = "told"
[steps.ask]
otherwise = "no"
duty = true
follow = true
choices = [{ key = "yes", go = "help", do = ["keep_address"] }, { key = "no", go = "other:end" }]
[steps.told]
tells = "limits"
go = "ask"
[steps.back]
resume = true
[steps.help]
level = "urgent"
do = ["hand_off"]
"""


def mistakes(text: str) -> list[tuple[str, str]]:
    _, found = read_script("talk", tomllib.loads(text))
    return [(mistake.where, mistake.what) for mistake in found]


def test_a_sound_script_is_read_as_it_was_written() -> None:
    script, found = read_script("talk", tomllib.loads(SOUND))
    assert found == []
    assert script.start == Place("talk", "ask")
    assert script.on_misheard == Place("talk", "ask")
    assert script.on_closed == Place("talk", "told")
    leads = dict.fromkeys(["danger", *UNIVERSAL], Place("talk", "help"))
    assert script.on_signal == {**leads, UNSURE: Place("talk", "ask")}
    assert script.on_need == {"rights": Place("talk", "told")}
    assert script.steps == {
        "ask": Step(
            Place("talk", "ask"),
            (Choice("yes", Place("talk", "help"), (Do.KEEP_ADDRESS,)), Choice("no", Place("other", "end"))),
            duty=True,
            follow=True,
            otherwise="no",
        ),
        "told": Step(Place("talk", "told"), go=Place("talk", "ask"), tells="limits"),
        "back": Step(Place("talk", "back"), resume=True),
        "help": Step(Place("talk", "help"), do=(Do.HAND_OFF,), level=Level.URGENT),
    }


def test_a_step_names_the_words_it_needs() -> None:
    script, _ = read_script("talk", tomllib.loads(SOUND))
    step = script.steps["ask"]
    assert list(step.word_keys()) == ["talk/ask/say", "talk/ask/choice/yes", "talk/ask/choice/no"]
    assert step.also(step.choices[0]) == "talk/ask/also/yes"


ONE_WAY = (
    'It must lead on in exactly one way: choices, go, end = true, resume = true, do = ["hand_off"], '
    "or verdict = {...} or marked = {...} without choices."
)
ONE = "[steps.one]\nend = true\n"
START = 'start = "one"\n'
MANY = ", ".join(f'{{ key = "k{number}", go = "one" }}' for number in range(10))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "",
            [
                ("steps", "There are no steps: add at least one [steps.NAME] table."),
                ("the top of the file", "start is missing: name the first step."),
                ("start", "start = '' is not a step of this script: name one of ."),
            ],
        ),
        (ONE, [("the top of the file", "start is missing: name the first step.")]),
        (
            'start = "two"\n' + ONE + "[steps.three]\nend = true\n",
            [("start", "start = 'two' is not a step of this script: name one of one, three.")],
        ),
        (
            'strat = 1\nstart = "one"\n' + ONE,
            [
                (
                    "the top of the file",
                    "'strat' is not known here: use only on_closed, on_misheard, on_need, on_signal, start, steps.",
                )
            ],
        ),
        (
            START + "[steps]\none = 3\n",
            [
                (
                    "steps.one",
                    "A step must be a table: write [steps.NAME] with choices, go, end or do below it.",
                ),
                (
                    "steps.one",
                    ONE_WAY,
                ),
            ],
        ),
        (
            START + ONE + "sya = 1\n",
            [
                (
                    "steps.one",
                    "'sya' is not known here: use only choices, do, duty, end, explain, follow, go, level, marked, "
                    "otherwise, paste, resume, tells, verdict.",
                )
            ],
        ),
        (
            START + "[steps.one]\n",
            [("steps.one", ONE_WAY)],
        ),
        (
            START + ONE + 'go = "one"\n',
            [
                (
                    "steps.one",
                    ONE_WAY,
                ),
                ("steps.one", "It goes round in a circle without ever asking anything."),
            ],
        ),
        (
            START + f"[steps.one]\nchoices = [{MANY}]\n",
            [("steps.one", "It offers 10 choices: nine are the most that one digit can name.")],
        ),
        (
            START + '[steps.one]\nchoices = [{ key = "a", go = "one" }, { key = "a", go = "one" }]\n',
            [("steps.one", "Two of its choices have the same key: give each its own.")],
        ),
        (
            START + '[steps.one]\nchoices = [{ key = "a" }]\n',
            [
                ("steps.one", 'A choice must look like { key = "NAME", go = "STEP" }.'),
                ("steps.one", "It goes to '', which is not a step here."),
            ],
        ),
        (
            START + '[steps.one]\nchoices = [{ key = "a", go = "one", say = "x" }]\n',
            [("steps.one", "'say' is not known here: use only do, go, key, level, mark, then.")],
        ),
        (
            START + ONE + 'do = ["keep_adress"]\n',
            [("steps.one", "do = 'keep_adress' is not known: use one of " + ", ".join(Do) + ".")],
        ),
        (
            START + ONE + 'level = "high"\n',
            [("steps.one", "level = 'high' is not known: use one of immediate, urgent, soon, routine.")],
        ),
        (
            START + '[steps.one]\ngo = "two"\n',
            [("steps.one", "It goes to 'two', which is not a step here.")],
        ),
        (
            START + '[on_signal]\ndanger = "two"\n' + ONE,
            [("on_signal", "It goes to 'two', which is not a step here.")],
        ),
        (
            START + '[on_need]\nrights = "two"\n' + ONE,
            [("on_need", "It goes to 'two', which is not a step here.")],
        ),
        (
            'on_closed = "two"\non_misheard = "three"\n' + START + ONE,
            [
                ("on_misheard", "It goes to 'three', which is not a step here."),
                ("on_closed", "It goes to 'two', which is not a step here."),
            ],
        ),
        (
            START + ONE + "resume = true\n",
            [("steps.one", ONE_WAY)],
        ),
        (
            START + ONE + 'follow = "yes"\n',
            [("steps.one", "follow must be true or false.")],
        ),
        (
            START + ONE + 'tells = "everything"\n',
            [("steps.one", 'tells can only be "limits".')],
        ),
        (
            START + ONE + 'otherwise = "no"\n',
            [("steps.one", "otherwise = 'no' is not one of its choices: name one.")],
        ),
        (
            START + '[steps.one]\ngo = "two"\n[steps.two]\ngo = "one"\n',
            [
                ("steps.one", "It goes round in a circle without ever asking anything."),
                ("steps.two", "It goes round in a circle without ever asking anything."),
            ],
        ),
    ],
)
def test_a_mistake_says_where_it_is_and_what_to_do(text: str, told: list[tuple[str, str]]) -> None:
    assert mistakes(text) == told


def scripts(**texts: str) -> Scripts:
    return Scripts({name: read_script(name, tomllib.loads(text))[0] for name, text in texts.items()}, "talk")


def test_a_place_in_another_script_must_exist_there() -> None:
    together = scripts(
        talk=SOUND,
        third='start = "a"\non_misheard = "talk:x"\non_closed = "none:b"\n[on_signal]\nstop = "none:a"\n'
        '[on_need]\nrights = "talk:y"\n[steps.a]\ngo = "talk:ask"\n',
    )
    assert cross_mistakes(together) == [
        ("talk", Mistake("steps.ask", "It goes to other:end, which does not exist.")),
        ("third", Mistake("on_signal", "It goes to none:a, which does not exist.")),
        ("third", Mistake("on_need", "It goes to talk:y, which does not exist.")),
        ("third", Mistake("on_misheard", "It goes to talk:x, which does not exist.")),
        ("third", Mistake("on_closed", "It goes to none:b, which does not exist.")),
    ]


def test_a_circle_through_two_scripts_is_found_like_one_inside_a_script() -> None:
    """Found by this test: `advance` would go round it for ever."""
    together = scripts(
        talk='start = "a"\n[on_signal]\n'
        + "".join(f'{word} = "a"\n' for word in UNIVERSAL)
        + '[steps.a]\ngo = "other:b"\n',
        other='start = "b"\n[steps.b]\ngo = "talk:a"\n',
    )
    told = [mistake.what for _, mistake in cross_mistakes(together)]
    assert told
    assert set(told) == {"It goes round in a circle without ever asking anything."}


@pytest.mark.parametrize(
    "table",
    [
        {"start": "one", "steps": {"one": {"end": True}}, "on_signal": "danger"},
        {"start": "one", "steps": {"one": {"end": True, "do": 5}}},
        {"start": "one", "steps": {"one": {"choices": 5}}},
        {"start": "one", "steps": {"one": {"end": True, "level": ["urgent"]}}},
        {"start": 7, "steps": {"one": {"end": True}}},
        {"start": "one", "steps": ["one"]},
    ],
    ids=str,
)
def test_a_value_of_the_wrong_kind_is_a_mistake_and_never_a_traceback(table: Mapping[str, Any]) -> None:
    _, found = read_script("talk", table)
    assert found


def test_a_signal_that_nothing_raises_is_a_mistake() -> None:
    """Found by this test: a slip of the pen in [on_signal] would be silent, and danger would lead nowhere."""
    assert [where for where, _ in mistakes(START + '[on_signal]\ndangre = "one"\n' + ONE)] == ["on_signal"]


@pytest.mark.parametrize("word", UNIVERSAL)
def test_the_first_script_must_say_where_the_universal_words_lead(word: str) -> None:
    """Found by this test: without `person` in [on_signal], a caller who asks for one meets a KeyError."""
    together = scripts(talk=SOUND.replace(f'{word} = "help"\n', ""), other=START + ONE + "[steps.end]\nend = true\n")
    missing = Mistake("on_signal", f"{word} is missing: say which step it leads to.")
    assert cross_mistakes(together) == [("talk", missing)]


def test_the_scripts_we_ship_are_without_mistakes_and_every_step_can_be_reached(shelf: Shelf) -> None:
    assert cross_mistakes(shelf.scripts) == []
    reached = {str(step.place) for step in shelf.scripts.reachable()}
    assert reached == {str(step.place) for script in shelf.scripts.by_name.values() for step in script.steps.values()}
    assert shelf.scripts.on_signal.keys() >= {*OUTRANKING, *UNIVERSAL, UNSURE}
    assert shelf.scripts.on_closed is not None
    assert shelf.scripts.on_misheard is not None
    assert shelf.scripts.on_need.keys() >= {"exploited", "witness", "joboffer", "rights"}
