"""Phones spend all their day allows, and a fen more; once it is midnight they pay again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from payport.simulator.parties import CURRENCY
from payport.simulator.workload import issue

if TYPE_CHECKING:
    from payport.simulator.attempt import Attempt
    from payport.simulator.parties import Holder
    from payport.simulator.world import World

WEIGHT: Final = 2
"""How often it is drawn, relative to the others."""

_MOST_PAYMENTS: Final = 4
"""Payments in which a day's limit is spent, at most; a phone that may pay only small sums is left out."""


def draw(world: World) -> list[Attempt]:
    """Pay by a phone that had spent its day, whatever day it is now; then let another spend its own."""
    attempts = [_pay(world, each, 1) for each in world.spent_out.values()]
    world.spent_out.clear()
    holder = world.person()
    if holder.session is None:
        return attempts
    left = world.model.left_today(holder.session, world.now_ms)
    limits = world.model.limits_of(holder.session, world.now_ms)
    if limits is None or not 0 < left <= _MOST_PAYMENTS * limits.per_payment_minor:
        return attempts
    attempts.append(issue.to(world, holder, left))
    while left:
        amount = min(left, limits.per_payment_minor)
        attempts.append(_pay(world, holder, amount))
        left -= amount
    world.spent_out[holder.account] = holder
    return [*attempts, _pay(world, holder, 1)]


def _pay(world: World, holder: Holder, amount: int) -> Attempt:
    """Transfer to another cardholder by the phone's key."""
    assert holder.session is not None
    payee = world.random.choice([each for each in world.persons if each is not holder])
    code = world.model.transfer(holder.account, holder.session, payee.account, amount, world.now_ms)
    fields = {"payee": payee.account, "asset": CURRENCY, "amount_minor": amount}
    return world.single(world.author.body("transfer/1", holder.account, **fields), holder.session, code)
