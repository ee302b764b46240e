"""Cardholders offer points for money and money for points, for a moment or an hour."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from payport.simulator.model import Offer
from payport.simulator.parties import CURRENCY, POINTS
from payport.values.envelopes import transaction_id

if TYPE_CHECKING:
    from payport.simulator.attempt import Attempt
    from payport.simulator.world import World

WEIGHT: Final = 6
"""How often it is drawn, relative to the others."""

_HOUR_MS: Final = 3_600_000


def draw(world: World) -> list[Attempt]:
    """One offer at a crooked price."""
    maker = world.person()
    give_asset, want_asset = world.random.sample((POINTS, CURRENCY), 2)
    give_minor, want_minor = world.random.randint(1, 3_000), world.random.randint(1, 3_000)
    expires_ms = world.now_ms + world.random.choice((1, 5_000, _HOUR_MS))
    body = world.author.body(
        "offer/1",
        maker.account,
        give_asset=give_asset,
        give_minor=give_minor,
        want_asset=want_asset,
        want_minor=want_minor,
        taker=None,
        expires_at_ms=expires_ms,
    )
    offer_id, account = transaction_id(body), maker.account
    made = Offer(account, (account, give_asset), (account, want_asset), give_minor, want_minor, give_minor, expires_ms)
    world.offers.append((offer_id, maker))
    return [world.single(body, maker.owner, world.model.offer(offer_id, made))]
