"""`hotline offer`: many offers as lines of JSON, or one for whoever reads it in a terminal."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest

from app import cli
from hotline.offers.flags import Flag, Verdict
from tests.offers_help import FAIR, RISKY


def offer(monkeypatch: pytest.MonkeyPatch, *arguments: str, typed: str = "") -> int:
    monkeypatch.setattr("sys.stdin", io.StringIO(typed))
    return cli.run(cli.build_parser().parse_args(["offer", *arguments]))


def answers(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_every_line_is_answered_with_verdict_flags_reasons_and_questions(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [{"id": "1", "text": RISKY}, {"id": 2, "text": FAIR, "lang": "en"}, {"id": "3", "text": "", "lang": None}]
    assert offer(monkeypatch, "--jsonl", typed="\n".join(map(json.dumps, rows)) + "\n\n") == 0
    risky, fair, empty = answers(capsys)
    assert list(risky) == ["id", "language", "verdict", "flags", "ask"]
    assert (risky["id"], risky["language"], risky["verdict"]) == ("1", "en", "stop_and_check")
    by_code = {flag["code"]: flag for flag in risky["flags"]}
    assert by_code["upfront_fee"]["evidence"] == "You pay 300 euro registration fee first"
    assert by_code["upfront_fee"]["why"].startswith("The employer pays all costs")
    assert "Who pays the fees, and will you write that I pay nothing?" in risky["ask"]
    assert set(by_code) <= set(Flag)
    assert (fair["id"], fair["verdict"], fair["flags"]) == ("2", "no_flags_found", [])
    assert (empty["language"], empty["verdict"]) == ("und", Verdict.NO_FLAGS_FOUND)


def test_a_line_that_is_no_offer_is_named_by_its_number_and_the_others_are_answered(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = [
        '{"id": "1"}',
        "no JSON",
        '["x"]',
        '{"id": "4", "text": 4}',
        '{"id": "5", "text": "x", "lang": 5}',
        '{"id": "6", "text": "x"}',
    ]
    assert offer(monkeypatch, "--jsonl", typed="\n".join(lines)) == 2
    out = capsys.readouterr()
    assert [json.loads(line)["id"] for line in out.out.splitlines()] == ["6"]
    told = [f'hotline: line {number} must be a JSON object with "id" and "text".' for number in range(1, 6)]
    assert out.err.splitlines() == told


def test_the_reasons_are_in_the_language_of_the_offer_or_else_in_english(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    nepali = {
        "id": "ne",
        "text": "काठमाडौंमा काम। Passport: the boss keeps your passport in the safe. तपाईंको पासपोर्ट हामी राख्छौं, चिन्ता नगर्नुहोस्।",
    }
    assert offer(monkeypatch, "--jsonl", typed=json.dumps(nepali)) == 0
    (answer,) = answers(capsys)
    assert answer["language"] == "ne"
    kept = next(flag for flag in answer["flags"] if flag["code"] == "documents_kept")
    assert kept["why"].startswith("Your passport is yours.")


def test_the_model_can_be_left_out(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def no_model(path: Path) -> None:
        raise AssertionError("the model was opened")

    monkeypatch.setattr("app.assemble.open_model", no_model)
    monkeypatch.setattr("app.assemble.open_offer_model", no_model)
    assert offer(monkeypatch, "--jsonl", "--no-model", typed=json.dumps({"id": "1", "text": RISKY})) == 0
    assert answers(capsys)[0]["verdict"] == "stop_and_check"


def test_one_offer_is_explained_to_whoever_reads_it_in_a_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = tmp_path / "advert.txt"
    path.write_text(RISKY, encoding="utf-8")
    assert offer(monkeypatch, str(path)) == 0
    from_file = capsys.readouterr().out
    assert offer(monkeypatch, "-", typed=RISKY) == 0
    assert capsys.readouterr().out == from_file
    assert from_file.startswith("Stop and check before you pay, sign or travel\n")
    assert (
        "You pay to get the job [upfront_fee]\n  In the offer: You pay 300 euro registration fee first\n" in from_file
    )
    assert "What is as it should be\n- The pay comes regularly\n" in from_file


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["-", "--language", "xx"], "hotline: xx is not one of our languages: en,"),
        (["/nothing/here"], "hotline: /nothing/here cannot be used (No such file or directory)."),
    ],
)
def test_what_was_asked_wrongly_is_told_in_one_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], arguments: list[str], sentence: str
) -> None:
    assert offer(monkeypatch, *arguments) == 2
    assert capsys.readouterr().err.startswith(sentence)


def test_a_file_in_another_writing_is_told_where(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = tmp_path / "advert.txt"
    path.write_bytes(b"abc\xff")
    assert offer(monkeypatch, str(path)) == 2
    assert capsys.readouterr().err == f"hotline: {path}: byte 3 is not UTF-8: save the file as UTF-8.\n"


@pytest.mark.parametrize("arguments", [[], ["x.txt", "--jsonl"]])
def test_it_takes_either_a_file_or_lines(monkeypatch: pytest.MonkeyPatch, arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        offer(monkeypatch, *arguments)
    assert ended.value.code == 2
