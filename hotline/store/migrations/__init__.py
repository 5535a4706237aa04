"""The steps that bring any database to the present schema. `bring_up` runs them when, and only when, any is missing."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, text
from sqlalchemy.exc import DBAPIError

from hotline.store.engine import StoreError
from hotline.store.schema import metadata

HEAD = "0005"
"""The revision this code needs; a test holds it against the newest file under versions/."""


def is_present(engine: Engine) -> bool:
    """Whether the database already stands at HEAD. Cheap: alembic is not loaded."""
    with _connected(engine) as connection:
        if "alembic_version" not in inspect(connection).get_table_names():
            return False
        found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()
    if found is not None and found > HEAD:
        raise StoreError(f"The database is at revision {found}, newer than this program ({HEAD}): run the newer one.")
    return found == HEAD


@contextlib.contextmanager
def _connected(engine: Engine) -> Iterator[Connection]:
    """A connection, or StoreError: here is where a database that cannot be used shows first."""
    try:
        with engine.connect() as connection:
            yield connection
    except DBAPIError as fault:
        place = engine.url.render_as_string(hide_password=True)
        raise StoreError(
            f"The database {place} cannot be used: is HOTLINE_DATABASE_URL right, and does it run?"
        ) from fault


def bring_up(engine: Engine) -> None:
    """Make the tables of a new database, or run every step an older one misses. One process at a time; others wait.

    A new database gets the schema itself, so that the first start need not load alembic; a test holds the two equal.
    """
    with engine.connect().execution_options(writing=True) as connection, connection.begin():
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(6077)"))
        if not inspect(connection).get_table_names():
            metadata.create_all(connection)
            connection.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32) PRIMARY KEY)"))
            connection.execute(text("INSERT INTO alembic_version VALUES (:head)"), {"head": HEAD})
        else:
            run_steps(connection)


def run_steps(connection: Connection) -> None:
    """Alembic's upgrade to the newest step, inside the transaction of this connection."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
