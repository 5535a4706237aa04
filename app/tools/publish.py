"""`hotline publish`: look at the content, and have every running server show it as it is now."""

from __future__ import annotations

import argparse
import time

from app.assemble import open_database, prepare_folders
from app.cli import FINDINGS, near, settings_of
from app.publishing import ask_to_publish
from app.tools.check import check
from hotline.store.writer import Writer


def run(options: argparse.Namespace) -> int:
    """Exit code 1, and nothing published, when the content has mistakes."""
    settings = settings_of(options)
    checked, findings = check(settings)
    for item in findings:
        print(f"{near(item.file)}:{item.line or 1}: {item.what}")
    if findings:
        print(f"Checked {checked} things: {len(findings)} to mend. Nothing was published.")
        return FINDINGS
    prepare_folders(settings)
    writer = Writer(open_database(settings))
    try:
        writer.run(lambda tx: ask_to_publish(tx.connection, time.time()))
    finally:
        writer.close()
    print(f"Checked {checked} things. Every running server shows the content as it is now, in a few seconds.")
    return 0
