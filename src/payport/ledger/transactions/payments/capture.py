"""Capture money a hold reserves: the merchant takes what is due, in part or whole.

Effect: the amount moves from the payer to the merchant as by a purchase, fee and positions included, and leaves the
hold. A final capture frees what remains. A capture within the hold is never refused for what happened to the payer's
account, bank or limits since: that was settled when the hold was made.
Signed by a key of the merchant. Since protocol version 1.
"""

from __future__ import annotations

from typing import Final

from payport.ledger import sale
from payport.ledger.state import balances, holds
from payport.ledger.state.state import State
from payport.ledger.transaction import ACCOUNT_ROLES, AccountTransaction, Context, Event, Power
from payport.values.identifiers import AccountId, AssetId, TransactionId
from payport.values.money import Amount
from payport.values.refusals import RefusalClass, RefusalCode


class Capture(AccountTransaction, frozen=True):
    """The merchant takes money it was promised."""

    payer: AccountId
    """Account that pays; the hold's."""
    asset: AssetId
    """Currency; the hold's."""
    amount_minor: Amount
    """Amount in minor units, fee included."""
    hold: TransactionId
    """Id of the authorisation."""
    final: bool
    """Whether the rest is freed at once; else it stays reserved until captured, released or expired."""


VERSION: Final = 1
SINCE: Final = 1
ROLES: Final = ACCOUNT_ROLES
POWERS: Final = frozenset({Power.MOVE, Power.RESERVE})

HOLD_MISMATCH: Final = RefusalCode(
    "hold_mismatch",
    RefusalClass.CONFLICT,
    "Merchant, payer or asset differ from the hold.",
    "商户、付款方或币种与预授权不一致。",
)
"""Only the merchant it was made for captures a hold, and names its payer and asset."""

CAPTURE_EXCEEDS_HOLD: Final = RefusalCode(
    "capture_exceeds_hold",
    RefusalClass.CONFLICT,
    "More would be captured than the hold still reserves.",
    "请款金额超过预授权剩余金额。",
)
"""Counts what was captured before."""

REFUSALS: Final = (holds.NO_LIVE_HOLD, HOLD_MISMATCH, CAPTURE_EXCEEDS_HOLD, balances.AMOUNT_OVERFLOW)


def check(transaction: Capture) -> None:
    """Nothing to check without the state."""
    del transaction


def apply(transaction: Capture, state: State, context: Context) -> None:
    """Move the amount and free it of the hold."""
    hold = holds.require_live(state, transaction.hold, context.time_ms)
    if (hold.merchant, hold.payer, hold.asset) != (transaction.sender, transaction.payer, transaction.asset):
        HOLD_MISMATCH.refuse(transaction.hold.hex())
    amount = transaction.amount_minor
    if amount > hold.remaining_minor:
        CAPTURE_EXCEEDS_HOLD.refuse(f"{amount} of {hold.remaining_minor}")
    planned = sale.plan(state, context, hold.payer, hold.merchant, hold.asset, amount)
    holds.use(state, transaction.hold, amount, end=transaction.final)
    sale.settle(state, context, planned)


def event(transaction: Capture) -> Event:
    """Tell followers who captured how much of whom."""
    return Event((transaction.sender, transaction.payer), transaction.asset, transaction.amount_minor)


def example() -> Capture:
    """Take 212.40 for the fuel and free the rest."""
    from payport.ledger.examples import ALICE, MARKET, common_account_fields  # noqa: PLC0415 - examples need the verbs

    return Capture(
        **common_account_fields("capture/1", sender=MARKET),
        payer=ALICE,
        asset="CNY",
        amount_minor=21_240,
        hold=bytes.fromhex("a0" * 32),
        final=True,
    )
