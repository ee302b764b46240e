"""The consortium's measurement: real processes, every figure there, and nothing left running."""

from __future__ import annotations

import pytest

from payport.bench import network
from payport.bench.network import Load
from payport.network import processes
from tests.consensus.cometbft.consortium import COMETBFT, require_cometbft


@pytest.mark.slow
def test_figures_of_a_small_consortium(monkeypatch: pytest.MonkeyPatch) -> None:
    require_cometbft()
    monkeypatch.setenv("PAYPORT_COMETBFT", COMETBFT)
    for name, value in (("IDLE_SECONDS", 1.0), ("WAIT_RATE", 50), ("UNDER_WAY", 50), ("MOST_PER_SECOND", 2_000)):
        monkeypatch.setattr(network, name, value)
    started: list[processes.Running] = []

    def start(commands: processes.Commands, process: str) -> processes.Running:
        started.append(honest(commands, process))
        return started[-1]

    honest = processes.start
    monkeypatch.setattr(processes, "start", start)
    told: set[str] = set()
    figures = network.run(Load(2, 3, 1_000), lambda step, _done, _total: told.add(step))
    assert told == {"accounts", "signing", "at a fixed rate", "at most"}
    assert figures["payments_per_second"] > 10
    assert 0 < figures["p50_ms"] <= figures["p99_ms"]
    assert 0 <= figures["idle_cpu"] < 2
    assert set(figures["cpu_us_per_payment"]) == {"generator", "node", "engine"}
    assert len(started) == 4
    assert not any(each.alive for each in started)
