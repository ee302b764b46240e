"""Take an offer, in part or whole: both assets change hands at once, or neither does.

Effect: what is taken moves from the maker to the taker, its price from the taker to the maker, each currency with its
positions; the offer shrinks or ends. The price of a part is in proportion to the whole, rounded against the taker, and
the taker signs it. An offer is no hold: while its maker may not pay, it cannot be taken.
Signed by a key of the taking account. Since protocol version 1.
"""

from __future__ import annotations

from typing import Final

from payport.ledger.state import (
    accounts,
    balances,
    exposures,
    floors,
    institutions,
    offers,
    outgoing,
    restrictions,
    usage,
)
from payport.ledger.state.state import State
from payport.ledger.transaction import ACCOUNT_ROLES, AccountTransaction, Context, Event, Power
from payport.values.identifiers import AccountId, AssetId, TransactionId, is_currency
from payport.values.money import MAX_AMOUNT_MINOR, Amount
from payport.values.refusals import RefusalClass, RefusalCode


class Take(AccountTransaction, frozen=True):
    """The sender takes ``take_minor`` of an offer for ``pay_minor``."""

    maker: AccountId
    """Account that offers."""
    take_asset: AssetId
    """What is taken: what the offer gives."""
    take_minor: Amount
    """How much of it, in minor units."""
    pay_asset: AssetId
    """What is paid: what the offer wants."""
    pay_minor: Amount
    """Its price, in minor units: ``take x want / give``, rounded up."""
    offer: TransactionId
    """Id of the offer."""


VERSION: Final = 1
SINCE: Final = 1
ROLES: Final = ACCOUNT_ROLES
POWERS: Final = frozenset({Power.MOVE, Power.RESERVE})

OFFER_MISMATCH: Final = RefusalCode(
    "offer_mismatch",
    RefusalClass.CONFLICT,
    "Maker, assets or price differ from the offer.",
    "挂单人、资产或价格与挂单不一致。",
)
"""A taker signs exactly what the offer says."""

NOT_FOR_YOU: Final = RefusalCode(
    "not_for_you", RefusalClass.UNAUTHORISED, "The offer is made to another account.", "该挂单指定了其他账户。"
)
"""The offer names its taker."""

TAKE_EXCEEDS_OFFER: Final = RefusalCode(
    "take_exceeds_offer",
    RefusalClass.CONFLICT,
    "Less is left of the offer than would be taken.",
    "挂单剩余数量不足。",
)
"""Others may have taken a part."""

MAKER_CANNOT_PAY: Final = RefusalCode(
    "maker_cannot_pay",
    RefusalClass.CONFLICT,
    "The offer's maker cannot pay at present.",
    "挂单人目前无法付款。",
)
"""Its account is frozen or being recovered, or its institution suspended or at its net debit cap."""

REFUSALS: Final = (
    accounts.SAME_ACCOUNT,
    offers.NO_LIVE_OFFER,
    OFFER_MISMATCH,
    NOT_FOR_YOU,
    TAKE_EXCEEDS_OFFER,
    MAKER_CANNOT_PAY,
    *outgoing.CREDIT_REFUSALS,
    *usage.REFUSALS,
    *outgoing.REFUSALS,
    balances.AMOUNT_OVERFLOW,
)


def check(transaction: Take) -> None:
    """Nobody takes an offer of one's own."""
    if transaction.maker == transaction.sender:
        accounts.SAME_ACCOUNT.refuse()


def _require_maker(state: State, context: Context, transaction: Take, taker_institution: str) -> str:
    """Insist that the maker may give, and return its institution."""
    account = accounts.require(state, transaction.maker)
    active = context.time_ms >= institutions.require(state, account.institution).suspended_until_ms
    if not active or restrictions.is_restricted(state, transaction.maker, account, context.time_ms):
        MAKER_CANNOT_PAY.refuse()
    asset, amount = transaction.take_asset, transaction.take_minor
    across = account.institution != taker_institution and is_currency(asset)
    if across and not exposures.has_headroom(state, account.institution, asset, amount):
        MAKER_CANNOT_PAY.refuse()
    return account.institution


def apply(transaction: Take, state: State, context: Context) -> None:
    """Move both sides."""
    sender, maker = transaction.sender, transaction.maker
    found = offers.require_live(state, transaction.offer, context.time_ms)
    price = offers.price_minor(found, transaction.take_minor)
    asked = (found.maker, found.give_asset, found.want_asset, price)
    if asked != (maker, transaction.take_asset, transaction.pay_asset, transaction.pay_minor):
        OFFER_MISMATCH.refuse(f"the price is {price}")
    if found.taker is not None and found.taker != sender:
        NOT_FOR_YOU.refuse()
    if transaction.take_minor > found.remaining_minor:
        TAKE_EXCEEDS_OFFER.refuse(f"{transaction.take_minor} of {found.remaining_minor}")
    maker_institution = _require_maker(state, context, transaction, accounts.require(state, sender).institution)
    outgoing.require_credit(state, context, sender)
    allowance = usage.require_allowance(state, context, transaction.pay_asset, price, static=False)
    outgoing.require(state, context, sender, maker_institution, transaction.pay_asset, price)
    floors.require_room(state, sender, transaction.take_asset, transaction.take_minor, MAX_AMOUNT_MINOR)
    floors.require_room(state, maker, transaction.pay_asset, price, MAX_AMOUNT_MINOR)
    usage.spend(state, context, allowance)
    offers.use(state, transaction.offer, transaction.take_minor)
    accounts.move(state, context, maker, sender, transaction.take_asset, transaction.take_minor)
    accounts.move(state, context, sender, maker, transaction.pay_asset, price)


def event(transaction: Take) -> Event:
    """Tell followers who took how much from whom."""
    return Event((transaction.sender, transaction.maker), transaction.pay_asset, transaction.pay_minor)


def example() -> Take:
    """Buy 500 of the points for 4.00."""
    from payport.ledger.examples import ALICE, BOB, common_account_fields  # noqa: PLC0415 - examples need the verbs

    return Take(
        **common_account_fields("take/1", sender=BOB),
        maker=ALICE,
        take_asset="bank-east:POINTS",
        take_minor=500,
        pay_asset="CNY",
        pay_minor=400,
        offer=bytes.fromhex("0f" * 32),
    )
