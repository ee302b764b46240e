"""Cables: what is cut, lost, repeated and late."""

from __future__ import annotations

import asyncio
from random import Random
from typing import TYPE_CHECKING

import pytest

from payport.simulator.replicas.links import CUSTOMER, FAIR, FOUL, Links, Weather
from payport.simulator.replicas.trace import Trace
from payport.simulator.replicas.virtual_loop import VirtualLoop

if TYPE_CHECKING:
    from collections.abc import Iterator


class Cables:
    """Links between four, and what arrived, in order."""

    def __init__(self) -> None:
        self.loop = VirtualLoop(Random(1))
        self.links = Links(self.loop, Random(2), 4, Trace(self.loop.time))
        self.arrived: list[tuple[int, int, int]] = []

    def send(self, source: int, target: int, number: int = 0) -> None:
        self.links.send(source, target, lambda: self.arrived.append((source, target, number)))

    def wait(self, seconds: float = 10) -> None:
        self.loop.run_until_complete(asyncio.sleep(seconds))


@pytest.fixture
def cables() -> Iterator[Cables]:
    made = Cables()
    yield made
    made.loop.close()


@pytest.mark.parametrize("there", [frozenset({1}), frozenset({0, 3})])
def test_a_partition_cuts_both_ways_and_heals(cables: Cables, there: frozenset[int]) -> None:
    everybody = [(source, target) for source in range(4) for target in range(4)]
    cables.links.partition(there)
    for pair in everybody:
        cables.send(*pair)
    cables.send(CUSTOMER, 1)
    cables.wait()
    together = {(source, target, 0) for source, target in everybody if (source in there) == (target in there)}
    assert set(cables.arrived) == together | {(CUSTOMER, 1, 0)}
    cables.links.partition(frozenset())
    for pair in everybody:
        cables.send(*pair)
    cables.wait()
    assert set(cables.arrived) >= {(*pair, 0) for pair in everybody}


def test_a_cut_loses_what_is_under_way(cables: Cables) -> None:
    cables.send(0, 1)
    cables.links.partition(frozenset({1}))
    cables.wait()
    assert not cables.arrived
    assert cables.links.lost == 1


def test_weather(cables: Cables) -> None:
    cables.links.weather = Weather(lost=0.3, repeated=0.2, slowest_seconds=0.5)
    for number in range(1_000):
        cables.send(0, 1, number)
    cables.wait()
    numbers = [number for _, _, number in cables.arrived]
    assert 0.6 * 1_000 < len(set(numbers)) < 0.9 * 1_000, "some are lost"
    assert len(numbers) > len(set(numbers)) + 50, "some arrive twice"
    assert numbers != sorted(numbers), "they overtake each other"
    assert cables.links.sent == len(numbers) + cables.links.lost
    assert all(each.lost > FAIR.lost for each in FOUL)
