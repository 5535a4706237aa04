"""The settings of alerts: what may stand there, and what is said of a mistake."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.settings import Settings, SettingsError, read_settings
from hotline.alert import PUSH_SERVICES, Rules
from hotline.contact import Level


def settings(folder: Path, text: str) -> Settings:
    (folder / "config.toml").write_text(text, encoding="utf-8")
    return read_settings({"HOTLINE_HOME": str(folder)}, folder / "config.toml")


def test_without_them_immediate_and_urgent_wake_those_on_call(tmp_path: Path) -> None:
    found = settings(tmp_path, 'signal.number = "+4790000009"\n')
    assert found.alerts == Rules(Level.URGENT, PUSH_SERVICES, loopback=False)


def test_they_are_taken_as_they_stand(tmp_path: Path) -> None:
    text = '[alerts]\nwakes = "soon"\nfrom = "+4790000001"\npush_services = ["push.example", "*.push.example"]\n'
    found = settings(tmp_path, text)
    assert (found.alert_wakes, found.alerts_from) == ("soon", "+4790000001")
    assert found.push_services == ("push.example", "*.push.example")


@pytest.mark.parametrize(
    ("line", "mistake"),
    [
        ('wakes = "night"', "config.toml: alerts.wakes must be immediate, urgent, soon or routine."),
        (
            'from = "90000001"',
            "config.toml: alerts.from holds 90000001: write numbers as +47123456789, without spaces.",
        ),
        (
            'push_services = ["https://push.example/", "*", 7]',
            "config.toml: alerts.push_services holds https://push.example/, *, 7: write names of hosts, or *.name for many.",
        ),
        ("mute = true", "config.toml: alerts.mute is not known: use wakes, from, push_services."),
    ],
)
def test_each_mistake_is_told(tmp_path: Path, line: str, mistake: str) -> None:
    with pytest.raises(SettingsError) as told:
        settings(tmp_path, f"[alerts]\n{line}\n")
    assert told.value.mistakes == [mistake]
