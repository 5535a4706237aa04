"""The editor for campaign managers, put together."""

from __future__ import annotations

from app.pages import Pages
from app.publishing import ask_to_publish
from app.settings import Settings
from campaigns import editor
from campaigns.editing.deeds import House
from campaigns.editing.desk import Editing
from hotline.console.web import Console, Row
from hotline.store.shelf import Shelf


def editor_rows(settings: Settings, shelf: Shelf, pages: Pages, console: Console) -> list[Row]:
    """Its addresses in the console."""
    house = House(settings.organisation, settings.two_people, settings.machine_unread)
    return editor.table(Editing(console, settings.content, pages.page, shelf.offered, house, ask_to_publish))
