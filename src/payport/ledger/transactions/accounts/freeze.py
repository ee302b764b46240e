"""Freeze an account, or an amount on it, for a time.

Effect: by mode. Debit: no new payments leave it; credits, refunds and captures of earlier holds pass. All: nothing new
comes in either. Amount: payments must leave the amount. The freeze ends at its expiry or by unfreeze.
Signed by the account's own institution; by any other together with a second, neither of them the account's own.
Moves nothing. Since protocol version 1.
"""

from __future__ import annotations

from typing import Final

from payport.ledger.state import accounts, assets, institutions, restrictions
from payport.ledger.state.state import State
from payport.ledger.transaction import INSTITUTION_ONLY, Context, Event, InstitutionTransaction, Power
from payport.values.block_time import Milliseconds
from payport.values.identifiers import AccountId, AssetId, InstitutionId
from payport.values.limits import MAX_FREEZE_MS, MAX_FREEZES_PER_ACCOUNT
from payport.values.money import Amount
from payport.values.refusals import RefusalClass, RefusalCode


class Freeze(InstitutionTransaction, frozen=True):
    """The sender freezes ``account``."""

    account: AccountId
    """The account."""
    mode: restrictions.FreezeMode
    """What is stopped."""
    asset: AssetId | None
    """Asset of the amount: in mode amount, else nil."""
    amount_minor: Amount | None
    """Amount that must stay, in minor units: in mode amount, else nil."""
    reason: restrictions.FreezeReason
    """Why."""
    expires_at_ms: Milliseconds
    """Last block time at which it is in force."""
    second: InstitutionId | None
    """Institution that signs too, or nil where the account is the sender's own customer's."""


VERSION: Final = 1
SINCE: Final = 1
ROLES: Final = INSTITUTION_ONLY
POWERS: Final = frozenset({Power.RESTRICT})

FREEZE_TERMS_INVALID: Final = RefusalCode(
    "freeze_terms_invalid",
    RefusalClass.MALFORMED,
    "Mode, asset and amount of the freeze do not fit together, or it names one institution twice.",
    "冻结的方式、资产、金额不匹配，或同一机构重复出现。",
)
"""Asset and amount belong to mode amount alone; the second institution differs from the first."""

FREEZE_EXPIRY_INVALID: Final = RefusalCode(
    "freeze_expiry_invalid",
    RefusalClass.MALFORMED,
    "A freeze ends in the future, and within 366 days.",
    "冻结到期时间须在未来366天之内。",
)
"""The expiry is past, or too far away."""

SECOND_INSTITUTION_NEEDED: Final = RefusalCode(
    "second_institution_needed",
    RefusalClass.UNAUTHORISED,
    "Another institution's customer is frozen by two institutions together; one's own customer by oneself.",
    "冻结他行客户须由两家机构共同签署，本行客户由本行单独签署。",
)
"""The account's own institution signs alone; others never do, and never with it."""

TOO_MANY_FREEZES: Final = RefusalCode(
    "too_many_freezes",
    RefusalClass.LIMIT,
    f"An account has at most {MAX_FREEZES_PER_ACCOUNT} freezes.",
    "账户的冻结数量已达上限。",
)
"""Lift one first."""

REFUSALS: Final = (
    FREEZE_TERMS_INVALID,
    accounts.UNKNOWN_ACCOUNT,
    accounts.ACCOUNT_CLOSED,
    assets.UNKNOWN_ASSET,
    FREEZE_EXPIRY_INVALID,
    SECOND_INSTITUTION_NEEDED,
    institutions.INSTITUTION_SUSPENDED,
    TOO_MANY_FREEZES,
)


def check(transaction: Freeze) -> None:
    """Mode, asset and amount must fit, and the institutions differ."""
    by_amount = transaction.mode is restrictions.FreezeMode.AMOUNT
    if (transaction.asset is not None) != by_amount or (transaction.amount_minor is not None) != by_amount:
        FREEZE_TERMS_INVALID.refuse(transaction.mode)
    if transaction.second == transaction.sender:
        FREEZE_TERMS_INVALID.refuse("second institution")


def cosigners(transaction: Freeze) -> tuple[str, ...]:
    """Return the second institution, where there is one."""
    return () if transaction.second is None else (transaction.second,)


def apply(transaction: Freeze, state: State, context: Context) -> None:
    """Write the freeze."""
    account = accounts.require(state, transaction.account)
    if account.standing is accounts.Standing.CLOSED:
        accounts.ACCOUNT_CLOSED.refuse()
    if transaction.asset is not None:
        assets.require_carried(state, transaction.asset, context.height)
    if not context.time_ms < transaction.expires_at_ms <= context.time_ms + MAX_FREEZE_MS:
        FREEZE_EXPIRY_INVALID.refuse(f"expires at {transaction.expires_at_ms}, block time {context.time_ms}")
    ordering = (transaction.sender, *cosigners(transaction))
    own = account.institution in ordering
    if own != (len(ordering) == 1):
        SECOND_INSTITUTION_NEEDED.refuse()
    if not own:
        for each in ordering:
            institutions.require_active(state, each, context.time_ms)
    if len(restrictions.of(state, transaction.account).freezes) >= MAX_FREEZES_PER_ACCOUNT:
        TOO_MANY_FREEZES.refuse()
    record = restrictions.Freeze(
        freeze_id=context.transaction_id,
        mode=transaction.mode,
        asset=transaction.asset,
        amount_minor=transaction.amount_minor,
        reason=transaction.reason,
        institutions=ordering,
        expires_at_ms=transaction.expires_at_ms,
    )
    restrictions.freeze(state, transaction.account, record)


def event(transaction: Freeze) -> Event:
    """Tell followers which account."""
    return Event((transaction.account,), None, None)


def example() -> Freeze:
    """Stop a cardholder's payments for a week, by the own bank."""
    from payport.ledger.examples import ALICE, TIME_MS, common_institution_fields  # noqa: PLC0415 - examples need the verbs

    return Freeze(
        **common_institution_fields("freeze/1", sender="bank-east"),
        account=ALICE,
        mode=restrictions.FreezeMode.DEBIT,
        asset=None,
        amount_minor=None,
        reason=restrictions.FreezeReason.FRAUD,
        expires_at_ms=TIME_MS + 7 * 86_400_000,
        second=None,
    )
