"""The page that is kept: one file that opens without internet, asks nobody for anything, and whose name tells nothing."""

from __future__ import annotations

import base64
import hashlib
import re

from campaigns.publish import PAGE_CACHE, Published, published

NAME = "page.html"
"""What the file is called on a phone."""

HASH = "STYLE-HASH"
"""Stands in the template where the file's own rules name its style sheet."""

_LINK = re.compile(r'<a\b[^>]*?\bhref="(?P<to>[^"]*)"[^>]*>(?P<text>.*?)</a>', re.DOTALL | re.IGNORECASE)
_STYLE = re.compile(r"<style>(.*?)</style>", re.DOTALL)
_ALLOWED = ("tel:", "sms:")


def kept(html: str) -> Published:
    """The page as a file to be saved. Links are left only where they call or write; not counted."""
    alone = _LINK.sub(lambda link: link[0] if link["to"].startswith(_ALLOWED) else link["text"], html)
    style = _STYLE.search(alone)
    digest = hashlib.sha256((style[1] if style else "").encode()).digest()
    whole = alone.replace(HASH, base64.b64encode(digest).decode())
    headers = (("Content-Disposition", f'attachment; filename="{NAME}"'), ("Content-Security-Policy", policy(whole)))
    return published(whole.encode(), "text/html; charset=utf-8", PAGE_CACHE, headers=headers)


def policy(html: str) -> str:
    """The rules that stand in the file itself, so that they hold on a phone too; frames can only be forbidden from here."""
    inside = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', html)
    own = inside[1] if inside else "default-src 'none'"
    return f"{own}; frame-ancestors 'none'"
