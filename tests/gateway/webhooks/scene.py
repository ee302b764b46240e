"""A ledger, its index, the port's database, and workers that send to a receiver by a clock the test moves."""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import ipaddress
from typing import TYPE_CHECKING, Any

import httpx
import sqlalchemy

from payport.gateway.access.callers import Role, Staff
from payport.gateway.access.secrets import PortSecret
from payport.gateway.database import migrate, open_database
from payport.gateway.ticker import Ticker
from payport.gateway.webhooks import endpoints, signing
from payport.gateway.webhooks.endpoints import Change, NewEndpoint
from payport.gateway.webhooks.event_types import EventType
from payport.gateway.webhooks.sender import Sender
from payport.gateway.webhooks.tables import ATTEMPTS, DELIVERIES, WEBHOOKS
from payport.gateway.webhooks.worker import Webhooks
from payport.history.database import open_reader
from payport.history.index import HistoryIndex
from payport.ledger.state import accounts
from payport.node.client import NODE_UNREACHABLE
from payport.values import codec
from tests.gateway.webhooks.receiver import Receiver
from tests.history.ledger_node import LedgerNode, follower_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from sqlalchemy import Row

    from payport.gateway.access.callers import Partner
    from tests.databases import Databases

TLS = httpx.create_ssl_context()
START_MS = 1_800_000_000_000
LOCAL = (ipaddress.ip_network("127.0.0.0/8"),)
BOSS = Staff(b"boss".ljust(16, b"_"), "east", Role.ADMINISTRATOR, bytes(16), 2**50)


class Node(LedgerNode):
    """A node that is asked whose an account is."""

    unreachable = False

    async def read(self, family: str, key: bytes) -> bytes | None:
        if self.unreachable:
            NODE_UNREACHABLE.refuse()
        assert family == "accounts"
        record = accounts.find(self.network.state, key)
        return None if record is None else codec.encode(record)


class CrashError(BaseException):
    """The program ended here; no part of it catches that."""


class Faults:
    """Counts the points a program passes, and ends it at one of them."""

    def __init__(self, at: int | None = None) -> None:
        self.at = at
        self.passed: list[str] = []
        self.ended = False

    def point(self, name: str) -> None:
        if not self.ended:
            self.passed.append(name)
            self.ended = len(self.passed) == self.at
        if self.ended:
            raise CrashError  # and nothing of it goes on

    def heal(self) -> None:
        """Let what is left of the program be cleaned up."""
        self.at, self.ended = None, False


class Faulty:
    """Passes every asynchronous call on, with a point before and after it; transactions have one before their end."""

    def __init__(self, target: Any, name: str, faults: Faults) -> None:
        self._target, self._name, self._faults = target, name, faults

    @contextlib.asynccontextmanager
    async def writing(self) -> AsyncIterator[Any]:
        self._faults.point("before a transaction")
        async with self._target.writing() as connection:
            yield connection
            self._faults.point("before its end")
        self._faults.point("after it")

    def __getattr__(self, attribute: str) -> Any:
        found = getattr(self._target, attribute)
        if not inspect.iscoroutinefunction(found):
            return found

        async def call(*arguments: Any, **named: Any) -> Any:
            self._faults.point(f"before {self._name}.{attribute}")
            answer = await found(*arguments, **named)
            self._faults.point(f"after {self._name}.{attribute}")
            return answer

        return call


class Scene:
    """Everything, in one process; only the time is the test's."""

    def __init__(self, databases: Databases) -> None:
        self.databases = databases
        self.now_ms = START_MS
        self.node = Node()
        self.network = self.node.network
        self.lin = self.network.open("lin", "east", money=100_000)
        self.chen = self.network.open("chen", "west", money=100_000)
        self.bo = self.network.open("bo", "east", money=100_000)
        self.secret = PortSecret(bytes(32))
        self.receiver = Receiver()
        self.workers: list[Webhooks] = []

    async def start(self) -> None:
        await asyncio.to_thread(migrate, self.databases.url())
        self.database = open_database(self.databases.url())
        self.follower, _ = follower_of(self.node, self.databases)
        await self.indexed()
        self.reader = open_reader(self.databases.url("index"))
        self.index = HistoryIndex(self.reader)
        self.worker = self.new_worker()

    async def close(self) -> None:
        for worker in self.workers:
            await worker.close()
        await self.database.close()
        await self.reader.dispose()
        self.receiver.close()

    def clock(self) -> int:
        return self.now_ms

    def new_worker(self, faults: Faults | None = None) -> Webhooks:
        """Return the part of another worker of the port, or of the one that was started anew."""
        sender: Any = Sender(LOCAL, TLS)
        database: Any = self.database
        index: Any = self.index
        if faults is not None:
            sender, database = Faulty(sender, "sender", faults), Faulty(database, "database", faults)
            index = Faulty(index, "index", faults)
        node: Any = self.node
        ticker = Ticker(node, index)
        worker = Webhooks(database, index, node, self.secret, ticker, sender, clock=self.clock, chance=lambda: 0.0)
        self.workers.append(worker)
        return worker

    async def indexed(self) -> None:
        self.node.settle()
        await self.follower.catch_up(len(self.node.stored))

    async def pay(self, payer: str = "lin", payee: bytes | None = None, amount_minor: int = 1) -> None:
        fields = {"payee": payee or self.chen, "asset": "CNY", "amount_minor": amount_minor}
        self.network.do("transfer/1", payer.encode().ljust(16, b"_"), payer, **fields)
        await self.indexed()

    async def endpoint(
        self,
        path: str = "",
        covered: Sequence[bytes] = (),
        types: Sequence[EventType] = tuple(EventType),
        caller: Staff | Partner = BOSS,
        url: str = "",
    ) -> bytes:
        """Make an endpoint of bank east; return its id."""
        new = NewEndpoint(url or self.receiver.url + path, "shop", types, covered)
        sealed = self.secret.seal(signing.SECRET_PURPOSE, signing.new_secret())
        cursor = await self.index.reach()
        async with self.database.writing() as connection:
            return await endpoints.make(connection, caller, new, sealed, cursor, self.now_ms)

    async def enable(self, webhook: bytes) -> None:
        async with self.database.writing() as connection:
            await endpoints.change(connection, BOSS, webhook, Change(enabled=True), self.now_ms)

    async def turns(self, worker: Webhooks | None = None, turns: int = 3) -> None:
        """Let a worker have some turns, each until its attempts have ended."""
        worker = worker or self.worker
        for _ in range(turns):
            await worker.turn()
            await asyncio.gather(*worker._attempts.values())

    async def later(self, milliseconds: int, turns: int = 3) -> None:
        self.now_ms += milliseconds
        await self.turns(turns=turns)

    async def rows(self, table: sqlalchemy.Table) -> Sequence[Row[Any]]:
        async with self.database.reading() as connection:
            return (await connection.execute(table.select().order_by(*table.primary_key.columns))).all()

    async def deliveries(self) -> Sequence[Row[Any]]:
        return await self.rows(DELIVERIES)

    async def attempts(self) -> list[int | str]:
        """Return what came of every attempt: a status, or a kind of failure."""
        return [row.failure if row.status is None else row.status for row in await self.rows(ATTEMPTS)]

    async def only(self) -> Row[Any]:
        (row,) = await self.rows(WEBHOOKS)
        return row

    def ids(self) -> list[str]:
        return [each.id for each in self.receiver.received]
