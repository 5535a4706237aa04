"""`hotline prove`: walks every way through the scripts in every language and shows that none endangers a caller."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from app.cli import FINDINGS, USAGE, near, settings_of
from app.settings import Settings
from hotline.language import Words, complete
from hotline.store.shelf import (
    OFFERS,
    languages_on_disk,
    needed_keys,
    read_care_of,
    read_checking,
    read_rules_of,
    read_scripts,
    read_words,
)
from hotline.triage.proof.finding import Finding
from hotline.triage.proof.prover import Proof, prove
from hotline.triage.proof.tongue import Tongue
from hotline.triage.script import Scripts


def run(options: argparse.Namespace) -> int:
    """Exit code 0 when every promise holds, 1 when one is broken."""
    settings = settings_of(options)
    known = languages_on_disk(settings.locales)
    wanted = options.language or known
    strange = [tag for tag in wanted if tag not in known]
    if strange:
        print(f"hotline: {strange[0]} has no folder under {settings.locales}: {', '.join(known)}.", file=sys.stderr)
        return USAGE
    scripts = read_scripts(settings.content / "scripts")
    proof = proven(settings, scripts, wanted, show=not options.json and sys.stderr.isatty())
    rows = [_row(settings, one) for one in proof.findings]
    if options.json:
        print(json.dumps({"ok": not rows, "checked": proof.checked, "findings": rows}, ensure_ascii=False))
    else:
        for row in rows:
            where = f"{row['step']}{' in ' + row['language'] if row['language'] else ''}"
            print(f"{row['file']}: {where}: {row['what']} (promise: {row['rule']})")
        print(f"Checked {proof.checked}: {f'{len(rows)} to mend' if rows else 'every promise holds'}.")
    return FINDINGS if rows else 0


def proven(settings: Settings, scripts: Scripts, wanted: Sequence[str], *, show: bool = False) -> Proof:
    """The proof for these languages, with this organisation's emergency number and policy."""
    needed = needed_keys(settings.locales, scripts)
    tongues = [
        Tongue(
            read_words(settings.locales / tag, "scripts"),
            read_rules_of(settings.content / "signals" / f"{tag}.toml", prove=False),
            read_care_of(settings.content / "discreet" / f"{tag}.toml"),
            _checking(settings.locales / tag, needed[OFFERS]),
        )
        for tag in wanted
    ]
    return prove(
        scripts,
        Tongue(read_words(settings.locales / "en", "scripts")),
        tongues,
        needed["scripts"],
        settings.emergency,
        settings.policy,
        progress=lambda stage: print(f"\r{stage:40}", end="", file=sys.stderr, flush=True) if show else None,
    )


def _checking(folder: Path, needed: Sequence[str]) -> Words | None:
    """The words of the offer check, of a language that has them all."""
    words = read_checking(folder)
    return None if complete(needed, words) else words


def _row(settings: Settings, finding: Finding) -> dict[str, str]:
    path = settings.content / "scripts" / f"{finding.script}.toml"
    if finding.language:
        domain = OFFERS if finding.step.startswith("offer/") else "scripts"
        path = settings.locales / finding.language / f"{domain}.po"
    return {
        "file": near(path),
        "step": finding.step,
        "language": finding.language,
        "rule": finding.rule,
        "what": finding.what,
    }
