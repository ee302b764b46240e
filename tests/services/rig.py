"""A bank's services on the small network of the institutions' tests, with places where a program can end."""

from __future__ import annotations

import asyncio
import contextlib
import re
from typing import TYPE_CHECKING, Any

from payport.institutions.bridge import open_bridge
from payport.institutions.sandbox.seed import card_number, make_customers, phone_number, seed
from payport.services import database as institution_database
from payport.services.aliases.register import AliasRegister
from payport.services.branch import Branch, Request
from payport.services.cards.enrolment import EnrolmentService
from payport.services.database import Database
from payport.services.messenger.inbox import SandboxInbox
from payport.services.openings import Openings
from payport.services.secret import DigestKey
from payport.values.bindings import NewKey
from payport.wallet.keys import SigningKey
from tests.institutions.rig import CHAIN, Faults, Faulty, Rig, running

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from payport.services.cards.records import EnrolmentStarted
    from tests.databases import Databases

SECRET = DigestKey(b"s" * 32)
BANK = "east"
CARD, PHONE = card_number(BANK, 1), phone_number(1)
SECOND_CARD, SECOND_PHONE = card_number(BANK, 2), phone_number(2)


class FaultyEngine:
    """Passes transactions on, with a point before each and a point after each."""

    def __init__(self, engine: Any, faults: Faults) -> None:
        self._engine, self._faults = engine, faults

    @contextlib.asynccontextmanager
    async def begin(self) -> AsyncIterator[Any]:
        self._faults.point("before database.begin")
        async with self._engine.begin() as connection:
            yield connection
        self._faults.point("after database.begin")


class Services:
    """One run of the bank's services."""

    def __init__(self, branch: Branch) -> None:
        self.branch = branch
        self.openings = Openings(branch)
        self.enrolment = EnrolmentService(branch, self.openings)
        self.aliases = AliasRegister(branch)


class Town:
    """The network, a bank with cards, and its own database."""

    def __init__(self, rig: Rig, database: Database) -> None:
        self.rig, self.database = rig, database
        self.clock = rig.clock
        self.inbox = SandboxInbox(database, rig.clock)
        self._count = 0

    async def services(self, faults: Faults | None = None, **parts: Any) -> Services:
        """Start the services anew, on the same databases."""
        chosen = {"core": self.rig.east.core, "node": self.rig.node, "messenger": self.inbox, **parts}
        database: Any = self.database
        if faults is not None:
            chosen = {name: Faulty(part, name, faults) for name, part in chosen.items()}
            database = contextlib.nullcontext()
            database.reader = self.database.reader
            database.writer = FaultyEngine(self.database.writer, faults)
        bridge = await open_bridge(
            self.rig.east.own, chosen["core"], self.rig.east.journal, chosen["node"], clock=self.clock
        )
        return Services(Branch("Bank of the East", bridge, database, SECRET, chosen["messenger"]))

    def request(self, scope: str = "app") -> Request:
        """Return a request of its own."""
        self._count += 1
        return Request(scope, f"key-{self._count}")

    async def code(self, address: str = PHONE) -> str:
        """Return the newest code that was sent to an address."""
        found = re.search(r"[0-9]{6}", (await self.inbox.read(address))[0].text)
        assert found is not None
        return found[0]


def owner(key: SigningKey, started: EnrolmentStarted) -> NewKey:
    return key.prove_possession(CHAIN, started.account)


@contextlib.asynccontextmanager
async def town(folder: Path, databases: Databases) -> AsyncIterator[Town]:
    url = databases.url("east-services")
    await asyncio.to_thread(institution_database.prepare, url)
    database = Database(url)
    async with running(folder, databases) as rig:
        await seed(rig.east.core, make_customers(BANK, 1, 3))
        yield Town(rig, database)
    await database.close()
