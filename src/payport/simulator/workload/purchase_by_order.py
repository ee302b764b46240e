"""Cardholders pay merchants by the order a till shows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from payport.simulator.parties import CURRENCY

if TYPE_CHECKING:
    from payport.simulator.attempt import Attempt
    from payport.simulator.world import World

WEIGHT: Final = 20
"""How often it is drawn, relative to the others."""


def draw(world: World) -> list[Attempt]:
    """One purchase of one order."""
    payer, merchant = world.person(), world.merchant()
    key, amount = world.key_of(payer), world.amount()
    body = world.author.body(
        "purchase/1",
        payer.account,
        merchant=merchant.account,
        asset=CURRENCY,
        amount_minor=amount,
        order=world.author.order(merchant, amount),
    )
    code = world.model.purchase(payer.account, key, merchant.account, amount, world.now_ms, static=False)
    return [world.single(body, key, code, then=world.sale_once_acknowledged(body, payer, merchant, amount))]
