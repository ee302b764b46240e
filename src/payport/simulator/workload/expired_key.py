"""A phone pays with a key whose time is over."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from payport.simulator import parties
from payport.simulator.parties import CURRENCY
from payport.simulator.workload import bind_key

if TYPE_CHECKING:
    from payport.ledger.block import Outcome
    from payport.simulator.attempt import Attempt
    from payport.simulator.world import World

WEIGHT: Final = 2
"""How often it is drawn, relative to the others."""


def draw(world: World) -> list[Attempt]:
    """Use a key that has expired where there is one, else bind one that soon will."""
    if world.short_lived:
        holder, key, expires_ms = world.short_lived[0]
        if expires_ms >= world.now_ms:
            return []
        body = world.author.body(
            "transfer/1", holder.account, payee=world.merchant().account, asset=CURRENCY, amount_minor=1
        )
        return [world.single(body, key, "expired_key", final=False)]
    holder = world.person()
    key = parties.draw_key(world.random, parties.SESSION_LIMITS)
    expires_ms = world.now_ms + 2_000

    def keep(_: tuple[Outcome, ...]) -> None:
        world.short_lived.append((holder, key, expires_ms))

    if len(holder.spare) > 0:
        return []
    return [world.single(bind_key.body_of(world, holder, key, expires_ms), holder.owner, then=keep)]
