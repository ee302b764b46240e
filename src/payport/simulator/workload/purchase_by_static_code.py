"""Cardholders pay merchants by a printed code, without an order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from payport.simulator.parties import CURRENCY

if TYPE_CHECKING:
    from payport.simulator.attempt import Attempt
    from payport.simulator.world import World

WEIGHT: Final = 10
"""How often it is drawn, relative to the others."""


def draw(world: World) -> list[Attempt]:
    """One purchase; static codes have a limit of their own."""
    payer, merchant = world.person(), world.merchant()
    key, amount = world.key_of(payer), world.amount()
    body = world.author.body(
        "purchase/1", payer.account, merchant=merchant.account, asset=CURRENCY, amount_minor=amount, order=None
    )
    code = world.model.purchase(payer.account, key, merchant.account, amount, world.now_ms, static=True)
    return [world.single(body, key, code, then=world.sale_once_acknowledged(body, payer, merchant, amount))]
