"""What the liar makes: honest replicas reject what is forged, and what they must accept has no second effect."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from payport.consensus.abci import AbciApplication
from payport.simulator.replicas import liar as liar_module
from payport.simulator.replicas import simulation
from payport.simulator.replicas.faults import Faults
from payport.simulator.replicas.liar import Liar

if TYPE_CHECKING:
    from collections.abc import Iterator

REJECTED = ("forged payment", "altered payment", "damaged batch", "too long a batch")
ACCEPTED = ("batch in another's name", "payments replayed", "payments reordered", "payments left out")
OTHERS = ("shown to some", "two proposals", "silent")


@pytest.fixture(scope="module")
def liar() -> Iterator[Liar]:
    """Return a liar who has seen the first payments decided."""
    run = simulation.Simulation(1, 1, 4)
    loop, replicas = run.cluster.loop, run.cluster.replicas
    for replica in replicas:
        replica.start()
    loop.run_until_complete(run.customers.settle_in())
    made = replicas[run.cluster.liar].comet
    assert isinstance(made, Liar)
    yield made
    for replica in replicas:
        replica.quit()
    loop.run_until_complete(asyncio.sleep(0))
    loop.close()


@pytest.mark.parametrize("manner", [*REJECTED, *ACCEPTED])
def test_what_an_honest_application_says_of_it(liar: Liar, manner: str) -> None:
    honest = AbciApplication(liar._cluster.chain.application)
    answers = set()
    for _ in range(30):
        made = liar._lies[manner]()
        answers.add(honest.process_proposal(made))
        assert all(batch in made for batch in honest.prepare_proposal(made))
    if manner in REJECTED:
        assert answers == {False}
    else:
        assert answers == {True}


class Lying(Faults):
    """Nothing but lies, without an end."""

    async def run(self) -> None:
        self._cluster.lying = True
        await self._cluster.loop.create_future()


def test_all_of_it_in_one_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(simulation, "Faults", Lying)
    monkeypatch.setattr(liar_module, "LIE_SHARE", 0.9)
    report = simulation.run(4, 500, 4)
    lies = {f"lie: {manner}" for manner in (*REJECTED, *ACCEPTED, *OTHERS)}
    told = {event for event in report.events if event.startswith("lie: ")}
    assert told <= lies
    assert len(told) > len(lies) // 2
    assert report.events["proposal rejected"] > 10
    assert report.events["batch refused"] > 0
    assert report.outcomes["committed"] > 100
