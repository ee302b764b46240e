"""Wards pay, whatever restricts them or their bank at the time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from payport.simulator.parties import CURRENCY

if TYPE_CHECKING:
    from payport.simulator.attempt import Attempt
    from payport.simulator.parties import Holder
    from payport.simulator.world import World

WEIGHT: Final = 8
"""How often it is drawn, relative to the others."""


def payment(world: World, payer: Holder, payee: Holder, amount: int) -> Attempt:
    """Transfer ``amount`` by the owner's key."""
    code = world.model.transfer(payer.account, payer.owner, payee.account, amount, world.now_ms)
    body = world.author.body("transfer/1", payer.account, payee=payee.account, asset=CURRENCY, amount_minor=amount)
    return world.single(body, payer.owner, code)


def draw(world: World) -> list[Attempt]:
    """One payment by a ward to a ward or to another bank's customer, or to a ward."""
    ward = world.random.choice(world.wards)
    other = world.random.choice([each for each in [*world.wards, world.person()] if each is not ward])
    if world.random.random() < 0.3:  # noqa: PLR2004 - some are credited
        return [payment(world, world.person(), ward, world.amount())]
    return [payment(world, ward, other, world.amount())]
