"""Two transfers that happen together or not at all, and groups that somebody took apart."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from payport.simulator.attempt import Attempt
from payport.simulator.model import COMMITTED
from payport.simulator.parties import CURRENCY

if TYPE_CHECKING:
    from payport.simulator.parties import Holder
    from payport.simulator.world import World

WEIGHT: Final = 8
"""How often it is drawn, relative to the others."""


def _transfer(world: World, payer: Holder, payee: Holder, amount: int) -> Any:  # noqa: ANN401 - a verb's record
    return world.author.build("transfer/1", payer.account, payee=payee.account, asset=CURRENCY, amount_minor=amount)


def _swap(world: World) -> list[Attempt]:
    """Two cardholders swap amounts; the second pays out of what it receives, if need be."""
    first, second = world.two_persons()
    there, back = world.amount(), world.amount()
    bodies = world.author.grouped(_transfer(world, first, second, there), _transfer(world, second, first, back))
    held = world.model.held(first.account), world.model.held(second.account)
    codes = (COMMITTED, COMMITTED)
    if there > held[0]:
        codes = ("insufficient_balance", "group_refused")
    elif back > held[1] + there:
        codes = ("group_refused", "insufficient_balance")
    else:
        world.model.transfer(first.account, first.owner, second.account, there, world.now_ms)
        world.model.transfer(second.account, second.owner, first.account, back, world.now_ms)
    return [world.several([(bodies[0], first.owner), (bodies[1], second.owner)], codes)]


def _overdrawn(world: World) -> list[Attempt]:
    """Make a group whose second member cannot be paid, so that the first is undone."""
    first, second = world.two_persons()
    there = world.random.randint(1, 100)
    back = world.model.held(second.account) + 101
    if world.model.held(first.account) < there:
        return []
    bodies = world.author.grouped(_transfer(world, first, second, there), _transfer(world, second, first, back))
    codes = ("group_refused", "insufficient_balance")
    return [world.several([(bodies[0], first.owner), (bodies[1], second.owner)], codes)]


def _stripped(world: World) -> list[Attempt]:
    """One member is sent alone."""
    first, second = world.two_persons()
    bodies = world.author.grouped(_transfer(world, first, second, 1), _transfer(world, second, first, 1))
    return [world.refused(bodies[1], second.owner, "group_incomplete")]


def _reordered(world: World) -> list[Attempt]:
    """Send the members in another order."""
    first, second = world.two_persons()
    bodies = world.author.grouped(_transfer(world, first, second, 1), _transfer(world, second, first, 1))
    encoded = (world.author.sign(bodies[1], second.owner), world.author.sign(bodies[0], first.owner))
    return [Attempt(encoded, ("group_incomplete",), at_door=True)]


def draw(world: World) -> list[Attempt]:
    """One group, whole or not."""
    return world.random.choice((_swap, _swap, _overdrawn, _stripped, _reordered))(world)
