"""Changing the layout of a database that holds what nothing else does: numbered steps, up and down.

A package with such a database has a folder ``migrations``: an environment that calls :func:`run_migrations`, and one
file a step. Several may share one database, because each keeps its number in a table of its own. A step is done whole
or not at all, and of several processes that begin it at once one does it.
"""

from __future__ import annotations

import contextlib
import zlib
from importlib import resources
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import alembic.command
import alembic.config
import sqlalchemy
from alembic.runtime.environment import EnvironmentContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError

from payport.database.engines import WRITES, open_for_migration
from payport.values.refusals import RefusalClass, RefusalCode

if TYPE_CHECKING:
    from collections.abc import Iterator

UNKNOWN_REVISION: Final = RefusalCode(
    "unknown_revision",
    RefusalClass.CONFLICT,
    "The layout of the database, or the one asked for, is not known to this version.",
    "当前版本不认识该数据库的结构版本或所请求的结构版本。",
)
"""A newer version has migrated it, or the number is wrong."""

REFUSALS: Final = (UNKNOWN_REVISION,)
"""Refusals of this module."""

BASE: Final = "base"
"""The revision before the first: no tables at all."""

HEAD: Final = "head"
"""The newest revision."""


class Revisions(NamedTuple):
    """Where a database is."""

    current: str | None
    """Revision of its tables; ``None`` where it has none."""
    head: str
    """Newest revision this version knows."""


def migrate(url: str, package: str, revision: str = HEAD) -> None:
    """Bring the tables of ``package`` up to ``revision``, or remove them for ``base``.

    Raises ``unsupported_database``, ``database_unavailable``, ``unknown_revision``.
    """
    if revision == BASE:
        downgrade(url, package, revision)
        return
    with _known():
        alembic.command.upgrade(_config(url, package), revision)


def downgrade(url: str, package: str, revision: str) -> None:
    """Take the tables of ``package`` back to ``revision``; what only later layouts hold is lost."""
    with _known():
        alembic.command.downgrade(_config(url, package), revision)


def revisions(url: str, package: str) -> Revisions:
    """Return where the tables of ``package`` are; changes nothing."""
    config = _config(url, package)
    script = ScriptDirectory.from_config(config)
    found: list[str] = []

    def look(current: Any, _context: Any) -> list[Any]:  # noqa: ANN401 - Alembic's own
        found.extend(current)
        return []

    with _known(), EnvironmentContext(config, script, fn=look, dont_mutate=True):
        script.run_env()
    head = script.get_current_head()
    assert head is not None, "a package with migrations has at least one"
    return Revisions(found[0] if found else None, head)


def run_migrations(attributes: dict[str, Any], metadata: sqlalchemy.MetaData, version_table: str) -> None:
    """Run what was asked for; called by the environment of each package."""
    # Imported here: Alembic offers it only while a migration runs.
    from alembic import context  # noqa: PLC0415

    engine = open_for_migration(attributes["url"])
    with engine.connect().execution_options(**{WRITES: True}) as connection:
        context.configure(
            connection=connection,
            target_metadata=metadata,
            version_table=version_table,
            render_as_batch=True,
            transactional_ddl=True,
        )
        with context.begin_transaction():
            _wait_for_others(connection, version_table)
            context.run_migrations()
            if not context.get_context().get_current_heads():
                connection.execute(sqlalchemy.schema.DropTable(_table(version_table), if_exists=True))


def _wait_for_others(connection: sqlalchemy.Connection, version_table: str) -> None:
    """Let one process at a time migrate; SQLite's own lock does it there."""
    if connection.dialect.name == "postgresql":
        lock = sqlalchemy.func.pg_advisory_xact_lock(zlib.crc32(version_table.encode()))
        connection.execute(sqlalchemy.select(lock))


def _table(name: str) -> sqlalchemy.Table:
    return sqlalchemy.Table(name, sqlalchemy.MetaData())


def _config(url: str, package: str) -> alembic.config.Config:
    config = alembic.config.Config()
    config.set_main_option("script_location", str(resources.files(package) / "migrations"))
    config.attributes["url"] = url
    return config


@contextlib.contextmanager
def _known() -> Iterator[None]:
    try:
        yield
    except CommandError as error:
        UNKNOWN_REVISION.refuse(str(error))
