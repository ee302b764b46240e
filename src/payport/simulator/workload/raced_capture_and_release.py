"""A till captures while another of the same merchant releases: whoever comes first has it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from payport.simulator.workload import capture, release

if TYPE_CHECKING:
    from payport.simulator.attempt import Attempt
    from payport.simulator.world import World

WEIGHT: Final = 4
"""How often it is drawn, relative to the others."""


def draw(world: World) -> list[Attempt]:
    """Race both in one block, in either order."""
    if not world.holds:
        return []
    hold_id, payer, merchant = world.random.choice(world.holds)
    live = world.model.holds.get(hold_id)
    if live is None:
        return []
    amount = live.remaining
    if world.random.random() < 0.5:  # noqa: PLR2004 - either order
        taken = capture.part(world, hold_id, payer, merchant, amount)
        return [taken, release.release(world, hold_id, payer, merchant)]
    freed = release.release(world, hold_id, payer, merchant)
    return [freed, capture.part(world, hold_id, payer, merchant, amount)]
