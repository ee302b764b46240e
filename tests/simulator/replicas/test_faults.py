"""Each fault alone: it does what it says, it ends, and nothing is lost by it."""

from __future__ import annotations

import asyncio
from itertools import cycle, product
from random import Random
from typing import TYPE_CHECKING

import pytest

from payport.simulator.replicas import customers, simulation
from payport.simulator.replicas.cluster import Cluster
from payport.simulator.replicas.faults import STEPS, Faults
from payport.simulator.replicas.links import FAIR
from payport.simulator.replicas.replica import Crash, Trap

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    """Return four replicas that run and do nothing."""
    made = Cluster(1, 4)
    for replica in made.replicas:
        replica.start()
    wait(made, 5)
    yield made
    assert made.failure is None
    for replica in made.replicas:
        replica.quit()
    wait(made, 0)
    made.loop.close()


def wait(cluster: Cluster, seconds: float) -> None:
    cluster.loop.run_until_complete(asyncio.sleep(seconds))


def test_partitions_halve_them_or_cut_one_off(cluster: Cluster) -> None:
    faults, seen = Faults(cluster, Random(1)), set[int]()
    for _ in range(20):
        faults._partition()
        reached = sum(cluster.links.connected(0, other) for other in range(4))
        seen.add(reached)
        height = cluster.chain.height
        wait(cluster, 0.4)
    assert seen == {1, 2, 3}
    faults.heal()
    wait(cluster, 5)
    assert all(cluster.links.connected(source, target) for source in range(4) for target in range(4))
    assert cluster.chain.height > height


@pytest.mark.parametrize(("there", "decides"), [({0, 1}, False), ({3}, True)])
def test_half_of_them_decide_nothing_and_three_of_four_do(cluster: Cluster, there: set[int], decides: bool) -> None:
    cluster.links.partition(frozenset(there))
    wait(cluster, 1)
    height = cluster.chain.height
    wait(cluster, 10)
    assert (cluster.chain.height > height) is decides
    cluster.links.partition(frozenset())
    wait(cluster, 3)
    assert min(len(replica.kept.blocks) for replica in cluster.replicas) > height


def test_weather_passes(cluster: Cluster) -> None:
    Faults(cluster, Random(1))._weather()
    assert cluster.links.weather != FAIR
    wait(cluster, 9)
    assert cluster.links.weather == FAIR


def test_a_disk_that_refuses_a_sync_stops_its_node(cluster: Cluster) -> None:
    Faults(cluster, Random(1))._disk()
    (replica,) = (each for each in cluster.replicas if each.disk_fails)
    assert replica.application is not None
    with pytest.raises(OSError, match="failed to sync"):
        replica.kept.files.file(replica.kept.files.names()[-1]).sync()
    assert replica.disk_fails


@pytest.mark.parametrize("crash", Crash)
def test_who_ends_is_started_again(cluster: Cluster, crash: Crash) -> None:
    replica = cluster.replicas[2]
    node, comet = replica.process, replica.comet
    replica.fall(crash, 2.0)
    assert (replica.comet, replica.process is node) == (None, crash is Crash.ENGINE)
    wait(cluster, 5)
    assert replica.comet not in {None, comet}
    assert (replica.process is node) is (crash is Crash.ENGINE)
    assert len(replica.kept.blocks) >= cluster.chain.height - 1


def test_lies_and_planted_exceptions_end(cluster: Cluster) -> None:
    faults = Faults(cluster, Random(1))
    faults._lie()
    for _ in range(4):
        faults._plant()
    assert cluster.lying
    assert all(replica.flawed for replica in cluster.replicas)
    wait(cluster, 30)
    assert not cluster.lying
    assert not any(replica.flawed for replica in cluster.replicas)
    assert cluster.trace.counts["planted exception"] == 0, "blocks were empty, so there was nothing to read"


class EveryTrap(Faults):
    """Ends members at every step in every way, one after the other."""

    async def run(self) -> None:
        replicas = cycle(self._cluster.replicas)
        for step, crash in product(STEPS, Crash):
            replica = next(replicas)
            replica.trap = Trap(step, crash, 0.1)
            while replica.trap is not None:  # noqa: ASYNC110 - simulated time; a trap tells nobody
                await asyncio.sleep(0.05)
        await asyncio.sleep(1_000)


def test_a_member_ends_at_every_step_in_every_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(simulation, "Faults", EveryTrap)
    monkeypatch.setattr(customers, "PAUSE_SECONDS", 1.0)
    report = simulation.run(4, 150, 4)
    assert set(report.events) >= {f"{crash.value} {step}" for step, crash in product(STEPS, Crash)}
    assert report.events["block sent again"] > 0
