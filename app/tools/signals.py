"""`hotline signals`: what the phrase tables and the sentence model say of messages, one JSON object a line."""

from __future__ import annotations

import argparse
import json
import sys
from typing import Any

from app.assemble import open_mind
from app.cli import USAGE, settings_of
from hotline.contact import Level
from hotline.desk.office import Mind
from hotline.language import guess
from hotline.store.shelf import languages_on_disk, read_rules_of
from hotline.triage.signals import Rulebook, judge, language_of
from hotline.triage.weigh import weigh


def run(options: argparse.Namespace) -> int:
    """A line that is not `{"id", "text", "lang"?}` is an error with its number; the others are answered."""
    settings = settings_of(options)
    folder = settings.content / "signals"
    rules = Rulebook(rule for path in sorted(folder.glob("*.toml")) for rule in read_rules_of(path, prove=False))
    offered = languages_on_disk(settings.locales)
    mind = None if options.no_model else open_mind(settings)
    wrong = 0
    for number, line in enumerate(sys.stdin, start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            answer = judged(str(row["id"]), str(row["text"]), row.get("lang"), rules, offered, mind)
        except (ValueError, KeyError, TypeError, AttributeError):
            wrong += 1
            print(f'hotline: line {number} must be a JSON object with "id" and "text".', file=sys.stderr)
            continue
        print(json.dumps(answer, ensure_ascii=False), flush=True)
    return USAGE if wrong else 0


def judged(
    row_id: str, text: str, lang: str | None, rules: Rulebook, offered: list[str], mind: Mind | None
) -> dict[str, Any]:
    """What is heard in one message. The language is detected whether or not one is named; a named one breaks a tie."""
    impression = mind.impression(text) if mind is not None else None
    found = weigh(judge(text, rules), impression)
    level = Level.ROUTINE
    for signal in found:
        level = level.raised_to(signal.level)
    return {
        "id": row_id,
        "language": guess(text, offered, impression.languages if impression else {})
        or lang
        or language_of(text, rules)
        or "und",
        "label": found[0].code if found else "none",
        "level": level.value,
        "signals": [{"code": signal.code, "evidence": signal.evidence} for signal in found],
    }
