"""The operator admits banks; a bank admits nobody."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from payport.ledger.state.institutions import InstitutionRole
from payport.simulator import parties

if TYPE_CHECKING:
    from payport.simulator.attempt import Attempt
    from payport.simulator.world import World

WEIGHT: Final = 1
"""How often it is drawn, relative to the others."""


def draw(world: World) -> list[Attempt]:
    """One admission."""
    bank = parties.draw_bank(world.random, f"bank-{world.admitted}")
    hostile = world.random.random() < 0.5  # noqa: PLR2004 - every second one
    sender = world.random.choice(world.banks) if hostile else world.operator
    body = world.author.body(
        "admit_institution/1",
        sender.name,
        institution=bank.name,
        name=f"Bank {world.admitted}",
        role=InstitutionRole.BANK,
        keys=(world.author.new_key(bank.name.encode(), bank.key),),
        threshold=1,
        utc_offset_seconds=parties.UTC_OFFSET_SECONDS,
        fees_account=bank.fees_account,
        unclaimed_account=world.random.randbytes(16),
        view_key=world.random.randbytes(32),
    )
    if hostile:
        return [world.single(body, sender.key, "not_the_operator", final=False)]
    world.admitted += 1
    return [world.single(body, sender.key)]
