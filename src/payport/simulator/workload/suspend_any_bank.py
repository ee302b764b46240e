"""Any bank is suspended for a moment: its customers pay nothing, are paid, and their earlier holds are captured."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from payport.simulator.workload import authorise, capture, suspend, ward_pays

if TYPE_CHECKING:
    from payport.simulator.attempt import Attempt
    from payport.simulator.world import World

WEIGHT: Final = 1
"""How often it is drawn, relative to the others."""

_HOUR_MS: Final = 3_600_000


def draw(world: World) -> list[Attempt]:
    """Hold, suspend, try to pay, be paid, capture, reinstate by a vote; all of it in one block."""
    bank = world.random.choice(world.banks)
    wards = world.wards_of(bank.name)
    if not wards:
        return []
    ward, merchant = world.random.choice(wards), world.merchant()
    attempts = [authorise.hold(world, ward, merchant, world.random.randint(1, 500), _HOUR_MS)]
    hold_id = world.holds[-1][0]
    body = world.author.body("suspend/1", world.operator.name, institution=bank.name)
    world.model.suspended_until[bank.name] = suspend.NEVER_MS
    attempts.append(world.by_bank(body, world.operator))
    attempts.append(ward_pays.payment(world, ward, world.person(), world.random.randint(1, 500)))
    attempts.append(authorise.hold(world, ward, merchant, 1, _HOUR_MS))
    attempts.append(ward_pays.payment(world, world.person(), ward, world.random.randint(1, 500)))
    attempts.append(capture.part(world, hold_id, ward, merchant, 1))
    return [*attempts, *suspend.reinstatement(world, bank.name)]
