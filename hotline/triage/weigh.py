"""Rules and the sentence model together. The model may add a signal or raise a level; it never takes one away."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from hotline.contact import Level
from hotline.impression import Impression
from hotline.triage.signals import LEVELS, Code, Signal

ASKED = 0.35
"""From this likelihood of danger and self-harm together, the caller is asked whether they are in danger."""

SURE = 0.80
"""From this likelihood on, the model's word counts as much as a rule's; save for STOP, since that ends a contact."""

MODEL = "model"
"""Source of a signal that no rule raised."""

LIKELY = 0.30
"""The likeliest label becomes a signal from here on."""

_LIFE = (Code.DANGER, Code.SELFHARM)

_LEVELS = {code.value: level for code, level in LEVELS.items() if code not in _LIFE}

_UNSURE = {Code.EXPLOITED: Level.SOON, Code.MINOR: Level.SOON}
"""What the model alone is worth where it is not sure: a question about pay is not a captive's cry."""


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
        yield Signal(code.value, Level.IMMEDIATE if sure else Level.URGENT, _evidence(life), sure, MODEL)
    top = max(labels, key=lambda one: labels[one], default="none")
    if top in _LEVELS and labels[top] >= LIKELY:
        code, likely = Code(top), labels[top]
        sure = likely >= SURE and code is not Code.STOP
        yield Signal(
            code.value, _LEVELS[top] if sure else _UNSURE.get(code, _LEVELS[top]), _evidence(likely), sure, MODEL
        )


def _evidence(likely: float) -> str:
    return f"model {likely:.2f}"
