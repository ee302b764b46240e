"""A small network's first blocks: every verb executed, with all that another implementation must arrive at."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from payport.ledger.block import COMMITTED
from payport.ledger.machine import Machine
from payport.ledger.registry import verbs
from payport.ledger.state.state import State
from payport.proof import merkle
from payport.proof.commitment import commitment_hash
from payport.simulator.kinds import workload_kinds
from payport.simulator.node import Fault, Proposed
from payport.simulator.parties import RECOVERY_DELAY_MS
from payport.simulator.settlers import settle_in
from payport.simulator.world import World
from payport.values import codec, envelopes
from payport.values.limits import MAX_HOLD_MS
from payport.values.refusals import Refusal

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from payport.ledger.block import Block
    from payport.ledger.genesis import Genesis
    from payport.simulator.attempt import Attempt

ABOUT = (
    "Starting from genesis (an encoded record), each block executes its items (envelopes; several are a group) in "
    "order. Then compare: the outcome of each transaction with its leaf's index (-1 where there is none), the RFC 6962 "
    "hash of each leaf, the commitment. To find what differs, changed names for each record family the SHA-256 of the "
    "encoded array of [key, encoded record or nil] over its changed records, ascending by key."
)

SEED = 1

MAX_ROUNDS = 500
"""Rounds of what is lacking, at most; more would mean that a verb cannot happen in the simulator."""

ROUND_MS = RECOVERY_DELAY_MS
"""What passes after every round: time in which a recovery falls due, and none in which an offer expires."""

LONG_PAUSE_MS = MAX_HOLD_MS
"""What passes before the last block: holds and offers expire, remembered ids are dropped."""

LEFT_OPEN = ("authorise", "authorise", "authorise", "offer", "offer", "offer")
"""What is left to expire in the long pause; some of it may be refused."""

STEPS = {
    "approve": ("suspend",),
    "cancel": ("offer", "cancel"),
    "capture": ("authorise", "capture"),
    "emergency_suspend": ("suspend",),
    "finish_recovery": ("recover",),
    "propose": ("suspend",),
    "purchase": ("purchase_by_order",),
    "refund": ("purchase_by_order", "refund"),
    "reinstate": ("suspend",),
    "release": ("authorise", "release"),
    "revoke_key": ("bind_key", "revoke_key"),
    "set_net_debit_cap": ("net_debit_cap",),
    "take": ("offer", "take"),
    "unfreeze": ("freeze", "unfreeze"),
    "veto_recovery": ("recover",),
}
"""Kinds of traffic in which a verb happens, where they are more than the one named after it."""

_UNLISTED = "commitments"
"""Every block adds its predecessor's commitment there."""


def make() -> dict[str, object]:
    """Return the vectors."""
    genesis, ordered = _traffic(SEED)
    state = State()
    machine = Machine(genesis, state)
    first = machine.commitment_bytes.hex()
    return {
        "chain_id": machine.chain_id,
        "genesis": codec.encode(genesis).hex(),
        "genesis_commitment": first,
        "blocks": [_executed(machine, block) for block in ordered],
    }


def _executed(machine: Machine, block: Block) -> dict[str, object]:
    before = _records(machine.state)
    executed = machine.execute(block.height, block.time_ms, [machine.read_item(item) for item in block.items])
    after = _records(machine.state)
    return {
        "height": block.height,
        "time_ms": block.time_ms,
        "items": [[envelope.hex() for envelope in item] for item in block.items],
        "outcomes": [
            {"transaction_id": each.transaction_id.hex(), "code": each.code, "leaf_index": each.leaf_index}
            for members in executed.outcomes
            for each in members
        ],
        "leaf_hashes": [merkle.leaf_hash(leaf).hex() for leaf in executed.leaves],
        "changed": {
            family: hashlib.sha256(codec.encode(changed)).hexdigest()
            for family in after
            if (changed := _changed(before[family], after[family]))
        },
        "commitment": executed.commitment_bytes.hex(),
        "commitment_hash": commitment_hash(executed.commitment_bytes).hex(),
    }


def _records(state: State) -> dict[str, dict[bytes, bytes]]:
    return {
        table.family.name: {key: codec.encode(record) for key, record in table.items()}
        for table in state.tables()
        if table.family.name != _UNLISTED
    }


def _changed(before: dict[bytes, bytes], after: dict[bytes, bytes]) -> list[tuple[bytes, bytes | None]]:
    keys = sorted(key for key in before.keys() | after.keys() if before.get(key) != after.get(key))
    return [(key, after.get(key)) for key in keys]


def _traffic(seed: int) -> tuple[Genesis, list[Block]]:
    """Return the genesis and the blocks of a simulated network in which nothing fails and every verb happens."""
    world, happened = World(seed), set[str]()
    for attempts in settle_in(world):
        happened |= _send(world, attempts)
    kinds = {kind.name: kind for kind in workload_kinds()}
    for kind in kinds.values():
        happened |= _send(world, kind.draw(world))
    steps = _steps(kinds)
    for _ in range(MAX_ROUNDS):
        if happened >= steps.keys():
            break
        for verb in sorted(steps.keys() - happened):
            for step in steps[verb]:
                happened |= _send(world, kinds[step].draw(world))
        world.now_ms += ROUND_MS
    for step in LEFT_OPEN:
        _send(world, kinds[step].draw(world))
    world.now_ms += LONG_PAUSE_MS
    _send(world, kinds["transfer"].draw(world))
    assert happened >= steps.keys(), f"never happened: {steps.keys() - happened}"
    application = world.node.application
    heights = range(1, application.log.height + 1)
    return world.node.genesis, [application.read_block(height).block for height in heights]


def _steps(kinds: Collection[str]) -> dict[str, tuple[str, ...]]:
    """Return the kinds of traffic in which each verb happens; a verb that no kind sends yet is left out."""
    steps = {verb: STEPS.get(name := verb.split("/", maxsplit=1)[0], (name,)) for verb in verbs()}
    return {verb: needed for verb, needed in steps.items() if set(needed) <= set(kinds)}


def _send(world: World, attempts: Sequence[Attempt]) -> set[str]:
    """Execute a block and let a second pass; returns the kinds of transactions that happened."""
    if not attempts:
        return set()
    (answers,) = world.node.execute([Proposed(world.now_ms, attempts)], Fault.NEVER)
    world.now_ms = max(world.now_ms, world.node.application.machine.time_ms) + 1_000
    happened = set()
    for attempt, answer in zip(attempts, answers, strict=True):
        if isinstance(answer, Refusal):
            continue
        if attempt.then is not None:
            attempt.then(answer)
        bodies = [envelopes.read_envelope(each).body for each in attempt.encoded]
        happened |= {
            str(codec.decode(body, list)[1])
            for body, outcome in zip(bodies, answer, strict=True)
            if outcome.code == COMMITTED
        }
    return happened
