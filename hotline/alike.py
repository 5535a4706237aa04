"""Which first words are nearly the same: a sketch of them, and the recent ones to compare with.

MinHash (Broder 1997): two sketches agree in about as many places as the texts share of all their runs of three words
(of five signs, where words are not set apart).
"""

from __future__ import annotations

import hashlib
import re
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

from hotline.plain import plain

FIRST_WORDS = 40
LONG = 4
"""Words from which on nearly the same is alike; of shorter texts only exactly the same, and of one word nothing."""

PLACES = 48
BAND = 2
"""So many places of two sketches must agree side by side before they are compared at all."""

ALIKE = 0.25
"""A text of thirteen words with two of them changed still shares 5 of 17 runs (0.29). Of a thousand sentences that people
may write, told of the same troubles, fewer than one in a hundred is that like another."""

SECONDS = 1200.0
MOST = 4096

_PRIME = (1 << 61) - 1
_NUMBER = re.compile(r"\d+")
_UNSPACED = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
"""Scripts that are written without spaces, and Hangul, whose words carry their endings: a sign is a word here."""


@dataclass(frozen=True, slots=True)
class Sketch:
    """Of a short text only `exact`; of a longer one the places too."""

    exact: bytes
    places: tuple[int, ...] = ()

    def likeness_to(self, other: Sketch) -> float:
        """0 to 1."""
        if self.exact == other.exact:
            return 1.0
        if not self.places or not other.places:
            return 0.0
        return sum(one == two for one, two in zip(self.places, other.places, strict=True)) / PLACES


class Sketcher:
    """Makes sketches. Those of two seeds have nothing to do with one another, so that none means anything elsewhere."""

    def __init__(self, seed: bytes) -> None:
        self._seed = seed[:32]
        drawn = [int.from_bytes(self._hash(f"place {place}".encode()), "big") for place in range(2 * PLACES)]
        self._mixers = [(a % (_PRIME - 1) + 1, b % _PRIME) for a, b in zip(drawn[::2], drawn[1::2], strict=True)]

    def sketch(self, text: str) -> Sketch | None:
        """None where the text is too short to say anything."""
        found = words(text)
        if len(found) < 2:
            return None
        exact = self._hash(" ".join(found).encode())
        if len(found) < LONG:
            return Sketch(exact)
        signs = sum(_UNSPACED.match(one) is not None for one in found)
        long = 5 if signs * 2 > len(found) else 3
        runs = {" ".join(found[place : place + long]) for place in range(max(1, len(found) - long + 1))}
        marks = [int.from_bytes(self._hash(run.encode()), "big") for run in runs]
        return Sketch(exact, tuple(min((a * mark + b) % _PRIME for mark in marks) for a, b in self._mixers))

    def _hash(self, data: bytes) -> bytes:
        return hashlib.blake2b(data, digest_size=8, key=self._seed).digest()


def words(text: str) -> list[str]:
    """The first words as they are compared: plain, with every number alike."""
    spaced = _UNSPACED.sub(lambda sign: f" {sign[0]} ", plain(text[:1024]))
    return _NUMBER.sub("0", spaced).split()[:FIRST_WORDS]


@dataclass(slots=True)
class _Group:
    sketch: Sketch
    name: bytes
    at: float


class Recent:
    """The sketches of the last twenty minutes, MOST at most; those that were alike stand there once."""

    def __init__(self, seconds: float = SECONDS, most: int = MOST) -> None:
        self._seconds = seconds
        self._most = most
        self._groups: OrderedDict[bytes, _Group] = OrderedDict()
        self._bands: dict[tuple[int, ...] | bytes, list[bytes]] = {}

    def __len__(self) -> int:
        return len(self._groups)

    def name_of(self, sketch: Sketch, now: float, fresh: bytes) -> bytes:
        """The name that everybody with such words shares; `fresh` for the first of them."""
        self._forget(now)
        found = self._likest(sketch)
        if found is not None:
            found.at = max(now, found.at)
            self._groups.move_to_end(found.name)
            return found.name
        self._groups[fresh] = _Group(sketch, fresh, now)
        for band in _bands(sketch):
            self._bands.setdefault(band, []).append(fresh)
        return fresh

    def _likest(self, sketch: Sketch) -> _Group | None:
        near = {name: self._groups[name] for band in _bands(sketch) for name in self._bands.get(band, ())}
        scored = [(sketch.likeness_to(group.sketch), name) for name, group in near.items()]
        best, name = max(scored, default=(0.0, b""))
        return near[name] if best >= ALIKE else None

    def _forget(self, now: float) -> None:
        while self._groups:
            oldest = next(iter(self._groups.values()))
            if len(self._groups) < self._most and now - oldest.at < self._seconds:
                return
            del self._groups[oldest.name]
            for band in _bands(oldest.sketch):
                names = self._bands[band]
                names.remove(oldest.name)
                if not names:
                    del self._bands[band]


def _bands(sketch: Sketch) -> Sequence[tuple[int, ...] | bytes]:
    places = sketch.places
    bands = [(start, *places[start : start + BAND]) for start in range(0, len(places), BAND)]
    return [sketch.exact, *bands]
