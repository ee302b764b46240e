"""Merchants release holds; thieves and payers try to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from payport.simulator.attempt import Attempt
    from payport.simulator.parties import Holder
    from payport.simulator.world import World

WEIGHT: Final = 4
"""How often it is drawn, relative to the others."""


def release(world: World, hold_id: bytes, payer: Holder, sender: Holder) -> Attempt:
    """Release a hold."""
    body = world.author.body("release/1", sender.account, payer=payer.account, hold=hold_id)
    if sender.account in world.model.closed:
        return world.single(body, sender.owner, "account_closed", final=False)
    return world.single(body, sender.owner, world.model.release(hold_id, sender.account))


def draw(world: World) -> list[Attempt]:
    """One release, now and then by somebody else."""
    if not world.holds:
        return []
    hold_id, payer, merchant = world.random.choice(world.holds)
    sender = world.random.choice((merchant, merchant, payer, world.merchant()))
    return [release(world, hold_id, payer, sender)]
