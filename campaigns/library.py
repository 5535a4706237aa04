"""Reads the campaigns and audiences of a content folder, once. A mistake names the file and stops the start."""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping
from pathlib import Path

from campaigns.audience import Audience, read_audience
from campaigns.campaign import Campaign, read_campaign
from campaigns.papers import Paper, read_papers
from hotline.directory.countries import COUNTRIES
from hotline.language import LANGUAGES
from hotline.store.shelf import ContentError, Finding, read_toml

_PLACE = re.compile(r"^(?P<file>[A-Za-z-]+\.md):(?P<line>\d+): (?P<what>.*)$", re.DOTALL)


def read_library(folder: Path, audiences: Mapping[str, Audience] | None = None) -> list[Campaign]:
    """Every campaign, by slug; ContentError lists all that is wrong. With `audiences`, each that is named must exist."""
    campaigns: list[Campaign] = []
    findings: list[Finding] = []
    for path in sorted(folder.glob("*/campaign.toml")):
        try:
            campaign, mistakes = read_campaign(path.parent.name, read_toml(path), read_texts(path.parent))
        except ContentError as fault:
            findings += fault.findings
            continue
        findings += [_finding(path, mistake) for mistake in mistakes]
        if campaign is None:
            continue
        campaigns.append(campaign)
        if audiences is not None:
            findings += [
                Finding(path, 0, f"audiences names {one}: there is no content/audiences/{one}.toml.")
                for one in campaign.audiences
                if one not in audiences
            ]
    if findings:
        raise ContentError(findings)
    return campaigns


def read_audiences(folder: Path) -> dict[str, Audience]:
    """Every audience of a folder by slug; ContentError lists all that is wrong."""
    audiences: dict[str, Audience] = {}
    findings: list[Finding] = []
    for path in sorted(folder.glob("*.toml")):
        try:
            audience, mistakes = read_audience(path.stem, read_toml(path))
        except ContentError as fault:
            findings += fault.findings
            continue
        findings += [Finding(path, 0, mistake) for mistake in mistakes]
        if audience is not None:
            audiences[audience.slug] = audience
    if findings:
        raise ContentError(findings)
    return audiences


def read_papers_of(folder: Path, today: datetime.date | None = None) -> dict[str, list[Paper]]:
    """What every country's file says of papers, by country; ContentError lists all that is wrong."""
    papers: dict[str, list[Paper]] = {}
    findings: list[Finding] = []
    for path in sorted(folder.glob("*.toml")):
        code = path.stem.upper()
        if code not in COUNTRIES:
            findings.append(Finding(path, 0, f"{path.name} is not named after a country (ISO 3166), such as no.toml."))
            continue
        try:
            papers[code], mistakes = read_papers(read_toml(path), today)
        except ContentError as fault:
            findings += fault.findings
            continue
        findings += [Finding(path, 0, mistake) for mistake in mistakes]
    if findings:
        raise ContentError(findings)
    return papers


def slugs(folder: Path) -> frozenset[str]:
    """The names of the campaigns. Nothing is read, so that a mistake in a page keeps nobody from answering callers."""
    return frozenset(path.parent.name for path in folder.glob("*/campaign.toml"))


def read_texts(folder: Path) -> dict[str, str]:
    """The pages of one campaign's folder as they are written, by language."""
    texts = {}
    for path in sorted(folder.glob("*.md")):
        if path.stem not in LANGUAGES:
            raise ContentError([Finding(path, 0, f"{path.stem} is not one of our languages: {', '.join(LANGUAGES)}.")])
        try:
            texts[path.stem] = path.read_text(encoding="utf-8")
        except UnicodeDecodeError as fault:
            raise ContentError([Finding(path, 0, f"Byte {fault.start} is not UTF-8: save it as UTF-8.")]) from None
    return texts


def _finding(path: Path, mistake: str) -> Finding:
    """A mistake of a page names its own file and line."""
    place = _PLACE.match(mistake)
    if place is None:
        return Finding(path, 0, mistake)
    return Finding(path.parent / place["file"], int(place["line"]), place["what"])
