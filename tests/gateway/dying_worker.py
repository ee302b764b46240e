"""A worker of the port that ends for good, as by SIGKILL, at a chosen point of one request.

It is the whole application on the databases, the node and the desks of a running network, in a process of its own. The
points lie before and after every question to a desk, and before, within and after every transaction of the port's own
and of the home database.
"""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import multiprocessing
import os
import signal
from typing import TYPE_CHECKING, Any, NamedTuple

import httpx

from payport.gateway.app import create_app
from payport.gateway.settings import Settings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from multiprocessing.connection import Connection

    from tests.gateway.town import Town

_PROCESSES = multiprocessing.get_context("forkserver")
_PROCESSES.set_forkserver_preload([__name__])

PATIENCE_SECONDS = 60


class Wanted(NamedTuple):
    """One request."""

    method: str
    path: str
    headers: dict[str, str]
    body: object | None = None
    params: dict[str, str] | None = None


class Became(NamedTuple):
    """What became of a request to such a worker."""

    died: bool
    """Whether it ended before it answered."""
    passed: tuple[str, ...]
    """Points it passed; the last is where it ended."""
    status: int
    """Status of its answer; 0 where there is none."""


class Points:
    """Counts points, and ends the process at one of them."""

    def __init__(self, at: int, told: Connection) -> None:
        self._at, self._told, self._count = at, told, 0

    def pass_by(self, name: str) -> None:
        self._count += 1
        self._told.send(name)
        if self._count == self._at:
            os.kill(os.getpid(), signal.SIGKILL)


class FaultyDesk:
    """Passes every question on, with a point before and a point after it."""

    def __init__(self, desk: Any, points: Points) -> None:
        self._desk, self._points = desk, points

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._desk, name)
        if not inspect.iscoroutinefunction(found):
            return found

        async def ask(*arguments: Any) -> Any:
            self._points.pass_by(f"before desk.{name}")
            answer = await found(*arguments)
            self._points.pass_by(f"after desk.{name}")
            return answer

        return ask


class FaultyDesks:
    """The desks, each faulty."""

    def __init__(self, desks: Any, points: Points) -> None:
        self._desks, self._points = desks, points

    def at(self, institution: str) -> FaultyDesk:
        return FaultyDesk(self._desks.at(institution), self._points)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._desks, name)


class FaultyWriter:
    """Begins transactions with a point before, one before the commit, and one after."""

    def __init__(self, engine: Any, name: str, points: Points) -> None:
        self._engine, self._name, self._points = engine, name, points

    @contextlib.asynccontextmanager
    async def begin(self) -> AsyncIterator[Any]:
        self._points.pass_by(f"before {self._name}")
        async with self._engine.begin() as connection:
            yield connection
            self._points.pass_by(f"within {self._name}")
        self._points.pass_by(f"after {self._name}")


class FaultyDatabase:
    """A database whose transactions that write are faulty."""

    def __init__(self, database: Any, name: str, points: Points) -> None:
        self._database = database
        self.writer = FaultyWriter(database.writer, name, points)

    def writing(self) -> Any:
        return self.writer.begin()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._database, name)


async def _serve(settings: Settings, wanted: Wanted, at: int, told: Connection) -> int:
    app = create_app(settings)
    async with app.lifespan():
        port, points = app.state.port, Points(at, told)
        port.desks = FaultyDesks(port.desks, points)
        port.database = FaultyDatabase(port.database, "port", points)
        port.home = FaultyDatabase(port.home, "home", points)
        port.at_home = (port.home.writer, port.at_home[1])
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://worker") as client:
            answer = await client.request(
                wanted.method, wanted.path, headers=wanted.headers, json=wanted.body, params=wanted.params
            )
        return answer.status_code


def _live(settings: Settings, wanted: Wanted, at: int, told: Connection) -> None:
    told.send(asyncio.run(_serve(settings, wanted, at, told)))


def ask(town: Town, wanted: Wanted, at: int) -> Became:
    """Ask a new worker that ends at the ``at``-th point; its answer counts as lost unless the points ran out."""
    folder = town.network.trust_file.parent.absolute()
    settings = Settings(
        node=town.network.node.socket,
        trust=str(town.network.trust_file),
        history=f"sqlite:///{folder / 'history.sqlite'}",
        database=f"sqlite:///{folder / 'port.sqlite'}",
        secret=str(folder / "port.secret"),
        rp_id="localhost",
        origins=("http://localhost",),
        home=f"sqlite:///{folder / 'home.sqlite'}",
        desks=str(folder / "desks" / "directory.json"),
    )
    ours, theirs = _PROCESSES.Pipe(duplex=False)
    process = _PROCESSES.Process(target=_live, args=(settings, wanted, at, theirs))
    process.start()
    theirs.close()
    said: list[Any] = []
    with contextlib.suppress(EOFError):
        while ours.poll(PATIENCE_SECONDS):
            said.append(ours.recv())
    process.join(PATIENCE_SECONDS)
    points = tuple(each for each in said if isinstance(each, str))
    status = next((each for each in said if isinstance(each, int)), 0)
    assert process.exitcode in ({0} if status else {-signal.SIGKILL}), (process.exitcode, said)
    return Became(not status, points, status)
