"""Tills charge payers that showed a pay code, twice, too much, too late, and with codes of others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from payport.simulator.model import COMMITTED
from payport.simulator.parties import CURRENCY
from payport.values.limits import AUTHORITY_CLOCK_SKEW_MS, MAX_AUTHORITY_VALIDITY_MS

if TYPE_CHECKING:
    from payport.simulator.attempt import Attempt
    from payport.simulator.parties import Holder
    from payport.simulator.world import World

WEIGHT: Final = 10
"""How often it is drawn, relative to the others."""


def charge(world: World, till: Holder, payer: Holder, amount: int, authority: bytes, code: str) -> Attempt:
    """Charge ``amount``, which must end with ``code``."""
    body = body_of(world, till, payer, amount, authority)
    then = world.sale_once_acknowledged(body, payer, till, amount)
    return world.single(body, till.owner, code, then=then)


def body_of(world: World, till: Holder, payer: Holder, amount: int, authority: bytes) -> bytes:
    """Return the body of a charge."""
    return world.author.body(
        "charge/1",
        till.account,
        payer=payer.account,
        asset=CURRENCY,
        amount_minor=amount,
        authority=authority,
        digits=None,
    )


def draw(world: World) -> list[Attempt]:
    """One code, charged in one of the ways tills and thieves charge."""
    payer, till, amount = world.person(), world.merchant(), world.amount()
    key = world.key_of(payer)
    manner = world.random.choice(("once", "once", "two tills", "too much", "early", "late", "foreign", "forged"))
    shift_ms = {"early": AUTHORITY_CLOCK_SKEW_MS + 1, "late": -MAX_AUTHORITY_VALIDITY_MS - 1}.get(manner, 0)
    signer = world.key_of(till) if manner == "foreign" else key
    authority = world.author.authority(payer, signer, amount, world.now_ms + shift_ms)
    if manner == "too much":
        return [world.refused(body_of(world, till, payer, amount + 1, authority), till.owner, "charge_exceeds_cap")]
    if manner == "forged":
        forged = authority[:-1] + bytes([authority[-1] ^ 1])
        return [world.refused(body_of(world, till, payer, amount, forged), till.owner, "invalid_signature")]
    if shift_ms:
        return [charge(world, till, payer, amount, authority, "authority_out_of_time")]
    if manner == "foreign":
        return [charge(world, till, payer, amount, authority, "authority_not_by_payer")]
    code = world.model.purchase(payer.account, key, till.account, amount, world.now_ms, static=False)
    attempts = [charge(world, till, payer, amount, authority, code)]
    if manner == "two tills" and code == COMMITTED:
        attempts.append(charge(world, world.merchant(), payer, amount, authority, "authority_used"))
    return attempts
