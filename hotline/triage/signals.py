"""Signals: what words of a message say about danger and need, by phrase tables that staff can read and edit."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from hotline.contact import Level
from hotline.triage.phrases import Hit, Phrases, Said


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

LIFE = frozenset({Code.DANGER.value, Code.SELFHARM.value})
"""Signals that are answered with the emergency number in every state, also when a person has the contact."""

OUTRANKING = frozenset({Code.DANGER, Code.SELFHARM, Code.MINOR, Code.STOP})
"""Codes that leave whatever step the caller is in."""


@dataclass(frozen=True, slots=True)
class Signal:
    """One rule, or the sentence model, that spoke. `evidence` is the words of the caller that it heard: it lives only
    with the contact. `sure` False: only the model heard it, and not clearly, so the caller is asked. `source`: which
    rule (`en 3`: the third in content/signals/en.toml), or `model`.
    """

    code: str
    level: Level
    evidence: str
    sure: bool = True
    source: str = ""

    def as_row(self) -> list[object]:
        return [self.code, self.level.value, self.evidence, self.sure, self.source]

    @classmethod
    def from_row(cls, row: Sequence[Any]) -> Signal:
        code, level, evidence, *rest = row
        return cls(code, Level(level), evidence, *rest)

    @property
    def outranks(self) -> bool:
        return self.code in OUTRANKING


@dataclass(frozen=True, slots=True)
class Rule:
    """A row of a phrase table, with the examples that prove it: `heard` must speak, `quiet` must not."""

    code: Code
    level: Level
    language: str
    phrases: tuple[str, ...]
    unless: tuple[str, ...]
    heard: tuple[str, ...]
    quiet: tuple[str, ...]
    number: int = 0


class Rulebook:
    """Rules made ready for judging: all their phrases in one index. Given a source, it is read when first needed.

    What it keeps of a rule is what it needs to judge: phrases wait in the index, examples stay in their file.
    """

    def __init__(self, source: Iterable[Rule] | Callable[[], Iterable[Rule]]) -> None:
        self._source: Iterable[Rule] | Callable[[], Iterable[Rule]] = source
        self._made: tuple[tuple[Rule, ...], Phrases, Phrases] | None = None

    def made(self) -> tuple[tuple[Rule, ...], Phrases, Phrases]:
        """The rules without their texts, the index of their phrases and that of their guards."""
        if self._made is None:
            phrases, unless, slim = Phrases(), Phrases(), list[Rule]()
            for number, rule in enumerate(self._source() if callable(self._source) else self._source):
                phrases.add(number, rule.phrases)
                unless.add(number, rule.unless)
                slim.append(replace(rule, phrases=(), unless=(), heard=(), quiet=()))
            self._made = tuple(slim), phrases, unless
            self._source = ()
        return self._made

    def __len__(self) -> int:
        return len(self.made()[0])

    def speaking(self, text: str) -> list[tuple[Rule, str]]:
        """Every rule that a message makes speak, once, the gravest first, with the words it heard."""
        rules, phrases, guards = self.made()
        said = Said.of(text)
        first: dict[int, Hit] = {}
        unless: dict[int, list[Hit]] | None = None
        for hit in phrases.hits(said, done=first):
            unless = _by_owner(guards.hits(said)) if unless is None else unless
            if not any(guard.overlaps(hit) for guard in unless.get(hit.owner, ())):
                first[hit.owner] = hit
        grave = sorted(first, key=lambda owner: (_ORDER[rules[owner].code], owner))
        return [(rules[owner], first[owner].quoted(said)) for owner in grave]

    def share(self, text: str, code: Code) -> float:
        """How much of a message is words of rules with this code, from 0 to 1."""
        rules, phrases, guards = self.made()
        said = Said.of(text)
        unless = _by_owner(guards.hits(said))
        covered = set[tuple[bool, int]]()
        for hit in phrases.hits(said):
            if rules[hit.owner].code is code and not any(one.overlaps(hit) for one in unless.get(hit.owner, ())):
                covered.update((hit.letters, place) for place in range(hit.start, hit.end))
        letters = sum(by_letter for by_letter, _ in covered)
        return max(letters / max(len(said.text), 1), (len(covered) - letters) / max(len(said.words), 1))


def _by_owner(hits: Iterable[Hit]) -> dict[int, list[Hit]]:
    found: dict[int, list[Hit]] = {}
    for hit in hits:
        found.setdefault(hit.owner, []).append(hit)
    return found


MOSTLY = 0.6
"""Words of stopping count for sure only where they are most of a message: "don't call me, just write" is no farewell."""

_ORDER: Mapping[Code, int] = {code: place for place, code in enumerate(Code)}


def judge(text: str, rules: Rulebook | Iterable[Rule]) -> tuple[Signal, ...]:
    """Every signal that a message raises, the gravest first, one per code."""
    book = rules if isinstance(rules, Rulebook) else Rulebook(rules)
    found: dict[Code, Signal] = {}
    for rule, evidence in book.speaking(text):
        found.setdefault(rule.code, _signal(rule, evidence))
    if Code.STOP in found and book.share(text, Code.STOP) < MOSTLY:
        found[Code.STOP] = replace(found[Code.STOP], sure=False)
    return tuple(found.values())


def _signal(rule: Rule, evidence: str) -> Signal:
    return Signal(rule.code.value, rule.level, evidence, source=f"{rule.language} {rule.number}".strip())


def language_of(text: str, rules: Rulebook | Iterable[Rule]) -> str | None:
    """The language of the gravest rule that speaks: who cries for help is answered in the words they used."""
    book = rules if isinstance(rules, Rulebook) else Rulebook(rules)
    return next((rule.language for rule, _ in book.speaking(text)), None)


def read_rules(
    table: Mapping[str, Any], language: str = "", *, prove: bool = True
) -> tuple[tuple[Rule, ...], list[str]]:
    """The rules of one language's table, and every mistake in it as a sentence.

    `prove` tries every rule on its own examples, which takes longer than reading them.
    """
    rules: list[Rule] = []
    mistakes: list[str] = []
    rows = table.get("rule", [])
    if not isinstance(rows, list):
        return (), ["rule must be a list of tables: begin each rule with [[rule]]."]
    for number, row in enumerate(rows, start=1):
        where = f"rule {number}"
        wrong = _of_another_kind(row)
        if wrong:
            mistakes.append(f"{where}: {wrong}")
            continue
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
            rules.append(_rule(Code(code), row, language, number))
    if prove:
        mistakes += [sentence for rule in rules for sentence in _untrue(rule)]
    return tuple(rules), mistakes


def _of_another_kind(row: Any) -> str:
    if not isinstance(row, Mapping):
        return "it must be a table: begin it with [[rule]]."
    for key in ("any", "unless", "heard", "quiet"):
        if not isinstance(row.get(key, []), list) or not all(isinstance(text, str) for text in row.get(key, [])):
            return f"{key} must be a list of texts in quotes."
    return ""


def _rule(code: Code, row: Mapping[str, Any], language: str, number: int) -> Rule:
    return Rule(
        code,
        Level(row.get("level", LEVELS[code])),
        language,
        tuple(row["any"]),
        tuple(row.get("unless", ())),
        tuple(row["heard"]),
        tuple(row.get("quiet", ())),
        number,
    )


def _untrue(rule: Rule) -> Iterable[str]:
    book = Rulebook([rule])
    for example in rule.heard:
        if not book.speaking(example):
            yield f"rule {rule.number} ({rule.code}): the example {example!r} is not heard by its own rule."
    for example in rule.quiet:
        if book.speaking(example):
            yield f"rule {rule.number} ({rule.code}): the example {example!r} should stay quiet, but the rule hears it."
