"""Broken twins of the offer check: `hotline prove` names the promise that each breaks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from hotline.language import Words
from hotline.offers.marks import verdict_in
from hotline.store.shelf import read_checking
from hotline.triage.conversation import Heard
from hotline.triage.effects import Explained, Noticed
from hotline.triage.proof import prover
from hotline.triage.proof.tongue import Tongue
from hotline.triage.proof.walk import OFFERS, walk
from hotline.triage.script import Place
from tests.people import ROOT
from tests.twins import (
    SCRIPTS,
    Change,
    proof_of_ways,
    proof_of_words,
    rules_broken,
    tongue_of,
    twin_scripts,
    twin_tongue,
    walked,
)

REACHED = "every verdict reachable"
UNIVERSAL = "universal words work everywhere"
LOOP = "no loop without exit"
PARTS = "SMS parts"
NAMED = "the gravest flag is named"
EXPLAINED = "every flag is explained"

Twin = tuple[set[str], list[Change]]

PERSON = '\n  { key = "person", go = "first_contact:consent" },'
ENOUGH = '\n  { key = "enough", go = "after_care:start" },'
PAYS = (
    '{ key = "yes", go = "debt", mark = "upfront_fee" },\n'
    '  { key = "no", go = "debt" },\n'
    '  { key = "unknown", go = "debt" },'
)
MARKED = PAYS.replace('"no", go = "debt"', '"no", go = "debt", mark = "travel_controlled"').replace(
    '"unknown", go = "debt"', '"unknown", go = "debt", mark = "messenger_only"'
)

TWINS: dict[str, Twin] = {
    "questions that always mark something": (
        {REACHED},
        [("job_offer", PAYS, MARKED)],
    ),
    "a job in which something is always wrong": (
        {REACHED},
        [("job_now", '{ key = "no", go = "answered" }', '{ key = "no", go = "answered", mark = "harm" }')],
    ),
    "a verdict from which there is no way out": (
        {LOOP},
        [
            (
                "job_offer",
                f'{{ key = "more", go = "more" }},{PERSON}\n  {{ key = "another", go = "start" }},{ENOUGH}',
                '{ key = "more", go = "more" },',
            ),
            (
                "job_offer",
                f'{PERSON}\n  {{ key = "travel", go = "travel" }},{ENOUGH}',
                '{ key = "travel", go = "travel" }',
            ),
            (
                "job_offer",
                f"[steps.travel]\nchoices = [{PERSON}{ENOUGH}\n]",
                '[steps.travel]\nchoices = [{ key = "another", go = "next" }]',
            ),
        ],
    ),
}


@pytest.mark.parametrize(("broken", "changes"), TWINS.values(), ids=list(TWINS))
def test_a_broken_twin_of_the_scripts_breaks_its_promise(
    tmp_path: Path, broken: set[str], changes: list[Change]
) -> None:
    assert rules_broken(proof_of_ways(twin_scripts(tmp_path, changes))) >= broken


def test_the_finding_says_where_it_is_and_what_to_do(tmp_path: Path) -> None:
    _, changes = TWINS["questions that always mark something"]
    (finding,) = proof_of_ways(twin_scripts(tmp_path, changes)).findings
    assert (finding.script, finding.step) == ("job_offer", "job_offer/fine")
    assert finding.what == (
        "No answers lead here, though steps.answered says so under no_flags_found: mark some choices, not all."
    )


class TestTheWalk:
    """What the prover tries."""

    def test_every_verdict_is_reached_by_an_offer_and_by_answers_alone(self) -> None:
        found = walked(SCRIPTS)
        for by_offer in (False, True):
            turns = [turn for turn in found.every_turn() if (turn.heard.offer is not None) is by_offer]
            said = {key for turn in turns for key in turn.said}
            assert {f"job_offer/{verdict}/say" for verdict in ("stop", "check", "fine")} <= said
        assert {f"job_now/{much}/say" for much in ("many", "some", "none")} <= {
            key for turn in found.every_turn() for key in turn.said
        }

    def test_an_offer_is_tried_for_each_verdict(self) -> None:
        assert {verdict_in(marks) for marks in OFFERS.values()} == set(OFFERS)

    def test_it_is_explained_in_one_answer_and_in_several(self) -> None:
        pages = {
            (effect.page, turn.heard.pages)
            for turn in walked(SCRIPTS).every_turn()
            for effect in turn.effects
            if isinstance(effect, Explained)
        }
        assert pages == {(0, 1), (0, 2), (1, 2)}

    def test_it_comes_to_an_end(self) -> None:
        found = walk(SCRIPTS)
        assert len(found.states) < 3000
        assert any(isinstance(effect, Noticed) for turn in found.every_turn() for effect in turn.effects)

    def test_universal_words_are_tried_where_an_offer_is_asked_for(self) -> None:
        found = walked(SCRIPTS)
        paste = [state for state, talk in found.states.items() if talk.place == Place("job_offer", "paste")]
        words = {turn.heard.word for state in paste for turn in found.turns[state]}
        assert len(words) > 8
        assert Heard(offer=()) in [turn.heard for state in paste for turn in found.turns[state]]


@pytest.fixture(autouse=True)
def _only_what_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is heard has its own tests, and takes its time."""
    monkeypatch.setattr(prover, "prove_heard", lambda *_: None)


def checking(changes: Mapping[str, str] | None = None, words: Mapping[str, str] | None = None) -> Tongue:
    """English with the words of the offer check, some of them others."""
    found = read_checking(ROOT / "locales" / "en")
    return replace(twin_tongue("en", words or {}), checking=Words("en", {**found.by_key, **(changes or {})}))


WORDS: dict[str, tuple[set[str], dict[str, str], dict[str, str]]] = {
    "a flag whose name is a novel": ({PARTS}, {"offer/flag/isolation_scam": "online work " * 40}, {}),
    "a verdict that is one": ({PARTS}, {}, {"job_offer/stop/say": "Stop and check before you pay or travel. " * 9}),
    "choices that are": ({PARTS}, {}, {"job_offer/next/choice/enough": "Enough for now " * 30}),
    "flags that are not named": ({NAMED}, {}, {"desk/offer_noticed": "We noticed something."}),
    "a reason that is not said": ({EXPLAINED}, {}, {"desk/offer_more": "{flag}: {fair}"}),
    "what is fair not said": ({EXPLAINED}, {}, {"desk/offer_more": "{flag}: {why}"}),
}


@pytest.mark.parametrize(("broken", "offer", "script"), WORDS.values(), ids=list(WORDS))
def test_broken_words_break_their_promise(
    monkeypatch: pytest.MonkeyPatch, broken: set[str], offer: dict[str, str], script: dict[str, str]
) -> None:
    assert rules_broken(proof_of_words(monkeypatch, checking(offer, script))) == broken


def test_the_words_we_ship_hold_every_promise(monkeypatch: pytest.MonkeyPatch) -> None:
    assert proof_of_words(monkeypatch, checking()).findings == ()


def test_a_question_about_an_offer_may_name_its_employer_and_no_other_question_may(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked = "Do you know the name and address?"
    assert rules_broken(proof_of_words(monkeypatch, checking(words={"job_offer/employer/say": asked}))) == set()
    told = proof_of_words(monkeypatch, checking(words={"job_offer/next/say": asked, "job_offer/more/say": "Now?"}))
    assert rules_broken(told) == {"never asks who or where"}


def test_a_language_without_the_words_of_the_check_is_proven_without_them(monkeypatch: pytest.MonkeyPatch) -> None:
    assert tongue_of("en").checking is None
    assert proof_of_words(monkeypatch, tongue_of("en")).findings == ()
