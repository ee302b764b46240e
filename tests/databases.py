"""Real databases for any test: SQLite in a file, and PostgreSQL from a server the tests start or are given.

Ask for the fixture ``databases``: the test then runs once on each kind, and ``databases.url(name)`` makes it an empty
database. The server is the one ``PAYPORT_TEST_POSTGRES`` names (a URL of a role that may create databases), or one of
the test run's own, in a temporary directory, that listens on a unix socket alone and is gone afterwards.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol, TypeVar

import psycopg
import pytest
import sqlalchemy

from payport.database.url import with_driver

if TYPE_CHECKING:
    from collections.abc import Iterator

GIVEN: Final = "PAYPORT_TEST_POSTGRES"
"""Variable that names a server to use instead of starting one."""

KINDS: Final = ("sqlite", "postgresql")

INSTALL: Final = (
    f"PostgreSQL is not installed: apt-get install -y postgresql, or name a server in {GIVEN}=postgresql://..."
)

USER: Final = "payport"
START_SECONDS: Final = 60

# Nothing has to survive the test run, and an order of text that is not that of bytes shows what relies on one.
SETTINGS: Final = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "200",
    "shared_buffers": "64MB",
    "listen_addresses": "",
    "log_min_messages": "fatal",
}
INITDB: Final = ("--no-sync", "--auth=trust", f"--username={USER}", "--encoding=UTF8", "--locale=C")
ORDER: Final = ("--locale-provider=icu", "--icu-locale=en-US")


class NoServerError(Exception):
    """No PostgreSQL can be had; the text says what to do."""


def programs() -> Path:
    """Return the directory of the server's programs; raises where there is none."""
    found = shutil.which("initdb")
    if found is not None:
        return Path(found).resolve().parent
    # Debian keeps them outside PATH, one directory a version.
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: float(path.parts[-3]))
    if not versions:
        raise NoServerError(INSTALL)
    return versions[-1].parent


class Server:
    """A PostgreSQL server of the tests' own."""

    def __init__(self) -> None:
        self._programs = programs()
        # Its own place, not pytest's: the path of a socket is short, and the server may run as another user.
        self.folder = Path(tempfile.mkdtemp(prefix="payport-postgresql-"))
        # It ends with the test run, however that ends.
        self._as = ["setpriv", "--pdeathsig=QUIT"]
        if os.geteuid() == 0:
            # The server refuses to run as root.
            try:
                shutil.chown(self.folder, "postgres", "postgres")
            except LookupError as error:
                raise NoServerError(
                    "there is no user postgres to run the server as; it refuses to run as root"
                ) from error
            self._as += ["--reuid=postgres", "--regid=postgres", "--clear-groups"]
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"postgresql://{USER}@/postgres?host={self.folder}"

    def create(self) -> None:
        data = str(self.folder / "data")
        for order in (ORDER, ()):  # a server built without ICU has the order of bytes alone
            command = [*self._as, str(self._programs / "initdb"), "-D", data, *INITDB, *order]
            made = subprocess.run(command, capture_output=True, text=True, check=False, cwd="/")
            if made.returncode == 0:
                return
        raise NoServerError(f"initdb failed: {made.stderr.strip()}")

    def start(self) -> None:
        settings = [part for name, value in SETTINGS.items() for part in ("-c", f"{name}={value}")]
        command = [*self._as, str(self._programs / "postgres"), "-D", str(self.folder / "data"), *settings]
        command += ["-c", f"unix_socket_directories={self.folder}"]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log, cwd="/", start_new_session=True)
        self._await_ready()

    def _await_ready(self) -> None:
        probe = [str(self._programs / "pg_isready"), "-q", "-h", str(self.folder), "-t", str(START_SECONDS)]
        assert self._process is not None
        while subprocess.run(probe, check=False).returncode:
            if self._process.poll() is not None:
                raise NoServerError(f"the server ended: {(self.folder / 'log').read_text()[-2_000:]}")

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """Stop it: SIGINT ends every connection, SIGQUIT is as if it crashed."""
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(START_SECONDS)
            self._process = None

    def close(self) -> None:
        self.stop(signal.SIGQUIT)
        shutil.rmtree(self.folder, ignore_errors=True)


@contextlib.contextmanager
def own_server() -> Iterator[Server]:
    """Run a server of one's own, which may be stopped and started again; raises ``NoServerError``."""
    server = Server()
    try:
        server.create()
        server.start()
        yield server
    finally:
        server.close()


@contextlib.contextmanager
def any_server() -> Iterator[str]:
    """Return the URL of a server: the one that was named, or one of our own."""
    given = os.environ.get(GIVEN)
    if given:
        yield given
        return
    with own_server() as server:
        yield server.url


def no_server(error: NoServerError) -> None:
    """End a test that needs a server: it fails where nothing may be left out, and is skipped elsewhere."""
    if os.environ.get("CI") == "true":
        pytest.fail(str(error), pytrace=False)
    pytest.skip(str(error))


class Disposable(Protocol):
    """An engine."""

    def dispose(self) -> None: ...


E = TypeVar("E", bound=Disposable)


class Databases:
    """Makes empty databases of one kind, and removes them at the end."""

    kind: str

    def __init__(self) -> None:
        self._engines: list[Disposable] = []

    def url(self, name: str = "database") -> str:
        """Return a new, empty database; the same name gives the same one."""
        raise NotImplementedError

    def disposed(self, engine: E) -> E:
        """Return the engine, and close its connections at the end of the test."""
        self._engines.append(engine)
        return engine

    def close(self) -> None:
        for engine in self._engines:
            engine.dispose()


class SqliteDatabases(Databases):
    """Files of a folder."""

    kind = "sqlite"

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder

    def url(self, name: str = "database") -> str:
        return f"sqlite:///{self._folder / f'{name}.sqlite'}"


class PostgresqlDatabases(Databases):
    """Databases of one server."""

    kind = "postgresql"

    _made = 0

    def __init__(self, server: str) -> None:
        super().__init__()
        self._server = sqlalchemy.make_url(server)
        self._names: dict[str, str] = {}

    def url(self, name: str = "database") -> str:
        if name not in self._names:
            PostgresqlDatabases._made += 1
            self._names[name] = f"payport_test_{os.getpid()}_{PostgresqlDatabases._made}"
            self._say(f'CREATE DATABASE "{self._names[name]}"')
        return self._server.set(database=self._names[name]).render_as_string(hide_password=False)

    def close(self) -> None:
        super().close()
        for made in self._names.values():
            self._say(f'DROP DATABASE IF EXISTS "{made}" WITH (FORCE)')

    def _say(self, statement: str) -> None:
        dialled = self._server.render_as_string(hide_password=False)
        with psycopg.connect(dialled, autocommit=True) as connection:
            connection.execute(statement.encode())


def opened(kind: str, folder: Path, server: str | None) -> Databases:
    """Return the maker of databases of a kind."""
    if kind == "sqlite":
        return SqliteDatabases(folder)
    assert server is not None
    return PostgresqlDatabases(server)


def kinds() -> list[object]:
    """Return the parameters of a fixture that runs its tests on both kinds."""
    return [pytest.param(kind, marks=pytest.mark.postgresql if kind == "postgresql" else ()) for kind in KINDS]


def databases_for(request: pytest.FixtureRequest, folders: pytest.TempPathFactory) -> Databases:
    """Return the maker of databases of the kind a fixture was asked for; for fixtures of a wider scope than a test."""
    server = request.getfixturevalue("postgresql_server") if request.param == "postgresql" else None
    return opened(request.param, folders.mktemp("databases"), server)


def plain_engine(url: str) -> sqlalchemy.Engine:
    """Return an engine without anything of ours, to look at a database from outside."""
    return sqlalchemy.create_engine(with_driver(url, asynchronous=False), poolclass=sqlalchemy.pool.NullPool)
