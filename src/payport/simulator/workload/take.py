"""Cardholders take offers: whole, in part, and in parts so small that rounding might cost the maker."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from payport.simulator.attempt import Attempt
    from payport.simulator.model import Offer
    from payport.simulator.parties import Holder
    from payport.simulator.world import World

WEIGHT: Final = 10
"""How often it is drawn, relative to the others."""


def part(world: World, offer_id: bytes, taker: Holder, offer: Offer, amount: int) -> Attempt:
    """Take ``amount`` of an offer."""
    body = world.author.body(
        "take/1",
        taker.account,
        maker=offer.maker,
        take_asset=offer.give[1],
        take_minor=amount,
        pay_asset=offer.want[1],
        pay_minor=offer.price(amount),
        offer=offer_id,
    )
    return world.single(body, taker.owner, world.model.take(offer_id, taker.account, amount))


def draw(world: World) -> list[Attempt]:
    """One offer, taken in one of the ways traders take."""
    if not world.offers:
        return []
    offer_id, maker = world.random.choice(world.offers)
    offer = world.model.offers.get(offer_id)
    if offer is None:
        return []
    taker = world.person()
    if taker is maker:
        return []
    manner = world.random.choice(("whole", "part", "grind", "too much", "cheap"))
    if manner == "cheap":
        body = world.author.body(
            "take/1",
            taker.account,
            maker=offer.maker,
            take_asset=offer.give[1],
            take_minor=offer.remaining,
            pay_asset=offer.want[1],
            pay_minor=offer.price(offer.remaining) + 1,
            offer=offer_id,
        )
        return [world.single(body, taker.owner, "offer_mismatch")]
    if manner == "grind":
        return [part(world, offer_id, taker, offer, 1) for _ in range(min(5, offer.remaining))]
    whole = offer.remaining
    amount = {"whole": whole, "part": world.random.randint(1, whole), "too much": whole + 1}[manner]
    return [part(world, offer_id, taker, offer, amount)]
