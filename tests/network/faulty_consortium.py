"""Four members whose processes are killed, stopped and cut off, customers who pay meanwhile, and a checker."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import signal
import socket
import subprocess
import time
from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from payport.consensus.cometbft.rpc import EngineRpc
from payport.institutions.own_institution import OwnInstitution
from payport.ledger.block import COMMITTED
from payport.ledger.genesis import read_genesis
from payport.ledger.machine import Machine
from payport.ledger.state import balances
from payport.ledger.state.state import State
from payport.ledger.store.block_log import BlockLog
from payport.ledger.store.files import DirectoryFiles
from payport.ledger.store.stored_block import StoredBlock, read_stored_block
from payport.network import founding, processes
from payport.network.plan import Card, LocalSettings, NetworkFolder
from payport.node.client import NodeClient
from payport.node.data_directory import DataDirectory
from payport.proof.trust import decode_trust
from payport.signers.key_files import FileSigner, read_seed
from payport.values.refusals import Refusal
from tests.consensus.cometbft.consortium import COMETBFT, require_cometbft

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from payport.network.plan import MemberFolder

MEMBERS = ("operator", "bank-east", "bank-west", "bank-north")
READY_SECONDS = 60.0
ANSWER_SECONDS = 10.0
"""How long a customer waits for one node before the same bytes go to another."""

AGAIN = frozenset({"node_unreachable", "node_failed", "not_yet_valid", "stopping", "busy"})


class Lan:
    """Where the members' CometBFTs listen: this machine's loopback."""

    def address(self, place: int) -> str:
        del place
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            return f"127.0.0.1:{probe.getsockname()[1]}"

    def within(self, place: int) -> list[str]:
        """Return what goes before the command of a member's CometBFT."""
        del place
        return []

    def close(self) -> None:
        """Nothing was made."""


class Customer:
    """Issues money to a bank's own account, one payment after another, each until it is known to be committed."""

    def __init__(self, made: FaultyConsortium, first: int) -> None:
        self.made, self.turn = made, first
        card = made.cards[1]
        signer = FileSigner(read_seed(made.network.member(card.institution).institution_key))
        self.own = OwnInstitution(card.institution, decode_trust(made.network.trust.read_bytes()), (signer,))
        self.account = bytes.fromhex(card.fees_account)
        self.acknowledged: list[tuple[float, bytes]] = []
        self.stopping = False

    def envelope(self) -> bytes:
        now_ms = time.time_ns() // 1_000_000
        fields = {"account": self.account, "asset": "CNY", "amount_minor": 1}
        return self.own.seal(self.own.build("issue/1", now_ms, now_ms + 280_000, **fields))

    async def pay(self) -> None:
        while not self.stopping:
            await self.submit(self.envelope())

    async def submit(self, envelope: bytes) -> None:
        while True:
            client = self.made.clients[self.turn % len(self.made.clients)]
            try:
                async with asyncio.timeout(ANSWER_SECONDS):
                    (outcome,) = await client.submit((envelope,))
            except TimeoutError:
                self.turn += 1
                continue
            except Refusal as refusal:
                if refusal.code not in AGAIN:
                    raise
                self.turn += 1
                await asyncio.sleep(0.1)
                continue
            assert outcome.code == COMMITTED, outcome
            self.acknowledged.append((time.monotonic(), outcome.transaction_id))
            return


class FaultyConsortium:
    """The network, its processes one by one, and its customers."""

    def __init__(self, folder: Path, lan: Lan) -> None:
        self.network, self.lan = NetworkFolder(folder), lan
        self.cards: list[Card] = []
        for place, institution in enumerate(MEMBERS):
            address = lan.address(place)
            role = "bank" if place else "operator"
            settings = LocalSettings(address)
            self.cards.append(founding.make_member(self.network, institution, institution, role, address, settings))
        self.places = list(range(len(MEMBERS)))
        """Members of whom something is expected."""
        self.plan = founding.found(self.network, "faults", self.cards)
        for card in self.cards:
            founding.prepare(self.network, self.plan, card.institution)
        self.running: dict[tuple[int, str], subprocess.Popen[bytes]] = {}
        self.clients = [NodeClient(self.member(place).socket, timeout_seconds=60) for place in range(len(MEMBERS))]
        self.customers: list[Customer] = []
        self.paying: list[asyncio.Task[None]] = []

    def member(self, place: int) -> MemberFolder:
        return self.network.member(MEMBERS[place])

    def command(self, place: int, process: str) -> list[str]:
        """Return the command of a member's process."""
        return processes.Commands(self.network, self.member(place), MEMBERS[place], COMETBFT).of(process)

    def leave_out(self, place: int) -> None:
        """Expect nothing more of a member: neither that it keeps up nor that it is right."""
        self.places.remove(place)
        for customer in self.customers:
            customer.turn += customer.turn % len(MEMBERS) == place

    def start(self, place: int, process: str) -> None:
        folder = self.member(place)
        before = []
        if process == processes.ENGINE:
            folder.rpc.unlink(missing_ok=True)
            before = self.lan.within(place)
        with folder.log(process).open("ab") as log:
            self.running[place, process] = subprocess.Popen(
                [*before, *self.command(place, process)], stdout=log, stderr=log
            )

    async def ready(self, place: int) -> None:
        """Return once a member's node takes payments."""
        async with asyncio.timeout(READY_SECONDS):
            while True:
                with contextlib.suppress(Refusal, TimeoutError):
                    async with asyncio.timeout(2):
                        await self.clients[place].status()
                        return
                await asyncio.sleep(0.05)

    async def start_member(self, place: int) -> None:
        """Start what of a member does not run."""
        for process in (processes.NODE, processes.ENGINE):
            child = self.running.get((place, process))
            if child is None or child.poll() is not None:
                self.start(place, process)
            if process == processes.NODE:
                await self.ready(place)

    def kill(self, place: int, process: str) -> None:
        child = self.running[place, process]
        child.kill()
        child.wait()

    def signal(self, place: int, process: str, number: int) -> None:
        self.running[place, process].send_signal(number)

    async def rpc(self, place: int, method: str, **parameters: str) -> dict[str, Any]:
        rpc = EngineRpc(self.member(place).rpc)
        try:
            return await rpc.ask(method, **parameters)
        finally:
            await rpc.close()

    async def proposer(self) -> int:
        """Return who proposed the newest block."""
        header = (await self.rpc(0, "commit"))["signed_header"]["header"]
        validators = (await self.rpc(0, "validators", height=header["height"], per_page="100"))["validators"]
        key = next(each["pub_key"]["value"] for each in validators if each["address"] == header["proposer_address"])
        return [each.engine_key for each in self.cards].index(base64.b64decode(key).hex())

    async def height(self, place: int) -> int:
        return (await self.clients[place].status()).executed_height

    async def engine_height(self, place: int) -> int:
        return int((await self.rpc(place, "status"))["sync_info"]["latest_block_height"])

    async def caught_up(self, place: int) -> None:
        """Return once a member has executed what another one had when this was asked."""
        other = max([await self.height(each) for each in self.places if each != place])
        async with asyncio.timeout(READY_SECONDS):
            while True:
                with contextlib.suppress(Refusal):
                    if await self.height(place) >= other:
                        return
                await asyncio.sleep(0.05)

    async def progress(self, more: int = 5, seconds: float = READY_SECONDS) -> float:
        """Return how long it takes until so many more payments are acknowledged."""
        begun, before = time.monotonic(), len(self.acknowledged)
        async with asyncio.timeout(seconds):
            while len(self.acknowledged) < before + more:  # noqa: ASYNC110 - customers are tasks of their own
                await asyncio.sleep(0.02)
        return time.monotonic() - begun

    @property
    def acknowledged(self) -> list[tuple[float, bytes]]:
        return sorted(each for customer in self.customers for each in customer.acknowledged)

    def longest_pause(self, since: float) -> float:
        """Return the longest time without an acknowledgement, in seconds."""
        times = [since, *(at for at, _ in self.acknowledged if at >= since)]
        return max((later - earlier for earlier, later in pairwise(times)), default=0.0)

    async def settle(self) -> None:
        """Let customers finish, everybody catch up, and stop all processes."""
        for customer in self.customers:
            customer.stopping = True
        await asyncio.gather(*self.paying)
        self.paying.clear()
        for place in self.places:
            await self.caught_up(place)
        await self.stop()

    async def stop(self) -> None:
        for child in self.running.values():
            child.send_signal(signal.SIGCONT)
        for process in (processes.ENGINE, processes.NODE):
            children = [child for (_, kind), child in self.running.items() if kind == process]
            for child in children:
                child.terminate()
            for child in children:
                try:
                    await asyncio.to_thread(child.wait, 20)
                except subprocess.TimeoutExpired:
                    child.kill()
                    child.wait()
        self.running.clear()

    def blocks(self, place: int) -> list[StoredBlock]:
        log = BlockLog(DirectoryFiles(DataDirectory(self.member(place).node).log_path))
        found = [read_stored_block(log.read(height)) for height in range(1, log.height + 1)]
        log.close()
        return found

    def check(self) -> None:
        """Insist: acknowledged is committed once, histories are one, money is what was issued."""
        histories = [self.blocks(place) for place in self.places]
        longest = max(histories, key=len)
        for history in histories:
            for mine, theirs in zip(history, longest, strict=False):
                assert mine == theirs, f"block {mine.height} differs"
        where: Counter[bytes] = Counter()
        for block in longest:
            first = {(each.leaf_height, each.leaf_index): each.transaction_id for each in block.outcomes}
            here = [key for (height, _), key in first.items() if height == block.height]
            where.update(here)
        assert set(where.values()) <= {1}, "a payment happened twice"
        acknowledged = [key for _, key in self.acknowledged]
        assert len(set(acknowledged)) == len(acknowledged)
        assert set(acknowledged) <= where.keys(), "an acknowledged payment is not there"
        machine = Machine(read_genesis(self.network.genesis.read_bytes()), State())
        for block in longest:
            items = [machine.read_item(encoded) for encoded in block.block.items]
            assert not any(machine.verify_items(items))
            executed = machine.execute(block.height, block.block.time_ms, items)
            assert executed.commitment_bytes == block.commitment_bytes, f"block {block.height} is not what it says"
        held = balances.of(machine.state, bytes.fromhex(self.cards[1].fees_account), "CNY").amount_minor
        assert held == sum(where.values()), "money is what was issued"

    async def __aenter__(self) -> Self:
        for place in range(len(MEMBERS)):
            self.start(place, processes.NODE)
        for place in range(len(MEMBERS)):
            await self.ready(place)
            self.start(place, processes.ENGINE)
        for place in range(len(MEMBERS)):
            await _decides(self, place)
        self.customers = [Customer(self, place) for place in range(8)]
        await self.customers[0].submit(self.customers[0].envelope())
        self.paying = [asyncio.create_task(customer.pay()) for customer in self.customers]
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self.paying:
            task.cancel()
        await asyncio.gather(*self.paying, return_exceptions=True)
        await self.stop()
        for client in self.clients:
            await client.close()
        self.lan.close()


async def _decides(made: FaultyConsortium, place: int) -> None:
    async with asyncio.timeout(READY_SECONDS):
        while True:
            with contextlib.suppress(Refusal):
                if int((await made.rpc(place, "status"))["sync_info"]["latest_block_height"]):
                    return
            await asyncio.sleep(0.05)


@contextlib.asynccontextmanager
async def consortium(
    folder: Path, lan: Lan | None = None, made_as: type[FaultyConsortium] = FaultyConsortium
) -> AsyncIterator[FaultyConsortium]:
    """Start four members and their customers; stop all at the end."""
    require_cometbft()
    async with made_as(folder, lan or Lan()) as made:
        yield made
