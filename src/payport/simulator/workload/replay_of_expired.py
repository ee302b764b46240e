"""Somebody sends a payment after its time, when the ledger has forgotten whether it happened."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from payport.simulator.parties import CURRENCY

if TYPE_CHECKING:
    from payport.simulator.attempt import Attempt
    from payport.simulator.world import World

WEIGHT: Final = 2
"""How often it is drawn, relative to the others."""


def draw(world: World) -> list[Attempt]:
    """One transfer whose time is over."""
    payer, payee = world.two_persons()
    body = world.author.body(
        "transfer/1",
        payer.account,
        payee=payee.account,
        asset=CURRENCY,
        amount_minor=1,
        valid_from_ms=world.now_ms - 60_000,
        valid_until_ms=world.now_ms - 1,
    )
    return [world.refused(body, payer.owner, "expired")]
