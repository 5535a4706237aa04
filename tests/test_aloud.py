"""Pages read aloud: what is said, by whom, and that nothing is shown where nothing was made."""

from __future__ import annotations

import builtins
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.cli import build_parser, run
from app.listening import folder_of
from campaigns.aloud import ROUGH, VOICES, Engine, NoEngine, name_of, said
from campaigns.blocks import read_blocks
from campaigns.campaign import Page
from campaigns.library import read_library
from hotline.language import LANGUAGES
from hotline.store.shelf import read_words
from tests.people import ROOT
from tests.server_help import House, open_house

WORDS = read_words(ROOT / "locales" / "en", "pages")
BODY = """## Before you go

- Keep your **passport**
- Tell [somebody](https://a.example) where

:::true-false
They may keep my papers = false
Nobody may.
:::

:::emergency
:::
"""


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with open_house(tmp_path, with_pages=True) as opened:
        yield opened


def spoken_page(house: House, content: bytes) -> str:
    """A file for one page, as `hotline aloud` would have made it; its name."""
    page = next(one for one in read_library(house.settings.content / "campaigns") if one.slug == "au-pair").pages["en"]
    name = name_of("en", said(page, WORDS, house.settings.ways, house.settings.emergency))
    folder_of(house.settings).mkdir(parents=True)
    (folder_of(house.settings) / f"{name}.mp3").write_bytes(content)
    assert house.server.publishing.again()
    return name


def test_a_page_is_said_in_whole_sentences_without_marks() -> None:
    blocks, _ = read_blocks(BODY)
    page = Page("en", "Work", "One summary.", tuple(blocks), BODY)
    assert said(page, WORDS, {"sms": "+47 90"}, "112").splitlines() == [
        "Work.",
        "One summary.",
        "Before you go.",
        "Keep your passport.",
        "Tell somebody where.",
        "They may keep my papers.",
        "Not true.",
        "Nobody may.",
        "In danger now? Call 1 1 2.",
        "Free. No name. We are not the police and not immigration.",
        "Send an SMS to 4 7 9 0.",
        "In danger now? Call 1 1 2.",
    ]


def test_every_language_has_a_voice_but_tagalog() -> None:
    assert set(LANGUAGES) - set(VOICES) == {"tl"}
    assert set(VOICES) > ROUGH


def test_a_files_name_changes_with_every_word_and_tells_nothing() -> None:
    assert name_of("en", "one") != name_of("en", "two")
    assert name_of("en", "one") != name_of("sv", "one")
    assert len(name_of("en", "one")) == 24


@pytest.mark.parametrize("language", VOICES)
def test_the_engine_has_every_voice_and_makes_sound(language: str) -> None:
    pytest.importorskip("espeakng_loader")
    short, longer = Engine().speak(language, "1, 2."), Engine().speak(language, "1, 2, 3, 4, 5, 6, 7, 8, 9.")
    assert short[0] == 0xFF  # where an MP3 frame begins
    assert short[1] & 0xE0 == 0xE0
    assert 1_000 < len(short) < len(longer)


def test_a_page_offers_its_file_only_where_there_is_one(house: House) -> None:
    browser = house.browser()
    assert "<audio" not in browser.get("/en/c/au-pair").text
    name = spoken_page(house, b"sound" * 1000)
    page = browser.get("/en/c/au-pair")
    assert f'<audio controls preload="none" src="/listen/{name}.mp3"' in page.text
    assert "A computer reads this aloud." in page.text
    assert "media-src 'self'" in page.headers["content-security-policy"]
    assert "<audio" not in browser.get("/en/c/work-in-a-home").text
    assert "<audio" not in browser.get("/en/c/au-pair/keep").text


def test_a_browser_may_ask_for_a_part_and_nothing_is_counted(house: House) -> None:
    name, browser = spoken_page(house, b"0123456789"), house.browser()
    house.server.visits.taken()
    whole = browser.get(f"/listen/{name}.mp3")
    assert (whole.content, whole.headers["content-type"]) == (b"0123456789", "audio/mpeg")
    part = browser.get(f"/listen/{name}.mp3", headers={"Range": "bytes=2-4"})
    assert (part.status_code, part.content) == (206, b"234")
    assert not house.server.visits.taken()
    for other in ("0" * 24, "..%2f..%2fhotline", "x"):
        assert browser.get(f"/listen/{other}.mp3").status_code == 404


def test_without_a_voice_the_command_says_so_in_one_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    load = builtins.__import__

    def without(name: str, *more: Any) -> Any:
        if name == "espeakng_loader":
            raise ImportError(name)
        return load(name, *more)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(NoEngine):
        Engine()
    assert run(build_parser().parse_args(["aloud"])) == 2
    assert capsys.readouterr().err.strip() == (
        "hotline: No voice is installed, so no page is read aloud: pip install 'hotline[aloud]'."
    )


@pytest.mark.slow
def test_the_command_reads_what_is_asked_for_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("espeakng_loader")
    monkeypatch.setenv("HOTLINE_HOME", str(tmp_path))
    asked = ["aloud", "--campaign", "au-pair", "--language", "es"]
    assert run(build_parser().parse_args(asked)) == 0
    (made,) = (tmp_path / "aloud").iterdir()
    assert made.stat().st_size > 50_000
    assert "1 of 1 pages are newly read aloud" in capsys.readouterr().out
    assert run(build_parser().parse_args(asked)) == 0
    assert "0 of 1 pages are newly read aloud" in capsys.readouterr().out
