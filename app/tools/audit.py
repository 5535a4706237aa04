"""`hotline audit`: marks a number and sentences, drives them through every channel of a server of its own, and searches
every file it wrote: while the talks are open, after a kill -9, and after they are closed. It first proves it can find."""

from __future__ import annotations

import argparse
import json
import secrets
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from app.cli import FINDINGS, launcher_of, settings_of
from app.tools.house import House, NotStarted
from app.tools.search import plant
from app.tools.visitor import Visitor

CHANNELS = ("sms", "whatsapp", "telegram", "signal")
CONTACTS = len(CHANNELS) + 1
"""One by each app, and one in the web chat."""

TO_A_PERSON = ("1", "2", "1", "6", "1")
"""Safe, no danger, this language, a person, agreed: in the demo somebody is always on duty."""


class AuditVoid(Exception):
    """The audit could not be carried out, so it proves nothing; says why."""


@dataclass(slots=True)
class Audit:
    """One run: its folder, what was marked, what was searched and found."""

    folder: Path
    marks: dict[str, str] = field(default_factory=dict)
    searches: list[dict[str, Any]] = field(default_factory=list)
    quiet: bool = True

    def say(self, sentence: str) -> None:
        if not self.quiet:
            print(sentence, flush=True)

    def mark(self, name: str) -> str:
        """A sentence that stands nowhere else, with letters outside ASCII so that every encoding looks different."""
        self.marks[name] = f"ключ{secrets.token_hex(6)} señal {secrets.token_hex(6)}"
        return self.marks[name]

    def search(self, moment: str) -> list[dict[str, str]]:
        roots = [str(self.folder / name) for name in ("home", "log", "tmp")]
        order = json.dumps({"roots": roots, "marks": self.marks})
        run = subprocess.run([sys.executable, "-m", "app.tools.search"], input=order, capture_output=True, text=True)
        if run.returncode:
            raise AuditVoid(f"the search process failed: {run.stderr.strip().splitlines()[-1:]}")
        result = json.loads(run.stdout)
        self.searches.append({"moment": moment, **result})
        self.say(f"{moment}: {result['files']} files, {result['bytes']:,} bytes, found {len(result['findings'])}.")
        return list(result["findings"])

    def prove_it_finds(self) -> None:
        """Plant a mark in every encoding; an audit that misses one is void."""
        control = self.mark("control") + " 4790000099"
        self.marks["control"] = control
        planted = plant(self.folder / "tmp" / "control", control)
        found = {finding["encoding"] for finding in self.search("Planted, to prove that the search finds")}
        missed = [encoding for encoding in planted if encoding not in found]
        if missed or len(planted) < 10:
            raise AuditVoid(f"the search did not find what was planted as {', '.join(missed) or 'ten encodings'}")
        for path in (self.folder / "tmp" / "control").iterdir():
            path.unlink()
        del self.marks["control"]


def run(options: argparse.Namespace) -> int:
    """Exit code 0 when nothing was found, 1 when something was or the audit is void."""
    settings_of(options)  # a broken configuration is a mistake in the question, not a finding
    with tempfile.TemporaryDirectory(prefix="hotline-audit-") as name:
        folder = Path(name)
        audit = Audit(folder, quiet=options.json)
        house = House(launcher_of(options), folder)
        void = ""
        try:
            _journey(audit, house)
        except (AuditVoid, NotStarted, AssertionError, OSError) as fault:
            void = f"The audit is void: {fault}"
        finally:
            house.stop()
    return _report(audit, void, as_json=options.json)


def _journey(audit: Audit, house: House) -> None:
    audit.prove_it_finds()
    house.start()
    audit.marks["number"] = "+4790000001"
    phones, chat, chloe = Visitor(house.base), Visitor(house.base), Visitor(house.base)
    for app in CHANNELS:
        for text in ("hello", *TO_A_PERSON):
            phones.post("/demo/phone", {"person": "1", "app": app, "text": text})
            _mark_ids(audit, house, app)
            _wait_until_replied(phones, app)
        phones.post("/demo/phone", {"person": "1", "app": app, "text": audit.mark(f"{app} words")})
    if not any(name.endswith(" id") for name in audit.marks):
        raise AuditVoid("the provider's ids of the messages could not be seen")
    _wait_until_waiting(house, CONTACTS - 1)
    page = chat.post("/en/chat", {"do": "begin"})
    token = audit.marks["web chat token"] = page.field("token")
    for text in (*TO_A_PERSON, audit.mark("web chat words")):
        page = chat.post("/en/chat", {"do": "send", "token": token, "once": page.field("once"), "text": text})
    name, password = next(iter(house.staff.items()))
    chloe.post("/staff/login", {"name": name, "password": password})
    contacts = _take_all(chloe, CONTACTS)
    _wait_until_read(chloe, contacts, [audit.marks[f"{app} words"] for app in (*CHANNELS, "web chat")])
    for number, contact in enumerate(contacts):
        answer = audit.mark(f"answer {number}")
        chloe.post(f"/staff/contacts/{contact}/answer", {"text": answer})
    _wait_until_answered(phones, [audit.marks[f"answer {number}"] for number in range(CONTACTS)], chat, page, token)
    audit.search("While five talks are open")
    _close_all(chloe, contacts[:2])
    audit.search("After two were closed")
    house.stop(signal.SIGKILL)
    audit.search("After kill -9 of server and worker")
    house.start()
    name, password = next(iter(house.staff.items()))
    chloe = Visitor(house.base)
    chloe.post("/staff/login", {"name": name, "password": password})
    _close_all(chloe, contacts[2:])
    time.sleep(1.5)
    audit.search("After all were closed")
    house.stop()
    audit.search("After the server ended")


def _mark_ids(audit: Audit, house: House, app: str) -> None:
    """The ids that messages have at the simulated Twilio are marks too: with one, an account's owner finds who wrote."""
    if app in ("sms", "whatsapp"):
        for place, sid in enumerate(house.message_ids()):
            if sid not in audit.marks.values():
                audit.marks[f"{app} {len(audit.marks)}.{place} id"] = sid


def _wait_until_replied(phones: Visitor, app: str) -> None:
    """Nobody answers a question before it is there; Signal's messages are fetched, which takes a moment."""
    deadline = time.monotonic() + 20
    while True:
        threads = json.loads(phones.get("/demo/phone.json?person=1").text)
        lines = next(one["lines"] for one in threads if one["app"] == app)
        if lines and lines[-1]["who"] != "person":
            return
        if time.monotonic() > deadline:
            raise AuditVoid(f"no reply came by {app}")
        time.sleep(0.1)


def _wait_until_waiting(house: House, wanted: int) -> None:
    """Until the talks are in the queue."""
    name, password = next(iter(house.staff.items()))
    chloe, deadline = Visitor(house.base), time.monotonic() + 30
    chloe.post("/staff/login", {"name": name, "password": password})
    while len(json.loads(chloe.get("/staff/board.json").text)["waiting"]) < wanted:
        if time.monotonic() > deadline:
            raise AuditVoid("a channel's talk did not reach the queue")
        time.sleep(0.2)


def _take_all(chloe: Visitor, wanted: int) -> list[str]:
    board = json.loads(chloe.get("/staff/board.json").text)
    contacts = [card["id"] for card in board["waiting"]]
    if len(contacts) != wanted:
        raise AuditVoid(f"{len(contacts)} contacts reached the queue instead of {wanted}")
    for contact in contacts:
        chloe.post(f"/staff/contacts/{contact}/claim", {})
    return contacts


def _wait_until_read(chloe: Visitor, contacts: list[str], words: list[str]) -> None:
    """What nobody has yet could be found nowhere: every caller's words must stand before their responder first."""
    deadline = time.monotonic() + 20
    while True:
        pages = "".join(chloe.get(f"/staff/contacts/{contact}").text for contact in contacts)
        missing = [one for one in words if one not in pages]
        if not missing:
            return
        if time.monotonic() > deadline:
            raise AuditVoid(f"{len(missing)} of {len(words)} callers' words did not reach their responder")
        time.sleep(0.2)


def _wait_until_answered(phones: Visitor, answers: list[str], chat: Visitor, page: Any, token: str) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        seen = phones.get("/demo/phone.json?person=1").text.encode().decode("unicode_escape", "replace")
        seen += json.dumps(json.loads(phones.get("/demo/phone.json?person=1").text), ensure_ascii=False)
        page = chat.post("/en/chat", {"do": "check", "token": token, "once": page.field("once")})
        if all(answer in seen or answer in page.text for answer in answers):
            return
        time.sleep(0.2)
    raise AuditVoid("an answer did not reach its caller")


def _close_all(chloe: Visitor, contacts: list[str]) -> None:
    for contact in contacts:
        codes = {"need": "legal", "outcome": "informed", "even_unsent": "1"}
        if chloe.post(f"/staff/contacts/{contact}/close", codes).status != 200:
            raise AuditVoid("a contact could not be closed")


def _report(audit: Audit, void: str, *, as_json: bool) -> int:
    findings = [
        {"what": f"{finding['mark']} as {finding['encoding']} in {finding['file']}", "moment": search["moment"]}
        for search in audit.searches[1:]
        for finding in search["findings"]
    ]
    if void:
        findings.append({"what": void, "moment": ""})
    checked = sum(search["files"] for search in audit.searches) * max(1, len(audit.marks)) * 10
    if as_json:
        searched = [{key: search[key] for key in ("moment", "files", "bytes")} for search in audit.searches]
        print(json.dumps({"ok": not findings, "checked": checked, "findings": findings, "searched": searched}))
    else:
        for finding in findings:
            print(f"FOUND {finding['what']} ({finding['moment']})")
        print(f"{len(audit.marks)} marks x 10 encodings: {'nothing was found' if not findings else 'NOT clean'}.")
    return FINDINGS if findings else 0
