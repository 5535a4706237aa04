"""The drill: a practice hotline of its own, callers over the real channels, and a debrief that names what matters."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from app.assemble import CannotStart, with_demo_providers
from app.cli import build_parser
from app.drill import house as practice_house
from app.drill.caller import CLOSED, LEFT
from app.drill.config import harmless
from app.drill.debrief import debrief
from app.drill.house import STAFF, Plan, Practice, opened
from app.drill.kinds import Kinds
from app.drill.scenario import read_scenarios
from app.drill.watch import Deed, Story, Turn
from app.settings import Settings, read_settings
from hotline.contact import Level
from hotline.store.phrasebook import Phrasebook
from hotline.store.shelf import read_words
from tests.people import ROOT
from tests.server_help import Browser, open_house, settings_for, sign_in

SCENARIOS = read_scenarios(ROOT / "content")
WORDS = read_words(ROOT / "locales" / "en", "console")
KINDS = Kinds(ROOT / "content", Phrasebook(ROOT / "locales", "112"), "112")
BAND = "PRACTICE — no real callers"


def drill(tmp_path: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """`hotline drill`, in a folder of its own; `environment` is what the real hotline of the machine has."""
    temporary = tmp_path / "temporary"
    temporary.mkdir(exist_ok=True)
    own = {"PATH": os.environ["PATH"], "TMPDIR": str(temporary), "PYTHONPATH": str(ROOT), **environment}
    command = [sys.executable, "-m", "app", "drill", *arguments]
    return subprocess.run(command, cwd=tmp_path, env=own, capture_output=True, text=True, timeout=180)


@pytest.mark.slow
def test_three_callers_on_three_channels_are_played_to_the_end_and_the_debrief_is_right(tmp_path: Path) -> None:
    real = tmp_path / "real"
    secrets = {"HOTLINE_HOME": str(real), "HOTLINE_TWILIO_ACCOUNT_SID": "AC1", "HOTLINE_TWILIO_AUTH_TOKEN": "real"}
    names = ("unpaid_on_site", "neighbour", "stranger_at_phone")
    began = time.monotonic()
    ran = drill(tmp_path, *names, "--auto", "--speed", "20", "--minutes", "2", "--json", **secrets)
    assert ran.returncode == 0, ran.stderr
    assert time.monotonic() - began < 120, "it takes about 25 seconds on two free cores"
    found = json.loads(ran.stdout)
    callers = {one["name"]: one for one in found["callers"]}
    assert [callers[name]["channel"] for name in names] == ["sms", "webchat", "signal"]
    assert {one["ended"] for one in callers.values()} == {CLOSED}, ran.stderr
    for name in names:
        one = callers[name]
        assert Level(one["level"]).rank <= SCENARIOS[name].level.rank
        assert one["answered_after"] is not None
        assert (one["slips"], one["steps_missed"], one["codes_other"]) == ([], [], []), one
        said = {turn["who"] for turn in one["talk"]}
        hushed = name == "stranger_at_phone"  # what was written meanwhile may rightly never have arrived
        assert said == {"caller", "responder"} or (hushed and said == {"caller"})
    assert found["all"] | {"median_taken_after": 0, "median_answered_after": 0, "longest_silence": 0} == {
        "callers": 3, "answered": 3, "closed": 3, "open": 0, "steps_missed": 0, "slips": 0,
        "median_taken_after": 0, "median_answered_after": 0, "longest_silence": 0,
    }  # fmt: skip
    assert not real.exists(), "the real hotline was touched"
    assert not list((tmp_path / "temporary").iterdir()), "something of the practice was left"


@pytest.mark.slow
def test_a_trainee_who_makes_mistakes_sees_each_of_them_named(tmp_path: Path) -> None:
    """The twin of the story above: the same caller, and somebody who asks who they are, promises, and sends a link."""
    ran = drill(tmp_path, "unpaid_on_site", "--auto-mistakes", "--speed", "20", "--minutes", "2", "--json")
    assert ran.returncode == 0, ran.stderr
    (one,) = json.loads(ran.stdout)["callers"]
    assert one["slips"] == ["asks_who", "promises", "link", "presses"]
    assert one["steps_missed"] == list(SCENARIOS["unpaid_on_site"].steps)
    assert one["codes_other"] == ["exploitation", "sector", "need", "outcome"]
    keys = [row["key"] for row in one["next"]]
    assert keys[:4] == [f"console/drill/slip/{slip}" for slip in one["slips"]]
    assert "console/drill/well/gentle" not in [row["key"] for row in one["well"]]


def asked(*arguments: str) -> int:
    options = build_parser().parse_args(["drill", *arguments])
    return int(options.command(options))


def test_what_a_drill_is_asked_wrongly_it_says_in_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    for arguments, sentence in (
        (("nobody",), "nobody is not a scenario: at_the_door, "),
        (("--speed", "0"), "--speed must lie between 0.1 and 100."),
        (("--callers", "500"), "--callers must lie between 1 and 99."),
        (("--minutes", "nan"), "--minutes must lie between 0.1 and 600."),
    ):
        assert asked(*arguments) == 2
        told = capsys.readouterr().err
        assert told.startswith(f"hotline: {sentence}")
        assert told.count("\n") == 1


def test_the_list_names_every_scenario_and_who_has_read_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert asked("--list", "--json") == 0
    rows = json.loads(capsys.readouterr().out)["scenarios"]
    assert [row["name"] for row in rows] == list(SCENARIOS)
    assert {row["read_by"] for row in rows} == {""}
    assert asked("--list") == 0
    told = capsys.readouterr().out
    assert all(f"\n  {one.title}. " in told for one in SCENARIOS.values())
    assert told.endswith("Read by a native speaker: none of them yet.\n")


REAL = """
[organisation]
name = "Light \\"house\\""
country = "NO"
[service]
listen = "0.0.0.0"
emergency = "113"
[ways]
sms = "+4712345678"
[twilio]
numbers = ["+4712345678"]
[signal]
number = "+4712345670"
[chat]
onion = "http://aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.onion"
[languages]
offered = ["en", "ro"]
"""


def read(folder: Path, text: str) -> Settings:
    path = folder / "config.toml"
    path.write_text(text, encoding="utf-8")
    return read_settings({"HOTLINE_HOME": str(folder)}, path, port=8010)


def test_a_practice_house_takes_over_nothing_that_reaches_anybody(tmp_path: Path) -> None:
    config = tmp_path / "real.toml"
    config.write_text(REAL, encoding="utf-8")
    settings = read(tmp_path, harmless(config))
    assert settings.demo
    assert (settings.listen, settings.signal_number, settings.our_numbers, settings.onion) == ("127.0.0.1", "", (), "")
    assert settings.ways == {}
    assert (settings.organisation, settings.emergency, settings.languages) == ('Light "house"', "113", ("en", "ro"))


def test_with_the_real_settings_a_practice_house_would_not_be_one(tmp_path: Path) -> None:
    """The twin: what the rest of the file would do."""
    assert not read(tmp_path, REAL).demo


def test_a_practice_house_that_could_reach_somebody_does_not_start(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text("[service]\nlisten = '0.0.0.0'\n")
    with (
        mock.patch.object(practice_house, "harmless", Path.read_text),
        pytest.raises(CannotStart, match=r"^A drill needs the loopback address\.$"),
    ):
        practice_house._prepared(config, tmp_path, 8010)


@pytest.fixture
def practice(tmp_path: Path) -> Iterator[Practice]:
    settings = settings_for(tmp_path, public_url="http://127.0.0.1:9", demo=True, signal_number="", practice=True)
    settings.home.mkdir()
    names = ("passport_kept", "neighbour")
    plan = Plan([SCENARIOS[name] for name in names])
    languages = tuple({"en", *(one.language for one in plan.scenarios)})
    with opened(replace(with_demo_providers(settings), languages=languages), plan, lambda line: None) as house:
        yield house


def test_every_page_of_a_practice_house_says_that_it_is_one(practice: Practice, tmp_path: Path) -> None:
    with asyncio.Runner() as runner:
        browser = Browser(practice.server.application(), runner, practice.settings.public_url)
        name = next(iter(STAFF))
        told = browser.get("/staff/login").text
        assert BAND in told
        assert practice.passwords[name] in told
        browser.post("/staff/login", {"name": name, "password": practice.passwords[name]})
        for path in ("/staff/", "/staff/drill", "/staff/roster", "/staff/account", "/staff/languages", "/demo/phone"):
            page = browser.get(path)
            assert page.status_code == 200, path
            assert BAND in page.text, path
            assert "<title>PRACTICE · " in page.text, path


def test_the_debrief_can_be_read_at_the_console_while_the_practice_lives(practice: Practice) -> None:
    story = told_story(practice.stories[0])
    practice.server.watch.deeds += deeds_of_a_good_talk(story)
    with asyncio.Runner() as runner:
        browser = Browser(practice.server.application(), runner, practice.settings.public_url)
        name = next(iter(STAFF))
        browser.post("/staff/login", {"name": name, "password": practice.passwords[name]})
        page = browser.get("/staff/drill").text
    assert story.scenario.title in page
    assert "The closing codes fit." in page
    assert "Natatakot po ako" in page
    assert SCENARIOS["neighbour"].title not in page, "somebody who has not begun"


def test_the_real_hotline_has_no_drill_and_no_band(tmp_path: Path) -> None:
    with open_house(tmp_path) as house:
        browser, _ = sign_in(house, "Chloe")
        page = browser.get("/staff/drill")
        assert page.status_code == 404
        assert "This is the real hotline" in page.text
        assert BAND not in page.text
        assert "PRACTICE" not in browser.get("/staff/").text


# What the debrief makes of what happened


def told_story(story: Story, **changes: Any) -> Story:
    story.began_at, story.asked_at, story.ended_at, story.how = 1000.0, 1010.0, 1100.0, CLOSED
    story.level, story.contacts, story.owners = Level.URGENT, ["one"], {1}
    story.turns = [
        Turn(1020.0, "caller", "Natatakot po ako", "I am afraid"),
        Turn(1031.0, "responder", "Ligtas ba?", "Is it safe?"),
        Turn(1050.0, "caller", "Opo", "Yes"),
    ]
    for name, value in changes.items():
        setattr(story, name, value)
    return story


def deed(at: float, tool: str, status: int = 303, **form: str) -> Deed:
    return Deed(at, "one", tool, form, status)


def deeds_of_a_good_talk(story: Story) -> list[Deed]:
    phrases = ("safe/now", "danger/you_decide", "safe/not_confront", "ask/leave", "tell/no_promise", "end/back")
    said = [deed(1030.0 + number, "phrase", phrase=key) for number, key in enumerate(phrases)]
    codes = {name: some[0] for name, some in story.scenario.close.items()}
    return [deed(1012.0, "claim"), *said, deed(1070.0, "answer", text="Salamat"), deed(1095.0, "close", 200, **codes)]


def made(story: Story, deeds: list[Deed]) -> dict[str, Any]:
    (one,) = debrief([(story, deeds)], KINDS, 1100.0)["callers"]
    assert all(row["key"] in WORDS for row in (*one["well"], *one["next"]))
    assert all("{" not in WORDS.filled(row["key"], **row["values"]) for row in (*one["well"], *one["next"]))
    return dict(one)


def keys(one: dict[str, Any], which: str) -> list[str]:
    return [row["key"].removeprefix("console/drill/") for row in one[which]]


def fresh(name: str = "passport_kept", **changes: Any) -> Story:
    return told_story(Story(SCENARIOS[name], 1), **changes)


def test_a_good_talk_is_told_as_one() -> None:
    story = fresh()
    one = made(story, deeds_of_a_good_talk(story))
    assert (one["taken_after"], one["answered_after"], one["longest_silence"]) == (2, 20, 20)
    assert keys(one, "well") == ["well/quick", "well/steps", "well/gentle", "well/codes"]
    assert one["next"] == []


def test_who_was_never_answered_is_told_with_one_piece_of_advice() -> None:
    one = made(fresh(how=LEFT), [deed(1012.0, "claim")])
    assert one["answered_after"] is None
    assert (keys(one, "well"), keys(one, "next")) == ([], ["next/left"])
    assert keys(made(fresh(how=""), []), "next") == ["next/not_answered", "next/open"]


def test_no_emergency_number_after_danger_is_the_first_advice() -> None:
    story = fresh("at_the_door", level=Level.IMMEDIATE)
    late = [deed(1012.0, "claim"), deed(1090.0, "phrase", phrase="danger/you_decide")]
    assert keys(made(story, late), "next")[:2] == ["step/number", "next/slow"]
    said = [*late, deed(1091.0, "answer", text="Звоните 112")]
    assert "step/number" not in keys(made(story, said), "next")


def test_an_answer_that_was_tried_while_the_phone_was_in_other_hands_is_named() -> None:
    story = fresh(hushes=[(1060.0, 1080.0)])
    talk = deeds_of_a_good_talk(story)
    assert "well/hushed" in keys(made(story, [one for one in talk if one.at != 1070.0]), "well")
    tried = [*talk, deed(1065.0, "answer", 400, text="Salamat")]
    assert keys(made(story, tried), "next") == ["slip/while_hushed"]


def test_while_the_talk_goes_on_nobody_is_told_what_they_have_not_done_yet() -> None:
    story = fresh(how="", ended_at=0.0)
    begun = [deed(1012.0, "claim"), deed(1020.0, "answer", text="What is your name?")]
    (now,) = debrief([(story, begun)], KINDS, 1030.0, over=False)["callers"]
    assert keys(now, "next") == ["slip/asks_who"]
    assert "next/open" in keys(made(story, begun), "next")
    (unanswered,) = debrief([(story, begun[:1])], KINDS, 1030.0, over=False)["callers"]
    assert (unanswered["well"], unanswered["next"]) == ([], [])


def test_a_step_that_was_ticked_counts_as_one_that_was_said() -> None:
    story = fresh(ticks=frozenset({"leave", "no_promise"}))
    talk = [
        one for one in deeds_of_a_good_talk(story) if one.form.get("phrase") not in ("ask/leave", "tell/no_promise")
    ]
    assert made(story, talk)["steps_missed"] == []


def test_somebody_who_brought_in_a_colleague_is_told_so_and_other_codes_are_named_by_their_lists() -> None:
    story = fresh(owners={1, 2})
    talk = [*deeds_of_a_good_talk(story)[:-1], deed(1095.0, "close", 200, exploitation="labour", sector="domestic")]
    one = made(story, talk)
    assert "well/colleague" in keys(one, "well")
    assert one["codes_other"] == ["exploitation", "need", "outcome"]


def test_the_debrief_has_no_score_and_blames_nobody() -> None:
    said = " ".join(text for key, text in WORDS.by_key.items() if key.startswith("console/drill/")).lower()
    for word in ("score", "points", "wrong", "bad", "fail", "mistake", "fault", "%", "grade"):
        assert word not in said, word
