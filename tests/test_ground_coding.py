"""The lists by which a contact is closed, and what stands chosen in them before anybody has chosen."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.coding import LISTS, Age, Coding, Exploitation, Gender, Need, NotInTheLists, Region, guessed, read
from hotline.contact import Level
from hotline.directory.countries import COUNTRIES
from hotline.directory.model import Need as Referral
from hotline.store.shelf import read_scripts, read_words
from hotline.tally import STAFF_OUTCOMES, Outcome
from hotline.triage.script import Place
from hotline.triage.signals import Code, Signal
from tests.people import ROOT


def heard(code: Code, evidence: str = "", *, sure: bool = True) -> Signal:
    return Signal(code.value, Level.URGENT, evidence, sure)


class TestTheLists:
    @pytest.mark.parametrize("name", LISTS)
    def test_unknown_is_the_first_value_and_what_stands_there_unasked(self, name: str) -> None:
        assert next(iter(LISTS[name])).value == "unknown"
        assert Coding().attributes()[name] == "unknown"

    def test_no_value_is_a_country(self) -> None:
        values = {value.value for one_list in LISTS.values() for value in one_list}
        assert not values & {country.lower() for country in COUNTRIES}

    def test_every_value_has_words_for_staff(self) -> None:
        words = read_words(ROOT / "locales" / "en", "console").by_key
        lists = {name: LISTS[name] for name in LISTS if name != "origin"}
        keys = [f"console/{name}/{value.value}" for name, values in lists.items() for value in values]
        keys += [f"console/referral/{one.value}" for one in Referral]
        keys += [f"console/outcome/{one.value}" for one in STAFF_OUTCOMES]
        keys += [f"console/{where}/{name}" for where in ("close", "figures") for name in (*LISTS, "referral")]
        assert [key for key in keys if key not in words] == []

    def test_every_value_is_mapped_in_the_documentation(self) -> None:
        text = (ROOT / "docs" / "closing.md").read_text(encoding="utf-8")
        values = {value.value for one_list in LISTS.values() for value in one_list}
        assert sorted(value for value in values if f"`{value}`" not in text) == []


class TestReading:
    def test_a_form_is_read_and_what_is_left_out_is_unknown(self) -> None:
        form = {"need": "housing", "region": "europe_north", "outcome": "referred", "referral/housing": "1"}
        assert read(form) == Coding(
            need=Need.HOUSING,
            region=Region.EUROPE_NORTH,
            outcome=Outcome.REFERRED,
            referrals=frozenset({Referral.HOUSING}),
        )

    @pytest.mark.parametrize(
        "form",
        [
            {},
            {"outcome": ""},
            {"outcome": "script_end"},
            {"outcome": "informed", "need": "Anna's house"},
            {"outcome": "informed", "gender": "WOMAN"},
            {"outcome": "informed", "age": "17"},
            {"outcome": "informed", "origin": "ng"},
            {"outcome": "informed", "referral/": "1"},
            {"outcome": "informed", "referral/unknown": "1"},
        ],
    )
    def test_what_is_not_in_the_lists_is_refused(self, form: dict[str, str]) -> None:
        with pytest.raises(NotInTheLists):
            read(form)

    @given(st.dictionaries(st.sampled_from([*LISTS, "outcome", "note", "text", "referral/x"]), st.text(max_size=20)))
    def test_nothing_typed_ever_comes_through(self, form: dict[str, str]) -> None:
        try:
            coding = read(form)
        except NotInTheLists:
            return
        for name, value in coding.attributes().items():
            assert value in [one.value for one in LISTS[name]]
        assert coding.referrals <= frozenset(Referral)


class TestWhatTheScriptKnew:
    def test_of_somebody_of_whom_nothing_is_known_everything_is_unknown(self) -> None:
        assert guessed([], []) == Coding()

    @pytest.mark.parametrize(
        ("evidence", "age"),
        [
            ("i am 14", Age.UNDER_15),
            ("15yo", Age.FROM_15),
            ("أنا ١٦", Age.FROM_15),
            ("girl", Age.UNDER_18),
            ("19 but my sister is 12", Age.UNDER_15),
            ("since 2019", Age.UNDER_18),
        ],
    )
    def test_a_childs_age_is_taken_from_what_they_said(self, evidence: str, age: Age) -> None:
        assert guessed([heard(Code.MINOR, evidence)], []) == Coding(need=Need.CHILDREN, age=age)

    def test_what_only_the_model_heard_unclearly_chooses_nothing(self) -> None:
        assert guessed([heard(Code.MINOR, "i am 14", sure=False)], []) == Coding()

    def test_danger_comes_before_what_was_chosen_and_that_before_what_was_heard(self) -> None:
        trail = [Place("rights", "start"), Place("rights", "pay"), Place("rights", "permit")]
        assert guessed([heard(Code.JOBOFFER)], trail).need is Need.RESIDENCE
        assert guessed([heard(Code.JOBOFFER), heard(Code.DANGER)], trail).need is Need.SAFETY
        assert guessed([heard(Code.JOBOFFER)], []).need is Need.INFORMATION

    @pytest.mark.parametrize("code", Code)
    def test_nobody_is_guessed_to_be_exploited_a_woman_or_from_anywhere(self, code: Code) -> None:
        found = guessed([heard(code, "she 14")], [Place("exploited", "forced")])
        assert (found.exploitation, found.gender, found.region, found.origin, found.outcome, found.referrals) == (
            Exploitation.UNKNOWN,
            Gender.UNKNOWN,
            Region.UNKNOWN,
            Region.UNKNOWN,
            Outcome.UNKNOWN,
            frozenset(),
        )

    def test_every_step_that_chooses_a_need_is_there(self) -> None:
        from hotline.coding import _BY_STEP

        scripts = read_scripts(ROOT / "content" / "scripts")
        assert [place for place in _BY_STEP if place not in scripts] == []
