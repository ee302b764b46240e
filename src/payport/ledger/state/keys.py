"""Keys: which public key may sign for whom, and how far. Writers: :func:`bind`, :func:`revoke`."""

from __future__ import annotations

from typing import Annotated, Final

import msgspec

from payport.ledger.state.state import Family, State, reader
from payport.ledger.transaction import Role
from payport.values import codec
from payport.values.block_time import Milliseconds
from payport.values.identifiers import AssetId, SchemeName
from payport.values.money import Amount, AmountOrZero
from payport.values.refusals import RefusalClass, RefusalCode

UNBOUND_KEY: Final = RefusalCode(
    "unbound_key",
    RefusalClass.UNAUTHORISED,
    "The key that signed is not bound to the sender.",
    "签名密钥未绑定到付款方。",
)
"""The key is unknown, or belongs to someone else; both look the same."""

REVOKED_KEY: Final = RefusalCode(
    "revoked_key", RefusalClass.UNAUTHORISED, "The key that signed was revoked.", "签名密钥已被吊销。"
)
"""The key was the sender's once."""

EXPIRED_KEY: Final = RefusalCode(
    "expired_key", RefusalClass.UNAUTHORISED, "The key that signed has expired.", "签名密钥已过期。"
)
"""The key's own expiry has passed."""

OUT_OF_SCOPE: Final = RefusalCode(
    "out_of_scope",
    RefusalClass.UNAUTHORISED,
    "This key may not sign this kind of transaction.",
    "该密钥无权签署此类交易。",
)
"""The role or the scope of the key does not include the verb."""

KEY_ALREADY_BOUND: Final = RefusalCode(
    "key_already_bound", RefusalClass.CONFLICT, "The public key was bound before.", "该公钥已被绑定过。"
)
"""A public key is bound once, to one account, for ever."""


class Limits(codec.Record, frozen=True):
    """How far a session or device key may go, in one asset; it can spend no other."""

    asset: AssetId
    """Asset the limits are in."""
    per_payment_minor: Amount
    """Largest single payment, in minor units."""
    daily_minor: Amount
    """Largest sum of a day, in minor units."""
    static_daily_minor: AmountOrZero
    """Largest sum of a day's payments without an order (static codes), in minor units."""


Scope = Annotated[tuple[Annotated[str, msgspec.Meta(pattern="^[a-z_]{1,30}$")], ...], msgspec.Meta(max_length=16)]
"""Verbs a key may sign, ascending; empty for all its role may."""


class Key(codec.Record, frozen=True):
    """One bound key."""

    scheme: SchemeName
    """Signature scheme."""
    holder: bytes
    """Account id, or an institution's id in ASCII where the role says so."""
    role: Role
    """What it is to its holder."""
    scope: Scope
    """Verbs it may sign."""
    limits: Limits | None
    """Spending limits; never nil for session and device keys."""
    expires_at_ms: Milliseconds | None
    """Last block time at which it may sign, or nil."""
    revoked: bool
    """Whether it has been revoked."""


FAMILY: Final = Family("keys", Key)
"""Keyed by public key."""

table = reader(FAMILY)


def find(state: State, public_key: bytes) -> Key | None:
    """Return the key, or ``None``."""
    return table(state).get(public_key)


def require_signer(state: State, public_key: bytes, holder: bytes, verb: str, time_ms: int) -> Key:
    """Return the key if it may sign ``verb`` for ``holder`` now; refusals in order of precedence.

    Whether the verb admits the key's role is the caller's to check.
    """
    key = find(state, public_key)
    if key is None or key.holder != holder:
        UNBOUND_KEY.refuse()
    if key.revoked:
        REVOKED_KEY.refuse()
    if key.expires_at_ms is not None and time_ms > key.expires_at_ms:
        EXPIRED_KEY.refuse()
    if key.scope and verb not in key.scope:
        OUT_OF_SCOPE.refuse(verb)
    return key


def require_unbound(state: State, public_key: bytes) -> None:
    """Refuse ``key_already_bound`` if the key was ever bound to anyone."""
    if find(state, public_key) is not None:
        KEY_ALREADY_BOUND.refuse()


def bind(state: State, public_key: bytes, key: Key) -> None:
    """Write a new key."""
    assert find(state, public_key) is None
    table(state).put(public_key, key)


def revoke(state: State, public_key: bytes) -> None:
    """Mark a key revoked; it stays bound, so that no one else can take it."""
    key = find(state, public_key)
    assert key is not None
    assert not key.revoked
    record = Key(key.scheme, key.holder, key.role, key.scope, key.limits, key.expires_at_ms, revoked=True)
    table(state).put(public_key, record)
