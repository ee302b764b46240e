"""The operator suspends a bank, at once or for good, and the members vote to reinstate it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from payport.ledger.state import proposals
from payport.simulator.parties import EMERGENCY_MS, WARD_BANK

if TYPE_CHECKING:
    from payport.simulator.attempt import Attempt
    from payport.simulator.world import World

WEIGHT: Final = 3
"""How often it is drawn, relative to the others."""

NEVER_MS: Final = 2**53 - 1
"""Suspended until reinstated."""


def draw(world: World) -> list[Attempt]:
    """Suspend, or reinstate by a vote of three members."""
    operator, model = world.operator, world.model
    until_ms = model.suspended_until[WARD_BANK]
    if world.now_ms < until_ms:
        return reinstatement(world, WARD_BANK)
    if world.random.random() < 0.5:  # noqa: PLR2004 - every second one is an emergency
        body = world.author.body("emergency_suspend/1", operator.name, institution=WARD_BANK)
        if until_ms and world.now_ms < until_ms + EMERGENCY_MS:
            return [world.by_bank(body, operator, "emergency_used")]
        model.suspended_until[WARD_BANK] = world.now_ms + EMERGENCY_MS
        return [world.by_bank(body, operator)]
    body = world.author.body("suspend/1", operator.name, institution=WARD_BANK)
    model.suspended_until[WARD_BANK] = NEVER_MS
    return [world.by_bank(body, operator)]


def reinstatement(world: World, suspended: str) -> list[Attempt]:
    """Try without a vote; then propose, gather votes, and carry it out."""
    operator = world.operator
    author = world.author
    proposed = proposals.digest_of(author.body("reinstate/1", operator.name, institution=suspended))
    attempts = [
        world.single(
            author.body("reinstate/1", operator.name, institution=suspended),
            operator.key,
            "no_live_proposal",
            final=False,
        )
    ]
    fields = {"proposed": proposed, "expires_at_ms": world.now_ms + 3_600_000}
    attempts.append(world.by_bank(author.body("propose/1", operator.name, **fields), operator))
    for place, bank in enumerate(world.other_banks(suspended)[:2]):
        attempts.append(world.by_bank(author.body("approve/1", bank.name, proposed=proposed), bank))
        again = author.body("approve/1", bank.name, proposed=proposed)
        attempts.append(world.by_bank(again, bank, "already_approved"))
        if place == 0:
            early = author.body("reinstate/1", operator.name, institution=suspended)
            attempts.append(world.single(early, operator.key, "too_few_approvals", final=False))
    attempts.append(world.by_bank(author.body("reinstate/1", operator.name, institution=suspended), operator))
    world.model.suspended_until[suspended] = 0
    return attempts
