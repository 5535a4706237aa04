"""Partner organisations: the tables [partners.NAME] of config.toml, and what the desk is told of them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from hotline.contact import Channel
from hotline.language import LANGUAGES
from hotline.store.partnerkey import Partner, PartnerKey, Partners, Public

if TYPE_CHECKING:
    from app.settings import Settings

KEYS: Mapping[str, type] = {"url": str, "key": str, "languages": list, "needs": list}
"""What may stand in the table of one partner; the first two must."""

LONGEST_NAME = 60
_PHONE = re.compile(r"\+[1-9][0-9]{6,14}")


def read_partners(tables: Mapping[str, Any], mistakes: list[str], *, near: bool) -> dict[str, Partner]:
    """The partners by name; what is wrong is added to `mistakes`. `near`: own addresses of this machine may be in clear."""
    found: dict[str, Partner] = {}
    for name, table in tables.items():
        here = f"config.toml: partners.{name}"
        if not isinstance(table, dict):
            mistakes.append(f"{here}: write a table [partners.NAME] with url and key.")
            continue
        wrong = [f"{here}: {sentence}" for sentence in (*_name(name), *_kinds(table), *_values(table, near=near))]
        mistakes += wrong
        keys = Public.read(str(table.get("key", "")))
        if not wrong and keys is not None:
            lists = (tuple(table.get("languages", ())), tuple(table.get("needs", ())))
            found[name] = Partner(name, table["url"].rstrip("/"), keys, *lists)
    twice = {one.keys.sign for one in found.values()}
    if len(twice) < len(found):
        mistakes.append("config.toml: two partners have the same key: each has its own.")
    return found


def _name(name: str) -> list[str]:
    if 1 <= len(name.strip()) <= LONGEST_NAME and name.isprintable():
        return []
    return [f"the name is shown to callers: write 1 to {LONGEST_NAME} letters."]


def _kinds(table: Mapping[str, Any]) -> list[str]:
    found = [f"{key!r} is not known: use {', '.join(KEYS)}." for key in table if key not in KEYS]
    for key, kind in KEYS.items():
        if key in table and type(table[key]) is not kind:
            found.append(f"{key} must be {'text in quotes' if kind is str else 'a list'}.")
    return found


def _values(table: Mapping[str, Any], *, near: bool) -> list[str]:
    found = []
    url = table.get("url")
    if not isinstance(url, str) or not _is_address(url, near=near):
        found.append("url must be the https:// address of their server.")
    key = table.get("key")
    if not isinstance(key, str) or Public.read(key) is None:
        found.append("key must be the line that their `hotline partner key` prints: copy it again, whole.")
    languages = table.get("languages", [])
    if isinstance(languages, list) and any(tag not in LANGUAGES for tag in languages):
        found.append(f"languages must be tags of {', '.join(LANGUAGES)}.")
    needs = table.get("needs", [])
    if isinstance(needs, list) and not all(isinstance(one, str) and 0 < len(one) <= 40 for one in needs):
        found.append("needs must be words, each of at most 40 letters.")
    return found


def _is_address(url: str, *, near: bool) -> bool:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return False
    plain = not (parts.query or parts.fragment or parts.username or port == 0)
    loopback = near and host in ("127.0.0.1", "localhost", "::1")
    return bool(host) and plain and (parts.scheme == "https" or (parts.scheme == "http" and loopback))


def partners_of(settings: Settings) -> Partners:
    """What the desk knows: our keys, who the others are, and from where we can write to a number ourselves."""
    own = PartnerKey(settings.home / "partner.key")
    return Partners(settings.organisation, own, settings.partners, _ours(settings))


def _ours(settings: Settings) -> dict[Channel, str]:
    sms = settings.answers_from or next(iter(settings.our_numbers), "")
    whatsapp = re.sub(r"[ ().-]", "", settings.ways.get("whatsapp", ""))
    found = {}
    if settings.twilio_auth_token and _PHONE.fullmatch(sms):
        found[Channel.SMS] = sms
    if settings.twilio_auth_token and _PHONE.fullmatch(whatsapp):
        found[Channel.WHATSAPP] = whatsapp
    if settings.signal_number:
        found[Channel.SIGNAL] = settings.signal_number
    return found
