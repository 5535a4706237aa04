"""Renders every public page once, at start or publish, and compresses it: a view then costs a look in a table."""

from __future__ import annotations

import datetime
import gzip
import hashlib
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from markdown_it import MarkdownIt

from campaigns.blocks import Ask, Block, Checklist, Papers, Prose, Services, Story, TrueFalse
from campaigns.campaign import Page
from campaigns.papers import Paper
from hotline.directory.model import Guide, Kind, for_callers

_MARKDOWN = MarkdownIt("commonmark", {"html": False}).enable("table")

Render = Callable[[str, str, Mapping[str, Any]], str]

_TYPES = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}

PAGE_CACHE = "public, max-age=300"
ASSET_CACHE = "public, max-age=31536000, immutable"


@dataclass(frozen=True, slots=True)
class Published:
    """One thing to serve: its bytes gzipped, how many they are plain, and what a view of it counts as. `headers`: its own,
    in the place of those that every page has."""

    media_type: str
    zipped: bytes
    size: int
    etag: str
    cache: str
    counts_as: tuple[str, str] | None = None
    headers: tuple[tuple[str, str], ...] = ()

    @property
    def plain(self) -> bytes:
        """The bytes for the few who take nothing compressed; not kept, so that many pages need little memory."""
        return gzip.decompress(self.zipped)


def published(
    content: bytes,
    media_type: str,
    cache: str,
    counts_as: tuple[str, str] | None = None,
    headers: tuple[tuple[str, str], ...] = (),
) -> Published:
    etag = f'"{hashlib.blake2b(content, digest_size=9).hexdigest()}"'
    return Published(media_type, gzip.compress(content, 9, mtime=0), len(content), etag, cache, counts_as, headers)


class Assets:
    """Style sheets, scripts and icons under names that change with their content, so that they may be kept for ever.

    What is `unnamed` is not to be kept, and its address does not say what it is: browsers note even that.
    """

    def __init__(self, folder: Path, unnamed: Collection[str] = ()) -> None:
        self.files: dict[str, Published] = {}
        self._urls: dict[str, str] = {}
        for path in sorted(folder.iterdir()):
            if path.suffix in _TYPES:
                content = path.read_bytes()
                digest = hashlib.blake2b(content, digest_size=6).hexdigest()
                secret = path.name in unnamed
                url = f"/static/{'' if secret else path.stem + '.'}{digest}{path.suffix}"
                self.files[url] = published(content, _TYPES[path.suffix], "no-store" if secret else ASSET_CACHE)
                self._urls[path.name] = url

    def url(self, name: str) -> str:
        """The address of a file of static/; KeyError if there is none."""
        return self._urls[name]


@dataclass(frozen=True, slots=True)
class Sources:
    """What pages draw on beside their own words. `listen`: the name of the file in which a page is read aloud, if any."""

    guide: Guide
    papers: Mapping[str, Sequence[Paper]]
    today: datetime.date
    listen: Callable[[Page], str] = lambda page: ""


def pieces_of(page: Page, sources: Sources) -> list[dict[str, Any]]:
    """The blocks of a page, each with the name of its kind, ready for blocks.html."""
    return [_piece(block, sources) for block in page.blocks]


def _piece(block: Block, sources: Sources) -> dict[str, Any]:
    if isinstance(block, Prose):
        return {"kind": "prose", "html": _MARKDOWN.render(block.markdown)}
    if isinstance(block, Story):
        return {"kind": "story", "html": _MARKDOWN.render(block.markdown)}
    if isinstance(block, Checklist):
        return {"kind": "checklist", "items": [_MARKDOWN.renderInline(item) for item in block.items]}
    if isinstance(block, TrueFalse):
        return {"kind": "true_false", "claims": block.claims}
    if isinstance(block, Ask):
        return {"kind": "ask", "questions": block.questions}
    if isinstance(block, Papers):
        every = sources.papers.get(block.country, ())
        sure = [paper for paper in every if paper.confirmed(sources.today)]
        return {
            "kind": "papers",
            "country": block.country,
            "papers": sure,
            "checking": len(sure) < len(every) or not every,
        }
    if isinstance(block, Services):
        country = sources.guide.lookup(block.country)
        shown = for_callers(country, sources.today).of(Kind.LINE, Kind.SERVICE) if country is not None else []
        fitting = [entry for entry in shown if not block.needs or set(block.needs) & set(entry.needs)]
        return {"kind": "services", "country": block.country, "entries": fitting, "known": country is not None}
    return {"kind": "emergency"}
