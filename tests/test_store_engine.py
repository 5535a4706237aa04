"""Opening the database: its durability is read back, what cannot be trusted is refused, and the schema is one schema."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pysqlite3
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, inspect, text

from hotline.store import engine as engines
from hotline.store import migrations
from hotline.store.engine import StoreError, beat, open_engine
from hotline.store.migrations import HEAD, bring_up, is_present, run_steps
from hotline.store.schema import metadata


def differences(engine: Engine) -> list[Any]:
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        return list(compare_metadata(context, metadata))


def shape(engine: Engine) -> dict[str, Any]:
    """Columns, keys, constraints and indexes of every table, as the database itself tells them."""
    look = inspect(engine)
    return {
        table: (
            [(column["name"], str(column["type"]), column["nullable"]) for column in look.get_columns(table)],
            look.get_pk_constraint(table),
            sorted(look.get_foreign_keys(table), key=str),
            sorted(look.get_unique_constraints(table), key=str),
            sorted(look.get_indexes(table), key=str),
        )
        for table in look.get_table_names()
        if table != "alembic_version"
    }


def step_by_step(engine: Engine) -> None:
    with engine.connect().execution_options(writing=True) as connection, connection.begin():
        run_steps(connection)


@pytest.mark.parametrize("way", [bring_up, step_by_step])
def test_a_database_brought_up_has_exactly_the_schema(database_url: str, way: Any) -> None:
    engine = open_engine(database_url)
    assert not is_present(engine)
    way(engine)
    assert is_present(engine)
    assert differences(engine) == []
    bring_up(engine)
    assert differences(engine) == []
    engine.dispose()


def test_the_steps_and_the_schema_make_the_very_same_tables(database_url: str) -> None:
    engine = open_engine(database_url)
    step_by_step(engine)
    by_steps = shape(engine)
    with engine.connect().execution_options(writing=True) as connection, connection.begin():
        metadata.drop_all(connection)
        connection.execute(text("DROP TABLE alembic_version"))
    bring_up(engine)
    assert shape(engine) == by_steps
    engine.dispose()


def test_head_is_the_newest_step_on_disk_and_every_step_follows_the_one_before() -> None:
    folder = Path(migrations.__file__).parent / "versions"
    steps = [
        re.findall(r"^(?:down_)?revision = (.+)$", path.read_text(), re.MULTILINE) for path in folder.glob("v*.py")
    ]
    revisions = sorted(revision.strip('"') for revision, _ in steps)
    assert revisions[-1] == HEAD
    assert {before.strip('"') for _, before in steps} == {"None", *revisions[:-1]}


def test_a_database_of_a_newer_program_is_refused(database_url: str) -> None:
    engine = open_engine(database_url)
    bring_up(engine)
    with engine.connect().execution_options(writing=True) as connection, connection.begin():
        connection.execute(text("UPDATE alembic_version SET version_num = '0999'"))
    with pytest.raises(StoreError) as caught:
        is_present(engine)
    assert str(caught.value) == (
        f"The database is at revision 0999, newer than this program ({HEAD}): run the newer one."
    )
    engine.dispose()


def test_anybodys_commit_changes_the_beat_and_reading_does_not(database_url: str) -> None:
    engine = open_engine(database_url)
    bring_up(engine)
    with engine.connect() as connection:
        first = beat(connection)
        connection.rollback()
        assert beat(connection) == first
        connection.rollback()
        with engine.connect().execution_options(writing=True) as other, other.begin():
            other.execute(text("INSERT INTO heartbeats (name, at) VALUES ('web', 1)"))
        assert beat(connection) != first
    engine.dispose()


class TestSqlite:
    def test_every_pragma_is_in_force_on_every_connection(self, tmp_path: Path) -> None:
        engine = open_engine(str(tmp_path / "hotline.db"))
        for _ in range(2):
            with engine.connect() as connection:
                got = {
                    name: connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()
                    for name in ("journal_mode", "synchronous", "secure_delete", "foreign_keys", "temp_store")
                }
                assert connection.exec_driver_sql("PRAGMA busy_timeout").scalar_one() == engines.BUSY_MILLISECONDS
            assert got == {
                "journal_mode": "wal",
                "synchronous": 2,
                "secure_delete": 1,
                "foreign_keys": 1,
                "temp_store": 2,
            }

    def test_a_pragma_that_does_not_take_refuses_the_database(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setitem(engines._PRAGMAS, "secure_delete", 7)
        with pytest.raises(StoreError) as caught:
            open_engine(str(tmp_path / "hotline.db")).connect()
        assert str(caught.value) == (
            "SQLite did not take PRAGMA secure_delete = 7 (it says 1): this database is refused."
        )

    @pytest.mark.parametrize(("version", "refused"), [((3, 51, 2), True), ((3, 40, 1), True), ((3, 51, 3), False)])
    def test_an_engine_that_can_corrupt_its_log_is_refused(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: tuple[int, int, int], refused: bool
    ) -> None:
        monkeypatch.setattr(pysqlite3, "sqlite_version_info", version)
        monkeypatch.setattr(pysqlite3, "sqlite_version", ".".join(map(str, version)))
        if not refused:
            open_engine(str(tmp_path / "hotline.db"))
            return
        with pytest.raises(StoreError) as caught:
            open_engine(str(tmp_path / "hotline.db"))
        assert str(caught.value) == (
            f"The SQLite engine is {'.'.join(map(str, version))}, older than 3.51.3: reinstall from requirements.lock."
        )

    def test_the_engine_we_install_is_new_enough(self) -> None:
        assert pysqlite3.sqlite_version_info >= engines.OLDEST_SQLITE

    def test_a_path_may_be_written_plainly_or_as_an_address(self, tmp_path: Path) -> None:
        for url in (str(tmp_path / "a" / "one.db"), f"sqlite:///{tmp_path}/b/one.db"):
            open_engine(url).connect().close()
        assert (tmp_path / "a" / "one.db").exists()
        assert (tmp_path / "b" / "one.db").exists()
        assert (tmp_path / "a").stat().st_mode & 0o077 == 0

    def test_a_reader_does_not_wait_for_a_writer(self, tmp_path: Path) -> None:
        engine = open_engine(str(tmp_path / "hotline.db"))
        bring_up(engine)
        with engine.connect().execution_options(writing=True) as writing, writing.begin():
            writing.execute(text("INSERT INTO heartbeats (name, at) VALUES ('web', 1)"))
            with engine.connect() as reading:
                assert reading.execute(text("SELECT count(*) FROM heartbeats")).scalar_one() == 0


@pytest.mark.parametrize("url", ["mysql://here/db", "oracle://x", "http://x"])
def test_another_kind_of_database_is_refused_in_one_sentence(url: str) -> None:
    with pytest.raises(StoreError) as caught:
        open_engine(url)
    scheme = url.split("://")[0]
    assert str(caught.value) == (f"HOTLINE_DATABASE_URL begins with {scheme}://: use a file path or postgresql://")


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_every_spelling_of_postgresql_is_understood(scheme: str) -> None:
    engine = open_engine(f"{scheme}://someone@host/name")
    assert (engine.dialect.name, engine.dialect.driver) == ("postgresql", "psycopg")
