"""The published blocks, replayed through the machine from the file alone."""

from __future__ import annotations

from collections import Counter
from typing import Any

from payport.ledger.genesis import read_genesis
from payport.ledger.machine import Machine
from payport.ledger.registry import verbs
from payport.ledger.state.state import State
from payport.proof import messagepack
from payport.proof.commitment import decode_commitment
from payport.proof.transaction import read_transaction
from payport.values import codec
from tests.vectors.files import data, read, sha256, tag
from tests.vectors.test_proof_vectors import rfc_6962


def started() -> Machine:
    document = read("blocks")
    machine = Machine(read_genesis(data(document["genesis"])), State())
    assert machine.chain_id == document["chain_id"]
    assert machine.commitment_bytes == data(document["genesis_commitment"])
    return machine


def replay(machine: Machine, block: dict[str, Any]) -> tuple[list[dict[str, Any]], list[bytes]]:
    """Execute a block; return its outcomes as the file writes them, and its leaves."""
    items = [machine.read_item([data(each) for each in item]) for item in block["items"]]
    assert machine.verify_items(items) == [None] * len(items)
    executed = machine.execute(block["height"], block["time_ms"], items)
    outcomes = [
        {"transaction_id": each.transaction_id.hex(), "code": each.code, "leaf_index": each.leaf_index}
        for members in executed.outcomes
        for each in members
    ]
    return outcomes, list(executed.leaves)


def records(machine: Machine) -> dict[tuple[str, bytes], bytes]:
    return {
        (table.family.name, key): codec.encode(record)
        for table in machine.state.tables()
        for key, record in table.items()
    }


def test_every_block_comes_to_what_the_file_says() -> None:
    machine = started()
    for block in read("blocks")["blocks"]:
        outcomes, leaves = replay(machine, block)
        assert outcomes == block["outcomes"]
        hashes = [sha256(b"\x00", leaf) for leaf in leaves]
        assert [each.hex() for each in hashes] == block["leaf_hashes"]
        commitment = decode_commitment(data(block["commitment"]))
        assert rfc_6962(hashes) == commitment.receipts_root
        assert machine.commitment_bytes == data(block["commitment"])
        assert sha256(tag("commitment"), machine.commitment_bytes) == data(block["commitment_hash"])


def test_the_records_each_block_changes() -> None:
    machine = started()
    before = records(machine)
    for block in read("blocks")["blocks"]:
        replay(machine, block)
        after = records(machine)
        changed: dict[str, list[list[Any]]] = {}
        for family, key in sorted(before.keys() | after.keys()):
            old, new = before.get((family, key)), after.get((family, key))
            if old != new and family != "commitments":
                changed.setdefault(family, []).append([key, new])
        assert {family: sha256(messagepack.encode(each)).hex() for family, each in changed.items()} == block["changed"]
        before = after


def test_every_verb_is_committed_and_many_are_refused() -> None:
    machine = started()
    committed, codes = set(), Counter[str]()
    for block in read("blocks")["blocks"]:
        bodies = [read_transaction(data(each)).body for item in block["items"] for each in item]
        outcomes, _ = replay(machine, block)
        codes.update(each["code"] for each in outcomes)
        for body, outcome in zip(bodies, outcomes, strict=True):
            if outcome["code"] == "committed":
                committed.add(codec.decode(body, list[Any])[1])
    assert committed == verbs().keys()
    assert len(codes) > 30
    assert {"group_refused", "voided", "institution_suspended", "net_debit_cap_exceeded"} <= codes.keys()


def test_the_last_block_expires_what_is_due() -> None:
    """A hold and an offer that nobody ended are freed by time alone, each with a leaf of its own."""
    machine = started()
    blocks = read("blocks")["blocks"]
    for block in blocks[:-1]:
        replay(machine, block)
    open_before = {family for family, _ in records(machine)} & {"holds", "offers"}
    outcomes, leaves = replay(machine, blocks[-1])
    assert open_before == {"holds", "offers"}
    assert not {family for family, _ in records(machine)} & open_before
    assert "expiry/1" in {messagepack.decode(leaf)[0] for leaf in leaves}  # type: ignore[index]
    assert len(leaves) > len(outcomes)
