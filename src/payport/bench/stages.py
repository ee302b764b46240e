"""What each stage of a payment costs on one thread, and what verification alone could reach."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final, NamedTuple

from payport import _native
from payport.consensus.intake import BATCH_TRANSACTIONS
from payport.ledger.admission import read_item
from payport.ledger.store.stored_block import store_executed
from payport.proof.finality import embedded as finality
from payport.values import envelopes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from payport.consensus.application import Application
    from payport.ledger.admission import Item

VERIFY_BATCH: Final = 5_000
"""Signatures handed to native code at once: as many as a full block has."""

CORES: Final = 2
"""Cores the ceiling uses."""


class Ceiling(NamedTuple):
    """What verification alone could reach."""

    per_second: float
    """Items whose signatures were all verified, per second."""
    signatures: float
    """Signatures of an item, those inside bodies included."""


def signatures_of(item: Item) -> list[tuple[bytes, bytes, bytes]]:
    """Return key, message and signature of everything that must verify: on the envelopes, and inside the bodies."""
    found = []
    for member in item.members:
        message = envelopes.signing_bytes(member.envelope.body)
        found += [(each.public_key, message, each.signature) for each in member.envelope.signatures]
        found += [(each.public_key, each.message, each.signature) for each in member.verb.proofs(member.transaction)]
    return found


def verify_ceiling(chain_id: str, items: Sequence[tuple[bytes, ...]]) -> Ceiling:
    """Verify all signatures of these items on both cores, doing nothing else."""
    signatures = [each for item in items for each in signatures_of(read_item(chain_id, item))]
    begun = time.perf_counter()
    for start in range(0, len(signatures), VERIFY_BATCH):
        verdicts = _native.verify_ed25519(signatures[start : start + VERIFY_BATCH], CORES)
        assert all(verdicts), "a prepared signature does not verify"
    seconds = time.perf_counter() - begun
    return Ceiling(len(items) / seconds, len(signatures) / len(items))


def measure_stages(application: Application, items: Sequence[tuple[bytes, ...]], time_ms: int) -> dict[str, float]:
    """Take items through one stage after the other on one thread; return microseconds per payment by stage."""
    names = ("read", "verify", "read_ahead", "recall_and_admit", "execute", "encode_and_sign_block", "append_and_sync")
    spent = dict.fromkeys(names, 0.0)
    machine = application.machine
    key = bytes(32)
    public_key = _native.public_key_ed25519(key)
    for start in range(0, len(items), BATCH_TRANSACTIONS):
        marks = [time.perf_counter()]
        read = [machine.read_item(item) for item in items[start : start + BATCH_TRANSACTIONS]]
        marks.append(time.perf_counter())
        assert not any(machine.verify_items(read))
        marks.append(time.perf_counter())
        block_ms = max(machine.time_ms + 1, time_ms)
        machine.read_ahead(read)
        marks.append(time.perf_counter())
        for item in read:
            assert machine.recall(item) is None
            machine.admit(item, block_ms)
        marks.append(time.perf_counter())
        executed = application.execute(machine.height + 1, block_ms, read)
        marks.append(time.perf_counter())
        signature = _native.sign_ed25519(key, finality.signing_bytes(executed.commitment_bytes))
        stored = store_executed(executed, finality.TAG, finality.encode_payload(public_key, signature))
        marks.append(time.perf_counter())
        application.make_durable([stored])
        marks.append(time.perf_counter())
        for name, before, after in zip(names, marks, marks[1:], strict=False):
            spent[name] += after - before
    return {name: round(seconds / len(items) * 1e6, 2) for name, seconds in spent.items()}
