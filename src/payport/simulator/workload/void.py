"""Senders void what they signed, in time and too late; a stranger voids nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from payport.simulator.attempt import Attempt
from payport.simulator.parties import CURRENCY
from payport.values import envelopes

if TYPE_CHECKING:
    from payport.simulator.world import World

WEIGHT: Final = 5
"""How often it is drawn, relative to the others."""


def draw(world: World) -> list[Attempt]:
    """One voiding and the transfer it is about."""
    payer, stranger = world.two_persons()
    payee = world.merchant()
    body = world.author.body("transfer/1", payer.account, payee=payee.account, asset=CURRENCY, amount_minor=1)
    manner = world.random.choice(("in time", "too late", "by a stranger"))
    if manner == "by a stranger":
        return [
            world.refused(world.author.body("void/1", stranger.account, body=body), stranger.owner, "not_yours_to_void")
        ]
    voiding = world.author.body("void/1", payer.account, body=body)
    if manner == "in time":
        world.final[envelopes.transaction_id(body)] = "voided"
        sent = Attempt((world.author.sign(body, payer.owner),), ("voided",), repeats=True)
        return [world.single(voiding, payer.owner), sent]
    code = world.model.transfer(payer.account, payer.owner, payee.account, 1, world.now_ms)
    return [world.single(body, payer.owner, code), world.single(voiding, payer.owner, "void_too_late")]
