"""Broken twins of the shipped scripts and words, for the prover: one thing is changed, all else is as it is served."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from hotline.language import Words
from hotline.store.shelf import needed_keys, read_care_of, read_rules_of, read_scripts, read_words
from hotline.triage.proof import prover
from hotline.triage.proof.prover import Proof, prove
from hotline.triage.proof.tongue import Care, Tongue
from hotline.triage.proof.walk import Walk, walk
from hotline.triage.script import Scripts
from hotline.triage.signals import Rule
from hotline.triage.wording import Policy
from tests.people import ROOT

SCRIPTS = read_scripts(ROOT / "content" / "scripts")
NEEDED = needed_keys(ROOT / "locales", SCRIPTS)["scripts"]

Change = tuple[str, str, str]
"""A script, some text of it that stands there once, and what stands in its place."""


def twin_scripts(folder: Path, changes: Sequence[Change]) -> Scripts:
    """The shipped scripts, copied into this folder and changed there."""
    shutil.copytree(ROOT / "content" / "scripts", folder, dirs_exist_ok=True)
    for name, old, new in changes:
        path = folder / f"{name}.toml"
        text = path.read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {name}.toml"
        path.write_text(text.replace(old, new), encoding="utf-8")
    return read_scripts(folder)


@cache
def tongue_of(tag: str) -> Tongue:
    """The shipped words, rules and words to be careful with of one language."""
    return Tongue(
        read_words(ROOT / "locales" / tag, "scripts"),
        read_rules_of(ROOT / "content" / "signals" / f"{tag}.toml", prove=False),
        read_care_of(ROOT / "content" / "discreet" / f"{tag}.toml"),
    )


def twin_tongue(
    tag: str, changes: Mapping[str, str], *, rules: tuple[Rule, ...] | None = None, care: Care | None = None
) -> Tongue:
    """A language with other words under some keys; rules and care as shipped unless others are given."""
    found = tongue_of(tag)
    words = Words(tag, {**found.words.by_key, **changes})
    return Tongue(words, found.rules if rules is None else rules, found.care if care is None else care)


def proof_of_ways(scripts: Scripts, changes: Mapping[str, str] | None = None) -> Proof:
    """Only the ways through these scripts: which steps tell the emergency number is read from the English words."""
    return prove(scripts, twin_tongue("en", changes or {}), [], [], "112", Policy())


def proof_of_words(monkeypatch: pytest.MonkeyPatch, *tongues: Tongue, policy: Policy | None = None) -> Proof:
    """These languages with the shipped scripts, whose ways are walked once for all tests."""
    monkeypatch.setattr(prover, "walk", walked)
    return prove(SCRIPTS, tongue_of("en"), tongues, NEEDED, "112", policy or Policy())


def walked(scripts: Scripts) -> Walk:
    """As `walk`; the ways through the shipped scripts are found once."""
    return _shipped_ways() if scripts == SCRIPTS else walk(scripts)


@cache
def _shipped_ways() -> Walk:
    return walk(SCRIPTS)


def with_care(tag: str, **words: tuple[str, ...]) -> Care:
    return replace(tongue_of(tag).care, **words)


def rules_broken(proof: Proof) -> set[str]:
    """The promises that are named."""
    return {finding.rule for finding in proof.findings}
