"""Banks lift freezes they ordered; others try to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from payport.simulator.attempt import Attempt
    from payport.simulator.world import World

WEIGHT: Final = 3
"""How often it is drawn, relative to the others."""


def draw(world: World) -> list[Attempt]:
    """One freeze, lifted or not."""
    frozen = [each for each in world.wards if world.model.freezes[each.account]]
    if not frozen:
        return []
    ward = world.random.choice(frozen)
    freezes = world.model.freezes[ward.account]
    freeze_id = world.random.choice(list(freezes))
    bank = world.bank(world.random.choice((*freezes[freeze_id].by, ward.bank, world.banks[0].name)))
    body = world.author.body("unfreeze/1", bank.name, account=ward.account, freeze=freeze_id)
    if bank.name not in freezes[freeze_id].by:
        return [world.by_bank(body, bank, "not_your_freeze")]
    del freezes[freeze_id]
    return [world.by_bank(body, bank)]
