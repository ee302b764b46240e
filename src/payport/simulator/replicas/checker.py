"""Watches every answer, and reads every replica in the end: what must hold whatever happened."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from payport.ledger.block import COMMITTED
from payport.ledger.digest import digest_of_whole_state
from payport.ledger.invariants.law import broken_laws
from payport.ledger.machine import EXPIRED
from payport.ledger.state import balances
from payport.ledger.store.checkpoint import MemoryCheckpoint
from payport.ledger.transactions.control.void import VOIDED
from payport.proof.commitment import decode_commitment
from payport.proof.leaves import BALANCE_KIND, OUTCOME_KIND
from payport.values import codec
from payport.values.refusals import Refusal

if TYPE_CHECKING:
    from payport.consensus.application import Application
    from payport.ledger.admission import Item
    from payport.ledger.block import Outcome
    from payport.simulator.node import Answer
    from payport.simulator.replicas.chain import Block
    from payport.simulator.replicas.cluster import Cluster
    from payport.simulator.replicas.replica import Replica


class Told(NamedTuple):
    """What a customer was told of one transaction."""

    code: str
    """Its outcome."""
    height: int
    """The ledger's height of its block."""
    leaf_index: int
    """Its leaf there."""


class Checker:
    """See the module. Whatever does not hold is an assertion that says so."""

    def __init__(self, cluster: Cluster) -> None:
        """Watch ``cluster``."""
        self._cluster = cluster
        self.acknowledged: dict[bytes, Told] = {}
        """Final outcomes that somebody was told, by transaction."""
        self._expired: dict[bytes, int] = {}
        """What somebody was told can be executed no more, and the ledger's height of who said so."""
        self._forged: set[tuple[bytes, ...]] = set()
        """Items that no honest node may let into a block, whatever the state."""

    def told(self, number: int, height: int, app_hash: bytes) -> None:
        """Check what ``Info`` or ``InitChain`` answered."""
        chain, stored = self._cluster.chain, len(self._cluster.replicas[number].kept.blocks)
        assert height <= stored, f"it has executed block {height}, but CometBFT has {stored} only"
        expected = chain.results[height].app_hash
        assert not app_hash or app_hash == expected, f"its ledger at block {height} is not that of the others"

    def executed(self, number: int, block: Block, app_hash: bytes, codes: tuple[int, ...]) -> None:
        """Check what a replica answered to ``FinalizeBlock``."""
        result = self._cluster.chain.results[block.height]
        self._cluster.trace.note(number, "executed block", block.height, app_hash)
        assert app_hash == result.app_hash, f"block {block.height} gave application hash {app_hash.hex()[:12]} here"
        assert codes == result.codes, f"block {block.height} gave results {codes} here, {result.codes} at others"

    def sends(self, encoded: tuple[bytes, ...]) -> None:
        """Take note of an item a customer sends: one that is wrong by itself may never be in a block."""
        machine = self._cluster.chain.application.machine
        try:
            wrong = machine.verify_items([machine.read_item(encoded)])[0] is not None
        except Refusal:
            wrong = True
        if wrong:
            self._forged.add(encoded)

    def answered(self, replica: Replica, item: tuple[bytes, ...], answer: Answer) -> None:
        """Check an answer at the moment a replica gives it."""
        assert replica.application is not None, "who is down answers nothing"
        if not isinstance(answer, Refusal):
            assert item not in self._forged, "a forged payment has an outcome"
            for outcome in answer:
                self._check_outcome(replica.application, outcome)
        elif answer.code == EXPIRED.code:
            for member in replica.application.machine.read_item(item).members:
                self._expired.setdefault(member.transaction_id, replica.application.height)

    def _check_outcome(self, application: Application, outcome: Outcome) -> None:
        chain, name = self._cluster.chain, outcome.transaction_id.hex()[:12]
        if outcome.leaf_index < 0 or outcome.code == VOIDED.code:
            return
        height = outcome.height
        assert height <= application.durable_height, f"{name} was acknowledged before block {height} was durable"
        assert chain.shown(height), f"{name} was acknowledged before the block after {height} was decided"
        kind, transaction_id, code, *_ = codec.decode(
            chain.application.read_block(height).leaves[outcome.leaf_index], list[object]
        )
        found = (kind, transaction_id, code)
        assert found == (OUTCOME_KIND, outcome.transaction_id, outcome.code), f"{name} was acknowledged, but is not so"
        if outcome.final:
            told = Told(outcome.code, height, outcome.leaf_index)
            known = self.acknowledged.setdefault(outcome.transaction_id, told)
            assert known == told, f"{name} was acknowledged as {known}, then as {told}"

    def check_all(self) -> None:
        """Check everything, once nothing happens any more; every replica is up."""
        reference = self._cluster.chain.application
        for replica in self._cluster.replicas:
            assert replica.application is not None, f"replica {replica.number} is down"
            self._check_replica(replica.number, replica.application, reference)
            again = replica.kept.open(self._cluster, MemoryCheckpoint())
            same = again.machine.commitment_bytes == reference.machine.commitment_bytes
            assert same, f"replica {replica.number}: its log replays to another state"
        self._check_acknowledged()
        self._check_money(reference)

    @staticmethod
    def _check_replica(number: int, application: Application, reference: Application) -> None:
        """Check that a replica's history is that of all, byte for byte, and its state what it commits to."""
        heights = (application.log.height, application.height, reference.height)
        assert len(set(heights)) == 1, f"replica {number} has {heights[0]} blocks and executed {heights[1]}"
        for height in range(1, reference.height + 1):
            same = application.log.read(height) == reference.log.read(height)
            assert same, f"replica {number}: block {height} of its history is not that of the others"
        assert application.machine.commitment_bytes == reference.machine.commitment_bytes
        digest = decode_commitment(application.machine.commitment_bytes).state_digest
        assert digest_of_whole_state(application.state) == digest, f"replica {number}: its state is not what it says"
        broken = broken_laws(application.state)
        assert not broken, f"replica {number}: broken laws: {broken}"

    def _check_acknowledged(self) -> None:
        """Check that everything acknowledged is in the history once, and nothing that was refused for good."""
        found: Counter[tuple[bytes, Told]] = Counter()
        application, committed = self._cluster.chain.application, self._cluster.chain.committed
        for height in range(1, application.height + 1):
            block = application.read_block(height)
            forged = self._forged.intersection(block.block.items)
            assert not forged, f"block {height} holds a forged payment"
            for index, leaf in enumerate(block.leaves):
                kind, subject, told, *_ = codec.decode(leaf, list[object])
                if kind == OUTCOME_KIND:
                    assert isinstance(subject, bytes)
                    found[subject, Told(str(told), height, index)] += 1
        for transaction_id, told_outcome in self.acknowledged.items():
            name = transaction_id.hex()[:12]
            times = found[transaction_id, told_outcome]
            assert times == 1, f"{name} was acknowledged as {told_outcome}, which is in the history {times} times"
            assert told_outcome.code == COMMITTED or transaction_id not in committed, f"{name} was refused for good"
        for transaction_id, height in self._expired.items():
            late = committed.get(transaction_id, 0) > height
            assert not late, f"{transaction_id.hex()[:12]} was committed after somebody was told that it expired"

    def _check_money(self, application: Application) -> None:
        """Check by the history alone that money is what was issued and not redeemed, and that payments only move it."""
        issued: Counter[str] = Counter()
        for height in range(1, application.height + 1):
            block = application.read_block(height)
            made = self._made([application.machine.read_item(each) for each in block.block.items])
            moved: dict[bytes, Counter[str]] = {}
            for leaf in block.leaves:
                kind, *fields = codec.decode(leaf, list[object])
                if kind == BALANCE_KIND:
                    _, asset, _, transaction_id, delta, *_ = fields
                    assert isinstance(transaction_id, bytes)
                    assert isinstance(delta, int)
                    moved.setdefault(transaction_id, Counter())[str(asset)] += delta
            for transaction_id, deltas in moved.items():
                expected = made.get(transaction_id, {})
                wrong = {each: delta for each, delta in deltas.items() if delta != expected.get(each, 0)}
                assert not wrong, f"{transaction_id.hex()[:12]} made money: {wrong}, expected {expected}"
                issued.update(deltas)
        for key, record in balances.table(application.state).items():
            issued[key[balances.ACCOUNT_ID_BYTES :].decode()] -= record.amount_minor
        wrong = {asset: missing for asset, missing in issued.items() if missing}
        assert not wrong, f"accounts hold other than was issued; missing: {wrong}"

    @staticmethod
    def _made(items: list[Item]) -> dict[bytes, dict[str, int]]:
        """Return how much money each transaction makes or ends, by asset: only issues and redemptions do."""
        sign = {"issue/1": 1, "redeem/1": -1}
        return {
            member.transaction_id: {member.transaction.asset: sign[member.verb.kind] * member.transaction.amount_minor}
            for item in items
            for member in item.members
            if member.verb.kind in sign
        }
