"""Signing keys: Ed25519, made and kept on this machine."""

from __future__ import annotations

import os
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from payport.values import bindings

SCHEME: Final = "ed25519"
"""Signature scheme of these keys."""

SEED_BYTES: Final = 32
"""Length of a seed."""


class SigningKey:
    """A private key. It is never shown: not by ``repr``, not by logs."""

    __slots__ = ("_private", "public_key")

    def __init__(self, seed: bytes) -> None:
        """Take a seed of 32 bytes; ``ValueError`` on another length."""
        self._private = Ed25519PrivateKey.from_private_bytes(seed)
        self.public_key: Final = self._private.public_key().public_bytes_raw()

    @classmethod
    def generate(cls) -> SigningKey:
        """Draw a new key."""
        return cls(os.urandom(SEED_BYTES))

    def sign(self, message: bytes) -> bytes:
        """Return the signature over the exact bytes of ``message``, 64 bytes."""
        return self._private.sign(message)

    def prove_possession(self, chain_id: str, holder: bytes) -> bindings.NewKey:
        """Return this key ready to be bound to ``holder`` (account id, or institution id in ASCII)."""
        proof = self.sign(bindings.signing_bytes(chain_id, holder, self.public_key))
        return bindings.NewKey(SCHEME, self.public_key, proof)

    def reveal_seed(self) -> bytes:
        """Return the seed, for a file that is encrypted."""
        return self._private.private_bytes_raw()

    def __repr__(self) -> str:
        """Show the public half only."""
        return f"SigningKey({self.public_key.hex()})"
