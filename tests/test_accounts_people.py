"""Invitations, switching off, resetting: by an administrator at the console, and on the command line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.cli import main
from hotline.store import accounts, staff
from hotline.store.staff import Role
from tests.accounts_help import (
    Device,
    account,
    adds_passkey,
    deeds,
    is_in,
    lands,
    notice_of,
    signs_in,
    signs_in_by,
    with_app,
)
from tests.people import NOW, PASSWORD
from tests.server_help import PUBLIC, Browser, House, open_house, sign_in

OVER = "This invitation has been used or is older than two days. Ask an administrator for a new one."
NEW = "seven wet stones by the door"


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with open_house(tmp_path) as opened:
        yield opened


@pytest.fixture
def dina(house: House) -> Browser:
    return sign_in(house, "Dina", Role.ADMINISTRATOR)[0]


def invites(dina: Browser, name: str = "Chloe", role: str = "responder") -> str:
    """The path of the link that Dina is shown."""
    response = dina.post("/staff/people/invite", {"name": name, "role": role})
    match = re.search(rf"{PUBLIC}(/staff/invited/[\w-]{{43}})</code>", response.text)
    assert match, notice_of(response)
    return match[1]


def test_chloe_is_invited_chooses_a_password_and_must_set_up_a_second_step(house: House, dina: Browser) -> None:
    link = invites(dina)
    chloe = house.browser()
    assert "You are invited as Chloe, Responder." in chloe.get(link).text
    response = chloe.post(link, {"password": NEW, "again": NEW, "name": "Dina"})
    assert lands(response) == (303, "/staff/account")
    assert lands(chloe.get("/staff/")) == (303, "/staff/account")
    again = house.browser().post(link, {"password": NEW, "again": NEW})
    assert (again.status_code, OVER in again.text) == (404, True)
    assert link.encode() not in Path(house.settings.database_url).read_bytes()
    assert lands(signs_in(house.browser(), "Chloe", NEW)) == (303, "/staff/account")
    assert signs_in(house.browser(), "Dina", NEW).status_code == 403
    assert [one for one in deeds(house) if "i" in one and one in {"invited", "administered", "invitation_taken"}] == [
        "invited",
        "administered",
        "invitation_taken",
    ]


def test_chloe_is_invited_and_makes_a_passkey_instead(house: House, dina: Browser) -> None:
    link, phone, chloe = invites(dina), Device(), house.browser()
    options = chloe.post(f"{link}/options").json()
    assert options["user"]["name"] == "Chloe"
    made = chloe.post(f"{link}/passkey", {"answer": phone.makes(options), "name": "phone"})
    assert made.json() == {"go": "/staff/"}
    assert is_in(chloe)
    assert chloe.post(f"{link}/passkey", {"answer": phone.makes(options)}).json()["why"] == "over"
    assert chloe.get(link).status_code == 404
    other = house.browser()
    signs_in_by(other, phone)
    assert is_in(other)
    assert signs_in(house.browser(), "Chloe", "").status_code == 403


@pytest.mark.parametrize(
    ("form", "told"),
    [
        ({"password": "short", "again": "short"}, "A password needs at least 12 characters."),
        ({"password": NEW, "again": PASSWORD}, "The two passwords differ: type the same one twice."),
        ({}, "A password needs at least 12 characters."),
    ],
)
def test_a_password_that_will_not_do_leaves_the_link_good(
    house: House, dina: Browser, form: dict[str, str], told: str
) -> None:
    link, chloe = invites(dina), house.browser()
    assert notice_of(chloe.post(link, form)) == told
    assert lands(chloe.post(link, {"password": NEW, "again": NEW})) == (303, "/staff/account")


def test_a_link_that_nobody_made_opens_nothing(house: House) -> None:
    for link in ("/staff/invited/guess", "/staff/invited/" + "x" * 500, "/staff/invited/%00"):
        assert house.browser().get(link).status_code == 404
        assert house.browser().post(link, {"password": NEW, "again": NEW}).status_code == 404
        assert house.browser().post(f"{link}/options").json()["why"] == "over"
        assert house.browser().post(f"{link}/passkey", {"answer": "{}"}).json()["why"] == "over"
    assert house.count("staff", "sessions") == [0, 0]


def test_a_newer_invitation_makes_the_older_one_worthless(house: House, dina: Browser) -> None:
    old = invites(dina)
    new = invites(dina)
    assert house.browser().get(old).status_code == 404
    assert house.browser().get(new).status_code == 200


def test_an_invitation_changes_a_password_and_does_not_get_around_the_second_step(house: House, dina: Browser) -> None:
    with_app(house, account(house))
    link, thief = invites(dina), house.browser()
    assert thief.post(f"{link}/options").status_code == 404
    assert thief.post(f"{link}/passkey", {"answer": "{}"}).status_code == 404
    assert lands(thief.post(link, {"password": NEW, "again": NEW})) == (303, "/staff/second")
    assert not is_in(thief)


def test_an_invitation_keeps_the_role_of_who_is_there(house: House, dina: Browser) -> None:
    account(house)
    invites(dina, "Chloe", "administrator")
    assert house.office.read(lambda c: staff.found(c, "Chloe")).role is Role.RESPONDER


def test_reset_takes_away_app_passkeys_and_sessions_and_leaves_the_password(house: House, dina: Browser) -> None:
    phone, chloe = Device(), house.browser()
    account(house)
    signs_in(chloe)
    adds_passkey(chloe, phone)
    assert lands(dina.post("/staff/people/reset", {"name": "Chloe"})) == (303, "/staff/people")
    assert not is_in(chloe)
    assert signs_in_by(house.browser(), phone).status_code == 403
    assert lands(signs_in(house.browser())) == (303, "/staff/account")
    assert house.count("passkeys", "totps", "recovery", "devices") == [0, 0, 0, 0]


def test_who_has_only_a_passkey_gets_an_invitation_with_the_reset(house: House, dina: Browser) -> None:
    link, chloe = invites(dina), house.browser()
    options = chloe.post(f"{link}/options").json()
    chloe.post(f"{link}/passkey", {"answer": Device().makes(options)})
    shown = dina.post("/staff/people/reset", {"name": "Chloe"}).text
    match = re.search(rf"{PUBLIC}(/staff/invited/[\w-]{{43}})</code>", shown)
    assert match
    assert "You are invited as Chloe" in house.browser().get(match[1]).text


def test_switched_off_is_out_at_once_and_the_name_is_not_used_again(house: House, dina: Browser) -> None:
    chloe, _ = sign_in(house, "Chloe")
    assert is_in(chloe)
    assert lands(dina.post("/staff/people/off", {"name": "Chloe"})) == (303, "/staff/people")
    assert lands(chloe.get("/staff/")) == (303, "/staff/login")
    told = notice_of(dina.post("/staff/people/invite", {"name": "Chloe", "role": "responder"}))
    assert told == "Chloe is switched off: a name is used once, so choose another."
    assert "switched off" in dina.get("/staff/people").text


WRONG = {
    "off herself": ("off", {"name": "Dina"}, "You cannot switch yourself off: ask another administrator."),
    "off nobody": ("off", {"name": "Mallory"}, "There is nobody called Mallory: see `hotline staff list`."),
    "reset nobody": ("reset", {}, "There is nobody called : see `hotline staff list`."),
    "no name": ("invite", {"name": " ", "role": "responder"}, "A staff name needs 1 to 80 characters."),
    "no role": ("invite", {"name": "Chloe", "role": "owner"}, "Choose a role from the list."),
}


@pytest.mark.parametrize(("deed", "form", "told"), WRONG.values(), ids=list(WRONG))
def test_what_cannot_be_done_is_told(house: House, dina: Browser, deed: str, form: dict[str, str], told: str) -> None:
    response = dina.post(f"/staff/people/{deed}", form)
    assert (response.status_code, notice_of(response)) == (400, told)


def test_a_name_is_shown_as_text(house: House, dina: Browser) -> None:
    invites(dina, "<b>Chloe</b>")
    text = dina.get("/staff/people").text
    assert "<b>Chloe" not in text
    assert "&lt;b&gt;Chloe" in text


def test_the_journal_names_who_did_it_and_to_whom_and_nothing_of_callers(house: House, dina: Browser) -> None:
    invites(dina)
    text = dina.get("/staff/people").text
    assert re.search(r"<bdi>Chloe</bdi> invited", text)
    assert re.search(r"<bdi>Dina</bdi> changed somebody(&#39;|')s account", text)


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> object:
    """`hotline staff …`: its exit code and what it printed."""
    monkeypatch.setenv("HOTLINE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("HOTLINE_PUBLIC_URL", PUBLIC)

    def run(*arguments: str) -> tuple[object, str]:
        with pytest.raises(SystemExit) as ended:
            main(["staff", *arguments])
        told = capsys.readouterr()
        return ended.value.code, told.out + told.err

    return run


def test_the_command_line_invites_resets_and_switches_off(command: object) -> None:
    assert callable(command)
    code, told = command("invite", "Dina", "--role", "administrator")
    assert code == 0
    assert told.startswith("Dina comes in as administrator by this link, once, within two days:\n")
    assert re.search(rf"\n{PUBLIC}/staff/invited/[\w-]{{43}}\n$", told)
    assert command("list") == (0, "Dina\tadministrator\tactive\n")
    code, told = command("reset", "Dina")
    assert told.startswith(
        "Dina is signed out; passkeys, authenticator app and recovery codes are removed.\nDina comes"
    )
    assert command("off", "Dina")[0] == 0
    assert command("reset", "Dina")[1].count("\n") == 1
    assert command("invite", "Dina") == (
        2,
        "hotline: Dina is switched off: a name is used once, so choose another.\n",
    )
    assert command("reset", "Mallory") == (2, "hotline: There is nobody called Mallory: see `hotline staff list`.\n")
    assert command("invite") == (2, "hotline: say who: hotline staff invite NAME.\n")
    assert command("invite", "Chloe", "--role", "owner")[0] == 2


def test_demo_accounts_begin_anew_with_name_and_password_alone(house: House) -> None:
    """What somebody set up for a demo account yesterday is gone with the next start."""
    chloe = account(house, "demo-chloe")
    with_app(house, chloe)
    account(house, "demo-chloe")
    assert not house.office.read(lambda c: accounts.factors_of(c, chloe.id)).second
    assert NOW
