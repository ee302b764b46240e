"""Merchants capture what is reserved: in part, in whole, too much, of others, and long after its end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from payport.simulator.parties import CURRENCY

if TYPE_CHECKING:
    from payport.simulator.attempt import Attempt
    from payport.simulator.parties import Holder
    from payport.simulator.world import World

WEIGHT: Final = 10
"""How often it is drawn, relative to the others."""


def part(world: World, hold_id: bytes, payer: Holder, merchant: Holder, amount: int, *, final: bool = False) -> Attempt:
    """Capture ``amount`` of a hold; what is captured may be refunded later."""
    body = world.author.body(
        "capture/1",
        merchant.account,
        payer=payer.account,
        asset=CURRENCY,
        amount_minor=amount,
        hold=hold_id,
        final=final,
    )
    code = world.model.capture(hold_id, merchant.account, amount, final=final)
    then = world.sale_once_acknowledged(body, payer, merchant, amount)
    return world.single(body, merchant.owner, code, then=then)


def draw(world: World) -> list[Attempt]:
    """One hold, captured in one of the ways merchants and thieves capture."""
    if not world.holds:
        return []
    hold_id, payer, merchant = world.random.choice(world.holds)
    live = world.model.holds.get(hold_id)
    left = live.remaining if live is not None else world.amount()
    manner = world.random.choice(("part", "part", "whole", "whole", "too much", "twice", "foreign"))
    if manner == "part":
        final = world.random.random() < 0.5  # noqa: PLR2004 - every second one
        return [part(world, hold_id, payer, merchant, world.random.randint(1, left), final=final)]
    if manner == "too much":
        return [part(world, hold_id, payer, merchant, left + 1)]
    if manner == "twice":
        return [part(world, hold_id, payer, merchant, left), part(world, hold_id, payer, merchant, left)]
    if manner == "foreign":
        return [part(world, hold_id, payer, world.merchant(), left)]
    return [part(world, hold_id, payer, merchant, left)]
