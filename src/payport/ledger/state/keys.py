"""Keys: which public key may sign for whom, and how far.

Writers: :func:`bind`, :func:`revoke`, :func:`set_limits`.
"""

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


VerbName = Annotated[str, msgspec.Meta(pattern=r"^[a-z_]{1,30}$(?!\n)")]
"""A verb as a scope names it."""

Scope = Annotated[tuple[VerbName, ...], msgspec.Meta(max_length=16)]
"""Verbs a key may sign, ascending; empty for all its role may."""


class Raise(codec.Record, frozen=True):
    """Higher limits that wait for their delay."""

    limits: Limits
    """Limits then."""
    from_ms: Milliseconds
    """First block time at which they are in force."""


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
    epoch: int = 0
    """Epoch of its account's keys it belongs to; only those of the account's present epoch sign."""
    raised: Raise | None = None
    """Limits that follow, or nil."""


FAMILY: Final = Family("keys", Key)
"""Keyed by public key."""

table = reader(FAMILY)


def find(state: State, public_key: bytes) -> Key | None:
    """Return the key, or ``None``."""
    return table(state).get(public_key)


def require_signer(state: State, public_key: bytes, holder: bytes, epoch: int, verb: str, time_ms: int) -> Key:
    """Return the key if it may sign ``verb`` for ``holder``, whose keys are of ``epoch``; refusals in order.

    Whether the verb admits the key's role is the caller's to check.
    """
    key = find(state, public_key)
    if key is None or key.holder != holder:
        UNBOUND_KEY.refuse()
    if key.revoked or key.epoch != epoch:
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
    table(state).put(public_key, msgspec.structs.replace(key, revoked=True))


def limits_at(key: Key, time_ms: int) -> Limits | None:
    """Return the key's limits in force at a block time."""
    if key.raised is not None and time_ms >= key.raised.from_ms:
        return key.raised.limits
    return key.limits


def set_limits(state: State, public_key: bytes, limits: Limits, raised: Raise | None) -> None:
    """Write limits in force now, and those that follow."""
    key = find(state, public_key)
    assert key is not None
    table(state).put(public_key, msgspec.structs.replace(key, limits=limits, raised=raised))


def is_live(key: Key | None, holder: bytes, epoch: int, scheme: str, time_ms: int) -> bool:
    """Tell whether a key signs for ``holder``, whose keys are of ``epoch``, at a block time."""
    if key is None or key.holder != holder or key.revoked or key.epoch != epoch or key.scheme != scheme:
        return False
    return key.expires_at_ms is None or time_ms <= key.expires_at_ms
