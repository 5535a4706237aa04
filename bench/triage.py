"""What a turn's understanding costs, how long the prover takes, and how well the labelled examples are understood."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterable, Sequence
from statistics import quantiles
from typing import Any

from app.assemble import open_mind
from app.settings import ROOT, read_settings
from app.tools.prove import proven
from hotline.impression import Impression
from hotline.language import LANGUAGES, guess
from hotline.store.shelf import languages_on_disk, read_rules_of, read_scripts
from hotline.triage.signals import Code, Rulebook, Signal, judge
from hotline.triage.weigh import weigh

EXAMPLES = ROOT.parent / "shared" / "data" / "messages_dev.jsonl"
"""Labelled messages that nothing here was learnt from; where they are not there, that part is left out."""

HARMLESS = ("none", "info", "stop")
LABELS = (*(code.value for code in Code), "none")
LONG = "they took our passports and we cannot leave the house " * 40


def run() -> dict[str, Any]:
    settings = read_settings(os.environ, ROOT / "config.toml")
    paths = sorted((settings.content / "signals").glob("*.toml"))
    written = [rule for path in paths for rule in read_rules_of(path, prove=False)]
    rules = Rulebook(written)
    mind = open_mind(settings)
    assert mind is not None, "understanding.model is false in config.toml"
    sentences = [text for rule in written for text in (*rule.heard, *rule.quiet)]
    began = time.process_time()
    proof = proven(settings, read_scripts(settings.content / "scripts"), languages_on_disk(settings.locales))
    proved = time.process_time() - began
    by_rules, by_model = _times(sentences, lambda text: judge(text, rules)), _times(sentences, mind.impression)
    return {
        "rules": len(rules),
        "phrases": sum(len(rule.phrases) for rule in written),
        "rules_p99_ms": by_rules,
        "goal_rules_ms": 5,
        "model_p99_ms": by_model,
        "goal_model_ms": 60,
        "rules_2000_signs_ms": _times([LONG] * 50, lambda text: judge(text, rules)),
        "model_2000_signs_ms": _times([LONG] * 50, mind.impression),
        "prove_checked": proof.checked,
        "prove_findings": len(proof.findings),
        "prove_cpu_s": round(proved, 1),
        "goal_prove_s": 30,
        **(_scores(rules, mind.impression) if EXAMPLES.exists() else {"examples": "not here: shared/data is missing"}),
    }


def _times(texts: Sequence[str], do: Callable[[str], object]) -> float:
    """The 99th percentile in milliseconds of CPU, after one round to warm up."""
    for text in texts[:200]:
        do(text)
    taken = []
    for text in texts:
        began = time.process_time()
        do(text)
        taken.append((time.process_time() - began) * 1000)
    return round(quantiles(taken, n=100)[98], 2)


def _scores(rules: Rulebook, impression: Callable[[str], Impression | None]) -> dict[str, Any]:
    rows = [json.loads(line) for line in EXAMPLES.read_text(encoding="utf-8").splitlines()]
    heard = [weigh(judge(row["text"], rules), impression(row["text"])) for row in rows]
    alone = [judge(row["text"], rules) for row in rows]
    wanted = [row["label"] for row in rows]
    grave = [label in ("danger", "selfharm") for label in wanted]
    harmless = [label in HARMLESS for label in wanted]
    none = [label == "none" for label in wanted]
    return {
        "examples": len(rows),
        "recall_of_danger_and_selfharm": _raised(heard, grave),
        "goal_recall": 0.95,
        "harmless_raised": _raised(heard, harmless),
        "none_raised": _raised(heard, none),
        "goal_raised": 0.10,
        "macro_f1": macro_f1(wanted, [_label(signals) for signals in heard]),
        "goal_f1": 0.80,
        "macro_f1_of_rules_alone": macro_f1(wanted, [_label(signals) for signals in alone]),
        "recall_of_rules_alone": _raised(alone, grave),
        "language_right": _language(rows, impression),
        "goal_language": 0.97,
    }


def _label(signals: Sequence[Signal]) -> str:
    return signals[0].code if signals else "none"


def _raised(heard: Iterable[Sequence[Signal]], among: Sequence[bool]) -> float:
    urgent = [any(signal.level.rank <= 1 for signal in signals) for signals in heard]
    return round(sum(one and two for one, two in zip(urgent, among, strict=True)) / sum(among), 3)


def macro_f1(wanted: Sequence[str], found: Sequence[str]) -> float:
    scores = []
    for label in LABELS:
        both = sum(one == two == label for one, two in zip(wanted, found, strict=True))
        all_of_it = wanted.count(label) + found.count(label)
        scores.append(2 * both / all_of_it if all_of_it else 1.0)
    return round(sum(scores) / len(scores), 3)


def _language(rows: Sequence[dict[str, Any]], impression: Callable[[str], Impression | None]) -> float:
    """Of messages of three words or more; Thai and Chinese write no spaces, so all of theirs count."""
    right = counted = 0
    for row in rows:
        tag = {"zh": "zh-Hans"}.get(row["lang"], row["lang"])
        if len(row["text"].split()) < 3 and tag not in ("th", "zh-Hans"):
            continue
        found = impression(row["text"])
        counted += 1
        right += guess(row["text"], list(LANGUAGES), found.languages if found else {}) == tag
    return round(right / counted, 3)


if __name__ == "__main__":
    print(json.dumps(run(), indent=1))
