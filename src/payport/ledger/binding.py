"""Binding keys: the checks every verb shares that brings new keys in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from payport.ledger.transaction import Proof
from payport.values import bindings
from payport.values.refusals import RefusalClass, RefusalCode
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
    previous = b""
    for new_key in new_keys:
        if new_key.public_key <= previous:
            DUPLICATE_KEY.refuse()
        previous = new_key.public_key
        scheme = SCHEMES.get(new_key.scheme)
        if scheme is None:
            UNKNOWN_SCHEME.refuse(new_key.scheme)
        if not scheme.is_bindable(new_key.public_key):
            UNBINDABLE_KEY.refuse()


def possession(chain_id: str, holder: bytes, new_key: bindings.NewKey) -> Proof:
    """Return the proof of possession to verify."""
    message = bindings.signing_bytes(chain_id, holder, new_key.public_key)
    return Proof(new_key.scheme, new_key.public_key, message, new_key.proof)
