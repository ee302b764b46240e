from __future__ import annotations

import pytest

from payport.bench import bulk_base, ledger
from payport.bench.author import Author
from payport.bench.bulk_base import BANKS, fill, genesis
from payport.bench.mix import TRANSFER, mixes
from payport.bench.mixes.payments import transfers
from payport.bench.payment_pattern import PATTERNS, draw_pairs, draw_turns
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


def test_turns_are_across_banks_and_fair() -> None:
    turns = list(draw_turns(50, 100))
    assert sorted(payer for payer, _ in turns) == sorted([*range(50)] * 2)
    for payer, payee in turns:
        assert payer % len(BANKS) != payee % len(BANKS)
        assert 0 <= payee < 50


INSIDE_BODIES = {"order", "charge", "bind_key", "open_account", "recover"}
"""Mixes whose bodies hold a further signature."""


def test_every_mix_is_committed_and_held_against_the_transfer() -> None:
    told: list[tuple[str, int, int]] = []
    figures = ledger.run_all(ledger.Scale(40, 0, 100), "uniform", lambda *step: told.append(step))["mixes"]
    assert list(figures) == list(mixes())
    assert next(iter(figures)) == TRANSFER
    assert figures[TRANSFER]["ratio_to_transfer"] == 1
    for name, row in figures.items():
        assert row["mix"] == name
        assert row["payments_per_second"] > 0
        assert row["signatures_per_payment"] == (2 if name in {*INSIDE_BODIES, "group"} else 1)
    assert {"accounts", "signing", "preparing", "payments", "mixes"} == {step for step, _, _ in told}


def test_a_refused_payment_fails_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk_base, "FIRST_MONEY_MINOR", 99)
    with pytest.raises(AssertionError, match="insufficient_balance"):
        ledger.run(ledger.Scale(40, 0, 100), "uniform")


def test_a_bulk_base_is_what_the_ledger_would_have_written(monkeypatch: pytest.MonkeyPatch) -> None:
    checkpoint = MemoryCheckpoint()
    monkeypatch.setattr(bulk_base, "_CHUNK", 7)
    monkeypatch.setattr(bulk_base, "_PART", 15)
    fill(checkpoint, 30, 25)
    state = State(checkpoint)
    machine = Machine(genesis(), state)
    assert broken_laws(state) == {}
    (item,) = transfers(Author(machine.chain_id, 30), 1)
    executed = machine.execute(1, machine.time_ms + 1, [machine.read_item(item)])
    assert executed.outcomes[0][0].code == "committed"
    assert decode_commitment(executed.commitment_bytes).state_digest == digest_of_whole_state(state)
