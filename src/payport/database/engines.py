"""Opening a database, so that both kinds keep what was committed, wait as long as each other, and fail by one name.

An engine is plain: a transaction sees what others commit meanwhile, and begins with its first change. :func:`writer`
and :func:`reader` return the same engine for transactions that need more.
"""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Any, Final

import sqlalchemy
from sqlalchemy import event
from sqlalchemy.ext.asyncio import create_async_engine

from payport.database.url import with_driver
from payport.values.refusals import RefusalClass, RefusalCode

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection, Engine
    from sqlalchemy.engine import ExceptionContext
    from sqlalchemy.ext.asyncio import AsyncEngine

DATABASE_UNAVAILABLE: Final = RefusalCode(
    "database_unavailable",
    RefusalClass.UNAVAILABLE,
    "The database does not answer just now; try again shortly, a payment with the same bytes.",
    "数据库暂时没有响应，请稍后重试；付款请用相同内容重新提交。",
)
"""Not reachable, restarting, full, locked for too long, or too slow. What was under way may or may not be committed."""

REFUSALS: Final = (DATABASE_UNAVAILABLE,)
"""Refusals of this module."""

BUSY_SECONDS: Final[float] = 10
"""How long a transaction waits for what another one has locked."""

STATEMENT_SECONDS: Final = 30
"""How long one statement may take on PostgreSQL; migrations are not bounded."""

IDLE_SECONDS: Final = 60
"""How long a transaction of PostgreSQL may lie idle before the server ends it and frees what it has locked."""

CONNECT_SECONDS: Final = 5
"""How long opening a connection to PostgreSQL may take."""

POOL_CONNECTIONS: Final = 8
"""Connections of one engine of one process; further callers wait. A worker of the port has two engines, so the 100
connections a PostgreSQL server allows by default are enough for six workers."""

CACHE_KIB: Final = 64 * 1024
"""Pages an SQLite connection keeps: an index by account touches pages all over the file."""

CHECKPOINT_PAGES: Final = 10_000
"""Pages of the log of SQLite before they go into the file, 40 MB: a page that many payments change goes there once."""

WRITES: Final = "payport_writes"
"""Execution option of a connection that is about to write."""

SNAPSHOT: Final = "payport_snapshot"
"""Execution option of a connection that reads several times and must see one state."""

_SQLITE_AWAY: Final = frozenset(
    {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_FULL, sqlite3.SQLITE_CANTOPEN}
)
_PRIMARY_CODE: Final = 0xFF


def open_database(url: str, *, rebuildable: bool = False, **options: Any) -> AsyncEngine:  # noqa: ANN401 - SQLAlchemy's
    """Open a database for an event loop; nothing is connected yet. Raises ``unsupported_database``.

    What is ``rebuildable`` may lose its newest rows in a power cut, never its consistency.
    """
    chosen = with_driver(url, asynchronous=True)
    engine = create_async_engine(chosen, **_arguments(chosen), **options)
    _prepare(engine.sync_engine, "NORMAL" if rebuildable else "FULL")
    return engine


def open_blocking(url: str, *, rebuildable: bool = False) -> Engine:
    """Open a database for a thread; see :func:`open_database`."""
    chosen = with_driver(url, asynchronous=False)
    engine = sqlalchemy.create_engine(chosen, **_arguments(chosen))
    _prepare(engine, "NORMAL" if rebuildable else "FULL")
    return engine


def writer(engine: AsyncEngine) -> AsyncEngine:
    """Return the same database for transactions that write: what they decide on cannot change under them.

    SQLite lets in one at a time. On PostgreSQL a statement sees what others have committed, and it is the caller who
    locks what he decides on, or writes the condition into the statement that changes.
    """
    return engine.execution_options(**{WRITES: True})


def reader(engine: AsyncEngine) -> AsyncEngine:
    """Return the same database for transactions that only read: all statements of one see the same state."""
    options: dict[str, Any] = {SNAPSHOT: True}
    if engine.dialect.name == "postgresql":
        options["isolation_level"] = "REPEATABLE READ"
    return engine.execution_options(**options)


def open_for_migration(url: str) -> Engine:
    """Open a database for a change of its layout, which may take long, and rebuilds tables that others point to."""
    chosen = with_driver(url, asynchronous=False)
    arguments: dict[str, Any] = {"hide_parameters": True, "poolclass": sqlalchemy.pool.NullPool}
    if chosen.get_backend_name() == "postgresql":
        arguments["connect_args"] = _connection_arguments(chosen, statement_seconds=0)
    engine = sqlalchemy.create_engine(chosen, **arguments)
    _prepare(engine, "FULL", foreign_keys="OFF")
    return engine


def _arguments(url: sqlalchemy.URL) -> dict[str, Any]:
    """Return what every engine is made with."""
    pool = {"pool_size": POOL_CONNECTIONS, "max_overflow": 0, "pool_timeout": BUSY_SECONDS}
    arguments: dict[str, Any] = {"hide_parameters": True, **pool}
    if url.get_backend_name() == "postgresql":
        arguments["connect_args"] = _connection_arguments(url, STATEMENT_SECONDS)
    return arguments


def _connection_arguments(url: sqlalchemy.URL, statement_seconds: int) -> dict[str, str]:
    """Return the limits of a connection to PostgreSQL; what the URL says itself stands."""
    limits = {
        "statement_timeout": statement_seconds,
        "lock_timeout": BUSY_SECONDS,
        "idle_in_transaction_session_timeout": IDLE_SECONDS,
    }
    own = {"connect_timeout": str(CONNECT_SECONDS), "application_name": "payport", "client_encoding": "utf8"}
    options = [f"-c {name}={round(seconds * 1_000)}" for name, seconds in limits.items()]
    return {
        **{name: value for name, value in own.items() if name not in url.query},
        "options": " ".join([*options, *url.normalized_query.get("options", ())]),
    }


def _prepare(engine: Engine, synchronous: str, foreign_keys: str = "ON") -> None:
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _sqlite_preparer(synchronous, foreign_keys))
        event.listen(engine, "begin", _begin_sqlite)
    event.listen(engine, "handle_error", _tell_unavailable)


def _sqlite_preparer(synchronous: str, foreign_keys: str) -> Callable[[Any, object], None]:
    def prepare(connection: Any, _record: object) -> None:  # noqa: ANN401 - the driver's own connection
        cursor = connection.cursor()
        # First, so that the change of the journal waits too where another process opens the file as well.
        cursor.execute(f"PRAGMA busy_timeout={round(BUSY_SECONDS * 1_000)}")
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute(f"PRAGMA synchronous={synchronous}")
        cursor.execute(f"PRAGMA foreign_keys={foreign_keys}")
        cursor.execute(f"PRAGMA cache_size=-{CACHE_KIB}")
        cursor.execute(f"PRAGMA wal_autocheckpoint={CHECKPOINT_PAGES}")
        cursor.close()

    return prepare


def _begin_sqlite(connection: Connection) -> None:
    # The driver begins a transaction with its first change. One that reads before needs it to begin at once, and one
    # that will write takes the lock before it reads, so that what it decided on cannot change under it.
    options = connection.get_execution_options()
    if options.get(WRITES, False):
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    elif options.get(SNAPSHOT, False):
        connection.exec_driver_sql("BEGIN")


def _tell_unavailable(context: ExceptionContext) -> None:
    """Give what time cures one name, without statement and values; the driver's error stays its cause."""
    error = context.original_exception
    if not isinstance(error, Exception):
        return  # a caller who no longer waits, which also costs the connection
    if isinstance(error, sqlite3.Error):
        code = getattr(error, "sqlite_errorcode", None)
        away = code is not None and code & _PRIMARY_CODE in _SQLITE_AWAY
    else:
        away = context.is_disconnect or isinstance(context.sqlalchemy_exception, sqlalchemy.exc.OperationalError)
    if away:
        DATABASE_UNAVAILABLE.refuse(type(error).__name__)


def reason(error: BaseException) -> str:
    """Return what to tell an operator: the error, and for a refusal also what the database said."""
    said = str(error.__cause__).strip().splitlines() if error.__cause__ is not None else []
    return f"{error}: {said[0]}" if said else str(error)
