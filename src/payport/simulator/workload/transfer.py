"""Cardholders pay each other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from payport.simulator.parties import CURRENCY

if TYPE_CHECKING:
    from payport.simulator.attempt import Attempt
    from payport.simulator.world import World

WEIGHT: Final = 20
"""How often it is drawn, relative to the others."""


def draw(world: World) -> list[Attempt]:
    """One transfer, mostly across banks."""
    payer, payee = world.two_persons()
    key, amount = world.key_of(payer), world.amount()
    body = world.author.body("transfer/1", payer.account, payee=payee.account, asset=CURRENCY, amount_minor=amount)
    return [world.single(body, key, world.model.transfer(payer.account, key, payee.account, amount, world.now_ms))]
