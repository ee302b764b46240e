"""A bank issues to another bank's customer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from payport.simulator.parties import CURRENCY

if TYPE_CHECKING:
    from payport.simulator.attempt import Attempt
    from payport.simulator.world import World

WEIGHT: Final = 2
"""How often it is drawn, relative to the others."""


def draw(world: World) -> list[Attempt]:
    """One issue that would make another bank owe."""
    holder = world.person()
    bank = world.random.choice([each for each in world.banks if each.name != holder.bank])
    body = world.author.body("issue/1", bank.name, account=holder.account, asset=CURRENCY, amount_minor=world.amount())
    return [world.single(body, bank.key, "not_your_customer")]
