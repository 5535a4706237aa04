"""The models: linear heads over hashed pieces of words. One for what a message says, one for its language; and one for the
flags of a sentence in a job offer.

The only importer of the models' files (content/learning/model.bin, content/offers/model.bin; made by `hotline learn`). They
need no library: a file is mapped, so that processes share its pages, and a message costs about a millisecond of plain Python.
"""

from __future__ import annotations

import json
import math
import mmap
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hotline.impression import Impression
from hotline.triage.grams import FLAG_BITS, MEANING_BITS, TONGUE_BITS, flag_grams, meaning_grams, tongue_grams

MAGIC = b"hotline-model 1\n"

HEADS = (("meaning", MEANING_BITS, 80), ("tongue", TONGUE_BITS, 16))
OFFER_HEADS = (("flags", FLAG_BITS, 80),)
"""Each head, its slots as a power of two, and how many pieces of a text are enough to believe it fully."""


class ModelUnusable(Exception):
    """The model's file is missing, cut short or of another kind; says which in one sentence."""


@dataclass(frozen=True, slots=True)
class Head:
    """One linear classifier. Slot `s` weighs `idf[s]` and adds `weights[s * len(names) ...]` (int8, times `scale`).

    A text of fewer than `enough` pieces is believed less.
    """

    names: tuple[str, ...]
    scale: float
    enough: int
    bias: tuple[float, ...]
    idf: memoryview
    weights: memoryview

    def likely(self, slots: Collection[int]) -> dict[str, float]:
        """How likely each name is; an empty mapping for a text without a known piece."""
        width, idf, weights = len(self.names), self.idf, self.weights
        length, sums = 0, [0] * width
        for slot in slots:
            weight = idf[slot]
            if weight:
                length += weight * weight
                row = weights[slot * width : (slot + 1) * width]
                sums = [one + weight * two for one, two in zip(sums, row, strict=True)]
        if not length:
            return {}
        # A word or two is little to judge by: the fewer pieces, the nearer the answer stays to "anything".
        norm = self.scale / math.sqrt(length) * min(1.0, math.sqrt(len(slots) / self.enough))
        scores = [bias + norm * one for bias, one in zip(self.bias, sums, strict=True)]
        most = max(scores)
        raised = [math.exp(score - most) for score in scores]
        total = sum(raised)
        return {name: one / total for name, one in zip(self.names, raised, strict=True)}


class Understanding:
    """The model, ready. `impression` never raises and keeps nothing of a text."""

    def __init__(self, meaning: Head, tongue: Head) -> None:
        self.meaning = meaning
        self.tongue = tongue

    def impression(self, text: str) -> Impression:
        return Impression(self.meaning.likely(meaning_grams(text)), self.tongue.likely(tongue_grams(text)))


@dataclass(frozen=True, slots=True)
class OfferModel:
    """The model of job offers, ready."""

    flags: Head

    def impressions(self, sentence: str) -> Mapping[str, float]:
        """How likely each flag is in one sentence of an offer; `fair` is one of them. Never raises, keeps nothing."""
        return self.flags.likely(flag_grams(sentence))


def open_model(path: Path) -> tuple[Understanding, str]:
    """The model of a file and the fingerprint of the phrases it was made from. Raises ModelUnusable."""
    heads, made_from = _open(path, HEADS)
    return Understanding(*heads), made_from


def open_offer_model(path: Path) -> tuple[OfferModel, str]:
    """The same for job offers."""
    heads, made_from = _open(path, OFFER_HEADS)
    return OfferModel(*heads), made_from


def _open(path: Path, wanted: Sequence[tuple[str, int, int]]) -> tuple[list[Head], str]:
    try:
        with path.open("rb") as file:
            mapped = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
        head = bytes(mapped[: 1 << 16]).partition(b"\n\n")[0]
        if not head.startswith(MAGIC):
            raise ModelUnusable(f"{path} is not a model of this house: run `hotline learn`.")
        table = json.loads(head[len(MAGIC) :])
        at, heads = len(head) + 2, []
        for name, bits, enough in wanted:
            found, at = _head(table[name], mapped, at, bits, enough)
            heads.append(found)
        made_from = str(table["phrases"])
        if not all(math.isfinite(one) for head in heads for one in (head.scale, *head.bias)):
            raise ValueError("not numbers")
    except FileNotFoundError:
        raise ModelUnusable(f"{path} is missing: run `hotline learn`.") from None
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as fault:
        raise ModelUnusable(f"{path} cannot be read ({type(fault).__name__}): run `hotline learn`.") from None
    return heads, made_from


def _head(table: Mapping[str, Any], mapped: memoryview, at: int, bits: int, enough: int) -> tuple[Head, int]:
    names, slots = tuple(map(str, table["names"])), 1 << bits
    middle, end = at + slots, at + slots + slots * len(names)
    if len(mapped) < end or len(table["bias"]) != len(names):
        raise ValueError("cut short")
    bias = tuple(float(one) for one in table["bias"])
    head = Head(names, float(table["scale"]), enough, bias, mapped[at:middle], mapped[middle:end].cast("b"))
    return head, end
