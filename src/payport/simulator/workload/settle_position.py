"""Banks settle what they owe each other, now and then more than that."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from payport.simulator.parties import CURRENCY

if TYPE_CHECKING:
    from payport.simulator.attempt import Attempt
    from payport.simulator.world import World

WEIGHT: Final = 3
"""How often it is drawn, relative to the others."""


def draw(world: World) -> list[Attempt]:
    """One settlement, confirmed by the creditor."""
    debtor, creditor = world.random.sample(world.all_banks(), 2)
    owed = world.model.owed[debtor.name, creditor.name]
    amount = owed + 1 if owed <= 0 or world.random.random() < 0.2 else world.random.randint(1, owed)  # noqa: PLR2004
    amount = max(1, amount)
    code = world.model.settle(debtor.name, creditor.name, amount)
    fields = {"debtor": debtor.name, "asset": CURRENCY, "amount_minor": amount}
    return [world.by_bank(world.author.body("settle_position/1", creditor.name, **fields), creditor, code)]
