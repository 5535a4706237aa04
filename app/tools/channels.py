"""`hotline channels`: of each channel, whether it is set up and can be reached, in one sentence with what to do."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from urllib.parse import urlsplit

from app.assemble import open_bots, prepare_folders, with_demo_providers
from app.cli import FINDINGS, USAGE, settings_of
from app.settings import Settings
from bots.contract import Bot
from bots.signal import Signal
from bots.sms import Twilio
from bots.telegram import Telegram
from hotline.desk.deliver import NotSent
from hotline.events import silence_other_loggers

WELL = "set up and reachable."

WANTING: Mapping[str, tuple[str, str]] = {
    "twilio": ("SMS and WhatsApp", "HOTLINE_TWILIO_ACCOUNT_SID and HOTLINE_TWILIO_AUTH_TOKEN"),
    "telegram": ("Telegram", "HOTLINE_TELEGRAM_TOKEN and HOTLINE_TELEGRAM_SECRET"),
    "signal": ("Signal", "signal.number in config.toml"),
}
"""What each provider carries, and what sets it up."""

PORTS = frozenset({443, 80, 88, 8443})
"""Ports that Telegram calls."""


def run(options: argparse.Namespace) -> int:
    """Exit code 0 when every channel that is set up is well, 1 when one is not, 2 when `--connect` cannot be tried."""
    silence_other_loggers()  # a library may write what a provider answered
    settings = settings_of(options)
    if settings.demo:
        prepare_folders(settings)
        settings = with_demo_providers(settings)
    bots = open_bots(settings)
    if options.connect:
        refused = connect(settings, bots)
        if refused is not None:
            code, sentence = refused
            print(f"hotline: {sentence}", file=sys.stderr)
            return code
    print("Web chat: part of the site, always there.")
    code = 0
    for name, (carries, by) in WANTING.items():
        if name not in bots:
            print(f"{carries}: not set up. To set it up: {by} (docs/channels.md).")
            continue
        wrong = wrong_with(settings, bots[name])
        code = code if wrong is None else FINDINGS
        print(f"{carries}: {wrong or WELL}")
    return code


def webhook_of(settings: Settings) -> str:
    """The address that Telegram is to call."""
    return f"{settings.public_url}/webhooks/telegram"


def wrong_with(settings: Settings, bot: Bot) -> str | None:
    """One sentence about this provider: what is wrong and what to do; None when all is well."""
    if isinstance(bot, Telegram):
        return bot.connected(webhook_of(settings))
    return bot.connected() if isinstance(bot, Twilio | Signal) else None


def connect(settings: Settings, bots: Mapping[str, Bot]) -> tuple[int, str] | None:
    """Tell Telegram where this server is. The exit code and one sentence when that failed."""
    bot, url = bots.get("telegram"), urlsplit(settings.public_url)
    if not isinstance(bot, Telegram):
        return USAGE, f"Telegram is not set up: set {WANTING['telegram'][1]}."
    if not settings.demo and (not settings.secure or (url.port or 443) not in PORTS):
        ports = ", ".join(map(str, sorted(PORTS)))
        return (
            USAGE,
            f"Telegram cannot call {settings.public_url}: set HOTLINE_PUBLIC_URL to https:// and port {ports}.",
        )
    try:
        bot.connect(webhook_of(settings))
    except NotSent as fault:
        if fault.permanent:
            return FINDINGS, "Telegram refused: the token is wrong, or the address is not one that it can call."
        return FINDINGS, "Telegram does not answer: check that this machine reaches api.telegram.org."
    return None
