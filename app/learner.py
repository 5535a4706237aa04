"""Learns the heads of the sentence model. The only importer of numpy; nothing of the server imports this."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

ROUNDS, PACE, SHRINK, BATCH = 20, 0.2, 1e-5, 64
"""Adagrad on the multinomial logistic loss, see docs/decisions/0011."""


class Learner:
    """Learns one head: weights for hashed slots, each text's slots weighed by rarity and scaled to length one."""

    def __init__(self, bits: int, names: Sequence[str]) -> None:
        self.slots = 1 << bits
        self.names = tuple(names)

    def learnt(
        self, texts: Sequence[frozenset[int]], names: Sequence[str], tell: Callable[[str], None]
    ) -> tuple[dict[str, Any], bytes]:
        idf = self._rarity(texts)
        weights, bias = self._descend(_Sparse.of(texts, idf), np.array([self.names.index(one) for one in names]), tell)
        top = float(np.abs(weights).max()) or 1.0
        whole = np.clip(np.rint(weights / top * 127), -127, 127).astype(np.int8)
        idf_scale = float(idf.max()) / 255 or 1.0
        rarity = np.rint(idf / idf_scale).astype(np.uint8)
        table = {
            "names": list(self.names),
            "scale": top / 127,
            "bias": [round(float(one), 6) for one in bias],
        }
        return table, rarity.tobytes() + whole.tobytes()

    def _rarity(self, texts: Sequence[frozenset[int]]) -> Any:
        seen = np.zeros(self.slots, np.float64)
        for slots in texts:
            seen[list(slots)] += 1
        return np.where(seen > 0, np.log((len(texts) + 1) / (seen + 1)) + 1, 0.0)

    def _descend(self, texts: _Sparse, wanted: Any, tell: Callable[[str], None]) -> tuple[Any, Any]:
        width = len(self.names)
        weights, bias = np.zeros((self.slots, width), np.float32), np.zeros(width, np.float32)
        grown, grown_bias = np.full_like(weights, 1e-8), np.full_like(bias, 1e-8)
        chance, truth = np.random.default_rng(0), np.eye(width, dtype=np.float32)[wanted]
        for number in range(ROUNDS):
            lost = 0.0
            for batch in np.array_split(chance.permutation(len(wanted)), max(1, len(wanted) // BATCH)):
                slots, values, owners = texts.rows(batch)
                scores = np.zeros((len(batch), width), np.float32)
                np.add.at(scores, owners, weights[slots] * values[:, None])
                scores += bias
                scores -= scores.max(1, keepdims=True)
                likely = np.exp(scores)
                likely /= likely.sum(1, keepdims=True)
                lost -= float(np.log(np.maximum((likely * truth[batch]).sum(1), 1e-12)).sum())
                slope = (likely - truth[batch]) / len(batch)
                own, place = np.unique(slots, return_inverse=True)
                steep = np.zeros((len(own), width), np.float32)
                np.add.at(steep, place, slope[owners] * values[:, None])
                steep += SHRINK * weights[own]
                grown[own] += steep * steep
                weights[own] -= PACE * steep / np.sqrt(grown[own])
                total = slope.sum(0)
                grown_bias += total * total
                bias -= PACE * total / np.sqrt(grown_bias)
            tell(f"  round {number + 1} of {ROUNDS}: loss {lost / len(wanted):.3f}")
        return weights, bias


@dataclass(frozen=True, slots=True)
class _Sparse:
    """Texts as rows of (slot, value), one after another."""

    slots: Any
    values: Any
    starts: Any

    @classmethod
    def of(cls, texts: Sequence[frozenset[int]], idf: Any) -> _Sparse:
        ordered = [np.array(sorted(slots), np.int64) for slots in texts]
        starts = np.concatenate([[0], np.cumsum([len(one) for one in ordered])])
        slots = np.concatenate(ordered)
        values = idf[slots].astype(np.float32)
        for first, last in pairwise(starts):
            values[first:last] /= max(float(np.linalg.norm(values[first:last])), 1e-9)
        return cls(slots, values, starts)

    def rows(self, batch: Any) -> tuple[Any, Any, Any]:
        spans = [np.arange(self.starts[one], self.starts[one + 1]) for one in batch]
        where = np.concatenate(spans)
        owners = np.repeat(np.arange(len(batch)), [len(span) for span in spans])
        return self.slots[where], self.values[where], owners
