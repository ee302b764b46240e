"""A stranger shows an order in a merchant's name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from payport.simulator.parties import CURRENCY

if TYPE_CHECKING:
    from payport.simulator.attempt import Attempt
    from payport.simulator.world import World

WEIGHT: Final = 2
"""How often it is drawn, relative to the others."""


def draw(world: World) -> list[Attempt]:
    """One purchase of an order signed by a cardholder."""
    payer, stranger = world.two_persons()
    merchant, amount = world.merchant(), world.amount()
    order = world.author.order(merchant, amount, signer=stranger.owner)
    body = world.author.body(
        "purchase/1", payer.account, merchant=merchant.account, asset=CURRENCY, amount_minor=amount, order=order
    )
    return [world.single(body, payer.owner, "order_not_by_merchant")]
