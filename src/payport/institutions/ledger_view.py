"""The ledger as an institution sees it: through a node it need not trust, because it checks the blocks it acts on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol, TypeVar

import msgspec

from payport.history.verified import UNPROVEN_BLOCK, VerifiedBlock, verify_block
from payport.ledger.machine import EXPIRED, GROUP_REFUSED
from payport.ledger.state import accounts, balances, institutions, keys, supplies
from payport.proof import leaves
from payport.values import codec

if TYPE_CHECKING:
    from collections.abc import Sequence

    from payport.consensus.contract import EngineStatus
    from payport.ledger.block import Outcome
    from payport.ledger.state.state import Family
    from payport.ledger.store.stored_block import StoredBlock
    from payport.proof.trust import Trust

R = TypeVar("R", bound=codec.Record)

FINAL_WITHOUT_SIGNER: Final = frozenset({GROUP_REFUSED.code, EXPIRED.code})
"""Outcomes whose leaf makes them final whoever signed."""

_LEAF: Final = msgspec.msgpack.Decoder(list[Any])


class Node(Protocol):
    """What is asked of a node; :class:`payport.node.client.NodeClient` is one."""

    async def submit(self, envelopes: Sequence[bytes]) -> tuple[Outcome, ...]:
        """Execute a transaction or group."""

    async def lookup(self, transaction_id: bytes, valid_until_ms: int) -> Outcome | None:
        """Return how a transaction ended, as long as it is remembered."""

    async def status(self) -> EngineStatus:
        """Return the engine's status."""

    async def block(self, height: int) -> StoredBlock:
        """Return a stored block."""

    async def read(self, family: str, key: bytes) -> bytes | None:
        """Return an encoded record of the state."""


class ProvenOutcome(NamedTuple):
    """What a verified block says of one transaction."""

    transaction_id: bytes
    """Its id."""
    code: str
    """``committed`` or the code of a refusal."""
    final: bool
    """Whether these bytes can never have another outcome."""


def proven_outcomes(block: VerifiedBlock) -> dict[int, ProvenOutcome]:
    """Return the outcomes of a verified block by the index of their leaf; raises ``unproven_block``."""
    found: dict[int, ProvenOutcome] = {}
    for index, encoded in enumerate(block.stored.leaves):
        kind, *fields = _LEAF.decode(encoded)
        if kind == leaves.OUTCOME_KIND:
            leaf = leaves.OutcomeLeaf(*fields)
            # A signer without a role had no authority, and what strangers sign is final for nobody.
            final = leaf.outcome in FINAL_WITHOUT_SIGNER or any(role for _, role in leaf.signers)
            found[index] = ProvenOutcome(leaf.transaction_id, leaf.outcome, final)
        elif kind not in {leaves.BALANCE_KIND, leaves.EXPIRY_KIND}:
            UNPROVEN_BLOCK.refuse(f"block {block.stored.height}: leaf {index} is of no known kind")
    return found


class LedgerView:
    """Reads the ledger for one institution."""

    def __init__(self, node: Node, trust: Trust) -> None:
        """Ask ``node``; believe what ``trust`` proves."""
        self.node: Final = node
        self.trust: Final = trust

    async def block(self, height: int) -> VerifiedBlock:
        """Return a block whose proof holds; raises ``unproven_block``."""
        stored = await self.node.block(height)
        if stored.height != height:
            UNPROVEN_BLOCK.refuse(f"asked for block {height}, shown {stored.height}")
        return verify_block(stored, self.trust)

    async def prove(self, outcome: Outcome) -> ProvenOutcome | None:
        """Return an outcome as its block's leaf says it; ``None`` where the block has no leaf of this transaction."""
        if outcome.leaf_index < 0:
            return None
        leaf = proven_outcomes(await self.block(outcome.height)).get(outcome.leaf_index)
        return leaf if leaf is not None and leaf.transaction_id == outcome.transaction_id else None

    async def account(self, account: bytes) -> accounts.Account | None:
        """Return an account of the ledger, by the node's word."""
        return await self._record(accounts.FAMILY, account, accounts.Account)

    async def key(self, public_key: bytes) -> keys.Key | None:
        """Return a bound key, by the node's word."""
        return await self._record(keys.FAMILY, public_key, keys.Key)

    async def institution(self, institution: str) -> institutions.Institution | None:
        """Return a member of the network, by the node's word."""
        return await self._record(institutions.FAMILY, institution.encode(), institutions.Institution)

    async def balance_minor(self, account: bytes, asset: str) -> int:
        """Return what may be spent of a balance, in minor units, by the node's word: what is held is taken off."""
        found = await self._record(balances.FAMILY, balances.key(account, asset), balances.Balance)
        return 0 if found is None else found.amount_minor - found.held_minor

    async def outstanding_minor(self, institution: str, asset: str) -> int:
        """Return what an institution has issued less what was redeemed, by the node's word."""
        found = await self._record(supplies.FAMILY, f"{institution}\0{asset}".encode(), supplies.Supply)
        return 0 if found is None else found.issued_minor - found.redeemed_minor

    async def _record(self, family: Family[Any], key: bytes, into: type[R]) -> R | None:
        data = await self.node.read(family.name, key)
        return None if data is None else codec.decode(data, into)
