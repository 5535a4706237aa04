"""All settings, parsed once into one frozen object: config.toml, and secrets from the environment or from files.

Every mistake is found before anything starts, each with its key and its remedy.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from app.configfile import CONFIG, read_config
from app.partners import read_partners
from hotline.alert import PUSH_SERVICES, Rules
from hotline.contact import Level
from hotline.language import LANGUAGES
from hotline.plain import number
from hotline.retention import Retention
from hotline.store.partnerkey import Partner
from hotline.store.zones import known_zone
from hotline.surge import Bounds
from hotline.triage.wording import Policy

ROOT = Path(__file__).resolve().parent.parent

SECRETS = {
    "HOTLINE_TWILIO_ACCOUNT_SID": "twilio_account_sid",
    "HOTLINE_TWILIO_AUTH_TOKEN": "twilio_auth_token",
    "HOTLINE_TELEGRAM_TOKEN": "telegram_token",
    "HOTLINE_TELEGRAM_SECRET": "telegram_secret",
}
"""Provider secrets. When any of them is set, the demo never runs."""

PLACES = {
    "HOTLINE_KEYS": "keys",
    "HOTLINE_DATABASE_URL": "database_url",
    "HOTLINE_PUBLIC_URL": "public_url",
    "HOTLINE_TWILIO_API_URL": "twilio_api_url",
    "HOTLINE_TELEGRAM_API_URL": "telegram_api_url",
    "HOTLINE_SIGNAL_API_URL": "signal_api_url",
}


class SettingsError(Exception):
    """The settings cannot be used; `mistakes` lists every one in a sentence."""

    def __init__(self, mistakes: list[str]) -> None:
        self.mistakes = mistakes
        super().__init__("\n".join(mistakes))


@dataclass(frozen=True, slots=True)
class Settings:
    home: Path
    demo: bool = False
    practice: bool = False
    port: int = 8000
    listen: str = "127.0.0.1"
    organisation: str = "Sample organisation"
    country: str = "NO"
    zone: str = "Europe/Oslo"
    emergency: str = "112"
    ways: Mapping[str, str] = field(default_factory=dict)
    languages: tuple[str, ...] = ("en",)
    default_language: str = "en"
    offer_unread: bool = True
    retention: Retention = field(default_factory=Retention)
    policy: Policy = field(default_factory=Policy)
    model: bool = True
    offer_pictures: str = "auto"
    idle_minutes: int = 15
    session_hours: int = 12
    shift_hours: int = 8
    second_factor: bool = True
    alert_wakes: str = "urgent"
    alerts_from: str = ""
    push_services: tuple[str, ...] = PUSH_SERVICES
    partners: Mapping[str, Partner] = field(default_factory=dict)
    keep_free_mb: int = 64
    two_people: bool = True
    machine_unread: bool = False
    answers_from: str = ""
    messaging_service: str = ""
    our_numbers: tuple[str, ...] = ()
    whatsapp_buttons: bool = True
    whatsapp_notes: Mapping[str, str] = field(default_factory=dict)
    signal_number: str = ""
    signal_api_url: str = "http://127.0.0.1:8080"
    onion: str = ""
    exit_url: str = "https://www.wikipedia.org/"
    return_days: int = 7
    surge: Bounds = field(default_factory=Bounds)
    twilio_account_sid: str = ""
    twilio_auth_token: str = ""
    telegram_token: str = ""
    telegram_secret: str = ""
    keys: Path = Path()
    database_url: str = ""
    public_url: str = ""
    twilio_api_url: str = "https://api.twilio.com"
    telegram_api_url: str = "https://api.telegram.org"
    content: Path = ROOT / "content"
    locales: Path = ROOT / "locales"
    templates: Path = ROOT / "templates"
    static: Path = ROOT / "static"
    warnings: tuple[str, ...] = ()

    @property
    def secure(self) -> bool:
        return self.public_url.startswith("https://")

    @property
    def alerts(self) -> Rules:
        """In the demo no push service of the world is called, only the simulated one of this machine."""
        services = () if self.demo else self.push_services
        return Rules(Level(self.alert_wakes), services, loopback=self.demo)


def is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return address == "localhost"


def is_near(url: str) -> bool:
    """Whether an address is on this machine or a private network; a name without a dot is another container's."""
    host = urlsplit(url).hostname or ""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host != "" and ("." not in host or host.endswith((".internal", ".local", ".localhost")))
    return address.is_loopback or address.is_private


def read_settings(environment: Mapping[str, str], config: Path, *, port: int | None = None) -> Settings:
    """The settings, or SettingsError with every mistake at once."""
    mistakes: list[str] = []
    values = read_config(config, mistakes)
    retention = {key.name: values.pop(key.name) for key in CONFIG["retention"].values() if key.name in values}
    values["retention"] = Retention(**retention)
    near = is_loopback(values.get("listen", "127.0.0.1"))
    values["partners"] = read_partners(values.get("partners", {}), mistakes, near=near)
    values["ways"] = {name: values.pop(name) for name in CONFIG["ways"] if values.get(name)}
    values["surge"] = Bounds(**{name: values.pop(name) for name in CONFIG["surge"] if name in values})
    values["our_numbers"] = tuple(values.get("our_numbers", ()))
    values["push_services"] = tuple(values.get("push_services", PUSH_SERVICES))
    duties = {name: values.pop(name, False) for name in CONFIG["policy"]}
    values["policy"] = Policy(values.get("country", "NO"), duties["report_minors"], duties["report_life"])
    if not any("retention." in mistake for mistake in mistakes):
        mistakes += [f"config.toml: {sentence}" for sentence in values["retention"].mistakes()]
    mistakes += _languages(values)
    values |= _environment(environment, mistakes)
    values["home"] = Path(environment.get("HOTLINE_HOME") or "var").absolute()
    values["port"] = _port(environment.get("PORT", "8000") if port is None else str(port), mistakes)
    mistakes += _together(values)
    if mistakes:
        raise SettingsError(mistakes)
    values.setdefault("database_url", str(values["home"] / "hotline.db"))
    values["keys"] = Path(values.get("keys") or values["home"] / "keys").absolute()
    host = f"[{values['listen']}]" if ":" in values.get("listen", "") else values.get("listen", "127.0.0.1")
    values.setdefault("public_url", f"http://{host}:{values['port']}")
    values["public_url"] = values["public_url"].rstrip("/")
    # The demo never runs beside a real provider, nor where anybody but this machine can reach it.
    near = is_loopback(values.get("listen", "127.0.0.1")) and is_loopback(urlsplit(values["public_url"]).hostname or "")
    values["demo"] = near and not any(values.get(name) for name in (*SECRETS.values(), "signal_number"))
    values["warnings"] = tuple(_unknown(environment))
    return Settings(**values)


def _unknown(environment: Mapping[str, str]) -> list[str]:
    """Variables that look like ours and are not: a typing mistake that would otherwise go unnoticed."""
    known = {"HOTLINE_HOME", *SECRETS, *PLACES}
    unknown = [name for name in environment if name.startswith("HOTLINE_") and name.removesuffix("_FILE") not in known]
    return [f"{name} is not known and was not used: the names are {', '.join(sorted(known))}." for name in unknown]


def _languages(values: dict[str, Any]) -> list[str]:
    offered = values.get("languages", ["en"])
    unknown = [str(tag) for tag in offered if not isinstance(tag, str) or tag not in LANGUAGES]
    values["languages"] = tuple(offered)
    if unknown:
        return [f"config.toml: languages.offered names {', '.join(unknown)}: use tags of {', '.join(LANGUAGES)}."]
    if not offered:
        return ["config.toml: languages.offered is empty: name at least one language."]
    if values.get("default_language", "en") not in offered:
        return [f"config.toml: languages.default must be one of languages.offered ({', '.join(offered)})."]
    return []


def _environment(environment: Mapping[str, str], mistakes: list[str]) -> dict[str, Any]:
    known = {**SECRETS, **PLACES}
    values: dict[str, Any] = {}
    for name, field_name in known.items():
        value, file = environment.get(name, ""), environment.get(f"{name}_FILE", "")
        if value and file:
            mistakes.append(f"{name} and {name}_FILE are both set: keep one.")
        elif file:
            try:
                value = Path(file).read_text(encoding="utf-8").strip()
            except (OSError, UnicodeDecodeError) as fault:
                mistakes.append(f"{name}_FILE = {file} cannot be read ({type(fault).__name__}): check the path.")
            else:
                if not value:
                    mistakes.append(f"{name}_FILE = {file} is empty: put the secret into it.")
        if value.strip():
            values[field_name] = value.strip()
    return values


def _port(text: str, mistakes: list[str]) -> int:
    port = number(text)
    if port is not None and 1 <= port <= 65535:
        return port
    mistakes.append(f"PORT = {text!r} must be a whole number from 1 to 65535.")
    return 0


def _together(values: Mapping[str, Any]) -> list[str]:
    found = []
    for one, two in (("twilio_account_sid", "twilio_auth_token"), ("telegram_token", "telegram_secret")):
        if bool(values.get(one)) != bool(values.get(two)):
            missing = two if values.get(one) else one
            found.append(f"HOTLINE_{missing.upper()} is missing: set both of a provider's secrets or neither.")
    secret = values.get("telegram_secret", "")
    if secret and not (
        len(secret) <= 256 and all(sign.isascii() and (sign.isalnum() or sign in "_-") for sign in secret)
    ):
        found.append("HOTLINE_TELEGRAM_SECRET may hold only A-Z, a-z, 0-9, _ and - (at most 256).")
    for name in ("public_url", "twilio_api_url", "telegram_api_url", "signal_api_url"):
        url = values.get(name, "")
        if url and not url.startswith(("http://", "https://")):
            found.append(f"HOTLINE_{name.upper()} = {url} must begin with http:// or https://")
    public = values.get("public_url", "")
    if public.startswith("http://") and not is_loopback(public.removeprefix("http://").split("/")[0].split(":")[0]):
        found.append("HOTLINE_PUBLIC_URL must begin with https://: what callers write must not cross the net in clear.")
    pictures = values.get("offer_pictures", "auto") in ("auto", "off")
    found += [] if pictures else ['config.toml: offers.pictures must be "auto" or "off".']
    found += _channels(values)
    if "zone" in values and known_zone(values["zone"]) is None:
        found.append(f"config.toml: organisation.zone = {values['zone']!r} must be a time zone like Europe/Oslo.")
    if "listen" in values and not _is_address(values["listen"]):
        found.append(f"config.toml: service.listen = {values['listen']!r} must be an IP address or localhost.")
    return found


_HOST = re.compile(r"^(\*\.)?([a-z0-9-]+\.)+[a-z]{2,}$")
_PHONE = re.compile(r"^\+[1-9][0-9]{6,14}$")


def _channels(values: Mapping[str, Any]) -> list[str]:
    """What is wrong with the tables of the channels."""
    found = []
    for key, numbers in (
        ("twilio.numbers", values["our_numbers"]),
        ("twilio.answers_from", [values.get("answers_from", "")]),
        ("signal.number", [values.get("signal_number", "")]),
        ("alerts.from", [values.get("alerts_from", "")]),
    ):
        wrong = [str(one) for one in numbers if one and not (isinstance(one, str) and _PHONE.match(one))]
        if wrong:
            found.append(f"config.toml: {key} holds {', '.join(wrong)}: write numbers as +47123456789, without spaces.")
    if values.get("alert_wakes", "urgent") not in tuple(Level):
        found.append("config.toml: alerts.wakes must be immediate, urgent, soon or routine.")
    wrong = [str(one) for one in values["push_services"] if not (isinstance(one, str) and _HOST.match(one))]
    if wrong:
        found.append(
            f"config.toml: alerts.push_services holds {', '.join(wrong)}: write names of hosts, or *.name for many."
        )
    bridge = values.get("signal_api_url", "")
    if bridge.startswith("http://") and not is_near(bridge):
        found.append("HOTLINE_SIGNAL_API_URL must be on this machine or a private network: the bridge speaks in clear.")
    service = values.get("messaging_service", "")
    if service and not re.match(r"^MG[0-9a-f]{32}$", service):
        found.append("config.toml: twilio.messaging_service must be MG and 32 signs, as Twilio's console shows it.")
    for tag, sid in values.get("whatsapp_notes", {}).items():
        if tag not in LANGUAGES or not re.match(r"^HX[0-9a-f]{32}$", str(sid)):
            found.append(
                f"config.toml: whatsapp.notes.{tag} must be a language's tag and the ContentSid (HX…) of its note."
            )
    onion = values.get("onion", "")
    if onion and not re.match(r"^https?://[a-z2-7]{56}\.onion$", onion):
        found.append("config.toml: chat.onion must be http:// and the 56 signs of a version 3 address and .onion")
    if values.get("return_days", 7) not in (0, 7):
        found.append("config.toml: chat.return_days must be 7, as the words that callers read say, or 0 for no codes.")
    if not values.get("exit_url", "https://").startswith("https://"):
        found.append("config.toml: chat.exit_url must begin with https://")
    return found


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return text == "localhost"
    return True
