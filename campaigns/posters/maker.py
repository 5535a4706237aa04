"""Sets sheets as PDF and PNG with typst, and keeps what it has made. Nothing is fetched: fonts and layouts are shipped."""

from __future__ import annotations

import io
import json
import os
import tempfile
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import blake2b
from pathlib import Path
from typing import Any

import segno

from campaigns.campaign import Campaign
from campaigns.poster import (
    KINDS,
    MOST_ITEMS,
    SCREEN_ITEMS,
    Kind,
    addresses,
    number_on_discreet,
    points_of,
    shown_address,
)
from campaigns.posters.signs import FOLDER, SIGNS, missing
from hotline.language import LANGUAGES, Words

PREVIEW_PIXELS = 900
"""The longer side of the picture that is shown before printing."""

KEPT = 200
"""So many made files are kept; the oldest go first."""


class NotPrintable(Exception):
    """Why a sheet cannot be made, in one sentence."""


@dataclass(frozen=True, slots=True)
class Order:
    """What to print: one campaign in one language as one kind, its square code leading by one of `WAYS`."""

    campaign: Campaign
    language: str
    kind: str
    way: str = "page"


@dataclass(frozen=True, slots=True)
class House:
    """What a sheet says of the organisation."""

    public_url: str
    ways: Mapping[str, str]
    emergency: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """A finished file."""

    content: bytes
    format: str

    @property
    def media_type(self) -> str:
        return {"pdf": "application/pdf", "png": "image/png"}[self.format]


def sheet_data(order: Order, words: Words, house: House) -> dict[str, Any]:
    """Everything that a layout needs; NotPrintable when the order does not fit."""
    kind, page = KINDS.get(order.kind), order.campaign.pages.get(order.language)
    if kind is None:
        raise NotPrintable(f"There is no kind {order.kind!r}: use {', '.join(KINDS)}.")
    if page is None:
        have = ", ".join(order.campaign.pages)
        raise NotPrintable(f"{order.campaign.slug} has no page in {order.language!r}: use {have}.")
    leads = addresses(house.public_url, house.ways, order.campaign.slug, order.language)
    if order.way not in leads:
        raise NotPrintable(f"{order.way!r} is not set up under [ways] in config.toml: use {', '.join(leads)}.")
    screen = kind.format == "png"
    points = points_of(page, SCREEN_ITEMS if screen else MOST_ITEMS)
    said = {} if kind.discreet else {
        "name": words.filled("site/name"),
        "title": page.title,
        "summary": page.summary,
        "head": points.head,
        "items": list(points.items),
        "ticks": points.ticks,
        "scan": words.filled("poster/scan"),
        "free": words.filled("home/ways_intro"),
        "danger": words.filled("home/danger", emergency=house.emergency),
        "address": shown_address(leads["page"]) if order.way == "page" else "",
        "ways": [] if screen else _ways(words, house.ways),
    }  # fmt: skip
    said = {name: _held(value) for name, value in said.items()}
    if unknown := missing(json.dumps(said, ensure_ascii=False)):
        raise NotPrintable(f"The fonts have no sign for {unknown}: use other words, or add it (docs/printing.md).")
    return {
        **said,
        "number": number_on_discreet(house.ways),
        "code": _code(leads[order.way]),
        "language": order.language,
        "direction": LANGUAGES[order.language].direction,
        "width": kind.width,
        "height": kind.height,
        "screen": screen,
    }


def _held(value: Any) -> Any:
    """Thai parts its sign of repetition by a blank, and never begins a line with it."""
    if isinstance(value, list):
        return [_held(one) for one in value]
    return value.replace(" ๆ", "\xa0ๆ") if isinstance(value, str) else value


def _ways(words: Words, ways: Mapping[str, str]) -> list[str]:
    """SMS and WhatsApp, or whatever else there is: two lines at most. What is in it stays left to right."""
    found = [words.filled(f"ways/{name}", number=apart(ways[name])) for name in ("sms", "whatsapp") if ways.get(name)]
    if ways.get("telegram"):
        found.append(words.filled("ways/telegram", name=apart(f"@{ways['telegram']}")))
    if ways.get("signal"):
        found.append(words.filled("ways/signal", number=apart(ways["signal"])))
    return found[:2]


def apart(text: str) -> str:
    """A number inside a sentence of any direction, and never broken over two lines."""
    return f"\u2066{text.replace(' ', chr(0xA0))}\u2069"


def _code(address: str) -> str:
    out = io.BytesIO()
    segno.make(address, error="m", micro=False).save(
        out, kind="svg", border=0, dark="#22302c", xmldecl=False, svgns=True
    )
    return out.getvalue().decode()


class Maker:
    """`layouts`: the folder of templates/posters; `kept`: where what was made lies until its words change."""

    def __init__(self, layouts: Path, kept: Path) -> None:
        self._layouts = layouts
        self._kept = kept
        self._one = threading.Lock()

    def make(self, kind: Kind, data: Mapping[str, Any], *, preview: bool = False) -> Sheet:
        """The sheet, made now or kept from before. A preview is a small picture of it."""
        format_ = "png" if preview else kind.format
        ppi = PREVIEW_PIXELS * 72 / max(kind.width, kind.height) if preview else kind.ppi
        text = json.dumps(dict(data), ensure_ascii=False, sort_keys=True)
        name = blake2b(
            f"{_made_of(self._layouts)}\0{kind}\0{format_}\0{ppi}\0{text}".encode(), digest_size=16
        ).hexdigest()
        path = self._kept / f"{name}.{format_}"
        if path.exists():
            return Sheet(path.read_bytes(), format_)
        with self._one:  # one at a time: whoever answers callers keeps the other core
            content = _typeset(self._layouts / f"{kind.template}.typ", text, format_, ppi)
        self._keep(path, content)
        return Sheet(content, format_)

    def _keep(self, path: Path, content: bytes) -> None:
        self._kept.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, draft = tempfile.mkstemp(dir=self._kept, suffix=".part")
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        os.replace(draft, path)
        files = sorted(self._kept.iterdir(), key=lambda one: one.stat().st_mtime, reverse=True)
        for old in files[KEPT:]:
            old.unlink(missing_ok=True)


def _typeset(layout: Path, data: str, format_: str, ppi: float) -> bytes:
    import typst

    try:
        made = typst.compile(
            layout, root=layout.parent, font_paths=[FOLDER], ignore_system_fonts=True, format=format_,  # type: ignore[call-overload]
            ppi=ppi, sys_inputs={"data": data}, timestamp=0,
        )  # fmt: skip
    except RuntimeError as fault:
        if "too long" in str(fault):
            raise NotPrintable("The words do not fit: shorten the title, the summary or the list.") from fault
        raise NotPrintable(f"{layout.name} could not be set: {fault}.") from fault
    if isinstance(made, list):
        raise NotPrintable(f"{layout.name} came out as {len(made)} pages: it must be one.")
    return bytes(made)


@cache
def _made_of(layouts: Path) -> str:
    """Changes with the layouts, the fonts and the typesetter."""
    from importlib.metadata import version

    import typst  # noqa: F401  (its absence is told here, not later)

    parts = [version("typst"), SIGNS.read_text(encoding="ascii")]
    parts += [path.read_text(encoding="utf-8") for path in sorted(layouts.glob("*.typ"))]
    return blake2b("\0".join(parts).encode(), digest_size=16).hexdigest()
