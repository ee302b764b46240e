"""Somebody signs in another's name with a key he does not have."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from payport.simulator.parties import CURRENCY, Key

if TYPE_CHECKING:
    from payport.simulator.attempt import Attempt
    from payport.simulator.world import World

WEIGHT: Final = 4
"""How often it is drawn, relative to the others."""


def draw(world: World) -> list[Attempt]:
    """One transfer under the victim's public key, signed by the thief's."""
    victim, thief = world.two_persons()
    body = world.author.body("transfer/1", victim.account, payee=thief.account, asset=CURRENCY, amount_minor=1)
    forged = Key(thief.owner.seed, victim.owner.public_key)
    return [world.refused(body, forged, "invalid_signature")]
