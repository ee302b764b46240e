"""Migrations of every database on both kinds: up makes what the code declares, down leaves nothing, and up again."""

from __future__ import annotations

import concurrent.futures
import multiprocessing
from typing import TYPE_CHECKING, Any, NamedTuple

import alembic.autogenerate
import pytest
import sqlalchemy
from alembic.migration import MigrationContext

from payport.cli.database import PACKAGES
from payport.database import migrations
from payport.gateway import database as gateway
from payport.gateway import outbox
from payport.gateway.access import tables as access
from payport.institutions.journal import tables as journal
from payport.institutions.sandbox import tables as core
from payport.services import tables as services
from payport.values.refusals import Refusal
from tests.databases import PostgresqlDatabases, plain_engine

if TYPE_CHECKING:
    from tests.databases import Databases, Server


class Layout(NamedTuple):
    """What a package declares."""

    package: str
    metadata: sqlalchemy.MetaData
    version_table: str


LAYOUTS = {
    "port": Layout("payport.gateway", gateway.METADATA, "alembic_version"),
    "journal": Layout("payport.institutions.journal", journal.METADATA, journal.VERSION_TABLE),
    "institution": Layout("payport.services", services.METADATA, services.VERSION_TABLE),
    "core": Layout("payport.institutions.sandbox", core.METADATA, core.VERSION_TABLE),
}


@pytest.fixture(params=LAYOUTS)
def layout(request: pytest.FixtureRequest) -> Layout:
    return LAYOUTS[request.param]


def test_every_database_is_looked_at() -> None:
    assert {outbox.ITEMS.name, access.STAFF.name} <= set(gateway.METADATA.tables)
    assert {name: layout.package for name, layout in LAYOUTS.items()} == PACKAGES


def tables_of(url: str) -> set[str]:
    engine = plain_engine(url)
    return set(sqlalchemy.inspect(engine).get_table_names())


def plain(index: Any) -> dict[str, Any]:
    """Return an index with the condition of a partial one as text."""
    options = {name: str(value) for name, value in index.get("dialect_options", {}).items()}
    return {**index, "dialect_options": options}


def described(url: str, metadata: sqlalchemy.MetaData) -> dict[str, Any]:
    """Return everything the database itself says of the tables: columns, keys, indices, checks."""
    inspector = sqlalchemy.inspect(plain_engine(url))
    found: dict[str, Any] = {}
    for name in metadata.tables:
        columns = [{**each, "type": str(each["type"])} for each in inspector.get_columns(name)]
        found[name] = {
            "columns": columns,
            "primary key": inspector.get_pk_constraint(name),
            "foreign keys": sorted(inspector.get_foreign_keys(name), key=str),
            "unique": sorted(inspector.get_unique_constraints(name), key=str),
            "indices": sorted(str(plain(each)) for each in inspector.get_indexes(name)),
            "checks": sorted(inspector.get_check_constraints(name), key=str),
        }
    return found


def test_up_makes_what_the_code_declares(databases: Databases, layout: Layout) -> None:
    migrated, made = databases.url("migrated"), databases.url("made")
    migrations.migrate(migrated, layout.package)
    migrations.migrate(migrated, layout.package)
    assert tables_of(migrated) == {*layout.metadata.tables, layout.version_table}
    layout.metadata.create_all(plain_engine(made))
    assert described(migrated, layout.metadata) == described(made, layout.metadata)
    with plain_engine(migrated).connect() as connection:
        options = {"version_table": layout.version_table, "compare_type": True, "compare_server_default": True}
        context = MigrationContext.configure(connection, opts=options)
        assert alembic.autogenerate.compare_metadata(context, layout.metadata) == []


def test_down_leaves_nothing_and_up_comes_again(databases: Databases, layout: Layout) -> None:
    url = databases.url()
    head = migrations.revisions(url, layout.package).head
    for _ in range(2):
        assert migrations.revisions(url, layout.package) == (None, head)
        assert tables_of(url) == set(), "to look changes nothing"
        migrations.migrate(url, layout.package)
        assert migrations.revisions(url, layout.package) == (head, head)
        migrations.migrate(url, layout.package, "base")


def test_several_share_one_database(databases: Databases) -> None:
    url = databases.url()
    for layout in LAYOUTS.values():
        migrations.migrate(url, layout.package)
    first, *others = LAYOUTS.values()
    migrations.migrate(url, first.package, "base")
    assert tables_of(url) == {name for each in others for name in (*each.metadata.tables, each.version_table)}


def test_one_of_many_that_begin_at_once_migrates(databases: Databases) -> None:
    url, layout = databases.url(), LAYOUTS["port"]
    with concurrent.futures.ProcessPoolExecutor(3, mp_context=multiprocessing.get_context("spawn")) as pool:
        done = [pool.submit(migrations.migrate, url, layout.package) for _ in range(3)]
        assert [each.result() for each in done] == [None, None, None]
    assert tables_of(url) == {*layout.metadata.tables, layout.version_table}


def test_a_step_that_fails_leaves_nothing_behind(databases: Databases, layout: Layout) -> None:
    url = databases.url()
    *_, last = layout.metadata.sorted_tables
    with plain_engine(url).begin() as connection:
        connection.execute(sqlalchemy.text(f"CREATE TABLE {last.name} (stranger INTEGER)"))
    with pytest.raises(sqlalchemy.exc.DBAPIError):
        migrations.migrate(url, layout.package)
    assert tables_of(url) == {last.name}


def test_unknown_revision(databases: Databases, layout: Layout) -> None:
    url = databases.url()
    with pytest.raises(Refusal, match="unknown_revision"):
        migrations.migrate(url, layout.package, "9999")
    migrations.migrate(url, layout.package)
    with plain_engine(url).begin() as connection:
        connection.execute(sqlalchemy.text(f"UPDATE {layout.version_table} SET version_num = '9999'"))
    with pytest.raises(Refusal, match="unknown_revision"):
        migrations.migrate(url, layout.package)
    assert migrations.revisions(url, layout.package).current == "9999", "a newer version was here, and it is said"


@pytest.mark.postgresql
def test_a_role_that_may_not_change_the_layout_runs_what_its_owner_has_migrated(server_to_stop: Server) -> None:
    databases = PostgresqlDatabases(server_to_stop.url)
    url = databases.url()
    till = sqlalchemy.make_url(url).set(username="till").render_as_string()
    with plain_engine(url).begin() as connection:
        connection.execute(sqlalchemy.text("CREATE ROLE till LOGIN"))
        grant = "ALTER DEFAULT PRIVILEGES GRANT"
        connection.execute(sqlalchemy.text(f"{grant} SELECT, INSERT, UPDATE, DELETE ON TABLES TO till"))
        connection.execute(sqlalchemy.text(f"{grant} USAGE ON SEQUENCES TO till"))
    for layout in LAYOUTS.values():
        with pytest.raises(sqlalchemy.exc.ProgrammingError, match="permission denied"):
            migrations.migrate(till, layout.package)
        migrations.migrate(url, layout.package)
        migrations.migrate(till, layout.package)
        with pytest.raises(sqlalchemy.exc.ProgrammingError, match="must be owner"):
            migrations.migrate(till, layout.package, "base")
    item = {"digest": bytes(32), "envelopes": b"", "valid_until_ms": 1, "kept_at_ms": 1}
    with plain_engine(till).begin() as connection:
        connection.execute(outbox.ITEMS.insert().values(item))
    databases.close()
