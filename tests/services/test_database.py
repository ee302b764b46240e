"""The layout of an institution's own database: its migrations make it, beside the journal's, and remove it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import alembic.autogenerate
import sqlalchemy
from alembic.migration import MigrationContext

from payport.institutions.database import migrate
from payport.institutions.journal.journal import Journal
from payport.services import database
from payport.services.tables import METADATA, VERSION_TABLE

if TYPE_CHECKING:
    from pathlib import Path


def test_migrations_make_the_tables_and_remove_them(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'east.sqlite'}"
    Journal.prepare(url)
    for _ in range(2):
        database.prepare(url)
    engine = sqlalchemy.create_engine(url, poolclass=sqlalchemy.pool.NullPool)
    tables = {*METADATA.tables, VERSION_TABLE}
    with engine.connect() as connection:
        options = {
            "version_table": VERSION_TABLE,
            "include_name": lambda name, kind, _: kind != "table" or name in tables,
            "compare_type": True,
        }
        assert (
            alembic.autogenerate.compare_metadata(MigrationContext.configure(connection, opts=options), METADATA) == []
        )
        sql = sqlalchemy.text("SELECT sql FROM sqlite_master WHERE name = :name")
        for table in METADATA.sorted_tables:
            made = connection.execute(sql, {"name": table.name}).scalar_one()
            declared = str(sqlalchemy.schema.CreateTable(table).compile(engine))
            assert made.split() == declared.split(), "checks included"
    migrate(url, database.PACKAGE, "base")
    left = set(sqlalchemy.inspect(engine).get_table_names())
    assert not left & set(METADATA.tables)
    assert "journal_fundings" in left
    engine.dispose()
