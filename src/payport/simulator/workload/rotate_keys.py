"""A bank replaces its keys; the old ones sign nothing any more."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from payport.simulator.parties import CURRENCY, draw_key

if TYPE_CHECKING:
    from payport.simulator.attempt import Attempt
    from payport.simulator.world import World

WEIGHT: Final = 1
"""How often it is drawn, relative to the others."""


def draw(world: World) -> list[Attempt]:
    """Rotate, and try the old keys."""
    bank = world.ward_bank
    old = bank.signers
    fresh = sorted((draw_key(world.random) for _ in range(3)), key=lambda each: each.public_key)
    fields = {
        "keys": tuple(world.author.new_key(bank.name.encode(), each) for each in fresh),
        "threshold": bank.threshold,
    }
    attempts = [
        world.single(
            world.author.body("rotate_keys/1", bank.name, **fields), old[0], "too_few_signatures", final=False
        ),
        world.by_bank(world.author.body("rotate_keys/1", bank.name, **fields), bank),
    ]
    bank.key, bank.further = fresh[0], fresh[1:]
    fields = {"account": world.random.choice(world.wards).account, "asset": CURRENCY, "amount_minor": 1}
    stale = world.author.body("issue/1", bank.name, **fields)
    attempts.append(world.single(stale, old[0], "unbound_key", final=False))
    return attempts
