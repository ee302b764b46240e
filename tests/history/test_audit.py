"""An audit confirms what is right, and names the first block that is not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from payport.history.audit import Auditor
from payport.ledger.state import balances
from payport.ledger.store.checkpoint import MemoryCheckpoint
from payport.proof.commitment import commitment_hash
from payport.values import codec
from payport.values.refusals import Refusal
from tests.history.ledger_node import LedgerNode
from tests.ledger.network import account

if TYPE_CHECKING:
    from payport.ledger.store.stored_block import StoredBlock


@pytest.fixture(scope="module")
def node() -> LedgerNode:
    made = LedgerNode()
    network = made.network
    network.open("lin", "east", money=10_000)
    network.open("chen", "west", money=0)
    for amount_minor in range(1, 20):
        network.do("transfer/1", account("lin"), "lin", payee=account("chen"), asset="CNY", amount_minor=amount_minor)
    network.do("transfer/1", account("lin"), "lin", payee=account("chen"), asset="CNY", amount_minor=10**9)
    return made.settle()


def audited(node: LedgerNode, blocks: list[StoredBlock]) -> Auditor:
    auditor = Auditor(node.network.genesis, node.trust)
    for each in blocks:
        auditor.take(each)
    return auditor


def test_a_chain_that_is_right(node: LedgerNode) -> None:
    report = audited(node, node.stored).finish()
    machine = node.network.machine
    assert (report.height, report.proven) == (machine.height, machine.height)
    assert report.commitment == commitment_hash(machine.commitment_bytes).hex()
    assert report.committed < report.transactions, "a refused payment is a transaction too"


def changed(stored: StoredBlock, **fields: Any) -> StoredBlock:
    return msgspec.structs.replace(stored, **fields)


@pytest.mark.parametrize("field", ["leaves", "outcomes", "commitment_bytes", "finality_payload", "block"])
def test_anything_else_is_named_with_its_block(node: LedgerNode, field: str) -> None:
    blocks, place = list(node.stored), len(node.stored) - 3
    own, other = blocks[place], blocks[place + 1]
    value = getattr(other, field)
    if field == "block":
        value = msgspec.structs.replace(own.block, items=other.block.items)
    blocks[place] = changed(own, **{field: value})
    with pytest.raises(Refusal, match=f"audit_failed.* block {own.height}\\b"):
        audited(node, blocks)


def test_a_missing_block_and_another_genesis(node: LedgerNode) -> None:
    with pytest.raises(Refusal, match=r"audit_failed.*in the place of block 3"):
        audited(node, [*node.stored[:2], *node.stored[3:]])
    other = Auditor(msgspec.structs.replace(node.network.genesis, time_ms=node.network.genesis.time_ms + 1), None)
    with pytest.raises(Refusal, match="audit_failed"):
        other.take(node.stored[0])


def test_a_stored_balance_that_is_not_so(node: LedgerNode) -> None:
    auditor = audited(node, node.stored)
    copy = MemoryCheckpoint()
    for family, records in auditor._base._families.items():
        copy.load({family: dict(records)})
    copy.apply(auditor.height, {})
    assert auditor.compare(copy) > 20
    place = balances.key(account("chen"), "CNY")
    held = codec.decode(copy.get("balances", place) or b"", balances.Balance)
    forged = msgspec.structs.replace(held, amount_minor=held.amount_minor + 1)
    copy._families["balances"][place] = codec.encode(forged)
    with pytest.raises(Refusal, match=r"audit_failed.*balances"):
        auditor.compare(copy)
