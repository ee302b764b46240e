"""A phone signs something that would be good for an hour."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from payport.simulator.parties import CURRENCY

if TYPE_CHECKING:
    from payport.simulator.attempt import Attempt
    from payport.simulator.world import World

WEIGHT: Final = 1
"""How often it is drawn, relative to the others."""


def draw(world: World) -> list[Attempt]:
    """One transfer valid for too long for a session key."""
    payer, payee = world.two_persons()
    if payer.session is None:
        return []
    body = world.author.body(
        "transfer/1",
        payer.account,
        payee=payee.account,
        asset=CURRENCY,
        amount_minor=1,
        valid_until_ms=world.now_ms + 3_600_000,
    )
    return [world.single(body, payer.session, "validity_too_long")]
