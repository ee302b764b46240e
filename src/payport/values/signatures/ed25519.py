"""Ed25519, the default scheme: signatures are checked under ZIP-215, alone and in batches alike.

Verification accepts what ZIP-215 accepts, non-canonical and small-order keys included, so that every backend gives
the same answer; binding is where such keys are kept out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from payport.values.signatures import ed25519_curve
from payport.values.signatures.contract import ED25519, INVALID_SIGNATURE, PRIMITIVE_SIGNATURE_BYTES, Primitive

if TYPE_CHECKING:
    from payport.values.signatures.contract import WebAuthnPolicy

NAME: Final = "ed25519"
"""Name on the wire."""

PUBLIC_KEY_BYTES: Final = 32
"""Length of a public key."""


def is_bindable(public_key: bytes) -> bool:
    """Tell whether the key is a canonical point of the curve and not of small order."""
    if len(public_key) != PUBLIC_KEY_BYTES or not ed25519_curve.is_canonical(public_key):
        return False
    point = ed25519_curve.decompress(public_key)
    return point is not None and not ed25519_curve.is_small_order(point)


def reduce(public_key: bytes, message: bytes, signature: bytes, _policy: WebAuthnPolicy) -> Primitive:
    """Check the lengths; raises ``invalid_signature``."""
    if len(public_key) != PUBLIC_KEY_BYTES:
        INVALID_SIGNATURE.refuse(f"a public key of {len(public_key)} bytes")
    if len(signature) != PRIMITIVE_SIGNATURE_BYTES:
        INVALID_SIGNATURE.refuse(f"a signature of {len(signature)} bytes")
    return Primitive(ED25519, public_key, message, signature)
