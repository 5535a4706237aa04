"""Opens the database: SQLite (embedded) or PostgreSQL, with the durability and erasure that the promises need."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, Table, create_engine, event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import NullPool

OLDEST_SQLITE = (3, 51, 3)
"""Older ones can corrupt the write-ahead log when two connections checkpoint at once (sqlite.org, WAL-reset bug)."""

BUSY_MILLISECONDS = 4000
TURN_SECONDS = 0.002

_PRAGMAS = {"journal_mode": "wal", "synchronous": 2, "secure_delete": 1, "foreign_keys": 1, "temp_store": 2}


class StoreError(Exception):
    """The database cannot be used; says which and what to do."""


class StoreUnavailable(Exception):
    """Nothing can be stored at the moment (disk full, database locked or gone): do not acknowledge, try again."""


def open_engine(url: str) -> Engine:
    """An engine for `postgresql://…` or for a SQLite path. Raises StoreError with the remedy."""
    if re.match(r"postgres(ql)?(\+psycopg)?://", url):
        address = re.sub(r"^postgres(ql)?(\+psycopg)?://", "postgresql+psycopg://", url)
        return create_engine(address, pool_pre_ping=True, pool_size=8, connect_args={"connect_timeout": 5})
    if "://" in url and not url.startswith("sqlite:///"):
        raise StoreError(f"HOTLINE_DATABASE_URL begins with {url.split('://')[0]}://: use a file path or postgresql://")
    return _sqlite(Path(url.removeprefix("sqlite:///")))


def _sqlite(path: Path) -> Engine:
    import pysqlite3

    if pysqlite3.sqlite_version_info < OLDEST_SQLITE:
        raise StoreError(
            f"The SQLite engine is {pysqlite3.sqlite_version}, older than 3.51.3: reinstall from requirements.lock."
        )
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    engine = create_engine(
        f"sqlite:///{path}",
        module=pysqlite3.dbapi2,
        poolclass=NullPool,
        connect_args={"check_same_thread": False, "isolation_level": None},
    )
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


def _prepare(connection: Any, _record: object) -> None:
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {BUSY_MILLISECONDS}")
    for name, value in _PRAGMAS.items():
        cursor.execute(f"PRAGMA {name} = {value}")
        got = cursor.execute(f"PRAGMA {name}").fetchone()[0]
        if got != value:
            raise StoreError(f"SQLite did not take PRAGMA {name} = {value} (it says {got}): this database is refused.")
    cursor.close()


def _begin(connection: Connection) -> None:
    # Taking the write lock at once means that a busy database shows before anything is done, not half-way.
    if not connection.get_execution_options().get("writing", False):
        connection.exec_driver_sql("BEGIN")
        return
    raw: Any = connection.connection.driver_connection
    raw.execute("PRAGMA busy_timeout = 0")
    try:
        _take_lock(connection)
    finally:
        raw.execute(f"PRAGMA busy_timeout = {BUSY_MILLISECONDS}")


def _take_lock(connection: Connection) -> None:
    """Ask for the write lock every TURN_SECONDS. SQLite itself asks ever more seldom, ten times a second in the end:
    whoever commits without a pause, as a flooded server does, would keep another process out for many seconds."""
    give_up = time.monotonic() + BUSY_MILLISECONDS / 1000
    while True:
        try:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            return
        except OperationalError as fault:
            if "locked" not in str(fault.orig) or time.monotonic() >= give_up:
                raise
        time.sleep(TURN_SECONDS)


def insert_in(dialect: str, table: Table) -> Any:
    """An INSERT that knows ON CONFLICT, in the dialect of that name."""
    return (postgresql if dialect == "postgresql" else sqlite).insert(table)


def insert_for(connection: Connection, table: Table) -> Any:
    return insert_in(connection.dialect.name, table)


def erase_remains(connection: Connection) -> bool:
    """Empty the write-ahead log, so that deleted rows leave no copy in it. False: a reader was in the way, try again."""
    if connection.dialect.name != "sqlite":
        return True
    # Past SQLAlchemy, which would open a transaction first: a checkpoint inside one is refused as busy.
    raw: Any = connection.connection.driver_connection
    raw.execute("PRAGMA busy_timeout = 0")  # whoever writes must not wait behind us for a slow reader
    try:
        return int(raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]) == 0
    finally:
        raw.execute(f"PRAGMA busy_timeout = {BUSY_MILLISECONDS}")


def beat(connection: Connection) -> object:
    """A value that changes whenever anything has been committed by anybody: ask it again to notice news."""
    question = "PRAGMA data_version" if connection.dialect.name == "sqlite" else "SELECT pg_current_wal_insert_lsn()"
    return connection.exec_driver_sql(question).scalar_one()
