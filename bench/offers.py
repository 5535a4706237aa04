"""The check of offers: how well the labelled examples are judged, what a check costs, and what hostile texts do to it.

`python -m bench.offers --texts 1000000` (in `make soak`) throws that many spoiled texts at every lexicon: none may fail or
take a second.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from statistics import quantiles
from typing import Any

from app.settings import ROOT, read_settings
from hotline.offers.check import Checked, Impressions, check
from hotline.offers.flags import Flag, Verdict
from hotline.offers.lexicon import Lexicon
from hotline.store.offers import Lexicons
from hotline.understanding import open_offer_model

MEASURE = ROOT / "bench" / "data" / "offers.jsonl"
"""184 labelled offers in 23 languages, written and labelled by a language model that saw no rule. No rule was written for
them: whoever mends a rule looks at other examples, or this measures nothing any more."""

EXAMPLES = ROOT.parent / "shared" / "data" / "offers_dev.jsonl"
"""The development examples, which rules were tried on; where they are not there, that part is left out."""

LONG = 2_000
"""Characters of the offers whose cost is measured."""

MOST_SECONDS = 1.0
SHORT = ("balanced", "flags_f1")
SIGNS = "\0\u200b\u202e\u0301\ufeff\ud83d😀🔹•–…!?.,;:/\\()[]{}<>|*~@$€£₽%&#'\"`=+-_\t\n\r १२٣৪ ١٢٣ ①²½ﷺ"
ALPHABETS = (
    "abcdefghijklmnopqrstuvwxyzåäöøæñçğışłżđ абвгґдежзиіїйклмнопрстуфхцчшщъыьэюя "
    "ابتثجحخدذرزسشصضطظعغفقكلمنهوي กขคงจฉชซฌญฎฏฐ 工作护照工资 नेपाली"
)


def lexicons() -> dict[str, Lexicon]:
    """Every lexicon of the house, read whole."""
    shelf = Lexicons(read_settings(os.environ, ROOT / "config.toml").content / "offers")
    return {tag: lexicon for tag in shelf.languages if (lexicon := shelf.of(tag)) is not None}


def judged(known: Mapping[str, Lexicon], text: str, language: str, impressions: Impressions | None = None) -> Checked:
    """As the server does it when the language is told rightly; without `impressions` by the rules alone."""
    wanted = dict.fromkeys((language, "en"))
    return check(text, [known[tag] for tag in wanted if tag in known], impressions)


def model() -> Impressions:
    """What the house's model of offers makes of a sentence."""
    return open_offer_model(read_settings(os.environ, ROOT / "config.toml").content / "offers" / "model.bin")[
        0
    ].impressions


def run() -> dict[str, Any]:
    known = lexicons()
    row: dict[str, Any] = {"languages": sorted(known), "rules": sum(len(one.rules) for one in known.values())}
    row |= _cost(known)
    row |= {f"unseen {name}": value for name, value in score(known, labelled(MEASURE), model()).items()}
    row |= {f"rules alone {name}": value for name, value in score(known, labelled(MEASURE)).items() if name in SHORT}
    if EXAMPLES.exists():
        row |= {f"development {name}": value for name, value in score(known, labelled(EXAMPLES), model()).items()}
    return row


def labelled(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def _cost(known: Mapping[str, Lexicon]) -> dict[str, float]:
    """Milliseconds of CPU for an offer of 2,000 characters, made of each rule's own examples."""
    took = []
    for tag, lexicon in known.items():
        said = [text for rule in lexicon.rules for text in (*rule.heard, *rule.quiet)]
        rng = random.Random(tag)
        for _ in range(5):
            text = " ".join(rng.choices(said, k=80))[:LONG] if said else "x " * (LONG // 2)
            judged(known, text, tag)  # the first time a phrase is met it is taken apart, which is not what is measured
            began = time.process_time()
            judged(known, text, tag)
            took.append((time.process_time() - began) * 1000)
    cuts = quantiles(took, n=100)
    return {"ms_p50": round(cuts[49], 2), "ms_p99": round(cuts[98], 2), "ms_most": round(max(took), 2)}


def score(
    known: Mapping[str, Lexicon], rows: Iterable[Mapping[str, Any]], impressions: Impressions | None = None
) -> dict[str, Any]:
    """Balanced accuracy of risky against fair, and micro-F1 of the flags; balanced accuracy per language too."""
    hits: Counter[str] = Counter()
    seen: dict[str, Counter[str]] = {}
    for row in rows:
        found = judged(known, row["text"], row["lang"], impressions)
        said, wanted = set(map(str, found.codes)), set(row["flags"])
        hits.update({"right": len(said & wanted), "wrong": len(said - wanted), "missed": len(wanted - said)})
        side = "risky" if row["risky"] else "fair"
        right = (found.verdict is not Verdict.NO_FLAGS_FOUND) == row["risky"]
        seen.setdefault(row["lang"], Counter()).update({side: 1, f"{side} right": int(right)})
    whole: Counter[str] = sum(seen.values(), Counter())
    return {
        "offers": whole["risky"] + whole["fair"],
        "balanced": _balanced(whole),
        "by language": {tag: _balanced(one) for tag, one in sorted(seen.items())},
        "flags_f1": round(2 * hits["right"] / max(2 * hits["right"] + hits["wrong"] + hits["missed"], 1), 3),
    }


def _balanced(seen: Mapping[str, int]) -> float:
    shares = [seen.get(f"{side} right", 0) / seen[side] for side in ("risky", "fair") if seen.get(side)]
    return round(sum(shares) / len(shares), 3)


def spoiled(rng: random.Random, said: Sequence[str]) -> str:
    """Random signs, real sentences cut up and repeated, and what makes a careless pattern run away."""
    kind = rng.randrange(5)
    if kind == 0:
        return "".join(rng.choices(ALPHABETS + SIGNS, k=rng.randint(0, 400)))
    if kind == 1:
        return rng.choice(
            (" ", "\n", "1", "1,", "1.000 ", "a ", "€", "@", "0-", "9:", "pay ", "ก", "护", "ا")
        ) * rng.randint(1, 9_000)
    if kind == 2:
        return " ".join(rng.choices(said, k=rng.randint(1, 60)))
    if kind == 3:
        text = list(rng.choice(said))
        for _ in range(rng.randint(1, 8)):
            text.insert(rng.randrange(len(text) + 1), rng.choice(SIGNS + ALPHABETS))
        return "".join(text)
    figures = (
        f"{rng.randint(0, 10 ** rng.randint(1, 12))}{rng.choice(('€', ' usd', 'k', ' 000', ':00-22:00', '万'))}"
        for _ in range(40)
    )
    return " ".join(figures)


def fuzz(texts: int, seed: int) -> dict[str, Any]:
    """How many of so many texts failed or took a second."""
    rng, known = random.Random(seed), lexicons()
    said = [text for one in known.values() for rule in one.rules for text in (*rule.heard, *rule.quiet)]
    tags, faults, slow, most = sorted(known), Counter[str](), 0, 0.0
    for text, tag in _thrown(rng, said, tags, texts):
        began = time.process_time()
        try:
            found = judged(known, text, tag)
            assert all(isinstance(one.code, Flag) for one in found.flags)
        except Exception as fault:  # noqa: BLE001 - that nothing is raised is what is tried
            faults[type(fault).__name__] += 1
        took = time.process_time() - began
        most, slow = max(most, took), slow + (took > MOST_SECONDS)
    return {
        "bench": "offers fuzz",
        "seed": seed,
        "texts": texts,
        "faults": dict(faults),
        "over a second": slow,
        "seconds_most": round(most, 3),
    }


def _thrown(rng: random.Random, said: Sequence[str], tags: Sequence[str], texts: int) -> Iterator[tuple[str, str]]:
    for _ in range(texts):
        yield spoiled(rng, said), rng.choice(tags)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.offers", description="hostile texts against the lexicons")
    parser.add_argument("--texts", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--score", type=Path, help="only judge the labelled offers of this file (JSON lines)")
    parser.add_argument("--measure", action="store_true", help="only measure, and keep a record")
    options = parser.parse_args()
    if options.score:
        print(json.dumps(score(lexicons(), labelled(options.score), model()), ensure_ascii=False))
        return 0
    from bench.__main__ import keep

    if options.measure:
        row = {"bench": "offers", **run()}
        print(json.dumps(row, ensure_ascii=False))
        keep("offers", [row])
        return 0
    result = fuzz(options.texts, options.seed)
    print(json.dumps(result))
    keep("offerfuzz", [result])
    return 1 if result["faults"] or result["over a second"] else 0


if __name__ == "__main__":
    sys.exit(main())
