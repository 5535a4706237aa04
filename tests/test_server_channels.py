"""`hotline channels` says of each channel whether it is set up and can be reached, and what to do."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.cli import build_parser, run
from bots.loopback.signal import Signal
from bots.loopback.telegram import Telegram
from bots.loopback.twilio import Twilio
from tests.ill_provider import ill_provider, says
from tests.loopback_help import Server
from tests.server_help import ACCOUNT, BOT_TOKEN, NOWHERE, PUBLIC, SECRET, TOKEN

OURS = "+4780000001"
WEBHOOK = f"{PUBLIC}/webhooks/telegram"


class Command:
    """The command with the settings of one organisation."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self.config = folder / "config.toml"
        self.config.write_text("")
        self._environment, self._said = monkeypatch, capsys
        self.sets(HOME=str(folder / "var"), PUBLIC_URL=PUBLIC)

    def sets(self, **values: str) -> None:
        for name, value in values.items():
            self._environment.setenv(f"HOTLINE_{name}", value)

    def has_signal(self, url: str) -> None:
        self.config.write_text(f'[signal]\nnumber = "{OURS}"\n')
        self.sets(SIGNAL_API_URL=url)

    def says(self, *arguments: str) -> tuple[int, list[str], str]:
        """The exit code, the lines, and the complaint."""
        code = run(build_parser().parse_args(["--config", str(self.config), "channels", *arguments]))
        told = self._said.readouterr()
        return code, told.out.splitlines(), told.err


@pytest.fixture(autouse=True)
def heard_again() -> Iterator[None]:
    """The command silences the loggers of its process, which here is the tests'."""
    yield
    logging.disable(logging.NOTSET)


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    return Command(tmp_path, monkeypatch, capsys)


@pytest.fixture(scope="module")
def servers() -> Iterator[tuple[Server, Server, Server]]:
    with Server() as one, Server() as two, Server() as three:
        yield one, two, three


@pytest.fixture
def telegram() -> Telegram:
    return Telegram(BOT_TOKEN, webhook_url=None, webhook_secret=None)


@pytest.fixture
def all_there(command: Command, servers: tuple[Server, Server, Server], telegram: Telegram) -> Command:
    """Every provider is set up and answers."""
    one, two, three = servers
    one.app = Twilio(ACCOUNT, TOKEN, webhook_url=None).app
    two.app, three.app = telegram.app, Signal(OURS).app
    command.sets(TWILIO_ACCOUNT_SID=ACCOUNT, TWILIO_AUTH_TOKEN=TOKEN, TWILIO_API_URL=one.url)
    command.sets(TELEGRAM_TOKEN=BOT_TOKEN, TELEGRAM_SECRET=SECRET, TELEGRAM_API_URL=two.url)
    command.has_signal(three.url)
    return command


def test_connecting_makes_all_channels_well(all_there: Command, telegram: Telegram) -> None:
    assert all_there.says() == (
        1,
        [
            "Web chat: part of the site, always there.",
            "SMS and WhatsApp: set up and reachable.",
            f"Telegram: Telegram calls nobody and not {WEBHOOK}: run `hotline channels --connect`.",
            "Signal: set up and reachable.",
        ],
        "",
    )
    code, lines, complaint = all_there.says("--connect")
    assert (code, lines[2], complaint) == (0, "Telegram: set up and reachable.", "")
    assert (telegram.webhook_url, telegram.commands) == (WEBHOOK, [])
    assert all_there.says()[0] == 0


def test_channels_that_are_not_set_up_are_no_fault(command: Command) -> None:
    command.sets(TELEGRAM_TOKEN=BOT_TOKEN, TELEGRAM_SECRET=SECRET, TELEGRAM_API_URL=NOWHERE)
    code, lines, _ = command.says()
    assert code == 1
    assert lines == [
        "Web chat: part of the site, always there.",
        "SMS and WhatsApp: not set up. To set it up: HOTLINE_TWILIO_ACCOUNT_SID and HOTLINE_TWILIO_AUTH_TOKEN "
        "(docs/channels.md).",
        "Telegram: Telegram does not answer: check that this machine reaches api.telegram.org.",
        "Signal: not set up. To set it up: signal.number in config.toml (docs/channels.md).",
    ]


def test_providers_that_are_away_or_do_not_know_us_are_told(all_there: Command) -> None:
    all_there.sets(TWILIO_AUTH_TOKEN="another", SIGNAL_API_URL=NOWHERE)
    code, lines, _ = all_there.says()
    assert code == 1
    assert lines[1] == (
        "SMS and WhatsApp: Twilio does not know this account: copy SID and token from Twilio's console again."
    )
    assert lines[3] == (
        f"Signal: The Signal bridge does not answer at {NOWHERE}: start it, or set HOTLINE_SIGNAL_API_URL."
    )
    all_there.sets(TWILIO_API_URL=NOWHERE)
    assert all_there.says()[1][1] == (
        "SMS and WhatsApp: Twilio does not answer: check that this machine reaches api.twilio.com."
    )


def test_connecting_without_telegram_or_an_address_it_can_call_is_asked_wrongly(command: Command) -> None:
    command.has_signal(NOWHERE)
    code, _, complaint = command.says("--connect")
    assert (code, complaint) == (
        2,
        "hotline: Telegram is not set up: set HOTLINE_TELEGRAM_TOKEN and HOTLINE_TELEGRAM_SECRET.\n",
    )
    command.sets(TELEGRAM_TOKEN=BOT_TOKEN, TELEGRAM_SECRET=SECRET, TELEGRAM_API_URL=NOWHERE)
    for url in ("https://hotline.example:9443", "http://127.0.0.1:8000"):
        command.sets(PUBLIC_URL=url)
        code, _, complaint = command.says("--connect")
        assert (code, complaint) == (
            2,
            f"hotline: Telegram cannot call {url}: set HOTLINE_PUBLIC_URL to https:// and port 80, 88, 443, 8443.\n",
        )


def test_a_telegram_that_refuses_or_is_away_leaves_things_as_they_were(all_there: Command) -> None:
    all_there.sets(TELEGRAM_TOKEN="100000001:wrong")
    assert all_there.says("--connect")[::2] == (
        1,
        "hotline: Telegram refused: the token is wrong, or the address is not one that it can call.\n",
    )
    all_there.sets(TELEGRAM_API_URL=NOWHERE)
    assert all_there.says("--connect")[::2] == (
        1,
        "hotline: Telegram does not answer: check that this machine reaches api.telegram.org.\n",
    )


def test_nothing_that_is_said_holds_a_secret(all_there: Command) -> None:
    _, lines, complaint = all_there.says()
    for secret in (TOKEN, BOT_TOKEN, SECRET):
        assert secret not in "\n".join(lines) + complaint


def test_nothing_that_a_provider_answers_is_written_by_a_library(
    all_there: Command, caplog: pytest.LogCaptureFixture
) -> None:
    with ill_provider(says(200, b"<html>a secret page</html>")) as url:
        all_there.sets(TELEGRAM_API_URL=url, TWILIO_API_URL=url, SIGNAL_API_URL=url)
        code, lines, complaint = all_there.says()
    assert (code, complaint, caplog.text) == (1, "", "")
    assert "secret page" not in "\n".join(lines)
    logging.getLogger("of a library").error("what was answered")
    assert caplog.text == "", "from here on every other logger is silent"
