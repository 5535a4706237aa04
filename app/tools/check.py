"""`hotline check`: everything an organisation may edit, read as the server would, and what is wrong with it."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from pathlib import Path

from app.cli import FINDINGS, settings_of
from app.settings import Settings
from campaigns.library import read_library
from hotline.store.shelf import (
    ContentError,
    Finding,
    languages_on_disk,
    needed_keys,
    read_review,
    read_rules_of,
    read_scripts,
    read_words,
)

DOMAINS = ("scripts", "pages")


def run(options: argparse.Namespace) -> int:
    """Exit code 0 when nothing was found, 1 when something was."""
    settings = settings_of(options)
    checked, findings = check(settings)
    if options.json:
        table = [{"file": _near(item.file), "line": item.line, "what": item.what} for item in findings]
        print(json.dumps({"ok": not findings, "checked": checked, "findings": table}))
    else:
        for item in findings:
            print(f"{_near(item.file)}:{item.line or 1}: {item.what}")
        for tag in unread(settings):
            print(f"Note: no native reader has signed {tag} yet (locales/{tag}/review.toml).")
        print(f"Checked {checked} things: {f'{len(findings)} to mend' if findings else 'nothing to mend'}.")
    return FINDINGS if findings else 0


def check(settings: Settings) -> tuple[int, list[Finding]]:
    """How many things were looked at, and every finding."""
    findings: list[Finding] = []
    checked = 0

    def look(read: Callable[[], object]) -> object | None:
        nonlocal checked
        checked += 1
        try:
            return read()
        except ContentError as fault:
            findings.extend(fault.findings)
            return None

    scripts = look(lambda: read_scripts(settings.content / "scripts"))
    look(lambda: read_library(settings.content / "campaigns"))
    look(lambda: read_words(settings.locales / "en", "console"))
    for path in sorted((settings.content / "signals").glob("*.toml")):
        look(lambda path=path: read_rules_of(path))  # type: ignore[misc]
    if scripts is None:
        return checked, findings
    needed = needed_keys(settings.locales, read_scripts(settings.content / "scripts"))
    english = {domain: read_words(settings.locales / "en", domain).by_key for domain in DOMAINS}
    for tag in languages_on_disk(settings.locales):
        look(lambda tag=tag: read_review(settings.locales / tag))  # type: ignore[misc]
        for domain in DOMAINS:
            words = look(lambda tag=tag, domain=domain: read_words(settings.locales / tag, domain))  # type: ignore[misc]
            if words is not None:
                path = settings.locales / tag / f"{domain}.po"
                found = words.by_key  # type: ignore[attr-defined]
                checked += len(needed[domain])
                findings += [Finding(path, 0, f"{key} has no words.") for key in needed[domain] if not found.get(key)]
                extra = [key for key in found if key not in english[domain] and "/also/" not in key]
                findings += [Finding(path, 0, f"{key} is not used: take it out.") for key in extra]
    return checked, findings


def unread(settings: Settings) -> list[str]:
    return [tag for tag in languages_on_disk(settings.locales) if read_review(settings.locales / tag).unread]


def _near(path: Path) -> str:
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)
