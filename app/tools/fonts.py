"""`hotline fonts`: make the fonts of printed pages again from the whole ones; for who adds a language."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable
from pathlib import Path

from app.cli import USAGE, near
from campaigns.posters.signs import FOLDER, SIGNS, as_ranges, is_blank

_LATIN = (
    (0x20, 0x7E), (0xA0, 0x24F), (0x2B0, 0x2FF), (0x300, 0x36F), (0x400, 0x4FF), (0x1E00, 0x1EFF), (0x2000, 0x206F),
    (0x20A0, 0x20BF), (0x2100, 0x214F), (0x2190, 0x21FF), (0x2212, 0x2212), (0x25A0, 0x25FF),
)  # fmt: skip
_WHOLE = ((0x20, 0x10FFFF),)
_CHINESE = ((0x20, 0x7E), (0xB7, 0xB7), (0x2010, 0x2027), (0x3000, 0x303F), (0xFF00, 0xFFEF))

FAMILIES = {"NotoSans": _LATIN, "NotoSansArabic": _WHOLE, "NotoSansThai": _WHOLE, "NotoSansSC": _CHINESE}
"""Every font that is shipped, and which signs of it beside those of our own words."""

WEIGHTS = {"Regular": "400Regular", "Bold": "700Bold"}


def common_chinese() -> set[int]:
    """The 6,763 signs of GB 2312, which newspapers get by with."""
    found = set()
    for high in range(0xB0, 0xF8):
        for low in range(0xA1, 0xFF):
            text = bytes((high, low)).decode("gb2312", "ignore")
            found |= {ord(sign) for sign in text}
    return found


def run(options: argparse.Namespace) -> int:
    try:
        from fontTools.ttLib import TTFont
    except ImportError:
        print("hotline: fontTools is not installed: pip install 'hotline[dev]'.", file=sys.stderr)
        return USAGE
    covered: set[int] = set()
    for family, ranges in FAMILIES.items():
        for weight, folder in WEIGHTS.items():
            found = sorted(Path(options.folder).rglob(f"{folder}/{family}_{folder}.ttf"))
            if not found:
                print(
                    f"hotline: {family}_{folder}.ttf is not under {options.folder}: see docs/printing.md.",
                    file=sys.stderr,
                )
                return USAGE
            target = FOLDER / f"{family}-{weight}.ttf"
            wanted = {
                code for first, last in ranges for code in TTFont(found[0]).getBestCmap() if first <= code <= last
            }
            kept = _subset(found[0], wanted | (common_chinese() if family == "NotoSansSC" else set()), target)
            covered = kept if not covered else covered | kept
            print(f"{near(target)}: {len(kept)} signs, {target.stat().st_size // 1024} KiB")
    SIGNS.write_text(as_ranges(code for code in covered if not is_blank(chr(code))), encoding="ascii")
    return 0


def _subset(source: Path, wanted: Iterable[int], target: Path) -> set[int]:
    """Writes the part of a font that these signs need, with its shaping; the signs that are in it."""
    from fontTools import subset

    options = subset.Options(
        layout_features=["*"], hinting=False, name_IDs=[0, 1, 2, 3, 4, 5, 6, 13, 14, 16, 17], notdef_outline=True
    )
    font = subset.load_font(str(source), options)
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=sorted(wanted))
    subsetter.subset(font)
    target.parent.mkdir(parents=True, exist_ok=True)
    font["head"].modified = font["head"].created  # the same bytes every time
    font.recalcTimestamp = False
    subset.save_font(font, str(target), options)
    return set(font.getBestCmap())
