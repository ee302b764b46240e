from __future__ import annotations

import pytest

from payport.bench import bulk_base, ledger
from payport.bench.bulk_base import BANKS, fill, genesis
from payport.bench.payment_pattern import PATTERNS, draw_pairs, prepare
from payport.ledger.digest import digest_of_whole_state
from payport.ledger.invariants.law import broken_laws
from payport.ledger.machine import Machine
from payport.ledger.state.state import State
from payport.ledger.store.checkpoint import MemoryCheckpoint
from payport.proof.commitment import decode_commitment


@pytest.mark.parametrize("pattern", PATTERNS)
def test_figures_of_a_small_run(pattern: str) -> None:
    figures = ledger.run(ledger.Scale(40, 50, 300), pattern)
    assert figures["payments_per_second"] > 0
    assert figures["verify_ceiling_per_second"] > 0
    assert figures["ratio"] == pytest.approx(
        figures["payments_per_second"] / figures["verify_ceiling_per_second"], abs=0.002
    )
    assert 0 < figures["p50_ms"] <= figures["p99_ms"]
    assert figures["restart_replayed_blocks"] == figures["block_count"] > 0
    assert (figures["accounts"], figures["remembered_ids"], figures["payments"]) == (40, 50, 300)
    assert figures["pattern"] == pattern
    assert all(cost >= 0 for cost in figures["stage_microseconds"].values())


@pytest.mark.parametrize("pattern", PATTERNS)
def test_all_pairs_are_across_banks(pattern: str) -> None:
    for payer, payee in draw_pairs(pattern, 50, 2_000):
        assert payer % len(BANKS) != payee % len(BANKS)
        assert 0 <= payer < 50
        assert pattern != "merchant" or payee == 0


def test_a_bulk_base_is_what_the_ledger_would_have_written(monkeypatch: pytest.MonkeyPatch) -> None:
    checkpoint = MemoryCheckpoint()
    monkeypatch.setattr(bulk_base, "_CHUNK", 7)
    monkeypatch.setattr(bulk_base, "_PART", 15)
    fill(checkpoint, 30, 25)
    state = State(checkpoint)
    machine = Machine(genesis(), state)
    assert broken_laws(state) == {}
    (item,) = prepare(machine.chain_id, 30, "uniform", 1)
    executed = machine.execute(1, machine.time_ms + 1, [machine.read_item(item)])
    assert executed.outcomes[0][0].code == "committed"
    assert decode_commitment(executed.commitment_bytes).state_digest == digest_of_whole_state(state)
