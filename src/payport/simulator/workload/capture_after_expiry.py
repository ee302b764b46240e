"""Merchants capture holds that have ended: captured, released or expired."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from payport.simulator.workload import capture

if TYPE_CHECKING:
    from payport.simulator.attempt import Attempt
    from payport.simulator.world import World

WEIGHT: Final = 2
"""How often it is drawn, relative to the others."""


def draw(world: World) -> list[Attempt]:
    """Capture a hold that has just ended, if there is one."""
    ended = [each for each in world.holds if each[0] not in world.model.holds]
    if not ended:
        return []
    hold_id, payer, merchant = world.random.choice(ended)
    return [capture.part(world, hold_id, payer, merchant, world.amount())]
