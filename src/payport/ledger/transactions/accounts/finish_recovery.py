"""Finish a recovery once its delay is over and nobody has vetoed it.

Effect: every old key of the account ends, the new owner key is bound, and the account pays again.
Signed by the account's institution, by the policy ``authority/finish_recovery``. Moves nothing.
Since protocol version 1.
"""

from __future__ import annotations

from typing import Final

from payport.ledger.state import accounts, keys, restrictions
from payport.ledger.state.state import State
from payport.ledger.transaction import INSTITUTION_ONLY, Context, Event, InstitutionTransaction, Power, Role
from payport.values.identifiers import AccountId, PublicKey, TransactionId
from payport.values.refusals import RefusalClass, RefusalCode


class FinishRecovery(InstitutionTransaction, frozen=True):
    """The sender finishes a recovery of ``account``."""

    account: AccountId
    """The account."""
    recovery: TransactionId
    """Id of the transaction that began the recovery."""
    owner: PublicKey
    """The owner key it binds."""


VERSION: Final = 1
SINCE: Final = 1
ROLES: Final = INSTITUTION_ONLY
POWERS: Final = frozenset({Power.RESTRICT, Power.BIND})

NOTHING_TO_RECOVER: Final = RefusalCode(
    "nothing_to_recover",
    RefusalClass.NOT_FOUND,
    "No such recovery of the account is under way.",
    "该账户没有此项进行中的恢复。",
)
"""It was vetoed or finished, never began, or is for another key."""

RECOVERY_WAITS: Final = RefusalCode(
    "recovery_waits",
    RefusalClass.CONFLICT,
    "The recovery's delay is not over: the owner may still veto it.",
    "恢复的等待期未满，所有者仍可否决。",
)
"""Block time is before the recovery takes effect."""

REFUSALS: Final = (
    accounts.UNKNOWN_ACCOUNT,
    accounts.NOT_YOUR_CUSTOMER,
    NOTHING_TO_RECOVER,
    RECOVERY_WAITS,
    keys.KEY_ALREADY_BOUND,
)


def check(transaction: FinishRecovery) -> None:
    """Nothing to check without the state."""
    del transaction


def apply(transaction: FinishRecovery, state: State, context: Context) -> None:
    """End the old keys and bind the new one."""
    account = transaction.account
    if accounts.require(state, account).institution != transaction.sender:
        accounts.NOT_YOUR_CUSTOMER.refuse()
    recovery = restrictions.of(state, account).recovery
    wanted = (transaction.recovery, transaction.owner)
    if recovery is None or (recovery.recovery_id, recovery.key.public_key) != wanted:
        NOTHING_TO_RECOVER.refuse()
    if context.time_ms < recovery.effective_at_ms:
        RECOVERY_WAITS.refuse(f"until {recovery.effective_at_ms}, block time {context.time_ms}")
    keys.require_unbound(state, recovery.key.public_key)
    epoch = accounts.replace_keys(state, account, live_owner_keys=1)
    owner = keys.Key(recovery.key.scheme, account, Role.OWNER, (), None, None, revoked=False, epoch=epoch)
    keys.bind(state, recovery.key.public_key, owner)
    restrictions.end_recovery(state, account)


def event(transaction: FinishRecovery) -> Event:
    """Tell followers whose keys changed."""
    return Event((transaction.account,), None, None, (transaction.owner,))


def example() -> FinishRecovery:
    """Three days later nobody had objected."""
    from payport.ledger.examples import ALICE, common_institution_fields, public_key  # noqa: PLC0415 - examples need the verbs

    return FinishRecovery(
        **common_institution_fields("finish_recovery/1", sender="bank-east"),
        account=ALICE,
        recovery=bytes.fromhex("ec" * 32),
        owner=public_key(6),
    )
