"""Broken twins of the scripts: `hotline prove` names exactly the promises that each breaks, mostly one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from hotline.store.shelf import ContentError
from hotline.triage.advance import advance as shipped
from hotline.triage.conversation import Conversation, Heard, Word
from hotline.triage.effects import Say
from hotline.triage.proof import walk
from hotline.triage.script import Scripts
from hotline.triage.steps import Turn
from tests.twins import SCRIPTS, Change, proof_of_ways, rules_broken, twin_scripts

Twin = tuple[set[str], list[Change]]

NUMBER = "emergency number within one reply"
UNIVERSAL = "universal words work everywhere"
LIMITS = "limits before duty"
NEAR = "a person within three messages"
LOOP = "no loop without exit"
EARLY = "emergency number early"
SAFE_FIRST = "safe to write comes first"
DEAD_END = "no dead end"
IMMEDIATE = "danger is immediate"
PERSON_MEANT = "a person means a person"
NO_END = "no signal ends a talk"


def signal(name: str, old: str, new: str) -> list[Change]:
    """A line of [on_signal] that leads elsewhere."""
    return [("first_contact", f'\n{name} = "{old}"\n', f'\n{name} = "{new}"\n' if new else "\n")]


AGREE = '{ key = "agree", go = "handed", do = ["keep_address"] }'
NOT_SAFE = '{ key = "not_safe", go = "stop_now" }'
ANOTHER = '{ key = "another", go = "start" }'
ENOUGH = '\n  { key = "enough", go = "after_care:start" },'
PERSON = '\n  { key = "person", go = "first_contact:consent" },'

TWINS: dict[str, Twin] = {
    "danger leads to a step without the number": ({NUMBER, IMMEDIATE}, signal("danger", "danger:start", "consent")),
    "self-harm leads to a step without the number": (
        {NUMBER, IMMEDIATE},
        signal("selfharm", "selfharm:start", "consent"),
    ),
    "danger leads nowhere": ({NUMBER, IMMEDIATE}, signal("danger", "danger:start", "")),
    "danger that the model alone heard leads to a step without the number": (
        {NUMBER, IMMEDIATE},
        signal("unsure", "danger_now", "consent"),
    ),
    "the word for a person leads back to the beginning": (
        {NEAR, PERSON_MEANT},
        signal("person", "consent", "who_we_are"),
    ),
    "the word for a pause leads to a question": ({UNIVERSAL}, signal("pause", "pause", "consent")),
    "the word for an emergency leads to a step without the number": (
        {UNIVERSAL},
        signal("emergency", "emergency", "consent"),
    ),
    "the question who this is leads to who we are": ({UNIVERSAL}, signal("stranger", "discreet:decoy", "who_we_are")),
    "the word for code words leads to a step without any": ({UNIVERSAL}, signal("code", "discreet:start", "consent")),
    "a person who is asked for takes two more questions": (
        {NEAR},
        [
            ("first_contact", AGREE, AGREE.replace("handed", "sure").replace(', do = ["keep_address"]', "")),
            (
                "first_contact",
                "[steps.handed]",
                '[steps.sure]\nchoices = [{ key = "yes", go = "really" }]\n\n'
                f"[steps.really]\nchoices = [{AGREE}]\n\n[steps.handed]",
            ),
        ],
    ),
    "two steps that lead only to each other": (
        {LOOP},
        [
            ("professional", '\n  { key = "refer", go = "refer" },' + PERSON, '\n  { key = "refer", go = "refer" },'),
            ("professional", f"{PERSON}\n  {ANOTHER},{ENOUGH}", f"\n  {ANOTHER},"),
        ],
    ),
    "a question that only asks itself again": (
        {LOOP},
        [("selfharm", PERSON + '\n  { key = "calmer", go = "calmer" },', '\n  { key = "calmer", go = "stay" },')],
    ),
    "the limits are passed over": ({LIMITS}, [("first_contact", 'go = "limits"', 'go = "language"')]),
    "the limits stand there and tell nothing": ({LIMITS}, [("first_contact", 'tells = "limits"\n', "")]),
    "a signal leads past the limits": (
        {LIMITS},
        [("first_contact", 'minor = "child:start"\nstop', 'minor = "child:who"\nstop')],
    ),
    "a need that was told leads past the limits": (
        {LIMITS},
        [
            ("danger", 'go = "first_contact:who_we_are"', 'go = "first_contact:need"'),
            ("first_contact", "duty = true\n", ""),
            ("exploited", "[steps.start]\n", "[steps.start]\nduty = true\n"),
        ],
    ),
    "another script leads past the limits": (
        {LIMITS},
        [("danger", 'go = "first_contact:who_we_are"', 'go = "first_contact:need"')],
    ),
    "the limits come after the question, in the same reply": (
        {LIMITS},
        [
            ("child", 'level = "urgent"\ngo = "limits"', 'level = "urgent"\nduty = true\ngo = "limits"'),
        ],
    ),
    "another question comes before whether it is safe": (
        {SAFE_FIRST},
        [("first_contact", 'start = "safe_now"', 'start = "danger_now"')],
    ),
    "whoever says that it is not safe is asked on": (
        {SAFE_FIRST},
        [("first_contact", NOT_SAFE, NOT_SAFE.replace("stop_now", "danger_now"))],
    ),
    "the number comes with the third reply": (
        {EARLY},
        [
            ("first_contact", 'key = "safe", go = "danger_now"', 'key = "safe", go = "hello"'),
            (
                "first_contact",
                "[steps.stop_now]",
                '[steps.hello]\nchoices = [{ key = "on", go = "danger_now" }]\n\n[steps.stop_now]',
            ),
        ],
    ),
}


@pytest.mark.parametrize(("broken", "changes"), TWINS.values(), ids=list(TWINS))
def test_a_broken_twin_of_the_scripts_breaks_its_promises_and_no_other(
    tmp_path: Path, broken: set[str], changes: list[Change]
) -> None:
    assert rules_broken(proof_of_ways(twin_scripts(tmp_path, changes))) == broken


@pytest.mark.parametrize(
    ("name", "step"), [("unsure", "danger_now"), ("person", "consent"), ("emergency", "emergency")]
)
def test_scripts_that_lead_such_a_word_nowhere_are_not_even_read(tmp_path: Path, name: str, step: str) -> None:
    with pytest.raises(ContentError) as fault:
        twin_scripts(tmp_path, signal(name, step, ""))
    assert str(fault.value).endswith(f": {name} is missing: say which step it leads to.")


def test_a_word_for_a_person_that_ends_the_talk_breaks_four_promises(tmp_path: Path) -> None:
    proof = proof_of_ways(twin_scripts(tmp_path, signal("person", "consent", "pause")))
    assert rules_broken(proof) == {UNIVERSAL, NEAR, PERSON_MEANT, NO_END}


@pytest.mark.parametrize("step", ["danger/start", "selfharm/start"])
def test_a_step_of_danger_that_no_longer_tells_the_number_is_found(step: str) -> None:
    proof = proof_of_ways(SCRIPTS, {f"{step}/say": "You are not alone."})
    assert rules_broken(proof) == {NUMBER, IMMEDIATE}


def test_a_number_that_only_the_question_of_danger_lacks_is_found() -> None:
    proof = proof_of_ways(SCRIPTS, {"first_contact/danger_now/say": "Are you in danger now?"})
    assert rules_broken(proof) == {NUMBER, EARLY, IMMEDIATE}


def test_the_twin_that_changes_nothing_keeps_every_promise(tmp_path: Path) -> None:
    assert twin_scripts(tmp_path, []) == SCRIPTS
    assert proof_of_ways(SCRIPTS).findings == ()


def test_a_finding_names_the_step_and_what_to_do(tmp_path: Path) -> None:
    proof = proof_of_ways(twin_scripts(tmp_path, TWINS["the limits are passed over"][1]))
    (finding,) = [one for one in proof.findings if one.step == "first_contact/need"]
    assert (finding.script, finding.language) == ("first_contact", "")
    assert finding.what == 'It is asked before the limits: let every way to it pass a step with tells = "limits".'


# Twins of the core: what the scripts cannot break, because the code sees to it, is checked all the same.


def ignoring(word: Word) -> Callable[..., Turn]:
    """A core to which this universal word means nothing."""

    def advance(conversation: Conversation, scripts: Scripts, heard: Heard, now: float) -> Turn:
        return shipped(conversation, scripts, replace(heard, word=None) if heard.word is word else heard, now)

    return advance


@pytest.mark.parametrize("word", [word for word in Word if word not in (Word.SAFE, Word.UNSAFE)])
def test_a_universal_word_that_is_ignored_is_found(monkeypatch: pytest.MonkeyPatch, word: Word) -> None:
    monkeypatch.setattr(walk, "advance", ignoring(word))
    proof = proof_of_ways(SCRIPTS)
    assert rules_broken(proof) == ({UNIVERSAL, NEAR} if word is Word.PERSON else {UNIVERSAL})
    assert all(repr(word.value) in finding.what for finding in proof.findings if finding.rule == UNIVERSAL)


def quiet_when_misheard(conversation: Conversation, scripts: Scripts, heard: Heard, now: float) -> Turn:
    after, effects = shipped(conversation, scripts, heard, now)
    return (after, ()) if Say("desk/misheard") in effects else (after, effects)


def quiet_with_a_person(conversation: Conversation, scripts: Scripts, heard: Heard, now: float) -> Turn:
    after, effects = shipped(conversation, scripts, heard, now)
    return (after, ()) if conversation.handed and heard.signals else (after, effects)


def calm_while_a_language_is_chosen(conversation: Conversation, scripts: Scripts, heard: Heard, now: float) -> Turn:
    choosing = conversation.language is None or conversation.choosing_language
    return shipped(conversation, scripts, replace(heard, signals=()) if choosing else heard, now)


CORES: dict[str, tuple[set[str], Callable[..., Turn]]] = {
    "a message that is not understood gets no answer": ({DEAD_END, NUMBER}, quiet_when_misheard),
    "danger gets no number once a person has the contact": ({NUMBER}, quiet_with_a_person),
    "danger gets no number before the language is known": ({NUMBER}, calm_while_a_language_is_chosen),
}


@pytest.mark.parametrize(("broken", "advance"), CORES.values(), ids=list(CORES))
def test_a_broken_twin_of_the_core_breaks_its_promises_and_no_other(
    monkeypatch: pytest.MonkeyPatch, broken: set[str], advance: Callable[..., Turn]
) -> None:
    monkeypatch.setattr(walk, "advance", advance)
    assert rules_broken(proof_of_ways(SCRIPTS)) == broken
