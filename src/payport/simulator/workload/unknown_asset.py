"""Somebody pays in a currency the network does not carry."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from payport.simulator.attempt import Attempt
    from payport.simulator.world import World

WEIGHT: Final = 1
"""How often it is drawn, relative to the others."""


def draw(world: World) -> list[Attempt]:
    """One transfer in another currency."""
    payer, payee = world.two_persons()
    body = world.author.body("transfer/1", payer.account, payee=payee.account, asset="XTS", amount_minor=1)
    return [world.single(body, payer.owner, "unknown_asset")]
