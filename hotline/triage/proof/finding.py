"""What the prover finds: a promise that the scripts or their words break, and what to do."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """`rule` is the promise, `step` a word key or script:step, `language` empty where no words are involved."""

    rule: str
    script: str
    step: str
    language: str
    what: str


@dataclass(slots=True)
class Ledger:
    """Counts what was checked and gathers what was found, each finding once."""

    checked: int = 0
    found: set[Finding] = field(default_factory=set)

    def check(self, holds: bool, rule: str, place: object, what: str, language: str = "") -> None:
        """`place`: a word key (script/step/say) or a place (script:step)."""
        self.checked += 1
        if not holds:
            where = str(place).replace(":", "/", 1)
            script = where.split("/")[0]
            self.found.add(Finding(rule, script, where, language, what))
