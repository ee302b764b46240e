"""A restricted customer makes no new holds, and earlier ones are captured all the same."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from payport.simulator.workload import authorise

if TYPE_CHECKING:
    from payport.simulator.attempt import Attempt
    from payport.simulator.world import World

WEIGHT: Final = 5
"""How often it is drawn, relative to the others."""


def draw(world: World) -> list[Attempt]:
    """Reserve at another bank's merchant; captures draw on it like on any hold."""
    ward = world.random.choice(world.wards)
    return [authorise.hold(world, ward, world.merchant(), world.random.randint(1, 3_000), 600_000)]
