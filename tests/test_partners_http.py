"""Two houses on two ports: a caller's yes at one, the packet at the other; outages, strangers and changed bytes."""

from __future__ import annotations

import asyncio
import base64
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from time import time
from typing import Any

import pytest

from app.cli import main
from app.parcels import LONGEST_BODY, PATH, Courier, Rounds, partner_routes
from app.partners import partners_of
from app.settings import SettingsError, read_settings
from bots.turns import Bridge
from hotline.desk import partners
from hotline.desk.partners import GRACE_SECONDS, NotTaken
from hotline.events import Log
from hotline.message import Delivery, Speaker
from hotline.store.packets import Packet
from hotline.store.partnerkey import Partner, PartnerKey, Partners, Public
from tests.people import ROOT, Caller, hire, lines_of
from tests.server_help import House, open_house, settings_for

TEXT = "Señora Amara needs a bed tonight; ключ 4471 на двери."
SOUTH, NORTH = "Hotline South", "Refuge North"


@contextmanager
def listening(house: House) -> Iterator[str]:
    """The house behind a real port of this machine: each request goes through its application."""
    lock = threading.Lock()

    class Door(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            with lock:
                answer = house.browser().request("POST", self.path, content=body)
            self.send_response(answer.status_code)
            self.send_header("Content-Length", str(len(answer.content)))
            self.end_headers()
            self.wfile.write(answer.content)

        def log_message(self, *_: object) -> None:
            """Nothing is written down."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class Two:
    """South has Amara's talk in hand; North is the refuge, on a port of its own."""

    def __init__(self, south: House, north: House, folder: Path) -> None:
        self.south, self.north, self.folder = south, north, folder
        self.chloe = hire(south.office, "Chloe")
        self.amara = Caller(south.office)
        self.contact = self.chloe.claims(self.amara.asks_for_a_person(time()), time())

    def agreed(self, *, with_number: bool = True) -> None:
        desk, write = self.south.office.desk, self.south.office.write
        write(
            lambda tx: partners.ask(
                desk, tx, self.contact.id, self.chloe.id, NORTH, TEXT, time(), with_number=with_number
            )
        )
        contact = self.amara.open_contact(time())
        write(lambda tx: desk.contacts.mark_line(tx.connection, contact, contact.next_line - 1, Delivery.SENT))
        assert self.amara.writes("1", time()) == [f"OK. We send it to {NORTH}."]

    def carried(self, now: float | None = None) -> int:
        at = time() + GRACE_SECONDS if now is None else now
        return Rounds(self.south.office, Log(lambda _: None), Courier(), lambda: at).once()

    def arrived(self) -> list[Packet]:
        self.north.settle()
        return self.north.office.read(self.north.office.desk.packets.shown)

    def notes(self) -> list[str]:
        contact = self.amara.open_contact(time())
        return [line.text for line in lines_of(self.south.office, contact) if line.speaker is Speaker.NOTE]


def _knows(house: House, name: str, other: str, url: str, keys: Public) -> None:
    known = Partners(name, house.office.desk.partners.own, {other: Partner(other, url, keys)})
    object.__setattr__(house.office.desk, "partners", known)


def _own(house: House) -> PartnerKey:
    own = house.office.desk.partners.own
    assert own is not None
    return own


@pytest.fixture
def two(tmp_path: Path) -> Iterator[Two]:
    with open_house(tmp_path / "south") as south, open_house(tmp_path / "north") as north, listening(north) as url:
        _knows(south, SOUTH, NORTH, url, _own(north).public)
        _knows(north, NORTH, SOUTH, "https://south.example", _own(south).public)
        yield Two(south, north, tmp_path)


@pytest.fixture(autouse=True)
def folders(tmp_path: Path) -> None:
    for name in ("south", "north"):
        (tmp_path / name).mkdir()


def test_a_callers_yes_reaches_the_partner_who_reads_exactly_that_text(two: Two) -> None:
    two.agreed()
    assert two.carried() == 1
    (packet,) = two.arrived()
    found = two.north.office.read(lambda one: two.north.office.desk.packets.by_id(one, packet.id))
    assert found is not None
    assert (found[1].text, found[1].language, found[1].number, packet.partner) == (TEXT, "ru", two.amara.sender, SOUTH)
    assert two.notes()[-1].startswith(f"{NORTH} took it at ")
    assert two.south.count("parcels") == [0]


def test_nothing_leaves_before_the_yes(two: Two) -> None:
    desk = two.south.office.desk
    two.south.office.write(
        lambda tx: partners.ask(desk, tx, two.contact.id, two.chloe.id, NORTH, TEXT, time(), with_number=True)
    )
    assert (two.carried(time() + 3600), two.arrived(), two.south.count("parcels")) == (0, [], [0])


def test_no_file_of_either_house_holds_what_was_passed_on(two: Two) -> None:
    two.agreed()
    before = _search(two.folder)
    two.carried()
    assert len(two.arrived()) == 1
    assert before + _search(two.folder) == []


def test_the_search_would_find_it(two: Two) -> None:
    """The twin: something that does lie there in clear."""
    (two.folder / "north" / "note").write_text(f"xx{TEXT}xx")
    assert _search(two.folder) == ["note"]


def _search(folder: Path) -> list[str]:
    marks = [TEXT.encode(), TEXT.encode("utf-16-le"), json.dumps(TEXT)[1:-1].encode(), b"+4790000001", b"bed tonight"]
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert len(files) > 6
    return [path.name for path in files if any(mark in path.read_bytes() for mark in marks)]


def test_a_repeat_is_taken_once(two: Two, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[dict[str, str]] = []
    hand = Courier.hand

    def twice(self: Courier, partner: Partner, document: dict[str, str]) -> None:
        sent.append(document)
        hand(self, partner, document)
        hand(self, partner, document)

    monkeypatch.setattr(Courier, "hand", twice)
    two.agreed()
    assert two.carried() == 1
    assert (len(two.arrived()), len(sent)) == (1, 1)


def test_a_changed_byte_is_refused_on_the_wire(two: Two, monkeypatch: pytest.MonkeyPatch) -> None:
    hand = Courier.hand

    def changed(self: Courier, partner: Partner, document: dict[str, str]) -> None:
        sealed = bytearray(base64.b64decode(document["sealed"]))
        sealed[60] ^= 1
        hand(self, partner, {**document, "sealed": base64.b64encode(sealed).decode()})

    monkeypatch.setattr(Courier, "hand", changed)
    two.agreed()
    assert (two.carried(), two.arrived()) == (0, [])
    assert two.notes()[-1] == f"{NORTH} did not take it: the signature is wrong."


def test_a_house_that_does_not_know_us_refuses_and_chloe_reads_what_to_do(two: Two) -> None:
    object.__setattr__(two.north.office.desk, "partners", Partners(NORTH, _own(two.north)))
    two.agreed()
    assert (two.carried(), two.arrived(), two.south.count("parcels")) == (0, [], [0])
    assert two.notes()[-1] == (
        f"{NORTH} did not take it: they do not know our key; ask your administrator to give it to them."
    )
    assert any('"parcel_declined", "status": 403' in event for event in two.north.events)


def test_an_outage_of_an_hour_loses_nothing_and_repeats_nothing(two: Two) -> None:
    away = "http://127.0.0.1:9"
    here = two.south.office.desk.partners.known[NORTH].url
    _knows(two.south, SOUTH, NORTH, away, _own(two.north).public)
    two.agreed()
    start = time() + GRACE_SECONDS
    for second in range(0, 3600, 5):
        assert two.carried(start + second) == 0
    assert two.south.count("parcels") == [1]
    _knows(two.south, SOUTH, NORTH, here, _own(two.north).public)
    taken = sum(two.carried(start + 3600 + second) for second in range(0, 360, 5))
    assert (taken, len(two.arrived()), two.south.count("parcels")) == (1, 1, [0])


def test_a_partner_that_cannot_store_is_tried_again(two: Two, monkeypatch: pytest.MonkeyPatch) -> None:
    from hotline.store.engine import StoreUnavailable

    def full(*_: object) -> None:
        raise StoreUnavailable("full")

    two.agreed()
    with monkeypatch.context() as now:
        now.setattr("app.parcels.take_in", full)
        assert (two.carried(), two.arrived(), two.south.count("parcels")) == (0, [], [1])
    assert two.carried(time() + 600) == 1


def _posted(house: House, body: bytes) -> tuple[int, object]:
    answer = house.browser().request("POST", PATH, content=body)
    return answer.status_code, answer.json()


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b"[]", 400),
        (b"null", 400),
        (b"\xff\xfe", 400),
        (b"[" * 50_000, 400),
        (b'{"from": "x", "sealed": "x", "signature": "x"}', 400),
        (b"x" * (LONGEST_BODY + 1), 413),
    ],
)
def test_whatever_else_is_posted_is_refused_and_stores_nothing(two: Two, body: bytes, status: int) -> None:
    assert _posted(two.north, body) == (status, {"taken": False, "why": "not_a_parcel"})
    assert two.north.count("packets", "seen") == [0, 0]


def test_nobody_keeps_the_address_waiting_for_a_body(two: Two, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.parcels.BODY_SECONDS", 0.05)
    said: list[Any] = []

    async def send(message: Any) -> None:
        said.append(message)

    async def trickle() -> dict[str, object]:
        await asyncio.sleep(0.02)
        return {"type": "http.request", "body": b"[", "more_body": True}

    scope = {"type": "http", "method": "POST", "path": PATH, "query_string": b"", "headers": [(b"host", b"127.0.0.1")]}
    (route,) = partner_routes(Bridge(two.north.office), two.north.office, Log(lambda _: None))
    asyncio.run(asyncio.wait_for(route.handle(scope, trickle, send), 5))
    assert (said[0]["status"], json.loads(said[1]["body"])["why"]) == (408, "later")


def test_the_address_answers_to_nothing_but_a_post(two: Two) -> None:
    assert two.north.browser().get(PATH).status_code == 405


@pytest.mark.parametrize(
    ("status", "document", "refused"),
    [
        (200, {"taken": True}, None),
        (200, {"taken": "yes"}, ""),
        (200, {}, ""),
        (404, {"why": "unknown"}, ""),
        (502, {"why": "too_old"}, ""),
        (400, {"why": "<script>"}, ""),
        (400, {"why": ["too_old"]}, ""),
        (400, {"why": "too_old"}, "it is too old, or a clock is wrong"),
    ],
)
def test_what_a_partner_answers_is_read_from_a_closed_list(
    status: int, document: object, refused: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    from bots.ask import Answer

    monkeypatch.setattr("app.parcels.ask", lambda *_, **__: Answer(status, document))
    partner = Partner("x", "https://x.example", Public(b"", b""))
    if refused is None:
        Courier().hand(partner, {})
        return
    with pytest.raises(NotTaken) as fault:
        Courier().hand(partner, {})
    assert fault.value.refused == refused


# Settings and the command


def _config(tmp_path: Path, more: str) -> Path:
    path = tmp_path / "config.toml"
    path.write_text((ROOT / "config.toml").read_text(encoding="utf-8") + more, encoding="utf-8")
    return path


def test_partners_stand_in_the_settings(tmp_path: Path) -> None:
    key = PartnerKey(tmp_path / "k" / "partner.key").public
    table = f'\n[partners."Refuge North"]\nurl = "https://refuge.example/"\nkey = "{key.text()}"\nneeds = ["housing"]\n'
    found = read_settings({}, _config(tmp_path, table)).partners
    assert found == {"Refuge North": Partner("Refuge North", "https://refuge.example", key, (), ("housing",))}


@pytest.mark.parametrize(
    ("table", "sentence"),
    [
        ("partners = 1", None),
        ('[partners.X]\nurl = "http://x.example"', "url must be the https:// address of their server."),
        ('[partners.X]\nurl = "https://x.example/?a=1"', "url must be the https:// address of their server."),
        ('[partners.X]\nurl = "https://x.example:99999"', "url must be the https:// address of their server."),
        ("[partners.X]\nkey = 'abc'", "key must be the line that their `hotline partner key` prints"),
        ("[partners.X]\ncolour = 'red'", "'colour' is not known: use url, key, languages, needs."),
        ("[partners.X]\nlanguages = ['xx']", "languages must be tags of "),
        ("[partners.X]\nlanguages = 'en'", "languages must be a list."),
        ("[partners.X]\nneeds = [5]", "needs must be words, each of at most 40 letters."),
        (f"[partners.{'x' * 61}]", "the name is shown to callers: write 1 to 60 letters."),
        ("[partners]\nX = 5", "write a table [partners.NAME] with url and key."),
    ],
)
def test_mistakes_in_a_partner_are_told_with_their_place(tmp_path: Path, table: str, sentence: str | None) -> None:
    text = (ROOT / "config.toml").read_text(encoding="utf-8")
    path = tmp_path / "config.toml"
    path.write_text(f"{table}\n{text}" if sentence is None else f"{text}\n{table}\n", encoding="utf-8")
    with pytest.raises(SettingsError) as fault:
        read_settings({}, path)
    assert any((sentence or "[partners] is not known") in one for one in fault.value.mistakes), fault.value.mistakes


def test_two_partners_cannot_have_one_key(tmp_path: Path) -> None:
    key = PartnerKey(tmp_path / "k" / "partner.key").public.text()
    tables = "".join(f'\n[partners.{name}]\nurl = "https://x.example"\nkey = "{key}"\n' for name in "AB")
    with pytest.raises(SettingsError, match="two partners have the same key: each has its own\\."):
        read_settings({}, _config(tmp_path, tables))


def test_a_key_with_a_slip_of_the_pen_is_no_key(tmp_path: Path) -> None:
    text = PartnerKey(tmp_path / "k" / "partner.key").public.text()
    assert Public.read(text) is not None
    for place in range(0, len(text), 7):
        other = "A" if text[place] != "A" else "B"
        assert Public.read(text[:place] + other + text[place + 1 :]) is None


def test_the_keys_are_made_once_and_for_nobody_else(tmp_path: Path) -> None:
    path = tmp_path / "var" / "partner.key"
    first = PartnerKey(path).public
    assert (PartnerKey(path).public, path.stat().st_mode & 0o777) == (first, 0o600)
    assert PartnerKey(tmp_path / "other" / "partner.key").public != first


def test_the_command_prints_what_the_other_side_needs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOTLINE_HOME", str(tmp_path / "var"))
    with pytest.raises(SystemExit) as ended:
        main(["partner", "key"])
    assert ended.value.code == 0
    theirs = _config(tmp_path, "\n" + capsys.readouterr().out)
    (partner,) = read_settings({}, theirs).partners.values()
    assert (partner.name, partner.keys) == ("Sample organisation", PartnerKey(tmp_path / "var" / "partner.key").public)
    with pytest.raises(SystemExit):
        main(["partner", "list"])
    assert capsys.readouterr().out.startswith("No partners: ")


def test_we_can_write_only_where_a_channel_is_set_up(tmp_path: Path) -> None:
    settings = settings_for(tmp_path, our_numbers=("+4780000000",), ways={"whatsapp": "+47 800 00 001"})
    assert {one.value: ours for one, ours in partners_of(settings).ours.items()} == {
        "sms": "+4780000000",
        "whatsapp": "+4780000001",
    }
    assert partners_of(replace(settings, twilio_auth_token="")).ours == {}
