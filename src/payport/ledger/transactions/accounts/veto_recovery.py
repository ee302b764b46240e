"""Veto a recovery that waits: the account's owner still has a key, or its institution thinks better of it.

Effect: the recovery is gone, and the account pays again.
Signed by an owner key of the account, or by its institution. Moves nothing. Since protocol version 1.
"""

from __future__ import annotations

from typing import Final

from payport.ledger.state import accounts, restrictions
from payport.ledger.state.state import State
from payport.ledger.transaction import (
    INSTITUTION_ONLY,
    OWNER_ONLY,
    AnyTransaction,
    Context,
    Event,
    Power,
)
from payport.values import codec
from payport.values.identifiers import AccountId, TransactionId
from payport.values.refusals import RefusalClass, RefusalCode


class VetoRecovery(AnyTransaction, frozen=True):
    """The sender ends a recovery of ``account``."""

    account: AccountId
    """The account: the sender, or one of the sender's."""
    recovery: TransactionId
    """Id of the transaction that began the recovery."""


VERSION: Final = 1
SINCE: Final = 1
ROLES: Final = OWNER_ONLY | INSTITUTION_ONLY
POWERS: Final = frozenset({Power.RESTRICT})

NO_RECOVERY: Final = RefusalCode(
    "no_recovery",
    RefusalClass.NOT_FOUND,
    "No such recovery of the account is under way.",
    "该账户没有此项进行中的恢复。",
)
"""It was finished or vetoed, or never began."""

NOT_YOUR_ACCOUNT: Final = RefusalCode(
    "not_your_account",
    RefusalClass.UNAUTHORISED,
    "Only an account's owner or its institution vetoes a recovery.",
    "只有账户所有者或开户机构可以否决恢复。",
)
"""The sender is another account or institution."""

REFUSALS: Final = (codec.MALFORMED_BYTES, accounts.UNKNOWN_ACCOUNT, NOT_YOUR_ACCOUNT, NO_RECOVERY)


def check(transaction: VetoRecovery) -> None:
    """Insist on a sender that can be one."""
    if not isinstance(transaction.sender, bytes | str):
        codec.MALFORMED_BYTES.refuse("the sender is neither an account nor an institution")


def apply(transaction: VetoRecovery, state: State, context: Context) -> None:
    """Forget the recovery."""
    del context
    account = accounts.require(state, transaction.account)
    if transaction.sender not in {transaction.account, account.institution}:
        NOT_YOUR_ACCOUNT.refuse()
    recovery = restrictions.of(state, transaction.account).recovery
    if recovery is None or recovery.recovery_id != transaction.recovery:
        NO_RECOVERY.refuse()
    restrictions.end_recovery(state, transaction.account)


def event(transaction: VetoRecovery) -> Event:
    """Tell followers which account."""
    return Event((transaction.account,), None, None)


def example() -> VetoRecovery:
    """Veto a recovery because the phone was found."""
    from payport.ledger.examples import ALICE, common_account_fields  # noqa: PLC0415 - examples need the verbs

    fields = common_account_fields("veto_recovery/1")
    return VetoRecovery(**fields, account=ALICE, recovery=bytes.fromhex("ec" * 32))
