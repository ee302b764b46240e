"""Runs of several replicas: what happens in them, that all holds, and that a seed is one run."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from payport.cli.simulate import MAX_REPLICAS
from payport.simulator.replicas import cluster, simulation
from payport.simulator.replicas.checker import Checker
from payport.simulator.replicas.faults import STEPS
from payport.simulator.replicas.replica import Crash
from payport.simulator.simulation import SimulationFailedError

PAYMENTS = 250

HAPPENS = {
    "batch refused",
    "block sent again",
    "disk refuses the next sync",
    "everything heals",
    "foul weather",
    "partition",
    "planted exception",
    "proposal rejected",
    "round in vain",
    "stopped by its disk",
    *(each.value for each in Crash),
}


@pytest.fixture(scope="module")
def reports() -> list[simulation.Report]:
    return [simulation.run(seed, PAYMENTS, 4) for seed in range(1, 7)]


def test_everything_holds_while_everything_fails(reports: list[simulation.Report]) -> None:
    for report in reports:
        assert report.replicas == 4
        assert report.payments >= PAYMENTS
        assert report.outcomes["committed"] > PAYMENTS // 4
        assert report.acknowledged > PAYMENTS // 2
        assert report.blocks > report.height > 20
        assert report.crashes > 0
        assert report.lost > 0
        assert report.repeated > 0
        assert len(report.state_hash) == len(report.trace) == 64
        assert simulation.report_json(report)["events"] == report.events


def test_every_fault_is_among_them(reports: list[simulation.Report]) -> None:
    happened = {event for report in reports for event in report.events}
    assert happened >= HAPPENS
    assert any(event.startswith("lie: ") for event in happened)
    assert any(event.endswith(step) for event in happened for step in STEPS)


def test_another_seed_is_another_run(reports: list[simulation.Report]) -> None:
    assert len({report.trace for report in reports}) == len({report.state_hash for report in reports}) == len(reports)


def test_a_seed_is_the_same_run_in_every_process() -> None:
    """Both the digest of all that happened and the report; sets of bytes have another order in each process."""
    program = "from payport.simulator.replicas.simulation import run; print(run(7, 60, 4))"
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
    assert "trace=" in reports[0]


def test_other_numbers_of_replicas() -> None:
    assert MAX_REPLICAS == cluster.MAX_REPLICAS
    told: list[tuple[int, int]] = []
    for replicas in (2, MAX_REPLICAS):
        report = simulation.run(1, 30, replicas, lambda done, total: told.append((done, total)))
        assert report.replicas == replicas
        assert told.pop() == (30, 30)


def test_a_failure_names_its_seed_and_what_came_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Checker, "executed", _broken)
    with pytest.raises(
        SimulationFailedError, match=r"^seed 5, step \d+: AssertionError: replica \d: planted"
    ) as caught:
        simulation.run(5, 10, 4)
    assert caught.value.seed == 5
    assert "proposes 1 0" in "".join(caught.value.__notes__)


def _broken(*_: object) -> None:
    raise AssertionError("planted")


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_more_seeds() -> None:
    for seed in range(100, 105):
        assert simulation.run(seed, 300, 4).crashes > 0
