"""A payment of another network is sent to this one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from payport.simulator.parties import CURRENCY

if TYPE_CHECKING:
    from payport.simulator.attempt import Attempt
    from payport.simulator.world import World

WEIGHT: Final = 2
"""How often it is drawn, relative to the others."""


def draw(world: World) -> list[Attempt]:
    """One transfer for a network of the same name with another genesis."""
    payer, payee = world.two_persons()
    body = world.author.body(
        "transfer/1",
        payer.account,
        payee=payee.account,
        asset=CURRENCY,
        amount_minor=1,
        chain_id="simulated-0000000000000000",
    )
    return [world.refused(body, payer.owner, "wrong_chain")]
