"""Merchants refund sales: in part, in whole, twice, too much, too late, and sales of others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from payport.proof import leaves, merkle
from payport.simulator.model import COMMITTED
from payport.values.limits import LOG_SUBTREE

if TYPE_CHECKING:
    from payport.simulator.attempt import Attempt
    from payport.simulator.world import Sale, World

WEIGHT: Final = 8
"""How often it is drawn, relative to the others."""


def proof(world: World, sale: Sale) -> dict[str, object]:
    """Return the fields by which a refund proves the sale, read from the block log."""
    block = world.application.read_block(sale.height)
    return {
        "purchase": sale.body,
        "outcome_leaf": block.leaves[sale.leaf_index],
        "leaf_index": sale.leaf_index,
        "leaf_path": merkle.path(block.leaves, sale.leaf_index),
        "commitment": block.commitment_bytes,
        "log_path": (),
    }


def is_recent(world: World, sale: Sale) -> bool:
    """Tell whether the ledger still knows the sale's commitment singly, however many blocks the next sync adds."""
    return sale.height // LOG_SUBTREE >= (world.application.height + LOG_SUBTREE // 2) // LOG_SUBTREE - 1


def refund_part(world: World, sale: Sale, amount: int) -> Attempt:
    """Refund part of a sale."""
    code = world.model.refund(
        sale.transaction_id,
        sale.payer.account,
        sale.merchant.account,
        sale.amount_minor,
        world.sold_ms(sale),
        amount,
        world.now_ms,
    )
    body = world.author.body("refund/1", sale.merchant.account, amount_minor=amount, **proof(world, sale))
    return world.single(body, sale.merchant.owner, code)


def draw(world: World) -> list[Attempt]:
    """One sale, refunded in one of the ways merchants and thieves refund."""
    if not world.sales:
        return []
    sale = world.random.choice(world.sales)
    if not is_recent(world, sale):
        return []
    left = world.model.refundable(sale.transaction_id, sale.amount_minor)
    manner = world.random.choice(("part", "part", "small parts", "twice", "too much", "foreign", "unproven"))
    if manner == "foreign":
        thief = world.person()
        body = world.author.body("refund/1", thief.account, amount_minor=1, **proof(world, sale))
        return [world.refused(body, thief.owner, "not_your_sale")]
    if manner == "unproven":
        fields = proof(world, sale)
        outcome = leaves.OutcomeLeaf(sale.transaction_id, COMMITTED, bytes(32), ())
        fields["outcome_leaf"] = leaves.encode_outcome(outcome)
        body = world.author.body("refund/1", sale.merchant.account, amount_minor=1, **fields)
        return [world.refused(body, sale.merchant.owner, "proof_invalid")]
    if manner == "too much":
        return [refund_part(world, sale, left + 1)]
    if left == 0:
        return []
    if manner == "twice":
        return [refund_part(world, sale, left), refund_part(world, sale, left)]
    if manner == "small parts":
        parts = min(left, 5)
        return [refund_part(world, sale, world.random.randint(1, max(1, left // 10 // parts))) for _ in range(parts)]
    return [refund_part(world, sale, world.random.randint(1, left))]
