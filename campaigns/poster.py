"""What a poster says, and which kinds there are. Pure: a campaign's page in, the words of a sheet out."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from campaigns.blocks import Checklist, Prose
from campaigns.campaign import Page

MOST_ITEMS = 5
"""So many lines of a list go on a poster: who walks by reads no more."""

SCREEN_ITEMS = 3
"""And so many in a picture that is seen on a phone."""

LONGEST_LINK = 64
"""Telegram takes no longer start word."""

WAYS = ("page", "sms", "whatsapp", "telegram", "signal")
"""Where the square code may lead."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One thing to print or post. Sizes in points; `ppi` of the picture, for what is a picture. `discreet`: it says nothing
    of what it is, in any language."""

    template: str
    width: float
    height: float
    format: str = "pdf"
    ppi: int = 144
    discreet: bool = False


MM = 72 / 25.4

KINDS: Mapping[str, Kind] = {
    "a4": Kind("poster", 210 * MM, 297 * MM),
    "a5": Kind("poster", 148 * MM, 210 * MM),
    "strips": Kind("strips", 210 * MM, 297 * MM),
    "card": Kind("card", 210 * MM, 148 * MM),
    "square": Kind("poster", 540, 540, "png"),
    "story": Kind("poster", 540, 960, "png"),
    "lip-balm": Kind("balm", 210 * MM, 297 * MM, discreet=True),
    "bus-times": Kind("times", 210 * MM, 297 * MM, discreet=True),
}
"""Every kind by its name."""


@dataclass(frozen=True, slots=True)
class Points:
    """A short list of a page, and the line that leads to it; both may be empty. `ticks`: a checklist."""

    head: str = ""
    items: tuple[str, ...] = ()
    ticks: bool = False


_ITEM = re.compile(r"^(?:[-*]|\d+\.) +(?P<text>.+)$")
_LINK = re.compile(r"!?\[(?P<text>[^\]]*)\]\([^)]*\)")
_MARKS = re.compile(r"(\*\*|__|`|(?<!\w)[*_](?=\S)|(?<=\S)[*_](?!\w))")


def plain(markdown: str) -> str:
    """One line of Markdown as words alone."""
    return _MARKS.sub("", _LINK.sub(lambda found: found["text"], markdown)).strip()


def points_of(page: Page, most: int = MOST_ITEMS) -> Points:
    """The first checklist of a page, whose lines stand for themselves; else its first list, with what leads to it."""
    head, first = "", Points()
    for block in page.blocks:
        if isinstance(block, Checklist):
            return Points(head, tuple(plain(item) for item in block.items[:most]), ticks=True)
        head = ""
        if isinstance(block, Prose):
            head, found = _list_of(block.markdown, most)
            first = first if first.items else found
    return first


def _list_of(markdown: str, most: int) -> tuple[str, Points]:
    """The heading that the text ends with, and its first list."""
    head, items, found = "", list[str](), Points()
    for line in [*markdown.splitlines(), ""]:
        item = _ITEM.match(line)
        if item is not None:
            items.append(plain(item["text"]))
        elif items and line.startswith("  "):
            items[-1] += " " + plain(line)
        elif line.strip() or items:
            if items and not found.items:
                found = Points(head, tuple(items[:most]))
            head = plain(line.lstrip("# ")) if line.startswith("#") or line.rstrip().endswith((":", "：")) else ""
            items = []
    return head, found


def addresses(public_url: str, ways: Mapping[str, str], slug: str, language: str) -> dict[str, str]:
    """Where a square code may lead, by the name of the way; only those that are set up."""
    start = f"{slug}_{language}"
    found = {"page": f"{public_url}/{language}/c/{slug}"}
    if sms := _bare(ways.get("sms", "")):
        found["sms"] = f"sms:{sms}"
    if whatsapp := _bare(ways.get("whatsapp", "")):
        found["whatsapp"] = f"https://wa.me/{whatsapp.removeprefix('+')}"
    if telegram := ways.get("telegram", ""):
        found["telegram"] = f"https://t.me/{telegram}?start={start if len(start) <= LONGEST_LINK else f'_{language}'}"
    if signal := _bare(ways.get("signal", "")):
        found["signal"] = f"https://signal.me/#p/{signal}"
    return found


def shown_address(address: str) -> str:
    """An address as people type it."""
    return address.removeprefix("https://").removeprefix("http://")


def number_on_discreet(ways: Mapping[str, str]) -> str:
    """The number that a discreet card may carry: any card of a shop or a bus carries one."""
    return ways.get("sms", "") or ways.get("whatsapp", "") or ways.get("signal", "")


def _bare(number: str) -> str:
    return "".join(sign for sign in number if sign.isdigit() or sign == "+")
