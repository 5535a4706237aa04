"""Statements of the hot path, compiled to SQL once per dialect and then handed straight to the driver.

SQLAlchemy still writes the SQL; what is left out is its work per execution, which cost more than the database's own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, bindparam
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.elements import BindParameter
from sqlalchemy.sql.expression import Executable

Row = Mapping[str, Any]

Build = Callable[[str, int], Executable]
"""Builds the statement for (dialect, how many values its list has)."""


class Prepared:
    """One statement. `build` gets the dialect's name and the length of the list it is to look in, if it has one."""

    def __init__(self, build: Build) -> None:
        self._build = build
        self._compiled: dict[tuple[str, int], tuple[str, list[str] | None]] = {}

    def run(self, connection: Connection, values: Mapping[str, Any], among: Sequence[bytes] = ()) -> list[Row]:
        """Execute with named values inside the running transaction; `among` fills the statement's list."""
        dialect = connection.dialect
        key = (dialect.name, len(among))
        if key not in self._compiled:
            compiled: Any = self._build(*key).compile(dialect=dialect)  # type: ignore[attr-defined]
            self._compiled[key] = (str(compiled), list(compiled.positiontup) if compiled.positional else None)
        text, order = self._compiled[key]
        named = {**values, **{f"among_{place}": value for place, value in enumerate(among)}}
        return _executed(connection, text, named if order is None else tuple(named[name] for name in order))


def _executed(connection: Connection, text: str, values: Any) -> list[Row]:
    """The rows, with the driver's errors told as SQLAlchemy tells them (their values kept out)."""
    error: Any = connection.dialect.loaded_dbapi.Error
    cursor: Any = connection.connection.cursor()
    try:
        cursor.execute(text, values)
        if cursor.description is None:
            return []
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    except error as fault:
        raise DBAPIError.instance(text, None, fault, error, hide_parameters=True, dialect=connection.dialect) from fault
    finally:
        cursor.close()


def among(count: int) -> list[BindParameter[Any]]:
    """The values of a list of that length, for `column.in_(among(count))`."""
    return [bindparam(f"among_{place}") for place in range(count)]
