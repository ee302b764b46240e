"""Offer one asset for another, at a price, to anyone or to one account.

Effect: what is given is reserved under this transaction's id until the offer is taken, cancelled or expires. Nothing
moves. The key's limits count what is given now.
Signed by a key of the account. Since protocol version 1.
"""

from __future__ import annotations

from typing import Final

from payport.ledger.state import accounts, assets, offers, outgoing, usage
from payport.ledger.state.state import State
from payport.ledger.transaction import ACCOUNT_ROLES, AccountTransaction, Context, Event, Power
from payport.values.block_time import Milliseconds
from payport.values.identifiers import AccountId, AssetId
from payport.values.limits import MAX_OFFER_MS, MAX_OFFERS_PER_ACCOUNT
from payport.values.money import Amount
from payport.values.refusals import RefusalClass, RefusalCode


class Offer(AccountTransaction, frozen=True):
    """The sender gives one asset for another."""

    give_asset: AssetId
    """What is given."""
    give_minor: Amount
    """How much of it, in minor units."""
    want_asset: AssetId
    """What is wanted."""
    want_minor: Amount
    """How much of it for the whole, in minor units."""
    taker: AccountId | None
    """Only account that may take it, or nil for anyone."""
    expires_at_ms: Milliseconds
    """Last block time at which it may be taken."""


VERSION: Final = 1
SINCE: Final = 1
ROLES: Final = ACCOUNT_ROLES
POWERS: Final = frozenset({Power.RESERVE})

SAME_ASSET: Final = RefusalCode(
    "same_asset", RefusalClass.MALFORMED, "The two assets of an offer must differ.", "挂单的两种资产不能相同。"
)
"""That would be a transfer."""

OFFER_EXPIRY_INVALID: Final = RefusalCode(
    "offer_expiry_invalid",
    RefusalClass.MALFORMED,
    "An offer ends in the future, and within 30 days.",
    "挂单到期时间须在未来30天之内。",
)
"""The expiry is past, or farther away than any offer may stand."""

TOO_MANY_OFFERS: Final = RefusalCode(
    "too_many_offers",
    RefusalClass.LIMIT,
    f"An account has at most {MAX_OFFERS_PER_ACCOUNT} live offers.",
    "账户的有效挂单数量已达上限。",
)
"""Cancel one first."""

REFUSALS: Final = (
    SAME_ASSET,
    accounts.SAME_ACCOUNT,
    assets.UNKNOWN_ASSET,
    OFFER_EXPIRY_INVALID,
    accounts.UNKNOWN_ACCOUNT,
    TOO_MANY_OFFERS,
    *usage.REFUSALS,
    *outgoing.WITHIN_REFUSALS,
)


def check(transaction: Offer) -> None:
    """Assets and accounts must differ."""
    if transaction.give_asset == transaction.want_asset:
        SAME_ASSET.refuse(transaction.give_asset)
    if transaction.taker == transaction.sender:
        accounts.SAME_ACCOUNT.refuse()


def apply(transaction: Offer, state: State, context: Context) -> None:
    """Reserve what is given."""
    sender = transaction.sender
    assets.require_carried(state, transaction.give_asset, context.height)
    assets.require_carried(state, transaction.want_asset, context.height)
    if not context.time_ms < transaction.expires_at_ms <= context.time_ms + MAX_OFFER_MS:
        OFFER_EXPIRY_INVALID.refuse(f"expires at {transaction.expires_at_ms}, block time {context.time_ms}")
    if transaction.taker is not None:
        accounts.require(state, transaction.taker)
    account = accounts.require(state, sender)
    if account.offers >= MAX_OFFERS_PER_ACCOUNT:
        TOO_MANY_OFFERS.refuse()
    allowance = usage.require_allowance(state, context, transaction.give_asset, transaction.give_minor, static=False)
    # Which bank will be paid is not known yet; taking asks for headroom.
    outgoing.require(state, context, sender, account.institution, transaction.give_asset, transaction.give_minor)
    usage.spend(state, context, allowance)
    record = offers.Offer(
        maker=sender,
        give_asset=transaction.give_asset,
        give_minor=transaction.give_minor,
        want_asset=transaction.want_asset,
        want_minor=transaction.want_minor,
        remaining_minor=transaction.give_minor,
        taker=transaction.taker,
        expires_at_ms=transaction.expires_at_ms,
    )
    offers.place(state, context.transaction_id, record)


def event(transaction: Offer) -> Event:
    """Tell followers who offers how much."""
    return Event((transaction.sender,), transaction.give_asset, transaction.give_minor)


def example() -> Offer:
    """Give 1,000 points for 8.00."""
    from payport.ledger.examples import TIME_MS, common_account_fields  # noqa: PLC0415 - examples need the verbs

    return Offer(
        **common_account_fields("offer/1"),
        give_asset="bank-east:POINTS",
        give_minor=1_000,
        want_asset="CNY",
        want_minor=800,
        taker=None,
        expires_at_ms=TIME_MS + 86_400_000,
    )
