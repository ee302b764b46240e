"""A phone pays less than the order asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from payport.simulator.parties import CURRENCY

if TYPE_CHECKING:
    from payport.simulator.attempt import Attempt
    from payport.simulator.world import World

WEIGHT: Final = 2
"""How often it is drawn, relative to the others."""


def draw(world: World) -> list[Attempt]:
    """One purchase whose amount is not the order's."""
    payer, merchant, amount = world.person(), world.merchant(), world.amount()
    order = world.author.order(merchant, amount + 1)
    body = world.author.body(
        "purchase/1", payer.account, merchant=merchant.account, asset=CURRENCY, amount_minor=amount, order=order
    )
    return [world.refused(body, payer.owner, "order_mismatch")]
