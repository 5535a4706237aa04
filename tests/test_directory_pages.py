"""The public help page: what a caller reads of the directory, in every language, on a given day."""

from __future__ import annotations

import datetime
import re
from dataclasses import replace

import pytest

from app.helping import HelpPages, country_name
from app.pages import Pages
from app.settings import read_settings
from campaigns.publish import Assets
from hotline.directory.model import CONFIRMED_DAYS, Guide
from hotline.language import Words
from hotline.store.shelf import Shelf
from tests.directory_help import TODAY, checked, norway, shipped
from tests.people import ROOT


class _Named(dict[str, str]):
    """The words of a language; a word of this page reads as its key, so that tests do not hang on sentences."""

    def __contains__(self, key: object) -> bool:
        return str(key).startswith("help/") or super().__contains__(key)

    def __getitem__(self, key: str) -> str:
        if not key.startswith("help/"):
            return super().__getitem__(key)
        return f"<{key}>" + {"help/title": " {country}", "help/checked": " {date}"}.get(key, "")


def pages_of(shelf: Shelf, guide: Guide) -> HelpPages:
    named = replace(shelf, pages={tag: Words(tag, _Named(words.by_key)) for tag, words in shelf.pages.items()})
    settings = read_settings({}, ROOT / "config.toml")
    return HelpPages(guide, named.pages, Pages(settings, named, Assets(ROOT / "static"), Words("en", {})).page)


def page(shelf: Shelf, guide: Guide, language: str = "en", country: str = "no", on: datetime.date = TODAY) -> str:
    made = pages_of(shelf, guide).page(language, country, on)
    assert made is not None
    return made


class TestUnchecked:
    def a_caller_reads_the_emergency_number_and_that_the_others_are_being_checked(self, shelf: Shelf) -> None:
        html = page(shelf, Guide({"NO": norway()}))
        assert '<a href="tel:112">&lt;help/need/emergency&gt;: 112</a>' in html
        assert "help/checking" in html
        assert "22 33 11" not in html
        assert "help/steps" not in html

    def test_a_caller_reads_the_emergency_number_and_that_the_others_are_being_checked(self, shelf: Shelf) -> None:
        self.a_caller_reads_the_emergency_number_and_that_the_others_are_being_checked(shelf)

    def test_twin_with_the_choice_for_callers_switched_off_they_would_read_all(
        self, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("app.helping.for_callers", lambda country, today: country)
        with pytest.raises(AssertionError):
            self.a_caller_reads_the_emergency_number_and_that_the_others_are_being_checked(shelf)

    def test_where_no_emergency_number_is_known_none_is_made_up_from_another_country(self, shelf: Shelf) -> None:
        html = page(shelf, shipped(), country="th")
        assert "help/emergency_none" in html
        assert "tel:" not in html
        assert "112" not in re.sub(r"/static/\S+", "", html)

    def test_a_number_at_which_the_police_answer_is_called_police(self, shelf: Shelf) -> None:
        assert '<a href="tel:102">&lt;help/need/police&gt;: 102</a>' in page(shelf, shipped(), country="ua")

    def test_no_note_source_or_name_of_staff_is_ever_shown(self, shelf: Shelf) -> None:
        for country in (norway(), checked(norway())):
            html = page(shelf, Guide({"NO": country}))
            assert not [word for word in ("conflict", "Chloe", "example.org/help", "2022-08") if word in html]


class TestChecked:
    def test_what_was_checked_is_shown_whole_and_dated(self, shelf: Shelf) -> None:
        html = page(shelf, Guide({"NO": checked(norway())}))
        for text in (
            '<a href="tel:+4722331160">+47 22 33 11 60</a>',
            'help/abroad&gt;: <a href="tel:+4722331161">',
            '<a href="sms:112">112</a>',
            '<a href="https://example.org/chat" rel="noreferrer">',
            "help/hours&gt;: <span>Not on holidays</span>",
            "help/free",
            'lang="nb">Norsk</bdi>',
            "<bdi>my</bdi>",
            "help/police/danger",
            "help/anonymous",
            "help/need/trafficking_line",
            "help/checked&gt; 2026-11-22",
            "You may rest for 6 months.",
        ):
            assert text in html, text
        assert "help/checking" not in html

    def test_hours_are_told_by_day_where_nobody_wrote_a_sentence(self, shelf: Shelf) -> None:
        html = page(shelf, Guide({"NO": checked(norway())}))
        assert "&lt;help/day/mon&gt;–&lt;help/day/sun&gt; 00:00–24:00" in html
        for country in shipped():
            assert page(shelf, Guide({country.code: checked(country)}), country=country.code.lower())

    def test_in_arabic_numbers_keep_their_direction_and_english_is_marked_as_such(self, shelf: Shelf) -> None:
        html = page(shelf, Guide({"NO": checked(norway())}), "ar")
        assert "\u2066+47\u00a022\u00a033\u00a011\u00a060\u2069" in html
        assert "ليس في أيام العطل" in html
        assert '<span lang="en" dir="ltr">You may rest for 6 months.</span>' in html

    def test_what_becomes_too_old_disappears_by_itself_at_midnight(self, shelf: Shelf) -> None:
        pages = pages_of(shelf, Guide({"NO": checked(norway(), TODAY)}))
        last = TODAY + datetime.timedelta(days=CONFIRMED_DAYS)
        shown, gone = (pages.page("en", "no", day) for day in (last, last + datetime.timedelta(days=1)))
        assert "22 33 11" in (shown or "")
        assert "22 33 11" not in (gone or "22 33 11")

    def test_markup_in_a_name_stays_text(self, shelf: Shelf) -> None:
        country = checked(norway())
        entries = tuple(replace(entry, name="<script>x</script>") for entry in country.entries)
        html = page(shelf, Guide({"NO": replace(country, entries=entries)}))
        assert "<script>x" not in html


def test_there_is_no_page_of_a_country_or_language_that_we_do_not_have(shelf: Shelf) -> None:
    pages = pages_of(shelf, shipped())
    for language, country in [("en", "fr"), ("xx", "no"), ("en", "NO"), ("en", "../no"), ("en", "")]:
        assert pages.page(language, country, TODAY) is None


def test_a_page_leads_to_the_other_countries_and_to_the_chat(shelf: Shelf) -> None:
    html = page(shelf, shipped())
    others = html[html.index("help/countries") :]
    assert len(set(re.findall(r'href="/en/help/([a-z]{2})"', others))) == 22
    assert '<form method="post" action="/">' in html


def test_a_country_that_nobody_has_translated_bears_its_english_name() -> None:
    assert country_name("NO", Words("ar", {"help/country/NO": "النرويج"})) == "النرويج"
    assert country_name("NO", Words("ar", {})) == "Norway"
