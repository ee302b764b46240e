"""The operator caps a bank, and two of its customers race for the last of the headroom."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from payport.simulator.parties import CURRENCY, WARD_BANK
from payport.simulator.workload import ward_pays

if TYPE_CHECKING:
    from payport.simulator.attempt import Attempt
    from payport.simulator.world import World

WEIGHT: Final = 4
"""How often it is drawn, relative to the others."""


def draw(world: World) -> list[Attempt]:
    """Leave headroom for one payment, then make two to two other banks; or lift the cap."""
    model = world.model
    if WARD_BANK in model.caps and world.random.random() < 0.5:  # noqa: PLR2004 - a cap lasts a while
        del model.caps[WARD_BANK]
        return [_set(world, None)]
    model.caps[WARD_BANK] = 0
    needed = -(model.headroom(WARD_BANK) or 0)
    amount = world.random.randint(1, 500)
    cap = model.caps[WARD_BANK] = max(0, needed + amount)
    racing = world.random.sample(world.wards, 2)
    return [
        _set(world, cap),
        *(ward_pays.payment(world, payer, world.person(), amount) for payer in racing),
    ]


def _set(world: World, cap_minor: int | None) -> Attempt:
    fields = {"institution": WARD_BANK, "asset": CURRENCY, "cap_minor": cap_minor}
    return world.by_bank(world.author.body("set_net_debit_cap/1", world.operator.name, **fields), world.operator)
