"""Scripts and signals: a mistake names its file, its line and what to do, and stops the start."""

from __future__ import annotations

from pathlib import Path

import pytest

from hotline.store.shelf import ContentError, read_rules_of, read_scripts, read_toml


def found(fault: pytest.ExceptionInfo[ContentError], folder: Path) -> list[str]:
    """Every finding, with paths as they stand below `folder`."""
    assert str(fault.value) == "\n".join(str(finding) for finding in fault.value.findings)
    return [str(finding).replace(f"{folder}/", "") for finding in fault.value.findings]


def in_script(folder: Path, text: str, name: str = "first_contact.toml") -> list[str]:
    """What is said about a script with this text."""
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(text, encoding="utf-8")
    with pytest.raises(ContentError) as fault:
        read_scripts(folder)
    return found(fault, folder)


START = 'start = "hello"\n\n[steps.hello]\n'
ONE_WAY = (
    'It must lead on in exactly one way: choices, go, end = true, resume = true, do = ["hand_off"], '
    "or verdict = {...} or marked = {...} without choices."
)
SCRIPTS = {
    "a step that goes nowhere": (
        START + 'go = "nowhere"\n',
        "first_contact.toml:3: It goes to 'nowhere', which is not a step here.",
    ),
    "a choice that goes nowhere": (
        START + 'choices = [{ key = "a", go = "nowhere" }]\n',
        "first_contact.toml:3: It goes to 'nowhere', which is not a step here.",
    ),
    "a signal that goes nowhere": (
        START + 'end = true\n\n[on_signal]\ndanger = "nowhere"\n',
        "first_contact.toml:6: It goes to 'nowhere', which is not a step here.",
    ),
    "another script that is not there": (
        START + 'go = "other:start"\n',
        "first_contact.toml:3: It goes to other:start, which does not exist.",
    ),
    "a dead end": (START + 'level = "soon"\n', f"first_contact.toml:3: {ONE_WAY}"),
    "back to where the caller was, and an end": (
        START + "end = true\nresume = true\n",
        f"first_contact.toml:3: {ONE_WAY}",
    ),
    "two ways at once": (START + "end = true\n" + 'go = "hello"\n', f"first_contact.toml:3: {ONE_WAY}"),
    "an unknown key of a step": (
        START + "end = true\nsay = 1\n",
        "first_contact.toml:3: 'say' is not known here: use only choices, do, duty, end, explain, follow, go, level, "
        "marked, otherwise, paste, resume, tells, verdict.",
    ),
    "an unknown key of a choice": (
        START + 'choices = [{ key = "a", go = "hello", say = "x" }]\n',
        "first_contact.toml:3: 'say' is not known here: use only do, go, key, level, mark, then.",
    ),
    "an unknown key of the file": (
        'title = "x"\n' + START + "end = true\n",
        "first_contact.toml:1: 'title' is not known here: use only on_closed, on_misheard, on_need, on_signal, start, "
        "steps.",
    ),
    "a start that is no step": (
        'start = "hi"\n\n[steps.hello]\nend = true\n',
        "first_contact.toml:1: start = 'hi' is not a step of this script: name one of hello.",
    ),
    "no start": (
        "[steps.hello]\nend = true\n",
        "first_contact.toml:1: start is missing: name the first step.",
    ),
    "a deed nobody knows": (
        START + 'end = true\ndo = ["call"]\n',
        "first_contact.toml:3: do = 'call' is not known: use one of keep_address, hand_off, forget, language, helped, "
        "partly, not_helped, code_sun, code_bread, code_none.",
    ),
    "a closed door that leads nowhere": (
        'on_closed = "nowhere"\n' + START + "end = true\n",
        "first_contact.toml:1: It goes to 'nowhere', which is not a step here.",
    ),
    "a need that goes nowhere": (
        START + 'end = true\n\n[on_need]\nrights = "nowhere"\n',
        "first_contact.toml:6: It goes to 'nowhere', which is not a step here.",
    ),
    "something told that nobody knows": (
        START + 'end = true\ntells = "everything"\n',
        'first_contact.toml:3: tells can only be "limits".',
    ),
    "an answer meant otherwise that is no choice": (
        START + 'choices = [{ key = "a", go = "hello" }]\notherwise = "b"\n',
        "first_contact.toml:3: otherwise = 'b' is not one of its choices: name one.",
    ),
    "a duty that is a word": (
        START + 'end = true\nduty = "yes"\n',
        "first_contact.toml:3: duty must be true or false.",
    ),
    "a level nobody knows": (
        START + 'end = true\nlevel = "high"\n',
        "first_contact.toml:3: level = 'high' is not known: use one of immediate, urgent, soon, routine.",
    ),
    "a choice that is a word": (
        START + 'choices = ["yes"]\n',
        'first_contact.toml:3: A choice must look like { key = "NAME", go = "STEP" }.',
    ),
    "a key twice among the choices": (
        START + 'choices = [{ key = "a", go = "hello" }, { key = "a", go = "hello" }]\n',
        "first_contact.toml:3: Two of its choices have the same key: give each its own.",
    ),
}


@pytest.mark.parametrize(("text", "sentence"), SCRIPTS.values(), ids=list(SCRIPTS))
def test_a_mistake_in_a_script_is_told_with_its_line(tmp_path: Path, text: str, sentence: str) -> None:
    assert sentence in in_script(tmp_path / "scripts", text)


def test_a_circle_that_never_asks_is_told(tmp_path: Path) -> None:
    text = START + 'go = "two"\n\n[steps.two]\ngo = "hello"\n'
    assert in_script(tmp_path / "scripts", text) == [
        "first_contact.toml:3: It goes round in a circle without ever asking anything.",
        "first_contact.toml:6: It goes round in a circle without ever asking anything.",
    ]


def test_ten_choices_are_more_than_a_digit_can_name(tmp_path: Path) -> None:
    many = ", ".join(f'{{ key = "k{number}", go = "hello" }}' for number in range(10))
    sentence = "first_contact.toml:3: It offers 10 choices: nine are the most that one digit can name."
    assert in_script(tmp_path / "scripts", f"{START}choices = [{many}]\n") == [sentence]


def test_a_script_that_is_not_toml_is_told_with_its_line(tmp_path: Path) -> None:
    (sentence,) = in_script(tmp_path / "scripts", START + "end = yes\n")
    assert sentence.startswith("first_contact.toml:4: Not TOML: Invalid value (at line 4, column 7).")


def test_a_script_that_is_not_utf8_is_told_with_its_byte(tmp_path: Path) -> None:
    (tmp_path / "first_contact.toml").write_bytes(b'start = "\xe9"')
    with pytest.raises(ContentError) as fault:
        read_scripts(tmp_path)
    assert found(fault, tmp_path) == ["first_contact.toml: Byte 9 is not UTF-8: save the file as UTF-8."]


def test_every_mistake_of_every_script_is_told_at_once(tmp_path: Path) -> None:
    (tmp_path / "other.toml").write_text("[steps.a]\nlevel = 5\n")
    assert len(in_script(tmp_path, START + 'go = "nowhere"\nsay = 1\n')) == 5


def test_without_the_first_script_nothing_begins(tmp_path: Path) -> None:
    sentence = "first_contact.toml is missing: every contact begins there."
    (told,) = in_script(tmp_path, START + "end = true\n", "other.toml")
    assert told.endswith(sentence)


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(ContentError) as fault:
        read_toml(tmp_path / "none.toml")
    assert found(fault, tmp_path) == ["none.toml: This file is missing."]


@pytest.mark.parametrize("text", ["choices = 5\n", "end = true\ndo = 5\n"])
def test_a_value_of_another_kind_is_told(tmp_path: Path, text: str) -> None:
    assert in_script(tmp_path, START + text)


def test_signals_of_another_kind_are_told(tmp_path: Path) -> None:
    assert in_script(tmp_path, 'on_signal = "hello"\n' + START + "end = true\n")


RULE = '[[rule]]\ncode = "danger"\nany = ["he hits me"]\nheard = ["he hits me"]\n'
RULES = {
    "an example that its own rule does not hear": (
        RULE.replace('heard = ["he', 'heard = ["she'),
        "en.toml:1: rule 1 (danger): the example 'she hits me' is not heard by its own rule.",
    ),
    "an example that should stay quiet": (
        RULE + 'quiet = ["today he hits me"]\n',
        "en.toml:1: rule 1 (danger): the example 'today he hits me' should stay quiet, but the rule hears it.",
    ),
    "an unknown code": (
        RULE.replace("danger", "fire"),
        "en.toml:1: rule 1: code = 'fire' is not known: use one of danger, selfharm, minor, exploited, witness, "
        "joboffer, rights, info, stop.",
    ),
    "an unknown level": (
        RULE + 'level = "high"\n',
        "en.toml:1: rule 1: level = 'high' is not known: use one of immediate, urgent, soon, routine.",
    ),
    "an unknown key": (RULE + 'phrase = "x"\n', "en.toml:1: rule 1: phrase is not known here."),
    "no examples": (
        '[[rule]]\ncode = "danger"\nany = ["he hits me"]\n',
        "en.toml:1: rule 1 (danger): it needs phrases under any = [...] and examples under heard = [...].",
    ),
}


@pytest.mark.parametrize(("text", "sentence"), RULES.values(), ids=list(RULES))
def test_a_mistake_in_the_signals_is_told(tmp_path: Path, text: str, sentence: str) -> None:
    (tmp_path / "en.toml").write_text(text)
    with pytest.raises(ContentError) as fault:
        read_rules_of(tmp_path / "en.toml")
    assert found(fault, tmp_path) == [sentence]


@pytest.mark.parametrize("text", ["rule = [1]", "rule = 5", RULE.replace('["he hits me"]', "[5]", 1)])
def test_signals_of_another_kind_are_told_too(tmp_path: Path, text: str) -> None:
    (tmp_path / "en.toml").write_text(text)
    with pytest.raises(ContentError):
        read_rules_of(tmp_path / "en.toml")
