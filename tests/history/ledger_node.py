"""A node in this process: the ledger of the tests, its blocks stored and signed as the engine does it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from payport import _native
from payport.consensus.contract import UNKNOWN_BLOCK
from payport.history.database import open_writer
from payport.history.follower import Follower
from payport.history.tables import METADATA
from payport.ledger.block import Outcome
from payport.ledger.store.stored_block import store_executed
from payport.proof.finality import embedded
from payport.proof.trust import Trust
from payport.values.refusals import Refusal
from payport.values.signatures.contract import WebAuthnPolicy
from tests.ledger.network import Network

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Engine

    from payport.ledger.block import Executed
    from payport.ledger.store.stored_block import StoredBlock
    from tests.databases import Databases

NODE_SEED = bytes([9]) * 32


def signed(executed: Executed, seed: bytes = NODE_SEED) -> StoredBlock:
    """Return the block as a node with this key stores it."""
    signature = _native.sign_ed25519(seed, embedded.signing_bytes(executed.commitment_bytes))
    payload = embedded.encode_payload(_native.public_key_ed25519(seed), signature)
    return store_executed(executed, embedded.TAG, payload)


class LedgerNode:
    """Answers what a follower or port asks of a node; a test may change the stored blocks behind its back."""

    def __init__(self) -> None:
        self.network = Network()
        self.stored: list[StoredBlock] = []
        self.away: list[Refusal] = []
        """What the next calls for blocks raise instead of answering."""
        self.reads = 0
        genesis = self.network.genesis
        policy = WebAuthnPolicy(genesis.rp_ids, genesis.origins)
        self.trust = Trust(genesis.chain_id, genesis.digest, (_native.public_key_ed25519(NODE_SEED),), policy)

    def settle(self) -> LedgerNode:
        """Store what the network executed."""
        self.stored += [signed(executed) for executed in self.network.blocks[len(self.stored) :]]
        return self

    async def wait_block(self, after_height: int) -> int:
        while len(self.stored) <= after_height:  # noqa: ASYNC110 - a test may change the list at any time
            await asyncio.sleep(0)
        return len(self.stored)

    async def block(self, height: int) -> StoredBlock:
        self.reads += 1
        await asyncio.sleep(0)
        if self.away:
            raise self.away.pop()
        if not 1 <= height <= len(self.stored):
            UNKNOWN_BLOCK.refuse(str(height))
        return self.stored[height - 1]

    async def submit_many(self, items: Sequence[Sequence[bytes]]) -> list[tuple[Outcome, ...] | Refusal]:
        if self.away:
            raise self.away.pop()
        answers: list[tuple[Outcome, ...] | Refusal] = []
        for encoded in items:
            try:
                item = self.network.read(*encoded)
                recalled = self.network.machine.recall(item)
                if recalled is None:
                    self.network.machine.admit(item, self.network.now_ms)
                    recalled = self.network.block(item).outcomes[0]
                answers.append(recalled)
            except Refusal as refusal:
                answers.append(refusal)
        self.settle()
        return answers

    async def submit(self, encoded: Sequence[bytes]) -> tuple[Outcome, ...]:
        (answer,) = await self.submit_many([encoded])
        if isinstance(answer, Refusal):
            raise answer
        return answer


def follower_of(node: Any, databases: Databases, name: str = "index") -> tuple[Follower, Engine]:
    """Return a follower of the node into one of the databases."""
    engine = databases.disposed(open_writer(databases.url(name)))
    return Follower(node, engine, node.trust), engine


async def followed(node: LedgerNode, databases: Databases, name: str = "index") -> Engine:
    """Bring an index up to the node's last block."""
    follower, engine = follower_of(node, databases, name)
    await follower.catch_up(len(node.stored))
    return engine


def dump(engine: Engine) -> dict[str, list[tuple[object, ...]]]:
    """Return every row of every table, in order of the keys."""
    with engine.connect() as connection:
        return {
            table.name: [tuple(row) for row in connection.execute(table.select().order_by(*table.primary_key.columns))]
            for table in METADATA.sorted_tables
        }


def busy_network() -> LedgerNode:
    """Return a node after purchases, a refund, refusals, a group, keys, and blocks of many transactions."""
    node = LedgerNode()
    network = node.network
    lin, chen = network.open("lin", "east", money=100_000), network.open("chen", "west", money=50_000)
    market = network.open("market", "west", category="5411")
    network.do("purchase/1", lin, "lin", merchant=market, asset="CNY", amount_minor=5_000, order=None)
    network.session_key("lin", "lin-phone")
    network.do("transfer/1", lin, "lin-phone", payee=chen, asset="CNY", amount_minor=700)
    network.do("transfer/1", chen, "chen", payee=lin, asset="CNY", amount_minor=10**9)
    network.do("transfer/1", chen, "market", payee=lin, asset="CNY", amount_minor=1)
    network.do("revoke_key/1", lin, "lin", public_key=_native.public_key_ed25519(b"lin-phone".ljust(32, b".")))
    payments = [
        network.build("transfer/1", lin, payee=chen, asset="CNY", amount_minor=amount) for amount in range(1, 9)
    ]
    network.block(*(network.read(network.sign(each, "lin")) for each in payments))
    return node.settle()
