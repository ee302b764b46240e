"""What each stage of a payment costs on one thread, and what verification alone could reach."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from payport import _native
from payport.consensus.intake import BATCH_TRANSACTIONS
from payport.ledger.store.stored_block import store_executed
from payport.proof.finality import embedded as finality
from payport.values import codec, envelopes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from payport.consensus.application import Application

VERIFY_BATCH: Final = 5_000
"""Signatures handed to native code at once: as many as a full block has."""

CORES: Final = 2
"""Cores the ceiling uses."""


def verify_ceiling(items: Sequence[tuple[bytes, ...]]) -> float:
    """Return how many of these signatures both cores verify per second, doing nothing else."""
    triples = []
    for (encoded,) in items:
        envelope = codec.decode(encoded, envelopes.Envelope)
        signed = envelope.signatures[0]
        triples.append((signed.public_key, envelopes.signing_bytes(envelope.body), signed.signature))
    begun = time.perf_counter()
    for start in range(0, len(triples), VERIFY_BATCH):
        verdicts = _native.verify_ed25519(triples[start : start + VERIFY_BATCH], CORES)
        assert all(verdicts), "a prepared signature does not verify"
    return len(triples) / (time.perf_counter() - begun)


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
