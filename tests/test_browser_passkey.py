"""A passkey made and used in a real Chromium, with the virtual device that its developers test with."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, CDPSession, Page, expect

from app.cli import LAUNCHER
from app.tools.house import House
from tests.browser_help import DESK, PHONE, picture, window

pytestmark = pytest.mark.browser

OURS = "http://localhost:"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    one = House(LAUNCHER, Path(tmp_path_factory.mktemp("house")))
    one.start()
    yield one
    one.stop()


def with_device(page: Page, *, verified: bool = True) -> tuple[CDPSession, str]:
    """A device inside this page's browser that makes passkeys and says who holds it."""
    cdp = page.context.new_cdp_session(page)
    cdp.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": verified,
        "automaticPresenceSimulation": True,
    }
    found = cdp.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return cdp, str(found["authenticatorId"])


def base(house: House) -> str:
    """Passkeys are for names: this machine's is localhost."""
    return f"http://localhost:{urlsplit(house.base).port}"


def signs_in(page: Page, house: House, at: str, name: str = "demo-dina") -> None:
    page.goto(f"{at}/staff/")
    page.fill("#name", name)
    page.fill("#password", house.staff[name])
    page.locator("main form button").click()
    expect(page).to_have_url(f"{at}/staff/")


@pytest.mark.parametrize(("size", "name"), [(PHONE, "360"), (DESK, "1280")], ids=["phone", "desk"])
def test_dina_makes_a_passkey_and_comes_in_with_it_alone(
    browser: Browser, house: House, size: dict[str, int], name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.browser_help.OURS", (OURS,))
    with window(browser, size, color_scheme="dark" if size is PHONE else "light") as page:
        cdp, device = with_device(page)
        at = base(house)
        signs_in(page, house, at)
        page.locator("a.member").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("My account")
        page.fill("#passkey-name", "My <b>phone</b>")
        page.get_by_role("button", name="Make a passkey on this device").press("Enter")
        expect(page.locator(".things li")).to_contain_text("My <b>phone</b>")
        assert len(cdp.send("WebAuthn.getCredentials", {"authenticatorId": device})["credentials"]) == 1
        page.get_by_role("button", name="Make ten new codes").click()
        expect(page.locator(".recovery li")).to_have_count(10)
        picture(page, f"account-{name}")
        assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]

        page.get_by_role("button", name="Sign out", exact=True).click()
        expect(page).to_have_url(f"{at}/staff/login")
        picture(page, f"login-{name}")
        page.get_by_role("button", name="Sign in with a passkey").click()
        expect(page).to_have_url(f"{at}/staff/")

        page.goto(f"{at}/staff/people")
        picture(page, f"people-{name}")
        assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
        page.goto(f"{at}/staff/account")
        page.get_by_role("button", name="Remove My").click()
        expect(page.locator(".things li")).to_have_count(0)
        page.get_by_role("button", name="Set up an app").click()
        expect(page.locator("code.secret")).to_be_visible()
        picture(page, f"app-{name}")
        assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]


def test_a_device_that_does_not_know_its_holder_is_refused_and_told(
    browser: Browser, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.browser_help.OURS", (OURS,))
    with window(browser) as page:
        cdp, device = with_device(page)
        signs_in(page, house, base(house), "demo-chloe")
        page.goto(f"{base(house)}/staff/account")
        page.get_by_role("button", name="Make a passkey on this device").click()
        expect(page.locator(".things li")).to_have_count(1)
        page.get_by_role("button", name="Sign out", exact=True).click()
        cdp.send("WebAuthn.setUserVerified", {"authenticatorId": device, "isUserVerified": False})
        page.get_by_role("button", name="Sign in with a passkey").click()
        expect(page.locator(".passkey [role=alert]")).to_have_text(
            "The device did not answer. Nothing was changed; try again."
        )
        expect(page).to_have_url(f"{base(house)}/staff/login")


def test_at_an_ip_address_dina_is_told_where_passkeys_work(browser: Browser, house: House) -> None:
    with window(browser) as page:
        signs_in(page, house, house.base)
        page.goto(f"{house.base}/staff/account")
        expect(page.locator("#passkeys ~ .notice a")).to_have_attribute("href", f"{base(house)}/staff/account")


def test_an_invitation_by_the_keyboard_alone(browser: Browser, house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.browser_help.OURS", ("http://127.0.0.1:", OURS))
    with window(browser) as dina, window(browser, PHONE) as chloe:
        signs_in(dina, house, base(house))
        dina.goto(f"{base(house)}/staff/people")
        dina.locator("#name").focus()
        dina.keyboard.type("Chloe")
        dina.keyboard.press("Tab")
        dina.keyboard.press("Tab")
        dina.keyboard.press("Enter")
        link = dina.locator("code.secret").inner_text()
        with_device(chloe)
        chloe.goto(link.replace(house.base, base(house)))
        picture(chloe, "invited-360")
        assert chloe.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
        chloe.locator("#passkey-name").focus()
        chloe.keyboard.press("Tab")
        chloe.keyboard.press("Enter")
        expect(chloe).to_have_url(f"{base(house)}/staff/")
        again = chloe.request.get(link.replace(house.base, base(house)))
        assert (again.status, "This invitation has been used" in again.text()) == (404, True)
