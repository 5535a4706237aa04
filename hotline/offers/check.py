"""An offer checked: its flags with the words they were found in, good signs, what is missing, and the verdict. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from hotline.offers.flags import GRAVEST_FIRST, Flag, Good, Told, Verdict, verdict_of
from hotline.offers.lexicon import Code, Lexicon, Piece
from hotline.offers.pieces import says_enough, sentences

LONGEST_QUOTE = 200

MODEL_ALONE, MODEL_BESIDE = 0.9, 0.3
"""From which likelihood on what only the model saw is shown as possible: alone, and beside a flag that a rule has found.
An offer with one flag rarely has no other; measured on our own labelled offers, see docs/decisions/0035."""

Impressions = Callable[[str], Mapping[str, float]]
"""How likely each flag is in one sentence, as the offers' model has it."""


@dataclass(frozen=True, slots=True)
class Found:
    """A flag or good sign, and the words of the offer in which it was found. `possible`: only the model saw it."""

    code: Flag | Good
    evidence: str
    possible: bool = False


@dataclass(frozen=True, slots=True)
class Checked:
    """What there is to say of an offer."""

    verdict: Verdict
    flags: tuple[Found, ...]
    good: tuple[Found, ...]
    missing: tuple[Told, ...]

    @property
    def sure(self) -> tuple[Flag, ...]:
        """What a rule found: this alone is counted."""
        return tuple(one.code for one in self.flags if isinstance(one.code, Flag) and not one.possible)

    @property
    def codes(self) -> tuple[Flag, ...]:
        return tuple(one.code for one in self.flags if isinstance(one.code, Flag))


def check(text: str, lexicons: Iterable[Lexicon], impressions: Impressions | None = None) -> Checked:
    """`lexicons`: those of the languages it may be written in, the likeliest first. The model may add a flag, and takes none
    away. Where the likeliest language says "no fee", a word that another knows for a fee is not heard.
    """
    parts = sentences(text)
    pieces = [Piece.of(part) for part in parts]
    found: dict[Flag | Good, Found] = {}
    told: set[Told] = set()
    denied: frozenset[tuple[Code, int]] = frozenset()
    for number, lexicon in enumerate(lexicons):
        heard = [lexicon.entries(piece) for piece in pieces]
        for rule, place in lexicon.spoken(heard, denied):
            if isinstance(rule.code, Told):
                told.add(rule.code)
            else:
                found.setdefault(rule.code, Found(rule.code, quoted(parts, place)))
        if number == 0:
            denied = lexicon.denied(heard)
    ruled = any(isinstance(code, Flag) for code in found)
    for code, evidence in _seen(parts, impressions, MODEL_BESIDE if ruled else MODEL_ALONE).items():
        found.setdefault(code, Found(code, evidence, possible=True))
    flags = [flag for flag in GRAVEST_FIRST if flag in found]
    sure = [flag for flag in flags if not found[flag].possible]
    return Checked(
        verdict_of(sure, flags),
        tuple(found[flag] for flag in flags),
        tuple(found[sign] for sign in Good if sign in found),
        tuple(one for one in Told if one not in told),
    )


def _seen(parts: Sequence[str], impressions: Impressions | None, least: float) -> dict[Flag, str]:
    best: dict[Flag, tuple[float, str]] = {}
    for part in filter(says_enough, parts) if impressions is not None else ():
        for name, likely in impressions(part).items():  # type: ignore[misc]
            if name in list(Flag) and likely >= least and likely > best.get(Flag(name), (0.0, ""))[0]:
                best[Flag(name)] = likely, part
    return {flag: part[:LONGEST_QUOTE] for flag, (_, part) in best.items()}


def quoted(parts: Sequence[str], place: range) -> str:
    """The sentences in which a rule spoke, as they were typed; of a rule over the whole offer the first words."""
    text = re.sub(r"\s+", " ", " … ".join(parts[number] for number in place[:2])).strip()
    return text if len(text) <= LONGEST_QUOTE else f"{text[: LONGEST_QUOTE - 1]}…"
