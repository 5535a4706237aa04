"""Reads content/registers, once, at start: by country, where an agency or an employer can be looked up."""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from hotline.directory.countries import COUNTRIES
from hotline.offers.registers import Register, read_registers
from hotline.store.shelf import ContentError, Finding, read_toml

Registers = Mapping[str, Sequence[Register]]
"""The registers of each country, by its code in capitals."""


def read_registers_of(folder: Path, today: datetime.date | None = None) -> Registers:
    """Every country of a folder, or ContentError with every finding. With `today`, dates in the future are found too."""
    registers: dict[str, Sequence[Register]] = {}
    findings: list[Finding] = []
    for path in sorted(folder.glob("*.toml")):
        code = path.stem.upper()
        if path.stem != path.stem.lower() or code not in COUNTRIES:
            findings.append(Finding(path, 0, f"{path.name} is not named after a country (ISO 3166), such as no.toml."))
            continue
        try:
            registers[code], mistakes = read_registers(read_toml(path), today)
        except ContentError as fault:
            findings += fault.findings
            continue
        findings += [Finding(path, _line_of(path, mistake), mistake) for mistake in mistakes]
    if findings:
        raise ContentError(findings)
    return registers


def _line_of(path: Path, mistake: str) -> int:
    """The line on which the table begins that a mistake names (`Register 3: …`)."""
    lines = path.read_text(encoding="utf-8").splitlines()
    begins = [number for number, line in enumerate(lines, 1) if line.strip() == "[[register]]"]
    named = re.match(r"Register (\d+):", mistake)
    return begins[int(named[1]) - 1] if named and int(named[1]) <= len(begins) else 0
