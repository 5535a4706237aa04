"""Settings: every mistake is told at once, with its key and its remedy; the demo never runs beside anything real."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from app.settings import ROOT, Settings, SettingsError, is_loopback, read_settings
from hotline.language import LANGUAGES
from hotline.retention import Retention
from hotline.triage.wording import Policy

SID, TOKEN = {"HOTLINE_TWILIO_ACCOUNT_SID": "AC1"}, {"HOTLINE_TWILIO_AUTH_TOKEN": "t"}
BOT, SECRET = {"HOTLINE_TELEGRAM_TOKEN": "1:x"}, {"HOTLINE_TELEGRAM_SECRET": "s-e_c1"}
PAIR = "is missing: set both of a provider's secrets or neither."


def settings(tmp_path: Path, config: str = "", environment: Mapping[str, str] | None = None) -> Settings:
    path = tmp_path / "config.toml"
    path.write_text(config, encoding="utf-8")
    return read_settings({"HOTLINE_HOME": str(tmp_path / "var"), **(environment or {})}, path)


def mistakes(tmp_path: Path, config: str = "", environment: Mapping[str, str] | None = None) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        settings(tmp_path, config, environment)
    assert str(caught.value) == "\n".join(caught.value.mistakes)
    return caught.value.mistakes


def test_the_file_that_comes_with_the_hotline_is_right() -> None:
    found = read_settings({}, ROOT / "config.toml")
    assert found.demo
    assert (found.listen, found.port, found.emergency) == ("127.0.0.1", 8000, "112")
    assert found.languages == tuple(LANGUAGES)
    assert (found.policy, found.model) == (Policy("NO", minors=False, life=False), True)
    assert found.warnings == ()


def test_an_empty_file_is_the_same_with_one_language(tmp_path: Path) -> None:
    found = settings(tmp_path)
    assert (found.languages, found.default_language, found.retention) == (("en",), "en", Retention())
    assert found.database_url == str(tmp_path / "var" / "hotline.db")
    assert found.keys == tmp_path / "var" / "keys"
    assert found.public_url == "http://127.0.0.1:8000"


def test_duties_to_report_are_those_of_the_file_and_belong_to_its_country(tmp_path: Path) -> None:
    config = '[organisation]\ncountry = "SE"\n[policy]\nreport_minors = true\nreport_life = true'
    assert settings(tmp_path, config).policy == Policy("SE", minors=True, life=True)
    assert settings(tmp_path, "[policy]\nreport_minors = true").policy == Policy("NO", minors=True, life=False)
    assert settings(tmp_path).policy == Policy("NO"), "no duty unless the file says so"


def test_the_model_is_asked_unless_the_file_says_otherwise(tmp_path: Path) -> None:
    assert settings(tmp_path).model
    assert not settings(tmp_path, "[understanding]\nmodel = false").model


TABLES = (
    "[organisation], [service], [ways], [languages], [retention], [staff], [alerts], [policy], [understanding], [offers], "
    "[chat], [twilio], [whatsapp], [signal], [surge], [campaigns], [storage], [partners]"
)
TAGS = ", ".join(LANGUAGES)
WRONG = {
    "an unknown table": ("[colours]\nred = 1", f"config.toml: [colours] is not known: use {TABLES}."),
    "a table that is a value": ("staff = 5", f"config.toml: [staff] is not known: use {TABLES}."),
    "an unknown key": (
        "[service]\nport = 80",
        "config.toml: service.port is not known: use listen, emergency.",
    ),
    "a number in quotes": (
        '[staff]\nidle_minutes = "15"',
        "config.toml: staff.idle_minutes = '15' must be a whole number.",
    ),
    "true for a number": (
        "[staff]\nshift_hours = true",
        "config.toml: staff.shift_hours = True must be a whole number.",
    ),
    "a number for text": ("[service]\nemergency = 112", "config.toml: service.emergency = 112 must be text in quotes."),
    "text for true": (
        '[languages]\noffer_unread = "yes"',
        "config.toml: languages.offer_unread = 'yes' must be true or false.",
    ),
    "text for a duty": (
        '[policy]\nreport_minors = "no"',
        "config.toml: policy.report_minors = 'no' must be true or false.",
    ),
    "a number for the model": (
        "[understanding]\nmodel = 1",
        "config.toml: understanding.model = 1 must be true or false.",
    ),
    "text for a list": ('[languages]\noffered = "en"', "config.toml: languages.offered = 'en' must be a list."),
    "too small": ("[staff]\nidle_minutes = 0", "config.toml: staff.idle_minutes = 0 must lie between 1 and 240."),
    "too large": ("[staff]\nsession_hours = 25", "config.toml: staff.session_hours = 25 must lie between 1 and 24."),
    "empty": (
        '[organisation]\nname = "  "',
        "config.toml: organisation.name is empty: fill it in or leave the line out.",
    ),
    "an unknown language": (
        '[languages]\noffered = ["en", "xx"]',
        f"config.toml: languages.offered names xx: use tags of {TAGS}.",
    ),
    "a language that is a number": (
        "[languages]\noffered = [1]",
        f"config.toml: languages.offered names 1: use tags of {TAGS}.",
    ),
    "no language": (
        "[languages]\noffered = []",
        "config.toml: languages.offered is empty: name at least one language.",
    ),
    "a default that is not offered": (
        '[languages]\noffered = ["es", "ro"]',
        "config.toml: languages.default must be one of languages.offered (es, ro).",
    ),
    "a name for an address": (
        '[service]\nlisten = "my-server"',
        "config.toml: service.listen = 'my-server' must be an IP address or localhost.",
    ),
    "keys that live shorter than contacts": (
        "[retention]\nopen_hours = 72\nring_days = 3",
        "config.toml: retention.ring_days = 3 is too short for open_hours = 72: "
        "set it to at least 4, or open contacts lose their keys.",
    ),
    "a period out of bounds": (
        "[retention]\nseen_days = 6",
        "config.toml: retention.seen_days = 6 must lie between 7 and 31.",
    ),
}


@pytest.mark.parametrize(("config", "sentence"), WRONG.values(), ids=list(WRONG))
def test_a_mistake_in_the_file_is_told_with_its_key_and_its_remedy(tmp_path: Path, config: str, sentence: str) -> None:
    assert mistakes(tmp_path, config) == [sentence]


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    config = '[service]\nlisten = "x y"\n[staff]\nidle_minutes = 0\nname = "Chloe"\n[languages]\noffered = ["xx"]\n'
    environment = {**SID, **BOT, "PORT": "eighty", "HOTLINE_PUBLIC_URL": "ftp://x"}
    found = mistakes(tmp_path, config, environment)
    assert found == [
        "config.toml: staff.idle_minutes = 0 must lie between 1 and 240.",
        "config.toml: staff.name is not known: use idle_minutes, session_hours, shift_hours, second_factor.",
        f"config.toml: languages.offered names xx: use tags of {TAGS}.",
        "PORT = 'eighty' must be a whole number from 1 to 65535.",
        f"HOTLINE_TWILIO_AUTH_TOKEN {PAIR}",
        f"HOTLINE_TELEGRAM_SECRET {PAIR}",
        "HOTLINE_PUBLIC_URL = ftp://x must begin with http:// or https://",
        "config.toml: service.listen = 'x y' must be an IP address or localhost.",
    ]


def test_a_file_that_is_not_toml_is_told_with_its_line(tmp_path: Path) -> None:
    (found,) = mistakes(tmp_path, "[service\nlisten = 1")
    assert found.startswith(f"{tmp_path / 'config.toml'} is not TOML: ")
    assert "line 1" in found


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as caught:
        read_settings({}, tmp_path / "none.toml")
    assert caught.value.mistakes == [f"{tmp_path / 'none.toml'} is missing: copy the one that came with the hotline."]


def test_a_file_that_is_not_utf8_is_told(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_bytes(b'[organisation]\nname = "\xff"')
    with pytest.raises(SettingsError) as caught:
        read_settings({}, tmp_path / "config.toml")
    assert caught.value.mistakes == [f"{tmp_path / 'config.toml'} is not UTF-8: save it as UTF-8."]


def test_a_folder_in_place_of_the_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(SettingsError):
        read_settings({}, tmp_path)


def test_a_language_that_is_a_list_is_told(tmp_path: Path) -> None:
    assert len(mistakes(tmp_path, '[languages]\noffered = [["en"]]')) == 1


@pytest.mark.parametrize("port", ["0", "65536", "-1", "8000.0", "", "٨٠٨٠", "0x50", "99999"])
def test_a_port_that_is_none_is_told(tmp_path: Path, port: str) -> None:
    assert mistakes(tmp_path, "", {"PORT": port}) == [f"PORT = {port!r} must be a whole number from 1 to 65535."]


def test_a_port_without_end_is_told(tmp_path: Path) -> None:
    assert len(mistakes(tmp_path, "", {"PORT": "9" * 5000})) == 1


@pytest.mark.parametrize("port", [0, -1, 65536])
def test_a_port_of_the_command_line_is_looked_at_too(tmp_path: Path, port: int) -> None:
    (tmp_path / "config.toml").touch()
    with pytest.raises(SettingsError):
        read_settings({}, tmp_path / "config.toml", port=port)


@pytest.mark.parametrize(
    ("given", "missing"),
    [
        (SID, "HOTLINE_TWILIO_AUTH_TOKEN"),
        (TOKEN, "HOTLINE_TWILIO_ACCOUNT_SID"),
        (BOT, "HOTLINE_TELEGRAM_SECRET"),
        (SECRET, "HOTLINE_TELEGRAM_TOKEN"),
        ({**SID, "HOTLINE_TWILIO_AUTH_TOKEN": "  "}, "HOTLINE_TWILIO_AUTH_TOKEN"),
    ],
)
def test_half_of_a_providers_secrets_is_told(tmp_path: Path, given: dict[str, str], missing: str) -> None:
    assert mistakes(tmp_path, "", given) == [f"{missing} {PAIR}"]


@pytest.mark.parametrize("secret", ["with space", "ä", "a" * 257, "semi;colon"])
def test_a_secret_that_telegram_would_not_take_is_told(tmp_path: Path, secret: str) -> None:
    sentence = "HOTLINE_TELEGRAM_SECRET may hold only A-Z, a-z, 0-9, _ and - (at most 256)."
    assert mistakes(tmp_path, "", {**BOT, "HOTLINE_TELEGRAM_SECRET": secret}) == [sentence]


def test_a_public_address_in_clear_is_refused(tmp_path: Path) -> None:
    assert mistakes(tmp_path, "", {"HOTLINE_PUBLIC_URL": "http://hotline.example"}) == [
        "HOTLINE_PUBLIC_URL must begin with https://: what callers write must not cross the net in clear."
    ]


@pytest.mark.parametrize("name", ["HOTLINE_TWILIO_API_URL", "HOTLINE_TELEGRAM_API_URL"])
def test_an_address_of_a_provider_that_is_none_is_told(tmp_path: Path, name: str) -> None:
    assert mistakes(tmp_path, "", {name: "api.example"}) == [
        f"{name} = api.example must begin with http:// or https://"
    ]


def test_a_secret_may_stand_in_a_file(tmp_path: Path) -> None:
    path = tmp_path / "token"
    path.write_text("  a secret \n")
    found = settings(tmp_path, "", {**SID, "HOTLINE_TWILIO_AUTH_TOKEN_FILE": str(path)})
    assert (found.twilio_account_sid, found.twilio_auth_token) == ("AC1", "a secret")


def test_a_secret_that_stands_twice_is_told(tmp_path: Path) -> None:
    path = tmp_path / "token"
    path.write_text("a secret")
    given = {**SID, **TOKEN, "HOTLINE_TWILIO_AUTH_TOKEN_FILE": str(path)}
    assert mistakes(tmp_path, "", given) == [
        "HOTLINE_TWILIO_AUTH_TOKEN and HOTLINE_TWILIO_AUTH_TOKEN_FILE are both set: keep one."
    ]


FILES = {
    "missing": (None, "cannot be read (FileNotFoundError): check the path."),
    "not UTF-8": (b"\xff", "cannot be read (UnicodeDecodeError): check the path."),
    "empty": (b" \n", "is empty: put the secret into it."),
}


@pytest.mark.parametrize(("content", "sentence"), FILES.values(), ids=list(FILES))
def test_a_file_that_holds_no_secret_is_told(tmp_path: Path, content: bytes | None, sentence: str) -> None:
    path = tmp_path / "token"
    if content is not None:
        path.write_bytes(content)
    found = mistakes(tmp_path, "", {**SID, "HOTLINE_TWILIO_AUTH_TOKEN_FILE": str(path)})
    assert found == [f"HOTLINE_TWILIO_AUTH_TOKEN_FILE = {path} {sentence}", f"HOTLINE_TWILIO_AUTH_TOKEN {PAIR}"]


def test_no_mistake_tells_a_secret(tmp_path: Path) -> None:
    given = {**SID, "HOTLINE_TELEGRAM_TOKEN": "100:top-secret", "HOTLINE_TELEGRAM_SECRET": "top secret", "PORT": "x"}
    assert not any("top" in sentence for sentence in mistakes(tmp_path, "", given))


@pytest.mark.parametrize("secret", [{**SID, **TOKEN}, {**BOT, **SECRET}])
def test_beside_a_real_provider_there_is_no_demo(tmp_path: Path, secret: dict[str, str]) -> None:
    assert settings(tmp_path, "", secret).demo is False


@pytest.mark.parametrize(
    ("url", "demo"), [("https://hotline.example", False), ("http://127.0.0.1:8000", True), ("http://localhost", True)]
)
def test_behind_a_public_address_there_is_no_demo(tmp_path: Path, url: str, demo: bool) -> None:
    """A hotline with web chat alone has no secrets, and stands behind a proxy of this machine."""
    assert settings(tmp_path, "", {"HOTLINE_PUBLIC_URL": url}).demo is demo


@pytest.mark.parametrize(
    ("listen", "demo"),
    [
        ("127.0.0.1", True),
        ("127.0.0.5", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),  # noqa: S104 - the very thing that must switch the demo off
        ("::", False),
        ("192.168.1.5", False),
        ("10.0.0.1", False),
    ],
)
def test_the_demo_runs_only_where_nobody_else_can_reach_it(tmp_path: Path, listen: str, demo: bool) -> None:
    assert settings(tmp_path, f'[service]\nlisten = "{listen}"').demo is demo
    assert is_loopback(listen) is demo


def test_an_unknown_name_that_looks_like_ours_gets_a_warning(tmp_path: Path) -> None:
    found = settings(tmp_path, "", {"HOTLINE_TWILIO_TOKEN": "t", "HOTLINE_DEBUG": "1", "OTHER": "x"})
    names = (
        "HOTLINE_DATABASE_URL, HOTLINE_HOME, HOTLINE_KEYS, HOTLINE_PUBLIC_URL, HOTLINE_SIGNAL_API_URL, "
        "HOTLINE_TELEGRAM_API_URL, HOTLINE_TELEGRAM_SECRET, HOTLINE_TELEGRAM_TOKEN, "
        "HOTLINE_TWILIO_ACCOUNT_SID, HOTLINE_TWILIO_API_URL, HOTLINE_TWILIO_AUTH_TOKEN"
    )
    assert found.warnings == (
        f"HOTLINE_TWILIO_TOKEN is not known and was not used: the names are {names}.",
        f"HOTLINE_DEBUG is not known and was not used: the names are {names}.",
    )


def test_places_are_taken_from_the_environment(tmp_path: Path) -> None:
    given = {
        "HOTLINE_KEYS": str(tmp_path / "ring"),
        "HOTLINE_DATABASE_URL": "postgresql://db/hotline",
        "HOTLINE_PUBLIC_URL": "https://hotline.example/",
        "PORT": "8080",
    }
    found = settings(tmp_path, "", given)
    assert (found.keys, found.database_url) == (tmp_path / "ring", "postgresql://db/hotline")
    assert (found.public_url, found.port, found.secure) == ("https://hotline.example", 8080, True)


def test_an_address_of_six_parts_is_written_in_brackets(tmp_path: Path) -> None:
    assert settings(tmp_path, '[service]\nlisten = "::1"').public_url == "http://[::1]:8000"
