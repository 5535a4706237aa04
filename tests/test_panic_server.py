"""Panic in the running house: server and worker are processes of their own, and every file is searched afterwards."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from app.cli import LAUNCHER
from app.tools.audit import TO_A_PERSON, Audit
from app.tools.house import House
from app.tools.visitor import Page, Visitor
from hotline.desk.office import Office
from hotline.store.keys import KeyRing, day_of
from tests.people import AMARA, BOGDAN, NOW, ROOT, Caller


def in_time(what: Callable[[], bool], seconds: float = 20.0) -> bool:
    give_up = time.monotonic() + seconds
    while not what():
        if time.monotonic() > give_up:
            return False
        time.sleep(0.05)
    return True


def sign_in(house: House, name: str) -> Visitor:
    visitor = Visitor(house.base)
    assert visitor.post("/staff/login", {"name": name, "password": house.staff[name]}).status == 303
    return visitor


def thread(phones: Visitor) -> list[str]:
    return [line["text"] for line in json.loads(phones.get("/demo/phone.json?person=1").text)[0]["lines"]]


def writes_to_a_person(phones: Visitor, chat: Visitor, audit: Audit) -> Page:
    """One caller by SMS and one in the web chat, each with marked words for a person."""
    for text in ("hello", *TO_A_PERSON, audit.mark("sms words")):
        phones.post("/demo/phone", {"person": "1", "app": "sms", "text": text})
    page = chat.post("/en/chat", {"do": "begin"})
    token = audit.marks["web chat token"] = page.field("token")
    for text in (*TO_A_PERSON, audit.mark("web chat words")):
        page = chat.post("/en/chat", {"do": "send", "token": token, "once": page.field("once"), "text": text})
    return page


def test_a_press_in_the_console_leaves_nothing_in_any_file_and_the_worker_knows(
    database_url: str, tmp_path: Path
) -> None:
    house = House(LAUNCHER, tmp_path, {"HOTLINE_DATABASE_URL": database_url})
    audit = Audit(tmp_path)
    house.start()
    try:
        log = tmp_path / "log" / "serve.log"
        assert in_time(lambda: "worker_started" in log.read_text())
        phones, chat = Visitor(house.base), Visitor(house.base)
        page = writes_to_a_person(phones, chat, audit)
        chloe, sara = sign_in(house, "demo-chloe"), sign_in(house, "demo-sara")
        cards = json.loads(chloe.get("/staff/board.json").text)["waiting"]
        assert len(cards) == 2
        for card in cards:
            chloe.post(f"/staff/contacts/{card['id']}/claim", {})
        one = f"/staff/contacts/{cards[0]['id']}"
        chloe.post(f"{one}/answer", {"text": audit.mark("an answer")})
        assert "<b>2</b> open contacts" in sara.get("/staff/panic").text
        pressed = time.monotonic()
        answer = sara.post("/staff/panic", {})
        took = time.monotonic() - pressed
        assert answer.status == 200
        assert "Everything is destroyed" in answer.text
        assert in_time(lambda: log.read_text().count('"event": "panic"') == 2), log.read_text()[-3000:]
        print(f"answered after {took:.2f} s, noticed in both processes after {time.monotonic() - pressed:.2f} s")
        assert chloe.get(one).status == 404
        assert chloe.get("/staff/").status == 200, "staff stay signed in"
        time.sleep(1.0)  # the write-ahead log is truncated
        assert audit.search("After the panic") == []
        phones.post("/demo/phone", {"person": "1", "app": "sms", "text": "are you there"})
        assert in_time(lambda: "I lost my place, sorry." in thread(phones)[-1])
        old = {"do": "send", "token": page.field("token"), "once": page.field("once"), "text": "and you"}
        assert audit.marks["web chat words"] not in chat.post("/en/chat", old).text
        assert "I lost my place, sorry." in chat.post("/en/chat", {"do": "begin"}).text
    finally:
        house.stop()


def hotline(home: Path, keys: Path, url: str, typed: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("HOTLINE_")}
    environment |= {"HOTLINE_HOME": str(home), "HOTLINE_KEYS": str(keys), "HOTLINE_DATABASE_URL": url}
    command = [sys.executable, "-m", "app", "panic"]
    return subprocess.run(
        command, cwd=ROOT, env=environment, input=typed, capture_output=True, text=True, timeout=60, check=False
    )


class TestOnTheCommandLine:
    def test_the_word_destroys_everything(self, office: Office, database_url: str, keys: Path, tmp_path: Path) -> None:
        for sender in (AMARA, BOGDAN):
            Caller(office, sender).asks_for_a_person()
        run = hotline(tmp_path / "home", keys, database_url, "destroy\n")
        assert run.returncode == 0, run.stderr
        assert "Type destroy and press Enter: " in run.stdout
        assert "2 open contacts were deleted." in run.stdout
        assert in_time(lambda: office.desk.ring.destroyed_at > 0)

    @pytest.mark.parametrize("typed", ["", "yes\n", "destroy everything\n"])
    def test_any_other_word_destroys_nothing(self, keys: Path, tmp_path: Path, typed: str) -> None:
        ring = KeyRing(keys, "contacts", 4, today=day_of(NOW))
        run = hotline(tmp_path / "home", keys, str(tmp_path / "hotline.db"), typed)
        assert run.returncode == 1
        assert run.stdout.endswith("\nNothing was destroyed.\n")
        time.sleep(0.6)
        assert ring.destroyed_at == 0.0

    def test_with_the_database_down_the_keys_go_all_the_same(self, keys: Path, tmp_path: Path) -> None:
        ring = KeyRing(keys, "contacts", 4, today=day_of(NOW))
        nowhere = f"postgresql://nobody@/nothing?host={tmp_path}"
        run = hotline(tmp_path / "home", keys, nowhere, "destroy\n")
        assert run.returncode == 1, run.stderr
        assert "Traceback" not in run.stderr
        assert "nothing of any open contact can be read any more." in run.stdout
        assert "the worker will do it." in run.stdout
        assert in_time(lambda: ring.destroyed_at > 0)
