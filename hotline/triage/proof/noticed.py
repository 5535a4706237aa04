"""Promises about what is said of a job offer, in every language: within three SMS parts, the gravest flag always, all of it
explained in the end."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from hotline import sms
from hotline.language import Words
from hotline.offers.flags import GRAVEST_FIRST, Verdict
from hotline.offers.marks import verdict_in
from hotline.triage.effects import Noticed
from hotline.triage.noticing import PARTS
from hotline.triage.proof.finding import Ledger
from hotline.triage.proof.tongue import Tongue
from hotline.triage.script import Scripts, Step
from hotline.triage.steps import explaining, say
from hotline.triage.wording import Wording

Marks = tuple[str, ...]


def prove_noticed(ledger: Ledger, scripts: Scripts, tongue: Tongue, by_sms: Wording) -> None:
    """Every flag alone, and all of them together, wherever a verdict leads and wherever something is explained."""
    words = tongue.checking
    assert words is not None
    every = tuple(flag.value for flag in GRAVEST_FIRST)
    offers: list[Marks] = [(), *((flag,) for flag in every), every]
    for step in scripts.reachable():
        for marks in offers if step.verdict else ():
            _named(ledger, scripts, scripts.step(step.verdict[verdict_in(marks)]), marks, by_sms, words)
        for marks in offers if step.explain else ():
            _explained(ledger, scripts, step, marks, by_sms, words)


def _named(ledger: Ledger, scripts: Scripts, verdict: Step, marks: Marks, by_sms: Wording, words: Words) -> None:
    after = [say(scripts.step(verdict.go))] if verdict.go is not None else []
    text = "\n".join(message.as_text() for message in by_sms.messages([say(verdict), Noticed(marks), *after]))
    _short(ledger, verdict.say, text, words.language)
    if verdict_in(marks) is not Verdict.NO_FLAGS_FOUND:
        gravest = f"offer/flag/{marks[0]}"
        what = f"{words[gravest]!r} is not said with the verdict: say {{flags}} in desk/offer_noticed."
        ledger.check(words[gravest] in text, "the gravest flag is named", gravest, what, words.language)


def _explained(ledger: Ledger, scripts: Scripts, step: Step, marks: Marks, by_sms: Wording, words: Words) -> None:
    about = explaining(scripts, step, marks)
    pages = by_sms.pages(about)
    for number in sorted({0, len(pages) // 2, len(pages) - 1}) if pages else ():
        for tail in about.tails:
            answer = by_sms.messages([replace(about, page=number), tail])
            text = "\n".join(message.as_text() for message in answer)
            _short(ledger, f"offer/flag/{marks[0]}/why", text, words.language)
    told = _letters(" ".join(pages))
    for key in _keys(marks):
        what = "It is not said to whoever asks for more: say {flag}, {why} and {fair} in desk/offer_more."
        ledger.check(_letters(words[key]) in told, "every flag is explained", key, what, words.language)


def _keys(marks: Sequence[str]) -> Iterator[str]:
    for flag in marks:
        yield from (f"offer/flag/{flag}", f"offer/flag/{flag}/why", f"offer/flag/{flag}/fair")


def _letters(text: str) -> str:
    """Without the spaces, at which a text may have been cut."""
    return "".join(text.split())


def _short(ledger: Ledger, key: str, text: str, language: str) -> None:
    parts = sms.parts(text)
    what = f"What is said of an offer takes {parts} SMS parts here, {PARTS} at most: shorten it or what follows it."
    ledger.check(parts <= PARTS, "SMS parts", key, what, language)
