"""Customers close accounts that are empty, and try to close others; what is sent there afterwards is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from payport.ledger.state.accounts import PERSON
from payport.simulator.workload import open_account, ward_pays

if TYPE_CHECKING:
    from payport.simulator.attempt import Attempt
    from payport.simulator.world import World

WEIGHT: Final = 2
"""How often it is drawn, relative to the others."""


def draw(world: World) -> list[Attempt]:
    """Close a ward's account, if it may be, and open another in its place."""
    ward, model = world.random.choice(world.wards), world.model
    account = ward.account
    body = world.author.body("close/1", account)
    if model.freezes[account] or account in model.recovering:
        return [world.single(body, ward.owner, "account_restricted")]
    holding = any(amount for (holder, _), amount in model.balances.items() if holder == account)
    if holding or any(hold.payer == account for hold in model.holds.values()):
        attempts = [world.single(body, ward.owner, "account_not_empty")]
        amount = model.held(account)
        if amount and not any(hold.payer == account for hold in model.holds.values()):
            attempts.append(ward_pays.payment(world, ward, world.person(), amount))
        return attempts
    if len(world.wards) <= 2:  # noqa: PLR2004 - two have to stay
        return []
    world.wards.remove(ward)
    model.closed.add(account)
    credited = ward_pays.payment(world, world.person(), ward, 1)
    return [world.single(body, ward.owner), credited, open_account.opening(world, ward.bank, PERSON, world.wards)]
