"""Without a text: ten questions about an offer, eleven about the job somebody is in, in the words of the talk."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import httpx
import pytest

from app.offers import guided
from hotline.offers.flags import Flag, Good, Told, Verdict
from hotline.offers.indicators import GRAVE, Indicator
from hotline.store import tallies
from hotline.triage.script import Scripts
from tests.server_help import House, open_house
from tests.test_offers_page import reads, word

DANGER = "Are you in danger now? Call 112."


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with open_house(tmp_path_factory.mktemp("guided"), with_pages=True, offer_pictures="off") as opened:
        yield opened


def asked(house: House, name: str = guided.OFFER) -> list[guided.Question]:
    return guided.questions(house.office.desk.shelf.scripts, name)


def sends(house: House, answers: Mapping[str, str], path: str = "questions") -> httpx.Response:
    return house.browser().post(f"/en/offer/{path}", {"job": "", **answers})


def marking(question: guided.Question) -> str:
    """The choice of a question that marks something."""
    (choice,) = question.marks
    return choice


# The questions are those of the talk


def test_ten_questions_each_mark_a_flag_of_their_own(house: House) -> None:
    questions = asked(house)
    assert len(questions) == 10
    flags = [mark for one in questions for mark in one.marks.values()]
    assert len(set(flags)) == len(flags)
    assert set(flags) <= set(Flag)
    assert {key for key, _ in guided.GOOD} | set(guided.MISSING) <= {one.key for one in questions}


def test_eleven_questions_ask_for_the_eleven_indicators(house: House) -> None:
    assert [mark for one in asked(house, guided.JOB) for mark in one.marks.values()] == list(Indicator)


@pytest.mark.parametrize(("path", "name"), [("questions", guided.OFFER), ("job", guided.JOB)])
def test_the_page_asks_them_in_the_words_of_the_talk_and_one_may_not_know(house: House, path: str, name: str) -> None:
    page = house.browser().get(f"/en/offer/{path}").text
    spoken = house.office.desk.shelf.words["en"]
    legends = re.findall(r"<legend>(.*?)</legend>", page)
    assert legends == [spoken[one.say] for one in asked(house, name)]
    for one in asked(house, name):
        radios = re.findall(rf'<input type="radio" name="{one.key}" value="([^"]*)">', page)
        assert radios == [*one.labels, *([] if "unknown" in one.labels else [""])]


# What the answers lead to


def test_somebody_who_must_pay_and_give_away_the_passport_reads_both_signs(house: House) -> None:
    response = sends(house, {"pays": "yes", "papers": "kept", "wage": "monthly", "job": "NO"})
    page = reads(response)
    assert page.startswith(word(house, "offer/verdict/stop_and_check"))
    assert word(house, "offer/flag/upfront_fee") in page
    assert word(house, "offer/flag/documents_kept/ask") in page
    assert word(house, "offer/good/paid_regularly") in page
    assert word(house, "offer/found_in") not in page, "there is no text to quote"
    assert "Norway" in page
    assert response.headers["cache-control"] == "no-store, no-transform"


def test_good_answers_alone_show_no_sign(house: House) -> None:
    good = {one.key: next(key for key in one.labels if key not in (*one.marks, "unknown")) for one in asked(house)}
    page = reads(sends(house, good))
    assert page.startswith(word(house, "offer/verdict/no_flags_found"))
    assert word(house, "offer/missing") not in page


def test_what_one_does_not_know_is_missing(house: House) -> None:
    checked = guided.offer_of(asked(house), {"visa": "unknown", "pays": "no", "contract": "none"})
    assert checked.codes == (Flag.NO_CONTRACT,)
    assert checked.verdict is Verdict.CHECK_FIRST
    assert [one.code for one in checked.good] == [Good.FREE_TO_WORKER]
    assert set(checked.missing) == {Told.PERMIT, Told.EMPLOYER, Told.PAY, Told.TICKET, Told.CONTRACT}


def test_without_any_answer_the_questions_come_again(house: House) -> None:
    page = sends(house, {"pays": "", "job": "NO"}).text
    assert 'role="alert"' in page
    assert page.count("<legend>") == 10


@pytest.mark.parametrize("answers", [{"pays": "maybe"}, {"name": "Amara"}, {"pays": "yes", "job": "Norway"}])
def test_an_answer_that_no_question_has_is_refused(house: House, answers: dict[str, str]) -> None:
    assert sends(house, answers).status_code == 400
    assert sends(house, answers, "job").status_code == 400


# The job somebody is in


@pytest.mark.parametrize("sign", sorted(GRAVE))
def test_who_is_threatened_hurt_or_locked_in_reads_of_danger_first(house: House, sign: Indicator) -> None:
    (question,) = (one for one in asked(house, guided.JOB) if sign in one.marks.values())
    response = sends(house, {question.key: marking(question)}, "job")
    page = reads(response)
    assert page.startswith(f"{word(house, 'offer/now')} {DANGER} {word(house, 'offer/now/many')}")
    assert '<a href="tel:112">' in response.text
    assert word(house, "offer/steps/person") in page


def test_three_signs_are_many_fewer_are_some_and_none_is_said_so(house: House) -> None:
    light = [one for one in asked(house, guided.JOB) if not GRAVE & set(one.marks.values())]
    for number, much in ((3, "many"), (1, "some"), (2, "some"), (0, "none")):
        page = reads(sends(house, {one.key: marking(one) for one in light[:number]}, "job"))
        assert page.startswith(f"{word(house, 'offer/now')} {word(house, f'offer/now/{much}')}")
        assert DANGER not in page


def test_rights_are_those_of_the_country_that_was_chosen(house: House) -> None:
    assert 'href="/en/help/se"' in sends(house, {"job": "SE"}, "job").text
    assert 'href="/en/help/no"' in sends(house, {}, "job").text


def test_of_the_answers_only_flags_of_offers_are_counted(tmp_path: Path) -> None:
    with open_house(tmp_path, offer_pictures="off") as fresh:
        sends(fresh, {"papers": "yes", "harm": "yes", "threat": "yes"}, "job")
        sends(fresh, {"pays": "yes"})
        with fresh.office.engine.connect() as connection:
            cells = [cell for cell, _ in tallies.all_cells(connection)]
        assert {(cell.kind, cell.first) for cell in cells if not cell.second} == {("offer_flag", "upfront_fee")}
        assert fresh.nothing_stored


def test_where_the_organisation_has_taken_a_script_away_there_is_no_such_page() -> None:
    assert guided.questions(Scripts({}), guided.JOB) == []
