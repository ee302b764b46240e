"""A member that does not name its group is executed alone; the group then no longer can be."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from payport.simulator.attempt import Attempt
from payport.simulator.model import COMMITTED
from payport.simulator.parties import CURRENCY
from payport.values import codec, envelopes

if TYPE_CHECKING:
    from payport.simulator.world import World

WEIGHT: Final = 2
"""How often it is drawn, relative to the others."""


def draw(world: World) -> list[Attempt]:
    """Send the unbound member, then the group of it and one that names the group."""
    first, second = world.two_persons()
    loose: Any = world.author.build("transfer/1", first.account, payee=second.account, asset=CURRENCY, amount_minor=1)
    bound: Any = world.author.build("transfer/1", second.account, payee=first.account, asset=CURRENCY, amount_minor=1)
    group = envelopes.group_hash([codec.encode(loose), codec.encode(bound)])
    bodies = codec.encode(loose), codec.encode(msgspec.structs.replace(bound, group=group))
    code = world.model.transfer(first.account, first.owner, second.account, 1, world.now_ms)
    if code != COMMITTED:
        return []
    signed = world.author.sign(bodies[0], first.owner), world.author.sign(bodies[1], second.owner)
    return [world.single(bodies[0], first.owner), Attempt(signed, ("group_refused", "group_refused"))]
