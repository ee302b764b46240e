"""Makers cancel offers; others try to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from payport.simulator.attempt import Attempt
    from payport.simulator.world import World

WEIGHT: Final = 2
"""How often it is drawn, relative to the others."""


def draw(world: World) -> list[Attempt]:
    """One offer, cancelled by its maker or not."""
    if not world.offers:
        return []
    offer_id, maker = world.random.choice(world.offers)
    sender = world.random.choice((maker, maker, world.person()))
    body = world.author.body("cancel/1", sender.account, offer=offer_id)
    return [world.single(body, sender.owner, world.model.cancel(offer_id, sender.account))]
