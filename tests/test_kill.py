"""kill -9 of web and worker under load: what was acknowledged is there, once; what was answered has left, once."""

from __future__ import annotations

import pytest

from bench.soak import storm


@pytest.mark.slow
def test_sixty_kills_lose_nothing_and_answer_nothing_twice() -> None:
    result = storm(kills=60, seed=7)
    assert result["kills"] == {"web": 30, "worker": 30}
    assert result["lost"] == []
    assert result["ingested_twice"] == []
    assert result["answers_lost"] == []
    assert result["answered_twice"] == []
    assert result["prompts_twice"] == 0
    assert result["acknowledged"] > 200
    assert result["answers"] > 20
