"""The whole server, with its worker and its bell, on either database: an SMS in, an answer out, and nothing left."""

from __future__ import annotations

import json
import time
from pathlib import Path

from sqlalchemy import text

from app.cli import LAUNCHER
from app.settings import Settings
from app.tasks import Bell, open_queue
from app.tools.house import House
from app.tools.visitor import Visitor
from hotline.store.engine import open_engine

TABLES = ("contacts", "messages", "vault", "outbox", "inbox")


def sms_thread(phones: Visitor) -> list[str]:
    return [line["text"] for line in json.loads(phones.get("/demo/phone.json?person=1").text)[0]["lines"]]


def test_an_sms_is_answered_and_forgotten(database_url: str, tmp_path: Path) -> None:
    house = House(LAUNCHER, tmp_path / "house", {"HOTLINE_DATABASE_URL": database_url})
    house.start()
    try:
        phones, chloe = Visitor(house.base), Visitor(house.base)
        for words in ("hello", "1", "2", "1", "6", "1", "they keep my passport"):
            phones.post("/demo/phone", {"person": "1", "app": "sms", "text": words})
        chloe.post("/staff/login", {"name": "demo-chloe", "password": house.staff["demo-chloe"]})
        (card,) = json.loads(chloe.get("/staff/board.json").text)["waiting"]
        contact = f"/staff/contacts/{card['id']}"
        chloe.post(f"{contact}/claim", {})
        chloe.post(f"{contact}/answer", {"text": "I am here."})
        deadline = time.monotonic() + 20
        while "I am here." not in sms_thread(phones) and time.monotonic() < deadline:
            time.sleep(0.1)
        assert sms_thread(phones).count("I am here.") == 1
        codes = {"need": "legal", "outcome": "informed", "even_unsent": "1"}
        assert chloe.post(f"{contact}/close", codes).status == 200
        assert Visitor(house.base).get("/readyz").status == 200
        # A look back at the provider may have found a message before its webhook was done: it is left alone for a while.
        deadline = time.monotonic() + 90
        while (left := rows(database_url)) != dict.fromkeys(TABLES, 0) and time.monotonic() < deadline:
            time.sleep(0.1)
    finally:
        house.stop()
    assert left == rows(database_url) == dict.fromkeys(TABLES, 0)


def rows(database_url: str) -> dict[str, int]:
    engine = open_engine(database_url)
    try:
        with engine.connect() as connection:
            asked = {table: text(f"SELECT count(*) FROM {table}") for table in TABLES}  # noqa: S608
            return {table: int(connection.execute(question).scalar_one()) for table, question in asked.items()}
    finally:
        engine.dispose()


def test_the_bell_rings_through_either_database(database_url: str, tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, database_url=database_url)
    bell, queue = Bell(settings), open_queue(settings)
    try:
        bell.ring(7)
        assert queue.pending_count() == 1, "the bell reached the queue, and did not fail in silence"
    finally:
        bell.queue.storage.close()
        queue.storage.close()
