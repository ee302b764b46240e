"""A stranger signs another's body with his own key, before or after the owner's envelope arrives."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from payport.simulator.attempt import Attempt
from payport.simulator.parties import CURRENCY

if TYPE_CHECKING:
    from payport.simulator.world import World

WEIGHT: Final = 4
"""How often it is drawn, relative to the others."""


def draw(world: World) -> list[Attempt]:
    """Send the owner's payment and the stranger's envelope of it: the id is the owner's either way."""
    payer, stranger = world.two_persons()
    payee, amount = world.merchant(), world.amount()
    body = world.author.body("transfer/1", payer.account, payee=payee.account, asset=CURRENCY, amount_minor=amount)
    code = world.model.transfer(payer.account, payer.owner, payee.account, amount, world.now_ms)
    owners = world.single(body, payer.owner, code)
    rewrapped = (world.author.sign(body, stranger.owner),)
    if world.random.random() < 0.5:  # noqa: PLR2004 - either may be first
        return [Attempt(rewrapped, ("unbound_key",)), owners]
    return [owners, Attempt(rewrapped, (code,), repeats=True)]
