"""Broken twins of single ways: what may be kept, destroyed or ended, and by whose word; each breaks one promise."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.test_prove_twins import AGREE, IMMEDIATE, NO_END, NUMBER, PERSON_MEANT, Twin, signal
from tests.twins import Change, proof_of_ways, rules_broken, twin_scripts

KEPT = "nothing kept without a yes"

IN_DANGER = '  { key = "in_danger", go = "danger:start" },\n'
NO_DANGER = '  { key = "no_danger", go = "who_we_are" },\n'
MORE_PERSON = '{ key = "person", go = "first_contact:consent" },\n  { key = "enough"'

TWINS: dict[str, Twin] = {
    "a choice of a person that leads elsewhere": (
        {PERSON_MEANT},
        [("after_care", MORE_PERSON, MORE_PERSON.replace("consent", "who_we_are"))],
    ),
    "a yes to a person after which no address is kept": (
        {KEPT},
        [("first_contact", AGREE, AGREE.replace(', do = ["keep_address"]', ""))],
    ),
    "an address that is kept by a choice that leads to no person": (
        {KEPT},
        [
            (
                "out_of_hours",
                'go = "first_contact:who_we_are" }',
                'go = "first_contact:who_we_are", do = ["keep_address"] }',
            )
        ],
    ),
    "an address that a step keeps by itself": (
        {KEPT},
        [("first_contact", "[steps.who_we_are]\n", '[steps.who_we_are]\ndo = ["keep_address"]\n')],
    ),
    "a talk that a choice destroys": (
        {KEPT},
        [("after_care", 'do = ["partly"]', 'do = ["partly", "forget"]')],
    ),
    "a need that ends the talk": (
        {NO_END},
        [("first_contact", 'minor = "child:start"\nstop', 'minor = "goodbye"\nstop')],
    ),
    "words that are not understood end the talk": (
        {NO_END},
        [("first_contact", 'on_misheard = "consent"', 'on_misheard = "goodbye"')],
    ),
    "danger that is not immediate": (
        {IMMEDIATE},
        [("danger", '[steps.start]\nlevel = "immediate"', '[steps.start]\nlevel = "urgent"')],
    ),
    "self-harm that is not immediate": (
        {IMMEDIATE},
        [("selfharm", '[steps.start]\nlevel = "immediate"', '[steps.start]\nlevel = "urgent"')],
    ),
    "no danger stands before danger": (
        {IMMEDIATE},
        [("first_contact", IN_DANGER + NO_DANGER, NO_DANGER + IN_DANGER)],
    ),
}


@pytest.mark.parametrize(("broken", "changes"), TWINS.values(), ids=list(TWINS))
def test_a_broken_twin_of_a_way_breaks_its_promise_and_no_other(
    tmp_path: Path, broken: set[str], changes: list[Change]
) -> None:
    assert rules_broken(proof_of_ways(twin_scripts(tmp_path, changes))) == broken


def test_each_of_the_four_promises_has_a_twin_that_breaks_it_alone() -> None:
    assert {rule for broken, _ in TWINS.values() for rule in broken} == {PERSON_MEANT, KEPT, NO_END, IMMEDIATE}
    assert all(len(broken) == 1 for broken, _ in TWINS.values())


def test_scripts_that_lead_danger_nowhere_are_proven_to_the_end_and_found(tmp_path: Path) -> None:
    """Found by a twin: the proof itself fell over them."""
    proof = proof_of_ways(twin_scripts(tmp_path, signal("danger", "danger:start", "")))
    assert rules_broken(proof) == {NUMBER, IMMEDIATE}


def test_a_finding_names_the_step_and_its_remedy(tmp_path: Path) -> None:
    proof = proof_of_ways(twin_scripts(tmp_path, TWINS["a choice of a person that leads elsewhere"][1]))
    (finding,) = proof.findings
    assert (finding.script, finding.step) == ("after_care", "after_care/more")
    assert finding.what == "The choice 'person' must lead to consent."
