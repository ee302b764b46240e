"""Charge a payer by the pay code it showed: the code carries the payer's signed authority, its phone may be offline.

Effect: the amount moves from the payer to the merchant as by a purchase, fee and positions included. The hash of the
authority is remembered like an id, so it works once. It is good from 30 seconds before it was issued until its
expiry, at most 60 seconds later, up to its cap, and within the limits of the payer's key that signed it.
A code of 19 digits works the same: the authority behind it holds a digest of the digits, and the charge must present
them, so the bank that keeps the authority cannot have it charged by someone who never saw the code.
Signed by a key of the merchant; the authority by a key of the payer. Since protocol version 1.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Annotated, Final

import msgspec

from payport.ledger import sale
from payport.ledger.state import accounts, assets, balances, ids, keys, outgoing, usage
from payport.ledger.state.state import State
from payport.ledger.transaction import ACCOUNT_ROLES, AccountTransaction, Context, Event, Power, Proof
from payport.values import authorities, codec
from payport.values.identifiers import AccountId, AssetId
from payport.values.limits import AUTHORITY_CLOCK_SKEW_MS, MAX_AUTHORITY_VALIDITY_MS
from payport.values.money import Amount
from payport.values.refusals import RefusalClass, RefusalCode

if TYPE_CHECKING:
    from payport.values.authorities import Authority, SignedAuthority


class Charge(AccountTransaction, frozen=True):
    """The merchant charges a payer that showed a code."""

    payer: AccountId
    """Account that pays; the authority's."""
    asset: AssetId
    """Currency; the authority's."""
    amount_minor: Amount
    """Amount in minor units, fee included; at most the authority's cap."""
    authority: Annotated[bytes, msgspec.Meta(max_length=authorities.MAX_SIGNED_AUTHORITY_BYTES)]
    """Encoded signed authority."""
    digits: Annotated[str, msgspec.Meta(pattern=authorities.DIGITS_PATTERN)] | None
    """The digits the payer showed, where the authority is for a digit code; else nil."""


VERSION: Final = 1
SINCE: Final = 1
ROLES: Final = ACCOUNT_ROLES
POWERS: Final = frozenset({Power.MOVE})

AUTHORITY_MISMATCH: Final = RefusalCode(
    "authority_mismatch",
    RefusalClass.MALFORMED,
    "Payer, asset, network or digits differ from the pay code.",
    "付款方、币种、网络或数字码与付款码不一致。",
)
"""A charge takes exactly what the code allows."""

CHARGE_EXCEEDS_CAP: Final = RefusalCode(
    "charge_exceeds_cap",
    RefusalClass.LIMIT,
    "The amount is larger than the pay code allows; ask the payer to confirm on the phone.",
    "金额超过付款码上限，请付款方在手机上确认。",
)
"""The authority's cap."""

AUTHORITY_TOO_LONG_LIVED: Final = RefusalCode(
    "authority_too_long_lived",
    RefusalClass.MALFORMED,
    "A pay code is good for at most 60 seconds.",
    "付款码有效期不得超过60秒。",
)
"""Issue and expiry lie too far apart."""

AUTHORITY_NOT_BY_PAYER: Final = RefusalCode(
    "authority_not_by_payer",
    RefusalClass.UNAUTHORISED,
    "The pay code is not signed by a live key of the payer.",
    "付款码未由付款方的有效密钥签名。",
)
"""The key is unknown, another's, revoked, expired, or out of scope: all look the same to a till."""

AUTHORITY_OUT_OF_TIME: Final = RefusalCode(
    "authority_out_of_time",
    RefusalClass.EXPIRED,
    "The pay code has expired; ask the payer for a new one.",
    "付款码已过期，请付款方刷新。",
)
"""Block time is after the expiry, or more than 30 seconds before the issue."""

AUTHORITY_USED: Final = RefusalCode(
    "authority_used",
    RefusalClass.CONFLICT,
    "The pay code was charged already; ask the payer for a new one.",
    "付款码已使用，请付款方刷新。",
)
"""An authority works once, at one till."""

REFUSALS: Final = (
    accounts.SAME_ACCOUNT,
    codec.MALFORMED_BYTES,
    AUTHORITY_MISMATCH,
    CHARGE_EXCEEDS_CAP,
    AUTHORITY_TOO_LONG_LIVED,
    assets.UNKNOWN_ASSET,
    assets.NOT_A_CURRENCY,
    accounts.UNKNOWN_ACCOUNT,
    AUTHORITY_NOT_BY_PAYER,
    AUTHORITY_OUT_OF_TIME,
    AUTHORITY_USED,
    sale.NOT_A_MERCHANT,
    *outgoing.CREDIT_REFUSALS,
    *usage.REFUSALS,
    *outgoing.REFUSALS,
    balances.AMOUNT_OVERFLOW,
)

_VERB: Final = "charge"


def _read(transaction: Charge) -> tuple[SignedAuthority, Authority]:
    signed = codec.decode_canonical(transaction.authority, authorities.SignedAuthority)
    return signed, authorities.read_authority(signed.authority)


def check(transaction: Charge) -> None:
    """Hold the charge against the authority it presents."""
    if transaction.payer == transaction.sender:
        accounts.SAME_ACCOUNT.refuse()
    _, authority = _read(transaction)
    given = (authority.chain_id, authority.account, authority.asset)
    if given != (transaction.chain_id, transaction.payer, transaction.asset):
        AUTHORITY_MISMATCH.refuse()
    digits = transaction.digits
    shown = None if digits is None else authorities.digits_digest(digits, transaction.payer)
    if shown != authority.digits_digest:
        AUTHORITY_MISMATCH.refuse("digits")
    if transaction.amount_minor > authority.cap_minor:
        CHARGE_EXCEEDS_CAP.refuse(f"{transaction.amount_minor} of {authority.cap_minor}")
    if not 0 < authority.expires_at_ms - authority.issued_at_ms <= MAX_AUTHORITY_VALIDITY_MS:
        AUTHORITY_TOO_LONG_LIVED.refuse()


def proofs(transaction: Charge) -> tuple[Proof, ...]:
    """Return the payer's signature on the authority."""
    signed = _read(transaction)[0]
    message = authorities.signing_bytes(signed.authority)
    return (Proof(signed.scheme, signed.public_key, message, signed.signature),)


def _require_authority(state: State, signed: SignedAuthority, authority: Authority, context: Context) -> Context:
    """Insist on an authority that is live and unused; return the context in which its signer spends."""
    payer = accounts.require(state, authority.account)
    key = keys.find(state, signed.public_key)
    live = keys.is_live(key, authority.account, payer.key_epoch, signed.scheme, context.time_ms)
    if not live or key is None or (key.scope and _VERB not in key.scope):
        AUTHORITY_NOT_BY_PAYER.refuse()
    if not authority.issued_at_ms - AUTHORITY_CLOCK_SKEW_MS <= context.time_ms <= authority.expires_at_ms:
        AUTHORITY_OUT_OF_TIME.refuse(f"until {authority.expires_at_ms}, block time {context.time_ms}")
    if ids.recall(state, authorities.authority_id(signed.authority), authority.expires_at_ms) is not None:
        AUTHORITY_USED.refuse()
    return dataclasses.replace(context, signing_key=key, signing_public_key=signed.public_key, sending_account=payer)


def apply(transaction: Charge, state: State, context: Context) -> None:
    """Move the amount to the merchant and remember the authority."""
    merchant, payer = transaction.sender, transaction.payer
    asset, amount = transaction.asset, transaction.amount_minor
    assets.require_currency(state, asset, context.height)
    signed, authority = _read(transaction)
    spending = _require_authority(state, signed, authority, context)
    sale.require_merchant(state, merchant)
    acquirer = outgoing.require_credit(state, context, merchant)
    allowance = usage.require_allowance(state, spending, asset, amount, static=False)
    outgoing.require(state, context, payer, acquirer, asset, amount)
    planned = sale.plan(state, context, payer, merchant, asset, amount)
    usage.spend(state, spending, allowance)
    used = ids.place(authorities.authority_id(signed.authority), authority.expires_at_ms)
    ids.remember(state, used, ids.Remembered(context.height, context.leaf_index, AUTHORITY_USED.code))
    sale.settle(state, context, planned)


def event(transaction: Charge) -> Event:
    """Tell followers who charged whom how much."""
    return Event((transaction.sender, transaction.payer), transaction.asset, transaction.amount_minor)


def example() -> Charge:
    """Charge 36.00 at a bakery by a code the phone showed offline."""
    from payport.ledger.examples import (  # noqa: PLC0415 - examples need the verbs
        ALICE,
        MARKET,
        common_account_fields,
        signed_authority,
    )

    return Charge(
        **common_account_fields("charge/1", sender=MARKET),
        payer=ALICE,
        asset="CNY",
        amount_minor=3_600,
        authority=signed_authority(ALICE, 20_000),
        digits=None,
    )
