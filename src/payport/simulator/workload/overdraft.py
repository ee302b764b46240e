"""Somebody spends more than he has."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from payport.simulator.parties import CURRENCY

if TYPE_CHECKING:
    from payport.simulator.attempt import Attempt
    from payport.simulator.world import World

WEIGHT: Final = 3
"""How often it is drawn, relative to the others."""


def draw(world: World) -> list[Attempt]:
    """One transfer of one minor unit more than the balance."""
    payer, payee = world.two_persons()
    amount = world.model.held(payer.account) + 1
    body = world.author.body("transfer/1", payer.account, payee=payee.account, asset=CURRENCY, amount_minor=amount)
    return [world.single(body, payer.owner, "insufficient_balance")]
