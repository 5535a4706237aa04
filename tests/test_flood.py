"""A small flood through the real processes: five hundred fakes in a few seconds, and six callers in danger among them."""

from __future__ import annotations

from bench.flood import Size, flood


def test_real_callers_are_on_the_screen_at_once_and_nobody_is_refused() -> None:
    found = flood(Size(fakes=500, seconds=6.0, real=6, pace=0.2))
    assert found["refused"] == 0
    assert found["surge"] is True
    assert (found["real_asked"], found["real_shown"]) == (6, 6)
    assert found["answers_by_sms"] == 2
    assert found["place_worst"] <= 100
    # Ten times the goals: other work on this machine is no fault of the house.
    assert found["shown_p99_s"] <= 20.0
    assert found["answer_out_worst_s"] <= 30.0
