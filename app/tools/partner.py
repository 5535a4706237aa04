"""`hotline partner`: what a partner organisation needs of us, and which partners we know."""

from __future__ import annotations

import argparse

from app.assemble import prepare_folders
from app.cli import settings_of
from app.parcels import PATH
from app.partners import partners_of


def run(options: argparse.Namespace) -> int:
    """`key` prints the lines for the other side's config.toml; `list` our own partners."""
    settings = settings_of(options)
    if options.deed == "list":
        for partner in settings.partners.values():
            print(f"{partner.name}: {partner.url}{PATH}")
        if not settings.partners:
            print("No partners: write a table [partners.NAME] in config.toml (docs/partners.md).")
        return 0
    prepare_folders(settings)
    own = partners_of(settings).own
    assert own is not None, "partners_of gives keys"
    name = settings.organisation.replace("\\", "").replace('"', "'")
    print("# For the partner's config.toml. Tell it to somebody you know, by telephone or in person.")
    print(f'[partners."{name}"]')
    print(f'url = "{settings.public_url}"')
    print(f'key = "{own.public.text()}"')
    return 0
