"""Banks issue money to their customers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from payport.simulator.parties import CURRENCY, POINTS

if TYPE_CHECKING:
    from payport.simulator.attempt import Attempt
    from payport.simulator.parties import Holder
    from payport.simulator.world import World

WEIGHT: Final = 8
"""How often it is drawn, relative to the others."""


def to(world: World, holder: Holder, amount: int) -> Attempt:
    """Issue ``amount`` to a customer."""
    world.model.issue(holder.account, amount)
    body = world.author.body("issue/1", holder.bank, account=holder.account, asset=CURRENCY, amount_minor=amount)
    return world.by_bank(body, world.bank(holder.bank))


def points(world: World, holder: Holder, amount: int) -> Attempt:
    """Issue points to anybody's customer, by the bank that registered them."""
    world.model.issue(holder.account, amount, POINTS)
    bank = world.bank(POINTS.split(":")[0])
    body = world.author.body("issue/1", bank.name, account=holder.account, asset=POINTS, amount_minor=amount)
    return world.by_bank(body, bank)


def draw(world: World) -> list[Attempt]:
    """Top up the poorest of a few cardholders; now and then with another currency."""
    holder = min(world.random.sample(world.persons, 5), key=lambda each: world.model.held(each.account))
    amount = world.random.randint(1, 200_000)
    if world.random.random() < 0.1:  # noqa: PLR2004 - one issue in ten
        world.model.issue(holder.account, amount, "HKD")
        body = world.author.body("issue/1", holder.bank, account=holder.account, asset="HKD", amount_minor=amount)
        return [world.single(body, world.bank(holder.bank).key)]
    return [to(world, holder, amount)]
