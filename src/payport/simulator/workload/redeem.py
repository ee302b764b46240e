"""Customers hand money back to their bank, merchants most of what they have."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from payport.simulator.parties import CURRENCY

if TYPE_CHECKING:
    from payport.simulator.attempt import Attempt
    from payport.simulator.world import World

WEIGHT: Final = 6
"""How often it is drawn, relative to the others."""


def draw(world: World) -> list[Attempt]:
    """One redemption."""
    if world.random.random() < 0.5:  # noqa: PLR2004 - as many merchants as cardholders
        holder = world.merchant()
        key, amount = holder.owner, world.model.held(holder.account) * 3 // 4 + 1
    else:
        holder = world.person()
        key, amount = world.key_of(holder), world.amount()
    body = world.author.body("redeem/1", holder.account, asset=CURRENCY, amount_minor=amount)
    return [world.single(body, key, world.model.redeem(holder.account, key, amount, world.now_ms))]
