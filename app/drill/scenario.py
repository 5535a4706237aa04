"""Scenarios: who writes, in what language and over which channel, what they answer to whom, and what a good contact is.

One file of content/drills each. A sentence is a pair: as the caller writes it, and what it says in English.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hotline.checklist import KEYS
from hotline.coding import LISTS, REFERRAL
from hotline.contact import Channel, Level
from hotline.directory.model import Need as Referral
from hotline.language import LANGUAGES
from hotline.store.shelf import ContentError, Finding, read_toml
from hotline.tally import STAFF_OUTCOMES

FOLDER = "drills"
KINDS = frozenset(
    {"asks_safe", "asks_who", "gives_number", "presses", "promises", "link", "asks", "says"},
)
"""What a responder's message may be, beside a phrase of the phrasebook (`safe/now`) or a group of it (`safe/*`)."""

PHOTO, DELETE, CODE, SAFE, UNSAFE = "photo", "delete everything", "code words", "safe word", "unsafe word"
DEEDS = frozenset({PHOTO, DELETE, CODE, SAFE, UNSAFE})
"""What a caller can do beside writing: each stands in place of a sentence."""

ENDS = frozenset({"silent", "leaves"})
SECONDS = (0.0, 3600.0)


@dataclass(frozen=True, slots=True)
class Said:
    """One message, or one deed (then `text` is empty), so many seconds after what went before."""

    text: str
    english: str = ""
    deed: str = ""
    after: float = 5.0


@dataclass(frozen=True, slots=True)
class Rule:
    """What the caller answers to messages of these kinds, once. `then`: what comes after. `wakes`: also out of silence."""

    to: frozenset[str]
    says: tuple[Said, ...]
    then: str = ""
    wakes: bool = False


@dataclass(frozen=True, slots=True)
class Scenario:
    """One simulated caller. Seconds are those of an ordinary drill; a faster one divides them.

    `opening` is said to the script, `story` once a person was asked for, `later` so long after a person came.
    `steps` are keys of the safety checklist, `close` the codes of a good close: each name with what may be chosen.
    """

    name: str
    title: str
    about: str
    language: str
    channel: Channel
    level: Level
    opening: tuple[Said, ...]
    story: tuple[Said, ...] = ()
    answers: tuple[Rule, ...] = ()
    otherwise: tuple[Said, ...] = ()
    later: tuple[Said, ...] = ()
    steps: tuple[str, ...] = ()
    close: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    patience: float = 900.0
    read_by: str = ""


def read_scenarios(content: Path) -> dict[str, Scenario]:
    """Every scenario by its name, or ContentError with everything that is wrong."""
    found: dict[str, Scenario] = {}
    findings: list[Finding] = []
    for path in sorted((content / FOLDER).glob("*.toml")):
        try:
            found[path.stem] = _Reader(path).scenario()
        except ContentError as fault:
            findings += fault.findings
    if not found and not findings:
        findings.append(Finding(content / FOLDER, 0, "There is no scenario here."))
    if findings:
        raise ContentError(findings)
    return found


class _Reader:
    """Reads one file and gathers every mistake in it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._table = read_toml(path)
        self._mistakes: list[str] = []

    def scenario(self) -> Scenario:
        table = self._table
        found = Scenario(
            self._path.stem,
            self._text("title"),
            self._text("about"),
            self._one_of("language", LANGUAGES),
            Channel(self._one_of("channel", tuple(Channel)) or Channel.SMS),
            Level(self._one_of("level", tuple(Level)) or Level.ROUTINE),
            self._said("opening"),
            self._said("story"),
            tuple(self._rule(one) for one in self._list("answers", dict)),
            self._said("otherwise"),
            self._said("later"),
            tuple(self._list("steps", str)),
            self._codes(),
            self._seconds(table.get("patience", 900), "patience"),
            str(table.get("read_by", "")),
        )
        unknown = set(table) - _KEYS
        self._mistakes += [f"{name} is not known: use {', '.join(sorted(_KEYS))}." for name in sorted(unknown)]
        self._mistakes += [f"steps: {key} is not on the safety checklist." for key in found.steps if key not in KEYS]
        self._mistakes += [] if found.opening else ["opening is empty: a caller begins with a sentence."]
        if self._mistakes:
            raise ContentError([Finding(self._path, 0, mistake) for mistake in self._mistakes])
        return found

    def _text(self, name: str) -> str:
        value = self._table.get(name)
        if isinstance(value, str) and value.strip():
            return value
        self._mistakes.append(f"{name} must be text in quotes.")
        return ""

    def _one_of(self, name: str, known: Any) -> str:
        value = self._table.get(name)
        if value in tuple(known):
            return str(value)
        self._mistakes.append(f"{name} must be one of {', '.join(known)}.")
        return ""

    def _list(self, name: str, kind: type) -> list[Any]:
        value = self._table.get(name, [])
        if isinstance(value, list) and all(isinstance(one, kind) for one in value):
            return value
        self._mistakes.append(f"{name} must be a list.")
        return []

    def _said(self, name: str) -> tuple[Said, ...]:
        return self._sentences(self._table.get(name, []), name)

    def _sentences(self, value: object, where: str) -> tuple[Said, ...]:
        """`"deed"`, `["text", "English"]` or `["text", "English", seconds]`, each one of a list."""
        found = []
        for one in value if isinstance(value, list) else [None]:
            parts = [one] if isinstance(one, str) else one
            if (
                not isinstance(parts, list)
                or not 1 <= len(parts) <= 3
                or not all(isinstance(p, str) for p in parts[:2])
            ):
                self._mistakes.append(f'{where} must be a list of ["what they write", "the same in English", seconds].')
                continue
            text, english = parts[0], parts[1] if len(parts) > 1 else ""
            after = self._seconds(parts[2] if len(parts) > 2 else 5, where)
            if text in DEEDS:
                found.append(Said("", english, text, after))
            elif len(parts) == 1:
                self._mistakes.append(
                    f"{where}: {text!r} is no deed ({', '.join(sorted(DEEDS))}), and lacks its English."
                )
            else:
                found.append(Said(text, english, "", after))
        return tuple(found)

    def _rule(self, table: Mapping[str, Any]) -> Rule:
        to, then = table.get("to", []), table.get("then", "")
        if not isinstance(to, list) or not to or not all(isinstance(one, str) and _is_kind(one) for one in to):
            self._mistakes.append(
                f"answers.to must be a list of {', '.join(sorted(KINDS))}, phrases or groups of them."
            )
            to = []
        if then not in ("", *ENDS):
            self._mistakes.append(f"answers.then must be {' or '.join(sorted(ENDS))}.")
        if unknown := set(table) - {"to", "says", "then", "wakes"}:
            self._mistakes.append(f"answers: {', '.join(sorted(unknown))} is not known: use to, says, then, wakes.")
        return Rule(
            frozenset(to), self._sentences(table.get("says", []), "answers.says"), then, table.get("wakes") is True
        )

    def _codes(self) -> Mapping[str, tuple[str, ...]]:
        """Which codes a good close has: `name = "code"` or `name = ["one", "or another"]`."""
        table = self._table.get("close", {})
        if not isinstance(table, dict):
            self._mistakes.append("close must be a table of names and codes.")
            return {}
        codes = {name: tuple(value) if isinstance(value, list) else (value,) for name, value in table.items()}
        for name, some in codes.items():
            known = _CODES.get(name, ())
            wrong = [str(one) for one in some if one not in known]
            if wrong:
                self._mistakes.append(f"close.{name} = {', '.join(wrong)} is not on the closing lists.")
        return codes

    def _seconds(self, value: object, where: str) -> float:
        least, most = SECONDS
        if isinstance(value, int | float) and not isinstance(value, bool) and least <= value <= most:
            return float(value)
        self._mistakes.append(f"{where}: seconds must be a number from {least:.0f} to {most:.0f}.")
        return 0.0


_CODES = {
    **{name: frozenset(one.value for one in values) for name, values in LISTS.items()},
    "outcome": frozenset(one.value for one in STAFF_OUTCOMES),
    **{f"{REFERRAL}/{one.value}": frozenset({"1"}) for one in Referral},
}
"""What a close can say: each list, and each kind of referral, which is ticked."""

_KEYS = {
    "title", "about", "language", "channel", "level", "opening", "story", "answers", "otherwise", "later", "steps",
    "close", "patience", "read_by",
}  # fmt: skip


def _is_kind(name: str) -> bool:
    group, stroke, phrase = name.partition("/")
    return name in KINDS or bool(stroke and group and phrase)
