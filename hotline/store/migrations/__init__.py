"""The steps that bring any database to the present schema. `bring_up` runs them when, and only when, any is missing."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Engine, inspect, text

from hotline.store.engine import StoreError

HEAD = "0001"
"""The revision this code needs; a test holds it against the newest file under versions/."""


def is_present(engine: Engine) -> bool:
    """Whether the database already stands at HEAD. Cheap: alembic is not loaded."""
    with engine.connect() as connection:
        if "alembic_version" not in inspect(connection).get_table_names():
            return False
        found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()
    if found is not None and found > HEAD:
        raise StoreError(f"The database is at revision {found}, newer than this program ({HEAD}): run the newer one.")
    return found == HEAD


def bring_up(engine: Engine) -> None:
    """Run every missing step. One process at a time; the others wait for it."""
    from alembic import command
    from alembic.config import Config

    with engine.connect().execution_options(writing=True) as connection, connection.begin():
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(6077)"))
        config = Config()
        config.set_main_option("script_location", str(Path(__file__).parent))
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
