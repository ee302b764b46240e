"""A block is believed for its proof: whatever is changed in it, nothing of it is used."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from payport import _native
from payport.history.verified import holds, narrowed, read_named, verify_block
from payport.ledger import receipt
from payport.ledger.block import COMMITTED
from payport.proof.commitment import decode_commitment, encode_commitment
from payport.proof.finality import embedded
from payport.proof.verify import verify_receipt
from payport.values import envelopes
from payport.values.refusals import Refusal
from payport.values.signatures.contract import ED25519, P256, Primitive
from tests.databases import SqliteDatabases
from tests.history.ledger_node import LedgerNode, busy_network, dump, follower_of
from tests.ledger.network import account, seed

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from typing import Any

    from payport.ledger.store.stored_block import StoredBlock


@pytest.fixture(scope="module")
def node() -> LedgerNode:
    return busy_network()


def replaced(record: Any, /, **changes: Any) -> Any:
    return msgspec.structs.replace(record, **changes)


def flipped(data: bytes, place: int = 0) -> bytes:
    return data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]


def other_items(block: StoredBlock) -> StoredBlock:
    item = block.block.items[0]
    changed = (flipped(item[0], len(item[0]) - 1), *item[1:])
    return replaced(block, block=replaced(block.block, items=(changed, *block.block.items[1:])))


def signed_again(block: StoredBlock, seed: bytes = bytes([9]) * 32, **changes: Any) -> StoredBlock:
    """Return the block with a changed commitment, signed by a node's key."""
    made = encode_commitment(decode_commitment(block.commitment_bytes)._replace(**changes))
    signature = _native.sign_ed25519(seed, embedded.signing_bytes(made))
    payload = embedded.encode_payload(_native.public_key_ed25519(seed), signature)
    return replaced(block, commitment_bytes=made, finality_payload=payload)


TAMPERINGS: dict[str, Callable[[StoredBlock], StoredBlock]] = {
    "leaf flipped": lambda b: replaced(b, leaves=(flipped(b.leaves[0], 9), *b.leaves[1:])),
    "leaf left out": lambda b: replaced(b, leaves=b.leaves[:-1]),
    "leaf twice": lambda b: replaced(b, leaves=(*b.leaves, b.leaves[-1])),
    "leaves swapped": lambda b: replaced(b, leaves=b.leaves[::-1]),
    "no leaves": lambda b: replaced(b, leaves=()),
    "item flipped": other_items,
    "item left out": lambda b: replaced(b, block=replaced(b.block, items=())),
    "item unreadable": lambda b: replaced(b, block=replaced(b.block, items=((b"\xc1",),))),
    "commitment flipped": lambda b: replaced(b, commitment_bytes=flipped(b.commitment_bytes, 60)),
    "commitment cut": lambda b: replaced(b, commitment_bytes=b.commitment_bytes[:-1]),
    "signature flipped": lambda b: replaced(b, finality_payload=flipped(b.finality_payload, 40)),
    "payload cut": lambda b: replaced(b, finality_payload=b.finality_payload[:-1]),
    "another's signature": lambda b: signed_again(b, b"stranger".ljust(32)),
    "unknown finality": lambda b: replaced(b, finality_tag="other/1"),
    "no finality": lambda b: replaced(b, finality_tag=""),
    "another height": lambda b: replaced(b, block=replaced(b.block, height=b.height + 1)),
    "another time": lambda b: replaced(b, block=replaced(b.block, time_ms=b.block.time_ms + 1)),
    "another chain": lambda b: signed_again(b, chain_id="other-0011223344556677"),
    "another history": lambda b: signed_again(b, history_root=os.urandom(32)),
}


@pytest.mark.parametrize("tampering", TAMPERINGS)
async def test_tampering_is_refused_and_nothing_of_it_written(node: LedgerNode, tmp_path: Path, tampering: str) -> None:
    liar = LedgerNode()
    liar.stored = list(node.stored)
    last = len(liar.stored)
    follower, engine = follower_of(liar, SqliteDatabases(tmp_path))
    await follower.catch_up(last - 1)
    before = dump(engine)
    liar.stored[-1] = TAMPERINGS[tampering](liar.stored[-1])
    with pytest.raises(Refusal, match="unproven_block"):
        await follower.catch_up(last)
    assert dump(engine) == before
    again, _ = follower_of(node, SqliteDatabases(tmp_path))
    await again.catch_up(last)
    assert len(dump(engine)["blocks"]) == last + 1, "the honest block continues where the lie was refused"


async def test_a_skipped_or_repeated_block_is_refused(node: LedgerNode, tmp_path: Path) -> None:
    for number, order in enumerate(([0, 2, 3], [0, 1, 1], [1, 2, 3], [0, 1, 2, 4])):
        liar = LedgerNode()
        liar.stored = [node.stored[place] for place in order]
        follower, engine = follower_of(liar, SqliteDatabases(tmp_path), f"index-{number}")
        with pytest.raises(Refusal, match="unproven_block"):
            await follower.catch_up(len(order))
        assert dump(engine)["transactions"] == []


async def test_a_block_before_the_one_before_it_is_refused(node: LedgerNode, tmp_path: Path) -> None:
    liar = LedgerNode()
    liar.stored = list(node.stored)
    earlier = liar.stored[3].block.time_ms
    fifth = signed_again(liar.stored[4], time_ms=earlier)
    liar.stored[4] = replaced(fifth, block=replaced(fifth.block, time_ms=earlier))
    follower, _ = follower_of(liar, SqliteDatabases(tmp_path))
    with pytest.raises(Refusal, match=r"unproven_block.*not later"):
        await follower.catch_up(5)


@given(st.data())
def test_no_flipped_bit_of_proof_or_leaves_is_believed(data: st.DataObject) -> None:
    block = STORED[-1]
    parts = [block.commitment_bytes, block.finality_payload, *block.leaves]
    which = data.draw(st.integers(0, len(parts) - 1))
    place = data.draw(st.integers(0, len(parts[which]) - 1))
    parts[which] = flipped(parts[which], place)
    changed = replaced(block, commitment_bytes=parts[0], finality_payload=parts[1], leaves=tuple(parts[2:]))
    with pytest.raises(Refusal, match="unproven_block"):
        verify_block(changed, TRUST)


_NODE = busy_network()
STORED, TRUST = _NODE.stored, _NODE.trust


def test_outcomes_beside_the_leaves_are_not_believed(node: LedgerNode) -> None:
    honest = node.stored[-1]
    lies = tuple(replaced(each, leaf_index=0) for each in honest.outcomes)
    block = verify_block(replaced(honest, outcomes=lies), node.trust)
    for outcome in honest.outcomes:
        encoded = receipt.assemble(narrowed(block, outcome.leaf_index), outcome.transaction_id, account("lin"))
        assert verify_receipt(encoded, node.trust).transaction_id == outcome.transaction_id
    for wrong in (1, len(honest.leaves)):
        with pytest.raises(Refusal, match="unproven_block"):
            narrowed(block, wrong)
    with pytest.raises(Refusal, match=r"unproven_block.*no such transaction"):
        narrowed(verify_block(other_items(honest), node.trust), 0)


def test_a_receipt_is_of_the_authorised_outcome_beside_a_strangers(node: LedgerNode) -> None:
    own = LedgerNode()
    network = own.network
    lin, chen = network.open("lin", "east", money=1_000), network.open("chen", "west")
    payment = network.build("transfer/1", lin, payee=chen, asset="CNY", amount_minor=1)
    executed = network.block(network.read(network.sign(payment, "chen")), network.read(network.sign(payment, "lin")))
    first, second = (members[0] for members in executed.outcomes)
    assert (first.code, second.code) == ("unbound_key", COMMITTED)
    block = verify_block(own.settle().stored[-1], own.trust)
    encoded = receipt.assemble(narrowed(block, second.leaf_index), second.transaction_id, lin)
    assert verify_receipt(encoded, own.trust).outcome == COMMITTED
    (names, _), (others, _) = read_named(block.stored)
    assert names[0] == others[0]
    assert names[1] != others[1]


def test_signatures_of_both_curves_are_checked() -> None:
    message = envelopes.signing_bytes(b"body")
    good = Primitive(
        ED25519, _native.public_key_ed25519(seed("lin")), message, _native.sign_ed25519(seed("lin"), message)
    )
    assert holds(good)
    assert not holds(good._replace(message=b"other"))
    assert not holds(Primitive(P256, bytes([4]) * 65, bytes(32), bytes(64)))
