"""The operator sets a fee for a category nobody uses; others, heights gone by and policies beyond reach are refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from payport.ledger.state.parameters import AuthorityPolicy, FeeSchedule
from payport.values import codec

if TYPE_CHECKING:
    from payport.simulator.attempt import Attempt
    from payport.simulator.world import World

WEIGHT: Final = 1
"""How often it is drawn, relative to the others."""


def draw(world: World) -> list[Attempt]:
    """One change, in time or too late."""
    operator = world.operator
    fields = {"name": "fees/0742", "value": codec.encode(FeeSchedule(world.random.randint(0, 9_000), 0, 900, 0, 0))}
    manner = world.random.choice(("in time", "too late", "by a bank", "out of reach"))
    if manner == "by a bank":
        bank = world.banks[0]
        body = world.author.body("set_parameter/1", bank.name, from_height=2**40, **fields)
        return [world.single(body, bank.key, "not_the_operator", final=False)]
    if manner == "too late":
        body = world.author.body("set_parameter/1", operator.name, from_height=1, **fields)
        return [world.by_bank(body, operator, "effective_height_past")]
    if manner == "out of reach":
        policy = AuthorityPolicy(*world.random.choice((("operator", 2), ("vote", 2_000), ("sender", 4))))
        name, value = "authority/set_parameter", codec.encode(policy)
        body = world.author.body("set_parameter/1", operator.name, name=name, value=value, from_height=2**40)
        return [world.by_bank(body, operator, "policy_out_of_reach")]
    world.parameter_height += 1_000
    body = world.author.body("set_parameter/1", operator.name, from_height=world.parameter_height, **fields)
    return [world.by_bank(body, operator)]
