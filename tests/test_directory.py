"""The directory: what a caller is shown of it and what not, when something is open, and how it is searched."""

from __future__ import annotations

import datetime
from dataclasses import replace

import pytest

from hotline.directory.hours import ALWAYS, Span, read_open
from hotline.directory.model import (
    CONFIRMED_DAYS,
    Country,
    Guide,
    Kind,
    Origin,
    for_callers,
    forgets_to_check_again,
    in_language,
)
from hotline.directory.search import search
from hotline.store.guide import open_now
from tests.directory_help import TODAY, checked, norway, shipped

DAY = datetime.timedelta(days=1)


def names(country: Country) -> list[str]:
    return [item.name for item in country.everything]


class TestWhatCallersSee:
    def callers_see_no_number_that_nobody_has_checked(self) -> None:
        seen = for_callers(norway(), TODAY)
        assert names(seen) == ["Emergency"]
        (emergency,) = seen.entries
        assert (emergency.phones, emergency.sms) == (("112",), ("112",))
        # Nothing that somebody may rely on and nobody has made sure of.
        assert (emergency.anonymous, emergency.police, emergency.open, emergency.web) == (None, "", "", "")

    def test_callers_see_no_number_that_nobody_has_checked(self) -> None:
        self.callers_see_no_number_that_nobody_has_checked()

    def test_twin_with_the_check_of_freshness_switched_off_callers_would_see_them(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(Origin, "confirmed", lambda self, today: True)
        with pytest.raises(AssertionError):
            self.callers_see_no_number_that_nobody_has_checked()

    def test_as_shipped_callers_see_emergency_numbers_and_nothing_else(self) -> None:
        for country in shipped():
            seen = for_callers(country, TODAY)
            assert {entry.kind for entry in seen.entries} <= {Kind.EMERGENCY}, country.code
            assert seen.steps == ()
            assert all(entry.ways() == (*entry.phones, *entry.sms) for entry in seen.entries), country.code

    def test_what_chloe_has_checked_is_shown_whole(self) -> None:
        country = checked(norway())
        assert for_callers(country, TODAY) == country

    @pytest.mark.parametrize(
        ("days", "shown"), [(0, True), (CONFIRMED_DAYS, True), (CONFIRMED_DAYS + 1, False), (-1, False)]
    )
    def test_a_check_holds_for_half_a_year_and_not_before_it_was_made(self, days: int, shown: bool) -> None:
        country = checked(norway(), TODAY - days * DAY)
        assert (names(for_callers(country, TODAY)) == names(country)) is shown
        assert len(country.unconfirmed(TODAY)) == (0 if shown else 4)

    def test_a_check_without_a_name_is_none(self) -> None:
        assert names(for_callers(checked(norway(), by=""), TODAY)) == ["Emergency"]

    def test_an_emergency_number_that_no_source_names_is_not_shown(self) -> None:
        country = norway()
        entries = tuple(replace(entry, origin=replace(entry.origin, source="")) for entry in country.entries)
        assert for_callers(replace(country, entries=entries), TODAY).entries == ()

    def test_on_the_day_after_its_last_one_a_check_is_too_old_for_callers(self) -> None:
        country = checked(norway(), TODAY)
        ends = TODAY + (CONFIRMED_DAYS + 1) * DAY
        assert names(for_callers(country, ends - DAY)) != names(for_callers(country, ends))


class TestAnOldCheckIsNotKept:
    """A new number under the date on which somebody rang the old one would be shown as checked."""

    def a_changed_number_with_the_old_check_is_found(self) -> None:
        before = checked(norway(), TODAY - DAY)
        line = before.of(Kind.LINE)[0]
        wrong = replace(line, phones=("+47 90 00 00 09",))
        assert forgets_to_check_again(before, replace(before, entries=(wrong,))) == [wrong]
        step = replace(before.steps[0], what={"en": "You may rest for a year."})
        assert forgets_to_check_again(before, replace(before, steps=(step,))) == [step]

    def test_a_changed_number_with_the_old_check_is_found(self) -> None:
        self.a_changed_number_with_the_old_check_is_found()

    def test_twin_with_the_comparison_of_checks_switched_off_it_is_not(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("hotline.directory.model._same_check", lambda before, after: False)
        with pytest.raises(AssertionError):
            self.a_changed_number_with_the_old_check_is_found()

    def test_a_promise_that_changed_counts_as_much_as_a_number(self) -> None:
        before = checked(norway())
        line = replace(before.of(Kind.LINE)[0], anonymous=True)
        assert forgets_to_check_again(before, replace(before, entries=(line,))) == [line]

    def test_a_new_check_an_empty_one_a_note_or_a_translation_is_no_mistake(self) -> None:
        before = checked(norway(), TODAY - DAY)
        line = before.of(Kind.LINE)[0]
        moved = replace(line, phones=("+47 90 00 00 09",))
        for after in (
            replace(moved, origin=replace(line.origin, checked_on=TODAY)),
            replace(moved, origin=replace(line.origin, checked_on=None, checked_by="")),
            replace(line, origin=replace(line.origin, note="Rang twice.")),
            replace(line, hours={**line.hours, "fr": "Sauf jours fériés"}),
        ):
            assert forgets_to_check_again(before, replace(before, entries=(after,))) == []


class TestHours:
    @pytest.mark.parametrize(
        ("text", "spans"),
        [
            ("always", ALWAYS),
            ("mon-fri 08:30-16:00", (Span((0, 1, 2, 3, 4), 510, 960),)),
            ("sat,sun 09:00-12:00, 13:00-24:00", (Span((5, 6), 540, 720), Span((5, 6), 780, 1440))),
            ("fri-mon 20:00-02:00", (Span((0, 4, 5, 6), 1200, 120),)),
        ],
    )
    def test_hours_are_read(self, text: str, spans: tuple[Span, ...]) -> None:
        assert read_open(text) == spans

    @pytest.mark.parametrize(
        "text",
        "|mon|mon 8:30-16:00|mon-fry 08:00-16:00|mon- 08:00-16:00|mon 08:00-08:00|mon 24:10-25:00|mon 24:00-08:00|mon 08:00"
        "|mon-fri 08:00-16:00;|Always|mon 08:60-09:00".split("|"),
    )
    def test_what_is_not_understood_is_not_guessed(self, text: str) -> None:
        assert read_open(text) is None

    def test_a_line_is_open_by_the_clock_of_its_own_country(self) -> None:
        country = norway()
        line = country.of(Kind.LINE)[0]

        def at(text: str) -> bool | None:
            return open_now(country, line, datetime.datetime.fromisoformat(text).timestamp())

        assert at("2026-11-20T07:29:59+00:00") is False  # Friday; Oslo is an hour ahead
        assert at("2026-11-20T07:30:00+00:00") is True
        assert at("2026-07-17T06:30:00+00:00") is True  # two hours in summer
        assert at("2026-11-20T15:00:00+00:00") is False
        assert at("2026-11-22T00:30:00+00:00") is True  # Saturday's night lasts until two on Sunday
        assert at("2026-11-23T00:59:00+00:00") is True  # and Sunday's until two on Monday
        assert at("2026-11-23T01:00:00+00:00") is False

    def test_nobody_says_open_where_no_hours_are_known(self) -> None:
        country = norway()
        (service,), (line,), (emergency,) = (country.of(kind) for kind in (Kind.SERVICE, Kind.LINE, Kind.EMERGENCY))
        assert open_now(country, service, 0.0) is None
        assert open_now(replace(country, zone=""), line, 0.0) is None
        assert open_now(replace(country, zone="Europe/Nowhere"), line, 0.0) is None
        assert open_now(replace(country, zone=""), emergency, 0.0) is True

    def test_days_are_told_as_runs(self) -> None:
        assert Span((0, 1, 2, 5), 510, 1440).runs() == [(0, 2), (5, 5)]
        assert Span((0,), 510, 1440).clock() == "08:30–24:00"


class TestSearch:
    def found(self, words: str, country: str | None = None, need: str | None = None) -> list[str]:
        return [one.entry.name for one in search(Guide({"NO": norway()}), words, country, need)]

    def test_a_country_is_looked_up_by_its_code_in_any_case(self) -> None:
        guide = shipped()
        assert guide.lookup("no") is guide.lookup(" NO ") is guide.countries["NO"]
        assert guide.lookup("FR") is None
        assert guide.lookup("../no") is None

    def test_with_no_words_everything_of_a_country_or_need_is_found(self) -> None:
        assert self.found("") == ["Emergency", "Rosa hjelpelinje", "A house in Bergen"]
        assert self.found("", "no", "housing") == ["A house in Bergen"]
        assert self.found("", "se") == self.found("", None, "gold") == []

    def test_every_word_must_be_somewhere(self) -> None:
        assert self.found("house bergen") == ["A house in Bergen"]
        assert self.found("house oslo") == []
        assert self.found("norway LEGAL") == ["Rosa hjelpelinje"]

    def test_a_number_is_found_however_it_is_grouped(self) -> None:
        assert self.found("22331160") == self.found("+47 22 33 11 60") == ["Rosa hjelpelinje"]

    def test_the_name_counts_more_than_the_need_and_that_more_than_the_country(self) -> None:
        guide = shipped()
        best = search(guide, "police")
        assert {one.entry.name for one in best} >= {"Police", "117 (National Police)", "Police 101"}
        found = search(Guide({"NO": norway()}), "house")
        assert [one.entry.name for one in found] == ["A house in Bergen"]
        housing = search(Guide({"NO": norway()}), "hous")
        assert housing[0].score < found[0].score

    def test_accents_and_case_do_not_matter_and_other_languages_names_are_heard(self) -> None:
        guide = shipped()
        assert {one.country.code for one in search(guide, "TURKIYE")} == {"TR"}
        named = {"help/country/NO": "นอร์เวย์", "help/need/housing": "ที่พักที่ปลอดภัย"}
        small = Guide({"NO": norway()})
        assert [one.entry.name for one in search(small, "ที่พัก", named=named)] == ["A house in Bergen"]
        assert len(search(small, "นอร์เวย์", named=named)) == 3

    def test_for_callers_only_what_callers_may_see_is_found(self) -> None:
        guide = Guide({"NO": norway()})
        assert [one.entry.name for one in search(guide, "", callers_on=TODAY)] == ["Emergency"]
        assert search(guide, "rosa", callers_on=TODAY) == []


def test_a_text_is_given_in_the_language_asked_for_else_in_english_and_says_which() -> None:
    assert in_language({"en": "Rest", "ar": "راحة"}, "ar") == ("راحة", "ar")
    assert in_language({"en": "Rest"}, "ar") == ("Rest", "en")
    assert in_language({"nb": "Hvile"}, "ar") == ("Hvile", "nb")
    assert in_language({}, "ar") == ("", "ar")
