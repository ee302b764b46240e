"""Bytes arrive damaged."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from payport.simulator.attempt import Attempt
from payport.simulator.parties import CURRENCY

if TYPE_CHECKING:
    from payport.simulator.world import World

WEIGHT: Final = 3
"""How often it is drawn, relative to the others."""


def draw(world: World) -> list[Attempt]:
    """One envelope cut short, or with bytes behind its end."""
    payer, payee = world.two_persons()
    body = world.author.body("transfer/1", payer.account, payee=payee.account, asset=CURRENCY, amount_minor=1)
    whole = world.author.sign(body, payer.owner)
    cut = world.random.randrange(1, len(whole))
    damaged = world.random.choice((whole[:cut], whole + b"\x00", world.random.randbytes(cut)))
    return [Attempt((damaged,), ("malformed_bytes",), at_door=True)]
