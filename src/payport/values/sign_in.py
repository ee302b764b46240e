"""Signing in: what a device key signs to show a port that it is here now."""

from __future__ import annotations

from typing import Final

from payport.values import codec
from payport.values.hashing import Tag

CHALLENGE_BYTES: Final = 40
"""Length of a port's challenge."""


def signing_bytes(chain_id: str, challenge: bytes, public_key: bytes) -> bytes:
    """Return what is signed: network, challenge, and the key that signs."""
    return Tag.SIGN_IN.value + codec.encode((chain_id, challenge, public_key))
