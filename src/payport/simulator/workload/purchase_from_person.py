"""A cardholder is paid as if he were a merchant."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from payport.simulator.parties import CURRENCY

if TYPE_CHECKING:
    from payport.simulator.attempt import Attempt
    from payport.simulator.world import World

WEIGHT: Final = 1
"""How often it is drawn, relative to the others."""


def draw(world: World) -> list[Attempt]:
    """One purchase from a person."""
    payer, payee = world.two_persons()
    body = world.author.body(
        "purchase/1", payer.account, merchant=payee.account, asset=CURRENCY, amount_minor=world.amount(), order=None
    )
    return [world.single(body, payer.owner, "not_a_merchant")]
