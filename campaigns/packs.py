"""A campaign as one file that another organisation can take over: its own files as they stand, and whom it is for.

JSON and not an archive: nothing in it can be larger than it looks, or be written anywhere else than in its own folder.
"""

from __future__ import annotations

import datetime
import json
import re
import shutil
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from campaigns.audience import SLUG, read_audience
from campaigns.campaign import Campaign, digest_of, read_campaign
from campaigns.library import read_texts
from hotline.language import LANGUAGES

LONGEST_PACK = 1024 * 1024
KIND = "hotline-campaign"
_BARE = re.compile(r"^[A-Za-z0-9_-]+$")
_SHORTEST_DAYS = 90
"""A campaign that would be over before it begins here runs for so long."""


@dataclass(frozen=True, slots=True)
class Pack:
    """`about`: the table of campaign.toml; `texts`: Markdown by language; `audiences`: the tables of those it is for."""

    slug: str
    organisation: str
    about: Mapping[str, Any]
    texts: Mapping[str, str]
    audiences: Mapping[str, Mapping[str, Any]]


def as_pack(content: Path, slug: str) -> bytes:
    """The campaign of this name, to be given away; FileNotFoundError if there is none. Who reviewed it stays here."""
    folder = content / "campaigns" / slug
    if not SLUG.match(slug):
        raise FileNotFoundError(slug)
    about = tomllib.loads((folder / "campaign.toml").read_text(encoding="utf-8"))
    about.pop("review", None)
    audiences = {
        name: tomllib.loads(path.read_text(encoding="utf-8"))
        for name in about.get("audiences", [])
        if (path := content / "audiences" / f"{name}.toml").exists()
    }
    pack = {
        "kind": KIND,
        "slug": slug,
        "organisation": about.get("organisation", ""),
        "campaign": about,
        "texts": read_texts(folder),
        "audiences": audiences,
    }
    return json.dumps(pack, ensure_ascii=False, indent=1, default=datetime.date.isoformat).encode()


def read_pack(data: bytes) -> tuple[Pack | None, list[str]]:
    """What another organisation gave away, or every mistake in a sentence. Never raises for what a file holds."""
    if len(data) > LONGEST_PACK:
        return None, ["The file is longer than 1 MB: no campaign is."]
    try:
        table = json.loads(data)
        if not isinstance(table, dict) or table.get("kind") != KIND:
            raise TypeError
        about, texts, audiences = ({**table[key]} for key in ("campaign", "texts", "audiences"))
        days = {key: datetime.date.fromisoformat(about[key]) for key in ("starts", "ends", "checked")}
        slug, organisation = str(table["slug"]), str(table["organisation"]).strip()
        if not all(isinstance(text, str) for text in texts.values()) or not organisation:
            raise TypeError
    except (ValueError, KeyError, TypeError, RecursionError):
        return None, ["This is no campaign of another hotline: ask for the file of “Give this campaign away”."]
    about = {**about, **days}
    about.pop("review", None)
    mistakes = [f"{tag} is not one of our languages." for tag in texts if tag not in LANGUAGES]
    _, wrong = read_campaign(slug, about, texts)
    mistakes += wrong
    for name, one in audiences.items():
        _, wrong = read_audience(str(name), one if isinstance(one, Mapping) else {})
        mistakes += [f"Audience {name}: {mistake}" for mistake in wrong]
    mistakes += _unsayable((about, audiences))
    if mistakes:
        return None, mistakes
    return Pack(slug, organisation, about, dict(texts), audiences), []


def _unsayable(value: object) -> list[str]:
    """Half a sign cannot be written into a file."""
    try:
        json.dumps(value, ensure_ascii=False, default=str).encode()
    except UnicodeEncodeError:
        return ["It holds signs that are none."]
    return []


def take_in(content: Path, pack: Pack, slug: str, organisation: str, starts: datetime.date) -> Campaign:
    """The campaign stands under this name in the content, whole or not at all: ours, from this day on, first written by
    whoever gave it, and read by nobody yet. ValueError, as a sentence, if the name is taken or fits no campaign."""
    folder = content / "campaigns" / slug
    if not SLUG.match(slug):
        raise ValueError("Name the campaign with a-z, 0-9 and single hyphens.")
    if folder.exists():
        raise ValueError(f"There is a campaign “{slug}” here already: choose another name.")
    missing = [
        name
        for name in pack.about["audiences"]
        if name not in pack.audiences and not (content / "audiences" / f"{name}.toml").exists()
    ]
    if missing:
        raise ValueError(f"It is for {', '.join(missing)}, which neither the file nor we describe.")
    first = pack.about.get("copied_from") or pack.organisation
    ends = max(pack.about["ends"], starts + datetime.timedelta(days=_SHORTEST_DAYS))
    about = {
        **{key: value for key, value in pack.about.items() if key != "partners"},
        "organisation": organisation,
        "starts": starts,
        "ends": ends,
        "copied_from": first,
    }
    about.setdefault("source", "en" if "en" in pack.texts else min(pack.texts))
    campaign, mistakes = read_campaign(slug, about, pack.texts)
    if campaign is None:
        raise ValueError(" ".join(mistakes))
    for name, audience in pack.audiences.items():
        path = content / "audiences" / f"{name}.toml"
        if not path.exists():
            _write(path, toml_of(audience))
    _put(content, folder, about, pack.texts)
    return campaign


def _put(content: Path, folder: Path, about: Mapping[str, Any], texts: Mapping[str, str]) -> None:
    """Made beside the campaigns and moved among them in one step. Every review is empty."""
    draft = content / f".new-{folder.name}"
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(mode=0o755)
    for tag, text in texts.items():
        _write(draft / f"{tag}.md", text)
    now = digest_of(texts[about["source"]])
    signed = {tag: {"native_reader": "", **({"made_from": now} if tag != about["source"] else {})} for tag in texts}
    _write(draft / "campaign.toml", toml_of({**about, "review": signed}))
    draft.rename(folder)


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")
    path.chmod(0o644)


def toml_of(table: Mapping[str, Any], name: str = "") -> str:
    """Texts, days, switches, lists of texts and tables of them, as TOML reads them back."""
    plain = [f"{_key(key)} = {_value(value)}\n" for key, value in table.items() if not isinstance(value, Mapping)]
    head = [f"[{name}]\n"] if name else []
    inner = [
        toml_of(value, f"{name}.{_key(key)}" if name else _key(key))
        for key, value in table.items()
        if isinstance(value, Mapping)
    ]
    return "\n".join(["".join(head + plain), *inner] if plain or not inner else inner)


def _key(key: str) -> str:
    return key if _BARE.match(key) else _value(key)


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(_value(one) for one in value)}]"
    return json.dumps(str(value), ensure_ascii=False).replace("\x7f", "\\u007f")
