"""Posters from the settings: the words of offered languages, the ways in, and where made sheets are kept."""

from __future__ import annotations

from collections.abc import Mapping

from app.settings import Settings
from campaigns.posters import web
from campaigns.posters.maker import House, Maker
from hotline.console.web import Console, Row
from hotline.language import Words
from hotline.store.shelf import Shelf


def house_of(settings: Settings) -> House:
    return House(settings.public_url, settings.ways, settings.emergency)


def maker_of(settings: Settings) -> Maker:
    return Maker(settings.templates / "posters", settings.home / "print")


def offered_words(shelf: Shelf) -> Mapping[str, Words]:
    """The public words of the languages that are offered."""
    return {tag: shelf.pages[tag] for tag in shelf.offered}


def poster_rows(settings: Settings, shelf: Shelf, console: Console) -> list[Row]:
    """The console's pages of posters."""
    desk = web.Desk(console, settings.content, offered_words(shelf), house_of(settings), maker_of(settings))
    return web.table(desk)
