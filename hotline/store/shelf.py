"""Reads scripts, words and signals from their files, once, at start. A mistake names file and line, and stops the start."""

from __future__ import annotations

import datetime
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hotline.language import LANGUAGES, Words, complete
from hotline.triage.proof.tongue import Care, read_care
from hotline.triage.script import Script, Scripts
from hotline.triage.scriptfile import cross_mistakes, read_script
from hotline.triage.signals import Rule, Rulebook, read_rules

OFFERS = "offers"
"""The third domain of words: what the check of a job offer says."""

_MAY_BE_LEFT_OUT = re.compile(r"/also/")
_NAME = re.compile(r"\{(\w*)\}")


@dataclass(frozen=True, slots=True)
class Finding:
    """Something to mend: which file, which line (0: the whole file), and what to do."""

    file: Path
    line: int
    what: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.what}" if self.line else f"{self.file}: {self.what}"


class ContentError(Exception):
    """Content that cannot be served, every finding at once."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings = list(findings)
        super().__init__("\n".join(str(finding) for finding in self.findings))


READERS = ("author", "native_reader", "survivor", "lawyer")
"""Who may have read the words of a language."""


@dataclass(frozen=True, slots=True)
class Review:
    """Who has read a language's words; an empty name means nobody yet."""

    author: str = ""
    native_reader: str = ""
    survivor: str = ""
    lawyer: str = ""
    dates: Mapping[str, datetime.date] = field(default_factory=dict)

    @property
    def unread(self) -> bool:
        return not self.native_reader

    def __str__(self) -> str:
        """One line: each kind of reader with name and date, or "nobody yet"."""
        return "; ".join(f"{kind.replace('_', ' ')}: {self.named(kind)}" for kind in READERS)

    def named(self, kind: str) -> str:
        name, date = getattr(self, kind), self.dates.get(kind)
        return f"{name}, {date}" if name and date else name or "nobody yet"


def read_toml(path: Path) -> dict[str, Any]:
    """The table in a TOML file, or ContentError with file and line."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ContentError([Finding(path, 0, "This file is missing.")]) from None
    except UnicodeDecodeError as fault:
        raise ContentError([Finding(path, 0, f"Byte {fault.start} is not UTF-8: save the file as UTF-8.")]) from None
    except tomllib.TOMLDecodeError as fault:
        match = re.search(r"line (\d+)", str(fault))
        raise ContentError([Finding(path, int(match[1]) if match else 0, f"Not TOML: {fault}.")]) from None


def read_scripts(folder: Path) -> Scripts:
    """Every script of a folder, checked together."""
    scripts: dict[str, Script] = {}
    findings: list[Finding] = []
    for path in sorted(folder.glob("*.toml")):
        try:
            script, mistakes = read_script(path.stem, read_toml(path))
        except ContentError as fault:
            findings += fault.findings
            continue
        scripts[path.stem] = script
        findings += [Finding(path, _line_of(path, mistake.where), mistake.what) for mistake in mistakes]
    if "first_contact" not in scripts and not findings:
        findings.append(Finding(folder, 0, "first_contact.toml is missing: every contact begins there."))
    together = Scripts(scripts)
    if not findings:
        for name, mistake in cross_mistakes(together):
            path = folder / f"{name}.toml"
            findings.append(Finding(path, _line_of(path, mistake.where), mistake.what))
    if findings:
        raise ContentError(findings)
    return together


def read_words(folder: Path, domain: str) -> Words:
    """The words of one language from `<folder>/<domain>.po`. Fuzzy, obsolete and empty entries do not exist."""
    import polib

    path = folder / f"{domain}.po"
    _well_formed(path)
    try:
        catalogue = polib.pofile(str(path), encoding="utf-8")
    except (OSError, ValueError) as fault:
        match = re.search(r"line (\d+)\)", str(fault))
        raise ContentError([Finding(path, int(match[1]) if match else 0, "Not a PO file: mend this line.")]) from None
    found: dict[str, str] = {}
    findings: list[Finding] = []
    for entry in catalogue:
        if entry.obsolete or entry.fuzzy or not entry.msgstr:
            continue
        if entry.msgctxt is None:
            findings.append(Finding(path, entry.linenum, "This entry has no msgctxt, so nothing can use it."))
        elif entry.msgctxt in found:
            findings.append(Finding(path, entry.linenum, f"{entry.msgctxt} stands here a second time."))
        else:
            findings += _names_kept(path, entry.linenum, entry.msgid, entry.msgstr)
            found[entry.msgctxt] = entry.msgstr
    if findings:
        raise ContentError(findings)
    return Words(folder.name, found)


_PO_LINE = re.compile(r'^\s*(#.*|((msgctxt|msgid|msgid_plural|msgstr(\[\d+\])?)\s+)?"([^"\\]|\\.)*"\s*)?$')


def _well_formed(path: Path) -> None:
    """ContentError for a line that is not PO: polib would pass over some of them without a word."""
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except FileNotFoundError:
        raise ContentError([Finding(path, 0, "This file is missing.")]) from None
    except UnicodeDecodeError as fault:
        raise ContentError([Finding(path, 0, f"Byte {fault.start} is not UTF-8: save the file as UTF-8.")]) from None
    wrong = "Not a PO file: a line is msgctxt, msgid or msgstr and then its text in quotes."
    findings = [Finding(path, number, wrong) for number, line in enumerate(lines, 1) if not _PO_LINE.match(line)]
    if findings:
        raise ContentError(findings)


def read_rules_of(path: Path, *, prove: bool = True) -> tuple[Rule, ...]:
    """The signals of one language; `prove` also tries every rule on its examples."""
    rules, mistakes = read_rules(read_toml(path), path.stem, prove=prove)
    if mistakes:
        raise ContentError(Finding(path, _line_of_rule(path, mistake), mistake) for mistake in mistakes)
    return rules


def _line_of_rule(path: Path, mistake: str) -> int:
    """The line on which the rule begins that a mistake names (`rule 3 …`)."""
    number = re.match(r"rule (\d+)", mistake)
    lines = path.read_text(encoding="utf-8").splitlines()
    begins = [place for place, line in enumerate(lines, start=1) if line.strip() == "[[rule]]"]
    return begins[int(number[1]) - 1] if number and int(number[1]) <= len(begins) else 0


def read_care_of(path: Path) -> Care:
    """The words to be careful with in one language."""
    care, mistakes = read_care(read_toml(path))
    if mistakes:
        raise ContentError(Finding(path, 0, mistake) for mistake in mistakes)
    return care


def read_review(folder: Path) -> Review:
    """Who read this language's words (review.toml beside them); nobody, if the file is not there."""
    path = folder / "review.toml"
    if not path.exists():
        return Review()
    table = read_toml(path)
    known = set(READERS)
    dates = {f"{name}_date" for name in known}
    for key, value in table.items():
        if key not in known | dates:
            raise ContentError([Finding(path, 0, f"{key!r} is not known here: use {', '.join(sorted(known))}.")])
        if key in dates and not isinstance(value, datetime.date):
            raise ContentError([Finding(path, 0, f"{key} must be a date like 2026-11-22.")])
    for name in READERS:
        if table.get(name) and f"{name}_date" not in table:
            raise ContentError([Finding(path, 0, f"{name} has no {name}_date: write the day on which they read it.")])
    dated = {name: table[f"{name}_date"] for name in READERS if f"{name}_date" in table}
    return Review(**{name: str(table.get(name, "")) for name in READERS}, dates=dated)


@dataclass(frozen=True, slots=True)
class Shelf:
    """All that the hotline says and hears. `words` holds the offered languages, in the order of the list; `offers` the
    words of the offer check, of those that have them all."""

    scripts: Scripts
    words: dict[str, Words]
    pages: dict[str, Words]
    rules: Rulebook
    reviews: dict[str, Review]
    missing: dict[str, list[str]]
    offers: dict[str, Words] = field(default_factory=dict)

    @property
    def offered(self) -> tuple[str, ...]:
        return tuple(self.words)


def read_shelf(content: Path, locales: Path, wanted: Iterable[str], *, offer_unread: bool, ready: bool = True) -> Shelf:
    """Everything, read and checked; the rules of signals only when they are first needed, if not `ready`.

    A language that lacks a word of any reachable step is not offered: whole or not at all.
    """
    scripts = read_scripts(content / "scripts")
    needed = needed_keys(locales, scripts)
    words, pages, offers, reviews, missing = {}, {}, {}, {}, {}
    for tag in wanted:
        folder = locales / tag
        reviews[tag] = read_review(folder)
        spoken, written = read_words(folder, "scripts"), read_words(folder, "pages")
        missing[tag] = complete(needed["scripts"], spoken) + complete(needed["pages"], written)
        if not missing[tag] and (offer_unread or not reviews[tag].unread):
            words[tag], pages[tag] = spoken, written
            checking = read_checking(folder)
            if needed[OFFERS] and not complete(needed[OFFERS], checking):
                offers[tag] = checking
    if not words:
        why = "every language in languages.offered lacks words or a native reader: see `hotline check`."
        raise ContentError([Finding(locales, 0, f"No language can be offered: {why}")])
    paths = [path for path in sorted((content / "signals").glob("*.toml")) if path.stem in words]
    # `hotline check` proves the rules; a start should be quick, and a worker hardly ever needs them.
    rules = Rulebook(lambda: (rule for path in paths for rule in read_rules_of(path, prove=False)))
    if ready:
        rules.made()
    return Shelf(scripts, words, pages, rules, reviews, missing, offers)


def needed_keys(locales: Path, scripts: Scripts) -> dict[str, list[str]]:
    """What a language must have: every word of a reachable step, and every word of English that is not a synonym.

    What it lacks of OFFERS costs it the offer check, and nothing else.
    """
    english = read_words(locales / "en", "scripts").by_key
    steps = [key for step in scripts.reachable() for key in step.word_keys()]
    own = [key for key in english if key.startswith(("desk/", "channel/", "universal/", "policy/", "code/"))]
    pages = [key for key in read_words(locales / "en", "pages").by_key if not _MAY_BE_LEFT_OUT.search(key)]
    checking = list(read_checking(locales / "en").by_key)
    return {"scripts": list(dict.fromkeys([*steps, *own])), "pages": pages, OFFERS: checking}


def read_checking(folder: Path) -> Words:
    """The words of the offer check in one language; none where nobody has written them yet."""
    return read_words(folder, OFFERS) if (folder / f"{OFFERS}.po").exists() else Words(folder.name, {})


def languages_on_disk(locales: Path) -> list[str]:
    return [tag for tag in LANGUAGES if (locales / tag).is_dir()]


def _names_kept(path: Path, line: int, source: str, text: str) -> list[Finding]:
    extra = set(_NAME.findall(text)) - set(_NAME.findall(source))
    if extra:
        names = ", ".join(f"{{{name}}}" for name in sorted(extra))
        return [Finding(path, line, f"{names} does not stand in the English text, so nothing would fill it.")]
    if text.count("{") != len(_NAME.findall(text)) or text.count("}") != len(_NAME.findall(text)):
        return [Finding(path, line, "A { or } stands alone: write a name between them, or neither.")]
    return []


def _line_of(path: Path, where: str) -> int:
    wanted = re.compile(rf"^\s*(\[{re.escape(where)}\]|{re.escape(where)}\s*=)")
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if wanted.match(line):
            return number
    return 1
