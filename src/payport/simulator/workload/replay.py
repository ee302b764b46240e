"""Somebody sends bytes again that are final: he gets the first answer, and nothing happens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from payport.simulator.attempt import Attempt

if TYPE_CHECKING:
    from payport.simulator.world import World

WEIGHT: Final = 8
"""How often it is drawn, relative to the others."""


def draw(world: World) -> list[Attempt]:
    """One repetition of anything sent lately, refused or not."""
    remembered = [sent for sent in world.sent if sent.until_ms > world.now_ms + 30_000]
    if not remembered:
        return []
    sent = world.random.choice(remembered)
    return [Attempt(sent.encoded, sent.codes, repeats=True)]
