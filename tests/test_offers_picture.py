"""A picture of an offer: read by Tesseract within bounds, shown back to be corrected, and on no disk."""

from __future__ import annotations

import asyncio
import os
import re
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
import pytest

from app.offers import picture as reading
from app.offers.picture import Busy, NotAPicture, PictureReader, found, tidied
from tests.offers_help import RISKY, SEES, picture, tesseract
from tests.server_help import House, open_house

PNG = picture()


def read(program: Path, what: bytes = PNG, language: str = "en") -> str:
    return asyncio.run(PictureReader(str(program)).words(what, language))


# On the page


@contextmanager
def opened(folder: Path, does: str, **changes: str) -> Iterator[House]:
    """A house whose Tesseract does this."""
    program = tesseract(folder / "bin", does)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", f"{program.parent}:/usr/bin:/bin")
        with open_house(folder, with_pages=True, **changes) as house:
            yield house


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with opened(tmp_path_factory.mktemp("picture"), SEES) as one:
        yield one


def sends(house: House, what: bytes | None = PNG, language: str = "en", **fields: str) -> httpx.Response:
    """Somebody chooses a picture and presses "Read the picture", unless `do` is something else."""
    files = {"picture": ("Amara-passport.png", what or b"", "image/png")}
    return house.browser().request("POST", f"/{language}/offer", data={"do": "read", **fields}, files=files)


def area(response: httpx.Response) -> str:
    found = re.search(r'<textarea id="offer"[^>]*>(.*?)</textarea>', response.text, re.DOTALL)
    assert found is not None
    return found[1].strip()


def word(house: House, key: str) -> str:
    return house.office.desk.shelf.offers["en"][key]


def test_what_stands_in_a_picture_is_shown_to_be_corrected_and_then_checked(house: House) -> None:
    response = sends(house, job="NO", text="")
    assert area(response) == RISKY
    assert word(house, "offer/photo/shown") in response.text
    assert '<option value="NO" selected>' in response.text
    assert response.headers["cache-control"] == "no-store, no-transform"
    checked = house.browser().post("/en/offer", {"text": area(response), "do": "check"})
    assert word(house, "offer/flag/documents_kept") in checked.text


def test_a_picture_alone_is_read_whichever_button_was_pressed(house: House) -> None:
    assert area(sends(house, do="check", text=" ")) == RISKY


def test_where_there_are_words_too_the_button_decides(house: House) -> None:
    assert word(house, "offer/verdict/no_flags_found") in sends(house, do="check", text="Cook wanted.").text
    assert area(sends(house, do="read", text="Cook wanted.")) == RISKY


def test_without_a_picture_the_button_to_read_one_asks_for_words(house: House) -> None:
    assert word(house, "offer/text/empty") in sends(house, None).text


def test_the_name_of_the_file_is_never_told_back(house: House) -> None:
    assert "Amara-passport" not in sends(house).text
    plain = house.browser().post("/en/offer", {"text": RISKY, "picture": "Amara-passport.png", "do": "check"})
    assert plain.status_code == 200
    assert "Amara-passport" not in plain.text


@pytest.mark.parametrize("what", [b"GIF89a", b"/etc/passwd\n", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"II*\0"])
def test_what_is_no_picture_of_ours_is_told_and_never_reaches_the_program(house: House, what: bytes) -> None:
    response = sends(house, what)
    assert word(house, "offer/photo/wrong") in response.text
    assert area(response) == ""


def test_a_picture_that_is_too_large_is_told_so(house: House) -> None:
    six = 6 * 1024 * 1024
    assert area(sends(house, picture(six - 1024))) == RISKY
    assert word(house, "offer/photo/wrong") in sends(house, picture(six + 1024)).text
    response = sends(house, picture(six + 600_000))
    assert response.status_code == 413
    assert word(house, "offer/photo/wrong") in response.text


def test_when_five_wait_the_next_is_told_that_we_are_busy_and_may_paste(house: House) -> None:
    with ExitStack() as places:
        for _ in range(reading.WAITING + 1):
            places.enter_context(house.server.pictures.place())
        for size in (100, 400_000):
            response = sends(house, picture(size), text="kept" if size == 100 else "")
            assert response.status_code == 503
            assert "try again in a few minutes" in response.text
        assert word(house, "offer/verdict/stop_and_check") in house.browser().post("/en/offer", {"text": RISKY}).text
    assert area(sends(house)) == RISKY, "all places are free again"


def test_the_page_offers_pictures_only_where_they_can_be_read(house: House, tmp_path: Path) -> None:
    assert 'type="file"' in house.browser().get("/en/offer").text
    with opened(tmp_path, SEES, offer_pictures="off") as without:
        assert 'type="file"' not in without.browser().get("/en/offer").text
        assert word(without, "offer/photo/off") in sends(without).text


def test_a_form_cut_short_or_without_parts_is_refused(house: House) -> None:
    browser = house.browser()
    for body, kind in (
        (b"--x\r\nContent-Disposition: form-data; name=text\r\n\r\nhello", "multipart/form-data; boundary=x"),
        (b"hello", "multipart/form-data"),
        (b"--x\r\nno name\r\n\r\nhello\r\n--x--", "multipart/form-data; boundary=x"),
        (
            b'--x\r\nContent-Disposition: form-data; name="text"; filename="a"\r\n\r\nhello\r\n--x--\r\n',
            'multipart/form-data; boundary="x"',
        ),
    ):
        response = browser.request("POST", "/en/offer", content=body, headers={"Content-Type": kind})
        assert response.status_code == 400, body


# The program and its bounds


class TestOnNoDisk:
    def a_picture_cannot_be_written_to_any_file(self, tmp_path: Path) -> None:
        copy = tmp_path / "copy.png"
        read(tesseract(tmp_path, f"cat > {copy}"), picture(5000))
        assert not copy.exists() or copy.stat().st_size == 0

    def test_a_picture_cannot_be_written_to_any_file(self, tmp_path: Path) -> None:
        self.a_picture_cannot_be_written_to_any_file(tmp_path)

    def test_twin_without_the_limit_it_is_written(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(reading, "_LIMITS", reading._LIMITS.replace("ulimit -f 0 && ", ""))
        with pytest.raises(AssertionError):
            self.a_picture_cannot_be_written_to_any_file(tmp_path)


class TestNoSecrets:
    def the_program_is_told_no_secret_of_ours(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("HOTLINE_TWILIO_AUTH_TOKEN", "a token only Twilio and we know")
        said = read(tesseract(tmp_path, "cat > /dev/null; env"))
        assert "OMP_THREAD_LIMIT=1" in said
        assert "Twilio" not in said

    def test_the_program_is_told_no_secret_of_ours(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.the_program_is_told_no_secret_of_ours(tmp_path, monkeypatch)

    def test_twin_with_our_own_environment_it_is(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(reading, "_environment", lambda: {**os.environ, "OMP_THREAD_LIMIT": "1"})
        with pytest.raises(AssertionError):
            self.the_program_is_told_no_secret_of_ours(tmp_path, monkeypatch)


def test_a_program_that_takes_too_long_is_ended_with_all_it_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "SECONDS", 1.0)
    before = time.monotonic()
    assert read(tesseract(tmp_path, f"sleep 8; touch {tmp_path}/late")) == ""
    assert time.monotonic() - before < 6
    time.sleep(8)
    assert not (tmp_path / "late").exists()


def test_a_picture_that_unpacks_to_more_than_its_share_of_memory_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    greedy = "cat > /dev/null; python3 -c 'x = bytearray(1 << 28)' 2> /dev/null && echo it fitted"
    assert read(tesseract(tmp_path, greedy)) == "it fitted"
    monkeypatch.setattr(reading, "MEMORY_KB", 200_000)
    assert read(tesseract(tmp_path, greedy)) == ""


@pytest.mark.parametrize("does", ["exit 1", "kill -9 $$", "true", "cat > /dev/null; echo '… — |'"])
def test_a_program_that_fails_or_sees_no_letters_has_read_nothing(tmp_path: Path, does: str) -> None:
    assert read(tesseract(tmp_path, does), picture(300_000)) == ""


def test_one_picture_is_read_at_a_time(tmp_path: Path) -> None:
    program = tesseract(tmp_path, "cat > /dev/null; date +%s%N; sleep 0.3; date +%s%N")

    async def both() -> tuple[str, str]:
        reader = PictureReader(str(program))
        return await asyncio.gather(reader.words(PNG, "en"), reader.words(PNG, "en"))

    (_, first), (second, _) = sorted(said.split() for said in asyncio.run(both()))
    assert first <= second


def test_the_language_of_the_page_is_looked_for_first_and_english_too(tmp_path: Path) -> None:
    program = tesseract(tmp_path, 'cat > /dev/null; echo "$*"')
    assert "stdin stdout -l ara+eng" in read(program, language="ar")
    assert "-l eng --psm" in read(program, language="th"), "Thai is not installed"
    only = tesseract(tmp_path, 'cat > /dev/null; echo "$*"', languages="rus")
    assert "-l rus --psm" in read(only, language="en")


def test_a_program_without_languages_reads_nothing(tmp_path: Path) -> None:
    for program in (tesseract(tmp_path, SEES, languages=""), tmp_path / "not there"):
        assert not PictureReader(str(program)).can_read
    assert not PictureReader("").can_read


def test_it_is_found_only_if_it_is_installed_and_wanted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert found("auto") == ""
    program = tesseract(tmp_path, SEES)
    assert found("auto") == str(program)
    assert found("off") == ""


def test_kinds_and_sizes_are_looked_at_before_the_program_is_asked(tmp_path: Path) -> None:
    program = tesseract(tmp_path, SEES)
    assert read(program, b"\xff\xd8\xff\xe0" + b"x" * 100) == RISKY
    assert read(program, b"RIFF\x10\0\0\0WEBPVP8 ") == RISKY
    for wrong in (b"", b"RIFF\x10\0\0\0WAVE", PNG + b"x" * reading.LONGEST_PICTURE):
        with pytest.raises(NotAPicture):
            read(program, wrong)


def test_a_place_is_given_back_whatever_happens() -> None:
    reader = PictureReader("")
    for _ in range(20):
        with pytest.raises(ZeroDivisionError), reader.place():
            raise ZeroDivisionError
    with ExitStack() as places:
        for _ in range(reading.WAITING + 1):
            places.enter_context(reader.place())
        with pytest.raises(Busy), reader.place():
            pass


def test_lines_that_the_edge_of_the_picture_has_ended_go_on() -> None:
    seen = "Waiters wanted in Dubai! You\npay 300 euro registration fee\nfirst. Call us.\n\nSalary:\n- 900 euro\n- tips\n\f"
    assert tidied(seen) == (
        "Waiters wanted in Dubai! You pay 300 euro registration fee first. Call us.\n\nSalary:\n- 900 euro\n- tips"
    )
    assert tidied("عليك أن تدفع \u200e300\u200f يورو") == "عليك أن تدفع 300 يورو"
    assert tidied(" \n | — \n") == ""
    assert len(tidied("word " * 4000)) == reading.MOST_LETTERS
