"""`hotline check`: everything an organisation may edit, read as the server would, and what is wrong with it."""

from __future__ import annotations

import argparse
import datetime
import json
import re
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TypeVar

from app.cli import FINDINGS, near, settings_of
from app.settings import Settings
from app.tools.check_texts import Texts, check_texts, check_weight
from app.tools.learn import fingerprint
from campaigns.library import read_audiences, read_library, read_papers_of
from hotline.store.guide import read_guide
from hotline.store.offers import read_lexicon_of
from hotline.store.phrasebook import DOMAIN as PHRASES
from hotline.store.registers import read_registers_of
from hotline.store.shelf import (
    OFFERS,
    ContentError,
    Finding,
    languages_on_disk,
    needed_keys,
    read_care_of,
    read_review,
    read_rules_of,
    read_scripts,
    read_words,
)
from hotline.triage.script import Scripts
from hotline.understanding import ModelUnusable, open_model, open_offer_model

T = TypeVar("T")

DOMAINS = ("scripts", "pages", OFFERS, PHRASES)

BESIDE = {
    "signals": "without it no rule hears danger in this language.",
    "discreet": "without it nobody knows which words betray a caller in this language.",
    "offers": "without it no rule reads job offers in this language.",
}
"""Files under content/ that every language has."""


def run(options: argparse.Namespace) -> int:
    """Exit code 0 when nothing was found, 1 when something was."""
    settings = settings_of(options)
    look = looked_at(settings)
    checked, findings = look.checked, look.findings
    if options.json:
        tables = {"findings": _rows(findings), "notes": _rows(look.notes)}
        print(json.dumps({"ok": not findings, "checked": checked, **tables}))
    else:
        for item in findings:
            print(f"{near(item.file)}:{item.line or 1}: {item.what}")
        for item in look.notes:
            print(f"note: {near(item.file)}: {item.what}")
        for tag in languages_on_disk(settings.locales):
            with suppress(ContentError):  # named among the findings
                print(f"{tag}: {read_review(settings.locales / tag)}")
        print(f"Checked {checked} things: {f'{len(findings)} to mend' if findings else 'nothing to mend'}.")
    return FINDINGS if findings else 0


def _rows(findings: list[Finding]) -> list[dict[str, object]]:
    return [{"file": near(item.file), "line": item.line, "what": item.what} for item in findings]


def check(settings: Settings) -> tuple[int, list[Finding]]:
    """How many things were looked at, and every finding."""
    look = looked_at(settings)
    return look.checked, look.findings


def looked_at(settings: Settings) -> _Look:
    """Everything, with what is only to be noted."""
    look = _Look()
    scripts = look(lambda: read_scripts(settings.content / "scripts"))
    today = datetime.datetime.now(datetime.UTC).date()
    audiences = look(lambda: read_audiences(settings.content / "audiences"))
    campaigns = look(lambda: read_library(settings.content / "campaigns", audiences))
    papers = look(lambda: read_papers_of(settings.content / "papers", today))
    guide = look(lambda: read_guide(settings.content / "directory", today, needed=[settings.country]))
    if campaigns is not None and audiences is not None and papers is not None and guide is not None:
        look.take(check_texts(settings, campaigns, audiences, papers, guide, today))
    look(lambda: read_words(settings.locales / "en", "console"))
    for path in sorted((settings.content / "signals").glob("*.toml")):
        look(partial(read_rules_of, path))
    for path in sorted((settings.content / "discreet").glob("*.toml")):
        look(partial(read_care_of, path))
    for path in sorted((settings.content / "offers").glob("*.toml")):
        look(partial(read_lexicon_of, path))
    look(lambda: read_registers_of(settings.content / "registers", today))
    if settings.model:
        learning, offers = settings.content / "learning", settings.content / "offers"
        look(partial(_model, learning, learning, open_model))
        look(partial(_model, offers, offers / "examples", open_offer_model))
    if scripts is not None:
        _words(look, settings, scripts)
    if not look.findings:
        look.take(check_weight(settings, today))  # pages are rendered from content without mistakes alone
    return look


class _Look:
    """Reads one thing after another, counts them, and gathers what is wrong."""

    def __init__(self) -> None:
        self.checked = 0
        self.findings: list[Finding] = []
        self.notes: list[Finding] = []

    def __call__(self, read: Callable[[], T]) -> T | None:
        self.checked += 1
        try:
            return read()
        except ContentError as fault:
            self.findings.extend(fault.findings)
            return None

    def take(self, texts: Texts) -> None:
        self.checked += texts.checked
        self.findings += texts.findings
        self.notes += texts.notes


def _words(look: _Look, settings: Settings, scripts: Scripts) -> None:
    sources = {domain: look(partial(read_words, settings.locales / "en", domain)) for domain in DOMAINS}
    english = {domain: words.by_key for domain, words in sources.items() if words is not None}
    if len(english) < len(DOMAINS):
        return  # what the other languages need is read from English
    needed = needed_keys(settings.locales, scripts) | {PHRASES: list(english[PHRASES])}
    for tag in languages_on_disk(settings.locales):
        look(partial(read_review, settings.locales / tag))
        for kind, why in BESIDE.items():
            path = settings.content / kind / f"{tag}.toml"
            look.checked += 1
            look.findings += [] if path.exists() else [Finding(path, 0, f"This file is missing: {why}")]
        for domain in DOMAINS:
            words = look(partial(read_words, settings.locales / tag, domain))
            if words is None:
                continue
            path = settings.locales / tag / f"{domain}.po"
            look.checked += len(needed[domain])
            lacking = [key for key in needed[domain] if not words.by_key.get(key)]
            look.findings += [Finding(path, 0, f"{key} has no words.") for key in lacking]
            look.findings += [
                Finding(path, 0, f"{key} lacks {{{name}}}, which stands in the English text.")
                for key, text in english[domain].items()
                for name in sorted(_names(text) - _names(words.by_key.get(key) or text))
            ]
            extra = [key for key in words.by_key if key not in english[domain] and not _MAY_BE_OWN.search(key)]
            look.findings += [Finding(path, 0, f"{key} is not used: take it out.") for key in extra]


def _names(text: str) -> set[str]:
    return set(re.findall(r"\{(\w+)\}", text))


_MAY_BE_OWN = re.compile(r"/also/|^policy/[A-Z]{2}/limits$")
"""Keys that a language may have and English lacks: synonyms, and the limits as one country's law has them."""


def _model(folder: Path, phrases: Path, read: Callable[[Path], tuple[object, str]]) -> None:
    """A model was made from the phrases that lie there now."""
    try:
        _, made_from = read(folder / "model.bin")
    except ModelUnusable as fault:
        raise ContentError([Finding(folder / "model.bin", 0, str(fault))]) from None
    if made_from != fingerprint(phrases):
        stale = "It was made from other phrases than those that lie here now: run `hotline learn`."
        raise ContentError([Finding(folder / "model.bin", 0, stale)])
