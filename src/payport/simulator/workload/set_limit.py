"""Owners set the limits of their phones; phones try to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from payport.ledger.state.keys import Limits
from payport.simulator.parties import CURRENCY

if TYPE_CHECKING:
    from payport.simulator.attempt import Attempt
    from payport.simulator.world import World

WEIGHT: Final = 2
"""How often it is drawn, relative to the others."""


def draw(world: World) -> list[Attempt]:
    """Lower some, raise others."""
    holder = world.person()
    key = holder.session
    if key is None:
        return []
    amounts = [world.random.randint(1, 100_000) for _ in range(3)]
    limits = Limits(CURRENCY, *amounts)
    body = world.author.body("set_limit/1", holder.account, public_key=key.public_key, limits=limits)
    if world.random.random() < 0.2:  # noqa: PLR2004 - one in five is hostile
        return [world.single(body, key, "out_of_scope", final=False)]
    world.model.set_limits(key, limits, world.now_ms)
    return [world.single(body, holder.owner)]
