"""A bank freezes a customer between two members of a group that pays: all of it is undone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from payport.ledger.state.restrictions import FreezeMode, FreezeReason
from payport.simulator.attempt import Attempt
from payport.simulator.parties import CURRENCY
from payport.values.envelopes import transaction_id

if TYPE_CHECKING:
    from payport.simulator.world import World

WEIGHT: Final = 2
"""How often it is drawn, relative to the others."""


def draw(world: World) -> list[Attempt]:
    """Issue, freeze, pay: the payment is refused and nothing has happened."""
    ward = world.random.choice(world.wards)
    if world.model.freezes[ward.account] or ward.account in world.model.recovering:
        return []
    author, bank = world.author, world.bank(ward.bank)
    bodies = author.grouped(
        author.build("issue/1", bank.name, account=ward.account, asset=CURRENCY, amount_minor=5),
        author.build(
            "freeze/1",
            bank.name,
            account=ward.account,
            mode=FreezeMode.DEBIT,
            asset=None,
            amount_minor=None,
            reason=FreezeReason.HOLDER,
            expires_at_ms=world.now_ms + 60_000,
            second=None,
        ),
        author.build("transfer/1", ward.account, payee=world.person().account, asset=CURRENCY, amount_minor=5),
    )
    codes = ("group_refused", "group_refused", "account_frozen")
    signers = (bank.signers, bank.signers, [ward.owner])
    encoded = tuple(author.sign(body, *keys) for body, keys in zip(bodies, signers, strict=True))
    for body, code in zip(bodies, codes, strict=True):
        world.final[transaction_id(body)] = code
    return [Attempt(encoded, codes)]
