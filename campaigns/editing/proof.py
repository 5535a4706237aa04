"""What is said of a page's text: its tone, how hard it is, its links, and where it is built otherwise than its source. Pure.

A remark about tone or hardness is answered in the file by a line `<!-- fine: CODE: why it is meant so -->`; the others
are to be mended.
"""

from __future__ import annotations

import datetime
import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from campaigns.audience import Audience, Reading
from campaigns.blocks import FINE, Ask, Block, Checklist, Papers, Prose, Services, TrueFalse
from campaigns.campaign import Page, read_campaign
from campaigns.tone import BY_LETTERS, MOST, MOST_LETTERS, Ear, hardness, remarks, too_hard
from hotline.directory.model import Need

TOO_HARD = "too_hard"
_PLACE = re.compile(r"^[A-Za-z-]+\.md:(?P<line>\d+): (?P<what>.*)$", re.DOTALL)
_LINKS = (
    re.compile(r"\]\(\s*<?([^)\s>]*)"),
    re.compile(r"<([A-Za-z][A-Za-z0-9+.-]*:[^>\s]*)>"),
    re.compile(r"^\s{0,3}\[[^\]]+\]:\s*<?(\S+?)>?(?:\s|$)"),
)
_IMAGE = re.compile(r"!\[")
_CLAIM = re.compile(r" = (true|false)\s*$")


@dataclass(frozen=True, slots=True)
class Mark:
    """Something to look at. `answerable`: a reason in the file is as good as mending it."""

    line: int
    code: str
    what: str
    answerable: bool = False

    @property
    def name(self) -> str:
        """What a form calls it."""
        return f"{self.line}-{self.code}"


@dataclass(frozen=True, slots=True)
class Around:
    """What a text is judged by: the ears of languages, the addresses there are, and the countries the directory knows."""

    ears: Mapping[str, Ear]
    addresses: Collection[str]
    countries: Collection[str]


def strictest(audiences: Iterable[Audience]) -> Reading:
    """How easy a page must be that several groups read."""
    return min((one.reading for one in audiences), key=list(Reading).index, default=Reading.PLAIN)


def marks_of(text: str, language: str, reading: Reading, around: Around) -> list[Mark]:
    """Everything to mend or to answer, by line."""
    found: list[Mark] = []
    page, mistakes = page_of(text, language)
    found += mistakes
    ear = around.ears.get(language)
    if ear is not None:
        heard, idle = remarks(text, ear)
        found += [Mark(one.line, str(one.code), one.told(), True) for one in heard]
        found += [_idle(line, code) for line, code in idle if code != TOO_HARD]
    found += _hard(text, language, reading)
    for number, line in enumerate(text.splitlines(), 1):
        if _IMAGE.search(line):
            found.append(
                Mark(number, "image", "A page holds no images: they cost readers money and time. Say it in words.")
            )
        found += [Mark(number, "link", what) for what in _wrong_links(line, around.addresses)]
    if page is not None:
        found += _countries(text, page.blocks, around.countries)
    return sorted(found, key=lambda mark: (mark.line, mark.code))


def page_of(text: str, language: str) -> tuple[Page | None, list[Mark]]:
    """The page that a text is, or what is wrong with its form."""
    day = datetime.date.min
    table = {"audiences": ["any"], "goal": "any", "organisation": "any", "source": language}
    dates = dict.fromkeys(("starts", "ends", "checked"), day)
    campaign, mistakes = read_campaign("any", {**table, **dates}, {language: text})
    if campaign is not None:
        return campaign.pages[language], []
    found = [_PLACE.match(one) for one in mistakes]
    return None, [Mark(int(one["line"]), "form", one["what"]) for one in found if one]


def _idle(line: int, code: str) -> Mark:
    return Mark(line, "idle", f"This answers a remark {code!r} that nobody makes about the next line: take it out.")


def _hard(text: str, language: str, reading: Reading) -> list[Mark]:
    answers = [
        number
        for number, line in enumerate(text.splitlines(), 1)
        if (fine := FINE.match(line)) and fine["code"] == TOO_HARD
    ]
    found = too_hard(words_of(text), language, reading)
    if found is None:
        return [_idle(number, TOO_HARD) for number in answers]
    if answers:
        return []
    what = (
        f"The text is too hard for these readers: {found}, and they read up to {limit_of(language, reading)}. "
        "Make sentences shorter, and long words plain."
    )
    return [Mark(1, TOO_HARD, what, True)]


def limit_of(language: str, reading: Reading) -> int:
    return MOST_LETTERS[reading] if language in BY_LETTERS else MOST[reading]


def hardness_of(text: str, language: str) -> int:
    return hardness(words_of(text), language)


def words_of(text: str) -> str:
    """What people read of a file: no fences, no answers, no addresses."""
    lines = [line for line in text.splitlines() if not line.startswith(":::") and not FINE.match(line)]
    return "\n".join(_CLAIM.sub(".", re.sub(r"\]\([^)]*\)", "]", line)) for line in lines)


def _wrong_links(line: str, addresses: Collection[str]) -> Iterable[str]:
    for target in (match[1] for pattern in _LINKS for match in pattern.finditer(line)):
        if target.startswith("/") and not target.startswith("//"):
            if target.partition("#")[0] not in addresses:
                yield f"{target} leads nowhere: there is no such page."
        elif re.match(r"^tel:\+?[0-9]+$", target):
            continue
        elif not re.match(r"^https://[^/\s]+\.[^/\s]+", target):
            yield f"{target or 'An empty link'} is not allowed: a link begins with https:// or with / for a page of ours."


def _countries(text: str, blocks: Iterable[Block], known: Collection[str]) -> Iterable[Mark]:
    for block in blocks:
        if not isinstance(block, (Papers, Services)):
            continue
        name = "papers" if isinstance(block, Papers) else "services"
        fence = re.compile(rf"^:::\s*{name}\s+{block.country}\b")
        line = next((number for number, one in enumerate(text.splitlines(), 1) if fence.match(one)), 1)
        if block.country not in known:
            yield Mark(
                line, "country", f"The directory has no country {block.country}: use {', '.join(sorted(known))}."
            )
        strange = [one for one in block.needs if one not in list(Need)] if isinstance(block, Services) else []
        if strange:
            yield Mark(line, "need", f"{', '.join(strange)} is no need of the directory: use {', '.join(Need)}.")


# Two languages side by side


def shape_of(page: Page) -> Counter[str]:
    """How a page is built: how many of each part."""
    found: Counter[str] = Counter()
    for block in page.blocks:
        if isinstance(block, Prose):
            for line in block.markdown.splitlines():
                part = line.lstrip()
                found["headings"] += part.startswith("#")
                found["points"] += bool(re.match(r"([-*+]|\d+[.)])\s", part))
                found["links"] += len(re.findall(r"\]\(", part))
        elif isinstance(block, Checklist):
            found["things to tick"] += len(block.items)
        elif isinstance(block, TrueFalse):
            found["claims"] += len(block.claims)
        elif isinstance(block, Ask):
            found["questions"] += len(block.questions)
        else:
            found[f"“:::{type(block).__name__.lower()}” blocks"] += 1
    return found


def differences(source: Page, page: Page) -> list[str]:
    """Where a page is built otherwise than its source: told, not forbidden."""
    here, there = shape_of(page), shape_of(source)
    found = [
        f"{part[0].upper()}{part[1:]}: {here[part]} here, {there[part]} in the source."
        for part in sorted(here.keys() | there.keys())
        if here[part] != there[part]
    ]
    truths = [
        [claim.true for block in one.blocks if isinstance(block, TrueFalse) for claim in block.claims]
        for one in (source, page)
    ]
    if len(truths[0]) == len(truths[1]) and truths[0] != truths[1]:
        found.append("A claim that is true in the source is false here, or the other way round.")
    return found


def answered(text: str, mark: Mark, why: str) -> str:
    """The text with an answer to a remark, on the line before the one that is meant."""
    words = " ".join(why.replace("--", "–").replace(">", "").split())
    lines = text.splitlines()
    at = mark.line - 1
    if mark.code == TOO_HARD:
        lines += ["", f"<!-- fine: {mark.code}: {words} -->"]
    else:
        lines.insert(at, f"<!-- fine: {mark.code}: {words} -->")
    return "\n".join(lines) + "\n"
