"""Owners bind keys to phones; a phone binds nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from payport.ledger.transaction import Role
from payport.simulator import parties

if TYPE_CHECKING:
    from payport.ledger.block import Outcome
    from payport.simulator.attempt import Attempt
    from payport.simulator.parties import Holder, Key
    from payport.simulator.world import World

WEIGHT: Final = 3
"""How often it is drawn, relative to the others."""

_MANY_SPARE_KEYS: Final = 8
_YEARS_MS: Final = 30 * 365 * parties.DAY_MS


def body_of(world: World, holder: Holder, key: Key, expires_at_ms: int) -> bytes:
    """Return the body that binds a session key."""
    return world.author.body(
        "bind_key/1",
        holder.account,
        key=world.author.new_key(holder.account, key),
        role=Role.SESSION,
        scope=(),
        limits=key.limits,
        expires_at_ms=expires_at_ms,
    )


def first_session_key(world: World, holder: Holder) -> Attempt:
    """Bind the key a holder pays with from then on."""
    key = parties.draw_key(world.random, parties.SESSION_LIMITS)

    def keep(_: tuple[Outcome, ...]) -> None:
        holder.session = key

    return world.single(body_of(world, holder, key, world.now_ms + _YEARS_MS), holder.owner, then=keep)


def draw(world: World) -> list[Attempt]:
    """Bind a first or further phone, or let a phone try to bind another."""
    holder = world.person()
    if holder.session is None:
        return [first_session_key(world, holder)]
    key = parties.draw_key(world.random, parties.SESSION_LIMITS)
    body = body_of(world, holder, key, world.now_ms + _YEARS_MS)
    if world.random.random() < 0.2 or len(holder.spare) >= _MANY_SPARE_KEYS:  # noqa: PLR2004 - one in five is hostile
        return [world.single(body, holder.session, "out_of_scope", final=False)]

    def keep(_: tuple[Outcome, ...]) -> None:
        holder.spare.append(key)

    return [world.single(body, holder.owner, then=keep)]
