"""Reads the campaigns of a content folder, once. A mistake names the file and stops the start."""

from __future__ import annotations

from pathlib import Path

from campaigns.campaign import Campaign, read_campaign
from hotline.language import LANGUAGES
from hotline.store.shelf import ContentError, Finding, read_toml


def read_library(folder: Path) -> list[Campaign]:
    """Every campaign, by slug; ContentError lists all that is wrong."""
    campaigns: list[Campaign] = []
    findings: list[Finding] = []
    for path in sorted(folder.glob("*/campaign.toml")):
        try:
            campaign, mistakes = read_campaign(path.parent.name, read_toml(path), _texts(path.parent))
        except ContentError as fault:
            findings += fault.findings
            continue
        findings += [Finding(path, 0, mistake) for mistake in mistakes]
        if campaign is not None:
            campaigns.append(campaign)
    if findings:
        raise ContentError(findings)
    return campaigns


def slugs(folder: Path) -> frozenset[str]:
    """The names of the campaigns. Nothing is read, so that a mistake in a page keeps nobody from answering callers."""
    return frozenset(path.parent.name for path in folder.glob("*/campaign.toml"))


def _texts(folder: Path) -> dict[str, str]:
    texts = {}
    for path in sorted(folder.glob("*.md")):
        if path.stem not in LANGUAGES:
            raise ContentError([Finding(path, 0, f"{path.stem} is not one of our languages: {', '.join(LANGUAGES)}.")])
        try:
            texts[path.stem] = path.read_text(encoding="utf-8")
        except UnicodeDecodeError as fault:
            raise ContentError([Finding(path, 0, f"Byte {fault.start} is not UTF-8: save it as UTF-8.")]) from None
    return texts
