"""`hotline prove`: that no path endangers. Pure: scripts, words and rules come in, findings come out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from hotline.triage.proof.finding import Finding, Ledger
from hotline.triage.proof.heard import prove_heard
from hotline.triage.proof.paths import discreet_keys, prove_paths
from hotline.triage.proof.said import prove_said
from hotline.triage.proof.tongue import Tongue
from hotline.triage.proof.walk import walk
from hotline.triage.proof.ways import prove_ways
from hotline.triage.script import Scripts
from hotline.triage.wording import Policy


@dataclass(frozen=True, slots=True)
class Proof:
    checked: int
    findings: tuple[Finding, ...]


def prove(
    scripts: Scripts,
    source: Tongue,
    tongues: Sequence[Tongue],
    needed: Iterable[str],
    number: str,
    policy: Policy,
    *,
    progress: Callable[[str], None] = lambda stage: None,
) -> Proof:
    """`source`: the language whose words say which steps hold the emergency number. `needed`: keys all must have."""
    ledger = Ledger()
    progress("every way through the scripts")
    found = walk(scripts)
    emergency = {key for key, text in source.words.by_key.items() if "{emergency}" in text}
    prove_ways(ledger, scripts, emergency)
    prove_paths(ledger, scripts, found, emergency)
    keys, discreet = list(needed), discreet_keys(scripts, found)
    replies = found.replies()
    offered = [tongue.tag for tongue in tongues]
    for tongue in tongues:
        progress(tongue.tag)
        before = len(ledger.found)
        prove_said(ledger, scripts, tongue, offered, keys, discreet, emergency, replies, number, policy)
        complete = not any(one.rule == "every step complete" for one in ledger.found if one.language == tongue.tag)
        if complete or len(ledger.found) == before:
            prove_heard(ledger, scripts, tongue, offered, emergency)
    return Proof(ledger.checked, tuple(sorted(ledger.found)))
