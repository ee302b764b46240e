"""A soak of several seeds: what it sums up, and that a failure is told with its seed."""

from __future__ import annotations

import pytest

from payport.simulator import simulation
from payport.simulator import soak as soak_module
from payport.simulator.soak import soak, soak_json


def test_seeds_are_summed_up() -> None:
    told: list[int] = []
    report = soak(5, 2, 150, 2, told.append)
    alone = [simulation.run(seed, 150) for seed in (5, 6)]
    assert (report.seeds, report.failures, told) == (2, {}, [1, 2])
    assert report.payments == sum(each.payments for each in alone)
    assert report.outcomes["committed"] == sum(each.outcomes["committed"] for each in alone)


def test_a_failure_names_its_seed(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(seed: int, payments: int) -> None:
        raise simulation.SimulationFailedError(seed, payments, "planted")

    monkeypatch.setattr(soak_module, "run", fail)
    assert soak_module._simulate(9, 10, 1).failure == "seed 9, step 10: planted"
    report = soak_module.Soak(1, 0, 0, {}, {}, {9: "planted"})
    assert soak_json(report)["failures"] == {"9": "planted"}
