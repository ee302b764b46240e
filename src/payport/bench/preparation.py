"""Drives a mix: what it needs is executed by the real ledger and made durable, before anything is measured."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from payport import _native
from payport.consensus.intake import BATCH_TRANSACTIONS
from payport.ledger.block import COMMITTED
from payport.ledger.store.stored_block import store_executed
from payport.proof.finality import embedded as finality

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from payport.bench.mix import Item, Steps
    from payport.consensus.application import Application
    from payport.ledger.block import Executed

_KEY = bytes(32)


def prepare(steps: Steps, application: Application, progress: Callable[[int, int], None]) -> list[Item]:
    """Execute what the mix needs and return what it measures."""
    executed: list[Executed] | None = None
    while True:
        try:
            before = next(steps) if executed is None else steps.send(executed)
        except StopIteration as stopped:
            return list(stopped.value)
        executed = _execute(application, before, progress)


def _execute(application: Application, items: Sequence[Item], progress: Callable[[int, int], None]) -> list[Executed]:
    machine = application.machine
    blocks = []
    for start in range(0, len(items), BATCH_TRANSACTIONS):
        read = [machine.read_item(item) for item in items[start : start + BATCH_TRANSACTIONS]]
        assert not any(machine.verify_items(read)), "a signature of the preparation does not verify"
        executed = application.execute(machine.height + 1, machine.time_ms + 1, read)
        for outcome in itertools.chain.from_iterable(executed.outcomes):
            assert outcome.code == COMMITTED, f"a transaction of the preparation was refused: {outcome}"
        signature = _native.sign_ed25519(_KEY, finality.signing_bytes(executed.commitment_bytes))
        payload = finality.encode_payload(_native.public_key_ed25519(_KEY), signature)
        application.make_durable([store_executed(executed, finality.TAG, payload)])
        blocks.append(executed)
        progress(start + len(read), len(items))
    return blocks
