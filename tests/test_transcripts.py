"""Every talk under tests/transcripts is played again by the real desk, scripts, words, rules and model.

After a change of words: `make transcripts`, and look at what `git diff` shows.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from app.assemble import open_shelf
from app.settings import ROOT, Settings, read_settings
from app.tools.talk import ENDED, read_transcript, throwaway_office
from hotline.language import LANGUAGES
from hotline.store.shelf import Shelf

FOLDER = ROOT / "tests" / "transcripts"
TALKS = sorted(FOLDER.glob("*.txt"))


@pytest.fixture(scope="module")
def settings() -> Settings:
    nothing_set = {name: value for name, value in os.environ.items() if not name.startswith("HOTLINE_")}
    return read_settings(nothing_set, ROOT / "config.toml")


@pytest.fixture(scope="module")
def everything(settings: Settings) -> Shelf:
    return open_shelf(settings)


@pytest.mark.parametrize("path", TALKS, ids=lambda path: path.stem)
def test_the_talk_goes_as_it_was_written_down(path: Path, settings: Settings, everything: Shelf) -> None:
    written = read_transcript(path)
    again = read_transcript(path)
    again.heard = []
    with throwaway_office(settings, everything, again.script) as office:
        again.play(office, written.typed)
    assert again.heard == written.heard


def test_there_are_at_least_sixty_talks_and_some_in_every_language_of_the_house() -> None:
    languages = [read_transcript(path).language for path in TALKS]
    assert len(TALKS) >= 60
    assert set(languages) == set(LANGUAGES)


def test_a_talk_that_was_changed_by_one_word_is_seen_to_differ(settings: Settings, everything: Shelf) -> None:
    written = read_transcript(TALKS[0])
    again = read_transcript(TALKS[0])
    again.heard = []
    spoilt = [*written.typed[:-1], f"{written.typed[-1]} and one word more"]
    with throwaway_office(settings, everything, again.script) as office:
        again.play(office, spoilt)
    assert again.heard != written.heard


def test_no_talk_goes_on_after_it_is_over() -> None:
    for path in TALKS:
        heard = read_transcript(path).heard
        assert not any(ENDED in line for line in heard[:-1]), path


def test_a_transcript_reads_back_as_it_was_written() -> None:
    for path in TALKS:
        assert str(read_transcript(path)) == path.read_text(encoding="utf-8")


def test_a_line_that_is_no_part_of_a_talk_is_named(tmp_path: Path) -> None:
    path = tmp_path / "talk.txt"
    path.write_text("# script first_contact\nhello\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"talk\.txt:2: a line begins with <, > or # and one of script, language"):
        read_transcript(path)
