"""Banks register assets; one that is there already, or names another bank, is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from payport.ledger.state.assets import AssetClass
from payport.simulator.model import COMMITTED
from payport.simulator.parties import POINTS

if TYPE_CHECKING:
    from payport.simulator.attempt import Attempt
    from payport.simulator.world import World

WEIGHT: Final = 1
"""How often it is drawn, relative to the others."""


def registration(world: World, asset: str, code: str = COMMITTED) -> Attempt:
    """Register an asset by the bank its id names."""
    bank = world.bank(asset.split(":", maxsplit=1)[0])
    body = body_of(world, bank.name, asset)
    return world.by_bank(body, bank, code)


def body_of(world: World, sender: str, asset: str) -> bytes:
    """Return the body that registers points."""
    fields = {"asset": asset, "asset_class": AssetClass.POINTS, "name": "Points", "decimals": 0}
    return world.author.body("register_asset/1", sender, **fields)


def draw(world: World) -> list[Attempt]:
    """One registration."""
    bank = world.random.choice(world.banks)
    manner = world.random.choice(("new", "exists", "foreign"))
    if manner == "exists":
        return [registration(world, POINTS, "asset_exists")]
    asset = f"{bank.name}:{world.random.randbytes(5).hex().upper()}"
    if manner == "foreign":
        return [world.refused(body_of(world, world.ward_bank.name, asset), world.ward_bank.key, "not_the_issuer")]
    return [registration(world, asset)]
