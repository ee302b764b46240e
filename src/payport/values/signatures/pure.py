"""The backend in pure Python: a few milliseconds a signature, and nothing to install."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from payport.values.signatures import ed25519_curve, p256_curve
from payport.values.signatures.contract import ED25519, P256

if TYPE_CHECKING:
    from collections.abc import Callable

    from payport.values.signatures.contract import Primitive

ALGORITHMS: Final[dict[str, Callable[[bytes, bytes, bytes], bool]]] = {
    ED25519: ed25519_curve.verify,
    P256: p256_curve.verify,
}
"""Verification by algorithm: public key, message and signature to yes or no."""


def verify(primitive: Primitive) -> bool:
    """Tell whether the signature verifies."""
    return ALGORITHMS[primitive.algorithm](primitive.public_key, primitive.message, primitive.signature)
