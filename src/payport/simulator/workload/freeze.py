"""Banks freeze: their own customers alone, those of others two together, never one of another alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from payport.ledger.state.restrictions import FreezeMode, FreezeReason
from payport.simulator.model import Freeze
from payport.simulator.parties import CURRENCY
from payport.values.envelopes import transaction_id
from payport.values.limits import MAX_FREEZES_PER_ACCOUNT

if TYPE_CHECKING:
    from payport.simulator.attempt import Attempt
    from payport.simulator.world import World

WEIGHT: Final = 4
"""How often it is drawn, relative to the others."""


def draw(world: World) -> list[Attempt]:
    """One freeze, by who may and who may not."""
    ward, model = world.random.choice(world.wards), world.model
    bank, others = world.bank(ward.bank), world.random.sample(world.other_banks(ward.bank), 2)
    manner = world.random.choice(("own", "own", "two", "lone foreigner", "one signature", "thief"))
    if manner == "one signature" and bank.threshold == 1:
        manner = "own"
    mode = world.random.choice(list(FreezeMode))
    amount = world.random.randint(1, 20_000) if mode is FreezeMode.AMOUNT else None
    until_ms = world.now_ms + world.random.choice((1_000, 20_000, 120_000))
    second = others[1].name if manner == "two" else None
    sender = others[0].name if manner in {"two", "lone foreigner"} else ward.bank
    body = world.author.body(
        "freeze/1",
        sender,
        account=ward.account,
        mode=mode,
        asset=CURRENCY if amount else None,
        amount_minor=amount,
        reason=FreezeReason.FRAUD,
        expires_at_ms=until_ms,
        second=second,
    )
    if manner == "thief":
        return [world.single(body, world.person().owner, "unbound_key", final=False)]
    if manner == "one signature":
        return [world.single(body, bank.key, "too_few_signatures", final=False)]
    if manner == "lone foreigner":
        return [world.single(body, others[0].key, "second_institution_needed")]
    signers = bank.signers if manner == "own" else [each.key for each in others]
    freezes = model.freezes[ward.account]
    if len(freezes) >= MAX_FREEZES_PER_ACCOUNT:
        return [world.by_keys(body, signers, "too_many_freezes")]
    freezes[transaction_id(body)] = Freeze(
        mode.value, amount or 0, until_ms, (sender,) if second is None else (sender, second)
    )
    return [world.by_keys(body, signers)]
