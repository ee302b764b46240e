"""Open an account at the sending institution, with its first owner key.

Effect: the account exists with a zero balance; the key is its owner.
Signed by the institution, by the policy ``authority/open_account``; the owner key proves possession.
Moves nothing. Confidential: the body holds the account's view key. Since protocol version 1.
"""

from __future__ import annotations

from typing import Final

from payport.ledger import binding
from payport.ledger.state import accounts, keys
from payport.ledger.state.state import State
from payport.ledger.transaction import INSTITUTION_ONLY, Context, Event, InstitutionTransaction, Power, Proof, Role
from payport.values import bindings
from payport.values.identifiers import AccountId, Digest, MerchantCategory


class OpenAccount(InstitutionTransaction, frozen=True):
    """An institution opens ``account``."""

    account: AccountId
    """Random id of the new account."""
    category: MerchantCategory
    """ISO 18245 category of a merchant; ``0000`` for a person."""
    view_key: Digest
    """Secret that salts the leaves of the account's balances; known to validators and the holder."""
    owner: bindings.NewKey
    """First owner key with its proof of possession."""


VERSION: Final = 1
SINCE: Final = 1
ROLES: Final = INSTITUTION_ONLY
POWERS: Final = frozenset({Power.BIND})
CONFIDENTIAL: Final = True
REFUSALS: Final = (*binding.REFUSALS, accounts.ACCOUNT_EXISTS, keys.KEY_ALREADY_BOUND)


def check(transaction: OpenAccount) -> None:
    """Look at the owner key by itself."""
    binding.check_new_keys((transaction.owner,))


def proofs(transaction: OpenAccount) -> tuple[Proof, ...]:
    """Return the owner key's proof of possession."""
    return (binding.possession(transaction.chain_id, transaction.account, transaction.owner),)


def apply(transaction: OpenAccount, state: State, context: Context) -> None:
    """Write the account and its owner key."""
    accounts.require_free(state, transaction.account)
    keys.require_unbound(state, transaction.owner.public_key)
    record = accounts.Account(
        institution=transaction.sender,
        kind=accounts.AccountKind.CUSTOMER,
        category=transaction.category,
        view_key=transaction.view_key,
        live_keys=1,
        live_owner_keys=1,
        opened_height=context.height,
    )
    accounts.open_account(state, transaction.account, record)
    owner = keys.Key(transaction.owner.scheme, transaction.account, Role.OWNER, (), None, None, revoked=False)
    keys.bind(state, transaction.owner.public_key, owner)


def event(transaction: OpenAccount) -> Event:
    """Tell followers of the new account."""
    return Event((transaction.account,), None, None, (transaction.owner.public_key,))


def example() -> OpenAccount:
    """Open a supermarket's account."""
    from payport.ledger.examples import common_institution_fields, new_key  # noqa: PLC0415 - examples need the verbs

    account = bytes.fromhex("11" * 16)
    return OpenAccount(
        **common_institution_fields("open_account/1", sender="bank-east"),
        account=account,
        category="5411",
        view_key=bytes.fromhex("12" * 32),
        owner=new_key(account, 2),
    )
