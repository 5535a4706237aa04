"""`hotline audit` finds nothing in the real product, and finds the words when sealing is switched off."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from app.tools.search import ENCODINGS, plant, search

ROOT = Path(__file__).resolve().parent.parent


def audit(*launcher: str) -> tuple[int, dict[str, Any]]:
    run = subprocess.run(
        [sys.executable, *launcher, "audit", "--json"], capture_output=True, text=True, cwd=ROOT, timeout=120
    )
    result: dict[str, Any] = json.loads(run.stdout)
    return run.returncode, result


def test_after_every_channel_was_used_nothing_of_a_caller_is_in_any_file() -> None:
    code, result = audit("-m", "app")
    assert result["findings"] == []
    assert result["ok"] is True
    assert code == 0
    assert result["checked"] > 1000
    moments = [searched["moment"] for searched in result["searched"]]
    assert moments[1:] == [
        "While five talks are open",
        "After two were closed",
        "After kill -9 of server and worker",
        "After all were closed",
        "After the server ended",
    ]


def test_with_sealing_switched_off_the_audit_finds_the_words() -> None:
    code, result = audit("tests/weakened.py", "no_sealing")
    assert code == 1
    assert result["ok"] is False
    found = {finding["what"].split(" as ")[0] for finding in result["findings"]}
    assert {"sms words", "whatsapp words", "telegram words", "signal words", "web chat words", "number"} <= found


def test_the_search_finds_what_is_planted_in_every_encoding(tmp_path: Path) -> None:
    planted = plant(tmp_path, "ключ señal +4790000042")
    assert tuple(planted) == ENCODINGS
    result: Any = search([tmp_path], {"mark": "ключ señal +4790000042"})
    assert {finding["encoding"] for finding in result["findings"]} == set(ENCODINGS)
    assert {finding["file"].removesuffix(".bin") for finding in result["findings"]} == set(ENCODINGS)


def test_the_search_finds_nothing_where_nothing_is(tmp_path: Path) -> None:
    (tmp_path / "innocent").write_text("nothing of the sort" * 1000)
    result: Any = search([tmp_path], {"mark": "ключ señal +4790000042"})
    assert (result["files"], result["findings"]) == (1, [])
