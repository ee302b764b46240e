"""Close an account for good.

Effect: nothing is credited to it, leaves it or is signed for it any more. A refund of an old purchase goes to its
institution's unclaimed account. Its id and keys are never used again.
Signed by an owner key of the account, which holds nothing: no balance, hold or offer. Since protocol version 1.
"""

from __future__ import annotations

from typing import Final

from payport.ledger.state import accounts, restrictions
from payport.ledger.state.state import State
from payport.ledger.transaction import OWNER_ONLY, AccountTransaction, Context, Event, Power
from payport.values.refusals import RefusalClass, RefusalCode


class Close(AccountTransaction, frozen=True):
    """The sender closes itself."""


VERSION: Final = 1
SINCE: Final = 1
ROLES: Final = OWNER_ONLY
POWERS: Final = frozenset({Power.RESTRICT})

INSTITUTIONS_ACCOUNT: Final = RefusalCode(
    "institutions_account",
    RefusalClass.CONFLICT,
    "An institution's own accounts stay open.",
    "机构自有账户不能销户。",
)
"""Fees and unclaimed money need a place."""

ACCOUNT_RESTRICTED: Final = RefusalCode(
    "account_restricted",
    RefusalClass.CONFLICT,
    "A frozen account, or one that is being recovered, cannot be closed.",
    "已冻结或正在恢复的账户不能销户。",
)
"""Whoever froze it would lose it out of sight."""

ACCOUNT_NOT_EMPTY: Final = RefusalCode(
    "account_not_empty",
    RefusalClass.CONFLICT,
    "The account still holds something: a balance, a hold, or an offer.",
    "账户仍有余额、预授权或挂单。",
)
"""Transfer or redeem it, and let holds and offers end."""

REFUSALS: Final = (INSTITUTIONS_ACCOUNT, ACCOUNT_RESTRICTED, ACCOUNT_NOT_EMPTY)


def check(transaction: Close) -> None:
    """Nothing to check without the state."""
    del transaction


def apply(transaction: Close, state: State, context: Context) -> None:
    """Write the standing."""
    sender = transaction.sender
    account = accounts.require(state, sender)
    if account.kind is not accounts.AccountKind.CUSTOMER:
        INSTITUTIONS_ACCOUNT.refuse()
    if restrictions.is_restricted(state, sender, account, context.time_ms):
        ACCOUNT_RESTRICTED.refuse()
    live = account.holdings, account.holds_paying, account.holds_receiving, account.offers
    if any(live):
        ACCOUNT_NOT_EMPTY.refuse()
    restrictions.forget(state, sender)
    accounts.stand(state, sender, accounts.Standing.CLOSED)


def event(transaction: Close) -> Event:
    """Tell followers which account."""
    return Event((transaction.sender,), None, None)


def example() -> Close:
    """Close the account of a cardholder who changes banks."""
    from payport.ledger.examples import common_account_fields  # noqa: PLC0415 - examples need the verbs

    return Close(**common_account_fields("close/1"))
