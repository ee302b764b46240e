from __future__ import annotations

import os
import subprocess
import sys

import pytest

from payport.ledger.state import balances
from payport.simulator import simulation
from payport.simulator.node import Fault, Node

PAYMENTS = 4_000

# Every verb there is today is part of the traffic, and every attack ends as it must.
EXPECTED = {
    "account_frozen",
    "account_not_empty",
    "authority_not_by_payer",
    "authority_out_of_time",
    "authority_used",
    "charge_exceeds_cap",
    "committed",
    "daily_limit",
    "expired",
    "expired_key",
    "group_incomplete",
    "group_refused",
    "insufficient_balance",
    "invalid_signature",
    "malformed_bytes",
    "net_debit_cap_exceeded",
    "no_live_hold",
    "no_live_offer",
    "not_your_freeze",
    "offer_mismatch",
    "order_already_paid",
    "order_expired",
    "order_not_by_merchant",
    "policy_out_of_reach",
    "recovery_under_way",
    "recovery_waits",
    "refund_exceeds_purchase",
    "revoked_key",
    "second_institution_needed",
    "too_few_approvals",
    "too_few_signatures",
    "unbound_key",
    "wrong_chain",
}


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_everything_holds(seed: int) -> None:
    told: list[tuple[int, int]] = []
    report = simulation.run(seed, PAYMENTS, lambda done, total: told.append((done, total)))
    assert report.payments >= PAYMENTS
    assert report.crashes > 0
    assert report.repeated > 0
    assert set(report.outcomes) >= EXPECTED
    assert report.outcomes["committed"] > PAYMENTS // 2
    assert len(report.state_hash) == 64
    assert told[-1] == (PAYMENTS, PAYMENTS)
    assert simulation.report_json(report)["laws"] == list(report.laws)


def test_seeds_differ() -> None:
    assert simulation.run(1, 100).state_hash != simulation.run(2, 100).state_hash


def test_same_seed_same_hash_in_every_process() -> None:
    program = "from payport.simulator.simulation import run; print(run(7, 600))"
    reports = [
        subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": hash_seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for hash_seed in ("1", "2")
    ]
    assert reports[0] == reports[1]
    assert "state_hash" in reports[0]


def test_a_bug_in_the_ledger_is_caught_and_the_seed_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """A movement that credits a unit too much breaks a law in the block it happens in."""
    change = balances.change

    def generous(context: object, account: bytes, asset: str, delta_minor: int, fee_minor: int = 0) -> None:
        change(context, account, asset, delta_minor + (1 if delta_minor > 20_000 else 0), fee_minor)  # type: ignore[arg-type]

    monkeypatch.setattr(balances, "change", generous)
    with pytest.raises(simulation.SimulationFailedError, match=r"^seed 5, step \d+: .*money_conserved") as caught:
        simulation.run(5, PAYMENTS)
    assert caught.value.seed == 5


def test_a_wrong_fee_that_breaks_no_law_is_caught_by_the_model(monkeypatch: pytest.MonkeyPatch) -> None:
    from payport.ledger import fees

    monkeypatch.setattr(fees, "share_half_up", lambda amount, numerator, denominator: amount * numerator // denominator)
    with pytest.raises(simulation.SimulationFailedError, match=r"differ|got .*, expected"):
        simulation.run(5, PAYMENTS)


def test_an_acknowledged_block_that_was_not_synced_is_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that says it synced and did not loses what was acknowledged: the check after a crash sees it."""
    from payport.ledger.store.faulty_files import FaultyFile

    monkeypatch.setattr(FaultyFile, "sync", lambda _: None)
    with pytest.raises(simulation.SimulationFailedError):
        simulation.run(5, PAYMENTS)


def test_a_second_execution_of_the_same_bytes_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    from payport.ledger.state import ids

    monkeypatch.setattr(ids, "recall", lambda *_: None)
    with pytest.raises(simulation.SimulationFailedError):
        simulation.run(5, PAYMENTS)


def test_the_power_fails_at_every_point(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: set[Fault] = set()
    execute = Node.execute

    def noting(self: Node, blocks: object, fault: Fault) -> object:
        seen.add(fault)
        return execute(self, blocks, fault)  # type: ignore[arg-type]

    monkeypatch.setattr(Node, "execute", noting)
    monkeypatch.setattr(simulation, "CRASH_SHARE", 0.5)
    simulation.run(11, PAYMENTS)
    assert seen == set(Fault)


@pytest.mark.slow
def test_many_payments() -> None:
    assert simulation.run(7, 8_000).crashes > 8
