"""Release a hold: the merchant frees all that it still reserves.

Effect: the payer's money and the bank's headroom are free again. Nothing moves.
Signed by a key of the merchant; a payer waits for it or for the expiry. Since protocol version 1.
"""

from __future__ import annotations

from typing import Final

from payport.ledger.state import holds
from payport.ledger.state.state import State
from payport.ledger.transaction import ACCOUNT_ROLES, AccountTransaction, Context, Event, Power
from payport.values.identifiers import AccountId, TransactionId
from payport.values.refusals import RefusalClass, RefusalCode


class Release(AccountTransaction, frozen=True):
    """The merchant gives up a hold."""

    payer: AccountId
    """Whose money is freed; the hold's payer."""
    hold: TransactionId
    """Id of the authorisation."""


VERSION: Final = 1
SINCE: Final = 1
ROLES: Final = ACCOUNT_ROLES
POWERS: Final = frozenset({Power.RESERVE})

NOT_YOUR_HOLD: Final = RefusalCode(
    "not_your_hold",
    RefusalClass.UNAUTHORISED,
    "Only the merchant a hold was made for releases it, naming its payer.",
    "只有该预授权的收款商户可以撤销，并须指明付款方。",
)
"""The sender is another account, or the payer is."""

REFUSALS: Final = (holds.NO_LIVE_HOLD, NOT_YOUR_HOLD)


def check(transaction: Release) -> None:
    """Nothing to check without the state."""
    del transaction


def apply(transaction: Release, state: State, context: Context) -> None:
    """Free all of the hold."""
    hold = holds.require_live(state, transaction.hold, context.time_ms)
    if (hold.merchant, hold.payer) != (transaction.sender, transaction.payer):
        NOT_YOUR_HOLD.refuse(transaction.hold.hex())
    holds.use(state, transaction.hold, 0, end=True)


def event(transaction: Release) -> Event:
    """Tell followers who released what whom it concerns."""
    return Event((transaction.sender, transaction.payer), None, None)


def example() -> Release:
    """Release what was reserved for a guest who never came."""
    from payport.ledger.examples import ALICE, MARKET, common_account_fields  # noqa: PLC0415 - examples need the verbs

    return Release(**common_account_fields("release/1", sender=MARKET), payer=ALICE, hold=bytes.fromhex("a0" * 32))
