"""Owners revoke the keys of lost phones, which can sign no more."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from payport.simulator.parties import CURRENCY

if TYPE_CHECKING:
    from payport.simulator.attempt import Attempt
    from payport.simulator.world import World

WEIGHT: Final = 3
"""How often it is drawn, relative to the others."""


def draw(world: World) -> list[Attempt]:
    """Revoke a spare key and pay with it all the same; or try to revoke the last owner key."""
    holder = world.person()
    if not holder.spare:
        body = world.author.body("revoke_key/1", holder.account, public_key=holder.owner.public_key)
        return [world.single(body, holder.owner, "last_owner_key")]
    key = holder.spare.pop(0)
    revoking = world.author.body("revoke_key/1", holder.account, public_key=key.public_key)
    paying = world.author.body(
        "transfer/1", holder.account, payee=world.merchant().account, asset=CURRENCY, amount_minor=1
    )
    again = world.author.body("revoke_key/1", holder.account, public_key=key.public_key)
    return [
        world.single(revoking, holder.owner),
        world.single(paying, key, "revoked_key", final=False),
        world.single(again, holder.owner, "not_a_key_of_account"),
    ]
