"""The roster's pages: Chloe, Eva and Dina plan at their browsers, and a phone follows a calendar."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from html import unescape
from pathlib import Path
from time import time
from zoneinfo import ZoneInfo

import pytest

from hotline.console.roles import OPEN
from hotline.roster import Ability
from hotline.shifts import Absence
from hotline.store import roster, staff
from hotline.store.staff import Role
from tests.people import Responder
from tests.server_help import Browser, House, open_house, sign_in
from tests.test_store_roster import BASE, calendar, lines

ROSTER, CALENDAR = "/staff/roster", "/staff/roster.ics"
TODAY = datetime.now(ZoneInfo("Europe/Oslo")).date()
TOMORROW = TODAY + timedelta(days=1)
EVERY_DAY = {f"day{number}": "1" for number in range(7)}
At = tuple[Browser, Responder]
FIELD = b'--b\r\nContent-Disposition: form-data; name="x"\r\n\r\nx\r\n--b--\r\n'


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with open_house(tmp_path) as opened:
        yield opened


@pytest.fixture
def chloe(house: House) -> At:
    return sign_in(house, "Chloe")


@pytest.fixture
def eva(house: House) -> At:
    return sign_in(house, "Eva")


@pytest.fixture
def dina(house: House) -> At:
    return sign_in(house, "Dina", Role.ADMINISTRATOR)


def plans(at: At, **more: str) -> int:
    """A shift for every day from tomorrow on; its id."""
    browser, who = at
    form = {"first": str(TOMORROW), "begins": "08:00", "ends": "16:00", **EVERY_DAY, **more}
    assert browser.post(f"{ROSTER}/shift", form).status_code == 303
    person = int(more.get("person", who.id))
    return who.office.read(lambda c: roster.patterns_of(c, person))[-1].id


def sentence(page: str) -> str:
    found = re.search(r'<main id="work"[^>]*>(.*?)</main>', page, re.DOTALL)
    assert found
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", found[1]))).strip()


def week_of(day: date) -> str:
    return f"{ROSTER}?week={day}"


class TestTheWeek:
    def test_it_is_closed_to_whoever_is_not_signed_in(self, house: House) -> None:
        stranger = house.browser()
        for path in (ROSTER, f"{ROSTER}/shift", f"{ROSTER}/import"):
            method = "GET" if path == ROSTER else "POST"
            response = stranger.request(method, path)
            assert (response.status_code, response.headers["location"]) == (303, "/staff/login")

    def test_a_shift_is_planned_seen_by_all_and_removed(self, chloe: At, eva: At) -> None:
        number = plans(chloe)
        page = eva[0].get(week_of(TOMORROW)).text
        assert "08:00–16:00 Chloe" in sentence(page)
        chloe[0].post(f"{ROSTER}/day", {"do": "leave_out", "pattern": str(number), "day": str(TOMORROW)})
        kept = chloe[1].office.read(lambda c: roster.pattern_of(c, number))
        assert kept is not None
        assert kept.without == {TOMORROW}
        assert chloe[0].post(f"{ROSTER}/shift/remove", {"pattern": str(number)}).status_code == 303
        assert "08:00–16:00" not in eva[0].get(week_of(TOMORROW)).text

    def test_without_a_weekday_it_is_a_single_shift(self, chloe: At) -> None:
        form = {"first": str(TOMORROW), "begins": "22:00", "ends": "06:00", "rank": "2", "zone": "Asia/Bangkok"}
        assert chloe[0].post(f"{ROSTER}/shift", form).status_code == 303
        (one,) = chloe[1].office.read(lambda c: roster.patterns_of(c, chloe[1].id))
        assert (one.first, one.last, one.rank, one.zone) == (TOMORROW, TOMORROW, 2, "Asia/Bangkok")

    @pytest.mark.parametrize(
        ("form", "told"),
        [
            ({"first": "soon"}, "Fill in the day as 2026-11-24."),
            ({"first": "9999-12-31"}, "Fill in the day as 2026-11-24."),
            ({"begins": "25:00"}, "Fill in when the shift begins and ends, as 08:00."),
            ({"every": "x"}, "Fill in the rank and the weeks with numbers."),
            ({"every": "99"}, "A shift comes back every 1 to 8 weeks."),
            ({"rank": "7"}, "The rank is 0 for duty, or 1, 2 or 3 for being on call."),
            ({"zone": "../../etc/passwd"}, "The time zone is not known: use one like Europe/Oslo."),
            ({"person": "999999999999999999"}, "Only supervisors and administrators plan for others."),
            ({"last": "2020-01-01"}, "The last day must not come before the first."),
        ],
    )
    def test_bad_input_is_told_in_a_sentence(self, chloe: At, form: dict[str, str], told: str) -> None:
        good = {"first": str(TOMORROW), "begins": "08:00", "ends": "16:00", **EVERY_DAY}
        response = chloe[0].post(f"{ROSTER}/shift", good | form)
        assert response.status_code == 400
        assert told in sentence(response.text)

    @pytest.mark.parametrize(
        "path", ["day", "shift/remove", "away", "away/remove", "ability", "calendar", "import", "shift"]
    )
    @pytest.mark.parametrize("form", [{}, {"pattern": "9" * 18, "absence": "x", "day": "2026-02-30", "do": "take"}])
    def test_a_form_that_says_nothing_is_refused(self, chloe: At, path: str, form: dict[str, str]) -> None:
        response = chloe[0].post(f"{ROSTER}/{path}", form)
        assert response.status_code == 400
        assert sentence(response.text)

    @pytest.mark.parametrize(
        "query", ["week=x", "week=0001-01-01", "week=9999-12-31", "person=-1", "person=" + "9" * 18, "%00"]
    )
    def test_odd_addresses_show_a_week(self, chloe: At, query: str) -> None:
        assert chloe[0].get(f"{ROSTER}?{query}").status_code == 200

    def test_a_post_from_another_sites_page_is_not_carried_out(self, chloe: At) -> None:
        form = {"first": str(TOMORROW), "begins": "08:00", "ends": "16:00"}
        response = chloe[0].post(f"{ROSTER}/shift", form, headers={"Sec-Fetch-Site": "cross-site"})
        assert response.status_code == 403
        assert chloe[1].office.read(lambda c: roster.patterns_of(c, chloe[1].id)) == []

    def test_a_name_is_only_text(self, house: House, chloe: At) -> None:
        plans(sign_in(house, "<b>Mallory</b>"))
        assert "&lt;b&gt;Mallory&lt;/b&gt;" in chloe[0].get(week_of(TOMORROW)).text
        assert "<b>Mallory" not in chloe[0].get(week_of(TOMORROW)).text

    def test_nothing_on_the_page_needs_javascript_and_every_field_has_a_name(self, dina: At) -> None:
        plans(dina)
        page = dina[0].get(week_of(TOMORROW)).text
        assert "<script" not in page
        ids = re.findall(r' id="([^"]+)"', page)
        assert len(ids) == len(set(ids))
        visible = re.findall(r"<(?:input|select)(?![^>]*hidden)[^>]*>", page)
        for field in visible:
            name = re.search(r' id="([^"]+)"', field)
            assert 'type="checkbox"' in field or (name and f'for="{name[1]}"' in page), field


class TestTogether:
    def test_offered_and_taken(self, chloe: At, eva: At) -> None:
        number = plans(chloe)
        day = {"pattern": str(number), "day": str(TOMORROW)}
        chloe[0].post(f"{ROSTER}/day", {"do": "offer", **day})
        assert ">Take it<" in eva[0].get(week_of(TOMORROW)).text
        assert eva[0].post(f"{ROSTER}/day", {"do": "take", **day}).status_code == 303
        refused = eva[0].post(f"{ROSTER}/day", {"do": "take", **day})
        assert "Somebody else has taken this shift already" in sentence(refused.text)
        assert "08:00–16:00 Eva" in sentence(chloe[0].get(week_of(TOMORROW)).text)

    def test_dina_plans_for_chloe_and_chloe_not_for_eva(self, chloe: At, eva: At, dina: At) -> None:
        number = plans(dina, person=str(chloe[1].id))
        page = dina[0].get(f"{ROSTER}?person={chloe[1].id}").text
        assert "Shifts of Chloe" in page
        assert "Whose" not in chloe[0].get(ROSTER).text
        form = {"first": str(TOMORROW), "begins": "08:00", "ends": "16:00", "person": str(eva[1].id)}
        refused = chloe[0].post(f"{ROSTER}/shift", form)
        assert "Only supervisors and administrators plan for others." in sentence(refused.text)
        assert dina[0].post(f"{ROSTER}/shift/remove", {"pattern": str(number)}).status_code == 303

    def test_a_holiday_and_days_away(self, chloe: At, dina: At) -> None:
        plans(chloe)
        assert dina[0].post(f"{ROSTER}/away", {"first": str(TOMORROW), "everybody": "1"}).status_code == 303
        assert "Holiday" in sentence(chloe[0].get(week_of(TOMORROW)).text)
        refused = chloe[0].post(f"{ROSTER}/away", {"first": str(TOMORROW), "everybody": "1"})
        assert "Only supervisors and administrators plan for others." in sentence(refused.text)
        assert chloe[0].post(f"{ROSTER}/away", {"first": str(TOMORROW)}).status_code == 303
        page = chloe[0].get(week_of(TOMORROW)).text
        assert "Away: Chloe" in page
        (absence,) = re.findall(r'name="absence" value="(\d+)"', page)
        assert chloe[0].post(f"{ROSTER}/away/remove", {"absence": absence}).status_code == 303
        assert "Away: Chloe" not in chloe[0].get(week_of(TOMORROW)).text

    def test_what_chloe_can_take_on_shows_who_is_missing(self, chloe: At) -> None:
        assert "Nobody at any hour: English," in sentence(chloe[0].get(ROSTER).text)
        form = {"language_en": "1", "language_ar": "1", "channel_sms": "1", "most": "4"}
        assert chloe[0].post(f"{ROSTER}/ability", form).status_code == 303
        assert chloe[1].office.read(roster.abilities_of) == {chloe[1].id: Ability(("en", "ar"), ("sms",), 4)}
        plans(chloe)
        page = sentence(chloe[0].get(ROSTER).text)
        assert re.search(r"Arabic 2\d\d hours without anybody", page)

    def test_ending_the_shift_ends_the_planned_one_too(self, chloe: At) -> None:
        plans(chloe, first=str(TODAY - timedelta(days=1)), begins="00:00", ends="00:00")
        assert chloe[0].get("/staff/board.json").json()["on_duty"] is True
        chloe[0].post("/staff/shift", {"do": "end"})
        assert chloe[0].get("/staff/board.json").json()["on_duty"] is False
        chloe[0].post("/staff/shift", {"do": "begin"})
        assert chloe[0].get("/staff/board.json").json()["on_duty"] is True


class TestCalendars:
    def address(self, at: At) -> str:
        page = at[0].post(f"{ROSTER}/calendar", {"do": "make"}).text
        found = re.search(r'value="(https://[^"]+)"', page)
        assert found
        return unescape(found[1])

    def test_a_phone_follows_it_without_signing_in(self, house: House, chloe: At, eva: At) -> None:
        plans(chloe)
        plans(eva, begins="17:00", ends="18:00")
        address = self.address(chloe)
        assert address.startswith("https://hotline.example/staff/roster.ics?key=")
        phone = house.browser()
        response = phone.get(address)
        assert (response.status_code, response.headers["content-type"]) == (200, "text/calendar; charset=utf-8")
        assert response.headers["cache-control"] == "no-store"
        assert f"DTSTART;TZID=Europe/Oslo:{TOMORROW:%Y%m%d}T080000" in response.text
        assert "T170000" not in response.text
        assert not re.search("chloe|eva|hotline", response.text, re.IGNORECASE)
        assert phone.get(ROSTER).status_code == 303

    def test_it_is_shown_once_and_ends_with_a_new_one_or_when_it_is_ended(self, house: House, chloe: At) -> None:
        first, second = self.address(chloe), self.address(chloe)
        phone = house.browser()
        assert [phone.get(one).status_code for one in (first, second)] == [404, 200]
        assert "roster.ics?key" not in chloe[0].get(ROSTER).text
        chloe[0].post(f"{ROSTER}/calendar", {"do": "drop"})
        assert phone.get(second).status_code == 404

    @pytest.mark.parametrize(
        "key", ["", "?key=", "?key=x", "?key=%00", "?key=%ff%fe", "?key=" + "k" * 5000, "?other=1"]
    )
    def test_every_wrong_secret_gets_the_same_answer(self, house: House, key: str) -> None:
        response = house.browser().get(f"{CALENDAR}{key}")
        assert (response.status_code, response.text) == (404, "There is no calendar here.\n")

    def test_it_ends_when_the_account_does(self, house: House, chloe: At) -> None:
        address = self.address(chloe)
        house.office.write(lambda tx: staff.switch_off(tx.connection, "Chloe", time()))
        assert house.browser().get(address).status_code == 404

    def test_it_is_the_only_address_of_the_roster_that_is_open(self) -> None:
        assert [path for path in OPEN if path.startswith(ROSTER)] == [CALENDAR]


class TestBringingIn:
    def bring(self, at: At, body: bytes, **fields: str) -> tuple[int, str]:
        files = {"file": ("shifts.ics", body, "text/calendar")}
        response = at[0].request("POST", f"{ROSTER}/import", data=fields, files=files)
        return response.status_code, sentence(response.text)

    def test_a_file_becomes_shifts_and_absences(self, chloe: At) -> None:
        days = f"DTSTART;VALUE=DATE:{TOMORROW:%Y%m%d}"
        status, page = self.bring(chloe, calendar(lines(BASE, "RRULE:FREQ=WEEKLY"), days), what="shifts")
        assert (status, "2 shifts and absences stand in the roster now." in page) == (200, True)
        (pattern,) = chloe[1].office.read(lambda c: roster.patterns_of(c, chloe[1].id))
        assert (pattern.begins, pattern.last) == (480, None)

    def test_what_is_not_understood_is_listed_and_nothing_is_taken(self, chloe: At) -> None:
        status, page = self.bring(chloe, calendar(BASE, f"{BASE}\r\nRRULE:FREQ=MONTHLY", "SUMMARY:<b>x</b>"))
        assert status == 400
        assert "Event 2: only shifts that repeat by the week are understood. Event 3: it has no beginning" in page
        assert chloe[1].office.read(lambda c: roster.patterns_of(c, chloe[1].id)) == []

    def test_a_store_that_breaks_in_the_middle_leaves_nothing_of_the_file(
        self, chloe: At, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def breaks(*_: object) -> None:
            raise ValueError

        monkeypatch.setattr(roster, "add_absence", breaks)
        days = f"DTSTART;VALUE=DATE:{TOMORROW:%Y%m%d}"
        with pytest.raises(ValueError):
            self.bring(chloe, calendar(lines(BASE, "RRULE:FREQ=WEEKLY"), days))
        assert chloe[1].office.read(lambda c: roster.patterns_of(c, chloe[1].id)) == []

    @pytest.mark.parametrize(
        ("body", "told"),
        [
            (b"", "Choose a calendar file (.ics) first."),
            (b"\xff\xfe", "The file is not a calendar in UTF-8: export it again as iCalendar (.ics)."),
            (b"x" * 300_000, "The file is larger than 256 KB: export fewer years or calendars."),
            (b"x" * (256 * 1024 + 1), "The file is larger than 256 KB: export fewer years or calendars."),
        ],
    )
    def test_a_file_that_is_none_is_told(self, chloe: At, body: bytes, told: str) -> None:
        status, page = self.bring(chloe, body)
        assert (status, told in page) == (400, True)

    @pytest.mark.parametrize(
        ("kind", "body"),
        [
            ("multipart/form-data", b"x"),
            ("multipart/form-data; boundary=", b"--\r\n"),
            ("multipart/form-data; boundary=b; charset=nonsense", FIELD),
            ("multipart/form-data; boundary=b", b"--b\r\nContent-Disposition: form-data\r\n\r\nx\r\n--b--\r\n"),
            ("multipart/form-data; boundary=b", b'--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\nx'),
            ("multipart/form-data; boundary=b", b"\0" * 1000),
            ("application/x-www-form-urlencoded", b"file=x&%ff=%fe"),
            ("text/plain", b"x"),
            ("é", b"x"),
        ],
    )  # fmt: skip
    def test_a_broken_upload_is_a_sentence(self, chloe: At, kind: str, body: bytes) -> None:
        response = chloe[0].request("POST", f"{ROSTER}/import", content=body, headers={"Content-Type": kind.encode()})
        assert response.status_code == 400
        assert sentence(response.text)

    def test_chloe_cannot_bring_shifts_in_for_eva(self, chloe: At, eva: At) -> None:
        status, page = self.bring(chloe, calendar(BASE), person=str(eva[1].id))
        assert (status, "Only supervisors and administrators plan for others." in page) == (400, True)

    def test_what_the_page_gives_out_it_takes_in(self, house: House, chloe: At, eva: At) -> None:
        """From Chloe's calendar to Eva's shifts: the same hours."""
        office = house.office
        plans(chloe, begins="22:00", ends="06:00")
        away_from = time() // 60 * 60 + 9 * 86_400
        absence = Absence(0, chloe[1].id, away_from, away_from + 86_400)
        office.write(lambda tx: roster.add_absence(tx.connection, absence))
        body = house.browser().get(TestCalendars().address(chloe)).content
        assert self.bring(eva, body)[0] == 200
        found = office.read(lambda c: roster.planned(c, time(), time() + 300 * 86_400))
        spans = {
            who: {(one.starts_at, one.ends_at) for one in found if one.staff_id == who}
            for who in (chloe[1].id, eva[1].id)
        }
        assert len(spans[chloe[1].id]) > 250
        assert spans[chloe[1].id] == spans[eva[1].id]
