"""Somebody sends a payment before its time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from payport.simulator.parties import CURRENCY

if TYPE_CHECKING:
    from payport.simulator.attempt import Attempt
    from payport.simulator.world import World

WEIGHT: Final = 1
"""How often it is drawn, relative to the others."""


def draw(world: World) -> list[Attempt]:
    """One transfer whose time begins in half a minute."""
    payer, payee = world.two_persons()
    body = world.author.body(
        "transfer/1",
        payer.account,
        payee=payee.account,
        asset=CURRENCY,
        amount_minor=1,
        valid_from_ms=world.now_ms + 30_000,
    )
    return [world.refused(body, payer.owner, "not_yet_valid")]
