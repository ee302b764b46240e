"""Cardholders reserve money at merchants: for a second or an hour, more than they have, past their limits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from payport.simulator.parties import CURRENCY
from payport.values.envelopes import transaction_id

if TYPE_CHECKING:
    from payport.simulator.attempt import Attempt
    from payport.simulator.parties import Holder
    from payport.simulator.world import World

WEIGHT: Final = 8
"""How often it is drawn, relative to the others."""

_HOUR_MS: Final = 3_600_000


def hold(world: World, payer: Holder, merchant: Holder, amount: int, lasts_ms: int) -> Attempt:
    """Reserve ``amount``; a hold that is made may be captured later."""
    key, expires_ms = world.key_of(payer), world.now_ms + lasts_ms
    body = world.author.body(
        "authorise/1",
        payer.account,
        merchant=merchant.account,
        asset=CURRENCY,
        amount_minor=amount,
        order=None,
        expires_at_ms=expires_ms,
    )
    hold_id = transaction_id(body)
    code = world.model.authorise(hold_id, payer.account, key, merchant.account, amount, expires_ms, world.now_ms)
    world.holds.append((hold_id, payer, merchant))
    return world.single(body, key, code)


def draw(world: World) -> list[Attempt]:
    """One hold, short or long."""
    lasts_ms = world.random.choice((1, 2_000, 30_000, _HOUR_MS))
    return [hold(world, world.person(), world.merchant(), world.amount(), lasts_ms)]
