"""Signals: what words of a message say about danger and need, by phrase tables that staff can read and edit.

A phrase is plain words. `*` stands for up to three words between, `~` at the end of a word for any ending.
Languages written without spaces (Thai, Chinese) are matched anywhere in the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from hotline.contact import Level
from hotline.plain import plain


class Code(StrEnum):
    """What a signal is about, the gravest first; the first that fits is a message's label."""

    DANGER = "danger"
    SELFHARM = "selfharm"
    MINOR = "minor"
    EXPLOITED = "exploited"
    WITNESS = "witness"
    JOBOFFER = "joboffer"
    RIGHTS = "rights"
    INFO = "info"
    STOP = "stop"


LEVELS: Mapping[Code, Level] = {
    Code.DANGER: Level.IMMEDIATE,
    Code.SELFHARM: Level.IMMEDIATE,
    Code.MINOR: Level.URGENT,
    Code.EXPLOITED: Level.URGENT,
    Code.WITNESS: Level.SOON,
    Code.JOBOFFER: Level.ROUTINE,
    Code.RIGHTS: Level.ROUTINE,
    Code.INFO: Level.ROUTINE,
    Code.STOP: Level.ROUTINE,
}

OUTRANKING = frozenset({Code.DANGER, Code.SELFHARM, Code.MINOR, Code.STOP})
"""Codes that leave whatever step the caller is in."""

_UNSPACED = re.compile(r"[\u0e00-\u0e7f\u4e00-\u9fff\u3040-\u30ff]")


@dataclass(frozen=True, slots=True)
class Signal:
    """One rule that spoke. `evidence` is the words of the caller it heard: it lives only with the contact."""

    code: str
    level: Level
    evidence: str

    @property
    def outranks(self) -> bool:
        return self.code in OUTRANKING

    @classmethod
    def from_table(cls, table: Mapping[str, Any]) -> Signal:
        return cls(table["code"], Level(table["level"]), table["evidence"])


@dataclass(frozen=True, slots=True)
class Rule:
    """A row of a phrase table, with the examples that prove it: `heard` must speak, `quiet` must not."""

    code: Code
    level: Level
    language: str
    phrases: re.Pattern[str]
    unless: re.Pattern[str] | None
    heard: tuple[str, ...]
    quiet: tuple[str, ...]


def judge(text: str, rules: Iterable[Rule]) -> tuple[Signal, ...]:
    """Every signal that a message raises, the gravest first, one per code."""
    said = plain(text)
    found: dict[Code, Signal] = {}
    for rule in rules:
        if rule.code in found:
            continue
        kept = rule.unless.sub(" . ", said) if rule.unless else said
        match = rule.phrases.search(kept)
        if match:
            found[rule.code] = Signal(rule.code.value, rule.level, match.group().strip())
    order = list(Code)
    return tuple(found[code] for code in sorted(found, key=order.index))


def language_of(text: str, rules: Iterable[Rule]) -> str | None:
    """The language of the first rule that speaks: somebody who cries for help is answered in the words they used."""
    return next((rule.language for rule in rules if judge(text, [rule])), None)


def read_rules(table: Mapping[str, Any], language: str = "") -> tuple[tuple[Rule, ...], list[str]]:
    """The rules of one language's table, and every mistake in it as a sentence."""
    rules: list[Rule] = []
    mistakes: list[str] = []
    for number, row in enumerate(table.get("rule", ()), start=1):
        where = f"rule {number}"
        code = row.get("code")
        unknown = set(row) - {"code", "level", "any", "unless", "heard", "quiet"}
        if code not in list(Code):
            mistakes.append(f"{where}: code = {code!r} is not known: use one of {', '.join(Code)}.")
        elif row.get("level", "routine") not in list(Level):
            mistakes.append(f"{where}: level = {row['level']!r} is not known: use one of {', '.join(Level)}.")
        elif unknown:
            mistakes.append(f"{where}: {', '.join(sorted(unknown))} is not known here.")
        elif not row.get("any") or not row.get("heard"):
            mistakes.append(f"{where} ({code}): it needs phrases under any = [...] and examples under heard = [...].")
        else:
            rules.append(_rule(Code(code), row, language))
    mistakes += [sentence for rule in rules for sentence in _untrue(rule)]
    return tuple(rules), mistakes


def _rule(code: Code, row: Mapping[str, Any], language: str) -> Rule:
    return Rule(
        code,
        Level(row.get("level", LEVELS[code])),
        language,
        _pattern(row["any"]),
        _pattern(row["unless"]) if row.get("unless") else None,
        tuple(row["heard"]),
        tuple(row.get("quiet", ())),
    )


def _untrue(rule: Rule) -> Iterable[str]:
    for example in rule.heard:
        if not judge(example, [rule]):
            yield f"{rule.code}: the example {example!r} is not heard by its own rule."
    for example in rule.quiet:
        if judge(example, [rule]):
            yield f"{rule.code}: the example {example!r} should stay quiet, but the rule hears it."


def _pattern(phrases: Iterable[str]) -> re.Pattern[str]:
    return re.compile("|".join(_one(phrase) for phrase in phrases))


def _one(phrase: str) -> str:
    if _UNSPACED.search(phrase):
        parts = [re.escape(plain(part)) for part in phrase.split("*")]
        return r".{0,12}".join(part.replace(r"\ ", r"\s*") for part in parts)
    found = ""
    for word in phrase.split():
        if word == "*":
            found += r"(?:\s\S+){0,3}"
        else:
            bare = re.escape(plain(word.rstrip("~"))).replace(r"\ ", r"\s")
            found += (r"\s" if found else r"(?<!\S)") + bare + (r"\S*" if word.endswith("~") else "")
    return found + r"(?!\S)"
