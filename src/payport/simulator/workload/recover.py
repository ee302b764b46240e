"""Accounts are recovered by their bank: begun, vetoed, finished; thieves and a lone clerk try as well."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from payport.simulator.parties import CURRENCY, RECOVERY_DELAY_MS, draw_key
from payport.values.envelopes import transaction_id

if TYPE_CHECKING:
    from payport.simulator.attempt import Attempt
    from payport.simulator.parties import Holder
    from payport.simulator.world import World

WEIGHT: Final = 5
"""How often it is drawn, relative to the others."""


def draw(world: World) -> list[Attempt]:
    """Take the next step of a recovery, or try to."""
    ward = world.random.choice(world.wards)
    under_way = world.recoveries.get(ward.account)
    if under_way is None:
        return _begin(world, ward)
    recovery_id, key, effective_ms = under_way
    if world.random.random() < 0.3:  # noqa: PLR2004 - the owner has found the phone
        body = world.author.body("veto_recovery/1", ward.account, account=ward.account, recovery=recovery_id)
        _end(world, ward)
        return [world.single(body, ward.owner)]
    fields = {"account": ward.account, "recovery": recovery_id, "owner": key.public_key}
    bank = world.bank(ward.bank)
    body = world.author.body("finish_recovery/1", bank.name, **fields)
    if world.now_ms < effective_ms:
        return [world.by_bank(body, bank, "recovery_waits")]
    lost = ward.owner
    ward.owner = key
    _end(world, ward)
    # The lost key signs no more, not even a block later.
    paid = world.author.body("transfer/1", ward.account, payee=world.person().account, asset=CURRENCY, amount_minor=1)
    return [world.by_bank(body, bank), world.single(paid, lost, "revoked_key", final=False)]


def _begin(world: World, ward: Holder) -> list[Attempt]:
    key, bank = draw_key(world.random), world.bank(ward.bank)
    body = world.author.body(
        "recover/1", bank.name, account=ward.account, owner=world.author.new_key(ward.account, key)
    )
    manner = world.random.choice(("bank", "bank", "lone clerk", "thief", "foreign bank"))
    if manner == "lone clerk" and bank.threshold > 1:
        return [world.single(body, bank.key, "too_few_signatures", final=False)]
    if manner == "thief":
        return [world.single(body, key, "unbound_key", final=False)]
    if manner == "foreign bank":
        bank = world.random.choice(world.other_banks(ward.bank))
        owner = world.author.new_key(ward.account, key)
        body = world.author.body("recover/1", bank.name, account=ward.account, owner=owner)
        return [world.by_bank(body, bank, "not_your_customer")]
    world.recoveries[ward.account] = transaction_id(body), key, world.now_ms + RECOVERY_DELAY_MS
    world.model.recovering.add(ward.account)
    return [world.by_bank(body, bank)]


def _end(world: World, ward: Holder) -> None:
    del world.recoveries[ward.account]
    world.model.recovering.discard(ward.account)
