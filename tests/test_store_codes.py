"""The digits by which a caller comes back: of chance, read in any script, and kept only as what costs time to make."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path
from typing import Any

import argon2.low_level
import pytest
from argon2.low_level import Type

from hotline.store import schema
from hotline.store.codes import Codes, digits, draw
from hotline.store.keys import KeyRingError

CODE = "4242424242424242"


def test_a_code_is_sixteen_digits_of_chance() -> None:
    drawn = {draw() for _ in range(500)}
    assert len(drawn) == 500
    assert all(len(one) == 16 and one.isascii() and one.isdecimal() for one in drawn)
    assert {one[0] for one in drawn} == set("0123456789"), "a code may begin with 0 as well"


@pytest.mark.parametrize(
    "typed",
    [
        CODE,
        "4242 4242 4242 4242",
        " 4242-4242‑4242–4242\n",
        "4242.4242.4242.4242",
        "٤٢٤٢ ٤٢٤٢ ٤٢٤٢ ٤٢٤٢",
        "۴۲۴۲۴۲۴۲۴۲۴۲۴۲۴۲",
        "๔๒๔๒ ๔๒๔๒ ๔๒๔๒ ๔๒๔๒",
        "４２４２　４２４２　４２４２　４２４２",
        "४२४२४२४२४२४२४२४२",
    ],
)
def test_the_digits_are_read_in_any_script_and_with_any_spaces(typed: str) -> None:
    assert digits(typed) == CODE


@pytest.mark.parametrize("typed", ["", "4242", CODE + "1", "4242 4242 4242 424x", "١" * 15, "½" * 16, "4" * 100_000])
def test_anything_else_is_no_code(typed: str) -> None:
    assert digits(typed) is None


def test_two_processes_of_one_site_make_the_same_of_a_code(tmp_path: Path) -> None:
    keys = tmp_path / "keys"
    assert Codes(keys).digest(CODE) == Codes(keys).digest(CODE) != Codes(keys).digest("4242424242424243")


def test_two_sites_make_something_else_of_the_same_code(tmp_path: Path) -> None:
    assert Codes(tmp_path / "one").digest(CODE) != Codes(tmp_path / "two").digest(CODE)


def test_the_salt_is_for_nobody_else_and_lies_beside_the_ring(tmp_path: Path) -> None:
    keys = tmp_path / "keys"
    Codes(keys).digest(CODE)
    (salt,) = keys.iterdir()
    assert (salt.name, salt.stat().st_mode & 0o777, len(salt.read_bytes())) == ("codes.salt", 0o600, 32)


def test_a_salt_that_others_can_read_is_refused(tmp_path: Path) -> None:
    keys = tmp_path / "keys"
    Codes(keys).digest(CODE)
    os.chmod(keys / "codes.salt", 0o644)
    with pytest.raises(KeyRingError, match="can be read by others: run chmod go-rwx"):
        Codes(keys).digest(CODE)


def test_a_salt_that_is_not_whole_is_refused(tmp_path: Path) -> None:
    keys = tmp_path / "keys"
    Codes(keys).digest(CODE)
    (keys / "codes.salt").write_bytes(b"half")
    with pytest.raises(KeyRingError, match="is not whole"):
        Codes(keys).digest(CODE)


def test_each_look_takes_argon2id_over_64_mebibytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[dict[str, Any]] = []
    real = argon2.low_level.hash_secret_raw

    def watched(secret: bytes, salt: bytes, **how: Any) -> bytes:
        asked.append({"salt": salt, **how})
        return real(secret, salt, **how)

    monkeypatch.setattr(argon2.low_level, "hash_secret_raw", watched)
    digest = Codes(tmp_path / "keys").digest(CODE)
    (how,) = asked
    assert (how["type"], how["memory_cost"], how["time_cost"], len(how["salt"])) == (Type.ID, 64 * 1024, 3, 32)
    assert len(digest) == 32


def test_two_looks_at_once_wait_for_each_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    inside, most = 0, 0

    def slow(secret: bytes, salt: bytes, **how: Any) -> bytes:
        nonlocal inside, most
        inside += 1
        most = max(most, inside)
        time.sleep(0.02)
        inside -= 1
        return secret

    monkeypatch.setattr(argon2.low_level, "hash_secret_raw", slow)
    book = Codes(tmp_path / "keys")
    threads = [threading.Thread(target=book.digest, args=(CODE,)) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == 1


def test_the_first_salt_wins_when_two_processes_begin_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keys = tmp_path / "keys"
    one, two = Codes(keys), Codes(keys)
    real = os.link

    def link(*names: Any, **how: Any) -> None:
        monkeypatch.setattr(os, "link", real)
        two.digest(CODE)  # the other process was quicker
        real(*names, **how)

    monkeypatch.setattr(os, "link", link)
    assert one.digest(CODE) == two.digest(CODE)
    assert [path.name for path in keys.iterdir()] == ["codes.salt"]


def test_the_table_knows_one_code_for_a_contact_and_no_digits() -> None:
    assert set(schema.codes.c.keys()) == {"digest", "contact_id"}
