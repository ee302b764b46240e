"""Somebody pays an account that does not exist."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from payport.simulator.parties import CURRENCY

if TYPE_CHECKING:
    from payport.simulator.attempt import Attempt
    from payport.simulator.world import World

WEIGHT: Final = 1
"""How often it is drawn, relative to the others."""


def draw(world: World) -> list[Attempt]:
    """One transfer to a mistyped account."""
    payer, payee = world.person(), world.random.randbytes(16)
    body = world.author.body("transfer/1", payer.account, payee=payee, asset=CURRENCY, amount_minor=1)
    return [world.single(body, payer.owner, "unknown_account")]
