"""Under which name a provider keeps words of the script, so that they are made there once. Never a caller's words."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

from sqlalchemy import Connection, Engine, delete, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoConnectionLeft

from hotline.store.engine import StoreError, insert_for
from hotline.store.schema import contents

_TROUBLE = (DBAPIError, NoConnectionLeft, StoreError, OSError)


class Contents:
    """Names by key. `open_database` is called when first needed. Trouble with the database never reaches a caller's
    reply: what cannot be looked up is made again, what cannot be kept is remembered by this process only."""

    def __init__(self, open_database: Callable[[], Engine]) -> None:
        self._open = open_database
        self._known: dict[str, str] = {}

    @cached_property
    def _engine(self) -> Engine:
        return self._open()

    def find(self, key: str) -> str | None:
        """The provider's name, or None if there is none yet."""
        if key in self._known:
            return self._known[key]
        try:
            with self._engine.connect() as connection:
                name = connection.execute(select(contents.c.name).where(contents.c.key == key)).scalar_one_or_none()
        except _TROUBLE:
            return None
        if name is not None:
            self._known[key] = name
        return name

    def keep(self, key: str, name: str) -> None:
        self._known[key] = name
        self._write(
            lambda connection: connection.execute(
                insert_for(connection, contents).values(key=key, name=name).on_conflict_do_nothing()
            )
        )

    def forget(self, key: str) -> None:
        """The provider has it no more."""
        self._known.pop(key, None)
        self._write(lambda connection: connection.execute(delete(contents).where(contents.c.key == key)))

    def _write(self, do: Callable[[Connection], object]) -> None:
        try:
            with self._engine.connect().execution_options(writing=True) as connection, connection.begin():
                do(connection)
        except _TROUBLE:
            return
