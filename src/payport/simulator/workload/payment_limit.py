"""A phone pays more at once than its key may."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from payport.simulator.parties import CURRENCY

if TYPE_CHECKING:
    from payport.simulator.attempt import Attempt
    from payport.simulator.world import World

WEIGHT: Final = 2
"""How often it is drawn, relative to the others."""


def draw(world: World) -> list[Attempt]:
    """One transfer above the limit per payment."""
    payer, payee = world.two_persons()
    if payer.session is None:
        return []
    limits = world.model.limits_of(payer.session, world.now_ms)
    assert limits is not None
    amount = limits.per_payment_minor + 1
    body = world.author.body("transfer/1", payer.account, payee=payee.account, asset=CURRENCY, amount_minor=amount)
    return [world.single(body, payer.session, "payment_limit")]
