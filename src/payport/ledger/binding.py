"""Binding keys: the checks every verb shares that brings new keys in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from payport import _native
from payport.ledger.transaction import Proof
from payport.values import bindings
from payport.values.refusals import RefusalClass, RefusalCode
from payport.values.signatures import ed25519
from payport.values.signatures.contract import UNBINDABLE_KEY, UNKNOWN_SCHEME
from payport.values.signatures.table import SCHEMES

if TYPE_CHECKING:
    from collections.abc import Iterable

DUPLICATE_KEY: Final = RefusalCode(
    "duplicate_key", RefusalClass.MALFORMED, "The same key is listed twice.", "同一密钥重复出现。"
)
"""Keys are listed in strictly ascending order."""

REFUSALS: Final = (DUPLICATE_KEY, UNKNOWN_SCHEME, UNBINDABLE_KEY)
"""Refusals of this module, in order of precedence."""


def check_new_keys(new_keys: Iterable[bindings.NewKey]) -> None:
    """Check order and form of keys to be bound; raises a refusal of this module."""
    listed = tuple(new_keys)
    points = iter(_native.bindable_ed25519([each.public_key for each in listed if each.scheme == ed25519.NAME]))
    previous = b""
    for new_key in listed:
        if new_key.public_key <= previous:
            DUPLICATE_KEY.refuse()
        previous = new_key.public_key
        scheme = SCHEMES.get(new_key.scheme)
        if scheme is None:
            UNKNOWN_SCHEME.refuse(new_key.scheme)
        # The native answer is that of ``ed25519.is_bindable``, about thirty times as fast.
        if not (next(points) if scheme is ed25519 else scheme.is_bindable(new_key.public_key)):
            UNBINDABLE_KEY.refuse()


def possession(chain_id: str, holder: bytes, new_key: bindings.NewKey) -> Proof:
    """Return the proof of possession to verify."""
    message = bindings.signing_bytes(chain_id, holder, new_key.public_key)
    return Proof(new_key.scheme, new_key.public_key, message, new_key.proof)
