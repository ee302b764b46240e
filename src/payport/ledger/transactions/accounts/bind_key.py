"""Bind a further key to an account.

Effect: the key may sign for the account, by its role, scope, limits and expiry.
Signed by an owner key of the account; the new key proves possession. Moves nothing. Since protocol version 1.
"""

from __future__ import annotations

from typing import Final

from payport.ledger import binding
from payport.ledger.state import accounts, keys
from payport.ledger.state.state import State
from payport.ledger.transaction import OWNER_ONLY, AccountTransaction, Context, Event, Power, Proof, Role
from payport.values import bindings
from payport.values.block_time import Milliseconds
from payport.values.limits import MAX_KEYS_PER_ACCOUNT
from payport.values.refusals import RefusalClass, RefusalCode


class BindKey(AccountTransaction, frozen=True):
    """An owner binds ``key`` to the sender."""

    key: bindings.NewKey
    """The new key with its proof of possession."""
    role: Role
    """Owner, session or device."""
    scope: keys.Scope
    """Verbs it may sign, strictly ascending; empty for all its role may."""
    limits: keys.Limits | None
    """Spending limits: needed for session and device keys, none for owners."""
    expires_at_ms: Milliseconds | None
    """Last block time at which it may sign: needed for session keys."""


VERSION: Final = 1
SINCE: Final = 1
ROLES: Final = OWNER_ONLY
POWERS: Final = frozenset({Power.BIND})

INVALID_KEY_TERMS: Final = RefusalCode(
    "invalid_key_terms",
    RefusalClass.MALFORMED,
    "Role, scope, limits and expiry of the key do not fit together.",
    "密钥的角色、范围、限额和有效期不匹配。",
)
"""A session key needs limits and expiry, a device key limits; an owner key has none; scope ascends."""

KEY_EXPIRY_PAST: Final = RefusalCode(
    "key_expiry_past", RefusalClass.EXPIRED, "The key would have expired already.", "该密钥的有效期已过。"
)
"""Binding it would have no effect."""

TOO_MANY_KEYS: Final = RefusalCode(
    "too_many_keys",
    RefusalClass.LIMIT,
    f"An account has at most {MAX_KEYS_PER_ACCOUNT} live keys.",
    "账户的有效密钥数量已达上限。",
)
"""Revoke one first."""

REFUSALS: Final = (INVALID_KEY_TERMS, *binding.REFUSALS, keys.KEY_ALREADY_BOUND, TOO_MANY_KEYS, KEY_EXPIRY_PAST)


def check(transaction: BindKey) -> None:
    """Look at the key's terms and form."""
    role = transaction.role
    limited = transaction.limits is not None
    expiring = transaction.expires_at_ms is not None
    fits = {
        Role.OWNER: not limited and not expiring and not transaction.scope,
        Role.SESSION: limited and expiring,
        Role.DEVICE: limited,
        Role.INSTITUTION: False,
    }
    if not fits[role] or list(transaction.scope) != sorted(set(transaction.scope)):
        INVALID_KEY_TERMS.refuse(role)
    binding.check_new_keys((transaction.key,))


def proofs(transaction: BindKey) -> tuple[Proof, ...]:
    """Return the new key's proof of possession."""
    return (binding.possession(transaction.chain_id, transaction.sender, transaction.key),)


def apply(transaction: BindKey, state: State, context: Context) -> None:
    """Write the key and count it."""
    keys.require_unbound(state, transaction.key.public_key)
    account = accounts.require(state, transaction.sender)
    if account.live_keys >= MAX_KEYS_PER_ACCOUNT:
        TOO_MANY_KEYS.refuse()
    if transaction.expires_at_ms is not None and transaction.expires_at_ms < context.time_ms:
        KEY_EXPIRY_PAST.refuse()
    record = keys.Key(
        scheme=transaction.key.scheme,
        holder=transaction.sender,
        role=transaction.role,
        scope=transaction.scope,
        limits=transaction.limits,
        expires_at_ms=transaction.expires_at_ms,
        revoked=False,
        epoch=account.key_epoch,
    )
    keys.bind(state, transaction.key.public_key, record)
    owners = 1 if transaction.role is Role.OWNER else 0
    accounts.count(state, transaction.sender, live_keys=1, live_owner_keys=owners)


def event(transaction: BindKey) -> Event:
    """Tell followers whose keys changed."""
    return Event((transaction.sender,), None, None, (transaction.key.public_key,))


def example() -> BindKey:
    """Bind a phone's session key for a month, 500.00 a payment and 2,000.00 a day."""
    from payport.ledger.examples import common_account_fields, new_key  # noqa: PLC0415 - examples need the verbs

    fields = common_account_fields("bind_key/1")
    return BindKey(
        **fields,
        key=new_key(fields["sender"], 3),
        role=Role.SESSION,
        scope=("purchase", "transfer"),
        limits=keys.Limits("CNY", 50_000, 200_000, 50_000),
        expires_at_ms=fields["valid_from_ms"] + 30 * 86_400_000,
    )
