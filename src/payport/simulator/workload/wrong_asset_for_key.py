"""A phone pays in a currency its key may not spend."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from payport.simulator.attempt import Attempt
    from payport.simulator.world import World

WEIGHT: Final = 1
"""How often it is drawn, relative to the others."""


def draw(world: World) -> list[Attempt]:
    """One transfer of the network's second currency by a session key."""
    payer, payee = world.two_persons()
    if payer.session is None:
        return []
    body = world.author.body("transfer/1", payer.account, payee=payee.account, asset="HKD", amount_minor=1)
    return [world.single(body, payer.session, "wrong_asset_for_key")]
