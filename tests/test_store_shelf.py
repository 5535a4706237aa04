"""Reading what the hotline says: whole or not at all, and every mistake with file, line and remedy. And room on the disk."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from hotline.store.room import MEGABYTE, Room
from hotline.store.shelf import (
    ContentError,
    Review,
    Shelf,
    languages_on_disk,
    read_review,
    read_rules_of,
    read_scripts,
    read_shelf,
    read_toml,
    read_words,
)
from hotline.triage.signals import judge
from tests.people import LANGUAGES, ROOT

HEAD = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=UTF-8\\n"\n\n'
SCRIPT = """start = "hello"
[on_signal]
person = "bye"
pause = "bye"
emergency = "bye"
stranger = "bye"
code = "bye"
unsure = "bye"
[steps.hello]
go = "bye"
[steps.bye]
end = true
"""


def entry(key: str, text: str, source: str | None = None, flags: str = "") -> str:
    return f'{flags}msgctxt "{key}"\nmsgid "{source or text}"\nmsgstr "{text}"\n\n'


def told(read: Callable[[], object], folder: Path) -> list[str]:
    """The findings, with the folder left out."""
    with pytest.raises(ContentError) as caught:
        read()
    return [str(finding).replace(f"{folder}/", "") for finding in caught.value.findings]


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """A small house: one script, two languages, of which Spanish lacks a word."""
    (tmp_path / "content" / "scripts").mkdir(parents=True)
    (tmp_path / "content" / "signals").mkdir()
    (tmp_path / "content" / "scripts" / "first_contact.toml").write_text(SCRIPT)
    for tag, last in (("en", "Bye"), ("es", "")):
        folder = tmp_path / "locales" / tag
        folder.mkdir(parents=True)
        words = [
            ("first_contact/hello/say", "Hello"),
            ("first_contact/bye/say", last),
            ("desk/a", "A {name}"),
            ("unused/x", "X"),
        ]
        (folder / "scripts.po").write_text(HEAD + "".join(entry(key, text) for key, text in words))
        (folder / "pages.po").write_text(HEAD + entry("home/title", "Home"))
    return tmp_path


def shelf_of(house: Path, *wanted: str, offer_unread: bool = True) -> Shelf:
    return read_shelf(house / "content", house / "locales", wanted, offer_unread=offer_unread)


class TestLanguages:
    def test_a_language_is_offered_whole_or_not_at_all(self, house: Path) -> None:
        shelf = shelf_of(house, "en", "es")
        assert shelf.offered == ("en",)
        assert shelf.missing == {"en": [], "es": ["first_contact/bye/say"]}
        assert languages_on_disk(house / "locales") == ["en", "es"]

    def test_a_language_that_nobody_has_read_is_offered_only_where_that_is_allowed(self, house: Path) -> None:
        assert shelf_of(house, "en").offered == ("en",)
        with pytest.raises(ContentError, match=r"^\S+: No language can be offered: every language in"):
            shelf_of(house, "en", offer_unread=False)
        (house / "locales" / "en" / "review.toml").write_text(
            'native_reader = "Chloe"\nnative_reader_date = 2026-11-22'
        )
        assert shelf_of(house, "en", offer_unread=False).offered == ("en",)

    def test_the_six_languages_of_this_repository_are_all_offered(self, shelf: Shelf) -> None:
        assert shelf.offered == LANGUAGES
        assert set(languages_on_disk(ROOT / "locales")) >= set(LANGUAGES)

    def test_a_machines_draft_is_never_served(self, house: Path) -> None:
        path = house / "locales" / "es" / "scripts.po"
        path.write_text(path.read_text() + entry("first_contact/bye/say", "Adiós", flags="#, fuzzy\n"))
        assert shelf_of(house, "en", "es").missing["es"] == ["first_contact/bye/say"]


class TestWords:
    def read(self, house: Path, text: str) -> list[str]:
        (house / "scripts.po").write_text(HEAD + text)
        return told(lambda: read_words(house, "scripts"), house)

    def test_a_key_that_stands_twice_is_told(self, house: Path) -> None:
        text = entry("a", "One") + entry("a", "Two", "Other")
        assert self.read(house, text) == ["scripts.po:9: a stands here a second time."]

    def test_an_entry_without_a_key_is_told(self, house: Path) -> None:
        assert self.read(house, 'msgid "One"\nmsgstr "One"\n') == [
            "scripts.po:5: This entry has no msgctxt, so nothing can use it."
        ]

    @pytest.mark.parametrize(
        ("text", "what"),
        [
            ("Ring {numero}", "{numero} does not stand in the English text, so nothing would fill it."),
            ("Ring {number", "A { or } stands alone: write a name between them, or neither."),
            ("Ring number}", "A { or } stands alone: write a name between them, or neither."),
            ("Ring {0.x}", "A { or } stands alone: write a name between them, or neither."),
        ],
    )
    def test_a_gap_that_nothing_would_fill_is_told(self, house: Path, text: str, what: str) -> None:
        assert self.read(house, entry("a", text, "Ring {number}")) == [f"scripts.po:5: {what}"]

    def test_a_translation_may_leave_a_gap_out(self, house: Path) -> None:
        (house / "scripts.po").write_text(HEAD + entry("a", "Llama", "Ring {number}"))
        assert read_words(house, "scripts").by_key == {"a": "Llama"}

    def test_a_file_that_is_missing_or_no_po_file_is_told(self, house: Path) -> None:
        assert told(lambda: read_words(house, "nothing"), house) == ["nothing.po: This file is missing."]
        (found,) = self.read(house, "msgctxt a\n")
        assert found.startswith("scripts.po:5: Not a PO file: ")


class TestScripts:
    def read(self, house: Path) -> list[str]:
        return told(lambda: read_scripts(house / "content" / "scripts"), house / "content" / "scripts")

    def test_a_mistake_names_the_line_of_its_step(self, house: Path) -> None:
        path = house / "content" / "scripts" / "first_contact.toml"
        path.write_text(SCRIPT.replace('go = "bye"', 'go = "by"'))
        assert self.read(house) == ["first_contact.toml:9: It goes to 'by', which is not a step here."]

    def test_every_mistake_of_every_file_is_told_at_once(self, house: Path) -> None:
        (house / "content" / "scripts" / "b.toml").write_text("start = \n")
        (house / "content" / "scripts" / "c.toml").write_text("start = 'x'\n")
        told = self.read(house)
        assert told[0].startswith("b.toml:1: Not TOML: ")
        assert told[1] == "c.toml:1: There are no steps: add at least one [steps.NAME] table."

    def test_a_pointer_into_another_script_names_the_script_that_points(self, house: Path) -> None:
        (house / "content" / "scripts" / "b.toml").write_text('start = "a"\n[steps.a]\ngo = "first_contact:x"\n')
        assert self.read(house) == ["b.toml:2: It goes to first_contact:x, which does not exist."]

    def test_the_first_script_must_be_there(self, tmp_path: Path) -> None:
        assert told(lambda: read_scripts(tmp_path), tmp_path.parent) == [
            f"{tmp_path.name}: first_contact.toml is missing: every contact begins there."
        ]


def test_a_file_that_is_not_utf_8_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_bytes(b"a = '\xff'")
    assert told(lambda: read_toml(tmp_path / "a.toml"), tmp_path) == [
        "a.toml: Byte 5 is not UTF-8: save the file as UTF-8."
    ]
    assert told(lambda: read_toml(tmp_path / "b.toml"), tmp_path) == ["b.toml: This file is missing."]


def test_the_rules_of_signals_can_wait_until_they_are_needed(house: Path) -> None:
    path = house / "content" / "signals" / "en.toml"
    path.write_text('[[rule]]\ncode = "danger"\nany = ["help us"]\nheard = ["help us"]\n')
    waiting = read_shelf(house / "content", house / "locales", ["en"], offer_unread=True, ready=False)
    assert judge("please help us", waiting.rules) == judge("please help us", shelf_of(house, "en").rules) != ()
    path.write_text("[[rule]\n")
    read_shelf(house / "content", house / "locales", ["en"], offer_unread=True, ready=False)
    assert told(lambda: shelf_of(house, "en"), house)[0].startswith("content/signals/en.toml:1: Not TOML: ")


def test_only_the_rules_of_offered_languages_listen(house: Path) -> None:
    for tag in ("en", "es", "zz"):
        text = f'[[rule]]\ncode = "danger"\nany = ["word {tag}"]\nheard = ["word {tag}"]\n'
        (house / "content" / "signals" / f"{tag}.toml").write_text(text)
    shelf = shelf_of(house, "en", "es")
    assert [bool(judge(f"word {tag}", shelf.rules)) for tag in ("en", "es", "zz")] == [True, False, False]


def test_signals_whose_examples_do_not_prove_them_are_refused_by_the_check(tmp_path: Path) -> None:
    (tmp_path / "en.toml").write_text('[[rule]]\ncode = "danger"\nany = ["x"]\nheard = ["y"]\n')
    assert told(lambda: read_rules_of(tmp_path / "en.toml"), tmp_path) == [
        "en.toml:1: rule 1 (danger): the example 'y' is not heard by its own rule."
    ]
    assert len(read_rules_of(tmp_path / "en.toml", prove=False)) == 1


class TestReviews:
    def test_nobody_has_read_what_nobody_signed(self, tmp_path: Path) -> None:
        assert read_review(tmp_path) == Review()
        assert read_review(tmp_path).unread
        (tmp_path / "review.toml").write_text('author = "Dina"\nauthor_date = 2026-11-22\nnative_reader = ""\n')
        assert read_review(tmp_path).unread

    def test_who_has_read_is_told_with_the_day_and_who_has_not_as_nobody(self, tmp_path: Path) -> None:
        (tmp_path / "review.toml").write_text('native_reader = "Chloe"\nnative_reader_date = 2026-11-22\n')
        review = read_review(tmp_path)
        assert not review.unread
        assert str(review) == (
            "author: nobody yet; native reader: Chloe, 2026-11-22; survivor: nobody yet; lawyer: nobody yet"
        )

    @pytest.mark.parametrize("reader", ["author", "native_reader", "survivor", "lawyer"])
    def test_a_name_without_a_day_proves_nothing(self, tmp_path: Path, reader: str) -> None:
        (tmp_path / "review.toml").write_text(f'{reader} = "Dina"\n')
        assert told(lambda: read_review(tmp_path), tmp_path) == [
            f"review.toml: {reader} has no {reader}_date: write the day on which they read it."
        ]

    def test_a_slip_in_it_is_told(self, tmp_path: Path) -> None:
        (tmp_path / "review.toml").write_text('reader = "Chloe"\n')
        assert told(lambda: read_review(tmp_path), tmp_path) == [
            "review.toml: 'reader' is not known here: use author, lawyer, native_reader, survivor."
        ]
        (tmp_path / "review.toml").write_text('author_date = "yesterday"\n')
        assert told(lambda: read_review(tmp_path), tmp_path) == [
            "review.toml: author_date must be a date like 2026-11-22."
        ]


def test_a_disk_with_too_little_room_is_noticed_within_a_second_and_not_asked_more_often(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock, free, looks = [0.0], [64 * MEGABYTE], [0]

    def look(folder: Path) -> int:
        looks[0] += 1
        assert folder == tmp_path
        return free[0]

    monkeypatch.setattr("hotline.store.room.time.monotonic", lambda: clock[0])
    room = Room(tmp_path, 64 * MEGABYTE, look)
    assert room.left()
    free[0] -= 1
    assert room.left()
    clock[0] = 1.0
    assert not room.left()
    free[0] += 1
    clock[0] = 2.0
    assert room.left()
    assert looks[0] == 3
    assert Room(tmp_path, 0).left()
