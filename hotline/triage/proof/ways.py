"""Promises about where single ways lead: what may be kept, destroyed or ended, and by whose word."""

from __future__ import annotations

from collections.abc import Collection

from hotline.contact import Level
from hotline.triage.proof.finding import Ledger
from hotline.triage.script import UNSURE, Choice, Do, Scripts, Step
from hotline.triage.signals import LIFE


def prove_ways(ledger: Ledger, scripts: Scripts, emergency: Collection[str]) -> None:
    """`emergency`: keys of words that hold the emergency number."""
    for step in scripts.reachable():
        for choice in step.choices:
            _keeping(ledger, scripts, step, choice)
            if choice.key == "person":
                right = choice.go == scripts.on_signal["person"]
                ledger.check(
                    right, "a person means a person", step.place, f"The choice {choice.key!r} must lead to consent."
                )
        keeps = Do.KEEP_ADDRESS in step.do or Do.FORGET in step.do
        ledger.check(
            not keeps, "nothing kept without a yes", step.place, "Only a choice of the caller may keep or forget."
        )
        into = step.go is not None and Do.HAND_OFF in scripts.step(step.go).do
        ledger.check(
            not into, "nothing kept without a yes", step.place, "It leads straight to a person, without a yes."
        )
    for script in scripts.by_name.values():
        for place in script.ways():
            into = Do.HAND_OFF in scripts.step(place).do
            ledger.check(not into, "nothing kept without a yes", place, "It is entered without a yes: lead to consent.")
    _grave(ledger, scripts, emergency)
    for code, place in scripts.on_signal.items():
        ends = scripts.step(place).end and code not in ("stop", "pause", "stranger")
        ledger.check(
            not ends, "no signal ends a talk", place, f"{code} under [on_signal] ends the talk: let it lead on."
        )
    misheard = scripts.on_misheard
    fine = misheard is None or not scripts.step(misheard).end
    ledger.check(fine, "no signal ends a talk", misheard or scripts.start, "on_misheard ends the talk: let it lead on.")


def _keeping(ledger: Ledger, scripts: Scripts, step: Step, choice: Choice) -> None:
    hands_over = Do.HAND_OFF in scripts.step(choice.go).do
    keeps = Do.KEEP_ADDRESS in choice.do
    what = f'The choice {choice.key!r} must have do = ["keep_address"] if, and only if, it leads straight to a person.'
    ledger.check(hands_over == keeps, "nothing kept without a yes", step.place, what)
    what = f"The choice {choice.key!r} destroys the talk: only the caller's own word may."
    ledger.check(Do.FORGET not in choice.do, "nothing kept without a yes", step.place, what)


def _grave(ledger: Ledger, scripts: Scripts, emergency: Collection[str]) -> None:
    """The steps of danger and self-harm are immediate and hold the number; so is where "I am in danger" leads."""
    asked = scripts.step(scripts.on_signal[UNSURE])
    first = asked.choices[0].go if asked.choices else asked.place
    for place in [*(scripts.on_signal[code] for code in LIFE if code in scripts.on_signal), first]:
        step = scripts.step(place)
        what = 'It must have level = "immediate" and say {emergency}: danger leads here.'
        ledger.check(step.level is Level.IMMEDIATE and step.say in emergency, "danger is immediate", place, what)
    what = "Its first choice must be the one for danger, and it must say {emergency}."
    ledger.check(
        asked.say in emergency and first in scripts.on_signal.values(), "danger is immediate", asked.place, what
    )
