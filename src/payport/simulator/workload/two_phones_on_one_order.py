"""Two phones pay the same order: one of them is told that it has been paid."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from payport.simulator.model import COMMITTED
from payport.simulator.parties import CURRENCY

if TYPE_CHECKING:
    from payport.simulator.attempt import Attempt
    from payport.simulator.world import World

WEIGHT: Final = 4
"""How often it is drawn, relative to the others."""


def draw(world: World) -> list[Attempt]:
    """Two purchases of one order; the second commits only where the first could not."""
    merchant, amount = world.merchant(), world.amount()
    order = world.author.order(merchant, amount)
    attempts, paid = [], False
    for payer in world.two_persons():
        key = world.key_of(payer)
        body = world.author.body(
            "purchase/1", payer.account, merchant=merchant.account, asset=CURRENCY, amount_minor=amount, order=order
        )
        code = "order_already_paid"
        if not paid:
            code = world.model.purchase(payer.account, key, merchant.account, amount, world.now_ms, static=False)
            paid = code == COMMITTED
        attempts.append(world.single(body, key, code))
    return attempts
