"""Lift a freeze before its time.

Effect: the freeze is gone; others of the account stay.
Signed by an institution that ordered it. Moves nothing. Since protocol version 1.
"""

from __future__ import annotations

from typing import Final

from payport.ledger.state import accounts, restrictions
from payport.ledger.state.state import State
from payport.ledger.transaction import INSTITUTION_ONLY, Context, Event, InstitutionTransaction, Power
from payport.values.identifiers import AccountId, TransactionId
from payport.values.refusals import RefusalClass, RefusalCode


class Unfreeze(InstitutionTransaction, frozen=True):
    """The sender lifts a freeze of ``account``."""

    account: AccountId
    """The account."""
    freeze: TransactionId
    """Id of the transaction that froze it."""


VERSION: Final = 1
SINCE: Final = 1
ROLES: Final = INSTITUTION_ONLY
POWERS: Final = frozenset({Power.RESTRICT})

NO_SUCH_FREEZE: Final = RefusalCode(
    "no_such_freeze",
    RefusalClass.NOT_FOUND,
    "The account has no such freeze in force.",
    "该账户没有此项有效冻结。",
)
"""It was lifted, has expired, or never was."""

NOT_YOUR_FREEZE: Final = RefusalCode(
    "not_your_freeze",
    RefusalClass.UNAUTHORISED,
    "Only an institution that ordered a freeze lifts it.",
    "只有下达冻结的机构可以解除冻结。",
)
"""Another institution ordered it."""

REFUSALS: Final = (accounts.UNKNOWN_ACCOUNT, NO_SUCH_FREEZE, NOT_YOUR_FREEZE)


def check(transaction: Unfreeze) -> None:
    """Nothing to check without the state."""
    del transaction


def apply(transaction: Unfreeze, state: State, context: Context) -> None:
    """Forget the freeze."""
    accounts.require(state, transaction.account)
    for each in restrictions.in_force(state, transaction.account, context.time_ms):
        if each.freeze_id == transaction.freeze:
            if transaction.sender not in each.institutions:
                NOT_YOUR_FREEZE.refuse()
            restrictions.unfreeze(state, transaction.account, each)
            return
    NO_SUCH_FREEZE.refuse(transaction.freeze.hex())


def event(transaction: Unfreeze) -> Event:
    """Tell followers which account."""
    return Event((transaction.account,), None, None)


def example() -> Unfreeze:
    """Lift a freeze whose suspicion was wrong."""
    from payport.ledger.examples import ALICE, common_institution_fields  # noqa: PLC0415 - examples need the verbs

    fields = common_institution_fields("unfreeze/1", sender="bank-east")
    return Unfreeze(**fields, account=ALICE, freeze=bytes.fromhex("f0" * 32))
