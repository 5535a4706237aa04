"""`hotline posters`: one campaign in one language as a poster, card, label or picture."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from app.assemble import open_shelf
from app.cli import USAGE, near, settings_of
from app.printing import house_of, maker_of, offered_words
from campaigns.library import read_library
from campaigns.poster import KINDS
from campaigns.posters.maker import NotPrintable, Order, sheet_data


def run(options: argparse.Namespace) -> int:
    settings = settings_of(options)
    campaigns = {one.slug: one for one in read_library(settings.content / "campaigns")}
    words = offered_words(open_shelf(settings))
    campaign = campaigns.get(options.campaign)
    if campaign is None:
        return _refused(f"there is no campaign {options.campaign!r}: use {', '.join(campaigns)}.")
    if options.language not in words:
        return _refused(f"{options.language!r} is not offered: use {', '.join(words)}.")
    try:
        order = Order(campaign, options.language, options.kind, options.way)
        data = sheet_data(order, words[order.language], house_of(settings))
        made = maker_of(settings).make(KINDS[order.kind], data)
    except NotPrintable as fault:
        return _refused(str(fault))
    out: Path = options.out or Path(f"{order.campaign.slug}-{order.language}-{order.kind}.{made.format}")
    out.write_bytes(made.content)
    print(f"{near(out.absolute())}: {len(made.content) // 1024} KiB.")
    if campaign.pages[order.language].unread and not KINDS[order.kind].discreet:
        print("No native reader has signed this language yet: let somebody read it before you print it.")
    return 0


def _refused(why: str) -> int:
    print(f"hotline: {why}", file=sys.stderr)
    return USAGE
