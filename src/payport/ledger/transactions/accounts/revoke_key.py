"""Revoke a key of an account.

Effect: the key can sign no more; it stays taken, so that nobody else can bind it.
Signed by an owner key of the account. Moves nothing. Since protocol version 1.
"""

from __future__ import annotations

from typing import Final

from payport.ledger.state import accounts, keys
from payport.ledger.state.state import State
from payport.ledger.transaction import OWNER_ONLY, AccountTransaction, Context, Event, Power, Role
from payport.values.identifiers import PublicKey
from payport.values.refusals import RefusalClass, RefusalCode


class RevokeKey(AccountTransaction, frozen=True):
    """An owner revokes ``public_key``."""

    public_key: PublicKey
    """Key to revoke."""


VERSION: Final = 1
SINCE: Final = 1
ROLES: Final = OWNER_ONLY
POWERS: Final = frozenset({Power.BIND})

NOT_A_KEY_OF_ACCOUNT: Final = RefusalCode(
    "not_a_key_of_account", RefusalClass.NOT_FOUND, "The account has no such live key.", "该账户没有此有效密钥。"
)
"""The key is unknown, another account's, or revoked before."""

LAST_OWNER_KEY: Final = RefusalCode(
    "last_owner_key", RefusalClass.CONFLICT, "The last owner key cannot be revoked.", "不能吊销最后一个所有者密钥。"
)
"""Bind another owner key first."""

REFUSALS: Final = (NOT_A_KEY_OF_ACCOUNT, LAST_OWNER_KEY)


def check(transaction: RevokeKey) -> None:
    """Nothing to check without the state."""
    del transaction


def apply(transaction: RevokeKey, state: State, context: Context) -> None:
    """Mark the key revoked."""
    del context
    key = keys.find(state, transaction.public_key)
    account = accounts.require(state, transaction.sender)
    if key is None or key.holder != transaction.sender or key.revoked or key.epoch != account.key_epoch:
        NOT_A_KEY_OF_ACCOUNT.refuse()
    owners = 1 if key.role is Role.OWNER else 0
    if owners and account.live_owner_keys == 1:
        LAST_OWNER_KEY.refuse()
    keys.revoke(state, transaction.public_key)
    accounts.count(state, transaction.sender, live_keys=-1, live_owner_keys=-owners)


def event(transaction: RevokeKey) -> Event:
    """Tell followers whose keys changed."""
    return Event((transaction.sender,), None, None, (transaction.public_key,))


def example() -> RevokeKey:
    """Revoke a phone's session key."""
    from payport.ledger.examples import common_account_fields, public_key  # noqa: PLC0415 - examples need the verbs

    return RevokeKey(**common_account_fields("revoke_key/1"), public_key=public_key(3))
