"""Begin to recover an account whose owner lost all keys: its institution proposes a new owner key.

Effect: outgoing payments of the account rest. After the delay ``recovery_delay_ms`` the institution may finish the
recovery; until it does, any live owner key can veto it, so even a bank cannot bind a key silently.
Signed by the account's institution, by the policy ``authority/recover``; the new key proves possession.
Moves nothing. Since protocol version 1.
"""

from __future__ import annotations

from typing import Final

from payport.ledger import binding
from payport.ledger.state import accounts, keys, parameters, restrictions
from payport.ledger.state.state import State
from payport.ledger.transaction import INSTITUTION_ONLY, Context, Event, InstitutionTransaction, Power, Proof
from payport.values import bindings
from payport.values.identifiers import AccountId
from payport.values.refusals import RefusalClass, RefusalCode


class Recover(InstitutionTransaction, frozen=True):
    """The sender begins to recover ``account``."""

    account: AccountId
    """The account; a customer's, of the sender."""
    owner: bindings.NewKey
    """The owner key to be bound, with its proof of possession."""


VERSION: Final = 1
SINCE: Final = 1
ROLES: Final = INSTITUTION_ONLY
POWERS: Final = frozenset({Power.RESTRICT})

RECOVERY_ALREADY_UNDER_WAY: Final = RefusalCode(
    "recovery_already_under_way",
    RefusalClass.CONFLICT,
    "The account is being recovered already.",
    "该账户已在恢复中。",
)
"""Finish or veto that one first."""

NOT_A_CUSTOMERS_ACCOUNT: Final = RefusalCode(
    "not_a_customers_account",
    RefusalClass.CONFLICT,
    "An institution's own accounts have no owner keys.",
    "机构自有账户没有所有者密钥。",
)
"""The institution rotates its own keys."""

REFUSALS: Final = (
    *binding.REFUSALS[1:],
    accounts.UNKNOWN_ACCOUNT,
    accounts.NOT_YOUR_CUSTOMER,
    NOT_A_CUSTOMERS_ACCOUNT,
    accounts.ACCOUNT_CLOSED,
    RECOVERY_ALREADY_UNDER_WAY,
    keys.KEY_ALREADY_BOUND,
)


def check(transaction: Recover) -> None:
    """Look at the new key by itself."""
    binding.check_new_keys((transaction.owner,))


def proofs(transaction: Recover) -> tuple[Proof, ...]:
    """Return the new key's proof of possession."""
    return (binding.possession(transaction.chain_id, transaction.account, transaction.owner),)


def apply(transaction: Recover, state: State, context: Context) -> None:
    """Write the recovery that waits."""
    account = accounts.require(state, transaction.account)
    if account.institution != transaction.sender:
        accounts.NOT_YOUR_CUSTOMER.refuse()
    if account.kind is not accounts.AccountKind.CUSTOMER:
        NOT_A_CUSTOMERS_ACCOUNT.refuse()
    if account.standing is accounts.Standing.CLOSED:
        accounts.ACCOUNT_CLOSED.refuse()
    if restrictions.of(state, transaction.account).recovery is not None:
        RECOVERY_ALREADY_UNDER_WAY.refuse()
    keys.require_unbound(state, transaction.owner.public_key)
    delay = parameters.delay_ms(state, "recovery_delay_ms", context.height)
    record = restrictions.Recovery(
        recovery_id=context.transaction_id,
        key=restrictions.RecoveryKey(transaction.owner.scheme, transaction.owner.public_key),
        effective_at_ms=context.time_ms + delay,
    )
    restrictions.begin_recovery(state, transaction.account, record)


def event(transaction: Recover) -> Event:
    """Tell followers which account; its holder should hear of it at once."""
    return Event((transaction.account,), None, None)


def example() -> Recover:
    """Recover the account of a cardholder who lost the phone and came to the branch."""
    from payport.ledger.examples import ALICE, common_institution_fields, new_key  # noqa: PLC0415 - examples need the verbs

    fields = common_institution_fields("recover/1", sender="bank-east")
    return Recover(**fields, account=ALICE, owner=new_key(ALICE, 6))
