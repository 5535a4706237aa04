"""Rules and the sentence model together. The model may add a signal or raise a level; it never takes one away."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from hotline.contact import Level
from hotline.impression import Impression
from hotline.triage.signals import LEVELS, Code, Signal

ASKED = 0.25
"""From this likelihood of danger or self-harm together, the caller is asked whether they are in danger."""

SURE = 0.80
"""From this likelihood on, the model's word counts as much as a rule's."""

LIKELY = 0.50
"""From this likelihood on, the model's other labels become signals."""

_LIFE = (Code.DANGER, Code.SELFHARM)


def weigh(heard: Iterable[Signal], impression: Impression | None) -> tuple[Signal, ...]:
    """The signals of the rules and what the model adds to them, the gravest first."""
    found = {signal.code: signal for signal in heard}
    for signal in _of_model(impression) if impression is not None else ():
        known = found.get(signal.code)
        if known is None:
            found[signal.code] = signal
        elif signal.level.rank < known.level.rank:
            found[signal.code] = replace(known, level=signal.level)
    return tuple(sorted(found.values(), key=lambda signal: _ORDER[signal.code]))


_ORDER = {code.value: place for place, code in enumerate(Code)}


def _of_model(impression: Impression) -> Iterable[Signal]:
    labels = impression.labels
    life = sum(labels.get(code, 0.0) for code in _LIFE)
    if life >= ASKED:
        code = max(_LIFE, key=lambda one: labels.get(one, 0.0))
        sure = life >= SURE
        yield Signal(code.value, Level.IMMEDIATE if sure else Level.URGENT, _evidence(code, life), sure)
    for code in Code:
        likely = labels.get(code, 0.0)
        if code not in _LIFE and likely >= LIKELY:
            yield Signal(code.value, LEVELS[code], _evidence(code, likely), likely >= SURE)


def _evidence(code: Code, likely: float) -> str:
    return f"model: {code.value} {likely:.2f}"
