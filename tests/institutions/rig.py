"""Two banks with cores on one small network, with places where a program can end."""

from __future__ import annotations

import asyncio
import contextlib
import inspect
from random import Random
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from payport.consensus.application import Application, CheckpointPolicy
from payport.consensus.embedded import EmbeddedEngine
from payport.institutions.bridge import Bridge, open_bridge
from payport.institutions.funding import FundingService
from payport.institutions.journal.journal import Journal
from payport.institutions.own_institution import OwnInstitution
from payport.institutions.reconcile import StandingJob
from payport.institutions.redemption import RedemptionService
from payport.institutions.sandbox.core import SandboxCore
from payport.institutions.sandbox.tables import ACCOUNTS, MOVEMENTS
from payport.ledger.state import keys
from payport.ledger.store.block_log import BlockLog
from payport.ledger.store.checkpoint import MemoryCheckpoint
from payport.ledger.store.faulty_files import FaultyFiles
from payport.ledger.store.write_behind import WriteBehind
from payport.ledger.transaction import Role
from payport.node.client import NODE_UNREACHABLE, NodeClient
from payport.node.server import NodeServer
from payport.proof.trust import Trust
from payport.signers.key_files import FileSigner
from payport.values import codec
from payport.values.envelopes import Envelope, transaction_id
from payport.values.refusals import Refusal
from payport.values.signatures.contract import WebAuthnPolicy
from payport.wallet.keys import SigningKey
from payport.wallet.sign import build, sign
from tests.consensus.small_network import NODE_SIGNER, START_MS, Clock
from tests.ledger.network import account, example_genesis, seed

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from payport.institutions.reconcile import Report
    from tests.databases import Databases

GENESIS = example_genesis()
CHAIN = GENESIS.chain_id
DEPOSIT = 1_000_000
VALID_MS = 120_000

LIN, SHOP, BO = account("lin"), account("shop"), account("bo")


def trust(node_key: bytes = NODE_SIGNER.public_key) -> Trust:
    return Trust(CHAIN, GENESIS.digest, (node_key,), WebAuthnPolicy(GENESIS.rp_ids, GENESIS.origins))


def id_of(envelope: bytes) -> bytes:
    return transaction_id(codec.decode(envelope, Envelope).body)


class CrashError(Exception):
    """The program ended here."""


class Faults:
    """Counts the points a program passes, and ends it at one of them."""

    def __init__(self, at: int | str | None = None, error: Callable[[], BaseException] = CrashError) -> None:
        """End it at the ``at``-th point, or the first of this name."""
        self.at = at
        self.error = error
        self.armed = True
        self.passed: list[str] = []

    def point(self, name: str) -> None:
        if not self.armed:
            return
        self.passed.append(name)
        if self.at in (len(self.passed), name):
            self.at = None
            raise self.error()


class Faulty:
    """Passes every asynchronous call on, with a point before and a point after it."""

    def __init__(self, target: Any, name: str, faults: Faults) -> None:
        self._target, self._name, self._faults = target, name, faults

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


class Desk(NamedTuple):
    """One run of a bank's program."""

    bridge: Bridge
    funding: FundingService
    redemption: RedemptionService
    job: StandingJob


class Bank:
    """A bank's databases, and runs of its program on them."""

    def __init__(self, name: str, databases: Databases, node: Any, clock: Callable[[], int], trusted: Trust) -> None:
        self.name, self.node, self.clock = name, node, clock
        self.own = OwnInstitution(name, trusted, (FileSigner(seed(name)),))
        self.core_url = databases.url(f"{name}-core")
        self.journal_url = databases.url(f"{name}-journal")
        SandboxCore.prepare(self.core_url)
        Journal.prepare(self.journal_url)

    async def start(self) -> None:
        self.core, self.journal = SandboxCore(self.core_url), Journal(self.journal_url)

    async def close(self) -> None:
        await self.core.close()
        await self.journal.close()

    async def desk(self, faults: Faults | None = None, seams: str = "core node journal", **parts: Any) -> Desk:
        """Start the program anew, on the same databases."""
        chosen = {"core": self.core, "journal": self.journal, "node": self.node, **parts}
        bridge = await open_bridge(self.own, **chosen, clock=self.clock)
        if faults is not None:
            faulty = {name: Faulty(part, name, faults) if name in seams else part for name, part in chosen.items()}
            faults.armed = False
            bridge = await open_bridge(self.own, **faulty, clock=self.clock)
            faults.armed = True
        funding, redemption = FundingService(bridge), RedemptionService(bridge)
        return Desk(bridge, funding, redemption, StandingJob(bridge, funding, redemption))

    async def settle(self) -> Report:
        """Let a new run of the program settle and compare."""
        return await (await self.desk()).job.round()

    async def nothing_hangs(self) -> bool:
        async with self.core._reader.connect() as connection:
            held = (await connection.execute(ACCOUNTS.select().where(ACCOUNTS.c.held_minor != 0))).all()
            reserved = (await connection.execute(MOVEMENTS.select().where(MOVEMENTS.c.state == "reserved"))).all()
        return not held and not reserved

    async def deposit(self, holder: bytes) -> int:
        lines, more = [], True
        while more:
            page = await self.core.statement(holder, "CNY", lines[-1].cursor if lines else 0)
            lines += page.lines
            more = page.more
        return lines[-1].balance_minor if lines else 0


class Rig:
    """The network, both banks, and everybody's keys."""

    def __init__(self, node: Any, clock: Clock, east: Bank, west: Bank) -> None:
        self.node, self.clock, self.east, self.west = node, clock, east, west

    def sign(self, kind: str, sender: bytes | str, signer: str, valid_ms: int = VALID_MS, **fields: Any) -> bytes:
        now_ms = self.clock()
        window = {"valid_from_ms": now_ms - 30_000, "valid_until_ms": now_ms + valid_ms}
        return sign(build(CHAIN, kind, sender, **{**window, **fields}), SigningKey(seed(signer)))

    async def do(self, kind: str, sender: bytes | str, signer: str, **fields: Any) -> str:
        (outcome,) = await self.node.submit((self.sign(kind, sender, signer, **fields),))
        return str(outcome.code)

    async def open(self, name: str, bank: str, category: str = "0000") -> None:
        holder = account(name)
        owner = SigningKey(seed(name)).prove_possession(CHAIN, holder)
        fields = {"account": holder, "category": category, "view_key": seed(name), "owner": owner}
        assert await self.do("open_account/1", bank, bank, **fields) == "committed"

    async def bind_session(self, holder: str, name: str, limit_minor: int) -> None:
        fields = {
            "key": SigningKey(seed(name)).prove_possession(CHAIN, account(holder)),
            "role": Role.SESSION,
            "scope": (),
            "limits": keys.Limits("CNY", limit_minor, 10 * limit_minor, limit_minor),
            "expires_at_ms": self.clock() + 86_400_000,
        }
        assert await self.do("bind_key/1", account(holder), holder, **fields) == "committed"

    def purchase(self, amount_minor: int, signer: str = "lin", **fields: Any) -> bytes:
        named = {"merchant": SHOP, "asset": "CNY", "amount_minor": amount_minor, "order": None, **fields}
        return self.sign("purchase/1", LIN, signer, **named)

    def redeem(self, amount_minor: int, holder: bytes = SHOP, signer: str = "shop") -> bytes:
        return self.sign("redeem/1", holder, signer, asset="CNY", amount_minor=amount_minor)

    async def balance(self, holder: bytes) -> int:
        found = await self.node.read("balances", holder + b"CNY")
        return 0 if found is None else int(msgspec.msgpack.decode(found)[0])

    async def both_books_equal(self) -> None:
        """Settle both banks and insist that nothing is open, nothing hangs and all books agree."""
        for bank in (self.east, self.west):
            report = await bank.settle()
            assert report.is_clean, report
            assert all(book.is_equal for book in report.books)
            assert await bank.nothing_hangs()


async def populate(rig: Rig) -> None:
    await rig.open("lin", "east")
    await rig.open("bo", "east")
    await rig.open("shop", "west", "5411")
    await rig.bind_session("lin", "lin-phone", 20_000)
    for bank in (rig.east, rig.west):
        await bank.start()
    await rig.east.core.open_customer(LIN, "林梅", {"CNY": DEPOSIT, "HKD": DEPOSIT})
    await rig.west.core.open_customer(SHOP, "Harvest Supermarket", {"CNY": 0})


@contextlib.asynccontextmanager
async def running(folder: Path, databases: Databases) -> AsyncIterator[Rig]:
    """Run the network in this process, behind the real local interface."""
    clock = Clock(START_MS + 1_000)
    base = WriteBehind(MemoryCheckpoint(), threaded=False)
    log = BlockLog(FaultyFiles(Random(1)), segment_bytes=1_000_000)
    engine = EmbeddedEngine(Application(GENESIS, log, base, CheckpointPolicy(blocks=50)), NODE_SIGNER, clock)
    server = NodeServer(engine, folder / "s")
    await engine.start()
    await server.start()
    client = NodeClient(folder / "s", timeout_seconds=10)
    banks = [await asyncio.to_thread(Bank, name, databases, client, clock, trust()) for name in ("east", "west")]
    rig = Rig(client, clock, *banks)
    try:
        await populate(rig)
        yield rig
    finally:
        for bank in banks:
            await bank.close()
        await client.close()
        await engine.close()
        await server.close()


def lost() -> BaseException:
    """Return what a client says where no answer came."""
    return Refusal(NODE_UNREACHABLE)
