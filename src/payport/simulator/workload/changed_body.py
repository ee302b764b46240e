"""Somebody changes the payee of a signed payment on its way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from payport.simulator.attempt import Attempt
from payport.simulator.parties import CURRENCY
from payport.values import codec
from payport.values.envelopes import Envelope

if TYPE_CHECKING:
    from payport.simulator.world import World

WEIGHT: Final = 2
"""How often it is drawn, relative to the others."""


def draw(world: World) -> list[Attempt]:
    """One envelope whose signature is of another body."""
    victim, thief = world.two_persons()
    meant = world.author.build(
        "transfer/1", victim.account, payee=world.merchant().account, asset=CURRENCY, amount_minor=1
    )
    signed = codec.decode(world.author.sign(codec.encode(meant), victim.owner), Envelope)
    changed = codec.encode(msgspec.structs.replace(meant, payee=thief.account))
    return [Attempt((codec.encode(Envelope(changed, signed.signatures)),), ("invalid_signature",), at_door=True)]
