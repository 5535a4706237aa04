"""`hotline aloud`: pages read aloud by a computer, into files that their pages offer from the next publish on."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator

from app.assemble import open_database, open_shelf, prepare_folders
from app.cli import USAGE, settings_of
from app.listening import folder_of
from app.publishing import ask_to_publish
from app.settings import Settings
from campaigns.aloud import ROUGH, VOICES, Engine, NoEngine, name_of, said
from campaigns.library import read_library
from hotline.store.writer import Writer


def run(options: argparse.Namespace) -> int:
    settings = settings_of(options)
    try:
        engine = Engine()
    except NoEngine as fault:
        print(f"hotline: {fault}", file=sys.stderr)
        return USAGE
    prepare_folders(settings)
    folder = folder_of(settings)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    wanted, made = list(_wanted(settings, options.campaign, options.language)), 0
    for at, (slug, language, text) in enumerate(wanted, 1):
        path = folder / f"{name_of(language, text)}.mp3"
        if path.exists():
            continue
        draft = path.with_suffix(".part")
        draft.write_bytes(engine.speak(language, text))
        draft.replace(path)
        made += 1
        print(f"{at} of {len(wanted)}: {slug} {language}, {path.stat().st_size // 1024} KiB.", flush=True)
    if options.campaign is None and options.language is None:
        _tidy(settings)
    writer = Writer(open_database(settings))
    try:
        writer.run(lambda tx: ask_to_publish(tx.connection, time.time()))
    finally:
        writer.close()
    print(f"{made} of {len(wanted)} pages are newly read aloud; the others were before. Listen to some of them.")
    return 0


def _wanted(
    settings: Settings, campaigns: list[str] | None, languages: list[str] | None
) -> Iterator[tuple[str, str, str]]:
    """Campaign, language and words of every page that is to be read."""
    shelf = open_shelf(settings)
    for campaign in read_library(settings.content / "campaigns"):
        for language, page in campaign.pages.items():
            if (
                language not in shelf.offered
                or language not in VOICES
                or (campaigns and campaign.slug not in campaigns)
            ):
                continue
            if language in languages if languages else language not in ROUGH:
                yield campaign.slug, language, said(page, shelf.pages[language], settings.ways, settings.emergency)


def _tidy(settings: Settings) -> None:
    """Whatever no page says any more goes; languages that were asked for by name are kept."""
    names = {name_of(language, text) for _, language, text in _wanted(settings, None, list(VOICES))}
    for path in folder_of(settings).glob("*.mp3"):
        if path.stem not in names:
            path.unlink(missing_ok=True)
